#!/usr/bin/env python3
"""Retention of very many segments at once, a full disk, and files changed by hand in a quiet log.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import os
import subprocess
import time
import unittest

import harness
from harness import SandboxTest, wait_until
from test_disk import DiskTest, has_mounts

RECORD = b"2026-11-21T22:17:00.000000000Z stdout F one line\n"
ARCHIVE = gzip.compress(RECORD)


def archives(directory, count):
    directory.mkdir(parents=True)
    for number in range(1, count + 1):
        hour, minute, second = number // 3600 % 24, number // 60 % 60, number % 60
        name = f"{number:010}-20261121T{hour:02}{minute:02}{second:02}Z.log.gz"
        (directory / name).write_bytes(ARCHIVE)


def segments(directory):
    return [entry.name for entry in os.scandir(directory) if entry.name[0] == "0"]


class ManyAtOnce(SandboxTest):
    def limited(self, config, files):
        box = self.sandbox(config)
        box.prefix = ["prlimit", f"--nofile={files}:{files}"]
        return box

    def test_starts_with_more_to_delete_than_descriptors(self):
        box = self.limited("[defaults]\n", 1024)
        archives(box.log_dir / "app", 5000)
        box.start(seconds=60)
        wait_until(lambda: len(segments(box.log_dir / "app")) <= 11, 20, "retain = 10")

    def test_retention_keeps_up_with_rotation(self):
        box = self.sandbox('min_free = "0"\n[defaults]\nmax_size = "256KiB"\nretain = 10\n'
                           'max_total_size = "8MiB"\n')
        box.start()
        run = box.run("app", [harness.tool("line_writer"), "--lines", "100000000"])
        most = 0
        until = time.monotonic() + 5
        while time.monotonic() < until:
            if (box.log_dir / "app").exists():
                most = max(most, len(segments(box.log_dir / "app")))
            time.sleep(0.2)
        run.kill()
        self.assertLess(most, 1000, box.errors()[-300:])

    @unittest.skipUnless(has_mounts(), "needs root")
    def test_a_read_only_directory_holds_up_no_other_log(self):
        box = self.sandbox("[defaults]\n")
        directory = box.log_dir / "app"
        archives(directory, 3000)
        subprocess.run(["mount", "--bind", directory, directory], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", directory], check=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", directory], check=True)
        box.start(seconds=60)
        started = time.monotonic()
        box.run_to_end("other", ["true"])
        self.assertLess(time.monotonic() - started, 2)


class ByHandWhileQuiet(SandboxTest):
    def quiet_log(self):
        """Two segments of a log that logd has closed, and somebody who follows it."""
        box = self.sandbox('min_free = "0"\n').start()
        box.run_to_end("app", ["echo", "aaa"])
        box.logctl("rotate", "app")
        box.run_to_end("app", ["echo", "bbb"])
        with open(box.root / "followed", "wb") as out:
            box.spawn([harness.LOGCTL, "tail", "app", "-f", "-n", "all", "-o", "raw"],
                      env=box.environment, stdout=out)
        wait_until(lambda: not harness.descriptors(box.daemon.pid, str(box.log_dir / "app")), 30,
                   "the log to be closed")
        return box, box.log_dir / "app" / sorted(segments(box.log_dir / "app"))[-1]

    def goes_on(self, box):
        box.run_to_end("app", ["echo", "ccc"])
        wait_until(lambda: (box.root / "followed").read_bytes().split() == [b"aaa", b"bbb", b"ccc"],
                   5, "the follower: " + (box.root / "followed").read_text())
        newest = sorted(segments(box.log_dir / "app"))[-1]
        self.assertTrue(newest.startswith("0000000003"), newest)
        self.assertIn(b"by hand", (box.log_dir / "app" / newest).read_bytes())

    def test_deleted(self):
        box, active = self.quiet_log()
        active.unlink()
        self.goes_on(box)

    def test_truncated(self):
        box, active = self.quiet_log()
        os.truncate(active, 0)
        self.goes_on(box)


@unittest.skipUnless(has_mounts(), "needs root")
class FullDisk(DiskTest):
    def test_what_was_deleted_makes_room(self):
        """The active segment is at its limit when the disk fills up: it is all that can go."""
        box = self.limited('min_free = "0"\n[defaults]\nmax_size = "1MiB"\ncompress = false\n')
        os.mkfifo(box.root / "go")
        box.run("web", ["cat", box.root / "go"])
        with open(box.root / "go", "wb", buffering=0) as lines:
            directory = box.log_dir / "web"
            wait_until(lambda: directory.exists() and segments(directory), 5, "the log")
            active = lambda: directory / sorted(segments(directory))[-1]
            while active().stat().st_size < 1 << 20:
                missing = (1 << 20) - active().stat().st_size
                lines.write((b"y" * 900 + b"\n") * min(200, missing // 950 + 1))
                time.sleep(0.1)
            self.assertEqual(1, len(segments(directory)))
            time.sleep(6)  # it has been synced
            self.ballast(box)
            lines.write(b"after the disk was full\n")
            wait_until(lambda: b"after the disk" in active().read_bytes(), 3,
                       "the line; " + self.status(box))

    def test_a_new_process_is_taken(self):
        """No inode is left, and old segments could go."""
        box = self.sandbox('min_free = "0"\n[defaults]\nmax_size = "64KiB"\ncompress = false\n'
                           'retain = "all"\n')
        box.log_dir.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m,nr_inodes=40,mode=755", "none",
                        box.log_dir], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", box.log_dir], check=True)
        box.start()
        box.run_to_end("app", [harness.tool("line_writer"), "--lines", "30000"])
        try:
            for number in range(40):
                (box.log_dir / f"ballast{number}").touch()
        except OSError:
            pass
        self.assertEqual(0, box.run_to_end("fresh", ["true"]))


if __name__ == "__main__":
    unittest.main()
