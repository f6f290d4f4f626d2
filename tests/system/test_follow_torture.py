#!/usr/bin/env python3
"""`logctl tail -f` on eight processes at full speed that rotate all the time, are flushed, and lose
their logd: every line comes once and in order.

Small by default; `--full` (or LOGD_TEST_FULL=1) rotates 10,000 times. LOGD_TEST_SEED repeats a run.
SPDX-License-Identifier: Apache-2.0
"""
import datetime
import os
import random
import re
import subprocess
import sys
import time
import unittest

import harness
from harness import LOGCTL, SandboxTest, wait_until

IS_FULL = harness.IS_FULL or "--full" in sys.argv
SEED = int(os.environ.get("LOGD_TEST_SEED", time.time_ns() % 1_000_000))
ROTATIONS = 10_000 if IS_FULL else 800
KILLS = 20 if IS_FULL else 5
FLUSHES = 20 if IS_FULL else 5
CONFIG = """
[defaults]
max_size = "64KiB"
max_total_size = "off"
retain = "all"
keep_plain = 1
"""
PROCESSES = [f"p{number}" for number in range(8)]
FLUSHED = PROCESSES[:2]  # the others must be whole
MAX_DISORDER = datetime.timedelta(milliseconds=100)
LINE = re.compile(rb"(\S+)Z (p\d) *[|!*] (?:([oe]) p\d (\d{10}) |(flushed by))?")
COUNT = re.compile(r"flushed by uid \d+: (\d+) records")
LAST = re.compile(rb"^\S+ (p\d) *[|!] ([oe]) p\d (\d{10}) ", re.MULTILINE)


class Follower:
    """A follower of all processes that writes into a file."""

    def __init__(self, box):
        self.path = box.root / "followed"
        self.errors = box.root / "followed.err"
        with open(self.path, "wb") as output, open(self.errors, "wb") as errors:
            self.process = box.spawn([LOGCTL, "tail", "-f", "-n", "all", "--events", "-o", "iso",
                                      "--utc", "--prefix", "always"], stdout=output, stderr=errors)

    def has_end(self, expected):
        """Whether the last line of each stream was printed; the end of the file is looked at."""
        with open(self.path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - (64 << 20)))
            end = file.read()
        found = {}
        for process, stream, number in LAST.findall(end):
            found[process, stream] = int(number)
        return all(found.get(key) == lines - 1 for key, lines in expected.items() if lines > 0)


class Checker:
    """Reads what a follower printed: each stream's numbers without a gap but for a flush, and the
    times of all in order, nearly. A follower that meets a flush while it deletes may still see some
    of what goes, so that the event need not come right behind the gap."""

    def __init__(self):
        self.next = {}
        self.gaps = []  # process and the time of the stream's line before
        self.line_time = {}
        self.flushes = {}
        self.missed = 0
        self.newest = ""
        self.disorder = datetime.timedelta()
        self.last_time = {}
        self.problems = []

    def take(self, text):
        found = LINE.match(text)
        if not found:
            self.problems.append(f"not a line: {text[:100]!r}")
            return
        time_text, process, stream, number, flushed = found.groups()
        self.check_time(time_text, process)
        if flushed:
            self.flushes[process] = time_text
        if number is None:
            return
        key = process, stream
        expected = self.next.get(key, 0)
        if int(number) < expected:
            self.problems.append(f"{key}: {int(number)} for {expected}")
        elif int(number) > expected:
            before = self.line_time.get(key, b"")
            self.gaps.append((process, before, f"{key}: {int(number)} for {expected}"))
            self.missed += int(number) - expected
        self.next[key] = int(number) + 1
        self.line_time[key] = time_text

    def check_gaps(self, flushed_records):
        for process, before, text in self.gaps:
            if self.flushes.get(process, b"") < before:
                self.problems.append(text)
        if self.missed > flushed_records:
            self.problems.append(f"{self.missed} lines missing, {flushed_records} flushed")

    def check_time(self, text, process):
        if text <= self.last_time.get(process, b""):
            self.problems.append(f"{process}: {text} behind {self.last_time[process]}")
        self.last_time[process] = text
        if text < (self.newest or b""):
            self.disorder = max(self.disorder, moment(self.newest) - moment(text))
        else:
            self.newest = text


def moment(text):
    return datetime.datetime.fromisoformat(text[:26].decode())


class FollowTorture(SandboxTest):
    def rotations(self):
        total = 0
        for process in PROCESSES:
            names = [name for name in os.listdir(self.box.log_dir / process) if name[0].isdigit()]
            total += int(max(names)[:10]) - 1 if names else 0
        return total

    def disturb(self):
        """Kills and flushes, spread over all rotations."""
        chance = random.Random(SEED)
        acts = ["kill"] * KILLS + ["flush"] * FLUSHES
        chance.shuffle(acts)
        for number, act in enumerate(acts):
            due = ROTATIONS * (number + 1) // (len(acts) + 1)
            wait_until(lambda due=due: self.rotations() >= due, 600, f"rotation {due}", 0.01)
            if act == "kill":
                self.box.kill()
                self.box.start(30)
            else:
                self.box.logctl("flush", chance.choice(FLUSHED))
        wait_until(lambda: self.rotations() >= ROTATIONS, 600, "all rotations", 0.01)

    def test_every_line_once_and_in_order(self):
        self.box = self.started(CONFIG)
        follower = Follower(self.box)
        counters = {name: harness.Counters(self.box.root / f"counters.{name}")
                    for name in PROCESSES}
        running = [self.box.run(name, [harness.tool("line_writer"), "--label", name, "--both",
                                       "--chunk", "random", "--seed", str(SEED + number),
                                       "--count-file", counters[name].path],
                                stderr=subprocess.PIPE)
                   for number, name in enumerate(PROCESSES)]
        wait_until(lambda: all((self.box.log_dir / name).exists() for name in PROCESSES), 20,
                   "logs")
        self.disturb()
        for each in counters.values():
            each.stop()
        for child in running:
            self.assertEqual(self.box.wait(child, 120), 0)
        expected = {(name.encode(), stream): counters[name].lines(index)
                    for name in PROCESSES for index, stream in enumerate((b"o", b"e"))}
        wait_until(lambda: follower.has_end(expected), 300, "the ends of all streams", 0.1)
        follower.process.terminate()
        self.box.wait(follower.process)

        checker = Checker()
        with open(follower.path, "rb") as output:
            for text in output:
                checker.take(text)
        log = (self.box.root / "logd.err").read_text()
        checker.check_gaps(sum(map(int, COUNT.findall(log))))
        self.assertEqual(checker.problems[:10], [], f"seed {SEED}")
        self.assertEqual(checker.next, {key: lines for key, lines in expected.items() if lines})
        self.assertLessEqual(checker.disorder, MAX_DISORDER, f"seed {SEED}")
        print(f"{sum(expected.values())} lines, {self.rotations()} rotations, {checker.missed} "
              f"flushed unread, disorder {checker.disorder.total_seconds() * 1000:.1f} ms")


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--full"])
