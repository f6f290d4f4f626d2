#!/usr/bin/env python3
"""Archives are gzip files for every program that reads such, and hostile ones do no harm.

The store is called through archive_tool, without a daemon.
SPDX-License-Identifier: Apache-2.0
"""
import gzip
import os
import pathlib
import random
import re
import resource
import struct
import subprocess
import tempfile
import unittest
import zlib

import harness

TOOL = harness.tool("archive_tool")
IS_SANITIZED = bool(os.environ.get("LOGD_SANITIZED"))
TARGET_BYTES = 512 * 1024
HEADER_BYTES = 60
NODE = ("const z = require('zlib'), f = require('fs');"
        "process.stdout.write(z.gunzipSync(f.readFileSync(process.argv[1])))")
# How others give the uncompressed bytes of FILE.
READERS = (
    ("zcat", "FILE"),
    ("gzip", "-dc", "FILE"),
    ("pigz", "-dc", "FILE"),
    ("busybox", "zcat", "FILE"),
    ("node", "-e", NODE, "FILE"),
    ("python3", "-c", "import gzip, sys; sys.stdout.buffer.write(gzip.open(sys.argv[1]).read())",
     "FILE"),
)


def records(size, seed=1, line_bytes=110):
    """At least `size` bytes of records, each seventh of stderr, and an event at the beginning."""
    numbers = random.Random(seed)
    parts = [b"2026-11-21T22:16:59.000000000+00:00 stderr F started run 1: pid 7, uid 0, node\n"]
    length = len(parts[0])
    number = 0
    while length < size:
        stream = b"stderr" if number % 7 == 6 else b"stdout"
        text = b"request %d of user %d: %x" % (number, numbers.randrange(10**6),
                                              numbers.getrandbits(4 * line_bytes // 3))
        parts.append(b"2026-11-21T22:%02d:%02d.%09dZ %s F %s\n" % (
            17 + number // 60000 % 40, number // 1000 % 60, number, stream, text))
        length += len(parts[-1])
        number += 1
    return b"".join(parts)


def run(*command, **options):
    # Settings of this machine's node would make it speak.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NODE")}
    return subprocess.run(command, capture_output=True, check=False, timeout=120, env=environment,
                          **options)


class Folder(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = pathlib.Path(made.name)
        self.plain = self.folder / "0000000001-20261121T221700Z.log"
        self.archive = self.folder / "0000000001-20261121T221700Z.log.gz"

    def write(self, contents, level=6):
        self.plain.write_bytes(contents)
        done = run(TOOL, "write", str(level), self.plain, self.archive, "--compare")
        self.assertEqual((0, b""), (done.returncode, done.stderr))
        return self.archive.read_bytes()

    def members(self):
        """(offset, bytes, uncompressed offset, uncompressed bytes, …) of each data member."""
        done = run(TOOL, "members", self.archive)
        self.assertEqual(0, done.returncode, done.stderr)
        return [tuple(map(int, line.split())) for line in done.stdout.splitlines()]


class OtherPrograms(Folder):
    segments = {
        "nothing": b"",
        "one record": records(1),
        "three members": records(3 * TARGET_BYTES - 100_000),
        "a torn end": records(100_000)[:-20],
        "a record larger than a member": records(1) + records(1)[:60] + b"x" * 2 * TARGET_BYTES
                                         + b"\n" + records(5000),
        "any bytes": random.Random(2).randbytes(TARGET_BYTES + 1000),
    }

    def test_each_gives_back_the_same_bytes(self):
        for name, contents in self.segments.items():
            self.write(contents)
            for reader in READERS:
                with self.subTest(name, reader=reader[0]):
                    command = [self.archive if part == "FILE" else part for part in reader]
                    done = run(*command)
                    self.assertEqual((0, b""), (done.returncode, done.stderr))
                    self.assertTrue(done.stdout == contents)

    def test_each_says_that_it_is_sound(self):
        self.write(self.segments["three members"])
        for command in (("gzip", "-t"), ("pigz", "-t"), ("busybox", "gunzip", "-t")):
            with self.subTest(command):
                done = run(*command, self.archive)
                self.assertEqual((0, b""), (done.returncode, done.stderr))

    def test_zgrep_finds_lines(self):
        contents = self.segments["three members"]
        self.write(contents)
        found = run("zgrep", "-c", "stderr F", self.archive).stdout
        self.assertEqual(contents.count(b"stderr F"), int(found))
        self.assertIn(b"request 9999 ", run("zgrep", "request 9999 ", self.archive).stdout)

    def test_gzip_l_shows_the_size_of_the_last_member(self):
        """As logd-format(5) says: its uncompressed size is 0, so the ratio means nothing."""
        archive = self.write(self.segments["three members"])
        line = run("gzip", "-l", self.archive).stdout.splitlines()[1].split()
        self.assertEqual([str(len(archive)).encode(), b"0", b"0.0%"], line[:3])

    def test_an_extra_field_has_at_most_8_kib(self):
        # A table of contents as large as they get, and a second one.
        contents = b"\n" * (TARGET_BYTES * 230)
        data = self.write(contents)
        members = self.members()
        self.assertGreater(len(members), 227)
        self.assertTrue(run("busybox", "zcat", self.archive).stdout == contents)
        at, sizes = members[-1][0] + members[-1][1], []
        while at < len(data):
            self.assertEqual(b"\x1f\x8b\x08\x04", data[at:at + 4])
            extra = struct.unpack_from("<H", data, at + 10)[0]
            sizes.append(extra)
            at += 12 + extra + 10
        self.assertEqual(at, len(data))
        self.assertEqual(3, len(sizes))
        self.assertLessEqual(max(sizes), 8192)

    def test_any_of_the_members_can_be_taken_out(self):
        contents = self.segments["three members"]
        archive = self.write(contents)
        for offset, size, plain_offset, plain_size, *_ in self.members():
            self.assertEqual(gzip.decompress(archive[offset:offset + size]),
                             contents[plain_offset:plain_offset + plain_size])


class Headers(Folder):
    def test_they_say_what_the_members_hold(self):
        contents = records(2 * TARGET_BYTES)
        archive = self.write(contents)
        for offset, size, plain_offset, plain_size, first, last, out, err, events in self.members():
            lines = contents[plain_offset:plain_offset + plain_size].splitlines()
            times = [line[:29].decode() for line in lines]
            self.assertEqual([line.split(b" ")[1] for line in lines if b"+00:00" not in line[:36]]
                             .count(b"stderr"), err)
            self.assertEqual(len(lines), out + err + events)
            self.assertEqual((nanoseconds(min(times)), nanoseconds(max(times))), (first, last))
            # The layout of logd-format(5), read by hand.
            header = archive[offset:offset + HEADER_BYTES]
            self.assertEqual((44 + 4, b"LG", 44, 1, 1, 0), struct.unpack("<H2sHBBH", header[10:20]))
            self.assertEqual((size, plain_size, first, last, out, err, events),
                             struct.unpack("<IIqqIII", header[20:56]))
            self.assertEqual(zlib.crc32(header[:56]), struct.unpack("<I", header[56:])[0])

    def test_the_last_member_leads_to_the_table(self):
        archive = self.write(records(2 * TARGET_BYTES))
        size, magic, crc = struct.unpack("<I4sI", archive[-22:-10])
        self.assertEqual((b"LGix", b"\x03" + bytes(9)), (magic, archive[-10:]))
        index = archive[-size:]
        self.assertEqual(zlib.crc32(index[:-14]), crc)
        count, table = struct.unpack("<IQ", index[24:36])
        members = self.members()
        self.assertEqual((1, members[-1][0] + members[-1][1]), (count, table))
        self.assertEqual(len(members), struct.unpack_from("<I", archive, table + 24)[0])
        for number, member in enumerate(members):
            found = struct.unpack_from("<IIqqIII", archive, table + 28 + 36 * number)
            self.assertEqual((member[1], *member[3:]), found)


def nanoseconds(text):
    seconds = run("date", "-u", "-d", text[:19] + "Z", "+%s").stdout
    return int(seconds) * 10**9 + int(text[20:])


class Hostile(Folder):
    """Each case through check and cat, in little memory; none may crash or show other bytes."""

    limit_bytes = 200 * 2**20

    def call(self, verb, data):
        self.archive.write_bytes(data)
        limit = None if IS_SANITIZED else lambda: resource.setrlimit(
            resource.RLIMIT_AS, (self.limit_bytes, self.limit_bytes))
        done = run(TOOL, verb, self.archive, preexec_fn=limit)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done

    def lines_of(self, data):
        """What readers get; each line must be one that was written, or stand for what is lost."""
        done = self.call("cat", data)
        for line in done.stdout.split(b"\n"):
            self.assertTrue(line in self.written or not line.strip(b"\0"), line[:100])
        return done

    def setUp(self):
        super().setUp()
        self.contents = records(2 * TARGET_BYTES + 60_000)
        self.written = set(self.contents.splitlines())
        self.good = self.write(self.contents)
        self.places = self.members()

    def damage(self, data):
        done = self.call("check", data)
        found = re.findall(rb"^damage (\d+) (\d+) (.*)$", done.stdout, re.MULTILINE)
        self.assertEqual(1 if found else 0, done.returncode)
        return [(int(offset), int(size), why.decode()) for offset, size, why in found]

    def test_intact(self):
        self.assertEqual([], self.damage(self.good))
        self.assertTrue(self.lines_of(self.good).stdout == self.contents)

    def test_a_flipped_bit_in_each_region(self):
        second = self.places[1]
        end = second[0] + second[1]
        table = self.places[-1][0] + self.places[-1][1]
        regions = {"header": range(second[0], second[0] + HEADER_BYTES, 5),
                   "body": range(second[0] + HEADER_BYTES, end - 9, 20_011),
                   "trailer": range(end - 8, end),
                   "table": range(table, len(self.good), 13)}
        for region, offsets in regions.items():
            for offset in offsets:
                with self.subTest(region, offset=offset):
                    data = bytearray(self.good)
                    data[offset] ^= 1
                    damage = self.damage(data)
                    self.assertEqual(1, len(damage), damage)
                    self.assertLessEqual(damage[0][0], offset)
                    self.assertGreater(damage[0][0] + damage[0][1], offset)
                    shown = self.lines_of(data).stdout
                    kept = self.contents
                    if region in ("body", "trailer"):
                        self.assertEqual(second[0], damage[0][0])
                        lost = b"\0" * (second[3] - 1) + b"\n"
                        kept = kept[:second[2]] + lost + kept[second[2] + second[3]:]
                    self.assertTrue(shown == kept)

    def test_cut_off_anywhere(self):
        sizes = set(range(0, len(self.good), len(self.good) // 25))
        for offset, size, *_ in self.places:
            sizes |= set(range(max(0, offset - 20), offset + 80, 9)) | {offset, offset + size}
        sizes |= set(range(len(self.good) - 250, len(self.good), 11))
        for size in sorted(sizes):
            with self.subTest(size):
                self.assertNotEqual([], self.damage(self.good[:size]))
                shown = self.lines_of(self.good[:size])
                self.assertEqual(1, shown.returncode)
                whole = max([0] + [place[2] + place[3] for place in self.places
                                   if place[0] + place[1] <= size])
                self.assertTrue(shown.stdout[:whole] == self.contents[:whole])

    def with_sizes(self, size, plain_size):
        """The second member with other sizes in its header, the CRC right again; no table."""
        end = self.places[-1][0] + self.places[-1][1]
        data = bytearray(self.good[:end])
        at = self.places[1][0]
        struct.pack_into("<II", data, at + 20, size & 0xffffffff, plain_size & 0xffffffff)
        struct.pack_into("<I", data, at + 56, zlib.crc32(data[at:at + 56]))
        return bytes(data)

    def test_sizes_that_lie(self):
        _, size, _, plain_size, *_ = self.places[1]
        for lie in ((size + 1, plain_size), (size - 1, plain_size), (69, plain_size),
                    (0, plain_size), (2**32 - 1, plain_size), (size, plain_size + 1),
                    (size, plain_size - 1), (size, 0), (size, 16 * 2**20), (size, 2**32 - 1),
                    (2**24, 2**24)):
            with self.subTest(lie):
                data = self.with_sizes(*lie)
                self.assertNotEqual([], self.damage(data))
                shown = self.lines_of(data).stdout
                self.assertTrue(shown.startswith(self.contents[:self.places[1][2]]))
                self.assertTrue(shown.endswith(self.contents[self.places[2][2]:]))

    def test_a_bomb_ends_at_what_its_header_says(self):
        """256 MiB of zeros in 256 KiB, in a member that claims less, or as much."""
        size = 2**28
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = deflate.compress(bytes(size)) + deflate.flush()
        for claimed in (1000, 16 * 2**20, size):
            header = b"\x1f\x8b\x08\x04\0\0\0\0\0\x03" + struct.pack(
                "<H2sHBBHIIqqIII", 48, b"LG", 44, 1, 1, 0, 60 + len(body) + 8, claimed,
                0, 0, 0, 0, 0)
            header += struct.pack("<I", zlib.crc32(header))
            bomb = header + body + struct.pack("<II", zlib.crc32(bytes(size)), size)
            with self.subTest(claimed):
                self.assertNotEqual([], self.damage(bomb + self.good))
                shown = self.call("cat", bomb + self.good).stdout
                self.assertTrue(shown.endswith(self.contents))
                self.assertLess(len(shown), 17 * 2**20 + len(self.contents))

    def test_files_that_are_none(self):
        for data in (b"", b"\0" * 5000, b"\x1f\x8b", b"\x1f\x8b\x08\x04" * 100_000,
                     self.contents, self.good[:HEADER_BYTES] * 20_000):
            with self.subTest(data[:8], size=len(data)):
                self.assertNotEqual([], self.damage(data))
                self.assertEqual(1, self.lines_of(data).returncode)


class Foreign(Folder):
    """What gzip and its kin have made is read like before there were archives of ours."""

    def test_each_maker(self):
        contents = records(1_000_000)
        for maker in (("gzip", "-c"), ("gzip", "-1", "-c"), ("pigz", "-c"),
                      ("busybox", "gzip", "-c")):
            with self.subTest(maker):
                made = run(*maker, input=contents).stdout
                self.archive.write_bytes(made + made)
                done = run(TOOL, "cat", self.archive)
                self.assertEqual((0, b""), (done.returncode, done.stderr))
                self.assertTrue(done.stdout == contents * 2)
                self.assertIn(b"foreign true", run(TOOL, "check", self.archive).stdout)


class Tail(Folder):
    """logctl reads what is there, and says what is not."""

    def tail(self, name, archive):
        log = self.folder / "log" / name
        log.mkdir(parents=True)
        (log / "0000000001-20261121T221700Z.log.gz").write_bytes(archive)
        (log / "0000000002-20261122T001700Z.log").write_bytes(b"")
        return run(harness.LOGCTL, "--log-dir", self.folder / "log", "tail", name, "-n", "all",
                   "--events", "-o", "cri")

    def test_archives_of_both_kinds(self):
        contents = records(50_000)
        for name, archive in (("ours", self.write(contents)), ("gzip", gzip.compress(contents))):
            with self.subTest(name):
                done = self.tail(name, archive)
                self.assertEqual((0, b""), (done.returncode, done.stderr))
                self.assertTrue(done.stdout == contents)

    def test_a_damaged_member_is_left_out(self):
        contents = records(3 * TARGET_BYTES - 100_000)
        archive = bytearray(self.write(contents))
        offset, size, plain_offset, plain_size, *_ = self.members()[1]
        archive[offset + size // 2] ^= 1
        done = self.tail("web", archive)
        self.assertEqual(7, done.returncode)
        self.assertIn(f"{size} bytes at {offset}: ".encode(), done.stderr)
        self.assertTrue(done.stdout == contents[:plain_offset]
                        + contents[plain_offset + plain_size:])


if __name__ == "__main__":
    unittest.main()
