#!/usr/bin/env python3
"""Hostile input: bytes, names, messages and descriptors that nobody should send.

Each ends in a clear error or a defined outcome, costs logd no descriptor, and a run beside it is
captured as if nothing had happened. SPDX-License-Identifier: Apache-2.0
"""
import fcntl
import os
import re
import resource
import socket
import subprocess
import sys
import time
import unittest

import fake_shim
import harness
from fake_shim import (ACCEPTED, BAD_MESSAGE, BAD_NAME, ESCROW_BYTES, LIMIT, REFUSED, STDERR,
                       STDOUT, STORED, FakeShim, attach_message)
from harness import SandboxTest, wait_until

BAD_NAMES = ["../x", "..", ".", ".hidden", "a@b", "a" * 65, "", "a/b", "a b", "a\nb", "\xe9"]
MAX_RSS_KIB = (400 if os.environ.get("LOGD_SANITIZED") else 200) << 10  # sanitizers take memory
MANY_CONNECTIONS = 1000

# Says the same short message again and again, with several processes on one connection, and on a
# new connection whenever the old one is refused.
FLOOD = """
import os, socket, sys
flood, has_said = bytes.fromhex(sys.argv[2]) * 10_000, False
while True:
    client = socket.socket(socket.AF_UNIX)
    client.connect(sys.argv[1])
    if not has_said:
        has_said = os.write(1, b"connected\\n")
    helpers = []
    for i in range(3):
        helpers.append(os.fork())
        if helpers[i] == 0:
            break
    try:
        while True:
            client.sendall(flood)
    except OSError:
        pass
    if helpers[-1] == 0:
        os._exit(0)
    client.close()
    for helper in helpers:
        os.waitpid(helper, 0)
"""

ONE_MEGABYTE_LINES = """
import os, sys
sys.stdin.readline()
for i in range(20):
    line = sys.argv[1].encode() * 1_000_000 + b"\\n"
    while line:
        line = line[os.write(1, line):]
sys.stdin.readline()
"""


class HostileTest(SandboxTest):
    def setUp(self):
        self.box = self.started('[process.merged]\nmerge_instances = true\n'
                                'compress = false\nretain = "all"\n')
        self.steady = self.box.run("steady", ["cat"], stdin=subprocess.PIPE)
        self.lines = 0
        self.shims = []
        wait_until(lambda: self.box.stored("steady") > 0, 10, "the start of the steady run")
        self.assert_capture_goes_on()
        self.descriptors = self.count_descriptors()

    def tearDown(self):
        """After anything at all: no descriptor leaked, the old run and a new one are captured."""
        self.assert_capture_goes_on()
        for shim in self.shims:
            shim.close()
        wait_until(lambda: self.count_descriptors() <= self.descriptors, 10,
                   f"{self.descriptors} descriptors, has {self.count_descriptors()}")
        self.assertEqual(self.box.run_to_end("after", ["echo", "fine"]), 0)
        self.assertEqual(self.box.raw("after"), b"fine\n")
        self.steady.stdin.close()
        self.assertEqual(self.box.wait(self.steady), 0)
        self.assertIsNone(self.box.daemon.poll(), "the same logd all the time")

    def assert_capture_goes_on(self):
        """A line of the run that was there before is stored."""
        self.lines += 1
        self.steady.stdin.write(b"line %d\n" % self.lines)
        self.steady.stdin.flush()
        wanted = b"".join(b"line %d\n" % (i + 1) for i in range(self.lines))
        wait_until(lambda: self.box.raw("steady") == wanted, 10, "a line of the steady run")

    def count_descriptors(self):
        """Those of other programs: logd keeps a log open for a while after its last run."""
        kinds = ("pipe:", "socket:", "/memfd:", "/dev/zero", "/proc")
        return sum(harness.descriptors(self.box.daemon.pid, kind) for kind in kinds)

    def shim(self):
        self.shims.append(FakeShim(self.box))
        return self.shims[-1]

    def assert_refused(self, answer, what):
        """A refusal, or the door: anything but taking the streams or saying nothing."""
        self.assertTrue(answer is None or isinstance(answer, tuple), f"{what}: {answer}")


