#!/usr/bin/env python3
"""What ends `logctl tail -f`: a line, a time, the end of runs.

SPDX-License-Identifier: Apache-2.0
"""
import signal
import sys
import time
import unittest

from harness import SandboxTest, is_readable, wait_until
from tail_testing import Follower, TailTest, event, record

# Prints what it reads, until "exit N".
ECHO = """
import sys
for line in sys.stdin:
    if line.startswith("exit "):
        sys.exit(int(line.split()[1]))
    print(line, end="", flush=True)
"""


class UntilMatch(TailTest):
    def setUp(self):
        super().setUp()
        self.append("api", 1, record(1, b"old"), record(2, b"Listening on 80"), record(3, b"later"))

    def ends(self, status, *options):
        """The output of a follower that ends by itself with this status."""
        follower = self.follow("api", "--raw", *options)
        self.assertEqual(self.box.wait(follower.process, 20), status)
        return follower.process.stdout.read()

    def test_a_line_that_comes(self):
        follower = self.follow("api", "--raw", "-n1", "--until-match", "listening on",
                               "--timeout", "60s")
        follower.read_lines(1)
        self.append("api", 1, record(4, b"starting"))
        follower.read_lines(2)
        self.append("api", 1, record(5, b"now listening on 81"), record(6, b"a request"))
        self.assertEqual(self.box.wait(follower.process, 20), 0)
        self.assertEqual(follower.output + follower.process.stdout.read(),
                         b"later\nstarting\nnow listening on 81\n")

    def test_a_line_that_is_there(self):
        self.assertEqual(self.ends(0, "--until-match", "listening"), b"old\nListening on 80\n")

    def test_the_pattern_is_like_that_of_grep(self):
        self.assertEqual(self.ends(124, "--until-match", "LISTENING", "--timeout", "2s"),
                         b"old\nListening on 80\nlater\n")
        for options in (["-i", "--until-match", "LISTENING"], ["--until-match", "x",
                        "--until-match", "^L.*0$"], ["--fixed", "--until-match", "on 80"]):
            self.assertEqual(self.ends(0, *options), b"old\nListening on 80\n")
        self.assertIn("--until-match", self.fails(2, "api", "--until-match", "("))

    def test_only_lines_that_pass_the_filters(self):
        options = ("-g", "a", "--until-match", "l")
        self.assertEqual(self.ends(0, *options), b"later\n")
        self.assertEqual(self.ends(0, *options, "-B", "1"), b"Listening on 80\nlater\n")

    def test_without_following(self):
        self.assertEqual(self.tail("api", "--raw", "--until-match", "^L"),
                         b"old\nListening on 80\n")
        self.assertEqual(self.tail("api", "--raw", "-r", "--until-match", "^L"),
                         b"later\nListening on 80\n")
        self.assertEqual(self.tail("api", "-c", "--until-match", "^L"), b"2\n")
        self.assertEqual(self.box.logctl("search", "l", "--raw", "--until-match", "on"),
                         b"old\nListening on 80\n")

    def test_no_match_is_1(self):
        self.fails(1, "api", "--until-match", "nothing")
        self.fails(1, "api", "-n0", "--until-match", "Listening")
        self.fails(3, "api", "-S", "2020-01-01", "--until-match", "nothing")
        self.assertEqual(self.ends(1, "--head", "1", "--until-match", "Listening"), b"old\n")


