#!/usr/bin/env python3
"""Limits of the system and of the configuration that clients can drive logd into.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import subprocess
import unittest

import harness
from harness import SandboxTest, wait_until

RUNS, UNFINISHED = 10, 250_000


@unittest.skipIf(os.environ.get("LOGD_SANITIZED"), "sanitizers want to be loaded first")
class Watches(SandboxTest):
    """Epoll takes no descriptor more: fs.epoll.max_user_watches."""

    def setUp(self):
        root = self.sandbox().root
        self.limit = root / "limit"
        self.box = self.started(prefix=["env", f"LD_PRELOAD={harness.tool('no_watches.so')}",
                                        f"NO_WATCHES={self.limit}"])
        self.steady = self.box.run("steady", ["cat"], stdin=subprocess.PIPE)
        wait_until(lambda: self.box.stored("steady") > 0, 10, "the start of the steady run")
        self.say(b"first\n")

    def say(self, line):
        self.steady.stdin.write(line)
        self.steady.stdin.flush()
        wait_until(lambda: self.box.raw("steady").endswith(line), 10, line)

    def test_who_comes_is_refused_and_who_is_there_is_captured(self):
        self.limit.touch()
        refused = self.box.run("late", ["touch", self.box.root / "ran"], stderr=subprocess.PIPE)
        self.assertIn(b"No space left", refused.stderr.read())
        self.assertEqual(self.box.wait(refused), 6)
        self.assertFalse((self.box.root / "ran").exists())
        self.box.logctl("status", status=None)
        for i in range(20):
            self.say(b"x" * 40_000 + b" %d\n" % i)  # leaves the epoll set and cannot come back
        self.assertEqual(self.box.errors().count("a stream cannot be watched"), 1)
        self.limit.unlink()
        self.say(b"last\n")
        self.assertEqual(self.box.run_to_end("late", ["true"]), 0)
        self.steady.stdin.close()
        self.assertEqual(self.box.wait(self.steady), 0)


class Escrows(SandboxTest):
    """max_escrow: what all escrows together may take."""

    def setUp(self):
        self.box = self.started('max_escrow = "1MiB"\n[process.merged]\nmerge_instances = true\n')

    def escrow_bytes(self):
        """Memory of all escrows; logd has them open as the shims do."""
        folder, total = f"/proc/{self.box.daemon.pid}/fd", 0
        for name in os.listdir(folder):
            try:
                if os.readlink(f"{folder}/{name}").startswith("/memfd:logd-escrow"):
                    total += os.stat(f"{folder}/{name}").st_blocks * 512
            except OSError:
                pass
        return total

    def taken(self):
        status = json.loads(self.box.logctl("status", "--json"))
        return sum(process["bytes"] for process in status["processes"])

    def test_many_unfinished_lines_stay_within_it_and_none_is_torn(self):
        runs = [self.box.run(f"p{i}", ["cat"], stdin=subprocess.PIPE) for i in range(RUNS)]
        for i, run in enumerate(runs):
            run.stdin.write(bytes([97 + i]) * UNFINISHED)
            run.stdin.flush()
        wait_until(lambda: self.taken() >= RUNS * UNFINISHED, 20, "all that was written", 0.02)
        self.assertLessEqual(self.escrow_bytes(), 1 << 20)
        self.box.kill()
        self.box.start()
        for run in runs:
            run.stdin.write(b"\nnext\n")
            run.stdin.close()
        for i, run in enumerate(runs):
            self.assertEqual(self.box.wait(run), 0)
            self.assertEqual(self.box.raw(f"p{i}"), bytes([97 + i]) * UNFINISHED + b"\nnext\n")
        self.assertLessEqual(self.escrow_bytes(), 1 << 20)

    def test_of_one_log_too(self):
        """Of several sources each piece is a line of its own, and none mixes two of them."""
        runs = [self.box.run("merged", ["cat"], instance=i, stdin=subprocess.PIPE)
                for i in range(RUNS)]
        wait_until(lambda: self.box.stored("merged") and
                   self.box.raw("merged", "--events").count(b"started") == RUNS, 10, "all runs",
                   0.02)
        for i, run in enumerate(runs):
            run.stdin.write(bytes([97 + i]) * UNFINISHED)
            run.stdin.flush()
        wait_until(lambda: self.taken() >= RUNS * UNFINISHED, 20, "all that was written", 0.02)
        self.assertLessEqual(self.escrow_bytes(), 1 << 20)
        for run in runs:
            run.stdin.write(b"\n")
            run.stdin.close()
        for run in runs:
            self.assertEqual(self.box.wait(run), 0)
        stored = self.box.raw("merged")
        for i in range(RUNS):
            self.assertEqual(stored.count(bytes([97 + i])), UNFINISHED)
        for line in stored.splitlines():
            self.assertLessEqual(len(set(line)), 1, line[:100])


if __name__ == "__main__":
    unittest.main()