class Names(HostileTest):
    def test_logctl_refuses_bad_names(self):
        before = sorted(os.listdir(self.box.log_dir))
        for name in BAD_NAMES:
            done = self.box.logctl("run", name, "--", "touch", self.box.root / "ran", status=None)
            self.assertEqual(done.returncode, 2, name)
            self.assertNotEqual(done.stderr, b"", name)
        self.assertFalse((self.box.root / "ran").exists())
        self.assertEqual(sorted(os.listdir(self.box.log_dir)), before)
        self.assertEqual(sorted(os.listdir(self.box.root)).count("x"), 0)

    def test_logd_refuses_bad_names(self):
        for name in BAD_NAMES + ["a" * 72]:
            with FakeShim(self.box) as shim:
                self.assertEqual(shim.attach(name), (REFUSED, BAD_NAME), repr(name))


class Messages(HostileTest):
    def test_a_good_hand_over_is_taken(self):
        """The other tests show something only if this shim is not refused for its own faults."""
        shim = self.shim()
        self.assertEqual(shim.attach("good"), ACCEPTED)
        shim.write(b"hello\n")
        shim.end()
        self.assertEqual(shim.answer(), STORED)
        self.assertEqual(self.box.raw("good"), b"hello\n")

    def test_messages_that_are_not_ours(self):
        good = attach_message("fake")
        cases = {
            "wrong magic": attach_message("fake", magic=0x12345678),
            "version 0": attach_message("fake", version=0),
            "an unknown type": attach_message("fake", kind=77),
            "a message for shims": attach_message("fake", kind=ACCEPTED),
            "started before attach": fake_shim.header(2, 20) + bytes(8),
            "a size of 0": attach_message("fake", size=0),
            "a size below the header": attach_message("fake", size=5),
            "a size beyond the limit": attach_message("fake", size=1 << 30) + bytes(8192),
            "no streams": attach_message("fake", stream_count=0),
            "three streams": attach_message("fake", stream_count=3),
            "4294967295 streams": attach_message("fake", stream_count=0xFFFFFFFF),
            "an unknown kind of stream": attach_message("fake", streams=(9,)),
            "no name ends": good[:52] + b"a" * 72 + good[124:],
            "garbage": os.urandom(100_000),
            "text": b"GET / HTTP/1.1\r\nHost: logd\r\n\r\n" * 10,
        }
        for what, message in cases.items():
            with self.subTest(what), FakeShim(self.box) as shim:
                shim.send(message)
                self.assert_refused(shim.answer(), what)

    def test_a_later_version_is_taken_for_what_is_known_of_it(self):
        """Or refused with words: an old logd beside a new shim must not be silent."""
        shim = self.shim()
        answer = shim.attach("later", version=2)
        if answer != ACCEPTED:
            self.assert_refused(answer, "version 2")

    def test_what_is_said_before_attach_or_twice_is_refused(self):
        started = fake_shim.header(fake_shim.STARTED, 20) + bytes(8)
        exited = fake_shim.header(fake_shim.EXITED, 28) + bytes(16)
        for what, message in (("started", started), ("exited", exited)):
            with self.subTest(f"{what} before attach"), FakeShim(self.box) as shim:
                shim.send(message, [])
                self.assertEqual(shim.answer(), (REFUSED, BAD_MESSAGE))
            with self.subTest(f"{what} twice"), FakeShim(self.box) as shim:
                self.assertEqual(shim.attach("twice"), ACCEPTED)
                shim.send(message, [])
                shim.send(message, [])
                self.assertEqual(shim.answer(), (REFUSED, BAD_MESSAGE))

    def test_an_environment_that_leads_out_of_its_message_is_refused(self):
        good, value = attach_message("fake"), b"kX9vLq27RmZt"
        cases = {
            "a place in front": fake_shim.with_environment(good, [value], at=0),
            "a place behind": fake_shim.with_environment(good, [value], at=10_000),
            "4294967295 bytes": fake_shim.with_environment(good, [value], size=0xFFFFFFFF),
            "half a length": fake_shim.with_environment(good, [value], size=3),
            "half a value": fake_shim.with_environment(good, [value], size=9),
            "everything at its most": fake_shim.with_environment(good, [value], 0xFFFFFFFF,
                                                                 0xFFFFFFFF),
            "more than a message": fake_shim.with_environment(good, [value] * 5000),
        }
        for what, message in cases.items():
            with self.subTest(what), FakeShim(self.box) as shim:
                shim.send(message)
                self.assertEqual(shim.answer(), (REFUSED, BAD_MESSAGE))
        self.assert_capture_goes_on()

    def test_an_environment_beyond_the_limits_is_cut(self):
        cases = {
            "thousands of empty ones": [b""] * 4000,
            "a thousand": [b"12345678"] * 1000,
            "a long one": [b"x" * 20_000],
            "not text": [bytes(range(256))],
            "as much as is taken": [bytes([65 + i]) * 4096 for i in range(4)],
        }
        for what, values in cases.items():
            with self.subTest(what), FakeShim(self.box) as shim:
                message = fake_shim.with_environment(attach_message("many"), values)
                shim.send(message[:1000])  # in pieces
                shim.send(message[1000:], [])
                self.assertEqual(shim.answer(), ACCEPTED)
        self.assert_capture_goes_on()

    def test_an_environment_is_written_nowhere(self):
        secret = b"kX9vLq27RmZtPw4sYb8c"
        shim = self.shim()
        shim.send(fake_shim.with_environment(attach_message("fake"), [secret]))
        self.assertEqual(shim.answer(), ACCEPTED)
        shim.write(b"hello\n")
        shim.end()
        self.assertEqual(shim.answer(), STORED)
        again = self.shim()
        again.send(fake_shim.with_environment(attach_message("../x"), [secret]))
        self.assertEqual(again.answer(), (REFUSED, BAD_NAME))
        for directory, _, files in os.walk(self.box.root):
            for name in files:
                path = os.path.join(directory, name)
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        self.assertNotIn(secret, file.read(), name)

    def test_a_flood_of_messages_holds_up_nobody(self):
        """Each is refused at the first word too many; others are answered and captured in time."""
        started = (fake_shim.header(fake_shim.STARTED, 20) + bytes(8)).hex()
        path = self.box.run_dir / "capture.sock"
        flood = self.box.spawn([sys.executable, "-c", FLOOD, path, started],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        flood.stdout.readline()
        times = []
        for _ in range(100):
            begin = time.monotonic()
            self.ask_status()
            self.assert_capture_goes_on()
            times.append(time.monotonic() - begin)
        self.assertIsNone(flood.poll(), "the flood goes on")
        self.assertLess(sorted(times)[len(times) // 2], 0.25, times)

    def ask_status(self):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(str(self.box.run_dir / "control.sock"))
            client.sendall(b'{"v":1,"verb":"status"}\n')
            self.assertIn(b'"ok":true', client.recv(65536))

    def test_half_a_message_holds_up_nobody(self):
        message = attach_message("fake")
        shims = [self.shim() for _ in range(20)]
        for i, shim in enumerate(shims):
            shim.send(message[:1 + i * 13])
        self.assert_capture_goes_on()
        self.assertEqual(self.box.run_to_end("beside", ["echo", "fine"]), 0)
        shims[0].socket.sendall(message[1:])  # the rest may still come
        self.assertEqual(shims[0].answer(), ACCEPTED)

    def test_a_thousand_connections(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        sockets = []
        for name in ("capture.sock", "control.sock"):
            for _ in range(MANY_CONNECTIONS):
                client = socket.socket(socket.AF_UNIX)
                client.setblocking(False)
                try:
                    client.connect(str(self.box.run_dir / name))
                except (BlockingIOError, ConnectionRefusedError):
                    client.close()
                    continue
                sockets.append(client)
        self.assertGreater(len(sockets), 100)
        self.assert_capture_goes_on()
        self.assertLess(harness.status_field(self.box.daemon.pid, "VmRSS"), MAX_RSS_KIB)
        for client in sockets:
            client.close()


class Descriptors(HostileTest):
    def refused(self, what, descriptors, **fields):
        with self.subTest(what), FakeShim(self.box) as shim:
            made = descriptors(shim)
            self.assert_refused(shim.attach("fake", descriptors=made, **fields), what)
            for descriptor in made:
                if descriptor not in (shim.read_end, shim.write_end, shim.escrow):
                    os.close(descriptor)

    def test_wrong_descriptors(self):
        path = self.box.root / "file"
        path.write_bytes(bytes(ESCROW_BYTES))

        def opened(flags=os.O_RDONLY):
            return os.open(path, flags)
        self.refused("none", lambda shim: [])
        self.refused("no escrow", lambda shim: [shim.read_end])
        self.refused("too many", lambda shim: [shim.read_end, shim.escrow] * 2)
        self.refused("far too many", lambda shim: [shim.read_end] * 200)
        self.refused("in the wrong order", lambda shim: [shim.escrow, shim.read_end])
        self.refused("the write end", lambda shim: [shim.write_end, shim.escrow])
        self.refused("a file for the pipe", lambda shim: [opened(), shim.escrow])
        self.refused("a file for the escrow", lambda shim: [shim.read_end, opened(os.O_RDWR)])
        self.refused("a directory", lambda shim: [os.open("/", os.O_RDONLY), shim.escrow])
        self.refused("a device", lambda shim: [os.open("/dev/zero", os.O_RDONLY), shim.escrow])
        self.refused("a path", lambda shim: [os.open(path, os.O_PATH), shim.escrow])
        self.refused("the socket itself", lambda shim: [os.dup(shim.socket.fileno()), shim.escrow])
        self.refused("two streams, one pair", lambda shim: [shim.read_end, shim.escrow],
                     streams=(STDOUT, STDERR))

    def test_wrong_escrows(self):
        def pair(**fields):
            return lambda shim: [shim.read_end, fake_shim.escrow(**fields)]
        self.refused("unsealed", pair(seals=0))
        self.refused("may still shrink", pair(seals=1 | 4))
        self.refused("may still grow", pair(seals=1 | 2))
        self.refused("smaller than it says", pair(size=4096))
        self.refused("empty", pair(size=0), escrow_bytes=0)
        self.refused("tiny", pair(size=64), escrow_bytes=64)
        self.refused("huge", pair(size=1 << 40), escrow_bytes=1 << 40)
        self.refused("says 2^63", pair(), escrow_bytes=1 << 63)

        def read_only(shim):
            return [shim.read_end, os.open(f"/proc/self/fd/{shim.escrow}", os.O_RDONLY)]
        self.refused("read-only", read_only)

    def test_more_descriptors_later(self):
        shim = self.shim()
        self.assertEqual(shim.attach("fake"), ACCEPTED)
        shim.send(fake_shim.header(fake_shim.STARTED, 20) + bytes(8), [shim.read_end] * 50)
        self.assert_capture_goes_on()

    def test_positions_out_of_range(self):
        for position in (ESCROW_BYTES + 1, 1 << 40, (1 << 63) - 1):
            with self.subTest(position), FakeShim(self.box) as shim:
                os.lseek(shim.escrow, position, os.SEEK_SET)
                shim.attach("fake")
                shim.write(b"hello\n")
                self.assert_idle()
            with self.subTest(f"{position}, later"), FakeShim(self.box) as shim:
                self.assertEqual(shim.attach("fake"), ACCEPTED)
                shim.write(b"first\n")
                wait_until(lambda: self.box.raw("fake").endswith(b"first\n"), 10, "the line")
                os.lseek(shim.escrow, position, os.SEEK_SET)
                shim.write(b"hello\n")
                self.assert_idle()

    def test_a_position_that_moves_all_the_time(self):
        with FakeShim(self.box) as shim:
            self.assertEqual(shim.attach("fake"), ACCEPTED)
            for i in range(2000):
                os.lseek(shim.escrow, (i * 7919) % ESCROW_BYTES, os.SEEK_SET)
                shim.write(b"x" * (i % 50) + b"\n")
            self.assert_idle()

    def test_flags_on_the_shared_descriptions(self):
        for what in ("escrow O_APPEND", "pipe O_NONBLOCK", "escrow O_NONBLOCK", "pipe O_DIRECT"):
            with self.subTest(what), FakeShim(self.box) as shim:
                target = shim.escrow if what.startswith("escrow") else shim.read_end
                flag = getattr(os, what.split()[1])
                name = re.sub(r"\W+", ".", what)
                if shim.attach(name) != ACCEPTED:
                    continue
                shim.write(b"before\n")
                wait_until(lambda: self.box.raw(name) == b"before\n", 10, "the first line")
                flags = fcntl.fcntl(target, fcntl.F_GETFL)
                fcntl.fcntl(target, fcntl.F_SETFL, flags | flag)
                shim.write(b"meanwhile\n")
                self.assert_idle()
                fcntl.fcntl(target, fcntl.F_SETFL, flags)
                shim.write(b"after\n")
                wait_until(lambda: self.box.raw(name).endswith(b"after\n"), 10, "the last line")
                self.assertEqual(self.box.raw(name), b"before\nmeanwhile\nafter\n")

    def test_a_shim_that_reads_its_own_pipe(self):
        with FakeShim(self.box) as shim:
            self.assertEqual(shim.attach("thief"), ACCEPTED)
            os.set_blocking(shim.read_end, False)
            for i in range(500):
                shim.write(b"%d\n" % i)
                try:
                    os.read(shim.read_end, 2)
                except BlockingIOError:
                    pass
            self.assert_idle()

    def assert_idle(self):
        """logd goes on capturing and comes to rest: no loop around what it cannot take."""
        self.assert_capture_goes_on()

        def is_at_rest():
            before = self.cpu_ticks()
            time.sleep(0.2)  # what is measured is this interval
            return self.cpu_ticks() - before <= 2
        wait_until(is_at_rest, 10, "logd at rest")

    def cpu_ticks(self):
        with open(f"/proc/{self.box.daemon.pid}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
        return int(fields[11]) + int(fields[12])


class Control(HostileTest):
    def ask(self, request, closes=False):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(self.box.run_dir / "control.sock"))
            try:
                client.sendall(request)
                if closes:
                    client.shutdown(socket.SHUT_WR)
                answer = b""
                while not answer.endswith(b"\n") and (more := client.recv(65536)):
                    answer += more
                return answer
            except (BrokenPipeError, ConnectionResetError):
                return b""

    def test_requests_that_are_not_ours(self):
        cases = {"garbage": b"\xff\x00garbage\n", "not an object": b"[1,2]\n", "empty": b"\n",
                 "no verb": b'{"v":1}\n', "unknown verb": b'{"v":1,"verb":"explode"}\n',
                 "version": b'{"v":999,"verb":"status"}\n', "deep": b"[" * 100_000 + b"\n",
                 "wrong types": b'{"v":"1","verb":7,"names":{}}\n',
                 "bad name": b'{"v":1,"verb":"flush","names":["../x"]}\n',
                 "too long": b'{"v":1,"verb":"' + b"a" * (3 << 20) + b'"}\n'}
        for what, request in cases.items():
            with self.subTest(what):
                answer = self.ask(request)
                self.assertTrue(answer == b"" or b'"ok":false' in answer.replace(b" ", b""), answer)
        self.assertIn(b"true", self.ask(b'{"v":1,"verb":"status"}\n'))

    def test_half_a_request_holds_up_nobody(self):
        clients = []
        for _ in range(20):
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(self.box.run_dir / "control.sock"))
            client.sendall(b'{"v":1,"verb":"st')
            clients.append(client)
        self.box.logctl("status")
        for client in clients:
            client.close()
        self.ask(b'{"v":1,"verb":"st', closes=True)


class Content(HostileTest):
    def test_two_writers_of_1_mb_lines_in_one_merged_log(self):
        """Pieces of an over-long line are each stored as F, and none mixes two writers."""
        runs = [self.box.run("merged", [sys.executable, "-c", ONE_MEGABYTE_LINES, letter],
                             instance=i, stdin=subprocess.PIPE) for i, letter in enumerate("ab")]
        wait_until(lambda: self.box.stored("merged") and
                   b"started run 2" in self.box.raw("merged", "--events"), 10, "both writers", 0.02)
        for word in (b"write\n", b"end\n"):  # nobody writes, or is gone, while the other is alone
            for run in runs:
                run.stdin.write(word)
                run.stdin.flush()
            wait_until(lambda: self.box.stored("merged") > 40_000_000, 30, "40 MB", 0.02)
        for run in runs:
            self.assertEqual(self.box.wait(run), 0)
        self.assertTrue((self.box.log_dir / "merged").exists())
        self.assertFalse((self.box.log_dir / "merged@0").exists())
        totals = {b"a": 0, b"b": 0}
        for segment in self.box.segments("merged"):
            for record in (self.box.log_dir / "merged" / segment).read_bytes().splitlines():
                if record[29:35] == b"+00:00":
                    continue
                tag, content = record[38:39], record[40:]
                self.assertEqual(tag, b"F", record[:60])
                if content:
                    self.assertEqual(content.strip(content[:1]), b"", "one writer's bytes only")
                    totals[content[:1]] += len(content)
        self.assertEqual(totals, {b"a": 20_000_000, b"b": 20_000_000})

    def test_empty_writes_and_bytes_of_all_kinds(self):
        program = """
import os
for i in range(3000):
    os.write(1, b"")
    os.write(1 + i % 2, (b"\\0", b"\\r\\n", b"\\xff\\xfe\\n", b"\\n", b"\\x1b[2J\\n")[i % 5])
"""
        wanted = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
        self.assertEqual(self.box.run_to_end("bytes", [sys.executable, "-c", program]), 0)
        self.assertEqual(self.box.raw("bytes", "--out"), wanted.stdout)
        self.assertEqual(self.box.raw("bytes", "--err"), wanted.stderr)

    def test_lines_that_look_like_records_and_events(self):
        """A process cannot forge an event or another time: its text is content."""
        forged = (b"2026-11-21T22:17:00.123456789Z stdout F forged\n"
                  b"2026-11-21T22:17:00.123456789+00:00 stderr F exited run 1: pid 1, code 0\n"
                  b"+00:00 stderr F started run 9: pid 1, uid 0, x\n")
        run = self.box.run("forger", ["cat"], stdin=subprocess.PIPE)
        run.communicate(forged)
        self.assertEqual(self.box.raw("forger"), forged)
        events = self.box.logctl("tail", "forger", "-n", "all", "-o", "cri", "--events")
        own = [line for line in events.splitlines() if line[29:35] == b"+00:00"]
        self.assertEqual(len(own), 2, own)


class FewDescriptors(SandboxTest):
    def few(self, count):
        return self.started(prefix=["prlimit", f"--nofile={count}:{count}"])

    def cpu_seconds(self, box):
        with open(f"/proc/{box.daemon.pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_none_left_is_waited_for_without_a_busy_loop(self):
        box = self.few(100)
        clients = []
        for name, count in (("capture.sock", 120), ("control.sock", 5)):
            for _ in range(count):
                clients.append(socket.socket(socket.AF_UNIX))
                clients[-1].connect(str(box.run_dir / name))
            wait_until(lambda: f"accept on {name}" in box.errors(), 10, "the end of descriptors")
        before = self.cpu_seconds(box)
        time.sleep(1)
        self.assertLess(self.cpu_seconds(box) - before, 0.3)
        for client in clients:
            client.close()
        box.logctl("status")
        self.assertEqual(box.run_to_end("after", ["echo", "fine"]), 0)

    def test_the_runs_of_one_user_leave_room(self):
        box = self.few(200)
        shims = [FakeShim(box) for _ in range(11)]
        for shim in shims:
            self.addCleanup(shim.close)
        for i, shim in enumerate(shims[:10]):
            self.assertEqual(shim.attach(f"p{i}"), ACCEPTED)
        self.assertEqual(shims[10].attach("p10"), (REFUSED, LIMIT))


if __name__ == "__main__":
    unittest.main()
