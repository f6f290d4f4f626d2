#!/usr/bin/env python3
"""`logctl tail --cursor-file`: each line once over many calls, and a file that is always whole.

SPDX-License-Identifier: Apache-2.0
"""
import os
import random
import re
import signal
import stat
import subprocess
import sys
import unittest

from harness import LOGCTL, SandboxTest, wait_until
from tail_testing import Follower, TailTest, event, record

MODE_OFF = 'defaults = { retain = "all", max_size = "16KiB", masking = { mode = "off" } }\n'
MODE_ON = 'defaults = { retain = "all", max_size = "16KiB" }\n'

# Prints numbered lines, some long, some with a secret, some in two writes, until its input ends.
WRITER = """
import select, sys, time
number = 0
while not select.select([0], [], [], 0.02)[0]:
    for _ in range(20):
        secret = ", password=S3cr3t%06dxYz" % number if number % 10 == 0 else ""
        text = "line %06d %s%s\\n" % (number, "x" * (number * 7919 % 300), secret)
        half = len(text) // 2 if number % 97 == 0 else 0
        if half:
            sys.stdout.write(text[:half])
            sys.stdout.flush()
        sys.stdout.write(text[half:])
        number += 1
    sys.stdout.flush()
print("sent", number)
"""


class CursorFileTest(TailTest):
    def setUp(self):
        super().setUp()
        self.file = self.box.root / "cursor"
        self.append("web", 1, *[record(tick, b"w%d" % tick) for tick in range(1, 30)])

    def go_on(self, *options, **others):
        return self.tail("--raw", "--cursor-file", self.file, *options, **others).split()


