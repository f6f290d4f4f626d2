"""`logctl tail -f` while the test itself writes, switches, archives and deletes segments.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import os
import random
import signal
import time
import unittest

from harness import LIBC, is_readable, status_field, wait_until
from tail_testing import Follower, TailTest, event, record


class Following(TailTest):
    def test_across_segments(self):
        self.append("web", 1, record(1, b"a"))
        follower = self.follow("web", "--raw")
        follower.read_lines(1)
        tick, expected = 1, [b"a"]
        for number in range(1, 30):
            for _ in range(random.Random(number).randint(1, 20)):
                tick += 1
                self.append("web", number, record(tick, b"%d" % tick))
                expected.append(b"%d" % tick)
            self.append("web", number + 1)
        follower.read_lines(len(expected))
        self.assertEqual(follower.stop().splitlines(), expected)

    def test_sees_a_line_at_once(self):
        self.append("web", 1)
        follower = self.follow("web", "--raw")
        delays = []
        for tick in range(1, 20):
            written = time.monotonic()
            self.append("web", 1, record(tick, b"%d" % tick))
            follower.read_lines(tick)
            delays.append(time.monotonic() - written)
        self.assertLess(sorted(delays)[len(delays) // 2], 0.1)

    def test_new_processes_join(self):
        self.append("web", 1, record(1, b"web"))
        every = self.follow("--raw")
        globbed = self.follow("a*", "--raw")
        named = self.follow("web", "--raw")
        every.read_lines(1)
        named.read_lines(1)
        self.append("api", 1, record(2, b"api"))
        self.append("other", 1, record(3, b"other"))
        self.append("web@1", 1, record(4, b"web@1"))
        every.read_lines(4)
        globbed.read_lines(1)
        named.read_lines(2)
        self.assertEqual(sorted(every.stop().split()), [b"api", b"other", b"web", b"web@1"])
        self.assertEqual(globbed.stop(), b"api\n")
        self.assertEqual(named.stop(), b"web\nweb@1\n")

    def test_an_empty_new_segment_may_go_again(self):
        self.append("web", 1, record(1, b"a"))
        follower = self.follow("web", "--raw")
        follower.read_lines(1)
        self.append("web", 2)
        self.append("web", 1, record(2, b"b"))
        follower.read_lines(2)
        self.path("web", 2).unlink()
        self.append("web", 1, record(3, b"c"))
        follower.read_lines(3)
        self.append("web", 2, record(4, b"d"))
        follower.read_lines(4)
        self.assertEqual(follower.stop(), b"a\nb\nc\nd\n")

    def test_a_torn_tail_that_recovery_cuts_off(self):
        self.append("web", 1, record(1, b"a"))
        follower = self.follow("web", "--raw")
        follower.read_lines(1)
        size = self.path("web", 1).stat().st_size
        self.append("web", 1, record(2, b"b" * 500)[:300])
        follower.read(lambda _: True)
        os.truncate(self.path("web", 1), size)
        self.append("web", 1, record(3, b"c"))
        follower.read_lines(2)
        self.assertEqual(follower.stop(), b"a\nc\n")

    def test_flushed_while_open(self):
        self.append("web", 1, record(1, b"a"))
        follower = self.follow("web", "--raw")
        follower.read_lines(1)
        self.append("web", 2, event(2, "flushed by uid 0: 1 records, 44 bytes (pid 1)"))
        self.path("web", 1).unlink()
        self.append("web", 2, record(3, b"b"))
        follower.read_lines(2)
        self.assertEqual(follower.stop(), b"a\nb\n")
        self.assertEqual(follower.process.stderr.read(), b"")

    def test_a_directory_made_anew(self):
        self.append("web", 5, record(1, b"a"))
        follower = self.follow("web", "--raw")
        follower.read_lines(1)
        os.rename(self.box.log_dir / "web", self.box.root / "moved")
        self.append("web", 1, record(2, b"b"))
        follower.read_lines(2)
        self.append("web", 1, record(3, b"c"))
        follower.read_lines(3)
        self.assertEqual(follower.stop(), b"a\nb\nc\n")

    def test_a_directory_made_anew_before_the_old_one_was_read(self):
        """What was open is read to its end first, be the reader of the output ever so slow."""
        lines = [b"%d %s" % (tick, b"x" * 500) for tick in range(3000)]
        for log in ("a", "b"):
            self.append(log, 1, *[record(tick, line) for tick, line in enumerate(lines)])
        follower = Follower(self, "-n", "all", "--raw", "--prefix", "never")
        wait_until(lambda: is_readable(follower.process.stdout), 10, "the first lines")
        os.rename(self.box.log_dir / "b", self.box.root / "old")
        self.append("b", 1, record(5000, b"anew"))
        output = follower.read(lambda output: b"anew\n" in output, 20)
        self.assertEqual(sorted(output.splitlines()), sorted([*lines, *lines, b"anew"]))

    def test_history_first_then_what_comes_in_between(self):
        self.append("old", 1, *[record(i, b"old %d" % i) for i in range(20_000)])
        self.append("new", 1)
        follower = self.follow("-n", "all", "--raw")
        self.append("new", 1, record(30_000, b"new"))
        follower.read_lines(20_001)
        output = follower.stop().splitlines()
        self.assertEqual(output, [b"old %d" % i for i in range(20_000)] + [b"new"])

    def test_an_unfinished_line_comes_whole(self):
        self.append("web", 1, record(1, b"a"), record(2, b"pass", tag="P"))
        follower = self.follow("web", "--raw", "-n1")
        self.assertEqual(follower.read_lines(1), [b"a"])
        self.append("web", 1, record(3, b"word", tag="P"), record(4, b"e", "stderr"))
        follower.read_lines(2)
        self.append("web", 2, record(5, b": x"))
        follower.read_lines(3)
        self.assertEqual(follower.stop(), b"a\ne\npassword: x\n")

    def test_a_blocked_output_loses_nothing(self):
        self.append("web", 1)
        follower = self.follow("web", "-n", "all", "--raw")
        expected = []
        for number in range(1, 40):
            lines = [b"%d %s" % (number, b"y" * 500)] * 50
            self.append("web", number, *[record(number * 100 + i, line)
                                         for i, line in enumerate(lines)])
            expected += lines
        self.assertLess(status_field(follower.process.pid, "VmHWM"), 32 << 10)
        follower.read_lines(len(expected))
        self.assertEqual(follower.stop().splitlines(), expected)

    def test_polling_when_inotify_cannot_be_had(self):
        self.append("web", 1, record(1, b"a"))
        taken = []
        while (descriptor := LIBC.inotify_init()) >= 0:  # all that a user may have
            taken.append(descriptor)
        try:
            follower = self.follow("web", "--raw")
            follower.read_lines(1)
        finally:
            for descriptor in taken:
                os.close(descriptor)
        self.assertGreater(len(taken), 0)
        self.append("web", 1, record(2, b"b"))
        self.append("web", 2, record(3, b"c"))
        self.append("web@1", 1, record(4, b"d"))
        follower.read_lines(4)
        self.assertEqual(follower.stop(), b"a\nb\nc\nd\n")

    def test_costs_nothing_while_nothing_comes(self):
        for number in range(50):
            self.append(f"p{number}", 1, record(number, b"x"))
        follower = self.follow("-n", "all", "--raw")
        follower.read_lines(50)

        def cpu_ticks():
            with open(f"/proc/{follower.process.pid}/stat", "rb") as stat:
                fields = stat.read().rpartition(b")")[2].split()
            return int(fields[11]) + int(fields[12])
        before, started = cpu_ticks(), time.monotonic()
        wait_until(lambda: time.monotonic() - started > 2, 5)
        self.assertLess(cpu_ticks() - before, 10)  # of 200

    def test_segments_deleted_before_they_were_read_are_told(self):
        self.append("web", 1, record(1, b"a"))
        follower = self.follow("web", "--raw")
        follower.read_lines(1)
        follower.process.send_signal(signal.SIGSTOP)
        self.append("web", 2, record(2, b"b"))
        self.append("web", 3, record(3, b"c"))
        self.path("web", 2).unlink()
        follower.process.send_signal(signal.SIGCONT)
        follower.read_lines(2)
        self.assertEqual(follower.stop(), b"a\nc\n")
        self.assertIn(b"segment 2 was deleted before it was read", follower.process.stderr.read())

    def test_random_writers(self):
        """Several logs grow, switch and get archived at random; each follower line comes once."""
        seed = random.randrange(1 << 30)
        print(f"seed {seed}")
        generator = random.Random(seed)
        names = ["a", "b", "b@1"]
        for name in names:
            self.append(name, 1)
        follower = self.follow("-n", "all", "--raw")
        number = {name: 1 for name in names}
        expected = {name: [] for name in names}
        for tick in range(1, 4000):
            name = generator.choice(names)
            content = b"%s %d" % (name.encode(), tick)
            self.append(name, number[name], record(tick, content))
            expected[name].append(content)
            choice = generator.random()
            if choice < 0.02:
                number[name] += 1
                self.append(name, number[name])
            elif choice < 0.03 and number[name] > 1:
                old = self.path(name, number[name] - 1)
                if old.exists():
                    archive = self.path(name, number[name] - 1, ".log.gz")
                    temporary = self.path(name, number[name] - 1, ".log.gz.tmp")
                    temporary.write_bytes(gzip.compress(old.read_bytes(), 1))
                    os.rename(temporary, archive)
                    old.unlink()
        follower.read_lines(3999)
        lines = follower.stop().splitlines()
        for name in names:
            prefix = name.encode() + b" "
            self.assertEqual([line for line in lines if line.startswith(prefix)], expected[name])
        self.assertEqual(len(lines), 3999)


if __name__ == "__main__":
    unittest.main()
