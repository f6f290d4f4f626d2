"""What the suites of the shim share: starting shims, and ending whatever they leave behind.

SPDX-License-Identifier: Apache-2.0
"""
import os
import signal
import shutil
import subprocess
import tempfile
import unittest

from fake_logd import FakeLogd, Store
from harness import BIN, children_of, wait_until

SHIM = str(BIN / "logd-shim")
NOBODY = 65534

# Says "ready", then every signal that comes, in their order; TERM ends it. Each signal leaves a
# byte in a pipe, so that none is overlooked between two looks.
COUNT_SIGNALS = """
import os, signal, sys
def say(text):
    sys.stdout.write(text + "\\n")
    sys.stdout.flush()
seen, caught = os.pipe()
os.set_blocking(caught, False)
signal.set_wakeup_fd(caught)
for name in ("TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "WINCH"):
    signal.signal(getattr(signal, "SIG" + name), lambda *_: None)
say("ready")
number = 0
while number != signal.SIGTERM:
    number = os.read(seen, 1)[0]
    say(signal.Signals(number).name)
"""


def state_of(pid):
    """The state letter of a process, as in /proc/PID/stat; None if it has gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0].decode()
    except OSError:
        return None


def has_gone(pid):
    return state_of(pid) in (None, "Z")


def keepers(name, title="logd-keeper"):
    """The pids of the keepers of a process that this test has started."""
    return [pid for pid, command in children_of([os.getpid()]).items()
            if command == f"{title} {name}"]


class ShimTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="logd-shim-")
        os.chmod(self.directory, 0o755)
        self.socket = self.directory + "/capture.sock"
        # Keepers are counted by name, whoever has left them.
        self.name = "web-" + os.path.basename(self.directory).rpartition("-")[2]
        self.addCleanup(shutil.rmtree, self.directory)
        self.addCleanup(self._end_all)
        self._daemons = []
        self._shims = []

    def _end_all(self):
        for daemon in self._daemons:
            daemon.stop()
        while True:
            running = [pid for pid in children_of([os.getpid()]) if not has_gone(pid)]
            if not running:
                break
            for pid in running:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            for pid in running:
                wait_until(lambda pid=pid: has_gone(pid), what=f"the end of {pid}")
        for shim in self._shims:
            shim.communicate()
        while True:  # orphans are ours, as the harness has made us a subreaper
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    break
            except ChildProcessError:
                break

    def logd(self, store=None, **options):
        daemon = FakeLogd(self.socket, store or Store(), **options)
        self._daemons.append(daemon)
        return daemon

    def arguments(self, mode, *options, name=None):
        return [SHIM, mode, "--socket", self.socket, "--name", name or self.name,
                *map(str, options)]

    def start(self, *command, options=(), name=None, stderr=subprocess.PIPE, **more):
        """Starts a shim with `command`, or with Python source if that is one string."""
        if len(command) == 1:
            command = ("python3", "-c", command[0])
        return self.popen(self.arguments("run", *options, name=name) + ["--", *command],
                          stdin=more.pop("stdin", subprocess.DEVNULL), stderr=stderr, **more)

    def popen(self, arguments, **more):
        """Starts anything; it is ended with the test."""
        self._shims.append(subprocess.Popen(arguments, **more))
        return self._shims[-1]

    def finish(self, shim, seconds=10):
        """Waits for the end; returns the exit status and standard error."""
        _, errors = shim.communicate(timeout=seconds)
        return shim.returncode, (errors or b"").decode()

    def run_to_end(self, *command, options=(), **more):
        return self.finish(self.start(*command, options=options, **more))

    def assert_clean(self, run):
        self.assertEqual(run.problems, [])
