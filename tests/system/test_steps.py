#!/usr/bin/env python3
"""Kills between every two steps, that is, before every system call: of a reload, of an import that
writes a file, and of what a copy of a log goes through.

A part of the steps by default, from a random one on; LOGD_TEST_FULL=1 takes all. LOGD_TEST_SEED
repeats a run.
SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
import unittest

import harness
from harness import SandboxTest, children_of, is_readable, wait_until
from shim_testing import has_gone
from stepping import Stepper, can_trace, threads_of
from test_copy_out import copiers
from test_masking_rules import ACME, acme_rule

SEED = int(os.environ.get("LOGD_TEST_SEED", time.time_ns() % 1_000_000))
MOST = 1 << 30 if harness.IS_FULL else 16  # kills of one test

OPENAT = 257  # of x86-64, as the arguments of it below
CREATES = os.O_CREAT


@unittest.skipUnless(can_trace(), "needs ptrace, and x86-64")
class StepsTest(SandboxTest):
    def setUp(self):
        self.random = random.Random(f"{SEED} {self.id()}")
        print(f"{self.id()}: seed {SEED}", file=sys.stderr, flush=True)

    def some(self, steps):
        """Of so many steps all, or some from the first to the last."""
        stride = max(1, -(-steps // MOST))
        return range(self.random.randrange(stride), steps, stride)

    def chosen(self, calls):
        """Of these system calls all, or one of each kind: as (number, how many before it)."""
        met, steps = {}, []
        for call in calls:
            met[call[0]] = met.get(call[0], -1) + 1
            steps.append((call[0], met[call[0]]))
        if harness.IS_FULL:
            return steps
        return [self.random.choice([step for step in steps if step[0] == kind]) for kind in met]

    @staticmethod
    def run_to(held, step, is_over):
        """To this system call; False if it is over before."""
        number, before = step
        met = 0
        while held.run_to(0, is_over):
            if held.calls[-1][0] == number:
                if met == before:
                    return True
                met += 1
        return False

    def report(self, what, killed, steps):
        print(f"  {what}: {killed} kills in {steps} steps", file=sys.stderr, flush=True)


class Reload(StepsTest):
    """logd is killed while it changes over to a file with a FIFO and a rule more, or less."""

    LESS = '[defaults]\nretain = "all"\nmax_total_size = "off"\n'
    MORE = LESS + 'max_size = "64KiB"\n[process.legacy]\nfifo = true\n'

    def begin(self):
        self.box = self.sandbox()
        self.rules = self.box.root / "rules"
        self.rules.mkdir()
        self.has_more = False
        self.write_files(False)
        self.box.start()
        self.program = self.box.run("web", ["cat"], stdin=subprocess.PIPE)
        self.said = []

    def write_files(self, has_more):
        fresh = self.box.root / "logd.toml.new"
        fresh.write_text(f'rules_dir = "{self.rules}"\n' + (self.MORE if has_more else self.LESS))
        fresh.rename(self.box.config)
        rule = self.rules / "acme.toml"
        if has_more:
            rule.write_text(acme_rule())
        elif rule.exists():
            rule.unlink()

    def say(self, count=200):
        lines = [f"{len(self.said) + i} of many" for i in range(count)]
        self.program.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self.program.stdin.flush()
        self.said += lines

    def thread(self, of_worker):
        """The loop, or the thread that reads the files; they start in the same order each time."""
        pid = self.box.daemon.pid
        return threads_of(pid)[self.worker_index] if of_worker else pid

    def step(self, call, of_worker):
        """Kills at this step of a reload; False if there are not so many."""
        held = Stepper(self.thread(of_worker), self.box.daemon.pid)
        path = self.box.root / "logd.err"
        before = path.stat().st_size
        has_more = not self.has_more
        self.write_files(has_more)
        self.say()
        self.box.daemon.send_signal(signal.SIGHUP)
        fifo = self.box.run_dir / "fifo" / "legacy.out"

        def is_over():
            return b" changes" in path.read_bytes()[before:] and fifo.exists() == has_more
        has_met = held.run_to(call, is_over)
        self.calls = held.calls
        if has_met:
            held.kill()
            self.box.daemon.wait()
            self.box.daemon = None
            self.say()
            self.box.start()
        else:
            held.let_go()
        self.has_more = has_more
        return has_met

    def check_in_force(self):
        self.assertEqual(self.box.logctl("reload"), b"nothing has changed\n")
        self.program.stdin.write(f"key {ACME} here\n".encode())
        self.program.stdin.flush()
        self.said.append("key [masked:acme-key] here" if self.has_more else f"key {ACME} here")
        wait_until(lambda: self.last_line() == self.said[-1], 10, f"{self.said[-1]} at the end")
        fifo = self.box.run_dir / "fifo" / "legacy.out"
        wait_until(lambda: fifo.exists() == self.has_more, 20, f"FIFO: {self.has_more}")
        wait_until(lambda: len(self.keepers()) == self.has_more, 20, "as many keepers as FIFOs")
        if self.has_more:
            with open(fifo, "wb", buffering=0) as out:
                out.write(b"through it\n")
            self.legacy += 1
            wait_until(lambda: self.box.raw("legacy").count(b"\n") == self.legacy, 10, "its line")

    def last_line(self):
        return self.box.logctl("tail", "web", "-n", "1", "-o", "raw").decode().rstrip("\n")

    def keepers(self):
        return [pid for pid, line in children_of([os.getpid()]).items()
                if line.startswith("logd-fifo legacy")]

    def steps_of(self, of_worker):
        """How many a reload takes, the longer of both ways."""
        counts = []
        for _ in range(2):
            self.assertFalse(self.step(1 << 30, of_worker))
            self.check_in_force()
            counts.append(len(self.calls))
        return max(counts)

    def kill_everywhere(self, of_worker):
        self.begin()
        self.legacy = 0
        if of_worker:
            self.find_worker()
        steps = self.steps_of(of_worker)
        killed = 0
        for call in self.some(steps):
            for _ in range(2):  # there and back
                killed += self.step(call, of_worker)
                self.check_in_force()
        self.program.stdin.close()
        self.assertEqual(self.box.wait(self.program), 0)
        self.assertEqual(self.box.raw("web").decode().splitlines(), self.said)
        self.report(self.id(), killed, steps)
        self.assertGreater(killed, 0)

    def find_worker(self):
        """By which of the threads opens the configuration."""
        for index, tid in enumerate(threads_of(self.box.daemon.pid)):
            if tid == self.box.daemon.pid:
                continue
            held = Stepper(tid, self.box.daemon.pid)
            path = self.box.root / "logd.err"
            before = path.stat().st_size
            self.box.daemon.send_signal(signal.SIGHUP)
            held.run_to(1 << 30, lambda: b"reload: 0 changes" in path.read_bytes()[before:])
            opened = any(call[0] == OPENAT for call in held.calls)
            held.let_go()
            if opened:
                self.worker_index = index
                return
        self.fail("no thread reads the configuration")

    def test_every_step_of_the_loop(self):
        self.kill_everywhere(of_worker=False)

    def test_every_step_of_the_thread_that_reads(self):
        self.kill_everywhere(of_worker=True)


class Import(StepsTest):
    APPS = json.dumps([{"name": f"app-{i}", "out_file": "/x/" + "y" * 50} for i in range(200)])

    def start(self, *options):
        """An import that is held before its first step."""
        command = [self.box.logctl_program, "import", "pm2", self.apps, "-o", self.target, *options]
        child = self.box.spawn(["sh", "-c", 'kill -STOP $$; exec "$@"', "sh", *command],
                               stderr=subprocess.DEVNULL)
        wait_until(lambda: state_of(child.pid) == "T", 10, "the stop")
        held = Stepper(child.pid)
        os.kill(child.pid, signal.SIGCONT)
        return held

    def test_a_file_is_the_old_one_or_the_new_one(self):
        self.box = self.sandbox()
        self.box.environment["PM2_HOME"] = str(self.box.root)
        (self.box.root / "out").mkdir()
        self.target = self.box.root / "out" / "logd.toml"
        self.apps = self.box.root / "apps.json"
        self.apps.write_text(self.APPS)
        held = self.start()
        first = self.first_creation(held)
        held.run_to(1 << 30)
        whole = self.target.read_bytes()
        self.assertGreater(len(whole), 4000)
        steps = len(held.calls) - first
        killed = 0
        for call in range(steps):  # few: all of them, always
            for old in (None, b"mine\n"):
                killed += self.kill_at(first + call, old, whole)
        self.report(self.id(), killed, steps)
        self.assertGreater(killed, 8)

    def first_creation(self, held):
        """Number of the call that makes the first file."""
        while held.run_to(0):
            number, _, path, flags = held.calls[-1][:4]
            if number == OPENAT and flags & CREATES:
                self.assertTrue(held.path_at(path).startswith(str(self.target)))
                return len(held.calls) - 1
        return self.fail("nothing was written")

    def kill_at(self, call, old, whole):
        for name in os.listdir(self.target.parent):
            (self.target.parent / name).unlink()
        if old is not None:
            self.target.write_bytes(old)
        held = self.start(*(["--force"] if old else []))
        has_met = held.run_to(call)
        held.kill()
        is_there = self.target.exists()
        self.assertIn(self.target.read_bytes() if is_there else None, (old, whole))
        others = [name for name in os.listdir(self.target.parent) if name != self.target.name]
        self.assertLessEqual(len(others), 1)
        for name in others:
            self.assertRegex(name, r"^logd\.toml\.\w{6}$")
        # And the next one does what this one has not.
        self.assertEqual(self.box.logctl("import", "pm2", self.apps, "-o", self.target, "--force",
                                         status=None).returncode, 0)
        self.assertEqual(self.target.read_bytes(), whole)
        return has_met


class CopyOut(StepsTest):
    """Whatever ends in a run with --copy-out, its log is whole and the copy is its beginning."""

    LINES = 400
    SAYS = ("import sys\nsys.stdin.readline()\n"
            f"for number in range({LINES}):\n"
            "    print('out', number, 'x' * 60, flush=number % 10 == 0)\n"
            "    print('err', number, 'x' * 60, file=sys.stderr)\n")

    def setUp(self):
        super().setUp()
        self.box = self.started("[defaults]\nexit_wait = \"30s\"\n")
        self.runs = 0

    def start(self, stopped=False, **options):
        """A run of its own, whose program waits for a line."""
        self.runs += 1
        self.name = f"web{self.runs}"
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                   **options}
        command = [self.box.logctl_program, "run", "--copy-out", self.name, "--", sys.executable,
                   "-c", self.SAYS]
        if stopped:
            command = ["sh", "-c", 'kill -STOP $$; exec "$@"', "sh", *command]
        run = self.box.spawn(command, **options)
        return run

    def stored(self, option):
        return self.box.logctl("tail", self.name, "-n", "all", "-o", "raw", option,
                               status=None).stdout

    def said(self, stream):
        return b"".join(b"%s %d %s\n" % (stream, number, b"x" * 60) for number in range(self.LINES))

    def finish(self, run):
        """What came out of it; `run` may be one whose copier has gone."""
        out, err = run.communicate(b"go\n", timeout=60)
        return out, re.sub(rb"logctl: run: .*\n", b"", err)

    def assert_whole(self):
        self.assertEqual(self.stored("--out"), self.said(b"out"))
        self.assertEqual(self.stored("--err"), self.said(b"err"))

    def assert_beginning(self, out, err):
        self.assertTrue(self.said(b"out").startswith(out), out[-200:])
        self.assertTrue(self.said(b"err").startswith(err), err[-200:])

    def test_every_step_of_the_copier(self):
        # How often it looks for news depends on how busy the machine is.
        steps = min(self.kill_copier(1 << 30) for _ in range(3))
        killed = sum(bool(self.kill_copier(call)) for call in self.some(steps))
        self.report(self.id(), killed, steps)
        self.assertGreater(killed, 0)

    def kill_copier(self, call):
        """Returns the number of steps that were done, 0 if there were not so many."""
        run = self.start()
        wait_until(lambda: self.has_program(run), 20, "the program, and so the copier")
        held = Stepper(copiers()[0])
        run.stdin.write(b"go\n")
        run.stdin.flush()
        has_met = held.run_to(call)
        held.kill()
        out, err = self.finish(run) if has_met else run.communicate(timeout=60)
        self.assertEqual(run.returncode, 0)
        self.assert_whole()
        self.assert_beginning(out, err)
        if not has_met:
            self.assertEqual((out, err), (self.said(b"out"), self.said(b"err")))
            return len(held.calls) if call == 1 << 30 else 0
        return len(held.calls)

    def test_every_step_before_the_program_starts(self):
        """A copier that ends so early is told, and CMD is not started without it."""
        steps = self.kill_new_copier(1 << 30)
        killed = 0
        for call in self.some(steps):
            killed += bool(self.kill_new_copier(call))
        self.report(self.id(), killed, steps)
        self.assertGreater(killed, 0)

    def kill_new_copier(self, call):
        run = self.start(stopped=True)
        wait_until(lambda: state_of(run.pid) == "T", 10, "the stop")
        parent = Stepper(run.pid, until_fork=True)
        os.kill(run.pid, signal.SIGCONT)
        held = parent.take_child()
        has_met = held.run_to(call, lambda: self.has_program(run))
        count = len(held.calls)
        if not has_met:
            held.let_go()
            out, err = self.finish(run)
            self.assertEqual((run.returncode, out, err), (0, self.said(b"out"), self.said(b"err")))
            return count if call == 1 << 30 else 0
        held.kill()
        out, err = self.finish(run)
        if run.returncode == 0:  # it was ready
            self.assert_whole()
            self.assert_beginning(out, err)
        else:
            self.assertEqual((run.returncode, out, err), (1, b"", b""))
            self.assertEqual(self.stored("--out"), b"")
        return count

    def has_program(self, run):
        return any(line.startswith(sys.executable) for line in children_of([run.pid]).values())

    def test_logd_at_every_step(self):
        """Nothing is lost for the copy either: the next logd goes on, and so does the copier."""
        steps = 0
        killed = 0
        for call in self.some(200):
            run = self.start()
            wait_until(copiers, 10, "the copier")
            wait_until(lambda: self.box.segments(self.name), 10, "the log")
            held = Stepper(self.box.daemon.pid)
            run.stdin.write(b"go\n")
            run.stdin.flush()
            has_met = held.run_to(call, lambda: run.poll() is not None)
            if has_met:
                held.kill()
                self.box.daemon.wait()
                self.box.start()
                killed += 1
            else:
                held.let_go()
            steps = max(steps, len(held.calls))
            out, err = run.communicate(timeout=60)
            self.assertEqual((run.returncode, out, err), (0, self.said(b"out"), self.said(b"err")))
            self.assert_whole()
        self.report(self.id(), killed, steps)
        self.assertGreater(killed, 0)

    def test_a_reader_that_goes_at_every_line(self):
        for line in self.some(self.LINES):
            run = self.start()
            run.stdin.write(b"go\n")
            run.stdin.flush()
            got = run.stdout.read(10 * line + 1)
            run.stdout.close()
            run.stdout = None
            _, err = run.communicate(timeout=60)
            self.assertEqual(run.returncode, 0)
            self.assertTrue(self.said(b"out").startswith(got))
            # What the copier says itself comes between two portions of the copy.
            self.assertEqual(re.sub(rb"logctl: run: .*\n", b"", err), self.said(b"err"))
            self.assert_whole()

    def test_the_shim_at_every_step(self):
        killed = 0
        for call in self.some(60):
            run = self.start()
            wait_until(copiers, 10, "the copier")
            wait_until(lambda: self.box.segments(self.name), 10, "the log")
            copier = copiers()[0]
            held = Stepper(run.pid)
            run.stdin.write(b"go\n")
            run.stdin.flush()
            met = held.run_to(call)
            killed += met
            held.kill()
            out, err = run.communicate(timeout=60)
            wait_until(lambda: has_gone(copier), 10, "the end of the copier")
            stored = wait_until(self.stored_to_the_end, 20, "the end of the run")
            self.assertTrue(self.said(b"out").startswith(stored[0]))
            self.assertTrue(self.said(b"err").startswith(stored[1]))
            self.assertTrue(stored[0].startswith(out) and stored[1].startswith(err))
        self.report(self.id(), killed, 60)

    def stored_to_the_end(self):
        """Both streams, once the run is over."""
        status = json.loads(self.box.logctl("status", "--json"))
        runs = [one["runs"] for one in status["processes"] if one["name"] == self.name]
        return runs == [0] and (self.stored("--out"), self.stored("--err"))

    def test_a_terminal_that_is_closed(self):
        for line in self.some(self.LINES):
            ours, theirs = pty.openpty()
            run = self.start(stdout=theirs, stderr=subprocess.DEVNULL, start_new_session=True)
            os.close(theirs)
            run.stdin.write(b"go\n")
            run.stdin.flush()
            got = b""
            while len(got) < 10 * line + 1 and is_readable(ours, 20):
                got += os.read(ours, 4096)
            os.close(ours)
            run.communicate(timeout=60)
            self.assertEqual(run.returncode, 0)
            self.assertTrue(self.said(b"out").startswith(got.replace(b"\r\n", b"\n").rstrip(b"\r")))
            self.assert_whole()


def state_of(pid):
    """The letter of /proc/PID/stat."""
    with open(f"/proc/{pid}/stat", "rb") as stat:
        return stat.read().rpartition(b") ")[2][:1].decode()


if __name__ == "__main__":
    unittest.main()
