#!/usr/bin/env python3
"""Limits of the system and of the configuration that clients can drive logd into.

SPDX-License-Identifier: Apache-2.0
"""
import os
import subprocess
import unittest

import harness
from harness import SandboxTest, wait_until


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


if __name__ == "__main__":
    unittest.main()
