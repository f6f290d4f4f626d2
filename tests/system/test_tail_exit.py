"""Exit codes of `logctl tail`, and how it ends: no daemon runs here.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import os
import signal
import subprocess
import unittest

from harness import LOGCTL
from tail_testing import TailTest, record


class ExitCodes(TailTest):
    def test_unknown_names(self):
        self.append("web", 1, record(1, b"x"))
        self.assertIn("did you mean 'web'?", self.fails(4, "wbe"))
        self.fails(4, "web", "nothing-like-it")
        self.fails(4, "web@1")
        self.fails(4, "zz*")
        for name in ("../x", ".hidden", "a@b", "x" * 65, "", "web/../web", "current.log"):
            self.fails(4, name)
        self.assertIn("did you mean 'web'?", self.fails(4, "wbe", command="ls"))

    def test_usage(self):
        self.append("web", 1, record(1, b"x"))
        for options in (["--sicne", "1h"], ["-n", "-3"], ["-n", "x"], ["-n"], ["-o", "yaml"],
                        ["--prefix", "maybe"], ["--color", "red"], ["-g", "("], ["--lines=1.5"],
                        ["-n", "99999999999999999999"]):
            self.fails(2, "web", *options)
        self.assertIn("did you mean '--follow'?", self.fails(2, "web", "--folow"))
        self.assertIn("did you mean 'tail'?", self.fails(2, command="tial"))
        done = self.box.logctl(status=None)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, b"")

    def test_no_log_directory(self):
        os.rmdir(self.box.log_dir)
        self.assertIn(str(self.box.log_dir), self.fails(4, "web"))
        self.fails(4)

    def test_a_process_without_lines_exists(self):
        (self.box.log_dir / "web").mkdir()
        self.append("api", 1)
        self.assertEqual(self.tail("web"), b"")
        self.assertEqual(self.tail("api"), b"")
        self.assertEqual(self.tail(), b"")

    def test_no_process_at_all(self):
        self.assertEqual(self.tail(), b"")

    def test_a_copy_of_the_directory_elsewhere(self):
        self.append("web", 1, record(1, b"x"))
        elsewhere = self.box.root / "copy"
        os.rename(self.box.log_dir, elsewhere)
        self.assertEqual(self.tail("--log-dir", elsewhere, "web", "--raw"), b"x\n")
        self.assertEqual(self.box.logctl("--log-dir", elsewhere, "tail", "--raw"), b"x\n")

    def test_damage_shows_what_is_left(self):
        self.append("web", 1, record(1, b"a"), b"not a record\n", record(2, b"b"))
        back = self.box.logctl("tail", "web", "--raw", "-r", status=None)
        self.assertEqual((back.returncode, back.stdout), (7, b"b\na\n"))
        done = self.box.logctl("tail", "web", "--raw", status=None)
        self.assertEqual((done.returncode, done.stdout), (7, b"a\nb\n"))
        self.assertIn(b"web: segment 1", done.stderr)
        # Of one stream, a broken header may be that of a record that is wanted.
        self.append("one", 1, *[record(tick, b"x") for tick in range(10)],
                    record(10, b"y", "stdXrr"), record(11, b"z", "stderr"))
        for order in ([], ["-r"]):
            done = self.box.logctl("tail", "one", "--raw", "--err", "-n", "all", *order,
                                   status=None)
            self.assertEqual((done.returncode, done.stdout), (7, b"z\n"))
        whole = gzip.compress(record(1, b"a") + record(2, b"b"))
        (self.box.log_dir / "zip").mkdir()
        self.path("zip", 1, ".log.gz").write_bytes(whole + gzip.compress(b"x" * 999)[:20])
        self.append("zip", 2, record(3, b"c"))
        done = self.box.logctl("tail", "zip", "--raw", status=None)
        self.assertEqual((done.returncode, done.stdout), (7, b"a\nb\nc\n"))

    @unittest.skipIf(os.getuid() != 0, "needs root to be another user")
    def test_unreadable_logs(self):
        self.append("mine", 1, record(1, b"x"))
        self.append("web", 1, record(1, b"secret"))
        os.chmod(self.box.log_dir / "web", 0o750)
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        self.box.root.chmod(0o755)
        self.fails(6, "web", **nobody)
        self.fails(6, "web", "mine", **nobody)
        self.fails(6, "web", command="ls", **nobody)
        done = self.box.logctl("tail", "*", "--raw", **nobody, status=None)
        self.assertEqual((done.returncode, done.stdout), (0, b"x\n"))
        self.assertIn(b"left out", done.stderr)
        done = self.box.logctl("tail", "--raw", **nobody, status=None)
        self.assertEqual((done.returncode, done.stdout), (0, b"x\n"))
        self.fails(6, "we*", **nobody)
        os.chmod(self.box.log_dir / "web", 0o755)
        os.chmod(self.path("web", 1), 0o640)
        self.fails(6, "web", **nobody)

    def test_a_symbolic_link_is_no_process_and_no_segment(self):
        self.append("web", 1, record(1, b"x"))
        os.symlink("web", self.box.log_dir / "link")
        self.fails(4, "link")
        os.rename(self.path("web", 1), self.box.root / "elsewhere")
        os.symlink(self.box.root / "elsewhere", self.path("web", 1))
        self.assertEqual(b"", self.box.logctl("tail", "web"))

    def test_closed_pipe_and_interrupt(self):
        self.append("web", 1, *[record(i, b"x" * 100) for i in range(20_000)])
        script = f"{LOGCTL} tail web -n all | head -n 1; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", script], env=self.box.environment, check=True,
                              capture_output=True)
        self.assertEqual(done.stdout.splitlines()[-1], b"141")
        self.assertEqual(done.stderr, b"")
        follower = self.follow("web", "-n1")
        follower.read_lines(1)
        follower.stop()
        self.assertEqual(follower.process.returncode, -signal.SIGINT)  # a shell says 130
        self.assertEqual(follower.process.stderr.read(), b"")

    def test_a_follower_ends_when_nobody_reads(self):
        self.append("web", 1, record(1, b"x"))
        follower = self.follow("web")
        follower.read_lines(1)
        follower.process.stdout.close()  # and nothing more is written
        self.assertEqual(follower.process.wait(timeout=10), -signal.SIGPIPE)
        self.assertEqual(follower.process.stderr.read(), b"")

    def test_a_full_output(self):
        self.append("web", 1, record(1, b"x"))
        for command in ("tail web", "ls", "du", "verify", "runs", "--help", "rules list"):
            with self.subTest(command), open("/dev/full", "wb") as full:
                child = self.box.spawn([LOGCTL, *command.split()], stdout=full,
                                       stderr=subprocess.PIPE)
                self.assertEqual(child.wait(timeout=10), 1)
                self.assertRegex(child.stderr.read(), b"No space left|not all of the output")

    def test_commands_without_a_daemon(self):
        for command in ("status", "flush", "rotate", "sync"):
            self.fails(5, command=command)


if __name__ == "__main__":
    unittest.main()
