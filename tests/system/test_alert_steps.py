#!/usr/bin/env python3
"""Kills logd between every two steps of telling an alert, that is, before every system call: of the
thread that looks at lines, of the one that tells, and of what becomes a command or logd-webhook;
and stops it so after a reload.

At each kind of step once by default; LOGD_TEST_FULL=1 takes all. LOGD_TEST_SEED repeats a run.
SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import os
import signal
import unittest

import harness
from alert_testing import AlertTest
from harness import children_of, json_lines, wait_until
from stepping import Stepper, threads_of
from test_steps import StepsTest

# Of x86-64.
READ, WRITE, EXECVE, WAIT4, PIPE2, MEMFD_CREATE, PIDFD_OPEN = 0, 1, 59, 61, 293, 319, 434
POLL, FUTEX, OPENAT = 7, 202, 257
SPAWNS = {56, 435}  # clone, clone3
LOOKS = {17, 257, 262}  # pread64, openat, newfstatat
ALL = 1 << 30


class Steps(StepsTest, AlertTest):
    def setUp(self):
        super().setUp()
        self.hook = self.receiver()
        self.box = self.sandbox()
        self.page = self.script(self.box, 'cat >> "$0.in"\n')
        self.write_config()
        self.box.start()
        self.program = self.speaker(self.box, "web")
        self.said = []
        self.killed_at = set()
        self.lines(boom=True)
        wait_until(self.is_told, 15, "the first alert")
        self.find_threads()
        # At rest, as each that follows will be.
        self.kill_and_start()
        self.own = {self.program.pid, *children_of([self.program.pid])}
        self.at_rest = self.descriptors()

    def write_config(self, more=""):
        told = 'process = "web"\nmatch = "^boom"\ncooldown = "0s"\nlines = 1\n'
        self.box.config.write_text('[defaults]\nretain = "all"\n'
                                   f'[alert.hook]\n{told}webhook = "{self.hook.url()}"\n'
                                   f'[alert.page]\n{told}command = ["{self.page}"]\n' + more)

    # --- what is said, and what is told

    def lines(self, boom, count=20):
        """Says some lines; the last one is to be told, or not."""
        fresh = [f"line {len(self.said) + i} of many" for i in range(count)]
        if boom:
            fresh.append(f"boom {len(self.said) + count}")
        self.say(self.program, *fresh)
        self.said += fresh

    def told(self):
        """The lines that the webhook was told of, and those that the command was."""
        return [[alert["lines"][-1]["message"] for alert in alerts]
                for alerts in (self.hook.alerts(), json_lines(f"{self.page}.in"))]

    def is_told(self):
        """Of the last line, by both, and who told it has gone and was reaped."""
        return (all(self.said[-1] in told for told in self.told())
                and not children_of([self.box.daemon.pid]))

    def is_stored(self):
        return self.box.raw("web").decode().splitlines() == self.said

    # --- logd and what it has

    def threads(self):
        return threads_of(self.box.daemon.pid)

    def find_threads(self):
        """By which of the threads makes what a program gets as its input; they start in the same
        order each time, and the one that looks at lines comes next."""
        for index in range(len(self.threads())):
            if any(call[0] == MEMFD_CREATE for call in self.calls_of(index)):
                self.sender, self.watch = index, index + 1
                return
        self.fail("no thread tells alerts")

    @contextlib.contextmanager
    def held(self, thread, **options):
        made = Stepper(self.threads()[thread], self.box.daemon.pid, **options)
        try:
            yield made
        finally:
            made.let_go()

    def calls_of(self, thread):
        """What it calls until an alert is told."""
        with self.held(thread) as held:
            self.lines(boom=True)
            held.run_to(ALL, self.is_told)
        return held.calls

    def descriptors(self):
        """What logd has open, by kind."""
        folder = f"/proc/{self.box.daemon.pid}/fd"
        kinds = []
        for name in os.listdir(folder):
            try:
                kinds.append(os.readlink(f"{folder}/{name}").split(":")[0])
            except OSError:
                pass
        return sorted(kinds)

    def others(self):
        """Processes, zombies among them, that are neither logd nor the program and its shim."""
        found = children_of([os.getpid()])
        known = self.own | {self.box.daemon.pid}
        for pid in set(found) - known:
            try:
                os.waitpid(pid, os.WNOHANG)  # what logd has left behind is ours when it ends
            except ChildProcessError:
                pass
        return {pid: line for pid, line in found.items() if pid not in known}

    def kill_and_start(self, before_start=lambda: None):
        self.box.kill()
        self.lines(boom=True)  # nobody is there to store it
        before_start()
        self.box.start()
        wait_until(self.is_told, 20, "the next alert")

    def check(self):
        """Nothing is lost, told twice or left behind."""
        self.assertEqual(self.box.raw("web").decode().splitlines(), self.said)
        for told in self.told():
            self.assertEqual(len(set(told)), len(told))
        wait_until(lambda: not self.others(), 15, f"the end of {self.others()}")
        wait_until(lambda: self.descriptors() == self.at_rest, 10,
                   f"{self.at_rest} for {self.descriptors()}")
        self.assertEqual(super().check(self.box)["status"], "ok")

    # --- the kills

    def kill_everywhere(self, thread):
        calls = self.calls_of(thread)
        self.check()
        steps = self.chosen(calls)
        killed = 0
        for step in steps:
            is_killed = self.kill_at(thread, step)
            # How often a call of this kind is made may differ; the first one comes each time.
            if not is_killed and step[0] not in self.killed_at:
                is_killed = self.kill_at(thread, (step[0], 0))
            killed += is_killed
        self.report(self.id(), killed, len(calls))
        # Some, such as a wait that was not needed, come only at times.
        self.assertGreater(2 * killed, len(steps))

    def kill_at(self, thread, step):
        with self.held(thread) as held:
            self.lines(boom=True)
            has_met = self.run_to(held, step, self.is_told)
            if has_met:
                # Whoever stands still there does not hold up capture.
                wait_until(self.is_stored, 10, "the lines")
                held.kill()
                self.killed_at.add(step[0])
                self.kill_and_start()
        self.check()
        return has_met

    def test_each_step_of_the_thread_that_looks(self):
        self.kill_everywhere(self.watch)
        self.assertLessEqual(LOOKS, self.killed_at)

    def test_each_step_of_the_thread_that_tells(self):
        self.kill_everywhere(self.sender)
        self.assertLessEqual({READ, WRITE, MEMFD_CREATE, PIPE2, PIDFD_OPEN, WAIT4}, self.killed_at)
        self.assertTrue(SPAWNS & self.killed_at)

    def test_each_step_of_what_becomes_a_program(self):
        """It is a copy of logd until then."""
        with self.spawned() as held:
            while not held.calls or held.calls[-1][0] != EXECVE:
                self.assertTrue(held.run_to(0))
        wait_until(self.is_told, 15, "an alert")
        steps = self.chosen(held.calls)
        for step in steps:
            with self.spawned() as held:
                self.assertTrue(self.run_to(held, step, self.is_told))
                self.kill_and_start(before_start=held.let_go)
            self.check()
        self.report(self.id(), len(steps), len(held.calls))

    @contextlib.contextmanager
    def spawned(self):
        """What is to be a command or logd-webhook, before its first step."""
        with self.held(self.sender, until_fork=True) as parent:
            self.lines(boom=True)
            child = parent.take_child()
        try:
            yield child
        finally:
            child.let_go()

    # --- reloads

    def test_a_reload_that_is_taken_late(self):
        """What is stored behind it counts for its rules, also where there were none."""
        own = self.box.config.read_text()
        more = (f'[alert.more]\nprocess = "w*"\nmatch = "^boom"\ncooldown = "0s"\nlines = 1\n'
                f'webhook = "{self.hook.url("/more")}"\n')
        for before in (own, ""):
            self.box.config.write_text(before)
            self.box.logctl("reload", status=None)
            with self.held(self.watch):
                self.box.config.write_text(before + more)
                self.assertIn(b"[alert.more]", self.box.logctl("reload"))
                self.lines(boom=True)
                wait_until(self.is_stored, 10, "the lines")
            wait_until(lambda: self.said[-1] in [
                alert["lines"][-1]["message"] for alert in self.hook.alerts()
                if alert["alert"] == "more"], 15, f"the new alert, after {before}")

    # --- stops

    def test_a_stop_at_each_step_after_a_reload(self):
        """A rule about another process makes it look for its place anew."""
        with self.held(self.watch) as held:
            self.reload()
            while held.run_to(0):
                kinds = [call[0] for call in held.calls]
                if kinds[-1] == POLL and OPENAT in kinds:
                    break
        steps = len(held.calls)
        for call in self.some(steps):
            self.stop_at(call)
        self.report(self.id(), len(self.some(steps)), steps)

    def reload(self):
        self.has_more = not getattr(self, "has_more", False)
        self.write_config(
            '[alert.more]\nprocess = "other"\nlevel = "fatal"\ncommand = ["/bin/true"]\n'
            if self.has_more else "")
        self.assertIn(b"[alert.more]", self.box.logctl("reload"))

    def stop_at(self, call):
        said = len((self.box.root / "logd.err").read_bytes())
        daemon = self.box.daemon
        with self.held(self.watch) as held:
            self.reload()
            self.assertTrue(held.run_to(call))
            self.lines(boom=True)
            wait_until(self.is_stored, 10, "the lines")
            daemon.send_signal(signal.SIGTERM)
            wait_until(lambda: self.is_waited_for(held), 10, "the wait for that thread")
        self.assertEqual(self.box.wait(daemon), 0)
        words = (self.box.root / "logd.err").read_bytes()[said:]
        # On a busy machine there may be no time left for it: then that is said.
        self.assertTrue(all(self.said[-1] in told for told in self.told()) or
                        b"alerts that were not told" in words or
                        b"stops before alerts have looked at all" in words, words)
        self.box.start()
        self.lines(boom=True)
        wait_until(self.is_told, 15, "the next alert")
        self.check()

    def is_waited_for(self, held):
        """Whether the loop waits for the end of this thread."""
        with open(f"/proc/{held.pid}/syscall", encoding="ascii") as file:
            call = file.read().split()
        return call[0] == str(FUTEX) and int(call[3], 16) == held.tid


if __name__ == "__main__":
    unittest.main()
