#!/usr/bin/env python3
"""`logctl mask --rewrite`: what was stored before a rule was there is masked, and nobody is
disturbed.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import os
import random
import re
import signal
import subprocess
import sys
import time
import unittest

import harness
from harness import SandboxTest, wait_until
from tail_testing import Follower

DONE, FAILED, USAGE, NO_SUCH, NO_PERMISSION, DAMAGE = 0, 1, 2, 4, 6, 7
OFF = 'defaults = { retain = "all", max_size = "%s", masking = { mode = "off" } }\n'
ON = 'defaults = { retain = "all", max_size = "%s" }\n'
SECRET = b"S3cr3t"
NAME = "%010d-20261121T2200%02dZ%s"

# Prints numbered lines, each tenth with a secret, and goes on slowly until its input ends.
WRITER = """
import os, select, sys
at_once, sent = int(sys.argv[1]), 0
def line(n):
    return "line %06d of the log%s\\n" % (n, ", password=S3cr3t%06dxYz" % n if n % 10 == 0 else "")
while not select.select([0], [], [], 0.002 if sent >= at_once else 0)[0]:
    count = at_once or 1 if sent == 0 else 3
    sys.stdout.write("".join(line(n) for n in range(sent, sent + count)))
    sys.stdout.flush()
    sent += count
print("sent", sent)
"""


def records(first, count, secret_every=10):
    """Records of both streams, some with a secret."""
    made = []
    for number in range(first, first + count):
        text = b"line %06d of the log" % number
        if number % secret_every == 0:
            text += b", password=S3cr3t%06dxYz" % number
        stream = b"stderr" if number % 7 == 3 else b"stdout"
        made.append(b"2026-11-21T22:%02d:%02d.%09dZ %s F %s\n" % (
            number // 60_000 % 60, number // 1000 % 60, number, stream, text))
    return b"".join(made)


def is_kept(before, after):
    """True if `after` holds the records of `before`, with other words at most where secrets are."""
    old, new = before.splitlines(), after.splitlines()
    return len(old) == len(new) and all(
        a == b if SECRET not in a else a[:60] == b[:60] for a, b in zip(old, new))


class RewriteTest(SandboxTest):
    def bytes_of(self, log):
        """Everything below a log's directory, inflated."""
        found = {}
        for path in (self.box.log_dir / log).iterdir():
            if path.is_symlink() or not path.is_file():
                continue
            data = path.read_bytes()
            found[path.name] = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        return found

    def rewrite(self, *arguments, status=DONE):
        return self.box.logctl("mask", "--rewrite", *arguments, status=status).decode().splitlines()

    def cri(self, log, status=DONE):
        return self.box.logctl("tail", log, "-n", "all", "-o", "cri", status=status)


