"""Asks a logd over HTTP, for system tests and benchmarks: one request, or a follow that goes on.

SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import http.client
import json
import re
import socket
import time

from harness import SandboxTest, is_readable, wait_until

LISTEN = '[http]\nlisten = "127.0.0.1:0"\n'


class LocalConnection(http.client.HTTPConnection):
    """HTTP through a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def port_of(box, host=r"127\.0\.0\.1"):
    """The port that a logd with `listen` on port 0 has said."""
    return int(wait_until(lambda: re.findall(rf"listens on {host}:(\d+)", box.errors()), 10,
                          "a port")[-1])


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)


def ask(connection, target, headers=None, method="GET"):
    connection.request(method, target, headers=headers or {})
    return Answer(connection.getresponse())


class Follow:
    """A client of /api/v1/follow, by its socket: what comes, event by event."""

    def __init__(self, connected, query="", headers=""):
        self.socket = connected
        self._bytes = b""
        self.text = b""  # the body, without the framing of chunks
        self.lines = []
        self.comments = []
        self.last_id = None
        request = f"GET /api/v1/follow?{query} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"
        connected.sendall(request.encode())

    def read(self, seconds=0.2):
        """Takes what comes within this time; False at the end."""
        if not is_readable(self.socket, seconds):
            return True
        got = self.socket.recv(1 << 16)
        self._bytes += got
        self._take_chunks()
        return bool(got)

    def wait_for(self, count, seconds=20):
        """The messages of so many lines; more is a failure of the test that looks at them."""
        deadline = time.monotonic() + seconds
        while len(self.lines) < count:
            if not self.read() or time.monotonic() > deadline:
                raise AssertionError(f"{len(self.lines)} lines for {count}: {self._bytes[:300]}")
        return [line["message"] for line in self.lines]

    def wait_for_comment(self, comment, seconds):
        deadline = time.monotonic() + seconds
        while comment not in self.comments:
            if not self.read() or time.monotonic() > deadline:
                raise AssertionError(f"no comment {comment}")

    def close(self):
        self.socket.close()

    def _take_chunks(self):
        if b"\r\n\r\n" in self._bytes and self._bytes.startswith(b"HTTP/"):
            head, _, self._bytes = self._bytes.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise AssertionError(head)
        while b"\r\n" in self._bytes and not self._bytes.startswith(b"HTTP/"):
            size, _, rest = self._bytes.partition(b"\r\n")
            length = int(size, 16)
            if len(rest) < length + 2:
                return
            self.text += rest[:length]
            self._bytes = rest[length + 2:]
            self._take_events()
            if length == 0:
                return

    def _take_events(self):
        while b"\n\n" in self.text:
            event, _, self.text = self.text.partition(b"\n\n")
            self.comments += [line[2:].decode() for line in event.split(b"\n")
                              if line.startswith(b": ")]
            fields = dict(line.split(b": ", 1) for line in event.split(b"\n")
                          if line and not line.startswith(b":"))
            self.last_id = fields.get(b"id", self.last_id)
            if b"data" in fields and b"event" not in fields:
                self.lines.append(json.loads(fields[b"data"]))


class HttpTest(SandboxTest):
    """A test with a logd that listens on TCP and on its socket."""

    def listening(self, config="", **options):
        box = self.started(LISTEN + config, **options)
        box.port = port_of(box)
        return box

    def local(self, box):
        connection = LocalConnection(box.run_dir / "http.sock")
        self.addCleanup(connection.close)
        return connection

    def get(self, box, target, headers=None, method="GET"):
        """One request on a connection of its own, over TCP."""
        connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=20)
        with contextlib.closing(connection):
            return ask(connection, target, headers, method)

    def get_local(self, box, target, headers=None):
        """The same through http.sock."""
        with contextlib.closing(LocalConnection(box.run_dir / "http.sock")) as connection:
            return ask(connection, target, headers)

    def connected(self, box):
        made = socket.create_connection(("127.0.0.1", box.port), timeout=20)
        self.addCleanup(made.close)
        return made

    def follow(self, box, query="", headers=""):
        return Follow(self.connected(box), query, headers)

    def metric(self, box, name):
        """Value of a series, spelled as in /metrics; 0 if there is none."""
        for line in self.get_local(box, "/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.rpartition(" ")[2])
        return 0
