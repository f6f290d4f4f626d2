#!/usr/bin/env python3
"""`logctl search`, `export` and the ranges of `tail` over all that is kept: no daemon runs here.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import json
import os
import random
import subprocess
import unittest

from harness import LOGCTL
from tail_testing import TailTest, event, record, stamp


def when(tick):
    return stamp(tick).decode() + "Z"


class HistoryTest(TailTest):
    def search(self, *arguments, **options):
        return self.box.logctl("search", *arguments, **options)


class Ranges(HistoryTest):
    """Many lines of several logs, in segments of all kinds, against what Python says of them."""

    def setUp(self):
        super().setUp()
        generator = random.Random(7)
        self.lines = []
        segments = {}
        ticks = list(range(1, 4001))
        for tick in ticks:
            name = generator.choice(["api", "db", "web@0", "web@1"])
            number = 1 + tick // 500
            stream = generator.choice(["stdout", "stdout", "stderr"])
            content = f"{name} {tick} {'x' * generator.randint(0, 60)}".encode()
            segments.setdefault((name, number), []).append(record(tick, content, stream))
            self.lines.append((tick, name, stream, content))
        for (name, number), records in segments.items():
            self.append(name, number, *records)
            if number in (1, 2, 3, 5):
                self.archive(name, number)
            elif number == 4:
                self.path(name, 4, ".log.gz").write_bytes(gzip.compress(b"".join(records)))
                self.path(name, 4).unlink()

    def expect(self, got, wanted):
        self.assertEqual(got.splitlines(), [line[3] for line in wanted])

    def test_from_and_to_a_time(self):
        for since, until in ((1, 4001), (1700, 1701), (499, 2601), (3999, 9999), (5000, 6000)):
            wanted = [line for line in self.lines if since <= line[0] < until]
            got = self.tail("-n", "all", "--raw", "-S", when(since), "-U", when(until))
            self.expect(got, wanted)
            got = self.tail("-n", "all", "--raw", "-S", when(since), "-U", when(until), "-r")
            self.expect(got, wanted[::-1])
            self.expect(self.tail("-n", "7", "--raw", "-U", when(until)),
                        [line for line in self.lines if line[0] < until][-7:])

    def test_counts_both_ways(self):
        for count in (0, 1, 10, 777, 3999, 4000, 9999):
            last = self.lines[max(0, len(self.lines) - count):]
            self.expect(self.tail("-n", count, "--raw"), last)
            self.expect(self.tail("-n", count, "--raw", "-r"), last[::-1])
            self.expect(self.tail("-n", "all", "--raw", "--head", count), self.lines[:count])
        self.expect(self.tail("-n", "all", "-r", "--raw", "web"),
                    [line for line in self.lines[::-1] if line[1].startswith("web")])

    def test_searches_and_counts_what_matches(self):
        wanted = [line for line in self.lines if b"77" in line[3] and line[2] == "stderr"]
        self.assertGreater(len(wanted), 20)
        self.expect(self.search("7{2}", "--raw", "--err"), wanted)
        self.expect(self.search("7{2}", "--raw", "--err", "-r"), wanted[::-1])
        self.expect(self.search("7{2}", "--raw", "--err", "-n", "5"), wanted[-5:])
        self.expect(self.search("7{2}", "--raw", "--err", "-n", "5", "-r"), wanted[-5:][::-1])
        self.expect(self.search("7{2}", "--raw", "--err", "--head", "5"), wanted[:5])
        self.expect(self.tail("-g", "77", "--raw", "--err", "-n", "5"), wanted[-5:])
        self.assertEqual(int(self.search("77", "--err", "-c")), len(wanted))
        self.assertEqual(int(self.search("77", "--err", "-v", "-c")),
                         sum(1 for line in self.lines
                             if line[2] == "stderr" and b"77" not in line[3]))
        self.assertEqual(self.search("--fixed", "7{2}", status=1), b"")
        self.assertEqual(self.search("API 77 ", "-i", "--raw").split()[1:2],
                         [line[3].split()[1] for line in self.lines
                          if line[3].startswith(b"api 77 ")][:1])

    def test_lines_around_a_match(self):
        def around(options, before, after, chosen):
            wanted = sorted({i for match in chosen for i in range(match - before,
                                                                  match + after + 1)
                             if 0 <= i < len(self.lines)})
            self.expect(self.search(r" \d*99 ", "--raw", *options),
                        [self.lines[i] for i in wanted])
        matches = [i for i, line in enumerate(self.lines) if line[3].split()[1].endswith(b"99")]
        around(["-C", "3"], 3, 3, matches)
        around(["-B", "2"], 2, 0, matches)
        around(["-A", "60"], 0, 60, matches)
        around(["-C", "2", "-n", "4"], 2, 2, matches[-4:])
        around(["-C", "2", "--head", "4"], 2, 2, matches[:4])
        text = self.search(r" \d*99 ", "-C", "1").splitlines()
        self.assertEqual(text.count(b"--"), len(matches) - 1)
        backward = self.search(r" \d*99 ", "--raw", "-B", "1", "-r").splitlines()
        self.assertEqual(backward[:2], [self.lines[matches[-1]][3], self.lines[matches[-1] - 1][3]])

    def test_exports_to_a_file(self):
        to = self.box.root / "out.json"
        to.write_text("old")
        self.box.logctl("export", "-o", to, "--format", "json", "-S", when(100), "-U", when(200))
        got = [json.loads(line) for line in to.read_text().splitlines()]
        self.assertEqual([entry["message"].encode() for entry in got],
                         [line[3] for line in self.lines if 100 <= line[0] < 200])
        self.assertEqual(list(self.box.root.glob("out.json?*")), [])
        self.assertEqual(self.box.logctl("export", "-o", "-", "--raw", "--head", "3").splitlines(),
                         [line[3] for line in self.lines[:3]])
        self.fails(4, "-o", to, "nosuch", command="export")
        self.fails(2, "web", command="export")
        self.assertEqual(len(to.read_text().splitlines()), len(got))
        self.fails(1, "-o", "/nosuch/file", command="export")
        with open("/dev/full", "wb"):
            self.fails(1, "-o", "/dev/full", command="export")

    def test_an_export_that_is_killed_leaves_the_file_that_was_there(self):
        to = self.box.root / "killed.log"
        to.write_text("old")
        command = [LOGCTL, "--log-dir", self.box.log_dir, "export", "-o", to]
        for call in ("write", "fsync", "rename"):
            with self.subTest(call=call):
                killed = subprocess.run(["strace", "-o", os.devnull, "-e", f"trace={call}", "-e",
                                         f"inject={call}:signal=KILL", *command], check=False)
                self.assertNotEqual(killed.returncode, 0)
                self.assertEqual(to.read_text(), "old")
        self.assertNotEqual(list(self.box.root.glob("killed.log.*")), [])
        subprocess.run(command, check=True)
        self.assertEqual(len(to.read_text().splitlines()), len(self.lines))


class Runs(HistoryTest):
    def test_picks_one_run_of_each_log(self):
        tick = 0
        for run in range(1, 5):
            records = [event(tick + 1, f"started run {run}: pid 1, uid 0, x")]
            records += [record(tick + 2 + i, b"%d-%d" % (run, i)) for i in range(3)]
            records.append(event(tick + 9, f"exited run {run}: pid 1, code 0"))
            self.append("web", run, *records)
            tick += 10
        self.append("db", 1, event(3, "started run 1: pid 1, uid 0, x"), record(4, b"db 1"))
        self.archive("web", 1, 2)
        for option, run in ((["--run", "0"], 4), (["--run", "-1"], 3), (["--previous"], 3),
                            (["--run=-3"], 1), (["--run", "2"], 2), (["--run", "4"], 4)):
            self.assertEqual(self.tail("web", "--raw", *option).splitlines(),
                             [b"%d-%d" % (run, i) for i in range(3)], option)
        self.assertEqual(self.tail("--raw", "--run", "0").split(b"\n")[0], b"db 1")
        self.assertEqual(self.tail("web", "--raw", "--run", "3", "-n", "1", "-r"), b"3-2\n")
        self.assertIn("nothing matched", self.fails(3, "web", "--run", "-9"))
        self.assertEqual(self.tail("web", "--run", "77"), b"")


class ExitCodes(HistoryTest):
    def setUp(self):
        super().setUp()
        self.append("web", 3, *[record(i, b"line %d" % i) for i in range(1000, 1100)])
        self.append("young", 1, *[record(i, b"line %d" % i) for i in range(1050, 1100)])

    def test_0_if_something_matched_or_there_was_no_filter(self):
        self.search("line 1005")
        self.append("empty", 1)
        self.tail("empty")
        self.tail("empty", "-S", when(1))
        self.tail("web", "-S", when(5000))

    def test_1_if_a_filter_matched_nothing(self):
        for arguments in (["nosuch"], ["nosuch", "-S", when(1001)], ["nosuch", "-r"],
                          ["nosuch", "-c"], ["nosuch", "young", "web", "-S", when(1000)]):
            self.assertEqual(self.fails(1, *arguments, command="search"), "")
        self.fails(1, "-g", "nosuch")

    def test_2_for_wrong_usage(self):
        for arguments in (["(", "web"], ["x", "-n", "-1"], ["x", "-S", "soon"], ["x", "-f", "-r"],
                          ["x", "-S", when(2), "-U", when(1)], ["x", "--run", "x"], [],
                          ["x", "-C", "one"], ["x", "-f", "-c"], ["x", "-f", "-U", when(1)]):
            self.fails(2, *arguments, command="search")
        self.fails(2, "-v")

    def test_3_if_nothing_matched_and_the_start_is_not_kept_any_more(self):
        message = "nothing matched, and no records are kept from so long ago"
        for arguments in (["nosuch", "-S", when(1)], ["nosuch", "web", "young", "-S", when(999)],
                          ["line 1005", "web", "-S", when(1), "-U", when(900)],
                          ["nosuch", "young", "-S", when(1)]):
            self.assertIn(message, self.fails(3, *arguments, command="search"), arguments)
        self.search("line 1005", "-S", when(1))

    def test_4_for_a_process_that_does_not_exist(self):
        self.assertIn("did you mean 'web'", self.fails(4, "x", "wb", command="search"))
        self.fails(4, "x", "a*", command="search")

    @unittest.skipIf(os.geteuid() != 0, "needs root, to be somebody else")
    def test_6_for_what_may_not_be_read(self):
        os.chmod(self.box.root, 0o755)
        os.chmod(self.box.log_dir, 0o755)
        os.chmod(self.box.log_dir / "young", 0o755)
        os.chmod(self.path("young", 1), 0o644)
        os.chmod(self.box.log_dir / "web", 0o700)
        done = subprocess.run([LOGCTL, "--log-dir", self.box.log_dir, "search", "line", "web"],
                              user=65534, group=65534, extra_groups=[], capture_output=True,
                              check=False, timeout=30, env=self.box.environment)
        self.assertEqual(done.returncode, 6, done.stderr)

    def test_7_for_damage_and_shows_what_is_readable(self):
        records = [record(i, b"%d %s" % (i, random.Random(i).randbytes(300).hex().encode()))
                   for i in range(5000, 9000)]
        self.append("hurt", 1, *records)
        self.append("hurt", 2, record(9999, b"behind"))
        path, = self.archive("hurt", 1)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        for options in ([], ["-r"]):
            done = self.box.logctl("search", "", "hurt", "--raw", *options, status=None)
            self.assertEqual(done.returncode, 7, done.stderr)
            self.assertIn(b"hurt: segment 1: damaged archive: ", done.stderr)
            got = done.stdout.splitlines()
            self.assertTrue(2000 < len(got) < 4000, len(got))
            self.assertIn(b"behind", got)
            self.assertTrue(set(got) < {line[40:-1] for line in records} | {b"behind"})
        path.write_bytes(data[:len(data) // 3])
        done = self.box.logctl("search", "behind", "hurt", "--raw", status=None)
        self.assertEqual((done.returncode, done.stdout), (7, b"behind\n"))
        path.write_bytes(b"")
        self.fails(7, "behind", "hurt", command="search")
        # What is not read is not looked at.
        self.assertEqual(self.tail("hurt", "--raw", "-n", "1"), b"behind\n")


class Output(HistoryTest):
    def test_ends_quietly_when_the_reader_goes(self):
        self.append("web", 1, *[record(i, b"x" * 100) for i in range(1, 30000)])
        for command in ("search x", "search x -r", "tail -n all -r"):
            done = subprocess.run(f"{LOGCTL} --log-dir {self.box.log_dir} {command} | head -n 2",
                                  shell=True, capture_output=True, check=False, timeout=30,
                                  env=self.box.environment)
            self.assertEqual((done.stderr, done.stdout.count(b"\n")), (b"", 2))

    def test_every_byte_is_found_and_shown(self):
        content = bytes(byte for byte in range(256) if byte != 10)
        self.append("web", 1, record(1, b"a"), record(2, content), record(3, b"b"))
        self.assertEqual(self.search(r"\x00.*\xff", "--raw"), content + b"\n")
        self.assertEqual(self.search("a", "--fixed", "--raw", "--head", "1"), b"a\n")


if __name__ == "__main__":
    unittest.main()
