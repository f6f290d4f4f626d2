#!/usr/bin/env python3
"""A log directory is all that reading takes: a copy on a machine without logd, and one that older
versions of the format have left, read the same.

stored/ holds such a directory, made once and never again: plain segments, an archive of format
version 1, a gzip file of another program in an archive's place, what recovery cut off, an owner, a
link. `test_copy.py --write` makes it, only if the format gets a new version and another directory.
SPDX-License-Identifier: Apache-2.0
"""
import gzip
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from harness import LOGCTL, SandboxTest, wait_until
from tail_testing import TailTest, event, record

STORED = pathlib.Path(__file__).with_name("stored")
WRITER = """
import sys
for number in range(3000):
    print(f"level={('info', 'warn')[number % 50 == 0]} n={number} {'x' * (number % 70)}")
    if number % 10 == 0:
        sys.stdout.flush()
        print("problem", number, file=sys.stderr)
sys.stdout.flush()
sys.exit(3)
"""
CONFIG = """
[defaults]
max_size = "64KiB"
max_total_size = "off"
retain = "all"
keep_plain = 1
"""
QUESTIONS = (
    ("tail", "-n", "all", "--events", "--json"),
    ("tail", "-n", "7", "-r", "--err"),
    ("tail", "web", "--run", "1", "-n", "3"),
    ("search", "n=1[0-9]*5 ", "--head", "20"),
    ("search", "problem", "-c"),
    ("stats", "--by", "stream", "--json"),
    ("runs", "--json"),
    ("ls",),
)


def ask(log_dir, question, program=LOGCTL, **options):
    done = subprocess.run([program, question[0], "--log-dir", log_dir, "--utc", *question[1:]]
                          if question[0] != "ls" else [program, "ls", "--log-dir", log_dir],
                          capture_output=True, check=False, timeout=60, **options)
    return done.returncode, done.stdout, done.stderr


class Copy(SandboxTest):
    def test_without_logd_its_configuration_and_its_other_programs(self):
        box = self.started(CONFIG)
        for _ in range(2):
            self.assertEqual(box.run_to_end("web", [sys.executable, "-c", WRITER]), 3)
        box.run_to_end("worker", [sys.executable, "-c", WRITER])
        wait_until(lambda: all(len(box.segments(log)) == 2 for log in ("web", "worker")), 30,
                   "archives")
        here = [ask(box.log_dir, question) for question in QUESTIONS]
        self.assertGreater(here[0][1].count(b"\n"), 9000)

        elsewhere = box.root / "elsewhere"
        elsewhere.mkdir()
        shutil.copytree(box.log_dir, elsewhere / "log", symlinks=True)
        program = str(shutil.copy(LOGCTL, elsewhere))
        box.stop()
        os.rename(box.log_dir, box.root / "gone")
        for question, expected in zip(QUESTIONS, here):
            got = ask(elsewhere / "log", question, program, cwd="/",
                      env={"PATH": "/usr/bin", "HOME": "/nonexistent"})
            self.assertEqual(got, expected, question)


class Older(TailTest):
    """What is expected is what was written."""

    def contents(self, log, number, count):
        return [record(1000 * number + tick, b"%s %d.%d" % (log.encode(), number, tick),
                       ("stdout", "stderr")[tick % 5 == 0]) for tick in range(count)]

    def make(self):
        shutil.rmtree(STORED, ignore_errors=True)
        STORED.mkdir()
        self.box.log_dir.rmdir()
        self.box.log_dir = STORED
        for number in (1, 2, 4):
            self.append("web", number, *self.contents("web", number, 200))
        self.archive("web", 1)
        plain = self.path("web", 2)
        with open(plain.with_name(plain.name + ".gz"), "wb") as file:
            file.write(gzip.compress(plain.read_bytes(), mtime=0))
        plain.unlink()
        self.append("web", 3, event(2900, "started run 1: pid 42, uid 1000, node"),
                    record(2901, b"first ", tag="P"), record(2902, b"second"),
                    event(2903, "stdout ends without a newline"), record(2904, b"no newline"),
                    event(2905, "exited run 1: pid 42, code 3"))
        self.path("web", 3, ".log.torn").write_bytes(b"2026-11-21T22:00:00.0029")
        (STORED / "web" / ".owner").write_bytes(b"1000\n")
        os.symlink(self.path("web", 4).name, STORED / "web" / "current.log")
        self.append("api@7", 9, *self.contents("api", 9, 20))

    def test_a_directory_of_format_version_1(self):
        if "--write" in sys.argv:
            self.make()
        for question in QUESTIONS:
            status, _, errors = ask(STORED, question)
            self.assertEqual((status, errors), (int(question[0] == "search"), b""), question)
        cri = ask(STORED, ("tail", "web", "-n", "all", "-o", "cri"))[1]
        expected = [*self.contents("web", 1, 200), *self.contents("web", 2, 200),
                    record(2901, b"first ", tag="P"), record(2902, b"second"),
                    record(2904, b"no newline"), *self.contents("web", 4, 200)]
        self.assertEqual(cri, b"".join(expected))
        self.assertEqual(ask(STORED, ("tail", "web", "--run", "1", "--raw", "--head", "2", "-n",
                                      "all"))[1], b"first second\nno newline")
        self.assertEqual(ask(STORED, ("tail", "-n", "1", "--json"))[1].count(b'"instance":7'), 1)
        self.assertIn(b'"code":3', ask(STORED, ("runs", "web", "--json"))[1])
        counts = ask(STORED, ("stats", "web", "--json"))[1]
        self.assertIn(b'"stderr":120,"stdout":483', counts)


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--write"])
