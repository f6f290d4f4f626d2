#!/usr/bin/env python3
"""Reloads of the configuration: what changes, what does not, and that no stream notices.

Under load, good and bad files take turns, by SIGHUP and by logctl: small by default; `--full` (or
LOGD_TEST_FULL=1) does 10,000 reloads.
SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import json
import os
import re
import signal
import stat
import sys
import time
import unittest

import harness
from harness import SandboxTest, wait_until
from http_testing import LocalConnection, ask
from test_kill import KEEP_ALL, WritersTest

IS_FULL = harness.IS_FULL or "--full" in sys.argv
RELOADS = 10_000 if IS_FULL else 300
MAX_GROWTH_KIB = 8 * 1024  # of the memory that logd takes, over all reloads

USAGE, NO_DAEMON = 2, 5


class ReloadTest(SandboxTest):
    def replace(self, box, text):
        """Replaces the configuration as a whole, as editors do."""
        fresh = box.root / "logd.toml.new"
        fresh.write_text(text)
        fresh.rename(box.config)

    def reload(self, box, text):
        """What logctl says of the reload of this text."""
        self.replace(box, text)
        return box.logctl("reload").decode()

    def status(self, box):
        return json.loads(box.logctl("status", "--json"))

    def speaker(self, box, name):
        """A program that says what it is told, as long as the test goes on."""
        return box.run(name, ["cat"], stdin=-1)

    def say(self, box, name, program, text):
        before = self.stored(box, name)
        self.write(program, text)
        wait_until(lambda: self.stored(box, name) == before + text, 10, f"{text[:40]!r} in {name}")

    def write(self, program, text):
        program.stdin.write(text)
        program.stdin.flush()

    def stored(self, box, name):
        return box.raw(name) if box.segments(name) else b""


class Changes(ReloadTest):
    def test_the_difference_is_shown(self):
        box = self.started('[defaults]\nmax_size = "1MiB"\n[process.web]\nretain = 5\n')
        self.assertEqual(box.logctl("reload"), b"nothing has changed\n")
        said = self.reload(box, 'max_disk = "1GiB"\nadmin_group = "nobody-here"\n'
                                '[defaults]\nmax_size = "2MiB"\nmax_line = "64KiB"\n')
        self.assertEqual(said, 'max_disk: "off" -> "1GiB"\n'
                               'admin_group: "logd" -> "nobody-here" (needs a restart of logd)\n'
                               '[defaults] max_size: "1MiB" -> "2MiB"\n'
                               '[defaults] max_line: "256KiB" -> "64KiB" '
                               '(for programs that are started from now on)\n'
                               '[process.web] retain: 5 -> 10\n')
        # What needs a restart is told until there is one.
        self.assertIn(b"needs a restart", box.logctl("reload"))
        reloads = self.status(box)["reloads"]
        self.assertEqual((reloads["succeeded"], reloads["failed"]), (3, 0))
        self.assertGreater(reloads["last_success_s"], 1e9)

    def test_conf_d_is_read_again(self):
        box = self.started()
        (box.root / "conf.d").mkdir()
        (box.root / "conf.d" / "10-web.toml").write_text("[process.web]\nretain = 3\n")
        self.assertEqual(box.logctl("reload"), b"[process.web] retain: 10 -> 3\n")

    def test_a_live_log_goes_by_the_new_values(self):
        box = self.started('[defaults]\ncompress = false\n')
        program = self.speaker(box, "web")
        self.say(box, "web", program, b"x" * 60_000 + b"\n")
        self.assertEqual(len(box.segments("web")), 1)
        self.reload(box, '[defaults]\ncompress = false\nmax_size = "32KiB"\n')
        for _ in range(4):
            self.say(box, "web", program, b"y" * 40_000 + b"\n")
        self.assertEqual(len(box.segments("web")), 5)
        self.reload(box, '[defaults]\ncompress = false\nmax_size = "32KiB"\nretain = 2\n')
        wait_until(lambda: len(box.segments("web")) == 3, 10, "the closed segments that may stay")
        program.stdin.close()
        self.assertEqual(box.wait(program), 0)

    def test_each_log_keeps_its_own_values(self):
        """Also where nothing has changed: what was read anew lies elsewhere in memory."""
        logs = {f"p{i}": i + 1 for i in range(6)}
        text = "".join(f"[process.{log}]\nretain = {kept}\n" for log, kept in logs.items())
        box = self.started('[defaults]\ncompress = false\nmax_size = "1KiB"\n' + text)
        programs = {log: self.speaker(box, log) for log in logs}
        for log, program in programs.items():
            self.say(box, log, program, b"first\n")
        for _ in range(3):
            self.assertEqual(box.logctl("reload"), b"nothing has changed\n")
        for log, program in programs.items():
            for number in range(10):
                self.write(program, b"%d " % number + b"x" * 1500 + b"\n")
                wait_until(lambda: self.stored(box, log).count(b"%d xx" % number) == 1)
        for log, kept in logs.items():
            wait_until(lambda: len(box.segments(log)) == kept + 1, 10,
                       f"{kept} closed segments of {log}")
            programs[log].stdin.close()
            self.assertEqual(box.wait(programs[log]), 0)

    def test_max_rate_comes_and_goes(self):
        box = self.started()
        program = self.speaker(box, "web")
        many = b"".join(b"%d\n" % i for i in range(5000))
        self.say(box, "web", program, many)
        self.reload(box, "[process.web]\nmax_rate = 10\n")
        self.write(program, many)
        wait_until(lambda: b"max_rate" in box.logctl("tail", "web", "--events", "-n", "all"), 10,
                   "the event of what was dropped")
        self.reload(box, "")
        self.say(box, "web", program, many)
        program.stdin.close()
        self.assertEqual(box.wait(program), 0)

    def test_masking_changes_in_the_middle_of_a_stream(self):
        box = self.started()
        program = self.speaker(box, "web")
        secret = b"password=hunter2hunter2\n"
        self.write(program, secret)
        wait_until(lambda: b"password=" in self.stored(box, "web"), 10, "the first line")
        self.assertNotIn(b"hunter2", box.raw("web"))
        self.reload(box, '[process.web]\nmasking = { mode = "off" }\n')
        self.write(program, secret)
        wait_until(lambda: box.raw("web").endswith(secret), 10, "the second line, as it is")
        program.stdin.close()
        self.assertEqual(box.wait(program), 0)

    def test_a_log_dir_that_needs_a_restart_takes_nothing_with_it(self):
        """The key of masks lies in it by default: masks stay as they are."""
        box = self.sandbox()
        masking = '[defaults]\nmasking = { style = "hash" }\n'
        where = dict(box.environment)
        del box.environment["LOGD_LOG_DIR"]
        self.replace(box, f'log_dir = "{box.log_dir}"\n' + masking)
        box.start()
        program = self.speaker(box, "web")
        self.write(program, b"to ann@example.com\n")
        wait_until(lambda: box.segments("web") and b"example" not in box.raw("web") != b"", 10)
        said = self.reload(box, f'log_dir = "{box.root}/other"\n' + masking)
        self.assertEqual(said, f'log_dir: "{box.log_dir}" -> "{box.root}/other" '
                               "(needs a restart of logd)\n")
        self.write(program, b"to ann@example.com\n")
        box.environment = where
        wait_until(lambda: box.raw("web").count(b"\n") == 2, 10, "the second line")
        first, second = box.raw("web").splitlines()
        self.assertRegex(first, rb"^to \[masked:email:[0-9a-f]+\]$")
        self.assertEqual(first, second)
        self.assertEqual(self.status(box)["state"], "ok")
        self.assertFalse((box.root / "other").exists())

    def test_a_key_of_masks_that_cannot_be_had_changes_nothing(self):
        box = self.started('[defaults]\nmasking = { style = "hash" }\n')
        self.replace(box, 'mask_key = "/nowhere/below/key"\n'
                          '[defaults]\nmasking = { style = "hash" }\n')
        refused = box.logctl("reload", status=None)
        self.assertEqual(refused.returncode, USAGE)
        self.assertIn(b"/nowhere/below/key", refused.stderr)

    def test_http_reads_times_by_the_new_zone(self):
        box = self.started('timezone = "UTC"\n')
        self.assertEqual(box.run_to_end("web", ["echo", "a line"]), 0)
        def records(since):
            with contextlib.closing(LocalConnection(box.run_dir / "http.sock")) as connection:
                return len(ask(connection, "/api/v1/records?since=" + since).json()["records"])
        an_hour_ago = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 3600))
        self.assertEqual(records(an_hour_ago), 1)
        # There, that is 9 hours from now.
        self.reload(box, 'timezone = "Pacific/Honolulu"\n')
        self.assertEqual(records(an_hour_ago), 0)

    def test_fifos_are_made_and_taken_away(self):
        box = self.started()
        fifo = box.run_dir / "fifo" / "legacy.out"
        said = self.reload(box, "[process.legacy]\nfifo = true\n")
        self.assertIn("[process.legacy] fifo: false -> true\n", said)
        wait_until(fifo.exists, 10, "the FIFO")
        self.assertTrue(stat.S_ISFIFO(fifo.stat().st_mode))
        with open(fifo, "wb", buffering=0) as out:
            out.write(b"first\n")
            wait_until(lambda: self.stored(box, "legacy") == b"first\n", 10, "the first line")
            self.reload(box, "")
            wait_until(lambda: not fifo.exists(), 10, "the end of the FIFO")
            out.write(b"who has it open writes on\n")
        wait_until(lambda: box.raw("legacy").endswith(b"writes on\n"), 10, "the last line")
        self.reload(box, "[process.legacy]\nfifo = true\n")
        wait_until(fifo.exists, 10, "another FIFO")


class BadFiles(ReloadTest):
    def test_a_bad_file_changes_nothing_and_is_told(self):
        box = self.started("[defaults]\nretain = 3\n")
        self.replace(box, "[defaults]\nretain = 5\nlevel = 99\nmax_sise = 1\n")
        refused = box.logctl("reload", status=None)
        self.assertEqual((refused.returncode, refused.stdout), (USAGE, b""))
        said = refused.stderr.decode()
        self.assertIn(f"{box.config}:3:9: level: must be from 1 to 9, not 99\n", said)
        self.assertIn('did you mean "max_size"?', said)
        self.assertIn("2 problems", said)
        seen = box.logctl("status", status=None)
        self.assertEqual(seen.returncode, 0, "one can look at logd while the file is wrong")
        self.assertIn(b"left out: ", seen.stderr)
        status = self.status(box)
        self.assertEqual(status["state"], "degraded")
        self.assertIn("the last reload failed", "\n".join(status["messages"]))
        self.assertEqual((status["reloads"]["failed"], status["reloads"]["last_failed"]), (1, True))
        self.assertIn("level: must be from 1 to 9", box.errors())
        said = self.reload(box, "[defaults]\nretain = 4\n")
        self.assertEqual(said, "[defaults] retain: 3 -> 4\n")
        self.assertEqual(self.status(box)["state"], "ok")

    def test_a_file_that_is_gone(self):
        box = self.started()
        box.config.unlink()
        self.assertEqual(box.logctl("--config", "/dev/null", "reload", status=None).returncode,
                         USAGE)
        self.replace(box, "")
        self.assertEqual(box.logctl("reload"), b"nothing has changed\n")

    def test_a_policy_that_names_what_is_not_there(self):
        box = self.started()
        self.replace(box, '[defaults]\nmasking = { packs = ["pi-us"] }\n')
        refused = box.logctl("reload", status=None)
        self.assertEqual(refused.returncode, USAGE)
        self.assertIn(b'did you mean "pii-us"?', refused.stderr)

    def test_a_file_that_logctl_itself_cannot_take(self):
        """The daemon is asked all the same, tells everything once, and counts it."""
        box = self.started()
        bad = {'timezone = "Nowhere/City"\n[defaults]\nlevel = 99\n':
                   ("1:12: timezone", "3:9: level"),
               '[defaults]\nmasking = { mode = "of", packs = 1 }\n':
                   ("2:20: masking", "2:34: masking"),
               "log_dir = 5\nmax_sise = 1\n": ("1:11: log_dir", "2:1: unknown key"),
               "[defaults\nretain = 3\n": ("1:1: ",), '[defaults]\nlevel = """\n': ("2:13: ",)}
        for count, (text, told) in enumerate(bad.items(), 1):
            with self.subTest(text):
                self.replace(box, text)
                refused = box.logctl("reload", status=None)
                said = refused.stderr.decode()
                self.assertEqual((refused.returncode, refused.stdout), (USAGE, b""), said)
                for one in told:
                    self.assertEqual(said.count(one), 1, said)
                self.assertTrue(said.endswith("logctl: reload: nothing has changed\n"), said)
                self.replace(box, "")
                reloads = self.status(box)["reloads"]
                self.assertEqual((reloads["failed"], reloads["last_failed"]), (count, True))
        self.assertEqual(box.logctl("reload"), b"nothing has changed\n")

    def test_a_file_that_hides_where_logd_is(self):
        box = self.started()
        environment = dict(box.environment)
        del environment["LOGD_RUN_DIR"]
        for text in ("run_dir = 5\n", f'[defaults\nrun_dir = "{box.run_dir}"\n',
                     f'min_free = """\nrun_dir = "{box.run_dir}"\n'):
            with self.subTest(text):
                self.replace(box, text)
                refused = box.logctl("reload", status=None, env=environment)
                self.assertEqual(refused.returncode, USAGE)
                self.assertIn(b"logctl --run-dir DIR reload", refused.stderr)
                asked = box.logctl("--run-dir", box.run_dir, "reload", status=None, env=environment)
                self.assertEqual(asked.returncode, USAGE)
                self.assertIn(b"nothing has changed", asked.stderr)
        self.replace(box, f'run_dir = "{box.run_dir}"\ntimezone = 7\n')
        refused = box.logctl("reload", status=None, env=environment)
        self.assertIn(b"nothing has changed", refused.stderr)
        self.replace(box, "")
        self.assertEqual(self.status(box)["reloads"]["failed"], 4)

    def test_no_daemon(self):
        box = self.sandbox()
        self.assertEqual(box.logctl("reload", status=None).returncode, NO_DAEMON)
        self.replace(box, 'timezone = "Nowhere/City"\n')
        refused = box.logctl("reload", status=None)
        self.assertEqual(refused.returncode, USAGE)
        self.assertIn(b"1:12: timezone", refused.stderr)