class Timeout(TailTest):
    def setUp(self):
        super().setUp()
        self.append("api", 1, record(1, b"a"), record(2, b"b"))

    def test_ends_with_124(self):
        for options, output in (([], b"a\nb\n"), (["-n0"], b""), (["-g", "b"], b"b\n"),
                                (["-g", "c"], b"")):
            started = time.monotonic()
            follower = self.follow("api", "--raw", "--timeout", "1500ms", *options)
            self.assertEqual(self.box.wait(follower.process, 20), 124)
            self.assertGreaterEqual(time.monotonic() - started, 1.5)
            self.assertEqual(follower.process.stdout.read(), output)
            self.assertEqual(follower.process.stderr.read(), b"")

    def test_what_comes_before_it_is_shown(self):
        follower = self.follow("api", "--raw", "--timeout", "5s")
        follower.read_lines(2)
        self.append("api", 1, record(3, b"c"))
        self.assertEqual(self.box.wait(follower.process, 20), 124)
        self.assertEqual(follower.output + follower.process.stdout.read(), b"a\nb\nc\n")

    def test_while_there_is_always_more(self):
        """Neither lines without end nor a reader that does not read keep it."""
        many = b"".join(record(tick, b"x" * 200) for tick in range(3, 100_000))
        self.append("api", 2, many)
        blocked = self.follow("api", "--raw", "-n", "all", "--timeout", "300ms")
        self.assertEqual(self.box.wait(blocked.process, 20), 124)
        self.assertLess(len(blocked.process.stdout.read()), len(many) // 2)
        path = self.path("api", 3)
        follower = self.follow("api", "--raw", "-n0", "-g", "never", "--timeout", "1s")
        with open(path, "ab") as file:
            tick = 100_000
            while follower.process.poll() is None:
                file.write(b"".join(record(tick + more, b"y" * 200) for more in range(1000)))
                file.flush()
                tick += 1000
        self.assertEqual(follower.process.returncode, 124)

    def test_an_alarm_that_was_blocked(self):
        """As after a parent that blocks signals before it starts others."""
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        self.addCleanup(signal.pthread_sigmask, signal.SIG_UNBLOCK, [signal.SIGALRM])
        follower = self.follow("api", "--timeout", "100ms")
        self.assertEqual(self.box.wait(follower.process, 20), 124)

    def test_usage(self):
        for options in (["--timeout", "1s"], ["--until-exit"], ["-f", "--timeout", "soon"],
                        ["-f", "--timeout", "0"], ["-f", "--timeout=-1s"], ["-f", "--timeout", "5"],
                        ["-f", "--nostream", "--timeout", "1s"]):
            message = self.fails(2, "api", *options)
            self.assertIn(next(o for o in options if o.startswith("--t") or "-exit" in o)[:9],
                          message)


class UntilExit(SandboxTest):
    def setUp(self):
        self.box = self.started()

    def echo(self, name, instance=None):
        """A run that prints what it is told, and has said so."""
        child = self.box.run(name, [sys.executable, "-c", ECHO], stdin=-1, instance=instance)
        self.say(child, "ready")
        log = name if instance is None else f"{name}@{instance}"
        wait_until(lambda: b"ready" in self.box.logctl("tail", log, status=None).stdout)
        return child

    @staticmethod
    def say(child, text):
        child.stdin.write(text.encode() + b"\n")
        child.stdin.flush()

    def end_of(self, follower, seconds=20):
        """What it showed, and said, once it has ended with 0."""
        self.assertEqual(self.box.wait(follower.process, seconds), 0)
        return (follower.output + follower.process.stdout.read(),
                follower.process.stderr.read().decode())

    def test_the_end_of_a_run(self):
        child = self.echo("api")
        follower = Follower(self, "api", "--raw", "--until-exit")
        follower.read_lines(1)
        self.say(child, "last words")
        self.say(child, "exit 3")
        output, said = self.end_of(follower)
        self.assertEqual(output, b"ready\nlast words\n")
        self.assertRegex(said, r"^logctl: api: exited run 1: pid \d+, code 3\n$")

    def test_with_events_the_event_says_it(self):
        child = self.echo("api")
        follower = Follower(self, "api", "--raw", "--until-exit", "--events")
        follower.read_lines(2)
        self.say(child, "exit 0")
        output, said = self.end_of(follower)
        self.assertRegex(output.splitlines()[-1], rb"^exited run 1: pid \d+, code 0$")
        self.assertEqual(said, "")

    def test_what_begins_later_is_not_awaited(self):
        child = self.echo("api")
        follower = Follower(self, "api", "--raw", "--until-exit")
        follower.read_lines(1)
        self.say(child, "exit 1")
        self.box.wait(child)
        self.echo("api")
        output, _ = self.end_of(follower)
        self.assertEqual(output, b"ready\n")

    def test_all_instances(self):
        first, second = (self.echo("api", instance=number) for number in (0, 1))
        follower = Follower(self, "api", "--raw", "--until-exit")
        follower.read_lines(2)
        self.say(first, "exit 0")
        self.box.wait(first)
        self.say(second, "goes on")
        follower.read_lines(3)
        self.say(second, "exit 7")
        output, said = self.end_of(follower)
        self.assertEqual(output, b"ready\nready\ngoes on\n")
        self.assertRegex(said, r"(?s)api@0: exited run 1.*code 0\n.*api@1: exited run 1.*code 7\n$")

    def test_the_daemon_is_dead_meanwhile(self):
        child = self.echo("api")
        follower = Follower(self, "api", "--raw", "--until-exit")
        follower.read_lines(1)
        self.box.kill()
        self.say(child, "unseen")
        self.say(child, "exit 5")
        self.assertFalse(is_readable(follower.process.stdout, 0.5))
        self.assertIsNone(follower.process.poll())
        self.box.start()
        output, said = self.end_of(follower)
        self.assertEqual(output, b"ready\nunseen\n")
        self.assertIn("code 5", said)

    def test_nothing_is_running(self):
        child = self.echo("api")
        self.say(child, "exit 4")
        self.box.wait(child)
        output, said = self.end_of(Follower(self, "api", "--raw", "--until-exit"))
        self.assertEqual(output, b"ready\n")
        self.assertRegex(said, r"not running: api: exited run 1: pid \d+, code 4\n$")
        child = self.echo("web")
        self.say(child, "exit 0")
        self.box.wait(child)
        self.assertIn("none of the processes", self.end_of(Follower(self, "--until-exit"))[1])

    def test_a_signal_and_a_last_line_without_a_newline(self):
        child = self.box.run("api", ["sh", "-c", "printf begun; kill -9 $$"], stdin=-1)
        self.box.wait(child)
        child = self.box.run("web", ["sh", "-c", "echo up; read line; printf end; kill -9 $$"],
                             stdin=-1)
        follower = Follower(self, "web*", "--raw", "--until-match", "nothing", "--timeout", "60s")
        follower.read_lines(1)
        follower.process.kill()
        follower = Follower(self, "web", "--raw", "--until-exit")
        follower.read_lines(1)
        self.say(child, "")
        output, said = self.end_of(follower)
        self.assertEqual(output, b"up\nend")
        self.assertIn("signal 9", said)


class UntilExitOfFiles(TailTest):
    """Logs written by hand."""

    def test_the_start_is_not_kept(self):
        self.append("api", 3, record(1, b"a"))
        follower = self.follow("api", "--raw", "--until-exit")
        follower.read_lines(1)
        self.append("api", 3, event(2, "exited run 9: pid 3, code 1"), record(3, b"later"))
        self.assertEqual(self.box.wait(follower.process, 20), 0)
        self.assertEqual(follower.output + follower.process.stdout.read(), b"a\n")

    def test_another_run_of_the_log_ends(self):
        self.append("api", 1, event(1, "started run 4: pid 1, uid 0, x"),
                    event(2, "started run 5: pid 2, uid 0, x"), record(3, b"a"))
        follower = self.follow("api", "--raw", "--until-exit")
        follower.read_lines(1)
        self.append("api", 1, event(4, "exited run 4: pid 1, code 0"), record(5, b"b"))
        follower.read_lines(2)
        self.append("api", 1, event(6, "exited run 5: pid 2, code 0"), record(7, b"c"))
        self.assertEqual(self.box.wait(follower.process, 20), 0)
        self.assertEqual(follower.output + follower.process.stdout.read(), b"a\nb\n")

    def test_lines_of_others_up_to_the_end(self):
        self.append("api", 1, event(1, "started run 1: pid 1, uid 0, x"))
        self.append("web", 1, record(2, b"before"))
        follower = self.follow("--raw", "--until-exit")
        follower.read_lines(1)
        self.append("web", 1, record(3, b"still"), record(9, b"behind it"))
        self.append("api", 1, record(4, b"last"), event(5, "exited run 1: pid 1, \x1b[2Jcode 0"))
        self.assertEqual(self.box.wait(follower.process, 20), 0)
        output = follower.output + follower.process.stdout.read()
        self.assertEqual([line for line in output.splitlines() if line != b"behind it"],
                         [b"before", b"still", b"last"])
        self.assertNotIn(b"\x1b", follower.process.stderr.read())


if __name__ == "__main__":
    unittest.main()
