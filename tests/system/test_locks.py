#!/usr/bin/env python3
"""A log_dir has one logd: who else holds its lock, and a copy of a killed logd that still does.

SPDX-License-Identifier: Apache-2.0
"""
import os
import re
import signal
import subprocess
import sys
import unittest

from harness import SandboxTest, is_readable, wait_until

# Takes the lock of a directory as logd does, and goes; who was copied keeps it until its standard
# input ends.
LEAVES_A_COPY = """
import fcntl, os, sys
directory = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(directory, fcntl.LOCK_EX)
if os.fork() == 0:
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""


class Locks(SandboxTest):
    def start_another(self, box):
        return subprocess.run([box.logd_program], env=box.environment, capture_output=True,
                              check=False, timeout=20)

    def test_a_second_logd_is_told_who_is_there(self):
        box = self.started()
        done = self.start_another(box)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"is held by process {box.daemon.pid};".encode(), done.stderr)

    def leave_a_copy(self, box):
        box.start().stop()
        owner = box.spawn([sys.executable, "-c", LEAVES_A_COPY, box.log_dir],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        copy = int(owner.stdout.readline())
        owner.wait()
        return owner, copy

    def test_a_copy_that_goes_in_a_moment_is_waited_for(self):
        box = self.sandbox()
        owner, copy = self.leave_a_copy(box)
        logd = box.spawn([box.logd_program], stderr=subprocess.PIPE)
        # It is about to look, or waits already; had it failed, it would have said so.
        wait_until(lambda: self.has_open(logd.pid, box.log_dir), 10, "a look at the lock")
        self.assertEqual(is_readable(logd.stderr) and os.read(logd.stderr.fileno(), 4096), False)
        owner.stdin.close()
        os.waitpid(copy, 0)
        said = b""
        while b"captures into" not in said:
            self.assertTrue(is_readable(logd.stderr, 10))
            more = os.read(logd.stderr.fileno(), 4096)
            self.assertTrue(more, said)
            said += more
        logd.send_signal(signal.SIGTERM)
        self.assertEqual(logd.wait(timeout=10), 0)

    def has_open(self, pid, path):
        folder = f"/proc/{pid}/fd"
        try:
            return any(os.readlink(f"{folder}/{name}") == str(path) for name in os.listdir(folder))
        except OSError:
            return False

    def test_a_copy_that_stays_is_an_error(self):
        box = self.sandbox()
        self.leave_a_copy(box)
        done = self.start_another(box)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(re.search(rb"is held by another process; a log directory has one logd",
                                  done.stderr), done.stderr)


if __name__ == "__main__":
    unittest.main()
