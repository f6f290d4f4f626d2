"""`logctl tail` and `ls` on directories that the test writes itself: no daemon runs here.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import gzip
import json
import os
import random
import re
import resource
import time
import unittest

from harness import status_field
from tail_testing import TailTest, event, on_terminal, record


class Counting(TailTest):
    def test_counts_exactly_across_segments_and_forms(self):
        contents = []
        for number in range(1, 8):
            records = [record(number * 100 + i, b"%d-%d" % (number, i)) for i in range(10)]
            contents += [b"%d-%d" % (number, i) for i in range(10)]
            self.append("web", number, *records)
        # One is an archive, one is there twice, leftovers of crashes lie about, the last is empty.
        for number in (2, 3):
            data = self.path("web", number).read_bytes()
            self.path("web", number, ".log.gz").write_bytes(
                gzip.compress(data[:len(data) // 2]) + gzip.compress(data[len(data) // 2:]))
        self.path("web", 2).unlink()
        self.path("web", 4, ".log.gz.tmp").write_bytes(b"rubbish")
        self.path("web", 4, ".log.torn").write_bytes(record(9999, b"torn"))
        self.append("web", 8)
        os.symlink(self.path("web", 8).name, self.box.log_dir / "web" / "current.log")
        for count in (0, 1, 9, 10, 11, 25, 45, 55, 69, 70, 71, 1000):
            expected = contents[max(0, 70 - count):]
            self.assertEqual(self.tail("web", "-n", count, "-o", "raw").splitlines(), expected)
        self.assertEqual(self.tail("web", "-n", "all", "--raw").splitlines(), contents)
        self.assertEqual(len(self.tail("web").splitlines()), 15)
        self.assertEqual(len(self.tail("web", "--lines", "100", "--nostream").splitlines()), 70)
        self.assertEqual(len(self.tail("web", "--tail=3").splitlines()), 3)
        self.assertEqual(self.box.logctl("logs", "web", "-n3", "--raw").splitlines(), contents[-3:])

    def test_picks_streams_and_events(self):
        self.append("web", 1, event(1, "started run 7: pid 3, uid 0, node"),
                    record(2, b"o1"), record(3, b"e1", "stderr"), record(4, b"o2"),
                    record(5, b"e2", "stderr"), event(6, "rotated by uid 0 (pid 1)"))
        for options, expected in ((["--out"], b"o1 o2"), (["--err"], b"e1 e2"),
                                  (["--out", "--err"], b"o1 e1 o2 e2"), ([], b"o1 e1 o2 e2"),
                                  (["--err", "-n", "1"], b"e2"), (["--out", "-n1"], b"o2")):
            got = self.tail("web", "-o", "raw", *options).split()
            self.assertEqual(got, expected.split(), options)
        self.assertIn(b"rotated", self.tail("web", "--events", "-n", "1"))
        self.assertEqual(len(self.tail("web", "--events", "-n", "all").splitlines()), 6)
        self.assertEqual(self.tail("web", "-n", "1", "--raw"), b"e2\n")

    def test_pieces_are_one_line(self):
        self.append("web", 1, record(1, b"first"), record(2, b"aaa", tag="P"),
                    record(3, b"err", "stderr"), record(4, b"bbb", tag="P"))
        self.append("web", 2, record(5, b"ccc"), record(6, b"last"))
        self.assertEqual(self.tail("web", "-n", "2", "--raw"), b"aaabbbccc\nlast\n")
        self.assertEqual(self.tail("web", "-n", "3", "--raw"), b"err\naaabbbccc\nlast\n")
        self.assertEqual(json.loads(self.tail("web", "-n2", "--json").splitlines()[0])["message"],
                         "aaabbbccc")
        # Stored records, and only those of the lines that were asked for.
        self.assertEqual(self.tail("web", "-n", "2", "-o", "cri"),
                         record(2, b"aaa", tag="P") + record(4, b"bbb", tag="P") +
                         record(5, b"ccc") + record(6, b"last"))

    def test_merges_processes_and_instances_by_time(self):
        expected = []
        generator = random.Random(4)
        ticks = {name: 0 for name in ("api", "web@0", "web@1", "db")}
        for _ in range(400):
            name = generator.choice(list(ticks))
            ticks[name] += generator.randint(1, 5)
            content = f"{name} {ticks[name]}".encode()
            self.append(name, 1 + ticks[name] // 200, record(ticks[name], content))
            process, _, instance = name.partition("@")
            expected.append((ticks[name], process, instance, content))
        expected.sort()
        lines = [entry[3] for entry in expected]
        self.assertEqual(self.tail("-n", "all", "--raw").splitlines(), lines)
        self.assertEqual(self.tail("-n", "77", "--raw").splitlines(), lines[-77:])
        web = [line for line in lines if line.startswith(b"web")]
        self.assertEqual(self.tail("web", "-n", "50", "--raw").splitlines(), web[-50:])
        first = [line for line in web if line.startswith(b"web@0")]
        self.assertEqual(self.tail("web@0", "-n", "all", "--raw").splitlines(), first)
        both = [line for line in lines if not line.startswith(b"web")]
        self.assertEqual(self.tail("a*", "d?", "-n", "all", "--raw").splitlines(), both)

    def test_many_logs(self):
        for number in range(300):
            self.append(f"p{number}", 1, record(number, b"%d" % number),
                        record(1000 - number, b"x"))
        resource_limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, resource_limits)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource_limits[1]))
        self.assertEqual(len(self.tail("-n", "all").splitlines()), 600)
        self.assertEqual(self.tail("-n", "300", "--raw"), b"x\n" * 300)


class Formats(TailTest):
    def setUp(self):
        super().setUp()
        self.all_bytes = bytes(byte for byte in range(256) if byte != 10)
        self.append("web", 1, record(1, self.all_bytes), record(2, b"plain", "stderr"))

    def test_every_byte_comes_through_raw_and_cri(self):
        self.assertEqual(self.tail("web", "--raw"), self.all_bytes + b"\nplain\n")
        self.assertEqual(self.tail("web", "-o", "cri"), self.path("web", 1).read_bytes())

    def test_every_byte_comes_through_json(self):
        first, second = [json.loads(line) for line in self.tail("web", "-o", "json").splitlines()]
        self.assertEqual(base64.b64decode(first["message_b64"]), self.all_bytes)
        self.assertEqual(second, {"v": 1, "time": "2026-11-21T22:00:00.000002000Z",
                                  "process": "web", "instance": None, "stream": "stderr",
                                  "run": None, "type": "line", "message": "plain"})
        text = "".join(map(chr, range(0x20, 0x3000))).encode()
        self.append("web", 1, record(3, text))
        last = json.loads(self.tail("web", "-o", "json", "-n1"))
        self.assertEqual(last["message"].encode(), text)
        self.assertNotIn("message_b64", last)

    def test_run_and_type_in_json(self):
        self.append("web@3", 1, event(1, "started run 7: pid 1, uid 0, x"), record(2, b"a"))
        lines = [json.loads(line) for line in
                 self.tail("web@3", "-n", "all", "--json", "--events").splitlines()]
        self.assertEqual([(line["type"], line["run"], line["instance"]) for line in lines],
                         [("event", 7, 3), ("line", 7, 3)])
        self.assertTrue(lines[0]["time"].endswith("Z"))

    def test_short_and_iso_escape_control_bytes(self):
        for form in ("short", "iso"):
            output = self.tail("web", "-o", form)
            self.assertFalse(set(output) & set(range(0x20)) - {9, 10}, output)
            self.assertIn(rb"\x00\x01", output)
        self.assertEqual(self.tail("web", "-n1"), b"22:00:00.000 ! plain\n")
        self.assertEqual(self.tail("web", "-n1", "-o", "iso", "--utc"),
                         b"2026-11-21T22:00:00.000002000Z ! plain\n")

    def test_time_zones(self):
        environment = dict(self.box.environment, TZ="Asia/Kolkata")
        self.assertEqual(self.tail("web", "-n1", "-o", "iso", env=environment),
                         b"2026-11-22T03:30:00.000002000+05:30 ! plain\n")
        self.assertEqual(self.tail("web", "-n1", "-o", "iso", "--tz", "America/St_Johns"),
                         b"2026-11-21T18:30:00.000002000-03:30 ! plain\n")
        self.assertEqual(self.tail("web", "-n1", "--utc", env=environment),
                         b"22:00:00.000 ! plain\n")
        self.fails(2, "web", "--tz", "Nowhere/Else")

    def test_names_in_front(self):
        self.append("api", 1, record(9, b"x"))
        self.assertEqual(self.tail("api"), b"22:00:00.000 | x\n")
        self.assertEqual(self.tail("api", "--prefix", "always"), b"22:00:00.000 api | x\n")
        self.assertEqual(self.tail("api", "--prefix=always", "--raw"), b"api | x\n")
        self.assertEqual(self.tail("-n2"), b"22:00:00.000 web ! plain\n22:00:00.000 api | x\n")
        self.assertEqual(self.tail("-n1", "--prefix", "never"), b"22:00:00.000 | x\n")

    def test_missing_last_newlines(self):
        self.append("raw", 1, record(1, b"a"), event(2, "stdout ends without a newline"),
                    record(3, b"b"), event(4, "exited run 1: pid 2, code 0"), record(5, b"c"),
                    record(6, b"d", "stderr"), event(7, "stderr ends without a newline"),
                    record(8, b"e", "stderr"))
        self.assertEqual(self.tail("raw", "-n", "all", "--raw"), b"a\nbc\nd\ne")
        self.assertEqual(self.tail("raw", "-n", "4", "--raw"), b"bc\nd\ne")
        self.assertEqual(self.tail("raw", "-n", "1", "--raw"), b"e")
        self.assertEqual(self.tail("raw", "-n", "all", "--raw", "--err"), b"d\ne")
        self.assertEqual(len(self.tail("raw", "-n", "all").splitlines()), 5)

    def test_huge_lines(self):
        # Pieces of 1 MiB, 40 MiB in all: joined in one object; another line beyond what is held.
        piece = bytes(random.Random(1).randbytes(1 << 20)).replace(b"\n", b" ")
        self.append("big", 1, *[record(i, piece, tag="P") for i in range(40)], record(99, b"end"))
        line = json.loads(self.tail("big", "--json"))
        self.assertEqual(base64.b64decode(line["message_b64"]), piece * 40 + b"end")
        self.append("big", 2, *[record(100 + i, piece, tag="P") for i in range(100)],
                    record(999, b"end"))
        self.assertEqual(self.tail("big", "--raw", "-n1"), piece * 100 + b"end\n")

    def test_one_record_of_the_longest_length(self):
        content = b"x" * (16 << 20)
        self.append("long", 1, record(1, b"a"), record(2, content), record(3, b"b"))
        self.assertEqual(self.tail("long", "--raw"), b"a\n" + content + b"\nb\n")


class Terminals(TailTest):
    def on_terminal(self, *arguments, **environment):
        """What `logctl tail` prints on a terminal."""
        output, status = on_terminal(self, "tail", *arguments, **environment)
        self.assertEqual(status, 0)
        return output

    def test_control_bytes_are_harmless_and_colours_end(self):
        hostile = b"\x1b[31mred\x1b]0;title\x07\x1b[2J\r\x9b31m\xe2\x80\xae"
        self.append("web", 1, record(1, hostile))
        for form in ("short", "iso", "raw", "cri", "json"):
            output = self.on_terminal("web", "-o", form)
            rest = re.sub(rb"\x1b\[[0-9;]*m", b"", output)
            self.assertFalse(set(rest) & (set(range(0x20)) - {9, 10} | {0x7f, 0x9b}), output)
            self.assertNotIn(b"\xe2\x80\xae", output)
            if form == "raw":
                self.assertIn(b"\x1b[31mred", output)
                self.assertTrue(output.endswith(b"\x1b[0m\n"), output)

    def test_colour_only_when_wanted(self):
        self.append("web", 1, record(1, b"x", "stderr"))
        self.assertIn(b"\x1b[31m!", self.on_terminal("web"))
        self.assertNotIn(b"\x1b", self.on_terminal("web", "--color", "never"))
        self.assertNotIn(b"\x1b", self.on_terminal("web", NO_COLOR="1"))
        self.assertIn(b"\x1b", self.on_terminal("web", "--color", "always", NO_COLOR="1"))
        self.assertNotIn(b"\x1b", self.tail("web"))
        self.assertIn(b"\x1b", self.tail("web", "--color=always"))

    def test_order_and_count_are_the_same(self):
        for tick in range(100):
            self.append("web", 1, record(tick, b"%d" % tick))
        self.assertEqual(self.on_terminal("web", "--color", "never"), self.tail("web"))

    def test_names_are_padded(self):
        self.append("a", 1, record(1, b"x"))
        self.append("longer", 1, record(2, b"y"))
        self.assertEqual(self.on_terminal("--color", "never"),
                         b"22:00:00.000 a      | x\n22:00:00.000 longer | y\n")


class Listing(TailTest):
    def test_files_and_sizes(self):
        self.append("web", 1, record(1, b"x"))
        self.path("web", 1, ".log.gz").write_bytes(gzip.compress(b"x"))
        self.append("web", 2, record(1, b"x"))
        self.path("web", 2, ".log.torn").write_bytes(b"1234")
        self.append("api@1", 1)
        rows = [line.split() for line in self.box.logctl("ls").decode().splitlines()]
        size = str(self.path("web", 2).stat().st_size)
        times = ["2026-11-21", "22:00:00"] * 2
        self.assertIn(["web", self.path("web", 2).name, size, size + "B", "active", *times], rows)
        self.assertIn(["web", self.path("web", 1).name, size, size + "B", "closed", *times], rows)
        archive = self.path("web", 1, ".log.gz")
        size = str(archive.stat().st_size)
        self.assertIn(["web", archive.name, size, size + "B", "archive"], rows)
        self.assertIn(["web", self.path("web", 2, ".log.torn").name, "4", "4B", "torn"], rows)
        self.assertIn(["api@1", self.path("api@1", 1).name, "0", "0B", "active"], rows)
        self.assertEqual(rows[-1][-1], "total")
        only = self.box.logctl("ls", "api").decode()
        self.assertNotIn("web", only)


class LargeSegments(TailTest):
    def test_the_end_of_a_large_segment_is_cheap(self):
        size = (5 << 30) if os.environ.get("LOGD_TEST_FULL", "") not in ("", "0") else 512 << 20
        line = record(1, b"a line of an ordinary length, as many programs write them, "
                      b"with some more words at its end")
        block = line * 20_000
        path = self.path("web", 1)
        path.parent.mkdir()
        with open(path, "wb") as file:
            for _ in range(size // len(block)):
                file.write(block)
            file.write(b"".join(record(2 + i, b"%d" % i) for i in range(100)))
        expected = b"".join(b"%d\n" % i for i in range(100))
        best = 9.0
        for _ in range(5):
            started = time.monotonic()
            self.assertEqual(self.tail("web", "-n", "100", "--raw"), expected)
            best = min(best, time.monotonic() - started)
        follower = self.follow("web", "-n", "100", "--raw")
        follower.read_lines(100)
        peak = status_field(follower.process.pid, "VmHWM")
        self.assertEqual(follower.stop(), expected)
        print(f"last 100 lines of {path.stat().st_size >> 20} MiB: "
              f"{best * 1000:.1f} ms, {peak} KiB")
        # Sanitizers keep shadows of all memory, and take their time.
        is_sanitized = bool(os.environ.get("LOGD_SANITIZED"))
        self.assertLess(best, 1.0 if is_sanitized else 0.1)
        self.assertLess(peak, (128 if is_sanitized else 16) << 10)


if __name__ == "__main__":
    unittest.main()