class WithDaemon(RewriteTest):
    def wait_for(self, line):
        wait_until(lambda: line in self.box.logctl("tail", "web", "-n", "200", status=None).stdout,
                   what=line)

    def test_beside_a_program_and_its_readers(self):
        self.box = self.sandbox(OFF % "64KiB")
        self.box.start()
        writer = self.box.run("web", [sys.executable, "-c", WRITER, "12000"],
                              stdin=subprocess.PIPE)
        self.wait_for(b"line 012100")
        self.box.stop()
        self.box.config.write_text(ON % "64KiB")
        self.box.start()
        self.box.logctl("rotate", "web")
        # In the middle of a segment of long ago, since nobody reads what it prints.
        stuck = self.box.spawn([harness.LOGCTL, "tail", "-f", "web", "-n", "all", "-o", "raw"],
                               stdout=subprocess.PIPE)
        quick = Follower(self, "web", "-n", "all", "-o", "raw")
        quick.read(lambda output: b"line 012100" in output)
        before = self.cri("web")
        self.assertIn(SECRET, before)
        with open(self.box.log_dir / "web" / sorted(self.bytes_of("web"))[1], "rb") as kept_open:
            lines = self.rewrite("web")
            self.assertRegex(lines[-1], r"^rewrote [1-9]\d* segments, .*: [1-9]\d* lines changed, ")
            # Who has the old file open is not disturbed.
            self.assertGreater(len(kept_open.read()), 0)
        late = Follower(self, "web", "-n", "all", "-o", "raw")
        count_before = before.count(b" stdout F line ")
        time.sleep(0.3)
        writer.stdin.close()
        sent = int(self.box.wait(writer) == 0 and
                   re.search(rb"sent (\d+)", self.cri("web")).group(1))
        self.assertGreater(sent, count_before)
        end = b"sent %d\n" % sent
        wanted = [b"%06d" % number for number in range(sent)]
        for follower in (quick, late):
            follower.read(lambda output: output.endswith(end))
            self.assertEqual(wanted, re.findall(rb"^line (\d+) ", follower.stop(), re.M))
        self.assertNotIn(SECRET, late.output)
        read = b""
        while not read.endswith(end):
            read += os.read(stuck.stdout.fileno(), 65536)
        self.assertEqual(wanted, re.findall(rb"^line (\d+) ", read, re.M))

        after = self.cri("web")
        self.assertTrue(is_kept(before, after[:sum(map(len, after.splitlines(True)[
            :before.count(b"\n")]))]))
        for name, data in self.bytes_of("web").items():
            self.assertNotIn(SECRET, data, name)
            self.assertFalse(name.endswith(".tmp"), name)
        self.assertIn(b"no damage", self.box.logctl("verify", "web"))
        # Nothing to do the second time; nor for the next daemon.
        self.assertIn("rewrote 0 segments", self.rewrite("web")[-1])
        self.box.stop()
        self.box.start()
        self.assertEqual(after, self.cri("web")[:len(after)])
        self.assertFalse([name for name in self.bytes_of("web") if name.endswith(".bad")])

    def test_beside_rotation_and_archiving(self):
        self.box = self.sandbox(OFF % "16KiB")
        self.box.start()
        writer = self.box.run("web", [sys.executable, "-c", WRITER, "3000"], stdin=subprocess.PIPE)
        self.wait_for(b"line 003100")
        # The daemon goes on with its rules: what it stores meanwhile is not masked.
        self.box.environment["LOGD_CONFIG"] = str(self.box.root / "on.toml")
        (self.box.root / "on.toml").write_text(ON % "16KiB")
        follower = Follower(self, "web", "-n", "all", "-o", "raw")
        for _ in range(12):
            self.box.logctl("rotate", "web")
            self.rewrite("web")
        self.box.logctl("rotate", "web")
        writer.stdin.close()
        self.assertEqual(0, self.box.wait(writer))
        self.box.logctl("rotate", "web")
        self.rewrite("web")
        follower.read(lambda output: b"\nsent " in output and output.endswith(b"\n"))
        sent = int(re.search(rb"sent (\d+)", self.cri("web")).group(1))
        wanted = [b"%06d" % number for number in range(sent)]
        self.assertEqual(wanted, re.findall(rb"^line (\d+) ", follower.stop(), re.M))
        self.assertEqual(wanted, re.findall(rb"stdout F line (\d+) ", self.cri("web")))
        wait_until(lambda: not any(name.endswith(".tmp") for name in self.bytes_of("web")))
        for name, data in self.bytes_of("web").items():
            self.assertNotIn(SECRET, data, name)
        self.assertIn(b"no damage", self.box.logctl("verify", "web"))


