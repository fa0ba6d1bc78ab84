# SPDX-License-Identifier: MIT
"""What a run has to show: a line now and then, a table, a picture."""

import verdict
from line_picture import OURS, OURS_LIGHT, THEIRS, THEIRS_LIGHT, Line, Panel, picture

BEGIN = "<!-- soak: begin -->\n"
END = "<!-- soak: end -->\n"
COLOURS = {"native": (OURS, OURS_LIGHT), "paho": (THEIRS, THEIRS_LIGHT)}
MIB = 1 << 20
SAMPLE = ("at", "rss", "heap", "standing", "desiredHigh", "reportedHigh")


def progress(soak):
    parts = []
    for machine in soak.machines:
        latest = machine.samples[-1]
        parts.append(f"{machine.transport}: {latest.standing} links stand, "
                     f"{machine.total('disconnects')} lost, {machine.total('accepted')} messages, "
                     f"{latest.rss / MIB:.1f} MiB")
    return "; ".join(parts)


def of_machine(soak, machine):
    begin, end = soak.flapping
    middle, last = verdict.thirds(soak, machine)
    first_rest, last_rest = (one[machine.transport] for one in soak.measured)
    counters = {name: machine.total(name) for name in (
        "connects", "disconnects", "renewals", "accepted", "acknowledged", "refused", "resends",
        "mostWaiting", "desiredChanges", "reports", "reportsRefused", "twinErrors",
        "desiredCapacity", "reportedCapacity", "desiredHigh", "reportedHigh")}
    return {
        "counters": counters,
        "ends": dict(machine.ends.most_common()),
        "twice": sum(soak.inbox.twice[name] for name in machine.identities),
        "arrived": sum(len(soak.inbox.arrived[name]) for name in machine.identities),
        "messagesToDevice": len(machine.messages),
        "polls": machine.last["polls"],
        "longestPollUs": machine.last["longestPollUs"],
        "longestPollCpuUs": machine.last["longestPollCpuUs"],
        "sanitised": machine.last["sanitised"],
        "rssMiddle": max(one.rss for one in middle),
        "rssLast": max(one.rss for one in last),
        "heapBefore": first_rest["heap"],
        "heapAfter": last_rest["heap"],
        "usedBefore": sum(v for one in first_rest["used"].values() for v in one.values()),
        "usedAfter": sum(v for one in last_rest["used"].values() for v in one.values()),
        "samples": [[round(one.at - begin, 1), one.rss, one.heap, one.standing, one.desired_high,
                     one.reported_high] for one in verdict.between(machine, begin, end)],
    }


def result(soak):
    return {
        "seconds": round(soak.flapping[1] - soak.flapping[0]),
        "settledAfter": round(soak.settled_after, 1),
        "seed": soak.options.seed,
        "pace": soak.options.pace,
        "clientsOfEach": len(soak.machines[0].identities),
        "faults": dict(soak.trouble.struck.most_common()),
        "desiredChanges": soak.back_end.changes,
        "methods": dict(soak.back_end.methods.most_common()),
        "messagesSent": len(soak.back_end.sent),
        "machines": {one.transport: of_machine(soak, one) for one in soak.machines},
    }


def mib(count):
    return f"{count / MIB:.1f} MiB"


ROWS = (
    ("links made", lambda m: m["counters"]["connects"]),
    ("of these to renew a token", lambda m: m["counters"]["renewals"]),
    ("links lost", lambda m: m["counters"]["disconnects"]),
    ("messages accepted from the application", lambda m: m["counters"]["accepted"]),
    ("arrived at the hub", lambda m: m["arrived"]),
    ("refused to the application, since the outbox was full", lambda m: m["counters"]["refused"]),
    ("sent again after a lost link", lambda m: m["counters"]["resends"]),
    ("arrived more than once", lambda m: m["twice"]),
    ("messages to the device, all arrived", lambda m: m["messagesToDevice"]),
    ("desired changes told to the application", lambda m: m["counters"]["desiredChanges"]),
    ("reported changes", lambda m: m["counters"]["reports"]),
    ("longest `poll()`, processor time", lambda m: f"{m['longestPollCpuUs'] / 1000:.1f} ms"),
    ("calls of `poll()`", lambda m: m["polls"]),
    ("resident memory at most, middle third", lambda m: mib(m["rssMiddle"])),
    ("resident memory at most, last third", lambda m: mib(m["rssLast"])),
    ("heap at rest, before", lambda m: m["heapBefore"]),
    ("heap at rest, after", lambda m: m["heapAfter"]),
    ("arenas at rest, before", lambda m: m["usedBefore"]),
    ("arenas at rest, after", lambda m: m["usedAfter"]),
    ("arenas' high-water", lambda m: m["counters"]["desiredHigh"] + m["counters"]["reportedHigh"]),
)


