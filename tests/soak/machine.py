# SPDX-License-Identifier: MIT
"""A soak_machine as a process, and what it tells."""

import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass

STATE_PATIENCE = 60
# Of its lines about each second, so many go to the log: a run may last for days.
LOGGED_EACH = 10


@dataclass(slots=True)
class Sample:
    """One second of one machine."""
    at: float  # by time.monotonic()
    rss: int
    heap: int
    standing: int  # how many of its links
    desired_high: int  # most bytes of the arenas at once so far, of all clients
    reported_high: int


def sample_of(line, at):
    clients = line["clients"].values()
    return Sample(at, line["rss"], line["heap"],
                  sum(1 for client in clients if client["state"] == "connected"),
                  sum(client["desiredHigh"] for client in clients),
                  sum(client["reportedHigh"] for client in clients))


class Machine:
    """`transport` is native or paho, `device` its device's id, `modules` the departments' names."""

    def __init__(self, program, transport, hub, device, modules, options, folder):
        self.transport = transport
        self.device = device
        self.identities = [device] + [f"{device}/{name}" for name in modules]
        self.samples = []
        self.last = None  # the latest line with counters
        self.ends = Counter()  # of links and attempts, by reason
        self.messages = set()  # bodies of cloud-to-device messages
        self.repeated_messages = 0
        self._errors = folder / f"{transport}.err"
        self._stopped = False
        self._state = None
        self._told_state = threading.Event()
        # Little of its own, so that what grows is seen. Set otherwise to look into what it finds.
        sanitizer = ("quarantine_size_mb=1:thread_local_quarantine_size_kb=16:malloc_context_size=4:"
                     + os.environ.get("ASAN_OPTIONS", ""))
        environment = {**os.environ, "HUBTWIN_DEVICE": hub.identities[device],
                       "HUBTWIN_MODULES": "\n".join(hub.identities[one]
                                                    for one in self.identities[1:]),
                       "ASAN_OPTIONS": sanitizer,
                       # Without AddressSanitizer: blocks that a thread keeps for itself would count as used.
                       "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
        command = [str(program), "--transport", transport, "--ca", hub.ca_file,
                   "--port", str(hub.proxy_port)] + options
        with open(self._errors, "wb") as errors:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=errors,
                                             env=environment)
        self._log = open(folder / f"{transport}.jsonl", "wb")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for raw in self._process.stdout:
            line = json.loads(raw)
            kind = line["type"]
            if kind != "sample" or len(self.samples) % LOGGED_EACH == 0:
                self._log.write(raw)
            if kind in ("sample", "end"):
                self.last = line
                self.samples.append(sample_of(line, time.monotonic()))
            elif kind == "state":
                self._state = line
                self._told_state.set()
            elif kind == "ended":
                self.ends[line["reason"]] += 1
            elif kind == "message":
                self.repeated_messages += line["body"] in self.messages
                self.messages.add(line["body"])
        self._log.close()

    def complaint(self):
        """Empty while it runs, or after a good end."""
        status = self._process.poll()
        if status is None or (self._stopped and status == 0):
            return ""
        errors = self._errors.read_text(errors="replace").strip()
        return (f"the machine over {self.transport} ended with status {status}; {self._errors}:\n"
                + "\n".join(errors.splitlines()[:40]))

    def state(self):
        """What it has at this moment."""
        self._told_state.clear()
        self._process.send_signal(signal.SIGUSR1)
        give_up = time.monotonic() + STATE_PATIENCE
        while not self._told_state.wait(0.2):
            if self.complaint():
                raise RuntimeError(self.complaint())
            if time.monotonic() > give_up:
                raise RuntimeError(f"the machine over {self.transport} doesn't tell its state")
        return self._state

    def client(self, identity):
        """Its latest counters."""
        return self.last["clients"][identity]

    def total(self, counter):
        return sum(client[counter] for client in self.last["clients"].values())

    def stop(self, patience=60):
        """Ends it in good order; complaint() then tells how that went."""
        self._stopped = True
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
