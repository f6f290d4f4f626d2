#!/usr/bin/env python3
"""The checker of the kill tests finds every kind of damage: a check that cannot fail shows nothing.

SPDX-License-Identifier: Apache-2.0
"""
import json
import pathlib
import subprocess
import tempfile
import unittest

import harness

TIME = "2026-11-21T22:17:00.{:09d}Z"


class VerifyLog(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.log = pathlib.Path(directory.name)
        plain = subprocess.run([harness.tool("line_writer"), "--lines", "20"], check=True,
                               capture_output=True).stdout.decode()
        self.lines = plain.splitlines()
        self.records = [f"{TIME.format(i)} stdout F {line}" for i, line in enumerate(self.lines)]

    def verify(self, records, *options, end="\n"):
        half = len(records) // 2
        first, second = "\n".join(records[:half]) + "\n", "\n".join(records[half:]) + end
        (self.log / "0000000001-20261121T221700Z.log").write_text(first)
        (self.log / "0000000002-20261121T221700Z.log").write_text(second)
        done = subprocess.run([harness.tool("verify_log"), *options, self.log], check=False,
                              capture_output=True)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        result = json.loads(done.stdout)
        wrong = {key: value for key, value in result.items() if value and key in (
            "lost", "doubled", "out_of_order", "torn", "foreign", "bad_times")}
        self.assertEqual(done.returncode, 1 if wrong else 0)
        return wrong

    def with_new_times(self, lines):
        return [f"{TIME.format(i)} stdout F {line}" for i, line in enumerate(lines)]

    def test_a_whole_log_is_exact(self):
        self.assertEqual(self.verify(self.records, "--expect", "o:0=20"), {})

    def test_events_and_pieces_are_understood(self):
        line = self.lines[5]
        event = TIME.format(101)[:-1] + "+00:00 stderr F exited run 1: pid 2, code 0"
        records = self.records[:5] + [
            f"{TIME.format(100)} stdout P {line[:50]}", event,
            f"{TIME.format(102)} stdout F {line[50:]}"]
        self.assertEqual(self.verify(records, "--expect", "o:0=6"), {})

    def test_a_lost_line(self):
        lines = self.lines[:7] + self.lines[9:]
        self.assertEqual(self.verify(self.with_new_times(lines)), {"lost": 2})

    def test_lost_lines_at_the_end(self):
        self.assertEqual(self.verify(self.records, "--expect", "o:0=23"), {"lost": 3})
        self.assertEqual(self.verify(self.records, "--prefix", "o:0=23"), {})
        self.assertEqual(self.verify(self.records, "--expect", "e:0=1"), {"lost": 1})

    def test_more_lines_than_written(self):
        self.assertEqual(self.verify(self.records, "--expect", "o:0=19"), {"foreign": 1})

    def test_a_doubled_line(self):
        lines = self.lines[:7] + self.lines[6:]
        self.assertEqual(self.verify(self.with_new_times(lines)), {"doubled": 1})

    def test_lines_in_the_wrong_order(self):
        lines = self.lines[:5] + [self.lines[6], self.lines[5]] + self.lines[7:]
        self.assertEqual(self.verify(self.with_new_times(lines)), {"out_of_order": 1})

    def test_a_torn_line(self):
        lines = self.lines[:5] + [self.lines[5][:40]] + self.lines[6:]
        self.assertEqual(self.verify(self.with_new_times(lines)), {"torn": 1, "lost": 1})

    def test_an_unfinished_end_is_part_of_a_prefix(self):
        """A writer that was killed within a line leaves its front, as the last of it."""
        lines = self.lines[:5] + [self.lines[5][:40]]
        self.assertEqual(self.verify(self.with_new_times(lines), "--prefix", "o:0=20"), {})
        self.assertEqual(self.verify(self.with_new_times(lines), "--expect", "o:0=5"), {"torn": 1})
        more = lines + self.lines[5:]
        self.assertEqual(self.verify(self.with_new_times(more), "--prefix", "o:0=20"),
                         {"torn": len(more) - 6})
        other = self.lines[:5] + [self.lines[6][:40]]
        self.assertEqual(self.verify(self.with_new_times(other), "--prefix", "o:0=20"), {"torn": 1})

    def test_a_torn_record(self):
        records = self.records[:-1] + [self.records[-1][:20]]
        self.assertEqual(self.verify(records), {"torn": 1})
        self.assertEqual(self.verify(self.records[:-1] + ["", ]), {"torn": 1})

    def test_a_last_record_without_newline(self):
        self.assertEqual(self.verify(self.records, end=""), {"torn": 1})

    def test_a_changed_byte(self):
        lines = [line.replace(line[90], "#") if i == 4 else line
                 for i, line in enumerate(self.lines)]
        self.assertEqual(self.verify(self.with_new_times(lines)), {"torn": 1, "lost": 1})

    def test_a_line_in_the_wrong_stream(self):
        records = [record.replace("stdout", "stderr") if i == 3 else record
                   for i, record in enumerate(self.records)]
        self.assertEqual(self.verify(records), {"foreign": 1})

    def test_a_time_that_does_not_increase(self):
        records = [record.replace(TIME.format(9), TIME.format(8)) for record in self.records]
        self.assertEqual(self.verify(records), {"bad_times": 1})

    def test_a_piece_without_its_end(self):
        records = [record.replace(" F ", " P ") if i == 19 else record
                   for i, record in enumerate(self.records)]
        self.assertEqual(self.verify(records, "--expect", "o:0=19"), {"torn": 1})


class LineWriter(unittest.TestCase):
    def test_a_writer_without_a_reader_says_so(self):
        with tempfile.TemporaryDirectory() as directory:
            counters = harness.Counters(pathlib.Path(directory) / "counters")
            with subprocess.Popen([harness.tool("line_writer"), "--count-file", counters.path],
                                  stdout=subprocess.PIPE) as writer:
                writer.stdout.read(1000)
                writer.stdout.close()
                self.assertEqual(writer.wait(10), 3)
            self.assertEqual(counters.error(0), 32)
            self.assertFalse(counters.is_finished())

    def test_chunks_do_not_change_what_is_written(self):
        writer = [harness.tool("line_writer"), "--lines", "3000", "--chunk"]
        outputs = {subprocess.run([*writer, chunk], check=True, capture_output=True).stdout
                   for chunk in ("line", "random", "64k")}
        self.assertEqual(len(outputs), 1)
        self.assertEqual(len(outputs.pop().splitlines()), 3000)


if __name__ == "__main__":
    unittest.main()
