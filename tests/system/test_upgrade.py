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
import tempfile
import unittest

import harness
from test_kill import Writer, WritersTest

PACKAGED = harness.REPOSITORY / "build" / "package" / "source" / "debian" / "logd" / "usr"
PROGRAMS = ("sbin/logd", "bin/logctl", "libexec/logd/logd-shim")
TURNS = 10 if harness.IS_FULL else 4


def other_build(folder):
    """The folder of the other build's programs, or None; `folder` is where it may be made."""
    if "LOGD_OTHER_BIN" in os.environ:
        return pathlib.Path(os.environ["LOGD_OTHER_BIN"])
    if not all((PACKAGED / program).exists() for program in PROGRAMS):
        return None
    for program in PROGRAMS:
        shutil.copy2(PACKAGED / program, folder)
    return pathlib.Path(folder)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).digest()


class Upgrade(WritersTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="logd-test-bin-")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.other = other_build(folder)
        if cls.other is None:
            raise unittest.SkipTest("needs another build: LOGD_OTHER_BIN or script/package")

    def sandbox(self, config="", **options):
        return super().sandbox(config, binaries=self.other, **options)

    def take_over(self, binaries, end):
        """The next daemon is of this build; the run directory stays, as the unit leaves it."""
        self.wait_stored(self.stored())
        end()
        self.box.logd_program = str(binaries / "logd")
        self.box.logctl_program = str(binaries / "logctl")
        self.box.start()
        self.wait_stored(self.stored())

    def test_they_are_two_builds(self):
        self.assertNotEqual(digest(self.other / "logd"), digest(harness.BIN / "logd"))

    def test_up_and_down_under_load(self):
        self.begin("max_size = \"1MiB\"\n")  # writers under shims of the other build
        for turn in range(TURNS):
            end = self.box.stop if turn % 2 == 0 else self.box.kill
            self.take_over(harness.BIN, end)
            if turn == 0:
                # From now on there are shims of both.
                self.writers.append(Writer(self.box, "fresh", "d", None, "line"))
                self.logs.append("fresh")
            self.take_over(self.other, end)
        self.take_over(harness.BIN, self.box.stop)
        self.report(turns=2 * TURNS + 1, lines=self.end())


if __name__ == "__main__":
    unittest.main()
