"""Another build of logd takes over under load, up and down again: no line is lost or doubled, and
shims of the other build go on.

LOGD_OTHER_BIN names the folder of the other build's programs, an older release for example; without
it they are those of a package that script/package has made. What changes between two versions of a
format is in logd-format(5), VERSIONS.
SPDX-License-Identifier: Apache-2.0
"""
import hashlib
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

import harness
from harness import SandboxTest, wait_until
from test_kill import Writer, WritersTest

PACKAGED = harness.REPOSITORY / "build" / "package" / "source" / "debian" / "logd" / "usr"
PROGRAMS = ("sbin/logd", "bin/logctl", "libexec/logd/logd-shim")
TURNS = 10 if harness.IS_FULL else 4


def is_there_another():
    return "LOGD_OTHER_BIN" in os.environ or all(
        (PACKAGED / program).exists() for program in PROGRAMS)


def other_build(folder):
    """The folder of the other build's programs; `folder` is where it may be made."""
    if "LOGD_OTHER_BIN" in os.environ:
        return pathlib.Path(os.environ["LOGD_OTHER_BIN"])
    for program in PROGRAMS:
        shutil.copy2(PACKAGED / program, folder)
    return pathlib.Path(folder)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).digest()


def program_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def left_in(run_dir):
    """What must outlive a restart: ledgers and FIFOs, by name and inode."""
    return {str(path.relative_to(run_dir)): path.stat().st_ino
            for folder in ("ledger", "fifo") for path in (run_dir / folder).iterdir()}


@unittest.skipUnless(is_there_another(), "needs another build: LOGD_OTHER_BIN or script/package")
class Upgrade(WritersTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="logd-test-bin-")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.other = other_build(folder)

    def sandbox(self, config="", **options):
        return super().sandbox(config, binaries=self.other, **options)

    def take_over(self, binaries, end):
        """The next daemon is of this build; only logd ends and the run directory stays, as the unit
        leaves them by KillMode=process and RuntimeDirectoryPreserve=yes."""
        self.wait_stored(self.stored())
        end()
        self.box.logd_program = str(binaries / "logd")
        self.box.logctl_program = str(binaries / "logctl")
        self.box.start()
        self.wait_stored(self.stored())

    def shims(self, binaries):
        """Pids of the shims and keepers that are programs of this build."""
        shim = str(binaries / "logd-shim")
        return {pid for pid in harness.children_of([os.getpid()]) if program_of(pid) == shim}

    def test_they_are_two_builds(self):
        self.assertNotEqual(digest(self.other / "logd"), digest(harness.BIN / "logd"))

    def test_up_and_down_under_load(self):
        self.begin("max_size = \"1MiB\"\n")  # writers under shims of the other build
        old_shims = self.shims(self.other)
        self.assertEqual(old_shims, {writer.run.pid for writer in self.writers})
        for turn in range(TURNS):
            end = self.box.stop if turn % 2 == 0 else self.box.kill
            self.take_over(harness.BIN, end)
            if turn == 0:
                # From now on there are shims of both.
                self.writers.append(Writer(self.box, "fresh", "d", None, "line"))
                self.logs.append("fresh")
            self.take_over(self.other, end)
        self.take_over(harness.BIN, self.box.stop)
        self.assertEqual(self.shims(self.other), old_shims, "they outlive every daemon")
        self.assertEqual(len(self.shims(harness.BIN)), 1)
        self.report(turns=2 * TURNS + 1, lines=self.end())

    def test_what_the_unit_leaves_is_taken_over(self):
        """Ledgers, FIFOs and the keeper that the other build has made go on under this one."""
        self.begin("max_size = \"1MiB\"\n[process.queue]\nfifo = true\n")
        fifo = self.box.run_dir / "fifo" / "queue.out"
        wait_until(lambda: len(self.shims(self.other)) == 4, what="the keeper")
        shims, left = self.shims(self.other), left_in(self.box.run_dir)
        self.assertLessEqual({"ledger/twin@0", "ledger/twin@1", "ledger/beside", "fifo/queue.out"},
                             set(left))
        said = []
        for turn, binaries in enumerate((harness.BIN, self.other, harness.BIN)):
            said.append(b"%d\n" % turn)

            def end():
                (self.box.stop if turn % 2 == 0 else self.box.kill)()
                fifo.write_bytes(said[-1])  # waits in the keeper's pipe for the next daemon

            self.take_over(binaries, end)
            self.assertEqual(self.shims(self.other), shims)
            now = left_in(self.box.run_dir)
            self.assertEqual({name: now.get(name) for name in left}, left)
        wait_until(lambda: self.box.raw("queue") == b"".join(said), what="what was written to it")
        self.assertNotIn("come twice", self.box.errors())
        self.report(turns=3, lines=self.end())


class AnotherVersion(SandboxTest):
    """What logd-format(5), VERSIONS, says of a ledger, up and down."""

    def test_a_ledger_of_another_version_repeats_lines_and_loses_none(self):
        for version in (2, 4):
            with self.subTest(version):
                box = self.started()
                run = box.run("web", ["sh", "-c", "echo one; echo two; read line; echo three"],
                              stdin=subprocess.PIPE)
                # Until it has a log, logctl knows no such process.
                wait_until(lambda: b"one\ntwo\n" in box.logctl(
                    "tail", "web", "-n", "all", "-o", "raw", status=None).stdout,
                           what="the first lines")
                box.stop()
                with open(box.run_dir / "ledger" / "web", "r+b") as ledger:
                    ledger.seek(8)
                    self.assertEqual(struct.unpack("=I", ledger.read(4)), (3,))
                    ledger.seek(8)
                    ledger.write(struct.pack("=I", version))
                box.start()
                self.assertIn("web: its ledger is of another directory or version: the last lines "
                              "may come twice", box.errors())
                run.stdin.write(b"\n")
                run.stdin.close()
                self.assertEqual(box.wait(run), 0)
                self.assertEqual(box.raw("web"), b"one\ntwo\none\ntwo\nthree\n")
                box.logctl("verify", "web")
                box.close()


if __name__ == "__main__":
    unittest.main()
