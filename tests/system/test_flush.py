#!/usr/bin/env python3
"""`logctl flush` of logs that are large, many, cut short by a kill, or on a full disk.

SPDX-License-Identifier: Apache-2.0
"""
import calendar
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import harness
from harness import SandboxTest, wait_until

# Nothing goes but by a flush.
KEEP_ALL = """
min_free = "0"
[defaults]
retain = "all"
max_total_size = "off"
compress = false
on_disk_full = "block"
"""
LARGE = 3 << 30
RECORD = b"2026-11-21T22:00:00.%09dZ stdout F old line %d\n"

# A line each millisecond that says when it was written.
TIMED_WRITER = """
import os, time
while True:
    os.write(1, b"%d\\n" % time.time_ns())
    time.sleep(0.001)
"""


class FlushTest(SandboxTest):
    def old_segment(self, box, number, content, size=None):
        """A closed segment, as long as a later one is there."""
        path = box.log_dir / "web" / f"{number:010}-20261121T220000Z.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
            if size:
                file.truncate(size)
        return path

    def large_log(self):
        """A log with one huge segment, all hole, which takes seconds to read."""
        box = self.sandbox(KEEP_ALL)
        large = self.old_segment(box, 1, RECORD % (1, 1), LARGE)
        self.old_segment(box, 2, RECORD % (2, 2))
        return box.start(), large

    def records(self, box):
        """All records but those of the huge segment."""
        paths = [box.log_dir / "web" / name for name in box.segments("web")]
        return b"".join(path.read_bytes() for path in paths
                        if path.stat().st_size < LARGE).splitlines()

    def events(self, box):
        return [line for line in self.records(box) if b"flushed by" in line]


class LargeLogs(FlushTest):
    def test_writers_do_not_wait_for_it(self):
        box, large = self.large_log()
        writer = box.run("web", [sys.executable, "-c", TIMED_WRITER])
        wait_until(lambda: len(self.records(box)) > 100, 20, "some lines")
        box.logctl("flush", "web")
        self.assertFalse(large.exists())
        wait_until(lambda: len(self.records(box)) > 100, 20, "lines behind it")
        waited = []
        for record in self.records(box):
            stamp, _, _, content = record.split(b" ", 3)
            if content.isdigit():
                second, _, rest = stamp[:-1].decode().partition(".")
                stored = calendar.timegm(time.strptime(second, "%Y-%m-%dT%H:%M:%S"))
                waited.append(stored + int(rest) / 1e9 - int(content) / 1e9)
        self.assertLess(max(waited), 0.5, "seconds from the write of a line to its record")
        self.assertEqual(len(self.events(box)), 1)
        writer.kill()

    def test_a_stop_does_not_wait_for_it(self):
        box, _ = self.large_log()
        flush = box.spawn([harness.LOGCTL, "flush", "web"], stderr=subprocess.DEVNULL)
        wait_until(lambda: harness.descriptors(box.daemon.pid, f"{box.log_dir}/web/0000000001"),
                   10, "the count of the large segment")
        self.assertLess(box.stop(), 2)
        box.wait(flush)

    def test_a_dry_run_counts_and_changes_nothing(self):
        box, large = self.large_log()
        said = box.logctl("flush", "web", "--dry-run")
        self.assertIn(b"would free 2 records, %d bytes" % (LARGE + len(RECORD % (2, 2))), said)
        self.assertTrue(large.exists())
        self.assertEqual(self.events(box), [])


class ManySegments(FlushTest):
    def test_a_kill_while_files_are_deleted(self):
        box = self.sandbox(KEEP_ALL)
        for number in range(1, 3000):
            self.old_segment(box, number, RECORD % (number, number))
        box.start()
        writer = box.run("web", ["cat"], stdin=subprocess.PIPE)
        writer.stdin.write(b"before\n")
        writer.stdin.flush()
        wait_until(lambda: box.raw("web").endswith(b"before\n"), 20, "the first line")
        first = box.log_dir / "web" / box.segments("web")[0]
        box.spawn([harness.LOGCTL, "flush", "web"], stderr=subprocess.DEVNULL)
        wait_until(lambda: not first.exists(), 20, "the first deletion", interval=0.0001)
        box.kill()
        writer.stdin.write(b"after\n")
        writer.stdin.close()
        box.start()
        self.assertEqual(box.wait(writer), 0)
        self.assertEqual(box.raw("web"), b"after\n")
        events = self.events(box)
        self.assertEqual(len(events), 1)
        self.assertIn(b": 3001 records", events[0])


class Audit(FlushTest):
    """Who asked is in the messages of logd, too: a flush takes the events of before."""

    def test_flush_and_rotate(self):
        box = self.started()
        self.assertEqual(0, box.run_to_end("web", ["echo", "a line"]))
        user = f"by uid {os.geteuid()}"

        def pid_of(*command):
            child = box.spawn([box.logctl_program, *command], stdout=subprocess.DEVNULL)
            self.assertEqual(0, box.wait(child))
            return child.pid
        pid = pid_of("rotate", "web")
        self.assertIn(f"web: rotated {user} (pid {pid})\n", box.errors())
        pid = pid_of("flush", "web")
        event = box.raw("web", "--events").decode()
        self.assertRegex(event, rf"^flushed {user}: 4 records, \d+ bytes \(pid {pid}\)\n$")
        self.assertIn(f"web: {event}", box.errors())
        said = box.errors()
        pid_of("flush", "web", "--dry-run")
        self.assertEqual(said, box.errors())


