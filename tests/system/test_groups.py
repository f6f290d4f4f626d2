#!/usr/bin/env python3
"""Stack traces around matches: whole on a terminal, and only there.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pty
import subprocess
import unittest

from harness import LOGCTL, is_readable, wait_until
from tail_testing import TailTest, event, record

JAVA = [b"2026-11-21 22:00:00 ERROR com.example.Shop - no such item",
        b"java.lang.IllegalStateException: item 7",
        b"\tat com.example.Shop.find(Shop.java:12)",
        b"\tat com.example.Shop.main(Shop.java:3)",
        b"Caused by: java.io.IOException: disk",
        b"\t... 2 more"]
PYTHON = [b"Traceback (most recent call last):",
          b'  File "shop.py", line 3, in <module>',
          b"    find(7)",
          b"KeyError: 7"]
BEFORE = b"2026-11-21 22:00:00 INFO com.example.Shop - asks"
BEHIND = b"2026-11-21 22:00:00 INFO com.example.Shop - goes on"


class Terminal:
    """A logctl whose standard output is a terminal, and what it has shown there."""

    def __init__(self, test, *arguments):
        self.ours, theirs = pty.openpty()
        test.addCleanup(os.close, self.ours)
        self.process = test.box.spawn([LOGCTL, *arguments, "-o", "cat", "--color", "never"],
                                      stdout=theirs, stderr=subprocess.PIPE)
        os.close(theirs)
        self.output = b""

    def read_some(self):
        while is_readable(self.ours, 0.005):
            try:
                chunk = os.read(self.ours, 1 << 16)
            except OSError:  # nobody has it open any more
                return False
            self.output += chunk
        return True

    def read_lines(self, count):
        def are_there():
            self.read_some()
            return self.output.count(b"\n") >= count
        wait_until(are_there, what=f"{count} lines")
        return self.lines()

    def lines(self):
        return self.output.replace(b"\r\n", b"\n").splitlines()


class Groups(TailTest):
    def setUp(self):
        super().setUp()
        lines = [BEFORE, *JAVA, BEHIND]
        self.append("web", 1, event(1, "started run 1: pid 1, uid 0, java"),
                    *[record(10 + 10 * i, line) for i, line in enumerate(lines)])
        # Another process, and the other stream, at the same time.
        self.append("api", 1, *[record(15 + 10 * i, line, "stderr")
                                for i, line in enumerate(PYTHON)],
                    record(22, b"in between"))

    def shown(self, *arguments, status=0, command="tail"):
        terminal = Terminal(self, command, *arguments)
        wait_until(lambda: not terminal.read_some() or terminal.process.poll() is not None)
        self.assertEqual(self.box.wait(terminal.process), status)
        terminal.read_some()
        return terminal.lines()

    def test_any_line_of_it_shows_all_of_it(self):
        for pattern in ("no such item", "IllegalState", "Shop.java:3", "disk", "2 more"):
            self.assertEqual(self.shown("-g", pattern), JAVA, pattern)
        for pattern in ("shop.py", "KeyError"):
            self.assertEqual(self.shown("-g", pattern), PYTHON, pattern)
        self.assertEqual(self.shown("disk", command="search"), JAVA)
        self.assertEqual(self.shown("-g", "asks"), [BEFORE])

    def test_level(self):
        self.assertEqual(self.shown("--level", "error"), JAVA)

    def test_into_a_pipe_only_matches(self):
        self.assertEqual(self.tail("-g", "disk", "-o", "cat").splitlines(), [JAVA[4]])

    def test_switched_off(self):
        self.assertEqual(self.shown("-g", "disk", "--no-group"), [JAVA[4]])
        self.assertEqual(self.shown("web", "-g", "disk", "-B", "1"), JAVA[3:5])
        self.assertEqual(self.shown("web", "-g", "disk", "-C", "1"), JAVA[3:6])
        self.assertEqual(self.shown("-g", "disk", "-r"), [JAVA[4]])
        self.assertEqual(self.shown("-g", "disk", "-c"), [b"1"])
        self.assertEqual(self.shown("-g", "Shop", "-v", "web"),
                         [line for line in JAVA if b"Shop" not in line])
        self.assertEqual(self.shown("-g", "disk", "--cursor-file", self.box.root / "c"), [JAVA[4]])

    def test_without_a_filter_all_is_as_ever(self):
        self.assertEqual(self.shown("web", "-n", "3"), [*JAVA[-2:], BEHIND])
        self.assertEqual(self.shown("web", "--head", "2"), [BEFORE, JAVA[0]])

    def test_it_prints_more_and_counts_no_more(self):
        self.assertEqual(self.shown("web", "-g", "Shop.java", "-n", "1"), JAVA)
        self.assertEqual(self.shown("web", "-g", "Shop.java", "--head", "1"), JAVA)
        self.assertEqual(self.shown("web", "-g", "at com", "-c"), [b"2"])
        self.assertEqual(self.shown("web", "-g", "ERROR", "--until-match", "no such"), [JAVA[0]])

    def test_followed(self):
        terminal = Terminal(self, "tail", "-f", "web", "-g", "disk|trouble")
        self.assertEqual(terminal.read_lines(6), JAVA)
        self.append("web", 1, record(200, b"trouble ahead"))
        terminal.read_lines(7)
        self.append("web", 1, record(210, b"  more of it"), record(220, b"something else"),
                    record(230, b"  more of that"), record(240, b"trouble"))
        self.assertEqual(terminal.read_lines(9)[6:],
                         [b"trouble ahead", b"  more of it", b"trouble"])

    def test_head_ends_a_follower_although_a_group_may_go_on(self):
        terminal = Terminal(self, "tail", "-f", "web", "-g", "trouble", "--head", "1")
        self.append("web", 1, record(200, b"trouble"), record(201, b"  more"))
        self.assertEqual(self.box.wait(terminal.process, 10), 0)
        terminal.read_some()
        self.assertEqual(terminal.lines()[:1], [b"trouble"])


if __name__ == "__main__":
    unittest.main()
