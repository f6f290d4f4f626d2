"""Signals and terminals through the shim, and what happens when the shim itself dies.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pty
import shlex
import shutil
import signal
import subprocess
import time
import unittest

from harness import is_readable, wait_until
from shim_testing import COUNT_SIGNALS, ShimTest, has_gone, state_of

PASSED = ("INT", "HUP", "QUIT", "USR1", "USR2", "WINCH")


def send(pid, name):
    os.kill(pid, getattr(signal, "SIG" + name))


def wait_until_ready(logd, run):
    """CMD has set up its handlers, and the shim, which tells so afterwards, watches its signals."""
    logd.wait_for_data(run, b"ready\n")
    logd.wait_for(lambda _: run.started_pid, "the start")


NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


def can_unshare():
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


class Signals(ShimTest):
    def start_counting(self, options=(), **more):
        logd = self.logd()
        shim = self.start(COUNT_SIGNALS, options=options, **more)
        run = logd.wait_for_run()
        wait_until_ready(logd, run)
        return logd, shim, run

    def test_signals_sent_to_the_shim_reach_cmd_once(self):
        logd, shim, run = self.start_counting()
        for name in PASSED:
            send(shim.pid, name)
            logd.wait_for_data(run, b"SIG%s\n" % name.encode())
        send(shim.pid, "TERM")
        self.assertEqual(self.finish(shim), (0, ""))
        expected = ["ready", *("SIG" + name for name in PASSED), "SIGTERM"]
        self.assertEqual(run.data().decode().splitlines(), expected)

    def test_stop_and_continue_keep_their_defaults(self):
        # In a group of its own: the kernel does not stop a group that nobody in its session outside
        # of it could continue, and without job control that is what the tests run in.
        logd, shim, run = self.start_counting(process_group=0)
        send(shim.pid, "TSTP")
        wait_until(lambda: state_of(shim.pid) == "T", what="a stopped shim")
        self.assertNotEqual(state_of(run.started_pid), "T")
        send(shim.pid, "USR1")
        send(shim.pid, "CONT")
        logd.wait_for_data(run, b"SIGUSR1\n")

    def assert_ignores(self, options=(), **more):
        logd, shim, run = self.start_counting(options, **more)
        for name in (*PASSED, "TERM"):
            send(shim.pid, name)
        send(run.started_pid, "HUP")
        logd.wait_for_data(run, b"SIGHUP\n")
        send(run.started_pid, "TERM")
        self.assertEqual(self.finish(shim), (0, ""))
        self.assertEqual(run.data(), b"ready\nSIGHUP\nSIGTERM\n")

    def test_signals_none_are_ignored(self):
        self.assert_ignores(["--signals", "none"])

    def test_auto_is_none_under_pm2(self):
        self.assert_ignores(env=dict(os.environ, pm_id="3"))

    def test_auto_is_none_under_pm2_by_its_other_variables(self):
        self.assert_ignores(["--signals", "auto"],
                            env=dict(os.environ, PM2_HOME="/root/.pm2", pm_exec_path="/app.js"))

    def test_pm2_home_alone_says_nothing(self):
        logd, shim, run = self.start_counting(env=dict(os.environ, PM2_HOME="/root/.pm2"))
        send(shim.pid, "TERM")
        self.assertEqual(self.finish(shim)[0], 0)

    def test_shim_killed_takes_cmd_down_with_term(self):
        logd, shim, run = self.start_counting()
        shim.kill()
        logd.wait_for_data(run, b"SIGTERM\n")
        wait_until(lambda: has_gone(run.started_pid), what="the end of CMD")
        self.assertEqual(run.data(), b"ready\nSIGTERM\n")

    def test_ignored_int_stays_with_cmd(self):
        logd = self.logd()
        ignore = lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)
        shim = self.start("sh", "-c", "echo ready; read line; echo $line", stdin=subprocess.PIPE,
                          preexec_fn=ignore)
        wait_until_ready(logd, logd.wait_for_run())
        send(shim.pid, "INT")
        shim.stdin.write(b"alive\n")
        self.assertEqual(self.finish(shim)[0], 0)
        self.assertEqual(logd.runs[0].data(), b"ready\nalive\n")

    @unittest.skipUnless(can_unshare(), "needs a pid namespace, which root in a chroot has not")
    def test_as_process_1_it_reaps_and_passes_signals_on(self):
        logd = self.logd()
        script = """
