#!/usr/bin/env python3
"""What hands do to a log from outside: delete, cut, extend and move what is being written.

SPDX-License-Identifier: Apache-2.0
"""
import shutil
import subprocess
import unittest

from harness import SandboxTest, wait_until


class OutsideTest(SandboxTest):
    def writer(self, box, name="web"):
        """A run that says what is written into it."""
        run = box.run(name, ["cat"], stdin=subprocess.PIPE)
        wait_until(lambda: box.stored(name) > 0, 10, "the start event")
        return run

    def say(self, run, line):
        run.stdin.write(line + b"\n")
        run.stdin.flush()


class Directories(OutsideTest):
    def move_away(self, box):
        """Moves the directory away and writes until lines arrive in the new one."""
        run = self.writer(box)
        self.say(run, b"before")
        wait_until(lambda: box.raw("web") == b"before\n", 10, "the first line")
        old = box.log_dir / "web"
        old.rename(box.log_dir / "web.old")
        count = 0

        def is_followed():
            nonlocal count
            count += 1
            self.say(run, b"%d" % count)
            return old.exists()
        wait_until(is_followed, 10, "a new directory", interval=0.1)
        self.say(run, b"after")
        wait_until(lambda: box.raw("web").endswith(b"after\n"), 10, "the last line")
        self.assertLessEqual(count, 15, "tenths of a second until it is noticed")
        lines = [b"before", *(b"%d" % (i + 1) for i in range(count)), b"after"]
        self.assertEqual(box.raw("web.old").splitlines() + box.raw("web").splitlines(), lines)
        self.assertIn("web: its directory was moved or deleted", box.errors())
        return run, lines

    def test_one_that_is_moved_away_while_written(self):
        box = self.started()
        run, _ = self.move_away(box)
        run.stdin.close()
        self.assertEqual(box.wait(run), 0)

    def test_a_kill_after_it_was_moved_costs_and_doubles_nothing(self):
        box = self.started()
        run, lines = self.move_away(box)
        box.kill()
        self.say(run, b"after the kill")
        run.stdin.close()
        box.start()
        self.assertEqual(box.wait(run), 0)
        self.assertEqual(box.raw("web.old").splitlines() + box.raw("web").splitlines(),
                         lines + [b"after the kill"])

    def test_one_that_is_moved_away_between_two_runs(self):
        box = self.started()
        self.assertEqual(box.run_to_end("web", ["echo", "first"]), 0)
        (box.log_dir / "web").rename(box.root / "away")
        self.assertEqual(box.run_to_end("web", ["echo", "second"], seconds=20), 0)
        self.assertEqual(box.raw("web"), b"second\n")


