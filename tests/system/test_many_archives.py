#!/usr/bin/env python3
"""Starts with 50,000 archives, in one log or in 500: soon ready, and rotation looks at none.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import os
import sys
import time
import unittest

import harness
from harness import SandboxTest, wait_until

ARCHIVES = 50_000
READY_SECONDS = 1.0 if not os.environ.get("LOGD_SANITIZED") else 10.0
CONFIG = """
[defaults]
max_total_size = "off"
max_size = "64KiB"
retain = %d
"""
RECORD = b"2026-11-21T22:17:00.000000000Z stdout F one line\n"


def archive_name(number):
    hour, minute, second = number // 3600 % 24, number // 60 % 60, number % 60
    return f"{number:010}-20261121T{hour:02}{minute:02}{second:02}Z.log.gz"


class ManyArchives(SandboxTest):
    def filled(self, logs):
        """A log_dir of 50,000 archives that may all stay."""
        each = ARCHIVES // logs
        box = self.sandbox(CONFIG % each)
        archive = gzip.compress(RECORD)
        for log in range(logs):
            directory = box.log_dir / f"app{log}"
            directory.mkdir(parents=True)
            for number in range(1, each + 1):
                (directory / archive_name(number)).write_bytes(archive)
        return box

    def assert_soon_ready(self, box):
        """The best of three starts: the machine may be busy."""
        seconds = []
        for _ in range(3):
            started = time.monotonic()
            box.start(seconds=60)
            seconds.append(time.monotonic() - started)
            box.stop()
        print(f"  ready after {min(seconds):.2f} s", file=sys.stderr, flush=True)
        self.assertLess(min(seconds), READY_SECONDS, seconds)

    def test_in_500_logs(self):
        self.assert_soon_ready(self.filled(500))

    def test_in_one_log(self):
        box = self.filled(1)
        self.assert_soon_ready(box)
        self.assert_rotates_without_listing(box)

    def assert_rotates_without_listing(self, box):
        """Every rotation makes an archive and deletes one, and no directory is read for it."""
        box.start(seconds=60)
        box.run_to_end("app0", ["true"])  # now it is open
        trace = box.root / "trace"
        tracer = box.spawn(["strace", "-f", "-qq", "-o", trace, "-e", "trace=getdents64,unlinkat",
                            "-p", box.daemon.pid])
        wait_until(lambda: harness.status_field(box.daemon.pid, "TracerPid"), 10, "strace")
        box.run_to_end("app0", [harness.tool("line_writer"), "--lines", "20000"])
        rotations = len(box.segments("app0")) - 1
        tracer.terminate()
        tracer.wait()
        calls = trace.read_text(encoding="ascii", errors="replace")
        self.assertGreater(calls.count("unlinkat("), 10)
        self.assertEqual(0, calls.count("getdents64("), f"of {rotations} rotations")


if __name__ == "__main__":
    unittest.main()