class Calls(CursorFileTest):
    def test_the_first_call_is_as_without_it(self):
        self.assertEqual(self.go_on(), [b"w%d" % tick for tick in range(15, 30)])
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        self.assertEqual(self.go_on(), [])
        more = [b"n%d" % tick for tick in range(100, 140)]
        self.append("web", 1, *[record(100 + i, text) for i, text in enumerate(more)])
        self.assertEqual(self.go_on(), more)
        self.file.unlink()
        self.assertEqual(self.go_on("-n", "2"), more[-2:])
        self.assertEqual(list(self.box.root.glob("cursor?*")), [])

    def test_search_begins_with_all(self):
        def search():
            return self.box.logctl("search", "w", "--raw", "--cursor-file", self.file,
                                   status=None).stdout.split()
        self.assertEqual(len(search()), 29)
        self.append("web", 1, record(100, b"no"), record(101, b"wow"))
        self.assertEqual(search(), [b"wow"])

    def test_other_logs_keep_their_places(self):
        self.append("api", 1, record(1, b"a1"), record(2, b"a2"))
        self.assertEqual(len(self.go_on("web")), 15)
        self.assertEqual(self.go_on("api"), [b"a1", b"a2"])
        self.append("api", 1, record(3, b"a3"))
        self.append("web", 1, record(50, b"w50"))
        self.append("new", 1, record(1, b"x1"))
        self.assertEqual(self.go_on("web"), [b"w50"])
        self.assertEqual(self.go_on(), [b"x1", b"a3"])
        self.assertEqual(self.go_on(), [])

    def test_filters_and_streams(self):
        self.assertEqual(self.go_on("-g", "w29"), [b"w29"])
        self.append("web", 1, record(40, b"out"), record(41, b"err", "stderr"),
                    event(42, "rotated by uid 0 (pid 1)"))
        self.fails(1, "-g", "nothing", "--cursor-file", self.file)
        self.assertEqual(self.go_on("--events"), [])
        self.append("web", 1, record(50, b"out"), record(51, b"err", "stderr"))
        self.assertEqual(self.go_on("--err"), [b"err"])
        self.assertEqual(self.go_on(), [])

    def test_head_and_until_match_end_it_there(self):
        self.assertEqual(self.go_on("-n", "5", "--head", "2"), [b"w25", b"w26"])
        self.assertEqual(self.go_on("--head", "1"), [b"w27"])
        self.append("web", 1, record(30, b"w30"))
        self.assertEqual(self.go_on("--until-match", "28"), [b"w28"])
        self.assertEqual(self.go_on("-c"), [b"2"])
        self.assertEqual(self.go_on(), [])

    def test_limits_beside_the_file(self):
        self.go_on()
        self.append("web", 1, *[record(tick, b"w%d" % tick) for tick in range(30, 40)])
        # -n is for the first call: what it left out would never come.
        self.assertEqual(self.go_on("-n", "3"), [b"w%d" % tick for tick in range(30, 40)])
        self.assertEqual(self.go_on(), [])
        self.append("web", 1, *[record(tick, b"w%d" % tick) for tick in range(40, 50)])
        self.assertEqual(self.go_on("-S", "2026-11-21 22:00:00.000048"), [b"w48", b"w49"])
        self.assertEqual(self.go_on("-n", "all"), [])

    def test_a_line_that_has_not_ended(self):
        self.append("web", 1, record(50, b"one ", tag="P"))
        self.assertEqual(self.go_on()[-1], b"w29")
        self.append("web", 1, record(51, b"e51", "stderr"))
        self.assertEqual(self.go_on(), [b"e51"])
        self.append("web", 2, record(52, b"two"), record(53, b"last"))
        self.assertEqual(self.go_on("-o", "cat"), [b"one", b"two", b"last"])
        self.assertEqual(self.go_on(), [])

    def test_a_segment_that_has_gone(self):
        self.go_on()
        self.append("web", 2, record(60, b"lost"))
        self.path("web", 1).unlink()
        self.path("web", 2).unlink()
        self.append("web", 3, record(70, b"kept"))
        done = self.box.logctl("tail", "--raw", "--cursor-file", self.file, status=None)
        self.assertEqual((done.returncode, done.stdout), (0, b"kept\n"))
        self.assertIn(b"web: segment 1 of the cursor is gone", done.stderr)

    def test_it_is_never_overwritten_if_it_is_not_ours(self):
        self.go_on()
        whole = self.file.read_bytes()
        for bytes_there in (b"", b"my notes\n", whole[:-1], whole[:-4],
                            whole.replace(b"last", b"x"), whole.replace(b"s 1", b"s 2", 1),
                            whole + b"x", bytes(100)):
            self.file.write_bytes(bytes_there)
            self.assertIn(str(self.file), self.fails(2, "--cursor-file", self.file))
            self.assertEqual(self.file.read_bytes(), bytes_there)
        self.file.unlink()
        self.file.mkdir()
        self.fails(2, "--cursor-file", self.file)
        os.mkfifo(self.box.root / "fifo")
        self.fails(2, "--cursor-file", self.box.root / "fifo")
        self.assertIn("directory", self.fails(2, "--cursor-file", "/nosuch/file"))
        self.fails(2, "--cursor-file", self.box.root / "x", "-r")
        self.assertFalse((self.box.root / "x").exists())

    @unittest.skipIf(os.getuid() != 0, "needs root to be another user")
    def test_a_file_of_another_user(self):
        self.go_on()
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        self.fails(6, "--cursor-file", self.file, **nobody)
        self.fails(6, "--cursor-file", self.box.root / "other", **nobody)

    def test_a_disk_that_does_not_take_it(self):
        self.go_on()
        whole = self.file.read_bytes()
        self.append("web", 1, record(50, b"shown"))
        done = self.box.logctl("tail", "--raw", "--cursor-file", self.file, status=None,
                               prefix=["strace", "-o", os.devnull, "-e", "trace=fsync",
                                       "-e", "inject=fsync:error=EIO"])
        self.assertEqual((done.returncode, done.stdout), (1, b"shown\n"))
        self.assertIn(b"Input/output error", done.stderr)
        self.assertEqual(self.file.read_bytes(), whole)
        self.assertEqual(list(self.box.root.glob("cursor.*")), [])


