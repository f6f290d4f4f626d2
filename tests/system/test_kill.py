#!/usr/bin/env python3
"""Kills logd with -9 under writers at full speed: no line lost, none doubled, none torn.

Two instances of one process and another process beside them write numbered lines to both streams;
two `logctl tail -f` follow meanwhile. Small by default; `--full` (or LOGD_TEST_FULL=1) does it at
full size: 300 MB and 100 kills, 20 orderly restarts, 20 kills while a segment is being switched, 20
kills of logd and a shim together. LOGD_TEST_SEED repeats a run.
SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

import harness
from harness import SandboxTest, wait_until

IS_FULL = harness.IS_FULL or "--full" in sys.argv
SEED = int(os.environ.get("LOGD_TEST_SEED", time.time_ns() % 1_000_000))

KILLS = 100 if IS_FULL else 40
RESTARTS = 20 if IS_FULL else 6
SWITCH_KILLS = 20 if IS_FULL else 8
SHIM_KILLS = 20 if IS_FULL else 8
MIN_BYTES = 300_000_000 if IS_FULL else 60_000_000

STOP_SECONDS = 2.0  # what a stop may take
NEW_BYTES = 4096    # a log that grew by this much holds lines, not only an event of the recovery

OUT, ERR = 0, 1
KEEP_ALL = '[defaults]\nretain = "all"\nmax_total_size = "off"\n'


class Writer:
    """One line_writer under `logctl run`, with the label that its lines carry."""

    def __init__(self, box, process, label, instance=None, chunk="random", rate=None):
        """`rate` in lines per second and stream; as fast as they are taken without."""
        self.process, self.label = process, label
        self.log = process if instance is None else f"{process}@{instance}"
        self.counters = harness.Counters(box.root / f"counters.{label}")
        command = [harness.tool("line_writer"), "--label", label, "--both", "--chunk", chunk,
                   "--seed", str(SEED), "--count-file", self.counters.path,
                   *(["--rate", str(rate)] if rate else [])]
        self.run = box.run(process, command, instance=instance, stderr=subprocess.PIPE)

    def streams(self):
        return [("o", self.counters.lines(OUT)), ("e", self.counters.lines(ERR))]

    def demands(self):
        return [part for stream, lines in self.streams()
                for part in ("--expect", f"{stream}:{self.label}={lines}")]

    def prefix_demands(self):
        # A writer that was killed may have written a little more than it counted.
        return [part for stream, lines in self.streams()
                for part in ("--prefix", f"{stream}:{self.label}={lines + 1000}")]


class WritersTest(SandboxTest):
    """Writers of numbered lines, what follows them, and what must hold in the end."""

    tail_seconds = 60  # for what tail -f is behind
    rate = None        # of the writers

    def setUp(self):
        self.random = random.Random(f"{SEED} {self.id()}")
        print(f"{self.id()}: seed {SEED}", file=sys.stderr, flush=True)

    # --- what runs

    def begin(self, limits=""):
        """`limits` are keys of [defaults]."""
        self.box = self.started(KEEP_ALL + limits)
        self.writers = [Writer(self.box, *what, self.rate) for what in (
            ("twin", "a", 0, "random"), ("twin", "b", 1, "64k"), ("beside", "c", None, "line"))]
        self.logs = [writer.log for writer in self.writers]
        self.wait_stored({log: 0 for log in self.logs})
        self.tails = {name: self.follow(name, *options) for name, options in {
            "twin": ["-o", "raw"], "beside": ["-o", "cri"]}.items()}

    def follow(self, name, *options):
        with open(self.box.root / f"tail.{name}", "wb") as out:
            return self.box.spawn([harness.LOGCTL, "tail", name, "-n", "all", "-f", *options],
                                  stdout=out, stderr=subprocess.PIPE)

    def stored(self):
        return {log: self.box.stored(log) for log in self.logs}

    def wait_stored(self, before, new_bytes=NEW_BYTES):
        """Returns once every log has grown by `new_bytes`: this logd has taken all over."""
        def all_grown():
            return all(self.box.stored(log) >= before[log] + new_bytes for log in self.logs)
        wait_until(all_grown, 20, f"{new_bytes} new bytes in every log", 0.0005)

    def spin(self, ns_max):
        """Lets a random moment pass, so that kills come at every instant."""
        until = time.perf_counter_ns() + self.random.randrange(ns_max)
        while time.perf_counter_ns() < until:
            pass

    # --- what must hold

    def end(self):
        """Stops the writers and compares what was written, what is stored and what was followed."""
        for writer in self.writers:
            writer.counters.stop()
        for writer in self.writers:
            said = writer.run.communicate(timeout=60)[1].decode(errors="replace")
            self.assertEqual(writer.run.returncode, 0, f"{writer.log}: {said}")
            self.assert_never_broken(writer)
        written = sum(lines for writer in self.writers for _, lines in writer.streams())
        for writer in self.writers:
            self.verify([self.box.log_dir / writer.log], writer.demands())
        self.check_tail("twin", "--raw", self.writers[:2])
        self.check_tail("beside", "--cri", self.writers[2:3])
        return written

    def assert_never_broken(self, writer):
        self.assertTrue(writer.counters.is_finished(), writer.log)
        self.assertEqual([writer.counters.error(OUT), writer.counters.error(ERR)], [0, 0],
                         f"{writer.log} saw its reader go")

    def check_tail(self, name, form, writers):
        path = self.box.root / f"tail.{name}"
        wanted = sum(lines for writer in writers for _, lines in writer.streams())
        seen = LineCount(path)
        try:
            wait_until(lambda: seen.now() >= wanted, self.tail_seconds, "lines from tail -f", 0.01)
        except AssertionError as error:  # verify will say which are missing
            print(f"{error}, {name}: {seen.now()} of {wanted}", file=sys.stderr)
        tail = self.tails[name]
        self.assertIsNone(tail.poll(), f"tail -f {name} ended by itself")
        tail.send_signal(signal.SIGINT)
        said = tail.communicate(timeout=10)[1].decode(errors="replace")
        self.verify([form, path], [part for writer in writers for part in writer.demands()], said)

    def verify(self, what, demands, said=""):
        command = [harness.tool("verify_log"), *demands, *map(str, what)]
        done = subprocess.run(command, capture_output=True, check=False, timeout=600)
        text = done.stdout.decode() + done.stderr.decode(errors="replace") + said
        self.assertEqual(done.returncode, 0, f"{' '.join(command)}\n{text}{self.box.errors()}")
        return json.loads(done.stdout)

    def report(self, **numbers):
        text = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in numbers.items())
        print(f"  {text}", file=sys.stderr, flush=True)


class KillTest(WritersTest):
    def test_kills_and_restarts_under_load(self):
        """kill -9 at any instant, and orderly stops between."""
        self.begin()
        turns = ["kill"] * KILLS + ["stop"] * RESTARTS
        self.random.shuffle(turns)
        wanted = MIN_BYTES // len(turns)
        slowest = 0.0
        for turn in turns:
            before = self.stored()
            self.wait_stored(before)
            target = sum(before.values()) + self.random.randrange(2 * wanted)
            wait_until(lambda: sum(self.stored().values()) >= target, 60, "more bytes", 0.0002)
            if turn == "kill":
                self.box.kill()
            else:
                slowest = max(slowest, self.box.stop())
            self.box.start()
        self.wait_stored(self.stored())
        wait_until(lambda: sum(self.stored().values()) >= MIN_BYTES, 120, "enough bytes")
        written = self.end()
        self.report(kills=KILLS, orderly_restarts=RESTARTS, lines=written,
                    slowest_stop_ms=round(slowest * 1000))
        self.assertLess(slowest, STOP_SECONDS)

    def test_kills_while_a_segment_is_being_switched(self):
        """Tiny segments, and a kill within moments of a new file or link in a log's directory."""
        self.begin('max_size = "64KiB"\n')
        counted = {"hit": 0, "kills": 0}
        while counted["hit"] < SWITCH_KILLS:
            self.assertLess(counted["kills"], 60 * SWITCH_KILLS, "kills that hit no switch")
            self.wait_stored(self.stored())
            with NameWatch([self.box.log_dir / log for log in self.logs]) as names:
                names.wait_for_one()
                self.spin(200_000)
                self.box.kill()
            counted["kills"] += 1
            counted["hit"] += any(self.is_switching(log) for log in self.logs)
            self.box.start()
        self.wait_stored(self.stored())
        segments = sum(len(self.box.segments(log)) for log in self.logs)
        self.report(**counted, segments=segments, lines=self.end())

    def is_switching(self, log):
        """True if logd died between the new segment's creation and its first record."""
        newest = self.box.segments(log)[-1]
        directory = self.box.log_dir / log
        return (directory / newest).stat().st_size == 0 or \
            os.readlink(directory / "current.log") != newest

    def test_kills_of_logd_and_a_shim_together(self):
        """Every other stream stays exact; that one is a prefix of what was written."""
        self.begin()
        victims = []
        for turn in range(SHIM_KILLS):
            victim = Writer(self.box, "victim", f"v{turn}")
            victims.append(victim)
            self.logs = [writer.log for writer in self.writers] + ["victim"]
            self.wait_stored(self.stored())
            target = self.box.stored("victim") + self.random.randrange(2_000_000)
            wait_until(lambda: self.box.stored("victim") >= target, 60, "more bytes", 0.0002)
            both = [self.box.daemon.pid, victim.run.pid]
            self.random.shuffle(both)
            for pid in both:
                os.kill(pid, signal.SIGKILL)
                self.spin(2_000_000)
            self.box.kill()
            victim.run.communicate(timeout=10)
            self.box.start()
            self.logs.remove("victim")
        self.wait_stored(self.stored())
        written = self.end()
        prefixes = [part for victim in victims for part in victim.prefix_demands()]
        found = self.verify([self.box.log_dir / "victim"], prefixes)
        labels = {key.split(":")[1] for key, lines in found["streams"].items() if lines}
        self.assertEqual(len(labels), len(victims), "every victim stored something")
        self.report(kills_of_both=len(victims), lines=written, victims_lines=found["lines"])


class LineCount:
    """Counts the lines of a file that grows, reading every byte once."""

    def __init__(self, path):
        self._file = open(path, "rb")
        self._lines = 0

    def now(self):
        while block := self._file.read(1 << 20):
            self._lines += block.count(b"\n")
        return self._lines

    def __del__(self):
        self._file.close()


class NameWatch:
    """Waits for a new name in one of some directories (inotify), and sees it before all others run.

    A switch takes microseconds: on a busy machine a watcher of the usual priority comes too late.
    """

    _CREATE, _MOVED_TO = 0x100, 0x80

    def __init__(self, directories):
        libc = harness.LIBC
        self._fd = libc.inotify_init1(os.O_CLOEXEC)
        for directory in directories:
            mask = self._CREATE | self._MOVED_TO
            if libc.inotify_add_watch(self._fd, os.fsencode(directory), mask) < 0:
                raise OSError(f"cannot watch {directory}")

    def wait_for_one(self):
        if not harness.is_readable(self._fd, 20):
            raise AssertionError("no segment was switched within 20 s")

    def __enter__(self):
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
        except PermissionError:
            pass
        return self

    def __exit__(self, *_):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.close(self._fd)


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--full"])
