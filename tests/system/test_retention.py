#!/usr/bin/env python3
"""Rotation by time, archives and retention: each limit takes what it must and nothing else.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

import harness
from harness import SandboxTest, wait_until

KIB, MIB = 1 << 10, 1 << 20
PLAIN = '[defaults]\ncompress = false\nretain = "all"\nrotate_interval = "off"\n'


def stamp(seconds_ago, form="%Y-%m-%dT%H:%M:%S"):
    return time.strftime(form, time.gmtime(time.time() - seconds_ago))


def record(seconds_ago, content=b"old"):
    return b"%s.000000000Z stdout F %s\n" % (stamp(seconds_ago).encode(), content)


class RetentionTest(SandboxTest):
    def old_segment(self, box, log, number, seconds_ago, size=0, ending=".log"):
        """A segment of `size` bytes, begun so long ago; the next one's beginning is its end."""
        path = box.log_dir / log / f"{number:010}-{stamp(seconds_ago, '%Y%m%dT%H%M%SZ')}{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        line = record(seconds_ago, b"x" * 200)
        content = line * (size // len(line))
        if size:
            content += record(seconds_ago, b"y" * max(0, size - len(content) - len(record(0, b""))))
        path.write_bytes(gzip.compress(content) if ending == ".log.gz" else content)
        return path

    def old_log(self, box, log, closed, size=KIB, step=10):
        """`closed` closed segments, each `step` s long, and an empty active one."""
        paths = [self.old_segment(box, log, number, (closed + 1 - number) * step, size)
                 for number in range(1, closed + 1)]
        self.old_segment(box, log, closed + 1, 0)
        return paths

    def names(self, box, log, endings=(".log", ".log.gz")):
        """(number, ending) of the segments of a log."""
        found = []
        for name in os.listdir(box.log_dir / log):
            parsed = re.fullmatch(r"(\d{10})-\d{8}T\d{6}Z(\.log.*)", name)
            if parsed and parsed[2] in endings:
                found.append((int(parsed[1]), parsed[2]))
        return sorted(found)

    def numbers(self, box, log):
        return [number for number, _ in self.names(box, log)]

    def status(self, box):
        return json.loads(box.logctl("status", "--json"))

    def wait_for_numbers(self, box, log, numbers):
        wait_until(lambda: self.numbers(box, log) == numbers, 20, f"segments {numbers} of {log}")


class Names(RetentionTest):
    def test_a_log_loses_only_its_own(self):
        logs = ("app", "myapp", "app-out", "app.1", "app@1", "app@12", "app.log", "App")
        box = self.sandbox(PLAIN + "[process.app]\nretain = 2\n")
        for log in logs:
            self.old_log(box, log, 5)
        box.start()
        for log in ("app", "app@1", "app@12"):
            self.wait_for_numbers(box, log, [4, 5, 6])
        box.logctl("prune")
        for log in logs:
            if not re.fullmatch(r"app(@\d+)?", log):
                self.assertEqual([1, 2, 3, 4, 5, 6], self.numbers(box, log), log)
        self.assertEqual(9, self.status(box)["deleted"]["retain"])
        self.assertEqual(9, box.errors().count("retain = 2, and there were"))

    def test_a_log_that_only_looks_like_an_instance(self):
        box = self.sandbox(PLAIN + "[process.app]\nretain = 1\n")
        for log in ("app", "app@x", "app@", "not a log"):
            self.old_log(box, log, 3)
        box.start()
        self.wait_for_numbers(box, "app", [3, 4])
        for log in ("app@x", "app@", "not a log"):
            self.assertEqual([1, 2, 3, 4], self.numbers(box, log), log)


class Limits(RetentionTest):
    def test_retain_while_segments_come(self):
        box = self.started('[defaults]\nmax_size = "16KiB"\nretain = 3\nkeep_plain = 0\n')
        self.assertEqual(0, box.run_to_end("web", ["seq", "20000"]))
        last = max(self.numbers(box, "web"))
        wait_until(lambda: self.names(box, "web") == [
            (last - 3, ".log.gz"), (last - 2, ".log.gz"), (last - 1, ".log.gz"), (last, ".log")],
            20, "three archives and the active segment")
        lines = box.raw("web").split()
        self.assertEqual(lines, [b"%d" % i for i in range(20001 - len(lines), 20001)])

    def test_max_total_size_counts_the_active_segment(self):
        box = self.sandbox(PLAIN + 'max_total_size = "200KiB"\n')
        self.old_log(box, "web", 6, 64 * KIB)
        box.start()
        self.wait_for_numbers(box, "web", [4, 5, 6, 7])
        # 192 KiB are left; the active one grows and is closed.
        self.assertEqual(0, box.run_to_end("web", ["seq", "1000"]))
        box.logctl("rotate", "web")
        self.wait_for_numbers(box, "web", [5, 6, 7, 8])

    def test_max_age_at_the_start_and_when_it_comes(self):
        box = self.sandbox(PLAIN + 'max_age = "5m"\n')
        for number, seconds_ago in ((1, 2000), (2, 1000), (3, 400), (4, 298), (5, 60), (6, 0)):
            self.old_segment(box, "web", number, seconds_ago, KIB)
        box.start()
        # 1 and 2 were closed 1000 and 400 s ago, 3 will be too old in 2 s.
        self.wait_for_numbers(box, "web", [4, 5, 6])
        self.assertEqual(3, self.status(box)["deleted"]["max_age"])

    def test_max_age_does_not_believe_a_clock_that_jumped(self):
        box = self.sandbox(PLAIN + 'max_age = "5m"\n')
        for number, seconds_ago in ((1, 90000), (2, 89800), (3, 89600)):
            self.old_segment(box, "web", number, seconds_ago, KIB)
        box.start()
        box.logctl("prune")
        self.assertEqual([1, 2, 3], self.numbers(box, "web"))

    def test_max_disk_takes_the_oldest_of_all(self):
        box = self.sandbox('max_disk = "1MiB"\n' + PLAIN)
        for number in range(1, 5):
            self.old_segment(box, "a", number, 1000 - 100 * number, 256 * KIB)
            self.old_segment(box, "b", number, 950 - 100 * number, 256 * KIB)
        for log in ("a", "b"):
            self.old_segment(box, log, 5, 100)
        box.start()
        self.wait_for_numbers(box, "a", [3, 4, 5])
        self.wait_for_numbers(box, "b", [3, 4, 5])
        self.assertEqual(4, self.status(box)["deleted"]["max_disk"])

    def test_all_lifts_only_the_count(self):
        box = self.sandbox('[defaults]\nretain = "all"\ncompress = false\n'
                           '[process.small]\nmax_total_size = "20KiB"\n')
        for log in ("web", "small"):
            self.old_log(box, log, 30, 4 * KIB)
        box.start()
        wait_until(lambda: len(self.numbers(box, "small")) == 6, 20, "20 KiB and the active one")
        self.assertEqual(list(range(1, 32)), self.numbers(box, "web"))

    def test_what_recovery_kept_goes_with_its_segment(self):
        box = self.sandbox(PLAIN + "[process.web]\nretain = 1\n")
        self.old_log(box, "web", 3)
        torn = [self.old_segment(box, "web", number, (4 - number) * 10, 10, ".log.torn")
                for number in (1, 3)]
        box.start()
        self.wait_for_numbers(box, "web", [3, 4])
        self.assertEqual([False, True], [path.exists() for path in torn])


@unittest.skipUnless(os.geteuid() == 0, "only root can mount a file system")
class Disk(RetentionTest):
    def small_disk(self, size):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="logd-test-disk-"))
        self.addCleanup(directory.rmdir)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "none",
                                  directory], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount: {mounted.stderr.decode()}")
        self.addCleanup(subprocess.run, ["umount", directory], check=True)
        return directory

    def on_small_disk(self, config):
        disk = self.small_disk("8m")
        box = self.sandbox(config)
        box.log_dir = disk / "log"
        box.environment["LOGD_LOG_DIR"] = str(box.log_dir)
        return disk, box

    def free(self, disk):
        return os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize

    def test_min_free(self):
        disk, box = self.on_small_disk('min_free = "4MiB"\n' + PLAIN)
        self.old_log(box, "web", 6, MIB)
        box.start()
        self.wait_for_numbers(box, "web", [3, 4, 5, 6, 7])
        # Others fill the disk; it is looked at when something is written, or by a prune.
        (disk / "other").write_bytes(bytes(MIB))
        plan = json.loads(box.logctl("prune", "--dry-run", "--json"))
        self.assertEqual([(3, "min_free")], [(segment["segment"], segment["reason"])
                                             for segment in plan["segments"]])
        self.assertEqual([3, 4, 5, 6, 7], self.numbers(box, "web"))
        self.assertEqual(0, box.run_to_end("web", ["echo", "hello"]))
        wait_until(lambda: self.free(disk) >= 4 * MIB, 20, "free space")
        self.assertEqual(b"hello\n", box.raw("web")[-6:])

    def test_min_free_as_a_share(self):
        disk, box = self.on_small_disk('min_free = "50%"\n' + PLAIN)
        self.old_log(box, "web", 6, MIB)
        box.start()
        wait_until(lambda: self.free(disk) >= 4 * MIB, 20, "free space")
        self.assertEqual([3, 4, 5, 6, 7], self.numbers(box, "web"))

    def test_without_closed_segments_capture_goes_on(self):
        _, box = self.on_small_disk('min_free = "8MiB"\n' + PLAIN)
        box.start()
        self.assertEqual(0, box.run_to_end("web", ["seq", "1000"]))
        self.assertEqual(b"1000\n", box.raw("web")[-5:])