class Follows(CursorFileTest):
    def follow_on(self, *options, **popen):
        return self.follow("--raw", "--cursor-file", self.file, *options, **popen)

    def saved(self):
        return self.file.read_bytes() if self.file.exists() else b""

    def test_saves_while_it_follows(self):
        follower = self.follow_on("-n", "1")
        follower.read_lines(1)
        wait_until(lambda: b"web last" in self.saved(), what="the first save")
        before = self.saved()
        self.append("web", 1, record(50, b"more"))
        follower.read_lines(2)
        wait_until(lambda: self.saved() != before, what="the second save")
        follower.process.kill()
        follower.process.wait()
        self.assertEqual(self.go_on(), [])

    def test_signals(self):
        for tick, number in enumerate((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), 50):
            follower = self.follow_on()
            self.append("web", 1, record(tick, b"t%d" % tick))
            follower.read(lambda output, tick=tick: b"t%d\n" % tick in output)
            follower.process.send_signal(number)
            self.assertEqual(self.box.wait(follower.process, 10), -number)
            self.assertEqual(follower.process.stderr.read(), b"")
            self.assertEqual(self.go_on(), [])

    def follow_many(self):
        """A follower with more to show than a pipe holds, of which this much is read."""
        many = [b"n%06d" % number for number in range(300_000)]
        self.append("web", 2, *[record(100 + i, text) for i, text in enumerate(many)])
        follower = self.follow_on("-n", "all")
        while len(follower.output) < 200_000:
            follower.output += os.read(follower.process.stdout.fileno(), 50_000)
        return follower, [b"w%d" % tick for tick in range(1, 30)] + many

    def expect_rest(self, got, every):
        """The next call goes on with what was not shown, or with the last of what was."""
        whole = got[:got.rindex(b"\n")].split()
        rest = self.go_on()
        begin = every.index(rest[0])
        self.assertEqual(rest, every[begin:])
        self.assertEqual(whole, every[:len(whole)])
        self.assertLessEqual(begin, len(whole))
        self.assertGreater(begin, len(whole) - 20_000)  # one write of 64 KiB

    def test_a_reader_that_has_gone(self):
        """What it may have read is shown again rather than lost."""
        follower, every = self.follow_many()
        follower.process.stdout.close()
        self.assertEqual(self.box.wait(follower.process, 10), -signal.SIGPIPE)
        rest = self.go_on()
        self.assertEqual(rest, every[-len(rest):])
        self.assertGreaterEqual(len(rest), len(every) - follower.output.count(b"\n") - 40_000)
        self.assertLess(len(rest), len(every) - 10_000)

    def test_a_reader_that_does_not_read(self):
        follower, every = self.follow_many()
        follower.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.box.wait(follower.process, 10), -signal.SIGTERM)
        self.expect_rest(follower.output + follower.process.stdout.read(), every)

    def test_a_timeout_again_and_again(self):
        got = []
        for part in range(5):
            self.append("web", 1, *[record(100 + 10 * part + i, b"p%d" % (10 * part + i))
                                    for i in range(10)])
            got += self.go_on("-f", "--timeout", "1s", "-n", "10", status=124)
        self.assertEqual(got, [b"p%d" % i for i in range(50)])

    def test_killed_before_any_step_the_old_file_stays(self):
        self.go_on()
        whole = self.saved()
        self.append("web", 1, record(50, b"again"))
        for call in ("fsync", "rename"):
            killed = subprocess.run(
                ["strace", "-o", os.devnull, "-e", f"trace={call}", "-e",
                 f"inject={call}:signal=KILL", LOGCTL, "tail", "--raw", "--cursor-file", self.file],
                env=self.box.environment, capture_output=True, check=False)
            self.assertNotEqual(killed.returncode, 0)
            self.assertEqual(killed.stdout, b"again\n")
            self.assertEqual(self.saved(), whole)
        self.assertEqual(self.go_on(), [b"again"])

    def test_killed_at_any_moment_the_file_is_whole(self):
        """Lines may come twice, since nobody could say that they were shown; none is lost."""
        chance = random.Random(7)
        count, shown = 0, set()
        self.go_on()
        for _ in range(40):
            self.append("web", 1, *[record(1000 + count + i, b"k%d" % (count + i))
                                    for i in range(50)])
            count += 50
            killed = subprocess.run(
                ["timeout", "-s", "KILL", f"{chance.uniform(0.001, 0.03)}", LOGCTL, "tail",
                 "--raw", "--cursor-file", self.file],
                env=self.box.environment, capture_output=True, check=False)
            shown |= set(killed.stdout.split())
        shown |= set(self.go_on())
        self.assertEqual(shown, {b"k%d" % number for number in range(count)})


