#!/usr/bin/env python3
"""Measures what others cost capture while a process writes as fast as it can: clients of HTTP that
mean no good (they follow and do not read, connect a thousand at a time, or send garbage), and
alerts that look at every line and tell a program that does not end.

Runs with and without them alternate, each with a logd of its own on tmpfs, and the median of the
ratios counts. The clients run with nice 19, since they are to load logd and not the machine.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import loggers  # noqa: E402
import measure  # noqa: E402
from loggers import harness  # noqa: E402
import http_testing  # noqa: E402

LISTEN = '[http]\nlisten = "127.0.0.1:0"\n'
REQUEST = b"GET /api/v1/follow?lines=0 HTTP/1.1\r\nHost: localhost\r\n\r\n"
DEAF = 16  # as many as may follow


def deaf_followers(port):
    """Follow, and read nothing; who is cut off comes again."""
    clients = []
    while True:
        for client in list(clients):
            if harness.is_readable(client) and client.recv(1, socket.MSG_PEEK) == b"":
                clients.remove(client)
        while len(clients) < DEAF:
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", port))
            client.sendall(REQUEST)
            clients.append(client)
        time.sleep(0.1)


def crowd(port):
    """Connects a thousand times at once, and once more."""
    while True:
        clients = []
        for _ in range(1000):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            clients.append(client)
        time.sleep(0.2)
        for client in clients:
            client.close()


def garbage(port):
    noise = random.Random(7)
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(noise.randbytes(4000) + b"\r\n\r\n")
        except OSError:
            pass
        time.sleep(0.002)


def seen(box):
    """Clients that are there, or have been and were refused."""
    connection = http_testing.LocalConnection(box.run_dir / "http.sock")
    text = http_testing.ask(connection, "/metrics").body.decode()
    connection.close()
    return sum(float(count) for count in re.findall(
        r'^logd_http_(?:connections|requests_total\{status="4..)[^ ]* (.+)$', text, re.MULTILINE))


CLIENTS = {"deaf": deaf_followers, "crowd": crowd, "garbage": garbage}
ALERTS = """[alert.level]
level = "fatal"
command = ["/bin/sleep", "1000"]
cooldown = "1s"
[alert.match]
match = "no.such.line|GET /"
count = 1000
cooldown = "1s"
command = ["/bin/sleep", "1000"]
"""
KINDS = [*CLIENTS, "alerts"]


class Bench:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.targets = measure.Targets()
        self.peak_mib = {}

    def run(self):
        source = self.work / "input"
        with open(source, "wb") as file:
            size = str(self.options.megabytes * 1_000_000)
            subprocess.run([harness.tool("log_lines"), size, "1"], stdout=file, check=True)
        rows = []
        for kind in KINDS:
            ratios, speeds = [], {None: [], kind: []}
            for _ in range(self.options.runs):
                for what in (None, kind):
                    seconds = self.capture(source, what)
                    speeds[what].append(source.stat().st_size / seconds / measure.MEGABYTE)
                ratios.append(speeds[kind][-1] / speeds[None][-1])
            ratio = measure.median(ratios)
            rows.append([kind, f"{measure.median(speeds[None]):.0f}",
                         f"{measure.median(speeds[kind]):.0f}", f"{ratio:.3f}",
                         f"{self.peak_mib[None]:.1f}", f"{self.peak_mib[kind]:.1f}"])
            self.targets.at_least(f"{kind}: throughput with / without", ratio, 0.9)
            self.targets.at_most(f"{kind}: peak memory of logd", self.peak_mib[kind], 128, "MiB")
        measure.table(f"{self.options.megabytes} MB by one process, median of {self.options.runs}",
                      ["what", "MB/s without", "MB/s with", "ratio", "MiB without", "MiB with"],
                      rows)
        self.targets.print()

    def capture(self, source, what):
        config = loggers.CONFIG + LISTEN + (ALERTS if what == "alerts" else "")
        with harness.Sandbox(config, directory=self.work) as box:
            box.start()
            port = re.search(r"listens on 127\.0\.0\.1:(\d+)", box.errors()).group(1)
            if what in CLIENTS:
                box.spawn(["nice", "-n", "19", sys.executable, "-B", __file__, "--clients", what,
                           "--port", port])
                harness.wait_until(lambda: seen(box) >= DEAF, 20, "clients")
            started = time.perf_counter()
            status = box.run_to_end("app", ["cat", source], seconds=300)
            seconds = time.perf_counter() - started
            if status != 0:
                raise RuntimeError(f"logctl run ended with {status}: {box.errors()}")
            peak = harness.status_field(box.daemon.pid, "VmHWM") / 1024
            self.peak_mib[what] = max(peak, self.peak_mib.get(what, 0))
            return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the load")
    parser.add_argument("--runs", type=int, help="pairs")
    parser.add_argument("--directory", default="/dev/shm", help="where everything is written")
    parser.add_argument("--clients", choices=CLIENTS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.clients:
        return CLIENTS[options.clients](options.port)
    options.runs = options.runs or (3 if options.quick else 7)
    options.megabytes = 100 if options.quick else 500
    print(f"Machine: {measure.machine()}")
    with tempfile.TemporaryDirectory(prefix="logd-bench-", dir=options.directory) as work:
        Bench(options, pathlib.Path(work)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
