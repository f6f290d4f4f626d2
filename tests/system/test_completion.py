#!/usr/bin/env python3
"""Completion of command lines in real shells: bash, zsh and fish.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
import unittest

import harness

LOGCTL = str(harness.BIN / "logctl")
COMPLETE_SECONDS = 0.03 if not os.environ.get("LOGD_SANITIZED") else 0.5


class Shell:
    """A shell on a terminal of its own, at its prompt."""

    def __init__(self, command, environment):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        self.output = ""

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.output):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.terminal], [], [], left)[0]:
                raise AssertionError(f"no {pattern!r} in {self.output!r}")
            self.output += os.read(self.terminal, 4096).decode(errors="replace")

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="logd-test-completion-"))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        cls.logs = cls.home / "logs"
        for name in ("web@1", "web@2", "worker", "api"):
            (cls.logs / name).mkdir(parents=True)
        path = f"{harness.BIN}:{os.environ['PATH']}"
        cls.environment = {"HOME": str(cls.home), "PATH": path, "TERM": "dumb", "LC_ALL": "C.UTF-8",
                           "LOGD_LOG_DIR": str(cls.logs), "PS1": "ready> "}

    def script(self, shell):
        return subprocess.run([LOGCTL, "completion", shell], stdout=subprocess.PIPE, check=True,
                              text=True).stdout

    def file(self, shell):
        path = self.home / f"completion.{shell}"
        path.write_text(self.script(shell))
        return path

    def shell(self, *command):
        shell = Shell(command, self.environment)
        self.addCleanup(shell.close)
        return shell

    def test_names_come_in_less_than_30_ms(self):
        words = [LOGCTL, "complete", "--", "tail", "w"]
        seconds = []
        for _ in range(15):
            begin = time.monotonic()
            result = subprocess.run(words, stdout=subprocess.PIPE, env=self.environment, check=True,
                                    text=True)
            seconds.append(time.monotonic() - begin)
        self.assertEqual(result.stdout, "web\nweb@1\nweb@2\nworker\n")
        self.assertLess(statistics.median(seconds), COMPLETE_SECONDS)

    def test_a_log_directory_that_cannot_be_read_is_no_trouble(self):
        result = subprocess.run([LOGCTL, "--log-dir", "/nonexistent", "complete", "--", "--log-dir",
                                 "/nonexistent", "tail", ""], capture_output=True, check=True)
        self.assertEqual((result.stdout, result.stderr), (b"", b""))

    def test_bash(self):
        bash = self.shell("bash", "--norc", "--noprofile", "-i")
        bash.wait_for("ready> ")
        bash.type(f"bind 'set enable-bracketed-paste off'; source {self.file('bash')}; "
                  "echo lo''aded\n")
        bash.wait_for("loaded\r")
        bash.type("logctl flu\t")
        bash.wait_for("logctl flush ")
        bash.type("--dry\t")
        bash.wait_for("flush --dry-run ")
        bash.type("wor\t")
        bash.wait_for("--dry-run worker ")
        bash.type("web@2\t")
        bash.wait_for(r"worker web@2\S* $")
        bash.type("\x15logctl --log-dir /usr/sha\t")
        bash.wait_for("/usr/share")
        bash.type("\x15logctl run --signals=n\t")
        bash.wait_for("--signals=none ")

    def test_zsh(self):
        zsh = self.shell("zsh", "-f", "-i")
        zsh.wait_for("ready> ")
        zsh.type("autoload -U compinit; compinit -u -D; unsetopt zle_bracketed_paste; "
                 f"source {self.file('zsh')}; echo lo''aded\n")
        zsh.wait_for("loaded\r")
        zsh.type("logctl flu\t")
        zsh.wait_for("flush ")
        zsh.type("--dry\t")
        zsh.wait_for("--dry-run ")
        zsh.type("wor\t")
        zsh.wait_for("worker ")
        zsh.type("web@\t\t")
        zsh.wait_for(r"web@1[\s\S]*web@2")

    def test_zsh_as_a_function_of_its_own(self):
        functions = self.home / "functions"
        functions.mkdir(exist_ok=True)
        (functions / "_logctl").write_text(self.script("zsh"))
        zsh = self.shell("zsh", "-f", "-i")
        zsh.wait_for("ready> ")
        zsh.type(f"fpath=({functions} $fpath); autoload -U compinit; compinit -u -D; "
                 "echo lo''aded\n")
        zsh.wait_for("loaded\r")
        zsh.type("logctl flu\t")
        zsh.wait_for("flush ")
        zsh.type("--dry\t")
        zsh.wait_for("--dry-run ")

    def test_fish(self):
        def complete(line):
            script = f"source {self.file('fish')}; complete -C '{line}'"
            result = subprocess.run(["fish", "--no-config", "-c", script], stdout=subprocess.PIPE,
                                    env=self.environment, check=True, text=True)
            return result.stdout.splitlines()
        self.assertEqual(complete("logctl tail w"), ["web", "web@1", "web@2", "worker"])
        self.assertEqual([line.split("\t")[0] for line in complete("logctl flu")], ["flush"])
        self.assertIn("--dry-run", [line.split("\t")[0] for line in complete("logctl flush --")])
        self.assertEqual(complete("logctl run --signals "), ["auto", "none", "pass"])
        self.assertIn("/usr/share/", [line.split("\t")[0] for line in
                                      complete("logctl --log-dir /usr/sha")])

    def test_an_unknown_shell_is_refused(self):
        result = subprocess.run([LOGCTL, "completion", "tcsh"], capture_output=True, check=False,
                                text=True)
        self.assertEqual(result.returncode, 2)
        self.assertIn("bash, zsh or fish", result.stderr)


if __name__ == "__main__":
    unittest.main()
