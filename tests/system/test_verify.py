#!/usr/bin/env python3
"""`logctl verify`, `du` and `ls` of logs with archives: what they find in the files, daemon or not.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import json
import os
import subprocess
import unittest

import harness
from harness import SandboxTest, wait_until

DONE, USAGE, NO_SUCH, NO_PERMISSION, DAMAGE = 0, 2, 4, 6, 7
LINE = b"2026-11-21T22:00:%02d.%09dZ stdout F line %d of a log that nobody reads\n"
NAME = "%010d-20261121T22000%dZ%s"
SIZE = 600_000


def records(count, first=0):
    return b"".join(LINE % (number // 100_000, number, number)
                    for number in range(first, first + count))


class FilesTest(SandboxTest):
    """A log `web` of two archives, a closed segment and the active one; no daemon."""

    def setUp(self):
        self.box = self.sandbox()
        self.log = self.box.log_dir / "web"
        self.log.mkdir(parents=True)
        self.segments = [records(SIZE // len(LINE), 0), records(SIZE // len(LINE), 20_000),
                         records(100, 40_000), records(10, 50_000)]
        for number, contents in enumerate(self.segments, 1):
            self.path(number).write_bytes(contents)
        for number in (1, 2):
            self.archive(number)

    def path(self, number, ending=".log"):
        return self.log / (NAME % (number, number, ending))

    def archive(self, number):
        archive = self.path(number, ".log.gz")
        subprocess.run([harness.tool("archive_tool"), "write", "6", self.path(number), archive],
                       check=True, capture_output=True, timeout=60)
        self.path(number).unlink()
        return archive

    def verify(self, *arguments, status=DONE):
        return self.box.logctl("verify", *arguments, status=status).decode().splitlines()


class Verify(FilesTest):
    def test_all_is_well(self):
        size = sum(path.stat().st_size for path in self.log.iterdir())
        lines = self.verify()
        self.assertEqual(1, len(lines))
        self.assertRegex(lines[0], rf"^2 archives of 4 members, 2 plain segments, {size} bytes "
                                   r"\(.*\): no damage$")
        self.assertEqual(lines, self.verify("web"))
        self.assertEqual(lines, self.verify("w*"))

    def test_a_damaged_member_is_named(self):
        archive = self.path(1, ".log.gz")
        data = bytearray(archive.read_bytes())
        second = data.index(b"\x1f\x8b\x08\x04", 100)
        data[second + 1000] ^= 1
        archive.write_bytes(data)
        lines = self.verify(status=DAMAGE)
        self.assertEqual(2, len(lines))
        self.assertRegex(lines[0], rf"^web/{archive.name}: damaged, \d+ bytes at {second}: .+$")
        self.assertTrue(lines[1].endswith(": 1 damaged place"), lines[1])
        found = [json.loads(line) for line in self.verify("--json", status=DAMAGE)]
        self.assertEqual(["damage", "summary"], [one["type"] for one in found])
        self.assertEqual(("web", archive.name, second),
                         (found[0]["log"], found[0]["file"], found[0]["offset"]))
        self.assertEqual((2, 4, 2, 1), tuple(found[1][key] for key in (
            "archives", "members", "segments", "damaged")))
        # What it costs.
        shown = self.box.logctl("tail", "web", "-n", "all", "-o", "cri", status=DAMAGE)
        self.assertTrue(shown.endswith(b"".join(self.segments[1:])))

    def test_an_archive_cut_short(self):
        archive = self.path(2, ".log.gz")
        archive.write_bytes(archive.read_bytes()[:-100])
        self.assertIn(archive.name, self.verify(status=DAMAGE)[0])
        archive.write_bytes(b"")
        self.assertIn(f"{archive.name}: damaged, 0 bytes at 0: ", self.verify(status=DAMAGE)[0])

    def test_archives_of_gzip(self):
        archive = self.path(1, ".log.gz")
        data = gzip.compress(self.segments[0])
        archive.write_bytes(data)
        self.verify()
        archive.write_bytes(data[:-4])
        self.assertIn(archive.name, self.verify(status=DAMAGE)[0])

    def test_lines_that_are_no_records(self):
        closed, line = self.path(3), self.segments[2].splitlines(True)[0]
        bad = b"no record\n\0\0\0\n2026-11-21T22:00:00Z stdout F short time\n"
        for contents, offset, size, reason in (
                (line + bad + line, len(line), len(bad), "not a record"),
                (bad, 0, len(bad), "not a record"),
                (line + line[:-1], len(line), len(line) - 1, "its last record is cut off"),
                (line + bytes(4096), len(line), 4096, "its last record is cut off")):
            with self.subTest(contents[:120]):
                closed.write_bytes(contents)
                self.assertEqual(f"web/{closed.name}: damaged, {size} bytes at {offset}: {reason}",
                                 self.verify(status=DAMAGE)[0])
        closed.write_bytes(line + b"x\n" + line + b"x\n")
        self.assertEqual(3, len(self.verify(status=DAMAGE)))
        # More than any record may have, without a newline.
        with open(closed, "wb") as file:
            file.write(line)
            file.truncate(20 << 20)
        with open(closed, "ab") as file:
            file.write(b"\n" + line)
        self.assertEqual(f"web/{closed.name}: damaged, {(20 << 20) - len(line) + 1} bytes at "
                         f"{len(line)}: not a record", self.verify(status=DAMAGE)[0])

    def test_the_active_segment_may_end_within_a_record(self):
        with open(self.path(4), "ab") as file:
            file.write(b"2026-11-21T22:00:59.0")
        self.verify()
        # Once there is a next one it may not.
        self.path(5).write_bytes(b"")
        self.assertIn(self.path(4).name, self.verify(status=DAMAGE)[0])

    def test_a_segment_that_is_there_twice(self):
        self.path(1).write_bytes(self.segments[0])
        self.assertIn("2 archives of 4 members, 3 plain", self.verify()[0])
        du = json.loads(self.box.logctl("du", "-o", "json"))["total"]
        self.assertEqual(sum(map(len, self.segments)), du["uncompressed_bytes"])

    def test_exit_status(self):
        self.verify("nothing", status=NO_SUCH)
        self.verify("n*", status=NO_SUCH)
        self.verify("-o", "xml", status=USAGE)
        (self.box.log_dir / "empty").mkdir()
        self.assertEqual(["0 archives of 0 members, 0 plain segments, 0 bytes (0B): no damage"],
                         self.verify("empty"))

    def as_other_user(self, *arguments, status):
        """Output and messages of a logctl of somebody whom the files do not belong to."""
        programs = self.box.root / "bin"
        if not programs.exists():
            programs.mkdir()
            subprocess.run(["cp", harness.LOGCTL, programs], check=True)
        self.box.logctl_program = str(programs / "logctl")
        user = ["setpriv", "--reuid=61002", "--regid=61002", "--clear-groups"]
        done = self.box.logctl(*arguments, prefix=user, status=None)
        self.assertEqual(status, done.returncode, done.stderr)
        return done.stdout.decode(), done.stderr.decode()

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_a_log_that_may_not_be_read(self):
        other = self.box.log_dir / "other"
        other.mkdir()
        os.chmod(other, 0o755)
        os.chmod(self.log, 0o750)
        self.as_other_user("du", "web", status=NO_PERMISSION)
        self.assertIn("left out: ", self.as_other_user("du", status=DONE)[1])
        for names in ((), ("web",), ("web", "other")):
            lines = self.as_other_user("verify", *names, status=NO_PERMISSION)[0].splitlines()
            self.assertRegex(lines[0], "^web: not checked: .*Permission denied \\(13\\)$")
            self.assertEqual(["0 archives of 0 members, 0 plain segments, 0 bytes (0B): no damage, "
                              "1 not checked"], lines[1:])
        self.as_other_user("verify", "other", status=DONE)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_an_archive_that_may_not_be_read(self):
        os.chmod(self.log, 0o755)
        for path in self.log.iterdir():
            os.chmod(path, 0o644)
        unread = self.path(2, ".log.gz")
        os.chmod(unread, 0o600)
        lines = self.as_other_user("verify", status=NO_PERMISSION)[0].splitlines()
        self.assertRegex(lines[0],
                         rf"^web/{unread.name}: not checked: .*Permission denied \(13\)$")
        self.assertRegex(lines[1], r"^1 archive of 2 members, 2 plain segments, \d+ bytes \(.*\): "
                                   "no damage, 1 not checked$")
        found = [json.loads(line) for line in
                 self.as_other_user("verify", "--json", status=NO_PERMISSION)[0].splitlines()]
        self.assertEqual(("unchecked", "web", unread.name),
                         tuple(found[0][key] for key in ("type", "log", "file")))
        self.assertEqual((0, 1), (found[1]["damaged"], found[1]["unchecked"]))

        shown, said = self.as_other_user("tail", "web", "-n", "all", "-o", "cri",
                                         status=NO_PERMISSION)
        self.assertEqual(b"".join(self.segments[:1] + self.segments[2:]).decode(), shown)
        self.assertRegex(said, r"^logctl: web: segment 2: .*Permission denied \(13\)\n$")

        self.path(3).write_bytes(b"no record\n")
        lines = self.as_other_user("verify", status=DAMAGE)[0].splitlines()
        self.assertTrue(lines[-1].endswith(": 1 damaged place, 1 not checked"), lines)
        self.as_other_user("tail", "web", "-n", "all", status=DAMAGE)

    def test_beside_a_daemon_that_archives(self):
        for path in self.log.iterdir():
            path.unlink()
        self.box.config.write_text('[defaults]\nmax_size = "64KiB"\nkeep_plain = 0\nretain = 5\n')
        self.box.start()
        writer = self.box.run("web", ["seq", "200000"])
        while writer.poll() is None:
            self.verify()
        self.assertEqual(0, self.box.wait(writer))
        wait_until(lambda: len(list(self.log.glob("*.log.gz"))) == 5, 20, "five archives")
        self.box.kill()
        self.verify()


class NoFiles(FilesTest):
    """Directories, FIFOs and links with names of segments."""

    def setUp(self):
        super().setUp()
        # The newest, one between the others, one that is there as an archive, too; and archives.
        self.path(8).mkdir()
        os.rename(self.path(4), self.path(6))
        os.rename(self.path(3), self.path(4))
        self.path(3).symlink_to(self.path(4))
        os.mkfifo(self.path(5))
        self.path(2).mkdir()
        self.path(7, ".log.gz").mkdir()
        os.mkfifo(self.path(3, ".log.gz"))

    def test_tail_passes_them_over(self):
        lines = self.box.logctl("tail", "web", "-n", "all", "-o", "cri", status=None)
        self.assertEqual((0, b""), (lines.returncode, lines.stderr))
        self.assertEqual(b"".join(self.segments), lines.stdout)
        last = self.box.logctl("tail", "web", "-n", "3", "-o", "cri")
        self.assertEqual(b"".join(self.segments[3].splitlines(True)[-3:]), last)

    def test_verify_ls_and_du(self):
        with open(self.path(6), "ab") as file:
            file.write(b"2026-11-21T22:00:59.0")
        self.assertIn("2 archives of 4 members, 2 plain segments, ", self.verify()[0])
        rows = [line.split() for line in self.box.logctl("ls", "web").decode().splitlines()[1:]]
        self.assertEqual([self.path(1, ".log.gz").name, self.path(2, ".log.gz").name,
                          self.path(4).name, self.path(6).name], [row[1] for row in rows[:4]])
        self.assertEqual(["archive", "archive", "closed", "active"], [row[4] for row in rows[:4]])
        self.assertEqual(6, len(rows))
        usage = json.loads(self.box.logctl("du", "--json"))["logs"][0]
        self.assertEqual(self.path(6).stat().st_blocks * 512, usage["active_bytes"])

    def test_a_follower_goes_on(self):
        with open(self.box.root / "out", "wb") as out:
            self.box.spawn([self.box.logctl_program, "tail", "web", "-f", "-n", "1", "-o", "cri"],
                           stdout=out)
        last = self.segments[3].splitlines(True)[-1]
        wait_until(lambda: (self.box.root / "out").read_bytes() == last, 5, "the last line")
        more = records(3, 60_000)
        self.path(9).write_bytes(more)
        wait_until(lambda: (self.box.root / "out").read_bytes() == last + more, 5, "what came")


class Usage(FilesTest):
    def test_du(self):
        def taken(*numbers, ending=".log"):
            return sum(self.path(number, ending).stat().st_blocks * 512 for number in numbers)
        self.path(3, ".log.torn").write_bytes(b"x" * 5000)
        other = self.box.log_dir / "web@1"
        other.mkdir()
        (other / (NAME % (1, 1, ".log"))).write_bytes(bytes(1 << 20))
        found = json.loads(self.box.logctl("du", "--json"))
        self.assertEqual([("web", 1), ("web", None)],
                         [(log["process"], log["instance"]) for log in found["logs"]])
        web, total = found["logs"][1], found["total"]
        self.assertEqual(taken(4), web["active_bytes"])
        self.assertEqual(taken(3), web["plain_bytes"])
        self.assertEqual(taken(1, 2, ending=".log.gz"), web["archive_bytes"])
        self.assertEqual(taken(3, ending=".log.torn"), web["other_bytes"])
        self.assertEqual(sum(web[key + "_bytes"] for key in ("active", "plain", "archive",
                                                             "other")), web["total_bytes"])
        self.assertEqual(sum(map(len, self.segments)), web["uncompressed_bytes"])
        self.assertTrue(web["uncompressed_known"])
        self.assertEqual(sum(log["total_bytes"] for log in found["logs"]), total["total_bytes"])
        rows = [line.split() for line in self.box.logctl("du", "--bytes").decode().splitlines()]
        self.assertEqual(["PROCESS", "web@1", "web", "total"], [row[0] for row in rows])
        self.assertEqual(str(total["total_bytes"]), rows[3][5])
        rows = [line.split() for line in self.box.logctl("du", "web@1").decode().splitlines()]
        self.assertEqual(["web@1", "1.00MiB", "0B", "0B", "0B", "1.00MiB", "1.00MiB"], rows[1])

    def test_an_archive_that_does_not_say_its_size(self):
        self.path(1, ".log.gz").write_bytes(gzip.compress(self.segments[0]))
        web = json.loads(self.box.logctl("du", "--json"))["logs"][0]
        self.assertFalse(web["uncompressed_known"])
        self.assertEqual(sum(map(len, self.segments[1:])), web["uncompressed_bytes"])
        rows = self.box.logctl("du", "--bytes").decode().splitlines()
        self.assertTrue(rows[1].endswith(f">{web['uncompressed_bytes']}"), rows)

    def test_du_of_nothing(self):
        self.box.logctl("du", "nothing", status=NO_SUCH)
        self.box.logctl("du", "-o", "xml", status=USAGE)

    def test_ls_shows_archives_and_times(self):
        self.box.config.write_text('timezone = "UTC"\n')
        self.path(2, ".log.gz.tmp").write_bytes(b"1")
        rows = [line.split() for line in self.box.logctl("ls").decode().splitlines()]
        times = ["2026-11-21", "22:00:00"] * 2
        for number, ending, state in ((1, ".log.gz", "archive"), (2, ".log.gz", "archive"),
                                      (3, ".log", "closed"), (4, ".log", "active")):
            path = self.path(number, ending)
            row = next(row for row in rows if row[1] == path.name)
            self.assertEqual(["web", path.name, str(path.stat().st_size)], row[:3])
            self.assertEqual([state, *times], row[4:])
        self.assertIn(["web", self.path(2, ".log.gz.tmp").name, "1", "1B", "unfinished"], rows)


if __name__ == "__main__":
    unittest.main()