class Files(RewriteTest):
    """A log of three archives, a closed plain segment and the active one; no daemon."""

    COUNT = 8000

    def setUp(self):
        self.box = self.sandbox(ON % "10MiB")
        self.log = self.box.log_dir / "web"
        self.log.mkdir(parents=True)
        self.write()

    def write(self):
        for path in self.log.iterdir():
            path.unlink()
        for number in range(1, 6):
            every = 10 if number != 2 else 10**9  # no secrets in the second
            self.path(number).write_bytes(records(number * 10_000, self.COUNT, every))
        for number in (1, 2, 3):
            subprocess.run([harness.tool("archive_tool"), "write", "6", self.path(number),
                            self.path(number, ".log.gz")], check=True, capture_output=True,
                           timeout=60)
            self.path(number).unlink()

    def path(self, number, ending=".log"):
        return self.log / (NAME % (number, number, ending))

    def marks(self):
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
                for path in self.log.iterdir()}

    def test_what_it_says_and_does(self):
        before, marks = self.cri("web"), self.marks()
        os.chmod(self.path(1, ".log.gz"), 0o604)
        if os.geteuid() == 0:
            os.chown(self.path(1, ".log.gz"), 61002, 61003)
        changed = self.COUNT // 10
        said = [f"web/{self.path(1, '.log.gz').name}: {changed} lines changed, {changed} masks",
                f"web/{self.path(3, '.log.gz').name}: {changed} lines changed, {changed} masks",
                f"web/{self.path(4).name}: {changed} lines changed, {changed} masks",
                f"web/{self.path(5).name}: left out, it is the active one; first: "
                "logctl rotate web"]
        dry = self.rewrite("--dry-run", "web")
        self.assertEqual([line.replace(f": {changed} ", f": would be {changed} ") for line in said],
                         dry[:-1])
        self.assertEqual(marks, self.marks())
        lines = self.rewrite("w*")
        self.assertEqual(said + [f"rewrote 3 segments, 1 without need, 1 left out: {3 * changed} "
                                 f"lines changed, {3 * changed} masks"], lines)
        self.assertEqual(marks[self.path(2, ".log.gz").name],
                         self.marks()[self.path(2, ".log.gz").name])
        self.assertEqual({self.path(n, ".log.gz" if n < 5 else ".log").name for n in range(1, 6)},
                         set(self.marks()))
        status = self.path(1, ".log.gz").stat()
        self.assertEqual(0o604, status.st_mode & 0o7777)
        if os.geteuid() == 0:
            self.assertEqual((61002, 61003), (status.st_uid, status.st_gid))
        self.assertTrue(is_kept(before, self.cri("web")))
        for name, data in self.bytes_of("web").items():
            self.assertEqual(name == self.path(5).name, SECRET in data, name)
        again = self.marks()
        self.assertIn("rewrote 0 segments, 4 without need", self.rewrite("web")[-1])
        self.assertEqual(again, self.marks())

    def test_since(self):
        marks = self.marks()
        # The second of the third segment's first line.
        self.assertIn("rewrote 2 segments", self.rewrite("web", "--since",
                                                         "2026-11-21T22:00:30Z")[-1])
        self.assertEqual(marks[self.path(1, ".log.gz").name],
                         self.marks()[self.path(1, ".log.gz").name])

    def test_damage_is_left(self):
        archive = self.path(1, ".log.gz")
        data = bytearray(archive.read_bytes())
        data[2000] ^= 1
        archive.write_bytes(data)
        with open(self.path(4), "ab") as file:
            file.write(b"no record\n")
        plain = self.path(4).read_bytes()
        lines = self.rewrite("web", status=DAMAGE)
        self.assertTrue(lines[0].startswith(f"web/{archive.name}: damaged, left as it is: "), lines)
        self.assertIn(f"web/{self.path(4).name}: damaged, left as it is: what stands at byte ",
                      lines[2])
        self.assertEqual(bytes(data), archive.read_bytes())
        self.assertEqual(plain, self.path(4).read_bytes())
        # The others are masked all the same.
        self.assertNotIn(SECRET, gzip.decompress(self.path(3, ".log.gz").read_bytes()))

    def test_a_segment_before_an_empty_one_may_still_be_written_to(self):
        self.path(5).write_bytes(b"")
        lines = self.rewrite("web")
        self.assertIn(f"web/{self.path(4).name}: left out, it is the active one", lines[2])
        self.assertIn("rewrote 2 segments, 1 without need, 1 left out", lines[-1])

    def test_other_programs_archives_and_those_there_twice(self):
        plain = records(10_000, self.COUNT)
        self.path(1, ".log.gz").write_bytes(gzip.compress(plain))
        self.path(3).write_bytes(gzip.decompress(self.path(3, ".log.gz").read_bytes()))
        before = self.cri("web")
        self.assertIn("rewrote 3 segments", self.rewrite("web")[-1])
        self.assertFalse(self.path(3).exists())
        self.assertTrue(is_kept(before, self.cri("web")))
        self.assertIn(b"no damage", self.box.logctl("verify"))

    def test_exit_status(self):
        self.rewrite(status=USAGE)
        self.rewrite("web", "--since", "then", status=USAGE)
        self.rewrite("web", "--explain", status=USAGE)
        self.rewrite("web", "--packs", "nothing", status=USAGE)
        self.rewrite("nothing", status=NO_SUCH)
        self.box.logctl("mask", "web", status=USAGE)
        self.box.config.write_text(OFF % "10MiB")
        lines = self.rewrite("web")
        self.assertEqual("web: left as it is: its masking is off", lines[0])
        self.assertIn("rewrote 3 segments", self.rewrite("web", "--packs", "default")[-1])

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_who_may(self):
        programs = self.box.root / "bin"
        programs.mkdir()
        subprocess.run(["cp", harness.LOGCTL, programs], check=True)
        self.box.logctl_program = str(programs / "logctl")
        for path in self.log.iterdir():
            os.chmod(path, 0o644)
        marks = self.marks()
        self.box.environment["HOME"] = str(self.box.root)
        user = ["setpriv", "--reuid=61002", "--regid=61002", "--clear-groups"]
        done = self.box.logctl("mask", "--rewrite", "web", prefix=user, status=None)
        self.assertEqual(NO_PERMISSION, done.returncode, done.stderr)
        self.assertIn(b"web: only root and logd's user may rewrite", done.stderr)
        self.assertEqual(marks, self.marks())
        self.box.logctl("mask", "--rewrite", "web", "--dry-run", prefix=user)

    def test_one_at_a_time(self):
        first = self.box.spawn([harness.LOGCTL, "mask", "--rewrite", "web"],
                               stdout=subprocess.PIPE)
        temporary = wait_until(lambda: list(self.log.glob("*.rewrite.tmp")))
        first.send_signal(signal.SIGSTOP)
        self.assertTrue(temporary)
        done = self.box.logctl("mask", "--rewrite", "web", status=FAILED, seconds=20)
        self.assertIn(b"rewrote 0 segments", done)
        first.send_signal(signal.SIGCONT)
        self.assertEqual(DONE, self.box.wait(first))

    def test_killed_at_any_moment(self):
        before = self.cri("web")
        started = time.monotonic()
        self.rewrite("web")
        length = time.monotonic() - started
        self.write()
        numbers = random.Random(os.getpid())
        kills = 0
        for _ in range(40 if harness.IS_FULL else 20):
            logctl = self.box.spawn([harness.LOGCTL, "mask", "--rewrite", "web"],
                                    stdout=subprocess.DEVNULL)
            time.sleep(numbers.random() * length)
            kills += logctl.poll() is None
            logctl.kill()
            logctl.wait()
            self.assertTrue(is_kept(before, self.cri("web")))
            self.assertIn(b"no damage", self.box.logctl("verify"))
            if self.path(4, ".log.gz").exists():
                self.write()
        self.assertGreater(kills, 5)
        self.rewrite("web")
        self.assertTrue(is_kept(before, self.cri("web")))
        for name, data in self.bytes_of("web").items():
            self.assertFalse(name.endswith(".tmp"), name)
            self.assertEqual(name == self.path(5).name, SECRET in data, name)


if __name__ == "__main__":
    unittest.main()
