#!/usr/bin/env python3
"""What hands do to a log from outside: its directory moved, its active segment extended.

SPDX-License-Identifier: Apache-2.0
"""
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
