"""runsv starts `exec logctl run`: bytes, exit codes, signals and restarts as without it.

SPDX-License-Identifier: Apache-2.0
"""
import os
import shutil
import subprocess
import unittest

from harness import wait_until
from supervisor_testing import SupervisorTest, read

RUNSV = shutil.which("runsv")


def numbered(text):
    return [line for line in text.splitlines() if line.startswith(b"out ")]


@unittest.skipUnless(RUNSV, "needs runit")
class Runit(SupervisorTest):
    def service(self, name, command, log=None):
        """A service that is started once, and notes how each of its runs ends."""
        directory = self.box.root / "services" / name
        directory.mkdir(parents=True)
        self.script(directory / "run", f"exec {command}")
        self.script(directory / "finish", 'echo "$1 $2" >>finished')
        (directory / "down").touch()
        if log:
            (directory / "log").mkdir()
            self.script(directory / "log" / "run", log)
        self.begin(directory)
        self.sv("once", directory)
        return directory

    def script(self, path, text):
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def begin(self, directory):
        self.box.spawn([RUNSV, directory], stderr=subprocess.DEVNULL)
        wait_until((directory / "supervise" / "ok").exists, what="runsv")
        return directory

    def sv(self, *command):
        done = subprocess.run(["sv", "-w", "15", *map(str, command)], capture_output=True,
                              check=False, timeout=60, env=self.box.environment)
        return done.returncode, done.stdout

    def finished(self, directory, count=1):
        """Codes and signals of the runs that have ended, as ./finish was told."""
        path = directory / "finished"
        wait_until(lambda: path.exists() and len(read(path).splitlines()) >= count, 30, "an end")
        return read(path).splitlines()

    def test_same_bytes_and_the_same_status_as_with_svlogd(self):
        logs = self.box.root / "own-log"
        logs.mkdir()
        own = self.service("own", f"{self.python('write.py')} 2>/dev/null", f"exec svlogd {logs}")
        web = self.service("web", f"logctl run web -- {self.python('write.py')}")
        self.assertEqual(self.finished(own), [b"3 0"])
        self.assertEqual(self.finished(web), [b"3 0"])
        self.sv("exit", own)  # ends svlogd, which then writes what it holds
        stored = self.box.raw("web", "--out")
        wait_until(lambda: b"\nout 1999 " in read(logs / "current"), what="svlogd")
        # svlogd cuts a line at 1000 bytes, loses a last one that has no newline, and replaces what
        # it cannot print: the others are compared.
        self.assertEqual(numbered(stored), numbered(read(logs / "current")))
        self.assertTrue(stored.endswith(b"\nand the end"))

    def test_signals_and_restarts_reach_the_program_once(self):
        web = self.service("web", f"logctl run web -- {self.python('signals.py')}")
        self.wait_for_text("web", b"ready\n")
        pid = read(web / "supervise" / "pid")
        self.assertEqual(os.readlink(f"/proc/{int(pid)}/exe").rpartition("/")[2], "logd-shim")
        self.sv("hup", web)
        self.wait_for_text("web", b"SIGHUP\n")
        self.sv("1", web)
        self.wait_for_text("web", b"SIGUSR1\n")
        self.assertEqual(self.sv("down", web)[0], 0)
        self.assertEqual(self.box.raw("web"), b"ready\nSIGHUP\nSIGUSR1\nSIGTERM\n")
        self.assertEqual(self.finished(web), [b"5 0"])
        self.sv("once", web)
        self.wait_for_text("web", b"SIGTERM\nready\n")
        self.sv("kill", web)
        self.assertEqual(self.finished(web, 2)[1], b"-1 9")

    def test_the_example(self):
        web = self.begin(self.examples / "runit" / "web")
        self.wait_for_text("web", b"request 1 served\n")
        self.box.kill()
        self.box.start()
        self.assertEqual(self.sv("down", web)[0], 0)
        lines = self.box.raw("web", "--out").splitlines()
        self.assertEqual(lines, [b"request %d served" % n for n in range(1, len(lines) + 1)])
        self.sv("exit", web)


if __name__ == "__main__":
    unittest.main()
