"""`logctl run --copy-out`: what is stored comes out of run itself, and nothing waits for that.

SPDX-License-Identifier: Apache-2.0
"""
import os
import signal
import subprocess
import sys
import unittest

from harness import Counters, SandboxTest, children_of, is_readable, tool, wait_until
from shim_testing import NOBODY, has_gone

is_root = os.geteuid() == 0
SECRET = "AKIA" + "IOSFODNN7EXAMPLQ"
PYTHON = sys.executable

# So many lines on each stream, in turn.
MANY = """
import sys
for number in range({}):
    print("out", number, "x" * 60)
    print("err", number, "x" * 60, file=sys.stderr)
"""

# Says "ready", and "stopped" when TERM comes.
UNTIL_TERM = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("ready", flush=True)
signal.sigwait([signal.SIGTERM])
print("stopped", flush=True)
sys.exit(7)
"""


def many(lines):
    return PYTHON, "-c", MANY.format(lines)


def copiers():
    """The pids of the copiers that this test has started and that have not ended."""
    return [pid for pid in children_of([os.getpid()])
            if name_of(pid) == "logctl-copy" and not has_gone(pid)]


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as comm:
            return comm.read().strip()
    except OSError:
        return None


class CopyOutTest(SandboxTest):
    """Runs with --copy-out in one sandbox."""

    def start(self, name, *command, options=(), **popen):
        popen.setdefault("stdout", subprocess.PIPE)
        popen.setdefault("stderr", subprocess.PIPE)
        return self.box.run(name, command, options=("--copy-out", *options), **popen)

    def finish(self, run, seconds=30):
        """Exit status, and what came out of it."""
        out, err = run.communicate(timeout=seconds)
        return run.returncode, out, err

    def stored(self, name, *options):
        """The lines of a log that need not exist yet."""
        return self.box.logctl("tail", name, "-n", "all", "-o", "raw", *options, status=None).stdout

    def assert_copied(self, name, out, err):
        """Both outputs are what is stored, each stream for itself."""
        self.assertEqual(out, self.box.raw(name, "--out"))
        self.assertEqual(err, self.box.raw(name, "--err"))


class WhatIsPrinted(CopyOutTest):
    def setUp(self):
        self.box = self.started()

    def test_each_stream_byte_for_byte_and_the_status(self):
        status, out, err = self.finish(self.start(
            "web", "sh", "-c", r"printf 'a\n\001\377\r\n\n'; printf 'b\nno newline' >&2; exit 3"))
        self.assertEqual((status, out, err), (3, b"a\n\x01\xff\r\n\n", b"b\nno newline"))
        self.assert_copied("web", out, err)

    def test_it_is_masked(self):
        _, out, _ = self.finish(self.start("web", "echo", "key " + SECRET))
        self.assertTrue(out.startswith(b"key "))
        self.assertNotIn(SECRET.encode(), out)

    def test_only_of_this_run_and_this_instance(self):
        self.box.run_to_end("web", ["echo", "before"])
        self.assertEqual(self.finish(self.start("web", "echo", "now"))[1], b"now\n")
        self.box.run_to_end("web", ["echo", "one"], instance=1)
        run = self.start("web", PYTHON, "-c", UNTIL_TERM, options=("--instance", "2"))
        self.assertTrue(is_readable(run.stdout, 10))
        self.box.run_to_end("web", ["echo", "three"], instance=3)
        run.terminate()
        self.assertEqual(self.finish(run), (7, b"ready\nstopped\n", b""))

    def test_it_comes_while_the_program_runs(self):
        run = self.start("web", PYTHON, "-c", UNTIL_TERM)
        self.assertTrue(is_readable(run.stdout, 10))
        self.assertEqual(os.read(run.stdout.fileno(), 100), b"ready\n")
        run.terminate()
        self.assertEqual(self.finish(run), (7, b"stopped\n", b""))

    def test_an_unfinished_line_comes_in_pieces_that_make_it_whole(self):
        run = self.start("web", "sh", "-c", "printf 'the first half '; read x; echo the rest",
                         stdin=subprocess.PIPE)
        self.assertTrue(is_readable(run.stdout, 10))  # after partial_timeout
        out, _ = run.communicate(b"\n", timeout=30)
        self.assertEqual((run.returncode, out), (0, b"the first half the rest\n"))

    def test_a_command_that_cannot_start(self):
        status, out, err = self.finish(self.start("web", "/nowhere/cmd"))
        self.assertEqual((status, out), (127, b""))
        self.assertIn(b"/nowhere/cmd: No such file", err)

    def test_signals_to_the_whole_group_cost_no_line(self):
        run = self.start("web", PYTHON, "-c", UNTIL_TERM, start_new_session=True)
        self.assertTrue(is_readable(run.stdout, 10))
        os.killpg(run.pid, signal.SIGTERM)
        self.assertEqual(self.finish(run)[1], b"ready\nstopped\n")

    def test_the_copier_holds_nothing_of_the_program_open(self):
        theirs, ours = os.pipe()
        run = self.start("web", PYTHON, "-c", f"import os; os.close({ours})\n" + UNTIL_TERM,
                         pass_fds=[ours])
        os.close(ours)
        self.assertTrue(is_readable(theirs, 10))
        self.assertEqual(os.read(theirs, 1), b"")
        os.close(theirs)
        run.terminate()
        self.finish(run)

    def test_killed_with_its_shim_it_leaves_nothing(self):
        run = self.start("web", PYTHON, "-c", UNTIL_TERM)
        self.assertTrue(is_readable(run.stdout, 10))
        self.assertEqual(len(copiers()), 1)
        run.kill()
        wait_until(lambda: not copiers(), what="the end of the copier")

    def test_a_copier_that_is_killed_is_missed_by_nobody(self):
        run = self.start("web", PYTHON, "-c", UNTIL_TERM)
        self.assertTrue(is_readable(run.stdout, 10))
        os.kill(copiers()[0], signal.SIGKILL)
        run.terminate()
        self.assertEqual(self.finish(run)[0], 7)
        self.assertEqual(self.box.raw("web"), b"ready\nstopped\n")


class Refused(CopyOutTest):
    def test_merged_instances(self):
        self.box = self.sandbox("[process.web]\nmerge_instances = true\n")
        status, _, err = self.finish(self.start("web", "true"))
        self.assertEqual(status, 2)
        self.assertIn(b"merge_instances", err)

    @unittest.skipUnless(is_root, "needs a second user")
    def test_a_log_that_may_not_be_read(self):
        self.box = self.started("[process.web]\nallow_users = [\"nobody\"]\n")
        self.box.run_to_end("web", ["echo", "private"])
        flag = self.box.root / "started"
        run = self.start("web", "touch", flag, user=NOBODY, group=NOBODY, extra_groups=[])
        status, out, err = self.finish(run)
        self.assertEqual((status, out), (6, b""))
        self.assertIn(b"--copy-out", err)
        self.assertFalse(flag.exists())


class MergedStreams(CopyOutTest):
    def test_both_are_standard_output_in_their_order(self):
        self.box = self.started("[process.web]\nmerge_streams = true\n")
        run = self.start("web", "sh", "-c", "echo 1; echo 2 >&2; echo 3")
        self.assertEqual(self.finish(run), (0, b"1\n2\n3\n", b""))


class WithoutLogd(CopyOutTest):
    def test_what_waited_for_a_logd_comes_when_there_is_one(self):
        self.box = self.sandbox("[defaults]\nexit_wait = \"30s\"\n")
        run = self.start("web", *many(500))
        wait_until(copiers, what="the copier")
        self.assertFalse(is_readable(run.stdout, 0.3))
        self.box.start()
        status, out, err = self.finish(run)
        self.assertEqual((status, out.count(b"\n"), err.count(b"\n")), (0, 500, 500))
        self.assert_copied("web", out, err)

    def test_a_log_that_is_there_goes_on_where_it_ended(self):
        self.box = self.started("[defaults]\nexit_wait = \"30s\"\n")
        self.box.run_to_end("web", ["echo", "before"])
        self.box.stop()
        run = self.start("web", "echo", "now")
        wait_until(copiers, what="the copier")
        self.box.start()
        self.assertEqual(self.finish(run), (0, b"now\n", b""))

    def test_nothing_comes_and_a_keeper_stays(self):
        self.box = self.sandbox("[defaults]\nexit_wait = \"200ms\"\n")
        status, out, err = self.finish(self.start("web", "sh", "-c", "echo a line; exit 4"))
        self.assertEqual((status, out), (4, b""))
        self.assertIn(b"logd is not there", err)
        self.assertEqual(copiers(), [])
        self.box.start()
        wait_until(lambda: self.stored("web") == b"a line\n", what="the keeper's line")


class AcrossKills(CopyOutTest):
    def test_kill_9_of_logd_and_rotation_lose_and_double_nothing(self):
        self.box = self.started("[defaults]\nmax_size = \"256KiB\"\nretain = \"all\"\n")
        counters = Counters(self.box.root / "counters")
        with open(self.box.root / "out", "w+b") as out, open(self.box.root / "err", "w+b") as err:
            run = self.start("web", tool("line_writer"), "--both", "--rate", "20000",
                             "--count-file", counters.path, stdout=out, stderr=err)
            for _ in range(8):
                before = self.box.stored("web")
                wait_until(lambda: self.box.stored("web") > before + 300_000, 30, "more lines")
                self.box.kill()
                self.box.start()
            counters.stop()
            self.assertEqual(self.box.wait(run), 0)
            out.seek(0)
            err.seek(0)
            lines = out.read(), err.read()
        self.assertEqual([text.count(b"\n") for text in lines],
                         [counters.lines(0), counters.lines(1)])
        self.assert_copied("web", *lines)


class ReadersOfTheCopy(CopyOutTest):
    """Whoever takes what is printed, or does not, CMD and capture go on."""

    def setUp(self):
        self.box = self.started("[process.web]\nexit_wait = \"1s\"\n")

    def assert_all_stored(self, lines):
        for option in ("--out", "--err"):
            self.assertEqual(self.box.raw("web", option).count(b"\n"), lines)

    def test_a_reader_that_goes_away(self):
        run = self.start("web", *many(20_000))
        run.stdout.close()
        run.stdout = None
        status, _, err = self.finish(run)
        self.assertEqual(status, 0)
        self.assertEqual(err.count(b"err "), 20_000)
        self.assertIn(b"only in the log", err)
        self.assert_all_stored(20_000)

    def test_outputs_that_are_closed_from_the_start(self):
        run = self.box.spawn(["sh", "-c", 'exec "$@" >&- 2>&-', "sh", self.box.logctl_program,
                              "run", "--copy-out", "web", "--", *many(1000)])
        self.assertEqual(self.box.wait(run), 0)
        self.assert_all_stored(1000)

    def test_a_reader_that_only_waits(self):
        run = self.start("web", *many(20_000), stderr=subprocess.DEVNULL)
        self.assertEqual(self.box.wait(run), 0)  # nothing was read from it
        self.assert_all_stored(20_000)
        self.assertEqual(copiers(), [])
        printed = run.stdout.read()
        self.assertTrue(self.box.raw("web", "--out").startswith(printed))
        # What the pipe held: 16 pages, which need not be full, since what does not fit into the
        # last one as a whole begins another.
        self.assertGreater(len(printed), 20_000)

    def test_both_outputs_are_one_pipe_that_nobody_reads(self):
        run = self.start("web", *many(20_000), stderr=subprocess.STDOUT)
        self.assertEqual(self.box.wait(run), 0)
        self.assert_all_stored(20_000)

    def test_a_reader_that_is_late_gets_it_all(self):
        self.box.config.write_text("[process.web]\nexit_wait = \"60s\"\n")
        run = self.start("web", *many(20_000), stderr=subprocess.DEVNULL)
        wait_until(lambda: self.stored("web", "--out").count(b"\n") == 20_000, 30, "all lines")
        self.assertIsNone(run.poll())
        out, _ = run.communicate(timeout=30)
        self.assertEqual((run.returncode, out), (0, self.box.raw("web", "--out")))

    def test_order_of_the_log_where_both_outputs_are_one(self):
        run = self.start("web", *many(5000), stderr=subprocess.STDOUT)
        _, out, _ = self.finish(run)
        self.assertEqual(out, self.box.raw("web"))


if __name__ == "__main__":
    unittest.main()
