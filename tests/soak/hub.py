# SPDX-License-Identifier: MIT
"""The local hub as a process, and its REST surface."""

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path

START_PATIENCE = 60
# The hub drops a connection that is idle for five seconds.
IDLE = 2


class Refused(Exception):
    """The hub answered with an error."""

    def __init__(self, what, status, body):
        super().__init__(f"{what}: {status} {body[:300]}")
        self.status = status


class Hub:
    """Ends with stop(). Calls may come from any thread."""

    def __init__(self, program, data, log, devices, modules):
        ready = Path(data) / "ready.json"
        command = [str(program), "--data", str(data), "start", "--in-memory", "--mqtt-port", "0",
                   "--rest-port", "0", "--proxy-port", "0", "--until-parent-ends",
                   "--ready-file", str(ready)]
        for name in devices:
            command += ["--device", name]
        for name in modules:
            command += ["--module", name]
        with open(log, "wb") as file:
            # What it prints has keys in it; its log hasn't.
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=file)
        give_up = time.monotonic() + START_PATIENCE
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > give_up:
                self.stop()
                raise RuntimeError(f"the hub didn't start; see {log}")
            time.sleep(0.05)
        running = json.loads(ready.read_text())
        self.ca_file = running["caFile"]
        self.proxy_port = running["proxyPort"]
        self.identities = {**running["devices"], **running["modules"]}
        self._where = (running["address"], running["restPort"])
        self._trust = ssl.create_default_context(cafile=self.ca_file)
        fields = dict(part.split("=", 1)
                      for part in running["serviceConnectionString"].split(";"))
        self._token = self._signed(fields)
        self._own = threading.local()

    @staticmethod
    def _signed(fields):
        resource = urllib.parse.quote(fields["HostName"], safe="")
        expiry = int(time.time()) + 10 * 365 * 24 * 3600  # its clock runs fast here
        key = base64.b64decode(fields["SharedAccessKey"])
        signature = base64.b64encode(
            hmac.new(key, f"{resource}\n{expiry}".encode(), hashlib.sha256).digest())
        return (f"SharedAccessSignature sr={resource}&sig={urllib.parse.quote(signature, safe='')}"
                f"&se={expiry}&skn={fields['SharedAccessKeyName']}")

    def stop(self):
        """Its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait()

    def call(self, verb, path, body=None, query=None, patience=60):
        own = self._own
        now = time.monotonic()
        if getattr(own, "connection", None) is None or now - own.used > IDLE:
            own.connection = http.client.HTTPSConnection(*self._where, timeout=patience,
                                                         context=self._trust)
        parameters = urllib.parse.urlencode({"api-version": "2021-04-12", **(query or {})})
        headers = {"Authorization": self._token, "Content-Type": "application/json"}
        if verb in ("PUT", "DELETE"):
            headers["If-Match"] = '"*"'
        try:
            own.connection.request(verb, f"{path}?{parameters}",
                                   None if body is None else json.dumps(body), headers)
            answer = own.connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            own.connection = None
            raise
        own.used = time.monotonic()
        if answer.status >= 300:
            raise Refused(f"{verb} {path}", answer.status, text)
        return json.loads(text) if text else None

    @staticmethod
    def _path(identity):
        device, _, module = identity.partition("/")
        return device + (f"/modules/{module}" if module else "")

    def twin(self, identity):
        return self.call("GET", "/twins/" + self._path(identity))["properties"]

    def change_desired(self, identity, patch):
        self.call("PATCH", "/twins/" + self._path(identity), {"properties": {"desired": patch}})

    def replace_desired(self, identity, document):
        self.call("PUT", "/twins/" + self._path(identity), {"properties": {"desired": document}})

    def invoke(self, identity, method, seconds):
        return self.call("POST", f"/twins/{self._path(identity)}/methods",
                         {"methodName": method, "payload": {}, "responseTimeoutInSeconds": seconds},
                         patience=seconds + 60)

    def send_message(self, device, text):
        self.call("POST", f"/_hubtwin/devices/{device}/messages", {"payload": text})

    def telemetry(self, after):
        return self.call("GET", "/_hubtwin/telemetry", query={"after": after, "max": 1000})

    def add_fault(self, fault):
        return self.call("POST", "/_hubtwin/faults", fault)["id"]

    def remove_fault(self, fault):
        try:
            self.call("DELETE", f"/_hubtwin/faults/{fault}")
        except Refused as refusal:
            if refusal.status != 404:  # it has struck as often as it should
                raise

    def clear_faults(self):
        self.call("DELETE", "/_hubtwin/faults")

    def set_clock_ahead(self, seconds):
        self.call("PUT", "/_hubtwin/clock", {"offsetSeconds": int(seconds)})