class Archives(FlushTest):
    """A flush, while archives are made and of archives."""

    lines = 400_000

    def archiving(self, keep=""):
        """A log with a closed segment that takes long to compress, and which is under way."""
        box = self.sandbox(f"[defaults]\nkeep_plain = 0\n{keep}")
        large = self.old_segment(box, 1, b"".join(RECORD % (i, i) for i in range(self.lines)))
        small = self.old_segment(box, 2, RECORD % (self.lines, 2))
        self.old_segment(box, 3, b"")
        box.start()
        temporary = large.with_suffix(".log.gz.tmp")
        wait_until(lambda: temporary.exists() and temporary.stat().st_size > 0, 20,
                   "an archive that is being made", interval=0.0001)
        self.assertTrue(large.exists())
        return box, large, small

    def old_names(self, box):
        """Of all files of the segments that were there before."""
        return [name for name in os.listdir(box.log_dir / "web")
                if name.startswith(("0000000001-", "0000000002-"))]

    def archives(self, box):
        return json.loads(box.logctl("status", "--json"))["archives"]

    def test_what_is_being_compressed_does_not_come_back(self):
        for options in ((), ("--archives",)):
            with self.subTest(options):
                box, _, _ = self.archiving()
                box.logctl("flush", "web", *options)
                wait_until(lambda: self.old_names(box) == [], 20, "the end of the old segments")
                # The archiver is done with it when it makes another one.
                made = self.archives(box)["made"]
                self.assertEqual(0, made)
                self.assertEqual(0, box.run_to_end("web", ["echo", "new"]))
                box.logctl("rotate", "web")
                wait_until(lambda: self.archives(box)["made"] == 1, 20, "the next archive")
                self.assertEqual([], self.old_names(box))
                self.assertEqual(b"new\n", box.raw("web"))
                self.assertEqual(0, self.archives(box)["failed"])
                box.close()

    def test_a_plain_flush_leaves_archives(self):
        box, _, _ = self.archiving()
        wait_until(lambda: self.archives(box)["made"] == 2, 30, "archives")
        box.logctl("flush", "web")
        self.assertEqual(2, len(self.old_names(box)))
        self.assertEqual(self.lines + 1, box.raw("web").count(b"\n"))
        box.logctl("flush", "web", "--archives")
        self.assertEqual([], self.old_names(box))
        self.assertEqual(b"", box.raw("web"))

    def test_a_kill_while_archives_are_deleted(self):
        box = self.sandbox('[defaults]\nretain = "all"\n')
        for number in range(1, 3000):
            path = self.old_segment(box, number, b"")
            path.unlink()
            path.with_suffix(".log.gz").write_bytes(gzip.compress(RECORD % (number, number)))
        self.old_segment(box, 3000, RECORD % (3000, 3000))
        box.start()
        first = box.log_dir / "web" / "0000000001-20261121T220000Z.log.gz"
        box.spawn([harness.LOGCTL, "flush", "web", "--archives"], stderr=subprocess.DEVNULL)
        wait_until(lambda: not first.exists(), 20, "the first deletion", interval=0.0001)
        box.kill()
        box.start()
        self.assertEqual([], [name for name in os.listdir(box.log_dir / "web")
                              if name.endswith(".gz")])
        self.assertEqual(b"", box.raw("web"))
        self.assertEqual(1, len(self.events(box)))


@unittest.skipUnless(os.geteuid() == 0, "only root can mount a file system")
class FullDisk(FlushTest):
    def small_disk(self, size="256k"):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="logd-test-disk-"))
        self.addCleanup(directory.rmdir)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "none",
                                  directory], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount: {mounted.stderr.decode()}")
        self.addCleanup(subprocess.run, ["umount", directory], check=True)
        return directory

    def is_waiting(self, box):
        status = json.loads(box.logctl("status", "--json"))
        return any("No space" in process["state"] for process in status["processes"])

    def test_a_flush_makes_room_and_capture_goes_on(self):
        disk = self.small_disk()
        box = self.sandbox(KEEP_ALL + 'max_size = "32KiB"\n')
        box.log_dir = disk / "log"
        box.environment["LOGD_LOG_DIR"] = str(box.log_dir)
        box.start()
        # More than one batch, so that lines come after the flush, whatever the escrow holds.
        writer = box.run("web", ["seq", "-f", "line %.0f of many", "30000"])
        flushes = 0
        while writer.poll() is None:
            wait_until(lambda: box.daemon.poll() is None and
                       (writer.poll() is not None or self.is_waiting(box)), 20, "a full disk")
            started = time.monotonic()
            box.logctl("flush", "web")
            self.assertLess(time.monotonic() - started, 3)
            flushes += 1
            self.assertLess(flushes, 30)
        self.assertEqual(box.wait(writer), 0)
        self.assertGreater(flushes, 1)
        self.assertEqual(len(self.events(box)), 1)
        lines = box.raw("web").splitlines()
        self.assertEqual(lines, [b"line %d of many" % i for i in range(30001 - len(lines), 30001)])
        self.assertEqual(box.run_to_end("web", ["echo", "fine"]), 0)
        self.assertTrue(box.raw("web").endswith(b"fine\n"))
        box.logctl("flush", "web")
        self.assertGreater(os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize, 65536)


if __name__ == "__main__":
    unittest.main()