class Rotation(RetentionTest):
    def test_every_second_and_at_an_age(self):
        box = self.started('[defaults]\nrotate_interval = "off"\ncompress = false\n'
                           '[process.often]\nrotate_interval = "every 1s"\n'
                           '[process.old]\nrotate_after = "1s"\n'
                           '[process.small]\nrotate_after = "1s"\nmin_size = "1KiB"\n')
        for log in ("often", "old", "small", "never"):
            self.assertEqual(0, box.run_to_end(log, ["echo", "one"]))
        for log in ("often", "old"):
            self.wait_for_numbers(box, log, [1, 2])
        # The next times pass: an empty segment is not closed, nor a small one.
        self.assertEqual(0, box.run_to_end("often", ["echo", "two"]))
        self.wait_for_numbers(box, "often", [1, 2, 3])
        for log, numbers in (("old", [1, 2]), ("small", [1]), ("never", [1])):
            self.assertEqual(numbers, self.numbers(box, log), log)
        # It has grown: the next time that it is due.
        self.assertEqual(0, box.run_to_end("small", ["seq", "100"]))
        self.wait_for_numbers(box, "small", [1, 2])
        self.assertEqual(b"one\ntwo\n", box.raw("often"))
        self.assertEqual(b"one\n" + b"".join(b"%d\n" % i for i in range(1, 101)),
                         box.raw("small"))

    def test_what_was_missed_is_done_once_at_the_start(self):
        box = self.sandbox('timezone = "UTC"\n[defaults]\ncompress = false\n')
        for log, seconds_ago in (("web", 3 * 86400), ("empty", 0)):
            path = self.old_segment(box, log, 1, 3 * 86400)
            path.write_bytes(record(seconds_ago) if seconds_ago else b"")
        box.start()
        self.wait_for_numbers(box, "web", [1, 2])
        self.assertEqual([1], self.numbers(box, "empty"))
        self.assertEqual(b"old\n", box.raw("web"))

    def test_by_hand_names(self):
        box = self.started()
        self.assertEqual(b"nothing to rotate: there are no logs\n", box.logctl("rotate"))

        def written(*logs):
            for log in logs:
                name, _, instance = log.partition("@")
                self.assertEqual(0, box.run_to_end(name, ["echo", "line"],
                                                   instance=instance or None))
        written("app-a", "app-b", "other", "many@0", "many@1")
        self.assertEqual(b"app-a: rotated\napp-b: rotated\n", box.logctl("rotate", "app*"))
        self.assertEqual(b"nothing to rotate: app-a is empty\nother: rotated\n",
                         box.logctl("rotate", "other", "app-a", "oth*", "other"))
        self.assertEqual(b"many@1: rotated\n", box.logctl("rotate", "many@1"))
        self.assertEqual(b"many@0: rotated\nnothing to rotate: many@1 is empty\n",
                         box.logctl("rotate", "many"))
        written("app-a")
        for names in (("app-a", "nosuch"), ("app-a", "no*")):
            box.logctl("rotate", *names, status=4)
        self.assertEqual(b"app-a: rotated\n", box.logctl("rotate", "app-a", "app-a"))
        # A flush takes more than a typo should.
        box.logctl("flush", "app*", status=4)
        self.assertEqual(1, box.logctl("flush", "app-a", "app-a").count(b"app-a: freed"))

    def test_by_hand_while_archives_are_made(self):
        box = self.started('[defaults]\nkeep_plain = 0\nretain = "all"\nmax_size = "1MiB"\n')
        writer = box.run("web", ["seq", "300000"])
        wait_until(lambda: box.stored("web"), 10, "the first lines")
        rotated = 0
        while writer.poll() is None:
            rotated += box.logctl("rotate", "web").count(b": rotated")
        self.assertEqual(0, box.wait(writer))
        self.assertEqual(0, box.run_to_end("web", ["echo", "end"]))
        self.assertIn(b": rotated", box.logctl("rotate", "web"))
        last = max(self.numbers(box, "web"))
        self.assertIn(b"nothing to rotate", box.logctl("rotate", "web"))
        self.assertEqual(last, max(self.numbers(box, "web")))
        wait_until(lambda: {ending for number, ending in self.names(box, "web")
                            if number < last} == {".log.gz"}, 30, "archives of all")
        self.assertEqual(b"".join(b"%d\n" % i for i in range(1, 300001)) + b"end\n",
                         box.raw("web"))
        events = box.raw("web", "--events")
        self.assertEqual(rotated + 1, events.count(b"rotated by uid %d (pid " % os.geteuid()))
        self.assertIn(b": no damage\n", box.logctl("verify"))


