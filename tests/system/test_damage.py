#!/usr/bin/env python3
"""Damage costs what is damaged: every reader shows the rest, says what is not there, and exits 7.

What may not be read is no damage, and exits 6. No daemon runs here.
SPDX-License-Identifier: Apache-2.0
"""
import os
import random
import subprocess
import unittest

from harness import LOGCTL
from tail_testing import TailTest, event, record

LINES = 3000  # of a segment: an archive of several members
DAMAGED, MISSING, NOT_READABLE = 7, 7, 6


class DamageTest(TailTest):
    """Five segments, each with a run that failed: three archives, a closed one, the active one."""

    def setUp(self):
        super().setUp()
        generator = random.Random(5)
        self.contents = {}  # by segment
        tick = 0
        for number in range(1, 6):
            self.contents[number] = [b"%d %d %s" % (number, line,
                                                    generator.randbytes(250).hex().encode())
                                     for line in range(LINES)]
            records = [record(tick + 1 + line, content)
                       for line, content in enumerate(self.contents[number])]
            self.append("web", number, event(tick, f"started run {number}: pid 1, uid 0, node"),
                        *records,
                        event(tick + LINES + 1, f"exited run {number}: pid 1, code 1"))
            tick += LINES + 2
        self.hurt, *_ = self.archive("web", 2, 1, 3)
        self.whole = self.hurt.read_bytes()

    def command(self, *arguments, somebody=False):
        become = {"user": 65534, "group": 65534, "extra_groups": []} if somebody else {}
        return subprocess.run([LOGCTL, "--log-dir", self.box.log_dir, *arguments],
                              capture_output=True, check=False, timeout=60,
                              env=self.box.environment, **become)

    def readings(self, **options):
        """(command line, what it did, the lines that it showed) of all that read lines."""
        for command in (["tail", "web", "-n", "all", "--raw"], ["search", "", "web", "--raw"],
                        ["tail", "web", "-n", "all", "--raw", "-r"],
                        ["tail", "web", "-n", str(9 * LINES), "--raw"],
                        ["export", "web", "--raw", "-o", "-"]):
            done = self.command(*command, **options)
            lines = done.stdout.splitlines()
            yield command, done, lines[::-1] if "-r" in command else lines
        if options:
            return
        to = self.box.root / "out"
        done = self.command("export", "web", "--raw", "-o", to)
        yield ["export to a file"], done, to.read_bytes().splitlines()

    def check(self, status, said, least, runs, **options):
        self.check_lines(status, said, least, **options)
        self.check_runs(status, said, runs, **options)

    def check_lines(self, status, said, least, **options):
        """All segments but 2 are shown whole, of that at least so many lines, in order."""
        before = self.contents[1]
        behind = [line for number in (3, 4, 5) for line in self.contents[number]]
        for command, done, lines in self.readings(**options):
            self.assertEqual(done.returncode, status, (command, done.stderr))
            self.assertIn(said, done.stderr.decode(), command)
            self.assertEqual(lines[:LINES], before, command)
            self.assertEqual(lines[-len(behind):], behind, command)
            rest = lines[LINES:-len(behind)]
            self.assertGreaterEqual(len(rest), least, command)
            wanted = iter(self.contents[2])
            self.assertTrue(all(line in wanted for line in rest), command)
            self.assertLess(len(rest), LINES, command)

    def check_runs(self, status, said, runs, **options):
        done = self.command("runs", "web", "-n", "1", **options)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(said, done.stderr.decode())
        rows = done.stdout.decode().splitlines()[1:]
        self.assertEqual([int(row.split()[1]) for row in rows if row.startswith("web")], runs)
        shown = [row.split(" | ")[1].encode() for row in rows if row.startswith("  ")]
        for number in runs:
            if number != 2:
                last = self.contents[number][-1]
                self.assertTrue(any(last.startswith(line.split(b" ...")[0]) for line in shown))


