#!/usr/bin/env python3
"""script/record with the programs that are built: it draws what it ran, refuses to draw a loss or a
secret, and leaves nothing behind.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import harness

RECORD = str(harness.REPOSITORY / "script" / "record")
BIN = harness.BIN.resolve()
TEXT = "{http://www.w3.org/2000/svg}text"


class Record(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="logd-test-")
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)
        self.room = self.root / "room"
        self.room.mkdir()
        self.picture = self.root / "session.svg"

    def record(self, binaries=BIN):
        done = subprocess.run([RECORD, self.picture], capture_output=True, text=True, timeout=120,
                              env=dict(os.environ, TMPDIR=str(self.room), LOGD_BIN=str(binaries)),
                              stdin=subprocess.DEVNULL, check=False)
        self.assertEqual([], os.listdir(self.room))
        harness.wait_until(lambda: not self.processes(), what="the end of all that was started")
        return done

    def processes(self):
        """What still runs with a directory in our room in its environment."""
        mine = str(self.room).encode()
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                if mine in pathlib.Path(f"/proc/{entry}/environ").read_bytes():
                    found.append(harness.command_line(entry))
            except OSError:
                continue
        return found

    def with_logctl(self, script):
        """A folder of programs in which `script` stands for logctl."""
        folder = self.root / "bin"
        folder.mkdir()
        (folder / "logd").symlink_to(BIN / "logd")
        (folder / "logctl").write_text(f"#!/bin/bash\nreal={BIN}/logctl\n{script}\n"
                                       'exec "$real" "$@"\n')
        (folder / "logctl").chmod(0o755)
        return folder

    def test_it_draws_what_it_ran(self):
        done = self.record()
        self.assertEqual(0, done.returncode, done.stderr)
        tree = xml.etree.ElementTree.parse(self.picture)
        lines = ["".join(line.itertext()) for line in tree.iter(TEXT)]
        self.assertEqual("$ ./shop 3", lines[0].split("  ")[0])
        self.assertLess(self.picture.stat().st_size, 60_000)
        for part in ("[masked:card]", "Killed", "20000", "same", "GET /cart/1234 200"):
            self.assertTrue(any(part in line for line in lines), f"{part}: {lines}")

    def test_a_missing_line_is_not_drawn(self):
        done = self.record(self.with_logctl(
            'case "$*" in *--raw*) "$real" "$@" | grep -v "cart/777 "; exit ;; esac'))
        self.assertEqual((1, "script/record: what is stored is not what was written\n"),
                         (done.returncode, done.stderr))
        self.assertFalse(self.picture.exists())

    def test_a_secret_is_not_drawn(self):
        done = self.record(self.with_logctl(
            'case "$*" in *--err*) "$real" "$@" | sed s/.masked:card./hunter2/; exit ;; esac'))
        self.assertEqual((1, "script/record: a secret was stored\n"),
                         (done.returncode, done.stderr))
        self.assertFalse(self.picture.exists())


if __name__ == "__main__":
    unittest.main()
