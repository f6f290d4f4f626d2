#!/usr/bin/env python3
"""A disk that is full or fails, under each policy of on_disk_full.

A tmpfs of 32 MB is filled by writers of numbered lines; system calls of the daemon fail by strace.
What was stored stays as it was, what was dropped is counted where it is missing, and capture goes
on by itself. Needs root (and strace); skipped otherwise. SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import re
import shutil
import subprocess
import time
import unittest

import harness
from harness import SandboxTest, wait_until

DISK_BYTES = 32 << 20
MEMORY_KB = 96 << 10  # of logd, whatever the disk does
RESUME_SECONDS = 1.0
DROPPED = re.compile(rb"^dropped (\d+) lines, (\d+) bytes on stdout: "
                     rb"the disk did not take them$")
PROCESS = 'min_free = "0"\n[defaults]\nmax_size = "2MiB"\nretain = "all"\ncompress = false\n'


def has_mounts():
    """Whether this user may mount something here."""
    probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"],
                           capture_output=True, check=False)
    return os.geteuid() == 0 and probe.returncode == 0


class DiskTest(SandboxTest):
    def limited(self, config):
        """A logd whose log_dir is a file system of its own."""
        box = self.sandbox(config)
        box.log_dir.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=755", "none",
                        box.log_dir], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", box.log_dir], check=True)
        return box.start()

    def status(self, box, name="web"):
        processes = json.loads(box.logctl("status", "--json"))["processes"]
        return next((one["state"] for one in processes if one["name"] == name), "none")

    def ballast(self, box):
        """Fills the disk to its brim with something that is not ours."""
        path = box.log_dir / "ballast"
        with open(path, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError:
                pass
        return path

    def snapshot(self, box, log="web"):
        """Contents of all segments."""
        found = {}
        for path in sorted((box.log_dir / log).glob("0*")):
            try:
                found[path.name] = path.read_bytes()
            except FileNotFoundError:  # deleted meanwhile
                pass
        return found

    def stays(self, before, after):
        """What was stored is a prefix of what is."""
        for name, contents in before.items():
            if name in after:
                self.assertTrue(after[name].startswith(contents), name)

    def memory_kb(self, box):
        return harness.status_field(box.daemon.pid, "VmHWM")

    def account(self, box, log="web"):
        """(stored, dropped, events) of lines "N ...", which must come in order without a gap."""
        at = stored = dropped = events = 0
        for name, contents in self.snapshot(box, log).items():
            self.assertTrue(contents == b"" or contents.endswith(b"\n"), name)
            for record in contents.splitlines():
                when, _, _, content = record.split(b" ", 3)
                told = DROPPED.match(content) if when.endswith(b"+00:00") else None
                if told:
                    lines = int(told.group(1))
                    at, dropped, events = at + lines, dropped + lines, events + 1
                elif when.endswith(b"Z"):
                    self.assertEqual(int(content.split(b" ")[0]), at, f"in {name}")
                    at, stored = at + 1, stored + 1
        return stored, dropped, events


class Lines:
    """A run of a program that writes numbered lines of 100 bytes and says how many."""

    PROGRAM = ("import os, sys, time\n"
               "rate, box, i = float(sys.argv[1]), sys.argv[2], 0\n"
               "while not os.path.exists(box + '/stop'):\n"
               "    n = max(int(rate / 100), 1)\n"
               "    os.write(1, b''.join(b'%d %s\\n' % (k, b'x' * 90) for k in range(i, i + n)))\n"
               "    i += n\n"
               "    if rate < 1e6: time.sleep(n / rate)\n"
               "open(box + '/written', 'w').write(str(i))\n")

    def __init__(self, box, lines_per_second):
        self.box = box
        self.run = box.run("web", ["python3", "-c", self.PROGRAM, str(lines_per_second),
                                   str(box.root)])

    def end(self):
        """Returns how many lines were written."""
        (self.box.root / "stop").touch()
        assert self.box.wait(self.run) == 0
        return int((self.box.root / "written").read_text())


@unittest.skipUnless(has_mounts(), "needs root and the right to mount")
class FullDisk(DiskTest):
    def resumes(self, box, make_room):
        """Seconds from when there is room until something is stored again."""
        before = box.stored("web")
        make_room()
        begin = time.monotonic()
        wait_until(lambda: box.stored("web") > before, 5, "records after there is room again")
        return time.monotonic() - begin

    def test_a_program_starts_although_there_is_no_room_for_a_new_log(self):
        box = self.limited(PROCESS)
        ballast = self.ballast(box)
        run = box.run("new", ["sh", "-c", "echo a line; exec sleep 60"])
        wait_until(lambda: "new: there can be no log" in box.errors(), 5, "a message")
        time.sleep(1.5)  # a second attempt and more
        self.assertEqual(box.errors().count("there can be no log"), 1)
        self.assertIsNone(run.poll())
        ballast.unlink()
        begin = time.monotonic()
        wait_until(lambda: box.stored("new") > 0, 5, "the line")
        self.assertLess(time.monotonic() - begin, RESUME_SECONDS)
        self.assertEqual(box.raw("new"), b"a line\n")

    def test_room_for_a_new_log_is_made_by_old_segments(self):
        box = self.limited(PROCESS)
        self.assertEqual(box.run_to_end("old", ["head", "-c", "5000000", "/dev/zero"]), 0)
        box.logctl("rotate", "old")
        self.ballast(box)
        self.assertEqual(box.run_to_end("new", ["echo", "a line"]), 0)
        self.assertEqual(box.raw("new"), b"a line\n")

    def test_block_waits_and_loses_nothing(self):
        box = self.limited(PROCESS + 'on_disk_full = "block"\n')
        lines = Lines(box, 1e6)
        wait_until(lambda: "disk full, blocked" in self.status(box), 20, "a full disk")
        before = self.snapshot(box)
        time.sleep(0.5)
        self.assertEqual(box.segments("web")[0][:10], "0000000001")
        self.assertLess(self.memory_kb(box), MEMORY_KB)
        took = self.resumes(box, lambda: subprocess.run(
            ["mount", "-o", f"remount,size={DISK_BYTES * 2}", box.log_dir], check=True))
        self.assertLess(took, RESUME_SECONDS)
        written = lines.end()
        self.stays(before, self.snapshot(box))
        self.assertEqual(self.account(box), (written, 0, 0))
        self.assertEqual(self.status(box), "ok")

    def test_prune_goes_on_and_deletes_the_oldest_only(self):
        box = self.limited(PROCESS)
        lines = Lines(box, 1e6)
        wait_until(lambda: box.segments("web") and box.segments("web")[0][:10] > "0000000020", 30,
                   "segments that go")
        before = self.snapshot(box)
        written = lines.end()
        after = self.snapshot(box)
        self.stays(before, after)
        numbers = [int(name[:10]) for name in after]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        at = None
        for contents in after.values():
            for record in contents.splitlines():
                when, _, _, content = record.split(b" ", 3)
                if when.endswith(b"Z"):
                    number = int(content.split(b" ")[0])
                    self.assertIn(at, (None, number - 1))
                    at = number
        self.assertEqual(at, written - 1)
        self.assertLess(self.memory_kb(box), MEMORY_KB)
        self.assertIn("the disk is full", box.errors())

    def test_drop_counts_every_line_where_it_is_missing(self):
        box = self.limited(PROCESS + 'on_disk_full = "drop"\n')
        lines = Lines(box, 20_000)
        wait_until(lambda: box.stored("web") > 1 << 20, 20, "lines")
        for _ in range(3):
            ballast = self.ballast(box)
            wait_until(lambda: "disk full, lines are dropped" in self.status(box), 10, "dropping")
            before = self.snapshot(box)
            time.sleep(0.3)
            self.assertLess(self.resumes(box, ballast.unlink), RESUME_SECONDS)
            self.stays(before, self.snapshot(box))
        self.ballast(box)
        wait_until(lambda: "lines are dropped" in self.status(box), 10, "dropping")
        box.kill()
        box.start()
        wait_until(lambda: "lines are dropped" in self.status(box), 10, "dropping after a kill")
        (box.log_dir / "ballast").unlink()
        written = lines.end()
        stored, dropped, events = self.account(box)
        self.assertEqual(stored + dropped, written)
        self.assertGreater(dropped, 0)
        self.assertGreaterEqual(events, 4)
        self.assertLess(self.memory_kb(box), MEMORY_KB)

    def test_a_program_that_starts_on_a_full_disk_does_not_wait(self):
        box = self.limited(PROCESS + 'on_disk_full = "drop"\nexit_wait = "100ms"\n')
        self.assertEqual(box.run_to_end("web", ["true"]), 0)  # the name has an owner
        ballast = self.ballast(box)
        run = box.run("web", ["sh", "-c", "seq 0 99999; touch " + str(box.root / "done")])
        wait_until((box.root / "done").exists, 10, "the end of the program")
        ballast.unlink()
        wait_until(lambda: b"exited run 2" in box.raw("web", "--events"), 5, "the exit event")
        box.wait(run)
        self.assertEqual(sum(self.account(box)[:2]), 100_000)
        events = box.raw("web", "--events").splitlines()
        self.assertIn(b"started run 2", events[2])
        self.assertIn(b"exited run 2", events[-1])


class Rate(SandboxTest):
    def test_what_is_over_max_rate_is_counted_in_place(self):
        box = self.started('[process.web]\nmax_rate = 1000\n[process.calm]\nmax_rate = 1000\n')
        self.assertEqual(box.run_to_end("calm", ["seq", "1000"]), 0)
        self.assertEqual(box.raw("calm").count(b"\n"), 1000)
        command = ["sh", "-c", "seq 5000; sleep 1.2; seq 5001 5100"]
        self.assertEqual(box.run_to_end("web", command), 0)
        # On a busy machine the first ones may take longer than a second, and more of them fit.
        stored, gap = 0, None
        for line in box.raw("web", "--events").splitlines():
            if line.isdigit():
                lost = range(stored + 1, int(line))
                told = (len(lost), sum(len(str(number)) + 1 for number in lost)) if lost else None
                self.assertEqual(gap, told, line)
                stored, gap = int(line), None
            elif found := re.search(rb"dropped (\d+) lines?, (\d+) bytes on stdout: over max_rate",
                                    line):
                self.assertGreaterEqual(stored, 1000)
                gap = tuple(map(int, found.groups()))
        self.assertEqual(stored, 5100)
        self.assertLess(box.raw("web").count(b"\n"), 5100)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("strace"), "needs root and strace")
class Faults(DiskTest):
    """Each system call of the store fails in turn, for a moment, while lines come."""

    CALLS = ("pwrite64", "openat,openat2", "renameat,renameat2", "unlinkat", "fdatasync",
             "ftruncate")

    def place(self, box):
        newest = box.segments("web")[-1]
        return newest, (box.log_dir / "web" / newest).stat().st_size

    def test_every_call_that_fails_costs_nothing(self):
        box = self.started('[defaults]\nmax_size = "16KiB"\nretain = "all"\nsync = "50ms"\n'
                           'keep_plain = 2\non_disk_full = "block"\n')
        lines = Lines(box, 2000)
        wait_until(lambda: box.stored("web") > 40_000, 10, "lines")
        for calls in self.CALLS:
            for error in ("EIO", "ENOSPC"):
                before = {name: contents for name, contents in self.snapshot(box).items()
                          if name.endswith(".log")}
                tracer = subprocess.Popen(
                    ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e",
                     f"inject={calls}:error={error}:when=1..6", "-p", str(box.daemon.pid)],
                    stderr=subprocess.DEVNULL)
                time.sleep(0.7)
                tracer.terminate()
                tracer.wait()
                self.assertIsNone(box.daemon.poll(), f"{calls} {error}: {box.errors()}")
                # Not bytes on disk, which shrink when archiving goes on, too.
                place = self.place(box)
                wait_until(lambda place=place: self.place(box) > place, 3,
                           f"{calls} {error}: lines")
                after = self.snapshot(box)
                self.stays(before, after)
        written = lines.end()
        self.assertEqual([line.split(b" ")[0] for line in box.raw("web").splitlines()],
                         [b"%d" % i for i in range(written)])
        self.assertLess(self.memory_kb(box), MEMORY_KB)

    def test_drop_counts_what_io_errors_cost(self):
        for error in ("EIO", "EROFS"):
            box = self.started('[defaults]\non_disk_full = "drop"\n')
            lines = Lines(box, 2000)
            wait_until(lambda box=box: box.stored("web") > 40_000, 10, "lines")
            before = self.snapshot(box)
            tracer = subprocess.Popen(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e",
                 f"inject=pwrite64:error={error}", "-p", str(box.daemon.pid)],
                stderr=subprocess.DEVNULL)
            wait_until(lambda box=box: "cannot store, lines are dropped" in self.status(box), 10,
                       "dropping")
            self.assertLess(self.memory_kb(box), MEMORY_KB)
            tracer.terminate()
            tracer.wait()
            wait_until(lambda box=box: self.status(box) == "ok", RESUME_SECONDS, "records again")
            written = lines.end()
            stored, dropped, _ = self.account(box)
            self.assertGreater(dropped, 0)
            self.assertEqual(stored + dropped, written)
            self.stays(before, self.snapshot(box))


if __name__ == "__main__":
    unittest.main()