class UnderLoad(WritersTest):
    GOOD = ("", 'max_size = "256KiB"\n', 'max_size = "1MiB"\nlevel = 1\n',
            'sync = "never"\ncompress = false\n', 'masking = { mode = "report" }\n')
    BAD = ("level = 99\n", "nonsense\n", 'max_sise = "1GiB"\n')

    rate = 2_000 if IS_FULL else 5_000  # all of it is kept, and read at the end

    def replace(self, limits):
        fresh = self.box.root / "logd.toml.new"
        fresh.write_text(KEEP_ALL + limits)
        fresh.rename(self.box.config)

    def reload(self, limits):
        """By logctl or by SIGHUP; returns once it is done."""
        self.replace(limits)
        is_bad = limits in self.BAD
        if self.random.random() < 0.5:
            done = self.box.logctl("reload", status=None)
            self.assertEqual(done.returncode, USAGE if is_bad else 0, done.stderr)
            self.says_of(is_bad)
            return
        self.box.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: self.says_of(is_bad), 20, "the reload")

    def says_of(self, is_bad):
        """Whether logd has said how the reload went, since it was asked last; counts it."""
        said = self.errors.read()
        good = len(re.findall(rb"reload: \d+ change", said))
        bad = said.count(b"nothing has changed")
        self.counted[0] += good
        self.counted[1] += bad
        return bad if is_bad else good

    def footprint(self):
        """Memory and descriptors, but for segments: those that were closed wait for their sync."""
        pid = self.box.daemon.pid
        segments = harness.descriptors(pid, str(self.box.log_dir) + "/")
        return harness.status_field(pid, "VmRSS"), len(os.listdir(f"/proc/{pid}/fd")) - segments

    def test_no_line_is_lost_and_nothing_grows(self):
        self.begin()
        self.counted = [0, 0]
        self.errors = self.enterContext(open(self.box.root / "logd.err", "rb"))
        warm_up = RELOADS // 10
        for turn in range(RELOADS):
            if turn == warm_up:
                first = self.footprint()
            self.reload(self.random.choice(self.GOOD if self.random.random() < 0.7 else self.BAD))
        last = self.footprint()
        counted = json.loads(self.box.logctl("status", "--json"))["reloads"]
        self.assertEqual([counted["succeeded"], counted["failed"]], self.counted)
        self.assertEqual(sum(self.counted), RELOADS)
        self.report(reloads=RELOADS, bad=counted["failed"], rss_kib=f"{first[0]} to {last[0]}",
                    descriptors=f"{first[1]} to {last[1]}", lines=self.end())
        self.assertLess(last[0] - first[0], MAX_GROWTH_KIB)
        self.assertLess(last[1] - first[1], 8)


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--full"])