(sh -c 'exit 0' &)
until [ "$(cat /proc/[0-9]*/stat 2>/dev/null | grep -c ' Z ')" = 0 ]; do :; done
trap 'echo got TERM; exit 9' TERM
echo ready
while :; do sleep 1000 & wait $!; done"""
        shim = self.popen(NAMESPACE + self.arguments("run") + ["--", "sh", "-c", script],
                          stderr=subprocess.PIPE)
        run = logd.wait_for_run()
        wait_until_ready(logd, run)
        self.assertEqual(run.started_pid, 2)
        process_1 = int(subprocess.check_output(["pgrep", "-P", str(shim.pid)]))
        send(process_1, "TERM")
        # The sleep that is left behind dies with process 1's end, so nothing holds the pipes.
        run_end = self.finish(shim, 15)
        self.assertEqual(run_end[0], 9)
        self.assertEqual(run.data(), b"ready\ngot TERM\n")


class Terminal:
    """A shell with job control on a terminal of its own, as a person would have."""

    def __init__(self, test, command):
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        test.addCleanup(os.close, self.fd)

    def type(self, text):
        os.write(self.fd, text)

    def wait_for(self, text):
        deadline = time.monotonic() + 10
        while text not in self.seen:
            if not is_readable(self.fd, max(0, deadline - time.monotonic())):
                raise AssertionError("no %r in %r" % (text, self.seen))
            self.seen += os.read(self.fd, 4096)
        self.seen = self.seen.partition(text)[2]


class OnATerminal(ShimTest):
    def quoted(self, *command):
        return shlex.join(self.arguments("run") + ["--", *command]).encode() + b"\n"

    def test_ctrl_c_gives_cmd_exactly_one_int(self):
        logd = self.logd()
        terminal = Terminal(self, self.arguments("run") + ["--", "python3", "-c", COUNT_SIGNALS])
        run = logd.wait_for_run()
        wait_until_ready(logd, run)
        terminal.type(b"\x03")
        logd.wait_for_data(run, b"SIGINT\n")
        # The shim reads its signals in order: once this one is through, the INT is dealt with.
        send(terminal.pid, "USR1")
        logd.wait_for_data(run, b"SIGUSR1\n")
        terminal.type(b"\x1c")
        logd.wait_for_data(run, b"SIGQUIT\n")
        send(terminal.pid, "TERM")
        logd.wait_for_stored(run)
        self.assertEqual(run.data(), b"ready\nSIGINT\nSIGUSR1\nSIGQUIT\nSIGTERM\n")

    def test_ctrl_c_ends_a_command_and_the_shim_says_130(self):
        logd = self.logd()
        terminal = Terminal(self, self.arguments("run") + ["--", "sleep", "1000"])
        run = logd.wait_for_run()
        logd.wait_for(lambda _: run.started_pid, "the start")
        terminal.type(b"\x03")
        _, status = os.waitpid(terminal.pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 130)
        self.assertEqual(run.exited[1:], (-1, 2))

    def test_ctrl_z_stops_both_and_fg_goes_on_reading_the_terminal(self):
        logd = self.logd()
        shell = Terminal(self, ["bash", "--norc", "--noprofile", "-i"])
        shell.type(b"PS1=pro''mpt\n")  # so that what is typed does not look like a prompt
        shell.wait_for(b"prompt")
        script = "echo ready; read a; echo first $a; read b; echo then $b"
        shell.type(self.quoted("sh", "-c", script))
        run = logd.wait_for_run()
        wait_until_ready(logd, run)
        shell.type(b"one\n")
        logd.wait_for_data(run, b"first one\n")
        shim = run.credentials[0]
        shell.type(b"\x1a")
        shell.wait_for(b"prompt")
        wait_until(lambda: state_of(shim) == "T" and state_of(run.started_pid) == "T",
                   what="both are stopped")
        shell.type(b"fg\n")
        wait_until(lambda: "T" not in (state_of(shim), state_of(run.started_pid)), what="fg")
        shell.type(b"two\n")
        shell.wait_for(b"prompt")
        self.assertEqual(run.data(), b"ready\nfirst one\nthen two\n")
        shell.type(b"echo status $?\n")
        shell.wait_for(b"status 0")

    def test_hang_up_reaches_cmd_of_a_shim_that_leads_the_session(self):
        logd = self.logd()
        pid, fd = pty.fork()
        if pid == 0:
            arguments = self.arguments("run") + ["--", "python3", "-c", COUNT_SIGNALS]
            os.execv(arguments[0], arguments)
        run = logd.wait_for_run()
        wait_until_ready(logd, run)
        os.close(fd)
        logd.wait_for_data(run, b"SIGHUP\n")
        send(pid, "TERM")
        logd.wait_for_stored(run)
        self.assertEqual(run.data(), b"ready\nSIGHUP\nSIGTERM\n")

    def test_hang_up_reaches_cmd_once(self):
        logd = self.logd()
        pid, fd = pty.fork()
        if pid == 0:
            leader = "import subprocess, sys; subprocess.run(sys.argv[1:])"
            os.execvp("python3", ["python3", "-c", leader, *self.arguments("run"),
                                  "--", "python3", "-c", COUNT_SIGNALS])
        run = logd.wait_for_run()
        wait_until_ready(logd, run)
        shim = run.credentials[0]
        os.close(fd)
        logd.wait_for_data(run, b"SIGHUP\n")
        send(shim, "USR1")
        logd.wait_for_data(run, b"SIGUSR1\n")
        send(shim, "TERM")
        logd.wait_for_stored(run)
        self.assertEqual(run.data(), b"ready\nSIGHUP\nSIGUSR1\nSIGTERM\n")


if __name__ == "__main__":
    unittest.main()
