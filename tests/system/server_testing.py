"""A server that a test starts on loopback, in a folder of its own, and that ends with the test.

SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import http.client
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import unittest

from harness import Sandbox, SandboxTest, wait_until
from http_testing import Answer

# Where Debian puts servers; PATH lacks them for who is not root.
PLACES = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"


def program(name):
    """Path of an installed program, or None."""
    return shutil.which(name, path=PLACES)


def free_port():
    """A port of loopback that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def ask(port, target, body=None, headers=None, method=None, seconds=20):
    """One request on a connection of its own; POST if there is a body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    with contextlib.closing(connection):
        connection.request(method or ("GET" if body is None else "POST"), target, body,
                           headers or {})
        return Answer(connection.getresponse())


class _QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # who asked has gone
            super().handle_error(request, client_address)


class Stub:
    """A handler of requests that answers on a port of loopback, in this process."""

    def serve(self, handler):
        handler.log_message = lambda *_: None
        self._server = _QuietServer(("127.0.0.1", 0), handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever,
                                        kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Server:
    """Programs of one receiver. The sandbox has no logd: it is a folder and ends what runs here."""

    programs = ()  # without these it cannot be

    @classmethod
    def is_available(cls):
        return all(program(name) for name in cls.programs)

    def __init__(self):
        self.box = Sandbox()
        self.root = self.box.root
        self.process = None

    def spawn(self, *command, **options):
        """Starts a program that writes what it says into said()."""
        with open(self.root / "said", "ab") as said:
            return self.box.spawn(command, stdout=options.pop("stdout", said), stderr=said,
                                  **options)

    def said(self):
        """The end of what the programs wrote."""
        return (self.root / "said").read_bytes()[-4000:].decode(errors="replace")

    def wait_until(self, condition, what, seconds=30, process=None):
        """As wait_until(), but fails at once if the program has ended."""
        process = process or self.process

        def holds():
            if process.poll() is not None:
                raise AssertionError(f"{process.args[0]} ended with {process.returncode} before "
                                     f"{what}: {self.said()}")
            return condition()
        return wait_until(holds, seconds, what, 0.02)

    def kill9(self):
        """kill -9; returns once it is gone."""
        self.process.kill()
        self.process.wait()

    def close(self):
        self.box.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def run(*command, **options):
    """Output of a program that must succeed."""
    options.setdefault("timeout", 60)
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False,
                          **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: status {done.returncode}: "
                             f"{(done.stdout + done.stderr).decode(errors='replace')[-2000:]}")
    return done.stdout


def needs(*servers):
    """Leaves a test out where one of these cannot be had."""
    missing = [server.__name__ for server in servers if not server.is_available()]
    return unittest.skipIf(missing, f"needs {', '.join(missing)}; see script/bootstrap [--full]")


class ServerTest(SandboxTest):
    """A test whose servers end with it."""

    def server(self, kind, *arguments, **options):
        made = kind(*arguments, **options)
        self.addCleanup(made.close)
        return made