class Archives(RetentionTest):
    def test_keep_plain(self):
        box = self.started('[defaults]\nmax_size = "16KiB"\nretain = 8\nkeep_plain = 2\n'
                           '[process.plain]\ncompress = false\n')
        for log in ("web", "plain"):
            self.assertEqual(0, box.run_to_end(log, ["seq", "4000"]))
        last = max(self.numbers(box, "web"))
        self.assertGreater(last, 8)
        wait_until(lambda: self.names(box, "web") == [
            (number, ".log" if number >= last - 2 else ".log.gz")
            for number in range(last - 8, last + 1)], 20, "all but two closed ones compressed")
        self.assertEqual({".log"}, {ending for _, ending in self.names(box, "plain")})
        archives = self.status(box)["archives"]
        self.assertEqual((0, 0), (archives["waiting"], archives["failed"]))
        self.assertGreater(archives["made"], 0)

    def test_leftovers_are_finished_at_the_start(self):
        box = self.sandbox('[defaults]\nkeep_plain = 5\n')
        self.old_log(box, "web", 3)
        gone = [self.old_segment(box, "web", 1, 30, KIB),
                self.old_segment(box, "web", 2, 20, KIB, ".log.gz.tmp"),
                self.old_segment(box, "web", 3, 10, 0, ".log.gz.tmp")]
        subprocess.run([harness.tool("archive_tool"), "write", "6", gone[0],
                        gone[0].with_suffix(".log.gz")], check=True, capture_output=True)
        expected = gone[0].read_bytes()
        box.start()
        wait_until(lambda: not any(path.exists() for path in gone), 20, "the end of leftovers")
        self.assertEqual([(1, ".log.gz"), (2, ".log"), (3, ".log"), (4, ".log")],
                         self.names(box, "web"))
        self.assertEqual(expected.count(b"\n") * 3, box.raw("web").count(b"\n"))

    def test_what_was_closed_before_is_archived_after_the_start(self):
        box = self.sandbox('[defaults]\nkeep_plain = 1\n')
        self.old_log(box, "web", 4)
        before = [path.read_bytes() for path in sorted((box.log_dir / "web").glob("*.log"))]
        box.start()
        wait_until(lambda: self.names(box, "web") == [
            (1, ".log.gz"), (2, ".log.gz"), (3, ".log.gz"), (4, ".log"), (5, ".log")], 20,
            "archives of three")
        after = [gzip.decompress(path.read_bytes())
                 for path in sorted((box.log_dir / "web").glob("*.log.gz"))]
        self.assertEqual(before[:3], after)


