# SPDX-License-Identifier: MIT
"""Whether all sides have the same twin, and what differs."""

from back_end import canonical

READINGS = {"cooling": ("temperature", 6), "stock": ("cansLeft", 31),
            "payment": ("coinsInTube", 214)}
MOST_DIFFERENCES = 20


def bare(section):
    """A section without what the hub adds."""
    return {key: value for key, value in section.items() if not key.startswith("$")}


def differences(ours, theirs, path, names):
    """Each place that differs, as text. `names` are those of the two sides."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = []
        for key in sorted({*ours, *theirs}):
            found += differences(ours.get(key), theirs.get(key), f"{path}.{key}", names)
        return found
    # true is no 1 in a twin, though it is in Python.
    if ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool):
        return []
    return [f"{path}: {names[0]} has {ours!r:.200}, {names[1]} has {theirs!r:.200}"]


def reported_at_rest(identity):
    """What the machine reports when its desired properties are the canonical ones."""
    department = identity.partition("/")[2]
    wanted = canonical(identity)
    if department:
        return {**wanted, "status": "success", **dict([READINGS[department]])}
    return {"connectivity": {"type": "cellular"}, "batteryLevel": 55,
            "firmware": {"currentFwVersion": wanted["firmware"]["fwVersion"],
                         "fwUpdateStatus": "current"},
            "telemetryConfig": {**wanted["telemetryConfig"], "status": "success"}}


def unequal(hub, back_end, machine, at_rest=False):
    """What differs between the hub, its back end, the library and the application, of each twin."""
    found = []
    states = machine.state()["clients"]
    for identity in machine.identities:
        state = states[identity]
        twin = hub.twin(identity)
        if not state["synchronised"]:
            found.append(f"{identity}: {state['state']}, and its twin isn't in step")
        if state["waiting"]:
            found.append(f"{identity}: {state['waiting']} messages wait in the outbox")
        desired = bare(twin["desired"])
        version = twin["desired"]["$version"]
        if version != state["desiredVersion"]:
            found.append(f"{identity}: desired version: the hub has {version}, the client has "
                         f"{state['desiredVersion']}")
        for name, other in (("the back end", back_end.desired[identity]),
                            ("the client", state["desired"]),
                            ("the application", state["told"])):
            found += differences(desired, other, f"{identity}: desired", ("the hub", name))
        reported = bare(twin["reported"])
        found += differences(reported, state["reported"], f"{identity}: reported",
                             ("the hub", "the client"))
        found += differences(reported.get("soak", {}), state["claimed"],
                             f"{identity}: reported.soak", ("the hub", "the application"))
        if at_rest:
            found += differences(reported, reported_at_rest(identity), f"{identity}: reported",
                                 ("the hub", "a machine at rest"))
    return found


def listed(found):
    more = [f"and {len(found) - MOST_DIFFERENCES} more"] if len(found) > MOST_DIFFERENCES else []
    return "\n".join(f"  {line}" for line in found[:MOST_DIFFERENCES] + more)
