# SPDX-License-Identifier: MIT
"""What goes wrong with the links: which fault, when, for how long."""

import heapq
import math
import time
from collections import Counter
from random import Random

SHORTEST_UP = 1.0
LONGEST_UP = 300.0
SHORTEST_DOWN = 0.5
LONGEST_DOWN = 60.0


def spread(random, least, most):
    """As often from 1 s to 2 s as from 100 s to 200 s."""
    return math.exp(random.uniform(math.log(least), math.log(most)))


RESET = {"at": "link", "do": "reset"}

# Left out: an `accept` that is refused, since the proxy gives its port up for that, which another program of
# a busy machine may then take.


def silence(random, direction):
    return [{"at": "link", "do": "silence", "direction": direction,
             "links": random.choice(["present", "all"])}]


def slow(random):
    return [{"at": "link", "do": "rate", "links": "all",
             "bytesPerSecond": int(spread(random, 1, 500))}]


def late(random):
    return [{"at": "link", "do": "delay", "links": "all", "delayMs": int(spread(random, 50, 3000))}]


def in_handshake(random, act):
    """Whose link it is can't be known yet: the next ones suffer, and this one has to come again."""
    fault = {"at": "link", "do": act, "links": "coming", "bytes": random.randrange(1, 3000)}
    if act != "silence":
        fault["count"] = random.randrange(1, 4)
    return [fault, RESET]


def at_accept(random, act):
    return [{"at": "accept", "do": act, "count": random.randrange(1, 4)}, RESET]


def packet(act, kind, direction, **more):
    return {"at": "packet", "do": act, "packet": kind, "direction": direction, **more}


KINDS = {
    "reset": lambda r: [RESET],
    "closed": lambda r: [{"at": "link", "do": "close"}],
    "half-open": lambda r: [{"at": "link", "do": "half-open"}],
    "black hole": lambda r: silence(r, "both"),
    "black hole to the hub": lambda r: silence(r, "to-hub"),
    "black hole from the hub": lambda r: silence(r, "to-device"),
    "slow": slow,
    "late": late,
    "TLS handshake reset": lambda r: in_handshake(r, "reset"),
    "TLS handshake closed": lambda r: in_handshake(r, "close"),
    "TLS handshake silent": lambda r: in_handshake(r, "silence"),
    "accepted, then reset": lambda r: at_accept(r, "reset"),
    "accepted, then closed": lambda r: at_accept(r, "close"),
    "accepted, then silent": lambda r: at_accept(r, "silence"),
    "CONNACK lost": lambda r: [packet("lose", "connack", "to-device"), RESET],
    "CONNACK 3":
        lambda r: [{"at": "packet", "do": "code", "packet": "connack", "code": 3, "count": 2}, RESET],
    "SUBACK lost": lambda r: [packet("lose", "suback", "to-device"), RESET],
    "PUBACK lost": lambda r: [packet("lose", "puback", "to-device", count=r.randrange(1, 6))],
    "reset within a PUBLISH to the hub":
        lambda r: [packet("reset", "publish", "to-hub", bytes=r.randrange(1, 60))],
    "reset within a PUBLISH from the hub":
        lambda r: [packet("reset", "publish", "to-device", bytes=r.randrange(1, 60))],
    "GET answered 429": lambda r: [{"at": "get", "do": "answer", "status": 429}, RESET],
    "GET not answered": lambda r: [{"at": "get", "do": "lose"}, RESET],
    "reported update taken and not answered": lambda r: [{"at": "report", "do": "lose"}],
    "notification lost": lambda r: [{"at": "notification", "do": "lose"}],
}
# The client can't notice them on a link that stands, by the protocol: the link goes afterwards.
UNNOTICED = {"PUBACK lost", "notification lost"}
# What a fault is wanted for whoever comes next.
NOBODYS = {"accept"}


def of_identity(fault, identity):
    if fault["at"] in NOBODYS or fault.get("links") == "coming":
        return fault
    return {**fault, "identity": identity}


class Trouble:
    """Each identity's link is left alone for a while, then meets a fault for a while, and so on."""

    def __init__(self, hub, identities, seed, seconds):
        self.hub = hub
        self.struck = Counter()
        # A short run is to see several, too.
        self._longest_up = min(LONGEST_UP, seconds / 2)
        self._longest_down = min(LONGEST_DOWN, seconds / 8)
        self._random = {name: Random(f"{seed} {name}") for name in identities}
        self._dealer = Random(f"{seed} faults")
        self._deck = []
        self._due = []
        self._number = 0
        for name in identities:
            self._leave_alone(name)

    def _later(self, seconds, what, *arguments):
        self._number += 1
        heapq.heappush(self._due, (time.monotonic() + seconds, self._number, what, arguments))

    def _leave_alone(self, identity):
        self._later(spread(self._random[identity], SHORTEST_UP, self._longest_up), self._strike,
                    identity)

    def _strike(self, identity):
        random = self._random[identity]
        if not self._deck:  # each kind as often as the others
            self._deck = list(KINDS)
            self._dealer.shuffle(self._deck)
        kind = self._deck.pop()
        ids = [self.hub.add_fault(of_identity(fault, identity)) for fault in KINDS[kind](random)]
        self.struck[kind] += 1
        self._later(spread(random, SHORTEST_DOWN, self._longest_down), self._mend, identity, kind,
                    ids)

    def _mend(self, identity, kind, ids):
        for fault in ids:
            self.hub.remove_fault(fault)
        if kind in UNNOTICED:
            self.hub.add_fault(of_identity(RESET, identity))
        self._leave_alone(identity)

    def run(self, stopping):
        """Until the event `stopping` is set."""
        while not stopping.is_set():
            while self._due and self._due[0][0] <= time.monotonic():
                _, _, what, arguments = heapq.heappop(self._due)
                what(*arguments)
            stopping.wait(min(1.0, max(0.0, self._due[0][0] - time.monotonic())))

    def end(self):
        """No fault any more, and no link that one of them may have left half dead."""
        self.hub.clear_faults()
        self.reset_all()

    def reset_all(self):
        self.hub.add_fault({**RESET, "count": 0})
