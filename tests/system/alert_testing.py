"""A receiver of webhooks that answers as it is told, for system tests.

SPDX-License-Identifier: Apache-2.0
"""
import http.server
import json
import ssl
import threading
import time


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
