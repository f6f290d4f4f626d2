#!/usr/bin/env python3
"""script/demo with the programs that are built: it passes, is quick, notices a missing line, and
leaves nothing behind.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import harness

DEMO = str(harness.REPOSITORY / "script" / "demo")
BIN = harness.BIN.resolve()


class Demo(unittest.TestCase):
    def setUp(self):
        # The demo makes its directory in here, and what it starts has this path in its environment.
        temporary = tempfile.TemporaryDirectory(prefix="logd-test-")
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)
        self.room = self.root / "room"
        self.room.mkdir()

    def run_demo(self, binaries):
        environment = dict(os.environ, TMPDIR=str(self.room), LOGD_BIN=str(binaries))
        for name in ("LOGD_CONFIG", "LOGD_LOG_DIR", "LOGD_RUN_DIR"):
            environment.pop(name, None)
        demo = subprocess.Popen([DEMO], env=environment, stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output = demo.communicate(timeout=90)[0]
        except subprocess.TimeoutExpired:
            demo.terminate()  # it cleans up
            self.fail(f"the demo does not end: {demo.communicate(timeout=30)[0]}")
        return subprocess.CompletedProcess(DEMO, demo.returncode, output)

    def check_nothing_is_left(self):
        self.assertEqual([], os.listdir(self.room))
        harness.wait_until(lambda: not self.processes(), what="the end of all that was started")

    def processes(self):
        """What still runs with this test's directory in its environment."""
        mine = str(self.room).encode()
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/environ", "rb") as environ:
                    if mine in environ.read():
                        found.append(harness.command_line(entry))
            except OSError:
                continue
        return found

    def binaries_with(self, logctl):
        """A folder of programs in which `logctl`, a shell script, stands for logctl."""
        folder = self.root / "bin"
        folder.mkdir()
        (folder / "logd").symlink_to(BIN / "logd")
        (folder / "logctl").write_text(f"#!/bin/sh\nreal={BIN}/logctl\n{logctl}")
        (folder / "logctl").chmod(0o755)
        return folder

    def test_passes_quickly_and_leaves_nothing(self):
        started = time.monotonic()
        done = self.run_demo(BIN)
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertLess(time.monotonic() - started, 30, done.stdout)
        for shown in ("$ logctl tail web --err --lines 5", "$ logctl status", "$ logctl ls",
                      "$ kill -9 ", "20000 of 20000", "40000 of 40000", "flushed by uid"):
            self.assertIn(shown, done.stdout)
        self.check_nothing_is_left()

    def test_a_missing_line_fails_it(self):
        # As if the last error of web had not been stored.
        logctl = ('case "$*" in "tail web -n all -o raw"*) "$real" "$@" | grep -v " 20000 " ;;\n'
                  '*) exec "$real" "$@" ;; esac\n')
        done = self.run_demo(self.binaries_with(logctl))
        self.assertEqual(1, done.returncode, done.stdout)
        self.assertIn("web: 19999 lines are stored, 20000 were written", done.stdout)
        self.check_nothing_is_left()

    def test_a_failure_in_the_middle_leaves_nothing(self):
        # While the programs write.
        logctl = 'case "$1" in ls) exit 9 ;; *) exec "$real" "$@" ;; esac\n'
        done = self.run_demo(self.binaries_with(logctl))
        self.assertEqual(9, done.returncode, done.stdout)
        self.check_nothing_is_left()


if __name__ == "__main__":
    unittest.main()
