#!/usr/bin/env python3
"""The harness itself: whatever ends a test, nothing of its sandbox stays.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

from harness import Sandbox

WAITING_TEST = """
import time, unittest
from harness import SandboxTest

class Waits(SandboxTest):
    def test_waits(self):
        box = self.started()
        print(box.root, box.daemon.pid, flush=True)
        time.sleep(1000)

unittest.main()
"""


class Leftovers(unittest.TestCase):
    def test_a_test_that_is_ended_from_outside(self):
        here = pathlib.Path(__file__).parent
        for number in (signal.SIGTERM, signal.SIGINT):
            with subprocess.Popen([sys.executable, "-c", WAITING_TEST], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, cwd=here) as test:
                root, pid = test.stdout.readline().decode().split()
                self.assertTrue(os.path.exists(root))
                test.send_signal(number)
                self.assertNotEqual(test.wait(timeout=20), 0)
            self.assertFalse(os.path.exists(root), number)
            self.assertFalse(os.path.exists(f"/proc/{pid}"), number)

    def test_more_signals_while_it_ends(self):
        # timeout(1) sends one to the program, and at once another to its whole group.
        here = pathlib.Path(__file__).parent
        with subprocess.Popen([sys.executable, "-c", WAITING_TEST], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, cwd=here) as test:
            root, pid = test.stdout.readline().decode().split()
            while test.poll() is None:
                test.send_signal(signal.SIGTERM)
                time.sleep(0.001)
        self.assertFalse(os.path.exists(root))
        self.assertFalse(os.path.exists(f"/proc/{pid}"))

    def test_a_child_that_did_not_read_what_it_was_given(self):
        box = Sandbox()
        child = box.spawn(["true"], stdin=subprocess.PIPE)
        child.wait()
        child.stdin.write(b"unread")
        box.close()
        self.assertFalse(box.root.exists())
        box.close()


if __name__ == "__main__":
    unittest.main()
