#!/usr/bin/env python3
"""Rotates, archives and kills at once: every number is there once and in order, no rubbish.

Writers of several processes at full speed, tiny segments, gzip on, forced rotations in between,
logd and its archiver killed at random, orderly restarts; a `logctl tail -f` follows. Small by
default; `--full` (or LOGD_TEST_FULL=1) goes on until there were 10,000 rotations. LOGD_TEST_SEED
repeats a run.
SPDX-License-Identifier: Apache-2.0
"""
import os
import random
import signal
import subprocess
import sys
import time
import unittest

import harness
from harness import wait_until
from test_kill import WritersTest

IS_FULL = harness.IS_FULL or "--full" in sys.argv
LIMIT = (256 if IS_FULL else 64) * 1024
ROTATIONS = 10_000 if IS_FULL else 600
TURNS = 150 if IS_FULL else 40
KEEP_PLAIN = 2
MAX_RECORD = 64 * 1024  # more than any line that the writers write
LINE_BYTES = 190        # of a record, in the mean
LONGEST_SECONDS = 900
DRAIN_SECONDS = 240  # the archiver takes what others leave of the machine
LIMITS = f"""
max_size = "{LIMIT // 1024}KiB"
keep_plain = {KEEP_PLAIN}
level = 1
sync = "never"
"""


class RotationTest(WritersTest):
    """With the writers, followers and checks of the kill test."""

    tail_seconds = DRAIN_SECONDS  # much has become an archive before it gets there

    def test_rotations_archives_and_kills_at_once(self):
        self.begin(LIMITS)
        counted = {"kills": 0, "archiver_kills": 0, "restarts": 0, "forced": 0}
        actions = [self.kill_logd, self.kill_archiver, self.restart, self.force]
        weights = [3, 4, 1, 4]
        started = time.monotonic()
        turn = 0
        while turn < TURNS or self.rotations() < ROTATIONS:
            self.assertLess(time.monotonic() - started, LONGEST_SECONDS, "too slow")
            wanted = self.rotations() + self.random.randrange(2 * ROTATIONS // TURNS)
            wait_until(lambda: self.rotations() >= wanted, 60, "rotations", 0.002)
            self.random.choices(actions, weights)[0](counted)
            turn += 1
        newest = {log: self.newest(log) for log in self.logs}
        wait_until(lambda: all(self.newest(log) > newest[log] for log in self.logs), 20,
                   "a rotation of every log by this logd")
        seconds = time.monotonic() - started
        lines = self.end()
        self.drain()
        for writer in self.writers:  # once more, now from archives
            self.verify([self.box.log_dir / writer.log], writer.demands())
        archives = self.check_files()
        self.report(rotations=self.rotations(), **counted, lines=lines, archives=archives,
                    seconds=round(seconds), MB_per_s=round(lines * LINE_BYTES / seconds / 1e6))

    def newest(self, log):
        return int(os.readlink(self.box.log_dir / log / "current.log")[:10])

    def rotations(self):
        """Numbers only grow, from 1."""
        return sum(self.newest(log) - 1 for log in self.logs)

    # --- what happens in between

    def kill_logd(self, counted):
        self.spin(3_000_000)
        self.box.kill()
        self.box.start()
        counted["kills"] += 1

    def restart(self, counted):
        self.box.stop()
        self.box.start()
        counted["restarts"] += 1

    def kill_archiver(self, counted):
        """At a moment when it may be in any of its steps."""
        wait_until(lambda: self.archivers() or self.is_drained(), 20, "an archiver", 0.001)
        self.spin(20_000_000)
        for pid in self.archivers():
            try:
                os.kill(pid, signal.SIGKILL)
                counted["archiver_kills"] += 1
            except ProcessLookupError:
                pass

    def force(self, counted):
        names = self.random.sample(["twin", "beside"], self.random.randint(1, 2))
        self.box.logctl("rotate", *names)
        counted["forced"] += 1

    def archivers(self):
        return [pid for pid, command in harness.children_of([self.box.daemon.pid]).items()
                if "--archiver-process" in command]

    # --- what must be there in the end

    def plain(self, log):
        """Closed plain segments."""
        return self.box.segments(log)[:-1]

    def plain_left(self):
        """Too many of them."""
        return sum(max(0, len(self.plain(log)) - KEEP_PLAIN) for log in self.logs)

    def is_drained(self):
        return self.plain_left() == 0

    def drain(self):
        # The archiver has only what others leave it of the processors: no time holds for all.
        while left := self.plain_left():
            wait_until(lambda left=left: self.plain_left() < left, DRAIN_SECONDS,
                       f"an archive, one of {left}", 0.02)
        wait_until(lambda: "" not in harness.children_of([self.box.daemon.pid]).values(), 10,
                   "the ends of killed archivers to be noticed", 0.02)
        wait_until(lambda: not self.left_over(), 10, "an end of what is being archived", 0.02)

    def left_over(self):
        return [path for log in self.logs for path in (self.box.log_dir / log).iterdir()
                if path.name.endswith(".tmp")]

    def check_files(self):
        archives = []
        for log in self.logs:
            directory = self.box.log_dir / log
            self.assertEqual(KEEP_PLAIN, len(self.plain(log)), log)
            numbers = sorted(numbers_in(directory))
            self.assertEqual(list(range(1, numbers[-1] + 1)), numbers, log)
            for name in self.box.segments(log):
                self.assertLessEqual((directory / name).stat().st_size, LIMIT + MAX_RECORD, name)
            archives += sorted(directory.glob("*.log.gz"))
        self.assertEqual([], self.left_over())
        for i in range(0, len(archives), 500):
            done = subprocess.run(["gzip", "-t", *archives[i:i + 500]], capture_output=True,
                                  check=False)
            self.assertEqual((0, b""), (done.returncode, done.stderr))
        return len(archives)


def numbers_in(directory):
    """Numbers of the segments, each once or, plain and as an archive, twice."""
    return [int(name[:10]) for name in os.listdir(directory)
            if name[:10].isdigit() and name.endswith((".log", ".log.gz"))]

if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--full"])
