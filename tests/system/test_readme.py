#!/usr/bin/env python3
"""Every command of README.md works as it is typed: each line of its blocks of shell is run, beside
a logd with a log that it can be about.

SPDX-License-Identifier: Apache-2.0
"""
import os
import re
import signal
import subprocess
import unittest

from harness import BIN, REPOSITORY, SandboxTest, is_readable, wait_until
from http_testing import LISTEN, port_of

# They build or install, which script/test and tests/system/test_package.py see.
BUILDS = ("script/bootstrap", "cmake --preset release")
DAEMON = "logd &"
# They go on until they are stopped; something must come before that.
ENDLESS = ("logctl tail -f", "curl -N ")
INTERRUPTED = (130, -signal.SIGINT)
LISTENING = "127.0.0.1:9317"
HTTP_SOCKET = "~/.local/state/logd/.run/http.sock"


def commands(text):
    """The lines of the blocks of shell, without their comments."""
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        found += [re.sub(r"\s+# .*", "", line) for line in block.strip("\n").split("\n")]
    return found


class Readme(SandboxTest):
    text = (REPOSITORY / "README.md").read_text()

    def setUp(self):
        self.box = self.started(LISTEN)
        self.work = self.box.root / "work"
        (self.work / "bin").mkdir(parents=True)
        self.stub("node", "echo 'listening on 8000'")
        self.stub("make", "echo 'cc -c a.c'")
        (self.work / "dump.pm2").write_text('[{"name": "web", "pm_exec_path": "/srv/web.js"}]')
        (self.work / "old.log").write_text("a line\n")
        self.box.environment.update(
            PATH=f"{self.work}/bin:{BIN.resolve()}:{os.environ['PATH']}", PM2_HOME=str(self.work))
        web = ("echo listening; echo 'time out'; echo '{\"level\":\"error\",\"status\":500}'; "
               "echo bad >&2")
        self.assertEqual(0, self.box.run_to_end("web", ["sh", "-c", web]))

    def stub(self, name, script):
        program = self.work / "bin" / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def start(self, command):
        command = command.replace(LISTENING, f"127.0.0.1:{port_of(self.box)}")
        command = command.replace(HTTP_SOCKET, str(self.box.run_dir / "http.sock"))
        return self.box.spawn(["bash", "-e", "-o", "pipefail", "-c", command], cwd=self.work,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              start_new_session=True)

    def works(self, command):
        # Each part counts, not only the last one.
        started = self.start(command.replace("; ", " && "))
        output = started.communicate(timeout=60)[0].decode(errors="replace")
        self.assertEqual(0, started.returncode, f"{command}: {output}")

    def goes_on(self, command):
        started = self.start(command)
        wait_until(lambda: is_readable(started.stdout), what=f"output of {command}")
        self.assertTrue(os.read(started.stdout.fileno(), 65536), command)
        os.killpg(started.pid, signal.SIGINT)
        self.assertIn(self.box.wait(started), INTERRUPTED, command)

    def test_commands(self):
        tested = 0
        for command in commands(self.text):
            if command == DAEMON or command.startswith(BUILDS):
                continue
            with self.subTest(command):
                if command.startswith(ENDLESS) and "--until-match" not in command:
                    self.goes_on(command)
                else:
                    self.works(command)
                tested += 1
        self.assertGreater(tested, 20)

    def test_the_check_itself(self):
        for wrong in ("logctl tail web --bogus", "logctl ls; logctl tail nosuch",
                      "logctl mask < nosuch"):
            with self.assertRaises(AssertionError):
                self.works(wrong)
        with self.assertRaises(AssertionError):
            self.goes_on("true")
        self.assertEqual(["a b", "c 'd'"], commands("x\n```sh\na b    # e\nc 'd'\n```\n    y\n"))


if __name__ == "__main__":
    unittest.main()