class EachLineOnce(SandboxTest):
    """A daemon that rotates, archives and is killed, segments that are written anew: many calls."""

    def numbers(self, output):
        return [int(number) for number in re.findall(rb"^line (\d+) ", output, re.M)]

    def test_over_everything(self):
        self.box = self.sandbox(MODE_OFF)
        self.box.start()
        on = self.box.root / "on.toml"
        on.write_text(MODE_ON)
        cursor = self.box.root / "cursor"
        writer = self.box.run("web", [sys.executable, "-c", WRITER], stdin=subprocess.PIPE)
        wait_until(lambda: self.box.segments("web"))
        got, rewritten = [], 0

        def go_on(*options, status=0):
            output = self.box.logctl("tail", "web", "--raw", "-n", "all", "--cursor-file", cursor,
                                     *options, status=status)
            got.extend(self.numbers(output))
            return output

        for turn in range(12):
            go_on("--head", "37")
            self.box.logctl("rotate", "web")
            go_on()
            if turn % 3 == 0:
                self.box.kill()
                self.box.start()
            go_on("--head", "211")
            # Beside the archiver it may leave a segment out.
            done = self.box.logctl("--config", on, "mask", "--rewrite", "web", status=None)
            rewritten += sum(map(int, re.findall(rb"rewrote (\d+) segments", done.stdout)))
            go_on("--head", "100")
            go_on("-f", "--timeout", "100ms", status=124)
        writer.stdin.close()
        self.assertEqual(self.box.wait(writer), 0)
        output = go_on()
        sent = int(re.search(rb"sent (\d+)", output).group(1))
        self.assertEqual(got, list(range(sent)))
        self.assertGreater(rewritten, 10)
        self.assertEqual(go_on(), b"")

    def test_a_follower_that_is_stopped_again_and_again(self):
        self.box = self.sandbox(MODE_OFF)
        self.box.start()
        writer = self.box.run("web", [sys.executable, "-c", WRITER], stdin=subprocess.PIPE)
        wait_until(lambda: self.box.segments("web"))
        cursor, got = self.box.root / "cursor", b""
        for number in (signal.SIGINT, signal.SIGTERM) * 6:
            follower = Follower(self, "web", "--raw", "-n", "all", "--cursor-file", cursor)
            follower.read(lambda output: output.count(b"\n") > 50)
            self.box.logctl("rotate", "web")
            follower.process.send_signal(number)
            self.box.wait(follower.process, 10)
            got += follower.output + follower.process.stdout.read()
        writer.stdin.close()
        self.assertEqual(self.box.wait(writer), 0)
        got += self.box.logctl("tail", "web", "--raw", "--cursor-file", cursor)
        sent = int(re.search(rb"sent (\d+)", got).group(1))
        self.assertEqual(self.numbers(got), list(range(sent)))


if __name__ == "__main__":
    unittest.main()