class WhileItIsWritten(OutsideTest):
    """Numbered lines come all the time: what is stored goes on from where the hand was."""

    LINES = "i=0; while [ $i -lt 100000 ]; do echo line $i; i=$((i+1)); sleep 0.002; done"

    def begin(self, box):
        run = box.run("web", ["sh", "-c", self.LINES])
        wait_until(lambda: box.stored("web") > 1000, 10, "lines")
        return run

    def goes_on(self, box, event):
        """Returns the segments once an event tells of it: the lines behind it have no gap."""
        log = box.log_dir / "web"

        def is_told():
            try:
                return event in (log / "current.log").read_bytes()
            except FileNotFoundError:
                return False
        wait_until(is_told, 2, "the event")
        newest = (log / "current.log").read_bytes()
        first = newest.split(b" line ", 2)[1].split(b"\n")[0]
        last = b" line %d\n" % (int(first) + 100)
        wait_until(lambda: last in (log / "current.log").read_bytes(), 10, "more lines")
        stored = (log / "current.log").read_bytes().splitlines()
        self.assertTrue(stored[0].endswith(event), stored[0])
        numbers = [int(line.split(b" ")[-1]) for line in stored[1:]]
        self.assertEqual(numbers, list(range(int(first), int(first) + len(numbers))))
        for segment in log.glob("*.log"):
            self.assertNotIn(b"\0", segment.read_bytes())
        return int(first)

    def test_everything_in_the_directory_is_deleted(self):
        box = self.started()
        self.begin(box)
        active = box.log_dir / "web" / box.segments("web")[-1]
        for path in active.parent.glob("*.log"):
            path.unlink()
        self.goes_on(box, b"segment 1 was deleted by hand: goes on here")

    def test_the_active_segment_is_emptied(self):
        box = self.started()
        self.begin(box)
        for number in range(1, 6):
            with open(box.log_dir / "web" / "current.log", "wb"):
                pass
            self.goes_on(box, b"segment %d was truncated by hand: goes on here" % number)

    def test_somebody_writes_into_the_active_segment(self):
        box = self.started()
        self.begin(box)
        with open(box.log_dir / "web" / "current.log", "ab") as segment:
            segment.write(b"a note\n")
        self.goes_on(box, b"segment 1 was written to by hand: goes on here")

    def test_the_directory_is_deleted(self):
        box = self.started()
        self.begin(box)
        shutil.rmtree(box.log_dir / "web", ignore_errors=True)
        self.goes_on(box, b"by hand: goes on here")

    def test_the_directory_is_moved(self):
        box = self.started()
        self.begin(box)
        (box.log_dir / "web").rename(box.root / "away")
        first = self.goes_on(box, b"the directory was deleted or moved by hand: goes on here")
        moved = sorted((box.root / "away").glob("0*.log"))[-1].read_bytes().splitlines()
        self.assertEqual(int(moved[-1].split(b" ")[-1]), first - 1)

    def test_all_of_log_dir_is_deleted(self):
        box = self.started()
        self.begin(box)
        shutil.rmtree(box.log_dir, ignore_errors=True)
        self.goes_on(box, b"by hand: goes on here")
        self.assertEqual(box.run_to_end("api", ["echo", "in the new one"]), 0)
        self.assertEqual(box.raw("api"), b"in the new one\n")

    def test_all_of_log_dir_is_moved(self):
        box = self.started()
        self.begin(box)
        box.log_dir.rename(box.root / "away")
        first = self.goes_on(box, b"the directory was deleted or moved by hand: goes on here")
        moved = sorted((box.root / "away" / "web").glob("0*.log"))[-1].read_bytes().splitlines()
        self.assertEqual(int(moved[-1].split(b" ")[-1]), first - 1)


class Numbers(OutsideTest):
    def test_the_largest_number_of_ten_digits(self):
        """Nothing comes after it, so it must never become the active segment."""
        for is_boot in (False, True):
            with self.subTest(is_boot=is_boot):
                box = self.started()
                self.assertEqual(0, box.run_to_end("web", ["echo", "1"]))
                box.stop()
                if is_boot:
                    shutil.rmtree(box.run_dir)
                planted = box.log_dir / "web" / "9999999999-20261121T221700Z.log"
                planted.write_bytes(b"2026-11-21T22:17:00.000000000Z stdout F planted\n")
                box.start()
                for line in (b"2", b"3"):
                    self.assertEqual(0, box.run_to_end("web", ["echo", line.decode()]))
                    self.assertEqual(b"web: rotated\n", box.logctl("rotate", "web"))
                self.assertEqual(b"1\n2\n3\n", box.raw("web"))
                box.stop()
                self.assertTrue(planted.exists())


class TornTails(OutsideTest):
    def test_readers_are_told_of_a_record_that_was_cut_off(self):
        box = self.started()
        self.assertEqual(box.run_to_end("web", ["echo", "whole"]), 0)
        box.kill()
        half = b"2099-01-01T00:00:00.000000000Z stdout F half of a rec"
        with open(box.log_dir / "web" / box.segments("web")[-1], "ab") as segment:
            segment.write(half)
        box.start()
        self.assertEqual(box.raw("web"), b"whole\n")
        events = box.raw("web", "--events")
        self.assertEqual(events.count(b"recovered: %d bytes of a torn record" % len(half)), 1)
        torn = list((box.log_dir / "web").glob("*.log.torn"))
        self.assertEqual([path.read_bytes() for path in torn], [half])
        box.kill()
        box.start()
        self.assertEqual(box.run_to_end("web", ["echo", "more"]), 0)
        self.assertEqual(box.raw("web", "--events").count(b"recovered: "), 1)


if __name__ == "__main__":
    unittest.main()
