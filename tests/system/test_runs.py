#!/usr/bin/env python3
"""`logctl runs`: every way in which a run ends, and what it said last.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import shutil
import signal
import subprocess
import unittest

from harness import LOGCTL, SandboxTest, wait_until
from tail_testing import TailTest, event, record

NOTHING_KEPT = "no records are kept from so long ago"


def started(tick, run, command="node"):
    return event(tick, f"started run {run}: pid {100 + run}, uid 0, {command}")


def exited(tick, run, how="code 0"):
    return event(tick, f"exited run {run}: pid {100 + run}, {how}")


class LivingTest(SandboxTest):
    """Real runs, through the real daemon."""

    def runs(self, *arguments, **options):
        return [json.loads(line)
                for line in self.box.logctl("runs", "--json", *arguments, **options).splitlines()]

    def ends(self, *arguments):
        return [(run["process"], run["instance"], run["run"], run["end"], run["code"],
                 run["signal"]) for run in self.runs(*arguments)]

    def shell(self, name, script, **options):
        return self.box.run_to_end(name, ["sh", "-c", script], **options)

    def wait_for(self, text, command, name):
        wait_until(lambda: text in self.box.logctl(command, name, status=None).stdout, 10, text)

    def test_every_end_of_a_run(self):
        self.box = self.started()
        self.shell("web", "echo fine")
        self.shell("web", "for i in 1 2 3 4; do echo line $i; done; printf 'why\\n' >&2; exit 3")
        self.shell("web", "echo before; kill -KILL $$")
        self.shell("web", "echo of one; exit 1", instance=1)
        running = self.box.run("db", ["sh", "-c", "echo up; echo $$; exec sleep 1000"])
        self.wait_for(b"up", "tail", "db")
        self.wait_for(b"exit 1", "runs", "web@1")
        self.wait_for(b"SIGKILL", "runs", "web")

        self.assertEqual(self.ends(), [
            ("web", None, 1, "exited", 0, None), ("web", None, 2, "exited", 3, None),
            ("web", None, 3, "killed", None, signal.SIGKILL),
            ("web", 1, 1, "exited", 1, None), ("db", None, 1, "running", None, None)])
        first, failed, killed, _, up = self.runs()
        self.assertEqual([line["message"] for line in failed["last_lines"]],
                         ["line 3", "line 4", "why"])
        self.assertEqual([(line["stream"], line["run"]) for line in failed["last_lines"]],
                         [("stdout", 2), ("stdout", 2), ("stderr", 2)])
        self.assertEqual([line["message"] for line in killed["last_lines"]], ["before"])
        self.assertEqual((first["last_lines"], up["last_lines"]), ([], []))
        self.assertEqual(str(up["pid"]), self.box.raw("db").split()[1].decode())
        self.assertEqual((up["uid"], up["command"]), (os.geteuid(), "sh"))
        self.assertLess(failed["started"], failed["ended"])
        self.assertLess(failed["ended"], killed["started"])
        self.assertTrue(0 < failed["duration_s"] < 60)

        rows = self.box.logctl("runs", "web", "-n", "1").decode().splitlines()
        self.assertEqual(rows[0].split(), ["PROCESS", "RUN", "STARTED", "ENDED", "LASTED", "END",
                                           "PID", "COMMAND"])
        self.assertEqual([row.split()[0:2] for row in rows[1:] if not row.startswith(" ")],
                         [["web", "1"], ["web", "2"], ["web", "3"], ["web@1", "1"]])
        self.assertRegex(rows[3], r"^  \d\d:\d\d:\d\d\.\d{3} ! why$")
        self.assertIn("exit 3", rows[2])
        self.box.kill()  # and all of it without a daemon
        self.assertEqual(len(self.ends()), 5)
        running.kill()

    def test_what_a_shim_took_with_it_and_a_machine_that_went_down(self):
        self.box = self.started()
        held = self.box.run("web", ["sh", "-c", "echo up; exec sleep 1000"])
        self.wait_for(b"up", "tail", "web")
        held.kill()
        self.wait_for(b"unknown", "runs", "web")
        self.assertEqual(self.ends(), [("web", None, 1, "unknown", None, None)])
        # As a power cut leaves it: a run without an end.
        cut = self.box.log_dir / "web" / self.box.segments("web")[0]
        self.box.kill()
        whole = cut.read_bytes()
        cut.write_bytes(whole[:whole.index(b"exited") - 45])
        self.assertEqual(self.ends(), [("web", None, 1, "running", None, None)])
        shutil.rmtree(self.box.run_dir)
        self.box.start()
        self.shell("web", "echo again")
        self.wait_for(b"exit 0", "runs", "web")
        self.assertEqual(self.ends(), [("web", None, 1, "lost", None, None),
                                       ("web", None, 2, "exited", 0, None)])
        self.assertEqual([line["message"] for line in self.runs("--run", "1")[0]["last_lines"]],
                         ["up"])

    def test_over_rotations_and_archives(self):
        self.box = self.started('[defaults]\nkeep_plain = 0\nretain = "all"\n')
        for number in range(1, 13):
            self.shell("web", f"echo {number}; exit {number}")
            self.box.logctl("rotate", "web")
        wait_until(lambda: len(list((self.box.log_dir / "web").glob("*.gz"))) >= 12, 30,
                   "the archives")
        self.assertEqual([run["code"] for run in self.runs()], list(range(3, 13)))
        self.assertEqual([run["code"] for run in self.runs("--last", "all")], list(range(1, 13)))
        self.assertEqual([[line["message"] for line in run["last_lines"]]
                          for run in self.runs("--last", "2")], [["11"], ["12"]])
        copy = self.box.root / "copy"
        shutil.copytree(self.box.log_dir, copy, ignore=shutil.ignore_patterns(".run*"))
        self.box.kill()
        self.assertEqual(self.runs("--log-dir", str(copy)), self.runs())


class Written(TailTest):
    """Logs that were written by hand: no daemon runs here."""

    def runs(self, *arguments, status=0):
        done = self.box.logctl("runs", *arguments, status=None)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout.decode(errors="surrogateescape").splitlines()

    def numbers(self, *arguments, status=0):
        lines = "\n".join(self.runs("--json", *arguments, status=status))
        return [json.loads(line)["run"] for line in lines.splitlines()]

    def four_runs(self, log="web", first_segment=1):
        """Started at seconds 0, 10, 20, 30, each in a segment of its own; the odd ones failed."""
        for run in range(1, 5):
            at = (run - 1) * 10_000_000
            self.append(log, first_segment + run - 1, started(at, run),
                        record(at + 1_000_000, b"said %d" % run),
                        exited(at + 5_000_000, run, f"code {run % 2}"))

    def test_chooses(self):
        self.four_runs()
        for wanted, options in (
                ([1, 2, 3, 4], []), ([3, 4], ["--last", "2"]), ([1, 3], ["--failed"]),
                ([3], ["--failed", "--last", "1"]), ([4], ["--run", "0"]), ([3], ["--previous"]),
                ([2], ["--run=-2"]), ([1], ["--run", "1"]), ([], ["--last", "0"]),
                ([2, 3, 4], ["--since", "2026-11-21 22:00:12"]),
                ([3, 4], ["--since", "2026-11-21 22:00:16"]),
                ([1, 2], ["--until", "2026-11-21 22:00:20"]),
                ([2, 3], ["-S", "2026-11-21 22:00:12", "-U", "2026-11-21 22:00:25"]),
                ([3, 4], ["--since", "run:-1"]), ([2, 3, 4], ["--since", "run:2"]),
                ([1, 2], ["--until", "run:-1"]), ([1], ["--until", "run:2"])):
            self.assertEqual(self.numbers(*options), wanted, options)

    def test_tail_search_and_export_begin_and_end_with_runs(self):
        self.four_runs()
        self.append("db", 3, started(12_000_000, 7), record(13_000_000, b"db 7"))
        out = self.box.root / "out"
        for options, wanted in (
                (["-S", "run:0"], ["db 7", "said 4"]),
                (["-S", "run:-1", "web"], ["said 3", "said 4"]),
                (["-U", "run:2", "web"], ["said 1"]),
                (["-U", "run:0"], ["said 1", "said 2", "said 3"]),
                (["-S", "run:2", "-U", "run:-1", "web"], ["said 2"])):
            lines = "".join(line + "\n" for line in wanted).encode()
            self.assertEqual(self.tail("--raw", *options), lines, options)
            self.assertEqual(self.box.logctl("search", ".", "--raw", *options), lines, options)
            self.box.logctl("export", "--raw", "-o", out, *options)
            self.assertEqual(out.read_bytes(), lines, options)
        done = self.box.logctl("tail", "--raw", "-S", "run:-1", status=None)
        self.assertEqual((done.returncode, done.stdout), (0, b"db 7\nsaid 3\nsaid 4\n"))
        self.assertIn(b"db: run -1 is older than all that are kept: shown from", done.stderr)
        self.fails(1, "db", "-U", "run:0", "-g", "nothing")
        self.fails(3, "db", "-U", "run:-1", "-g", "nothing")
        self.assertIn("db: run 8 is not there", self.fails(1, ".", "db", "-S", "run:8",
                                                           command="search"))
        self.fails(2, "db", "-S", "run:x")

    def test_times_are_of_the_zone_that_is_asked_for(self):
        self.four_runs()
        for zone, hour in (([], "22"), (["--utc"], "22"), (["--tz", "Europe/Berlin"], "23")):
            row = self.runs("--run", "1", *zone)
            self.assertIn(f"2026-11-21 {hour}:00:00  2026-11-21 {hour}:00:05  5s ", row[1])
            self.assertEqual(row[2], f"  {hour}:00:01.000 | said 1")
        self.assertEqual(self.numbers("--since", "2026-11-21 23:00:16", "--tz", "Europe/Berlin"),
                         [3, 4])

    def test_all_logs_by_the_time_of_their_starts(self):
        self.append("api@0", 1, started(5, 1), started(15, 2))
        self.append("api@1", 1, started(10, 1))
        self.append("db", 1, record(1, b"older than all"))
        rows = [row.split()[:2] for row in self.runs("-n", "0")[1:]]
        self.assertEqual(rows, [["db", "-"], ["api@0", "1"], ["api@1", "1"], ["api@0", "2"]])
        self.assertEqual(self.numbers("api@0"), [1, 2])
        self.assertEqual(self.numbers("a*"), [1, 1, 2])

    def test_a_run_whose_start_is_not_kept(self):
        self.append("web", 7, record(1, b"last words"), exited(2, 8, "signal 11"), started(3, 9))
        rows = self.runs()
        self.assertRegex(rows[1], r"^web +8  not kept  +2026-11-21 22:00:00 +SIGSEGV +108$")
        self.assertEqual(rows[2], "  22:00:00.000 | last words")
        self.assertRegex(rows[3], r"^web +9 .* running ")

    def test_shows_bytes_as_tail_does(self):
        content = b"\x1b]0;owned\x07\x1b[31mred\x1b[0m \xff \xe2\x80\xae"
        self.append("web", 1, started(1, 1), record(2, content, "stderr"),
                    record(3, b"piece ", tag="P"), record(4, b"and end"), exited(5, 1, "code 1"))
        shown = self.tail("web").decode().splitlines()
        self.assertEqual(self.runs()[2:], ["  " + line for line in shown])
        self.assertNotIn("\x1b", "".join(self.runs()))
        line = json.loads(self.runs("--json")[0])["last_lines"][0]
        self.assertEqual(line, dict(json.loads(self.tail("web", "--json").splitlines()[0]), run=1))

    def test_a_long_line_and_many(self):
        self.append("web", 1, started(1, 1), record(2, b"x" * 300_000),
                    *[record(3 + tick, b"y" * 5000) for tick in range(100)],
                    exited(500, 1, "code 1"), started(501, 2), record(502, b"not of run 1"))
        run, _ = [json.loads(line) for line in self.runs("--json", "-n", "1000")]
        self.assertEqual([len(line["message"]) for line in run["last_lines"]],
                         [300_000] + [5000] * 100)
        self.append("web", 1, record(600, b"\xc3\xa9" * 700), exited(601, 2, "code 1"))
        self.assertEqual(self.runs("-n", "1", "--run", "2")[2],
                         "  22:00:00.000 | " + "\u00e9" * 500 + " ... (1400 bytes)")
        run, _ = [json.loads(line) for line in self.runs("--json", "-n", "0")]
        self.assertEqual(run["last_lines"], [])

    def test_exit_status(self):
        self.four_runs("web", first_segment=5)
        self.append("whole", 1, started(1, 1))
        self.append("empty", 1)
        self.assertEqual(self.numbers("empty"), [])
        self.assertEqual(self.numbers("--failed", "whole", status=1), [])
        self.assertEqual(self.numbers("--run", "77", status=1), [])
        self.assertEqual(self.numbers("--run=-7", "whole", status=1), [])
        self.assertEqual(self.numbers("-S", "2026-11-21 22:00:50", "web", status=1), [])
        self.assertIn(NOTHING_KEPT, self.fails(3, "web", "--run=-4", command="runs"))
        self.assertIn(NOTHING_KEPT, self.fails(3, "web", "-S", "2026-11-20", "-U", "2026-11-21",
                                               command="runs"))
        for wrong in (["-n", "-1"], ["-n", "many"], ["--last", "x"], ["--run", "x"],
                      ["-S", "soon"], ["-o", "yaml"], ["--tz", "Nowhere"]):
            self.fails(2, *wrong, command="runs")
        self.assertIn("did you mean 'web'", self.fails(4, "wbe", command="runs"))
        self.box.log_dir.rename(self.box.root / "moved")
        self.fails(4, command="runs")

    def test_damage_is_told_and_the_rest_is_shown(self):
        self.four_runs()
        self.archive("web", 1, 2)
        self.assertEqual(self.numbers(), [1, 2, 3, 4])
        whole = self.path("web", 2, ".log.gz").read_bytes()
        flipped = whole[:60] + bytes([whole[60] ^ 1]) + whole[61:]
        for hurt in (whole[:len(whole) // 3], b"", flipped):
            self.path("web", 2, ".log.gz").write_bytes(hurt)
            self.assertEqual(self.numbers(status=7), [1, 3, 4])
            self.assertIn("web: segment 2: ", self.fails(7, "web", command="runs"))
        self.path("web", 2, ".log.gz").unlink()
        self.assertIn("web: ", self.fails(7, command="runs"))

    @unittest.skipIf(os.geteuid() != 0, "needs root, to be somebody else")
    def test_what_may_not_be_read(self):
        self.four_runs()
        self.append("mine", 1, started(1, 1))
        os.chmod(self.box.root, 0o755)
        for directory in (self.box.log_dir, self.box.log_dir / "web", self.box.log_dir / "mine"):
            os.chmod(directory, 0o755)

        def runs_of_somebody(*names):
            return subprocess.run([LOGCTL, "--log-dir", self.box.log_dir, "runs", *names],
                                  user=65534, group=65534, extra_groups=[], capture_output=True,
                                  check=False, timeout=30, env=self.box.environment)
        self.assertEqual(runs_of_somebody().returncode, 0)
        os.chmod(self.path("web", 2), 0o600)
        done = runs_of_somebody("web")
        self.assertEqual((done.returncode, done.stdout.count(b"exit")), (6, 3), done.stderr)
        os.chmod(self.box.log_dir / "web", 0o700)
        self.assertEqual(runs_of_somebody("web").returncode, 6)
        done = runs_of_somebody()
        self.assertEqual((done.returncode, done.stdout.count(b"running")), (0, 1))
        self.assertIn(b"left out: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
