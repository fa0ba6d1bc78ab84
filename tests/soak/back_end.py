# SPDX-License-Identifier: MIT
"""The back end: changes desired properties, invokes methods, sends messages, and reads what comes."""

import copy
import threading
import time
from collections import Counter, defaultdict
from random import Random

from hub import Refused

KEYS = 8
LONGEST_TEXT = 160
METHODS = {"cooling": "defrost", "stock": "recount", "payment": "openCashBox"}
SETTINGS = {"cooling": ("targetTemperature", 2, 12), "stock": ("lowStockLevel", 0, 40),
            "payment": ("largestNote", 5, 100)}
METHOD_SECONDS = 5
# What the example's own properties are set to before and after, so that both states are the same.
CANONICAL = {"": {"telemetryConfig": {"sendFrequency": "4s"}, "firmware": {"fwVersion": "1.0.9"}},
             "cooling": {"targetTemperature": 5}, "stock": {"lowStockLevel": 12},
             "payment": {"largestNote": 20}}


def merge(document, patch):
    """As IoT Hub does: a null removes, an object is merged, all else replaces."""
    for key, value in patch.items():
        if value is None:
            document.pop(key, None)
        elif isinstance(value, dict):
            inner = document.setdefault(key, {})
            if not isinstance(inner, dict):
                inner = document[key] = {}
            merge(inner, value)
        else:
            document[key] = copy.deepcopy(value)


def canonical(identity):
    return CANONICAL[identity.partition("/")[2]]


class BackEnd:
    def __init__(self, hub, devices, identities, seed):
        self.hub = hub
        self.devices = devices
        self.identities = identities
        self.desired = {name: {} for name in identities}  # as it made them
        self.changes = 0
        self.sent = set()  # messages that the hub accepted
        self.methods = Counter()  # outcome: times
        self.problems = []
        self._random = Random(f"{seed} back end")
        self._calls = []

    # ---- Desired properties

    def change(self, identity, patch):
        self.hub.change_desired(identity, patch)
        merge(self.desired[identity], patch)
        self.changes += 1

    def change_all(self, patch_of):
        for identity in self.identities:
            self.change(identity, patch_of(identity))

    def load(self, what):
        self.change_all(lambda _: {"soak": {"load": what}})

    def fill(self, letter):
        """Both sections as large as they ever get."""
        values = {f"k{i}": letter * LONGEST_TEXT for i in range(KEYS)}
        self.change_all(lambda _: {"soak": {"load": f"fill {letter}", "values": values}})

    def empty(self):
        """Both sections as they are at the beginning and at the end."""
        self.change_all(lambda name: {"soak": {"load": "clear", "values": None}, **canonical(name)})

    def _value(self):
        random = self._random
        number = random.randrange(-50000, 50000)
        return random.choice([
            None, number, number / 64, number % 2 == 0,
            "\"\u00e9\\" + "y" * random.randrange(LONGEST_TEXT - 8),
            {"a": number, "b": {"c": "z" * random.randrange(24)}},
            [number, "two", {"three": number // 2}]])

    def _change_something(self):
        random = self._random
        identity = random.choice(self.identities)
        department = identity.partition("/")[2]
        chance = random.random()
        if chance < 0.15 and department:
            name, least, most = SETTINGS[department]
            self.change(identity, {name: random.randrange(least - 2, most + 3)})
        elif chance < 0.1:
            self.change(identity, {"firmware": {"fwVersion": f"1.{random.randrange(9)}.0"}})
        elif chance < 0.15:
            self.change(identity, {"telemetryConfig": {
                "sendFrequency": random.choice(["2s", "4s", "8s", "often"])}})
        elif chance < 0.2:
            document = copy.deepcopy(self.desired[identity])
            document["soak"]["values"] = {"k1": self._value() or "new", "k2": 2}
            self.hub.replace_desired(identity, document)
            self.desired[identity] = document
            self.changes += 1
        else:
            patch = {f"k{random.randrange(KEYS)}": self._value()
                     for _ in range(random.randrange(1, 4))}
            self.change(identity, {"soak": {"values": patch}})

    # ---- Methods and messages

    def invoke(self, identity, seconds=METHOD_SECONDS):
        """How it went, in words."""
        try:
            answer = self.hub.invoke(identity, METHODS[identity.partition("/")[2]], seconds)
            return "answered" if answer["status"] == 200 else f"answered {answer['status']}"
        except Refused as refusal:
            if refusal.status not in (404, 504):
                raise
            return "not connected" if refusal.status == 404 else "no answer in time"

    def _invoke_and_count(self, identity):
        try:
            self.methods[self.invoke(identity)] += 1
        except Exception as error:  # a thread has nobody else to tell
            self.problems.append(f"method of {identity}: {error}")

    def _invoke_something(self):
        self._calls = [call for call in self._calls if call.is_alive()]
        modules = [name for name in self.identities if "/" in name]
        call = threading.Thread(target=self._invoke_and_count, daemon=True,
                                args=[self._random.choice(modules)])
        call.start()
        self._calls.append(call)

    def _send_something(self):
        device = self._random.choice(self.devices)
        text = f"{device} {len(self.sent) + 1}"
        try:
            self.hub.send_message(device, text)
            self.sent.add(text)
        except Refused as refusal:
            if refusal.status != 403:  # the device's queue is full
                raise

    def run(self, stopping):
        """Until the event `stopping` is set."""
        while not stopping.wait(self._random.uniform(0.1, 1.1)):
            chance = self._random.random()
            if chance < 0.12:
                self._send_something()
            elif chance < 0.3:
                self._invoke_something()
            else:
                self._change_something()

    def wait_for_calls(self):
        for call in self._calls:
            call.join()


class Inbox:
    """The telemetry that has reached the hub, which keeps only the latest."""

    def __init__(self, hub):
        self.hub = hub
        self.arrived = defaultdict(set)  # identity: numbers of messages
        self.unnumbered = Counter()  # identity: the example's own messages
        self.twice = Counter()  # identity: messages that had arrived before
        self.problems = []
        self._latest = defaultdict(int)
        self._after = 0
        self._one_reader = threading.Lock()

    def read(self):
        with self._one_reader:
            while page := self.hub.telemetry(self._after)["messages"]:
                for message in page:
                    self._take(message)

    def _take(self, message):
        if message["sequence"] != self._after + 1:
            self.problems.append("the hub's log of telemetry ran over; messages up to "
                                 f"{message['sequence']} weren't seen")
        self._after = message["sequence"]
        identity = message["deviceId"]
        if "moduleId" in message:
            identity += "/" + message["moduleId"]
        number = message["properties"].get("$.mid")
        if number is None:
            self.unnumbered[identity] += 1
            return
        number = int(number)
        if number in self.arrived[identity]:
            self.twice[identity] += 1
        elif number < self._latest[identity]:
            self.problems.append(f"{identity}: message {number} came first behind "
                                 f"{self._latest[identity]}")
        self.arrived[identity].add(number)
        self._latest[identity] = max(self._latest[identity], number)

    def run(self, stopping, begin, pace):
        """Until the event `stopping` is set; keeps the hub's clock in step as well."""
        told = 0
        while not stopping.wait(0.3):
            self.read()
            if time.monotonic() - told > 1:
                told = time.monotonic()
                self.hub.set_clock_ahead((pace - 1) * (time.time() - begin))