class Damage(DamageTest):
    def test_nothing_is_damaged(self):
        for command, done, lines in self.readings():
            self.assertEqual((done.returncode, done.stderr), (0, b""), command)
            self.assertEqual(lines, [line for number in range(1, 6)
                                     for line in self.contents[number]])
        self.check_runs(0, "", [1, 2, 3, 4, 5])

    def test_a_truncated_archive(self):
        # Of four members two, one and none are whole.
        for part, least, runs in ((0.9, LINES // 2, [1, 2, 3, 4, 5]),
                                  (0.5, LINES // 4, [1, 2, 3, 4, 5]), (0.3, 0, [1, 3, 4, 5])):
            self.hurt.write_bytes(self.whole[:int(len(self.whole) * part)])
            self.check(DAMAGED, "web: segment 2: damaged archive: ", least, runs)

    def test_a_flipped_bit(self):
        # Of four members the second has no events and none of the last lines: runs does not look.
        for part, status_of_runs in ((0.2, DAMAGED), (0.5, 0), (0.97, DAMAGED)):
            data = bytearray(self.whole)
            data[int(len(data) * part)] ^= 0x10
            self.hurt.write_bytes(data)
            said = "web: segment 2: damaged archive: "
            self.check_lines(DAMAGED, said, LINES // 3)
            self.check_runs(status_of_runs, said if status_of_runs else "", [1, 2, 3, 4, 5])

    def test_a_segment_that_is_missing(self):
        self.hurt.unlink()
        self.check(MISSING, "web: segment 2 is missing", 0, [1, 3, 4, 5])

    def test_an_archive_of_nothing_and_one_of_rubbish(self):
        for content in (b"", b"not gzip\n" * 1000, bytes(100_000)):
            self.hurt.write_bytes(content)
            self.check(DAMAGED, "web: segment 2: ", 0, [1, 3, 4, 5])

    def test_a_plain_segment_of_rubbish_in_the_middle(self):
        self.hurt.unlink()
        self.path("web", 2).write_bytes(os.urandom(100_000).replace(b"\n", b"x") + b"\n")
        lines = self.command("tail", "web", "-n", "all", "--raw").stdout.splitlines()
        self.assertEqual(len(lines), 4 * LINES)

    def test_lines_of_the_run_before_are_not_taken_for_those_of_a_damaged_one(self):
        self.append("db", 1, event(1, "started run 1: pid 1, uid 0, x"), record(2, b"said 1"),
                    event(3, "exited run 1: pid 1, code 1"))
        self.append("db", 3, record(9, b"said 2"), event(10, "exited run 2: pid 1, code 1"))
        done = self.command("runs", "db")
        self.assertEqual(done.returncode, MISSING)
        shown = [row.split() for row in done.stdout.decode().splitlines()[1:]]
        self.assertEqual([row[1:2] if row[0] == "db" else row[1:] for row in shown],
                         [["1"], ["|", "said", "1"], ["2"], ["|", "said", "2"]])

    def test_only_what_is_read_is_told(self):
        self.hurt.write_bytes(b"")
        done = self.command("tail", "web", "-n", "5", "--raw")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(self.command("runs", "web", "--run", "4").returncode, 0)


@unittest.skipIf(os.geteuid() != 0, "needs root, to be somebody else")
class Permission(DamageTest):
    def setUp(self):
        super().setUp()
        for path in (self.box.root, self.box.log_dir, self.box.log_dir / "web"):
            os.chmod(path, 0o755)
        for path in (self.box.log_dir / "web").iterdir():
            os.chmod(path, 0o644)

    def test_a_segment_that_may_not_be_read(self):
        os.chmod(self.hurt, 0o600)
        self.check(NOT_READABLE, "web: segment 2", 0, [1, 3, 4, 5], somebody=True)

    def test_a_directory_that_may_not_be_read(self):
        self.append("open", 1, record(1, b"of another"))
        os.chmod(self.box.log_dir / "open", 0o755)
        os.chmod(self.path("open", 1), 0o644)
        for mode in (0o700, 0o711):
            os.chmod(self.box.log_dir / "web", mode)
            for command, done, lines in self.readings(somebody=True):
                self.assertEqual((done.returncode, lines), (NOT_READABLE, []), command)
                self.assertIn(b"web", done.stderr, command)
            self.assertEqual(self.command("runs", "web", somebody=True).returncode, NOT_READABLE)
            done = self.command("tail", "--raw", somebody=True)
            self.assertEqual((done.returncode, done.stdout), (0, b"of another\n"))
            self.assertIn(b"left out: ", done.stderr)
            done = self.command("runs", somebody=True)
            self.assertEqual((done.returncode, done.stdout.count(b"\n")), (0, 2))
            self.assertIn(b"left out: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
