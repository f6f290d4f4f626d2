#!/usr/bin/env python3
"""FIFOs: writers come and go, logd is killed, keepers are killed, and what was written is stored.

SPDX-License-Identifier: Apache-2.0
"""
import fcntl
import os
import shutil
import signal
import stat
import struct
import subprocess
import sys
import termios
import unittest

import harness
from harness import SandboxTest, wait_until

CONFIG = "[process.legacy]\nfifo = true\n"
LINES = 400

# Writes numbered lines of about 100 KB, some in pieces with a pause within the line.
LONG_LINES = """
import os, sys, time
out = os.open(sys.argv[1], os.O_WRONLY)
sys.stdin.readline()
for i in range(int(sys.argv[2])):
    line = memoryview(b"%d " % i + bytes([97 + i % 26]) * (90_000 + i * 37 % 20_000) + b"\\n")
    pieces = [line[:50_000], line[50_000:]] if i % 8 == 0 else [line]
    for piece in pieces:
        while piece:
            piece = piece[os.write(out, piece):]
        if len(pieces) > 1:
            time.sleep(0.01)
"""


def long_lines():
    return b"".join(b"%d " % i + bytes([97 + i % 26]) * (90_000 + i * 37 % 20_000) + b"\n"
                    for i in range(LINES))


SLOW_SHIM = """#!/bin/sh
while [ -e {hold} ]; do sleep 0.01; done
exec {shim} "$@"
"""


class FifoTest(SandboxTest):
    def setUp(self):
        self.box = self.started(CONFIG)
        self.fifo = {stream: self.box.run_dir / "fifo" / f"legacy.{stream}"
                     for stream in ("out", "err")}

    def keepers(self):
        return [pid for pid, line in harness.children_of([os.getpid()]).items()
                if line.startswith("logd-fifo legacy")]

    def kill_keeper(self):
        """Returns the pid of the keeper that was killed and has gone."""
        wait_until(lambda: len(self.keepers()) == 1, 10, "the keeper")
        keeper = self.keepers()[0]
        os.kill(keeper, signal.SIGKILL)
        wait_until(lambda: keeper not in self.keepers(), 10, "the end of the keeper")
        return keeper

    def wait_for_another_keeper(self, old):
        wait_until(lambda: len(self.keepers()) == 1 and self.keepers() != [old], 10,
                   "another keeper")
        return self.keepers()[0]

    def write(self, stream, text):
        writer = ["sh", "-c", f"printf '{text}\\n' > {self.fifo[stream]}"]
        self.assertEqual(self.box.wait(self.box.spawn(writer), 10), 0)

    def assert_stored(self, wanted, option="--out"):
        wait_until(lambda: self.box.segments("legacy") and
                   self.box.raw("legacy", option) == wanted, 10, f"{wanted[-200:]!r}")

    def wait_until_taken(self, fifo):
        """What a keeper has not handed over yet goes with it."""
        def waiting():
            return struct.unpack("i", fcntl.ioctl(fifo, termios.FIONREAD, bytes(4)))[0]
        wait_until(lambda: waiting() == 0, 10, "all of it in logd's hands")


class Writers(FifoTest):
    def test_writers_come_and_go_and_a_kill_of_logd_costs_nothing(self):
        for path in self.fifo.values():
            self.assertTrue(stat.S_ISFIFO(path.stat().st_mode), "there when logd says it is ready")
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o620)
        keepers = self.keepers()
        self.assertEqual(len(keepers), 1)
        self.write("out", "first")
        self.write("err", "bad")
        self.write("out", "second")
        self.assert_stored(b"first\nsecond\n")
        self.box.kill()
        self.write("out", "third, nobody is there")
        self.box.start()
        self.write("out", "fourth")
        self.assert_stored(b"first\nsecond\nthird, nobody is there\nfourth\n")
        self.assertEqual(self.box.raw("legacy", "--err"), b"bad\n")
        self.assertEqual(self.keepers(), keepers, "a new logd finds the keeper of the old one")


class Keepers(FifoTest):
    def test_a_keeper_that_dies_without_a_writer_is_replaced(self):
        wanted = b"first\n"
        self.write("out", "first")
        for i in range(3):
            self.assert_stored(wanted)
            self.wait_for_another_keeper(self.kill_keeper())
            self.write("out", f"again {i}")
            wanted += b"again %d\n" % i
        self.assert_stored(wanted)

    def test_a_keeper_that_dies_with_logd_is_replaced(self):
        self.write("out", "first")
        self.assert_stored(b"first\n")
        self.box.kill()
        old = self.kill_keeper()
        self.box.start()
        self.wait_for_another_keeper(old)
        self.write("out", "second")
        self.assert_stored(b"first\nsecond\n")

    def test_a_line_that_is_unfinished_while_keepers_change(self):
        with open(self.fifo["out"], "wb", buffering=0) as out:
            out.write(b"one, the first half,")
            for i in range(3):
                self.wait_until_taken(out)
                self.wait_for_another_keeper(self.kill_keeper())
                out.write(b" %d" % i)
            self.box.kill()
            self.box.start()
            out.write(b" and the second\ntwo\n")
            self.assert_stored(b"one, the first half, 0 1 2 and the second\ntwo\n")

    def test_keepers_that_die_under_load_tear_no_line(self):
        """Two that drain one FIFO would mix up what they take."""
        writers = [self.box.spawn([sys.executable, "-c", LONG_LINES, path, str(LINES)],
                                  stdin=subprocess.PIPE) for path in self.fifo.values()]
        for writer in writers:
            writer.stdin.write(b"go\n")
            writer.stdin.flush()
        changes = 0
        while any(writer.poll() is None for writer in writers):
            self.wait_for_another_keeper(self.kill_keeper())
            changes += 1
        self.assertGreater(changes, 0)
        wanted = long_lines()
        for option in ("--out", "--err"):
            wait_until(lambda: len(self.box.raw("legacy", option)) >= len(wanted), 20, option, 0.1)
            stored = self.box.raw("legacy", option)
            lines = zip(stored.split(b"\n"), wanted.split(b"\n"))
            torn = next((i for i, (got, line) in enumerate(lines) if got != line), None)
            self.assertIsNone(torn, f"{option}: the first line that is not as it was written")
            self.assertEqual(len(stored), len(wanted))

    def test_a_keeper_that_is_slow_to_start_holds_up_nobody(self):
        binaries, hold = self.box.root / "bin", self.box.root / "hold"
        binaries.mkdir()
        shutil.copy(self.box.logd_program, binaries / "logd")
        shim = binaries / "logd-shim"
        shim.write_text(SLOW_SHIM.format(hold=hold, shim=harness.BIN / "logd-shim"))
        shim.chmod(0o755)
        self.box.stop()
        self.box.logd_program = str(binaries / "logd")
        self.box.start()
        hold.touch()
        self.kill_keeper()
        wait_until(lambda: any(str(shim) in line and " fifo " in line for line in
                               harness.children_of([self.box.daemon.pid]).values()), 10,
                   "the start of another keeper")
        self.assertEqual(self.box.run_to_end("beside", ["echo", "fine"]), 0)
        self.assertEqual(self.box.raw("beside"), b"fine\n")
        hold.unlink()
        wait_until(self.keepers, 10, "another keeper")
        self.write("out", "late")
        self.assert_stored(b"late\n")


if __name__ == "__main__":
    unittest.main()