class Prune(RetentionTest):
    def over_its_limit(self):
        """A log whose active segment has grown over what the log may take; it is not yet closed."""
        box = self.sandbox(PLAIN + 'max_total_size = "100KiB"\n')
        self.old_log(box, "web", 1, 64 * KIB)
        self.old_log(box, "other", 1)
        box.start()
        self.assertEqual(0, box.run_to_end("web", ["seq", "1000"]))
        return box

    def test_a_dry_run_changes_nothing(self):
        box = self.over_its_limit()
        said = box.logctl("prune", "--dry-run").decode().splitlines()
        self.assertRegex(said[0], r"^web: segment 1, 65536 bytes \(64.0KiB\): "
                                  r"max_total_size = 100KiB, and there were 1\d\dKiB$")
        self.assertEqual("would delete 1 segment, 65536 bytes (64.0KiB)", said[1])
        plan = json.loads(box.logctl("prune", "--dry-run", "-o", "json"))
        self.assertTrue(plan["dry_run"])
        self.assertEqual([("web", 1, 65536, "max_total_size")], [
            (one["log"], one["segment"], one["bytes"], one["reason"]) for one in plan["segments"]])
        self.assertEqual([1, 2], self.numbers(box, "web"))
        self.assertNotIn(b"pruned", box.raw("web", "--events"))
        self.assertEqual(0, sum(self.status(box)["deleted"].values()))

    def test_what_goes_leaves_an_event(self):
        box = self.over_its_limit()
        self.assertIn(b"deleted 1 segment, 65536 bytes", box.logctl("prune"))
        self.assertEqual([2], self.numbers(box, "web"))
        self.assertRegex(box.raw("web", "--events").splitlines()[-1].decode(),
                         rf"^pruned by uid {os.geteuid()} \(pid \d+\): 1 segments, 65536 bytes$")
        self.assertNotIn(b"pruned", box.raw("other", "--events"))
        self.assertEqual([1, 2], self.numbers(box, "other"))
        self.assertEqual(1, self.status(box)["deleted"]["max_total_size"])
        self.assertIn("max_total_size = 100KiB", box.errors())
        self.assertEqual(b"deleted 0 segments, 0 bytes (0B)\n", box.logctl("prune"))

    def test_exit_status(self):
        box = self.sandbox()
        box.logctl("prune", status=5)
        box.start()
        box.logctl("prune", "web", status=2)
        box.logctl("prune", "-o", "xml", status=2)
        box.logctl("prune", "--dry-run")


if __name__ == "__main__":
    unittest.main()