def cell(value):
    return f"{value:,}" if isinstance(value, int) else str(value)


def table(figures):
    machines = figures["machines"]
    each = list(machines.values())
    minutes = figures["seconds"] / 60
    sanitised = "under AddressSanitizer" if each[0]["sanitised"] else "without AddressSanitizer"
    lines = [f"{minutes:.3g} minutes {sanitised}, {figures['clientsOfEach']} clients on each transport, "
             f"{sum(figures['faults'].values())} faults, {figures['desiredChanges']} changes of "
             f"desired properties; in the end all twins were equal after {figures['settledAfter']} s.", "",
             "| | " + " | ".join(machines) + " |", "| --- |" + " --- |" * len(machines)]
    for name, value_of in ROWS:
        lines.append(f"| {name} | " + " | ".join(cell(value_of(one)) for one in each) + " |")
    reasons = sorted({reason for one in each for reason in one["ends"]},
                     key=lambda reason: -sum(one["ends"].get(reason, 0) for one in each))
    for reason in reasons:
        lines.append(f"| told: {reason} | " +
                     " | ".join(cell(one["ends"].get(reason, 0)) for one in each) + " |")
    lines += ["", "Faults: " + "; ".join(f"{times} × {kind}"
                                         for kind, times in figures["faults"].items()) + ".", "",
              "Methods that the back end invoked meanwhile: " + ", ".join(
                  f"{times} × {outcome}" for outcome, times in figures["methods"].items()) +
              "; in the end each was answered."]
    return "\n".join(lines) + "\n"


def drawn(figures):
    minutes = figures["seconds"] / 60
    resident, heap, arenas, links = [], [], [], []
    for name, machine in figures["machines"].items():
        colour, light = COLOURS[name]
        samples = [dict(zip(SAMPLE, one)) for one in machine["samples"]]

        def line(label, colour, value, samples=samples, **more):
            return Line(label, colour, [(max(0.0, one["at"] / 60), value(one)) for one in samples],
                        **more)

        resident.append(line(name, colour, lambda one: one["rss"] / MIB))
        heap.append(line(name, colour, lambda one: one["heap"] / 1024))
        arenas += [line(f"{name}, desired", colour, lambda one: one["desiredHigh"]),
                   line("reported", light, lambda one: one["reportedHigh"], dashed=True)]
        links.append(Panel(f"Links that stand, {name}", [
            line("", colour, lambda one: one["standing"], steps=True, least=True)], height=60,
            top=figures["clientsOfEach"]))
    return picture(f"The soak run, {minutes:.3g} minutes",
                   [Panel("Resident memory of the process, MiB", resident, height=100),
                    Panel("Its heap, KiB", heap, height=100),
                    Panel("Arenas' high-water, bytes", arenas, height=100), *links], "minutes")


def update(docs, figures):
    """Puts table and picture into docs/reliability.md."""
    page = docs / "reliability.md"
    content = page.read_text(encoding="utf-8")
    if BEGIN not in content or END not in content:
        raise SystemExit(f"{page} lacks the marks of the soak run")
    before, rest = content.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    (docs / "images/soak.svg").write_text(drawn(figures), encoding="utf-8")
    page.write_text(before + BEGIN + table(figures) + END + after, encoding="utf-8")
