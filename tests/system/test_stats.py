#!/usr/bin/env python3
"""`logctl stats`: its counts are those of `tail -c`, and it reads little.

A daemon runs only for Growing.

SPDX-License-Identifier: Apache-2.0
"""
import collections
import fcntl
import gzip
import json
import os
import random
import re
import shutil
import struct
import subprocess
import termios
import unittest

from harness import LOGCTL, SandboxTest, tool, wait_until
from tail_testing import event, record
from test_history import HistoryTest, when


class StatsTest(HistoryTest):
    def setUp(self):
        super().setUp()
        for name in ("LC_ALL", "LC_CTYPE", "LANG"):
            self.box.environment.pop(name, None)

    def stats(self, *arguments, **options):
        return self.box.logctl("stats", *arguments, **options)

    def rows(self, *arguments, status=0):
        """The JSON objects; `status` as for logctl()."""
        done = self.box.logctl("stats", "--json", *arguments, status=None)
        self.assertEqual(done.returncode, status, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def count(self, *arguments, status=0):
        return sum(row["count"] for row in self.rows(*arguments, status=status))

    def tail_count(self, *arguments, status=0):
        done = self.box.logctl("tail", "-n", "all", "-c", *arguments, status=None)
        self.assertEqual(done.returncode, status, done.stderr)
        return int(done.stdout)

    def members(self, archive):
        done = subprocess.run([tool("archive_tool"), "members", archive], check=True, timeout=60,
                              stdout=subprocess.PIPE)
        return [[int(number) for number in re.findall(rb"\d+", line)[:4]]
                for line in done.stdout.splitlines()]


class Counts(StatsTest):
    """Many lines of several logs, in segments of all kinds."""

    def setUp(self):
        super().setUp()
        generator = random.Random(11)
        segments = collections.defaultdict(list)
        for name in ("api", "db", "web@0", "web@1"):
            segments[name, 1].append(event(0, "started run 1: pid 1, uid 0, x"))
            segments[name, 5].append(event(160_000_000, "started run 2: pid 2, uid 0, x"))
        # 300 s; a line of web@1 is sometimes in pieces.
        self.words = collections.Counter()
        for tick in range(0, 300_000_000, 75_000):
            name = generator.choice(["api", "db", "web@0", "web@1"])
            number = 1 + tick // 40_000_000
            stream = generator.choice(["stdout", "stdout", "stderr"])
            word = generator.choice(["info: up", "error: no", "WARN slow", "plain"])
            self.words[word] += 1
            content = b"%s %d %s" % (word.encode(), tick, b"x" * generator.randint(0, 60))
            records = segments[name, number]
            if name == "web@1" and generator.random() < 0.2:
                records.append(record(tick + 2, content[:4], stream, "P"))
                records.append(record(tick + 3, content[4:], stream))
            else:
                records.append(record(tick + 3, content, stream))
        for (name, number), records in segments.items():
            self.append(name, number, *records)
            if number in (1, 2, 3, 5):
                self.archive(name, number)
            elif number == 4:
                self.path(name, 4, ".log.gz").write_bytes(gzip.compress(b"".join(records)))
                self.path(name, 4).unlink()

    ALL = ([], ["--out"], ["--err"], ["--events"], ["--events", "--out"], ["web"], ["a*", "web@1"],
           ["-S", when(61_000_000), "-U", when(200_000_000)], ["--run", "0"], ["--previous"],
           ["-S", when(100_000_000), "--err", "db"], ["-U", when(80_000_001), "--events"])

    def test_counts_what_tail_counts(self):
        for options in self.ALL:
            for by in ("process", "stream", "level", "minute", "hour", "day"):
                self.assertEqual(self.count("--exact", "--by", by, *options),
                                 self.tail_count(*options), (by, options))

    def test_records_are_the_pieces_of_lines_each(self):
        for options in self.ALL:
            done = self.tail("-n", "all", "-o", "cri", *options)
            stored = [line for line in done.splitlines() if line]
            for by in ("process", "stream", "minute", "hour", "day"):
                self.assertEqual(self.count("--by", by, *options), len(stored), (by, options))
        self.assertGreater(self.count("web@1"), self.tail_count("web@1"))
        self.assertEqual(self.count("db"), self.tail_count("db"))

    def test_counts_by_process_and_stream(self):
        for row in self.rows("--exact"):
            name = row["process"] + ("" if row["instance"] is None else f"@{row['instance']}")
            self.assertEqual(row["count"], self.tail_count(name))
            self.assertEqual(row["stdout"], self.tail_count(name, "--out"))
            self.assertEqual(row["stderr"], self.tail_count(name, "--err"))
            self.assertIsNone(row["events"])
        self.assertEqual({row["stream"]: row["count"] for row in self.rows("db", "--by", "stream")},
                         {"stdout": self.tail_count("db", "--out"),
                          "stderr": self.tail_count("db", "--err")})

    def test_counts_by_level(self):
        rows = self.rows("--by", "level")
        self.assertEqual([row["level"] for row in rows],
                         ["fatal", "error", "warn", "info", "debug", "trace", "none"])
        self.assertEqual([row["count"] for row in rows],
                         [0, self.words["error: no"], self.words["WARN slow"],
                          self.words["info: up"], 0, 0, self.words["plain"]])

    def test_counts_by_minute(self):
        for options, form in (([], "cri"), (["db", "--err"], "cri"), (["--exact"], "json")):
            rows = self.rows("--by", "minute", "--utc", *options)
            self.assertEqual([row["time"][14:16] for row in rows], ["00", "01", "02", "03", "04"])
            names = [option for option in options if option != "--exact"]
            for minute, row in enumerate(rows):
                lines = self.tail("-n", "all", "-o", form, "-S", when(minute * 60_000_000), "-U",
                                  when((minute + 1) * 60_000_000), *names)
                self.assertEqual(row["count"], len(lines.splitlines()), row)

    def test_a_filter_counts_lines(self):
        for options in (["-g", "error|slow"], ["-g", "slow", "-v"], ["--level", "warn"],
                        ["-g", "SLOW", "-i"], ["--fixed", "-g", "up"],
                        ["-g", "no", "--err", "web", "-S", when(61_000_000)]):
            self.assertEqual(self.count(*options), self.tail_count(*options), options)
            self.assertEqual({row["unit"] for row in self.rows(*options)}, {"lines"})

    def test_bytes_are_those_that_are_said(self):
        stored = sum(len(gzip.decompress(path.read_bytes())) if path.suffix == ".gz"
                     else path.stat().st_size for path in self.box.log_dir.glob("db/*-*"))
        row, = self.rows("db")
        self.assertEqual((row["stored_bytes"], row["text_bytes"]), (stored, None))
        self.assertIsNone(self.rows("db", "--err")[0]["stored_bytes"])
        row, = self.rows("db", "--exact", "--err")
        self.assertEqual((row["stored_bytes"], row["text_bytes"]),
                         (None, len(self.tail("-n", "all", "db", "--err", "--raw"))))

    def test_works_on_a_copy(self):
        shutil.copytree(self.box.log_dir, self.box.root / "copy")
        self.assertEqual(self.stats("--log-dir", self.box.root / "copy"), self.stats())


class Headers(StatsTest):
    """An archive of 40 members, a second each: what is read of it."""

    LINES = 1000

    def setUp(self):
        super().setUp()
        generator = random.Random(3)
        self.append("web", 1, *[
            record(i * 1_000_000 // self.LINES, generator.randbytes(250).hex().encode())
            for i in range(40 * self.LINES)])
        self.packed, = self.archive("web", 1)
        self.size = self.packed.stat().st_size

    def bytes_read(self, *arguments):
        trace = self.box.root / "trace"
        subprocess.run(["strace", "-f", "-qq", "-o", trace, "-e", "trace=pread64", LOGCTL, "stats",
                        *arguments], check=True, timeout=120, env=self.box.environment,
                       stdout=subprocess.DEVNULL)
        return sum(int(match) for match in re.findall(r"= (\d+)$", trace.read_text(), re.M))

    @unittest.skipUnless(shutil.which("strace"), "needs strace")
    def test_members_are_not_read_where_their_headers_say_enough(self):
        member = self.size // len(self.members(self.packed))
        self.assertGreater(self.size, 30 * member)
        self.assertLess(self.bytes_read("--json"), 3 * member)
        self.assertLess(self.bytes_read("--by", "stream", "--json", "--err"), 3 * member)
        self.assertLess(self.bytes_read("--by", "minute"), 3 * member)
        # The first and the last one for the times, and no more than one for each bar.
        self.assertLess(self.bytes_read(), 26 * member)
        self.assertLess(self.bytes_read("--by", "day", "-S", when(5_500_000), "-U",
                                        when(30_500_000)), 10 * member)
        self.assertGreater(self.bytes_read("--exact"), self.size - member)

    def test_they_say_what_reading_does(self):
        for options in ([], ["-S", when(5_500_000)], ["-U", when(30_500_001)], ["--by", "stream"]):
            told, = [row["count"] for row in self.rows(*options) if row["count"] > 0]
            self.assertEqual(told, self.count("--exact", *options))


class Damage(StatsTest):
    def setUp(self):
        super().setUp()
        generator = random.Random(5)
        self.records = [record(45_000_000 + i * 10_000, generator.randbytes(250).hex().encode())
                        for i in range(8000)]
        self.append("web", 1, *self.records[:4000])
        self.append("web", 2, *self.records[4000:])
        self.packed, = self.archive("web", 1)

    def flip(self, member):
        offset, size, *_ = self.members(self.packed)[member]
        contents = bytearray(self.packed.read_bytes())
        contents[offset + size // 2] ^= 1
        self.packed.write_bytes(contents)

    def test_a_member_that_is_read_counts_as_far_as_it_can_be(self):
        self.flip(1)
        rest = self.tail_count(status=7)
        self.assertTrue(5000 < rest < 8000)
        self.assertEqual(self.count("--exact", status=7), rest)
        self.assertEqual(self.count("-g", ".", status=7), rest)
        # A minute ends in it.
        self.assertEqual(self.count("--by", "minute", status=7), rest)
        self.assertIn("damaged archive", self.fails(7, "--exact", command="stats"))
        # Nobody reads it here: its header is sound.
        self.assertEqual(self.count(), 8000)

    def test_of_a_truncated_archive_what_is_whole_counts(self):
        with open(self.packed, "r+b") as file:
            file.truncate(self.packed.stat().st_size // 2)
        for options in ([], ["--exact"], ["--by", "minute"]):
            self.assertEqual(self.count(*options, status=7), self.tail_count(status=7))
        self.assertIn("web: segment 1: damaged archive", self.fails(7, command="stats"))

    def test_what_is_no_record_is_told(self):
        self.append("web", 2, b"rubbish\n")
        self.assertEqual(self.count(status=7), 8000)
        self.assertIn("is not a record", self.fails(7, "--by", "minute", command="stats"))

    def test_a_hole_is_told(self):
        self.append("web", 4, record(190_000_000, b"behind it"))
        self.assertEqual(self.count(status=7), 8001)
        self.assertIn("segment 3 is missing", self.fails(7, command="stats"))


class Ends(StatsTest):
    def setUp(self):
        super().setUp()
        self.append("backend", 1, record(1, b"one"), record(2, b"two"))

    def test_exit_statuses(self):
        self.assertIn("did you mean 'backend'", self.fails(4, "backed", command="stats"))
        self.fails(4, "--log-dir", "/nosuch", command="stats")
        for exact in ([], ["--exact"]):
            self.assertIn("nothing matched", self.fails(
                3, "-S", "2020-01-01", "-U", "2020-01-02", *exact, command="stats"))
            self.stats("-S", "2026-12-01", "-U", "2026-12-02", *exact)
            self.stats("--err", *exact)
        self.fails(1, "-g", "three", command="stats")
        self.assertEqual(self.rows("-g", "three", status=1)[0]["count"], 0)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([LOGCTL, "stats"], stdout=full, stderr=subprocess.PIPE,
                                  env=self.box.environment, check=False, timeout=60)
        self.assertEqual(done.returncode, 1, done.stderr)

    def test_what_is_wrong_is_said(self):
        for said, options in (("did you mean minute?", ["--by", "minut"]),
                              ("-o is text or json", ["-o", "short"]),
                              ("there is no -g", ["-v"]),
                              ("--top is 0 to 1000", ["--top", "1001"]),
                              ("--top", ["--top", "many"]),
                              ("does not lie after --since", ["-S", "today", "-U", "yesterday"])):
            self.assertIn(said, self.fails(2, *options, command="stats"), options)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become other users")
    def test_what_may_not_be_read_is_told(self):
        self.append("open", 1, record(1, b"one"))
        (self.box.log_dir / "backend").chmod(0o700)
        user = ["setpriv", "--reuid=61002", "--regid=61002", "--clear-groups"]
        for exact in ([], ["--exact"]):
            done = self.box.logctl("stats", "backend", *exact, status=6, prefix=user)
            done = self.box.logctl("stats", "--json", *exact, status=None, prefix=user)
            self.assertEqual((done.returncode, done.stderr.count(b"left out:")), (0, 1))
            self.assertEqual([json.loads(line)["process"] for line in done.stdout.splitlines()],
                             ["open"])
            self.box.logctl("stats", "back*", *exact, status=6, prefix=user)

    def test_without_logs_there_is_a_table_without_rows(self):
        shutil.rmtree(self.box.log_dir / "backend")
        self.assertEqual(self.stats().split(b"\n")[1:], [b""])
        self.assertEqual(self.stats("--json"), b"")
        self.append("empty", 1)
        self.assertEqual(self.stats().splitlines()[1].split(),
                         [b"empty", b"0", b"0", b"0", b"0B", b"-", b"-", b"-"])


class Looks(StatsTest):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.append("web", 1, event(0, "started run 1: pid 1, uid 0, x"),
                    record(0, b"GET /a/1 in 12 ms"), record(2_000_000, b"GET /b/2 in 9 ms"),
                    record(9_000_000, b"level=error msg=\"no \x1b]0;evil\x07\xff\"", "stderr"))
        self.append("api@1", 1, record(4_000_000, b"half", tag="P"), record(4_000_001, b"done"))

    def test_a_table_and_a_histogram(self):
        self.assertEqual(self.stats().decode(), """\
PROCESS  RECORDS  STDOUT  STDERR  STORED  PER SECOND  FIRST                LAST
api@1          2       2       0     90B     2000000  2026-11-21 22:00:04  2026-11-21 22:00:04
web            3       2       1    263B       0.333  2026-11-21 22:00:00  2026-11-21 22:00:09
total          5       4       1    353B       0.556  2026-11-21 22:00:00  2026-11-21 22:00:09

records per 1s
2026-11-21 22:00:00  1  ############################
2026-11-21 22:00:01  0
2026-11-21 22:00:02  1  ############################
2026-11-21 22:00:03  0
2026-11-21 22:00:04  2  ########################################################
2026-11-21 22:00:05  0
2026-11-21 22:00:06  0
2026-11-21 22:00:07  0
2026-11-21 22:00:08  0
2026-11-21 22:00:09  1  ############################
""")

    def test_patterns_below_it_without_control_bytes(self):
        text = self.stats("--top", "2", "web", "--by", "minute", "--tz", "Europe/Berlin").decode()
        self.assertEqual(text, """\
MINUTE            LINES  STDOUT  STDERR  TEXT
2026-11-21 23:00      3       2       1   67B

LINES  SHARE  PATTERN
    2  66.7%  GET <path> in <num> ms
    1  33.3%  level=error msg="no \\x1b]<num>;evil\\x07\\xff"
""")

    def test_blocks_where_the_locale_has_them(self):
        def has_blocks(**environment):
            return "\u2588" in self.stats(env=dict(self.box.environment, **environment)).decode()
        self.assertTrue(has_blocks(LANG="C.UTF-8"))
        self.assertTrue(has_blocks(LANG="C", LC_ALL="en_US.utf8"))
        self.assertFalse(has_blocks(LANG="C.UTF-8", TERM="dumb"))
        self.assertFalse(has_blocks(LANG="C.UTF-8", LC_ALL="C"))
        self.assertFalse(has_blocks(LANG="de_DE.ISO-8859-1"))

    def test_as_wide_as_the_terminal(self):
        for columns in (60, 132):
            ours, theirs = os.openpty()
            self.addCleanup(os.close, ours)
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            child = self.box.spawn([LOGCTL, "stats"], stdout=theirs)
            self.assertEqual(self.box.wait(child), 0)
            os.close(theirs)
            bars = [line for line in os.read(ours, 65536).decode().splitlines() if "#" in line]
            self.assertEqual(max(map(len, bars)), columns)

    def test_json_is_stable(self):
        self.assertEqual(self.rows("--utc", "--events", "web"), [
            {"v": 1, "type": "process", "process": "web", "instance": None, "unit": "records",
             "count": 4, "stdout": 2, "stderr": 1, "events": 1,
             "stored_bytes": self.path("web", 1).stat().st_size, "text_bytes": None,
             "per_second": 4 / 9, "first": when(0), "last": when(9_000_000)}])
        rows = self.rows("--utc", "--by", "day", "--top", "9", "--err")
        self.assertEqual(rows, [
            {"v": 1, "type": "day", "time": "2026-11-21T00:00:00.000000000Z", "unit": "lines",
             "count": 1, "stdout": None, "stderr": 1, "events": None, "stored_bytes": None,
             "text_bytes": 32, "per_second": None, "first": None, "last": None},
            {"v": 1, "type": "pattern", "unit": "lines", "count": 1, "count_error": 0,
             "pattern": "level=error msg=\"no \x1b]<num>;evil\x07\ufffd\""}])
        self.assertEqual([row["stream"] for row in self.rows("--by", "stream", "--events")],
                         ["stdout", "stderr", "events"])
        self.assertEqual(self.rows("-o", "json"), self.rows())


class Growing(SandboxTest):
    def test_counts_while_segments_become_archives(self):
        half, counts = 150_000, [0]
        box = self.started('[defaults]\nmax_size = "256KiB"\nretain = "all"\nkeep_plain = 0\n')
        writer = box.run("web", ["sh", "-c", f"seq 1000001 {1000000 + half}; read go; "
                                             f"seq 1000001 {1000000 + half}"],
                         stdin=subprocess.PIPE)

        def are_counted(lines):
            for options in ([], ["--by", "minute"], ["--exact"]):
                done = box.logctl("stats", "--json", *options, status=None)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                rows = done.stdout.splitlines()
                counts.append(sum(json.loads(row)["count"] for row in rows))
            return counts[-1] >= lines

        wait_until(lambda: box.log_dir.joinpath("web").exists(), 20)
        wait_until(lambda: are_counted(half), 60)
        writer.stdin.write(b"\n")
        writer.stdin.close()
        wait_until(lambda: are_counted(2 * half), 60)
        self.assertEqual(box.wait(writer), 0)
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(counts[-1], 2 * half)
        wait_until(lambda: list(box.log_dir.glob("web/*.log.gz")), 20, "an archive")
        self.assertTrue(are_counted(2 * half))


if __name__ == "__main__":
    unittest.main()
