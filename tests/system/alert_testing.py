"""What tests of alerts share: a receiver of webhooks that answers as it is told, and their base.

SPDX-License-Identifier: Apache-2.0
"""
import http.server
import json
import re
import ssl
import subprocess
import threading
import time

from harness import wait_until
from http_testing import HttpTest

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
STOP_S = 2  # that a stop of logd may take


class Receiver:
    """Listens on loopback; `answers` are the statuses of the next requests, then 200."""

    def __init__(self, answers=(), delay=0, certificate=None):
        self.answers = list(answers)
        self.delay = delay  # seconds before each answer
        self.requests = []  # (path, headers, body)
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, dict(self.headers), body))
                if receiver.delay:
                    receiver.released.wait(receiver.delay)
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                try:
                    self.end_headers()
                except OSError:
                    pass  # who asked has gone

            def log_message(self, *_):
                pass

        self.released = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever,
                                        kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._server.server_address[1]

    def url(self, path="/hook"):
        return f"{self._scheme}://127.0.0.1:{self.port}{path}"

    def alerts(self):
        return [json.loads(body) for _, _, body in list(self.requests)]

    def close(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def quiet_for(seconds, is_quiet):
    """Whether nothing comes for so long: the one thing that only time can show."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not is_quiet():
            return False
        time.sleep(0.02)
    return True


class AlertTest(HttpTest):
    def receiver(self, *answers, **options):
        made = Receiver(answers, **options)
        self.addCleanup(made.close)
        return made

    def speaker(self, box, name, command=("cat",), **options):
        return box.run(name, list(command), stdin=subprocess.PIPE, **options)

    def say(self, program, *lines):
        program.stdin.write("".join(line + "\n" for line in lines).encode())
        program.stdin.flush()

    def count(self, box, what, alert):
        """The metric logd_alerts_WHAT_total of an alert."""
        text = self.get_local(box, "/metrics").body.decode()
        found = re.search(rf'^logd_alerts_{what}_total{{alert="{alert}"}} (\d+)$', text, re.M)
        return int(found[1]) if found else None

    def check(self, box, name="alerts"):
        checks = self.get_local(box, "/health").json()["checks"]
        return next(check for check in checks if check["name"] == name)

    def until_alerts(self, receiver, count, seconds=15):
        wait_until(lambda: len(receiver.requests) >= count, seconds, f"{count} alerts")
        return receiver.alerts()

    def script(self, box, text):
        """A program that does what `text` says, in sh."""
        path = box.root / "told.sh"
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    def until_looked_at(self, box, program, receiver, name="looked"):
        """Lines before this one have been looked at: an alert without a cool-down tells of it."""
        before = len([one for one in receiver.alerts() if one["alert"] == name])
        self.say(program, "LOOKED")
        wait_until(lambda: len([one for one in receiver.alerts() if one["alert"] == name]) > before,
                   15, "a look")

    def looked(self, receiver):
        """The alert for until_looked_at()."""
        return (f'[alert.looked]\nmatch = "^LOOKED$"\ncooldown = "0s"\nlines = 0\n'
                f'webhook = "{receiver.url("/looked")}"\n')
