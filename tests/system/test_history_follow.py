#!/usr/bin/env python3
"""`logctl tail -f` from any start in what is kept, on a logd that rotates, archives and is killed.

SPDX-License-Identifier: Apache-2.0
"""
import json
import sys
import unittest

from harness import LOGCTL, SandboxTest, wait_until
from tail_testing import Follower

CONFIG = """
[defaults]
max_size = "64KiB"
max_total_size = "off"
retain = "all"
keep_plain = 1
"""
WRITER = """
import sys
name, first, behind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for number in range(first, behind):
    stream = sys.stderr if number % 7 == 0 else sys.stdout
    stream.write(f"{name} {number} {'x' * (number % 90)}\\n")
    if number % 50 == 0:
        sys.stdout.flush()
sys.stdout.flush()
"""
OLD = 4000  # lines of each process before the follower starts
ALL = 16000


class FollowHistory(SandboxTest):
    def setUp(self):
        self.box = self.started(CONFIG)
        for name in ("a", "b"):
            self.box.run_to_end(name, self.writer(name, 0, OLD))
        wait_until(lambda: len(list((self.box.log_dir / "a").glob("*.gz"))) > 2, 20, "archives")

    @staticmethod
    def writer(name, first, behind):
        return [sys.executable, "-c", WRITER, name, first, behind]

    def numbers(self, output, name):
        """The numbers of the lines of a process, in the order in which they were printed; lines of
        stderr may overtake those of stdout."""
        found = [int(line.split()[1]) for line in output.splitlines()
                 if line.startswith(name.encode() + b" ")]
        return ([number for number in found if number % 7], [n for n in found if n % 7 == 0])

    def expect(self, output, name, first, behind):
        wanted = range(first, behind)
        self.assertEqual(self.numbers(output, name),
                         ([n for n in wanted if n % 7], [n for n in wanted if n % 7 == 0]), name)

    def time_of(self, name, number):
        line, = self.box.logctl("search", f"^{name} {number} ", name, "--json").splitlines()
        return json.loads(line)["time"]

    def last_line_is_there(self, *names):
        return lambda output: all(b"\n%s %d " % (name.encode(), ALL - 1) in output
                                  for name in names)

    def test_each_line_once_whatever_happens(self):
        """The start lies in an archive; then logs rotate, are archived, and logd is killed."""
        since = self.time_of("b", 1300)
        every = Follower(self, "--raw", "-n", "all")
        late = Follower(self, "--raw", "-n", "all", "-S", since)
        found = Follower(self, "b", "--raw", "-n", "all", "-g", "^b [0-9]*00 ")
        running = [self.box.run(name, self.writer(name, OLD, ALL)) for name in ("a", "b")]
        running.append(self.box.run("later", self.writer("later", 0, ALL)))
        for part in (1, 2, 3):
            every.read(lambda output, lines=part * ALL // 5: output.count(b"\nlater ") > lines, 30)
            self.box.kill()
            self.box.start()
            self.box.logctl("rotate")
        for child in running:
            self.assertEqual(self.box.wait(child), 0)
        for follower in (every, late):
            follower.read(self.last_line_is_there("a", "b", "later"), 30)
        for name, first in (("a", 0), ("b", 0), ("later", 0)):
            self.expect(every.output, name, first, ALL)
        self.expect(late.output, "later", 0, ALL)
        got, _ = self.numbers(late.output, "b")
        self.assertEqual(got[0], 1300)
        self.assertEqual(got, [n for n in range(1300, ALL) if n % 7])
        found.read(lambda output: b"b %d " % (ALL - 100) in output, 30)
        self.assertEqual(sorted(int(line.split()[1]) for line in found.stop().splitlines()),
                         list(range(100, ALL, 100)))

    def test_a_run_and_what_comes_after_it(self):
        self.box.run_to_end("a", self.writer("a", OLD, OLD + 10))
        follower = Follower(self, "a", "--raw", "-n", "all", "--run", "0")
        follower.read_lines(10)
        self.box.run_to_end("a", self.writer("a", OLD + 10, OLD + 15))
        follower.read_lines(15)
        self.expect(follower.stop(), "a", OLD, OLD + 15)

    def test_over_a_flush(self):
        follower = Follower(self, "a", "--raw", "-n", "3")
        follower.read_lines(3)
        self.box.logctl("flush", "a")
        self.box.run_to_end("a", self.writer("a", OLD, OLD + 10))
        follower.read_lines(13)
        out, err = self.numbers(follower.stop(), "a")
        self.assertEqual(sorted(out + err)[3:], list(range(OLD, OLD + 10)))
        self.box.run_to_end("a", self.writer("a", OLD + 10, OLD + 20))
        self.assertEqual(self.box.logctl("tail", "a", "--head", "2", "--raw", "-n", "15",
                                         "-r", "--out").split()[1], b"%d" % (OLD + 19))

    def test_head_ends_a_follower(self):
        follower = self.box.spawn([LOGCTL, "tail", "-f", "new", "--head", "3", "--raw"],
                                  stdout=-1, stderr=-1)
        self.assertEqual(self.box.wait(follower), 4)
        follower = self.box.spawn([LOGCTL, "tail", "-f", "new*", "--head", "3", "--raw"],
                                  stdout=-1, stderr=-1)
        self.box.run_to_end("new", self.writer("new", 1, 5))
        self.assertEqual(self.box.wait(follower), 0)
        self.assertEqual(follower.stdout.read().count(b"\n"), 3)


if __name__ == "__main__":
    unittest.main()
