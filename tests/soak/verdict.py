# SPDX-License-Identifier: MIT
"""No message lost, memory flat."""

# What the allocator may keep besides, from the middle third of the time to the last. AddressSanitizer keeps
# what was freed for a while, and for ever each way of calls that ever led to malloc() or free().
RESIDENT_ALLOWANCE = {False: 512 << 10, True: 4 << 20}
# At rest with all links up, before and after: what TLS libraries remember of their peers.
HEAP_ALLOWANCE = 32 << 10
# Seconds by the machines' clock in which some link of each stands for the life of a token.
LONG_ENOUGH_TO_RENEW = 1800


def missing(soak):
    """Messages that one side accepted and the other hasn't seen."""
    found = []
    for machine in soak.machines:
        state = machine.state()["clients"]
        for identity in machine.identities:
            arrived = soak.inbox.arrived[identity]
            lost = [n for n in range(1, state[identity]["accepted"] + 1) if n not in arrived]
            if lost:
                found.append(f"{identity}: {len(lost)} of {state[identity]['accepted']} messages "
                             f"haven't arrived: {lost[:10]}")
            more = len(arrived) - state[identity]["accepted"]
            if more > 0:
                found.append(f"{identity}: {more} messages arrived that weren't accepted")
            others = state[identity]["othersAcknowledged"]
            if soak.inbox.unnumbered[identity] < others:
                found.append(f"{identity}: {others} unnumbered messages were acknowledged, and "
                             f"{soak.inbox.unnumbered[identity]} have arrived")
        own = {text for text in soak.back_end.sent if text.split()[0] == machine.device}
        if own - machine.messages:
            found.append(f"{machine.device}: cloud-to-device messages that haven't arrived: "
                         f"{sorted(own - machine.messages)[:10]}")
    return found


def doubled(soak):
    """A message may arrive twice when the link was lost before its acknowledgement, and only then."""
    found = []
    for machine in soak.machines:
        for identity in machine.identities:
            twice, resends = soak.inbox.twice[identity], machine.client(identity)["resends"]
            if twice > resends:
                found.append(f"{identity}: {twice} messages arrived again, and {resends} were sent "
                             "again")
    return found


def idle(soak):
    """What the run was to meet and didn't."""
    found = []
    long_enough = soak.options.seconds * soak.options.pace >= LONG_ENOUGH_TO_RENEW
    for machine in soak.machines:
        for counter, wanted in (("disconnects", True), ("resends", long_enough),
                                ("renewals", long_enough)):
            if wanted and machine.total(counter) == 0:
                found.append(f"{machine.transport}: {counter}: none, so the run shows nothing")
    return found


def at_rest(machine, since):
    """Memory in the state that is the same each time."""
    samples = [one for one in machine.samples if one.at >= since]
    clients = machine.last["clients"]
    return {"heap": min(one.heap for one in samples),
            "used": {name: {section: clients[name][section + "Used"]
                            for section in ("desired", "reported")} for name in clients}}


def between(machine, begin, end):
    return [one for one in machine.samples if begin <= one.at < end]


def thirds(soak, machine):
    """The samples of the middle and the last third of the time in which links come and go."""
    begin, end = soak.flapping
    third = (end - begin) / 3
    return (between(machine, begin + third, begin + 2 * third),
            between(machine, begin + 2 * third, end))


def memory(soak):
    """What isn't as it should be."""
    found = []
    for machine in soak.machines:
        name = machine.transport
        middle, last = thirds(soak, machine)
        before, after = max(one.rss for one in middle), max(one.rss for one in last)
        if after > before + RESIDENT_ALLOWANCE[machine.last["sanitised"]]:
            found.append(f"{name}: resident memory grew from {before:,} bytes in the middle third "
                         f"of the time to {after:,} in the last")
        first, end = (one[name] for one in soak.measured)
        if end["heap"] > first["heap"] + HEAP_ALLOWANCE:
            found.append(f"{name}: at rest, the heap held {first['heap']:,} bytes before and "
                         f"{end['heap']:,} after {machine.total('connects')} links")
        for identity, used in end["used"].items():
            for section, value in used.items():
                if value != first["used"][identity][section]:
                    found.append(f"{identity}: at rest, the {section} arena held "
                                 f"{first['used'][identity][section]} bytes before and {value} after")
        for section in ("desired", "reported"):
            high = [getattr(one, section + "_high") for one in (middle[0], last[-1])]
            if high[1] > high[0]:
                found.append(f"{name}: the {section} arenas' high-water rose from {high[0]} bytes "
                             f"before the middle third to {high[1]}")
    return found
