"""What the suites of real supervisors share: a copy of the examples, programs to supervise, and
what must hold of what they wrote.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import shutil
import sys

from harness import BIN, REPOSITORY, SandboxTest, wait_until

# Lines of all kinds on both streams, a last one without a newline, then status 3.
WRITE_AND_EXIT = r"""
import sys
for number in range(2000):
    sys.stdout.buffer.write(b"out %d " % number + b"x" * (number % 300) + b"\n")
    sys.stderr.buffer.write(b"err %d\n" % number)
    if number == 1000:
        sys.stdout.buffer.write("Grüße, \t世界 \x1b[31mred\x1b[0m\n".encode())
        sys.stdout.buffer.write(b"y" * 100_000 + b"\n\n\n")
        sys.stdout.flush()
        sys.stderr.flush()
sys.stdout.buffer.write(b"and the end")
sys.exit(3)
"""

# Says what signals it gets; TERM and INT end it with status 5.
SAY_SIGNALS = r"""
import os, signal, sys
def say(text):
    print(text, flush=True)
signals = [signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM, signal.SIGINT]
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
say("ready")
while True:
    number = signal.sigwait(signals)
    say(signal.Signals(number).name)
    if number in (signal.SIGTERM, signal.SIGINT):
        sys.exit(5)
"""


class SupervisorTest(SandboxTest):
    """A logd, and a copy of the examples to start a supervisor in."""

    config = ""

    def setUp(self):
        self.box = self.started(self.config)
        self.box.environment["PATH"] = f"{BIN}:{os.environ['PATH']}"
        self.examples = self.box.root / "examples"
        shutil.copytree(REPOSITORY / "examples", self.examples)
        self.write("write.py", WRITE_AND_EXIT)
        self.write("signals.py", SAY_SIGNALS)

    def write(self, name, text):
        path = self.box.root / name
        path.write_text(text)
        return path

    def python(self, name):
        return f"{sys.executable} {self.box.root / name}"

    def runs(self, name):
        """The runs of a process, oldest first."""
        lines = self.box.logctl("runs", name, "-o", "json", status=None).stdout.splitlines()
        return sorted((json.loads(line) for line in lines), key=lambda run: run["run"])

    def wait_for_runs(self, name, count):
        """Returns them once so many have ended."""
        def ended():
            runs = self.runs(name)
            return len(runs) >= count and all(is_over(run) for run in runs[:count]) and runs
        return wait_until(ended, 30, f"{count} runs of {name} to end", 0.1)

    def wait_for_text(self, name, text, seconds=20):
        wait_until(lambda: text in self.box.logctl("tail", name, "-n", "all", "-o", "raw",
                                                   status=None).stdout,
                   seconds, f"{text!r} in the log of {name}", 0.05)

    def assert_same_bytes(self, name, out_file, err_file=None):
        """What logd stored is what the supervisor's own log files hold."""
        self.assertEqual(self.box.raw(name, "--out"), read(out_file))
        if err_file:
            self.assertEqual(self.box.raw(name, "--err"), read(err_file))


def is_over(run):
    return run["ended"] is not None


def read(path):
    with open(path, "rb") as file:
        return file.read()
