"""on_full = drop: whole lines go while there is no logd, exactly counted, at one place.

SPDX-License-Identifier: Apache-2.0
"""
import os
import subprocess
import unittest

from fake_logd import Store
from harness import wait_until
from shim_testing import NOBODY, ShimTest

DROP = ("--on-full", "drop", "--drop-after-ms", "100")
LINES = 60000

# Numbered lines of many lengths in writes that end anywhere, flushed in the middle of a line.
WRITE = f"""
import os, sys
def lines():
    return b"".join(b"%d %s\\n" % (i, b"x" * (i * 7 % 190)) for i in range({LINES}))
data = lines()
fds = [int(fd) for fd in sys.argv[1:]] or [1]
sizes = [1, 4096, 333, 70000, 5, 4095, 12345]
at = turn = 0
while at < len(data):
    size = sizes[turn % len(sizes)]
    for fd in fds:
        piece = data[at:at + size]
        while piece:
            piece = piece[os.write(fd, piece):]
    at += size
    turn += 1
"""


def expected_lines():
    return [b"%d %s\n" % (i, b"x" * (i * 7 % 190)) for i in range(LINES)]


class Drop(ShimTest):
    def assert_one_gap(self, stream, lines, gaps=1):
        """What is stored plus what was counted is exactly `lines`, in order, in whole lines."""
        data = bytes(stream.data)
        self.assertEqual(len(stream.gaps), gaps)
        rest, position, at = lines, 0, 0
        for offset, (dropped, dropped_bytes) in sorted(stream.gaps.items()):
            part = data[at:offset]
            count = part.count(b"\n")
            self.assertEqual(part, b"".join(rest[:count]))
            gone = rest[count:count + dropped]
            self.assertEqual(sum(map(len, gone)), dropped_bytes)
            rest, at = rest[count + dropped:], offset
        self.assertEqual(data[at:], b"".join(rest))

    def write(self, path, data):
        with open(path, "wb") as file:
            file.write(data)

    def test_counts_are_exact_and_only_whole_lines_go(self):
        lines = expected_lines()
        shim = self.start_writer("python3", "-c", WRITE, "1", "2")
        self.wait_for_writer()
        logd = self.logd()
        self.assertEqual(self.finish(shim), (0, ""))
        for stream in logd.store.streams.values():
            self.assert_one_gap(stream, lines)
            self.assertGreater(len(stream.data), 16 << 10)  # the newest are there

    def start_writer(self, *command, options=DROP, **more):
        """Starts a shim with `command` that wait_for_writer() can wait for."""
        os.chmod(self.directory, 0o777)
        script = '"$@"; touch %s/written' % self.directory
        return self.start("sh", "-c", script, "sh", *command, options=options, **more)

    def wait_for_writer(self):
        """Waits until all is written: CMD ends although nobody takes its lines."""
        wait_until(lambda: os.path.exists(self.directory + "/written"), 30, what="the end of CMD")

    def test_gap_follows_what_logd_has_taken_with_the_rest_of_its_line(self):
        store = Store()
        lines = expected_lines()
        go_on = self.directory + "/go"
        os.mkfifo(go_on)
        first = b"".join(lines)[:100001]
        self.assertNotEqual(first[-1:], b"\n")
        self.write(self.directory + "/first", first)
        self.write(self.directory + "/rest", b"".join(lines)[100001:])
        logd = self.logd(store)
        script = "cd %s; cat first; read x <go; cat rest" % self.directory
        shim = self.start_writer("sh", "-c", script)
        run = logd.wait_for_run()
        logd.wait_for(lambda _: len(run.data()) == len(first), "the first part")
        logd.stop()
        with open(go_on, "w") as file:
            file.write("x\n")
        self.wait_for_writer()
        logd = self.logd(store)
        self.assertEqual(self.finish(shim), (0, ""))
        stream = store.stream(logd.runs[0].streams[0].id)
        self.assert_one_gap(stream, lines)
        # The gap is behind the line that was under way, not before and not later.
        self.assertEqual(next(iter(stream.gaps)), len(b"".join(lines[:first.count(b"\n") + 1])))

    def test_several_gaps_have_counts_of_their_own(self):
        store = Store()
        lines = expected_lines()
        for part in range(3):
            self.write(f"{self.directory}/part{part}",
                       b"".join(lines[part * LINES // 3:(part + 1) * LINES // 3]))
        os.mkfifo(self.directory + "/go")
        script = "cd %s; for i in 0 1 2; do cat part$i; echo done >go; read x <go; done"
        shim = self.start("sh", "-c", script % self.directory, options=DROP)
        for part in range(3):
            with open(self.directory + "/go") as file:
                file.read()
            logd = self.logd(store)
            run = logd.wait_for_run()
            newest = lines[(part + 1) * LINES // 3 - 1]
            logd.wait_for(lambda _: run.data().endswith(newest), "the newest line")
            logd.stop()
            with open(self.directory + "/go", "w") as file:
                file.write("x\n")
        logd = self.logd(store)
        self.assertEqual(self.finish(shim), (0, ""))
        self.assert_one_gap(store.stream(logd.runs[-1].streams[0].id), lines, gaps=3)

    def test_unfinished_line_that_does_not_fit_into_the_escrow_is_cut_and_counted(self):
        lines = [b"L" * 400000 + b"\n"] + [b"after %d\n" % i for i in range(30000)]
        self.write(self.directory + "/data", b"".join(lines))
        shim = self.start_writer("cat", self.directory + "/data",
                                 options=[*DROP, "--escrow-bytes", 65536])
        self.wait_for_writer()
        logd = self.logd()
        self.assertEqual(self.finish(shim), (0, ""))
        stream, = [s for s in logd.store.streams.values() if s.data]
        (offset, (dropped, dropped_bytes)), = stream.gaps.items()
        before, after = bytes(stream.data[:offset]), bytes(stream.data[offset:])
        # The escrow was filled with the line's beginning and closed with a newline of the shim's.
        self.assertEqual(before, b"L" * 65535 + b"\n")
        first_kept = lines.index(after[:after.index(b"\n") + 1])
        self.assertEqual(after, b"".join(lines[first_kept:]))
        self.assertEqual(dropped, first_kept)
        self.assertEqual(dropped_bytes, sum(map(len, lines)) - len(after) - 65535)

    def test_long_line_that_fits_is_kept_whole(self):
        lines = [b"before\n", b"L" * 400000 + b"\n"] + [b"after %d\n" % i for i in range(30000)]
        self.write(self.directory + "/data", b"".join(lines))
        shim = self.start_writer("cat", self.directory + "/data")
        self.wait_for_writer()
        logd = self.logd()
        self.assertEqual(self.finish(shim), (0, ""))
        stream, = [s for s in logd.store.streams.values() if s.data]
        self.assert_one_gap(stream, lines)

    def test_long_lines_at_the_front_of_the_pipe(self):
        lines = [b"%d %s\n" % (i, b"x" * 150000) for i in range(20)] + [b"last\n"]
        self.write(self.directory + "/data", b"".join(lines))
        shim = self.start_writer("cat", self.directory + "/data",
                                 options=[*DROP, "--escrow-bytes", 200000])
        self.wait_for_writer()
        logd = self.logd()
        self.assertEqual(self.finish(shim), (0, ""))
        stream, = [s for s in logd.store.streams.values() if s.data]
        self.assert_one_gap(stream, lines)
        self.assertTrue(stream.data.endswith(b"last\n"))

    def test_nothing_is_dropped_before_drop_after(self):
        data = b"".join(expected_lines())
        self.write(self.directory + "/data", data)
        shim = self.start("cat", self.directory + "/data",
                          options=["--on-full", "drop", "--drop-after-ms", "600000"])
        self.wait_for_full_pipe(shim)
        logd = self.logd()
        self.assertEqual(self.finish(shim), (0, ""))
        stream, = [s for s in logd.store.streams.values() if s.data]
        self.assertEqual((stream.data, stream.gaps), (data, {}))

    def wait_for_full_pipe(self, shim):
        """Waits until CMD sleeps in a write, since nobody reads."""
        def is_blocked():
            with open(f"/proc/{shim.pid}/task/{shim.pid}/children") as children:
                pid = children.read().strip()
            if not pid:
                return False
            with open(f"/proc/{pid}/wchan") as wchan:
                return "pipe_write" in wchan.read()
        wait_until(is_blocked, what="a full pipe")

    def test_block_waits_and_loses_nothing(self):
        data = b"".join(expected_lines())
        self.write(self.directory + "/data", data)
        shim = self.start("cat", self.directory + "/data", options=["--drop-after-ms", "0"])
        self.wait_for_full_pipe(shim)
        logd = self.logd()
        self.assertEqual(self.finish(shim), (0, ""))
        stream, = [s for s in logd.store.streams.values() if s.data]
        self.assertEqual((stream.data, stream.gaps), (data, {}))

    @unittest.skipUnless(os.geteuid() == 0, "needs a second user")
    def test_pipe_of_another_user(self):
        # Such a pipe cannot be opened for writing, by which fullness is found out exactly.
        lines = expected_lines()
        self.write(self.directory + "/data", b"".join(lines))
        read_end, write_end = os.pipe()
        shim = self.popen(self.arguments("pipe", *DROP), stdin=read_end, stderr=subprocess.PIPE,
                          user=NOBODY, group=NOBODY, extra_groups=[])
        os.close(read_end)
        with open(self.directory + "/data") as file:
            subprocess.run(["cat"], stdin=file, stdout=write_end, timeout=30, check=True)
        logd = self.logd()
        logd.wait_for_run()
        os.close(write_end)
        self.assertEqual(self.finish(shim), (0, ""))
        stream, = logd.store.streams.values()
        self.assert_one_gap(stream, lines)

    @unittest.skipUnless(os.geteuid() == 0, "needs a second user")
    def test_unprivileged_user(self):
        lines = expected_lines()
        shim = self.start_writer("python3", "-c", WRITE, user=NOBODY, group=NOBODY,
                                 extra_groups=[])
        self.wait_for_writer()
        logd = self.logd()
        self.assertEqual(self.finish(shim), (0, ""))
        stream, = [s for s in logd.store.streams.values() if s.data]
        self.assert_one_gap(stream, lines)


if __name__ == "__main__":
    unittest.main()
