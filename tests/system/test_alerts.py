#!/usr/bin/env python3
"""Alerts: rules about lines and health, webhooks and commands, and what never holds up capture.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import unittest

from alert_testing import Receiver, quiet_for
from harness import children_of, command_line, wait_until
from http_testing import HttpTest
from test_disk import DiskTest, has_mounts

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
STOP_S = 2


def has_ended(pid):
    """Whether it is gone, or only its parent has not noticed yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


class AlertTest(HttpTest):
    def receiver(self, *answers, **options):
        made = Receiver(answers, **options)
        self.addCleanup(made.close)
        return made

    def speaker(self, box, name, command=("cat",), **options):
        return box.run(name, list(command), stdin=subprocess.PIPE, **options)

    def say(self, program, *lines):
        program.stdin.write("".join(line + "\n" for line in lines).encode())
        program.stdin.flush()

    def count(self, box, what, alert):
        """The metric logd_alerts_WHAT_total of an alert."""
        text = self.get_local(box, "/metrics").body.decode()
        found = re.search(rf'^logd_alerts_{what}_total{{alert="{alert}"}} (\d+)$', text, re.M)
        return int(found[1]) if found else None

    def check(self, box, name="alerts"):
        checks = self.get_local(box, "/health").json()["checks"]
        return next(check for check in checks if check["name"] == name)

    def until_alerts(self, receiver, count, seconds=15):
        wait_until(lambda: len(receiver.requests) >= count, seconds, f"{count} alerts")
        return receiver.alerts()

    def script(self, box, text):
        """A program that does what `text` says, in sh."""
        path = box.root / "told.sh"
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    def until_looked_at(self, box, program, receiver, name="looked"):
        """Lines before this one have been looked at: an alert without a cool-down tells of it."""
        before = len([one for one in receiver.alerts() if one["alert"] == name])
        self.say(program, "LOOKED")
        wait_until(lambda: len([one for one in receiver.alerts() if one["alert"] == name]) > before,
                   15, "a look")

    def looked(self, receiver):
        """The alert for until_looked_at()."""
        return (f'[alert.looked]\nmatch = "^LOOKED$"\ncooldown = "0s"\nlines = 0\n'
                f'webhook = "{receiver.url("/looked")}"\n')


class Lines(AlertTest):
    def test_a_match_is_told_with_the_last_lines(self):
        receiver = self.receiver()
        box = self.started(f'[alert.refused]\nmatch = "connection refused"\nlines = 3\n'
                           f'webhook = "{receiver.url("/a/b?c=d")}"\n')
        program = self.speaker(box, "web")
        self.say(program, "one", "two", f"pushed {SECRET}", "Connection refused: db", "after")
        alert, = self.until_alerts(receiver, 1)
        path, headers, _ = receiver.requests[0]
        self.assertEqual(path, "/a/b?c=d")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertRegex(headers["User-Agent"], r"^logd/\d")
        self.assertNotIn("Authorization", headers)
        self.assertEqual(
            {key: alert[key] for key in ("v", "alert", "state", "process", "instance", "count",
                                         "suppressed", "condition", "host")},
            {"v": 1, "alert": "refused", "state": "firing", "process": "web", "instance": None,
             "count": 1, "suppressed": 0, "host": os.uname().nodename,
             "condition": "a line that matches /connection refused/"})
        self.assertEqual([line["message"] for line in alert["lines"]],
                         ["two", "pushed [masked:github-pat]", "Connection refused: db"])
        self.assertEqual(alert["lines"][-1]["time"], alert["time"])
        self.assertIn("[masked:github-pat]", alert["text"])
        self.assertIn(f"[{os.uname().nodename}] refused: web: a line that matches", alert["text"])
        for _, _, body in receiver.requests:
            self.assertNotIn(SECRET.encode(), body)

    def test_what_is_not_masked_in_the_store_is_masked_here(self):
        receiver = self.receiver()
        box = self.started('[process.web]\nmasking = { mode = "off" }\n'
                           f'[alert.any]\nmatch = "pushed"\nwebhook = "{receiver.url()}"\n')
        self.say(self.speaker(box, "web"), "before", f"pushed {SECRET}")
        alert, = self.until_alerts(receiver, 1)
        self.assertEqual([line["message"] for line in alert["lines"]][-2:],
                         ["before", "pushed [masked:github-pat]"])
        self.assertNotIn(SECRET.encode(), receiver.requests[0][2])
        self.assertIn(SECRET.encode(), box.raw("web"))

    def test_a_secret_across_the_cut_of_a_long_line(self):
        receiver = self.receiver()
        box = self.started('[process.web]\nmasking = { mode = "off" }\n'
                           f'[alert.any]\nmatch = "pushed"\nwebhook = "{receiver.url()}"\n')
        self.say(self.speaker(box, "web"), "x " * 500 + f"pushed {SECRET} end")
        alert, = self.until_alerts(receiver, 1)
        message = alert["lines"][-1]["message"]
        self.assertTrue(message.startswith("x x x "))
        self.assertLess(len(message), 1030)
        self.assertNotIn(SECRET[:10].encode(), receiver.requests[0][2])

    def test_level_stream_and_process(self):
        receiver = self.receiver()
        url = f'webhook = "{receiver.url()}"\ncooldown = "0s"\nlines = 0\n'
        box = self.started(f'[alert.bad]\nlevel = "error"\nprocess = ["web", "job-*"]\n{url}'
                           f'[alert.err]\nmatch = "."\nstream = "err"\nprocess = "err"\n{url}'
                           + self.looked(receiver))
        programs = {name: self.speaker(box, name) for name in ("web", "job-1", "other")}
        for name, program in programs.items():
            self.say(program, f"info: {name}", f"error: {name}", f"fatal: {name}")
        loud = self.speaker(box, "err", ["sh", "-c", "cat; echo now >&2; cat"])
        self.say(loud, "on stdout")
        loud.stdin.close()
        wait_until(lambda: any(one["alert"] == "err" for one in receiver.alerts()), 15, "err")
        for program in programs.values():
            self.until_looked_at(box, program, receiver)
        told = sorted((one["alert"], one["process"]) for one in receiver.alerts()
                      if one["alert"] != "looked")
        self.assertEqual(told, [("bad", "job-1")] * 2 + [("bad", "web")] * 2 + [("err", "err")])

    def test_so_many_within_a_time_of_each_process(self):
        receiver = self.receiver()
        box = self.started(
            f'[alert.many]\nmatch = "boom"\ncount = 3\nwithin = "10m"\ncooldown = "1h"\n'
            f'webhook = "{receiver.url()}"\n' + self.looked(receiver))
        one, two = self.speaker(box, "one"), self.speaker(box, "two", instance=1)
        self.say(one, "boom 1", "boom 2")
        self.say(two, "boom 1", "boom 2")
        for program in (one, two):
            self.until_looked_at(box, program, receiver)
        self.assertEqual([alert for alert in receiver.alerts() if alert["alert"] == "many"], [])
        self.say(one, "boom 3")
        self.say(two, "boom 3")
        wait_until(lambda: len([alert for alert in receiver.alerts() if alert["alert"] == "many"])
                   == 2, 15, "two alerts")
        self.say(one, *["boom again"] * 50)
        self.until_looked_at(box, one, receiver)
        told = [alert for alert in receiver.alerts() if alert["alert"] == "many"]
        self.assertEqual(sorted((alert["process"], alert["instance"]) for alert in told),
                         [("one", None), ("two", 1)])
        self.assertEqual(told[0]["condition"], "3 lines that match /boom/ within 10m")
        self.assertEqual(self.count(box, "suppressed_lines", "many"), 50)
        self.assertEqual(self.count(box, "fired", "many"), 2)

    def test_after_the_cool_down_the_count_is_told(self):
        receiver = self.receiver()
        box = self.started(f'[alert.boom]\nmatch = "boom"\ncooldown = "1s"\n'
                           f'webhook = "{receiver.url()}"\n')
        program = self.speaker(box, "web")
        self.say(program, "boom", "boom", "boom")
        self.until_alerts(receiver, 1)
        wait_until(lambda: self.count(box, "suppressed_lines", "boom") == 2, 10, "two lines")

        def is_told():
            self.say(program, "boom")
            return len(receiver.requests) == 2
        wait_until(is_told, 15, "a second alert", interval=0.1)
        self.assertGreaterEqual(receiver.alerts()[1]["suppressed"], 2)
        self.assertIn(" more since the last alert)", receiver.alerts()[1]["text"])

    def test_logs_that_come_later_and_lines_from_before(self):
        receiver = self.receiver()
        box = self.started()
        self.assertEqual(box.run_to_end("old", ["echo", "boom before"]), 0)
        box.config.write_text(f'[alert.boom]\nmatch = "boom"\ncooldown = "0s"\n'
                              f'webhook = "{receiver.url()}"\n')
        box.logctl("reload")
        self.assertEqual(box.run_to_end("new", ["echo", "boom after"]), 0)
        self.assertEqual(box.run_to_end("old", ["echo", "boom again"]), 0)
        alerts = self.until_alerts(receiver, 2)
        self.assertEqual(sorted(alert["lines"][-1]["message"] for alert in alerts),
                         ["boom after", "boom again"])

    def test_a_reload_goes_on_counting_and_takes_rules_away(self):
        receiver = self.receiver()
        boom = (f'[alert.boom]\nmatch = "boom"\ncount = 2\nwithin = "1h"\n'
                f'webhook = "{receiver.url()}"\n')
        box = self.started(boom + self.looked(receiver))
        program = self.speaker(box, "web")
        self.say(program, "boom 1")
        self.until_looked_at(box, program, receiver)
        box.config.write_text(boom + self.looked(receiver) +
                              '[alert.new]\nlevel = "fatal"\ncommand = ["/bin/true"]\n')
        self.assertIn('[alert.new] level: "" -> "fatal"', box.logctl("reload").decode())
        self.say(program, "boom 2")
        wait_until(lambda: any(one["alert"] == "boom" for one in receiver.alerts()), 15, "an alert")
        box.config.write_text(self.looked(receiver))
        box.logctl("reload")
        self.say(program, "boom 3", "boom 4")
        self.until_looked_at(box, program, receiver)
        self.assertEqual(len([1 for one in receiver.alerts() if one["alert"] == "boom"]), 1)
        self.assertIsNone(self.count(box, "fired", "boom"))

    def test_lines_taken_over_from_a_killed_daemon(self):
        receiver = self.receiver()
        box = self.started(f'[alert.boom]\nmatch = "boom"\nwebhook = "{receiver.url()}"\n')
        program = self.speaker(box, "web")
        self.say(program, "one")
        wait_until(lambda: box.stored("web") > 100, 10, "a line")
        box.kill()
        self.say(program, "boom")
        box.start()
        alert, = self.until_alerts(receiver, 1)
        self.assertEqual(alert["lines"][-1]["message"], "boom")

    def test_lines_that_were_stored_before_masking_was_in_force(self):
        receiver = self.receiver()
        alert = f'[alert.boom]\nmatch = "boom"\nwebhook = "{receiver.url()}"\n'
        box = self.started('[process.web]\nmasking = { mode = "off" }\n' + alert)
        program = self.speaker(box, "web")
        self.say(program, f"pushed {SECRET}")
        wait_until(lambda: box.stored("web") > 100, 10, "a line")
        box.config.write_text(alert)
        box.logctl("reload")
        self.say(program, "boom")
        alert, = self.until_alerts(receiver, 1)
        self.assertIn("pushed [masked:github-pat]", [line["message"] for line in alert["lines"]])
        self.assertNotIn(SECRET.encode(), receiver.requests[0][2])

    def test_the_last_lines_before_a_stop_are_looked_at(self):
        box = self.sandbox()
        script = self.script(box, 'cat >> "$0.in"\n')
        box.config.write_text(f'[alert.boom]\nmatch = "boom"\ncooldown = "0s"\n'
                              f'command = ["{script}"]\n')
        received = box.root / "told.sh.in"
        for i in range(1, 4):
            box.start()
            self.assertEqual(box.run_to_end("web", ["echo", f"boom {i}"]), 0)
            self.assertLess(box.stop(), STOP_S)
            self.assertIn(f"boom {i}", received.read_text())
        self.assertEqual(len(received.read_text().splitlines()), 3)

    def test_lines_of_all_instances_and_nothing_that_a_chat_takes_for_its_own(self):
        receiver = self.receiver()
        box = self.started(f'[alert.boom]\nmatch = "boom"\ncount = 2\nlines = 2\n'
                           f'webhook = "{receiver.url()}"\n')
        one, two = (self.speaker(box, "web", instance=number) for number in (1, 2))
        wait_until(lambda: box.stored("web@1") and box.stored("web@2"), 10, "both runs")
        self.say(one, "boom ``` <!channel> @here")
        wait_until(lambda: b"boom" in box.raw("web"), 10, "a line")
        self.say(two, "boom 2")
        alert, = self.until_alerts(receiver, 1)
        self.assertEqual([(line["instance"], line["message"]) for line in alert["lines"]],
                         [(1, "boom ``` <!channel> @here"), (2, "boom 2")])
        self.assertEqual(alert["text"].count("```"), 2)
        for what in ("<!channel>", "@here"):
            self.assertNotIn(what, alert["text"])

    def test_rotation_and_compression_lose_no_match(self):
        receiver = self.receiver()
        box = self.started('[defaults]\nmax_size = "4KiB"\nretain = "all"\nkeep_plain = 0\n'
                           f'[alert.tenth]\nmatch = "0 end$"\ncount = 1000\nwithin = "1h"\n'
                           f'cooldown = "0s"\nlines = 1\nwebhook = "{receiver.url()}"\n')
        lines = "".join(f"line {i} end\n" for i in range(1, 10_001))
        program = self.speaker(box, "web")
        program.stdin.write(lines.encode())
        program.stdin.flush()
        alert, = self.until_alerts(receiver, 1, 60)
        self.assertEqual(alert["lines"][-1]["message"], "line 10000 end")


class Telling(AlertTest):
    def test_a_token_and_a_url_from_files(self):
        receiver = self.receiver()
        box = self.sandbox()
        (box.root / "url").write_text(receiver.url("/secret/path") + "\n")
        (box.root / "token").write_text("tell-me\n")
        box.config.write_text(f'[alert.boom]\nmatch = "boom"\nwebhook_file = "{box.root}/url"\n'
                              f'token_file = "{box.root}/token"\n')
        box.start()
        self.say(self.speaker(box, "web"), "boom")
        self.until_alerts(receiver, 1)
        self.assertEqual(receiver.requests[0][0], "/secret/path")
        self.assertEqual(receiver.requests[0][1]["Authorization"], "Bearer tell-me")

    def test_nobody_sees_the_url(self):
        receiver = self.receiver(delay=20)
        box = self.started(f'[alert.boom]\nmatch = "boom"\nwebhook = "{receiver.url("/hidden")}"\n')
        self.say(self.speaker(box, "web"), "boom")
        self.until_alerts(receiver, 1)
        started = [command_line(pid) for pid in children_of([box.daemon.pid])]
        self.assertTrue(any("logd-webhook" in line for line in started), started)
        self.assertFalse(any("hidden" in line for line in started), started)
        shown = subprocess.run([box.logd_program, "--print-config"], env=box.environment,
                               capture_output=True, check=True).stdout.decode()
        self.assertIn(f'webhook = "http://127.0.0.1:{receiver.port}/..."', shown)
        self.assertNotIn("hidden", shown)
        box.config.write_text(box.config.read_text().replace("hidden", "hidden2"))
        self.assertIn('webhook: "http', box.logctl("reload").decode())
        self.assertNotIn("hidden", box.errors())

    def test_a_command_gets_it_as_input(self):
        box = self.sandbox()
        script = self.script(box, 'echo "$LOGD_ALERT $LOGD_ALERT_STATE $LOGD_ALERT_PROCESS $1"'
                                  ' > "$0.args"; cat > "$0.new"; mv "$0.new" "$0.in"\n')
        box.config.write_text(f'[alert.boom]\nmatch = "boom"\ncommand = ["{script}", "a b; c"]\n')
        box.start()
        self.say(self.speaker(box, "web"), "boom")
        received = box.root / "told.sh.in"
        wait_until(received.exists, 15, "the command")
        alert = json.loads(received.read_text())
        self.assertEqual((alert["alert"], alert["process"]), ("boom", "web"))
        self.assertEqual((box.root / "told.sh.args").read_text(), "boom firing web a b; c\n")
        wait_until(lambda: self.count(box, "sent", "boom") == 1, 10, "the count")

    def test_what_may_pass_is_tried_again(self):
        receiver = self.receiver(503, 200)
        box = self.started(f'[alert.boom]\nmatch = "boom"\nwebhook = "{receiver.url()}"\n')
        self.say(self.speaker(box, "web"), "boom")
        first, second = self.until_alerts(receiver, 2)
        self.assertEqual(first, second)
        wait_until(lambda: self.count(box, "sent", "boom") == 1, 10, "the count")
        self.assertEqual(self.count(box, "failed", "boom"), 0)
        self.assertEqual(self.check(box)["status"], "ok")

    def test_what_is_refused_is_counted_and_shown_until_one_is_taken(self):
        receiver = self.receiver(404)
        box = self.started(f'[alert.boom]\nmatch = "boom"\ncooldown = "0s"\n'
                           f'webhook = "{receiver.url()}"\n')
        program = self.speaker(box, "web")
        self.say(program, "boom")
        wait_until(lambda: self.count(box, "failed", "boom") == 1, 10, "a failure")
        self.assertEqual(self.check(box)["status"], "degraded")
        self.assertEqual(self.check(box)["detail"], "boom could not be told: webhook: HTTP 404")
        self.assertIn("alert boom could not be told: webhook: HTTP 404", box.errors())
        self.assertEqual(len(receiver.requests), 1)
        self.say(program, "boom")
        wait_until(lambda: self.check(box)["status"] == "ok", 10, "health")

    def test_a_command_that_fails_says_why(self):
        box = self.sandbox()
        script = self.script(box, f'echo "no pager for {SECRET}" >&2; exit 3\n')
        box.config.write_text(f'[alert.boom]\nmatch = "boom"\ncommand = ["{script}"]\n'
                              '[alert.gone]\nmatch = "boom"\ncommand = ["/no/such/program"]\n')
        box.start()
        self.say(self.speaker(box, "web"), "boom")
        wait_until(lambda: self.count(box, "failed", "boom") == 1 and
                   self.count(box, "failed", "gone") == 1, 10, "failures")
        detail = self.check(box)["detail"]
        self.assertIn("no pager for [masked:github-pat]", detail)
        self.assertIn("start /no/such/program: No such file or directory", detail)
        self.assertNotIn(SECRET, box.errors())

    def test_a_webhook_that_fails_beside_a_command_that_does_not(self):
        receiver = self.receiver(404, 404)
        box = self.started(f'[alert.boom]\nmatch = "boom"\nwebhook = "{receiver.url()}"\n'
                           'command = ["/bin/true"]\n')
        done = subprocess.run([box.logd_program, "--test-alert", "boom"], env=box.environment,
                              capture_output=True, check=False, timeout=20)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.say(self.speaker(box, "web"), "boom")
        wait_until(lambda: self.count(box, "failed", "boom") == 1 and
                   self.count(box, "sent", "boom") == 1, 10, "both ends")
        self.assertEqual(self.check(box)["detail"], "boom could not be told: webhook: HTTP 404")
        box.config.write_text(f'[alert.boom]\nmatch = "boom"\ncommand = ["/bin/true"]\n')
        box.logctl("reload")
        self.assertEqual(self.check(box)["status"], "ok")

    def test_a_secret_across_the_cut_of_what_a_command_says(self):
        box = self.sandbox()
        script = self.script(box, f'printf "%490s pushed {SECRET} end" "" >&2; exit 200\n')
        box.config.write_text(f'[alert.boom]\nmatch = "boom"\ncommand = ["{script}"]\n'
                              '[alert.mute]\nmatch = "boom"\n'
                              'command = ["/bin/sh", "-c", "exit 200"]\n')
        box.start()
        self.say(self.speaker(box, "web"), "boom")
        wait_until(lambda: self.count(box, "failed", "boom") == 1 and
                   self.count(box, "failed", "mute") == 1, 10, "failures")
        self.assertNotIn(SECRET[:10], box.errors() + self.check(box)["detail"])
        self.assertIn("ended with status 200", self.check(box)["detail"])

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_command_that_cannot_be_killed_holds_up_nobody(self):
        nobody = 65534
        box = self.sandbox(prefix=["setpriv", "--reuid", str(nobody), "--regid", str(nobody),
                                   "--clear-groups"])
        box.root.chmod(0o777)
        program = box.root / "setuid"
        shutil.copy(shutil.which("python3", path="/usr/bin"), program)
        program.chmod(0o4755)
        box.config.write_text(
            f'[alert.boom]\nmatch = "boom"\ntimeout = "1s"\ncommand = ["{program}", "-c", '
            f'"import os, time; os.setuid(0); time.sleep(20)"]\n')
        box.start()
        self.assertEqual(box.run_to_end("web", ["echo", "boom"]), 0)
        wait_until(lambda: self.count(box, "failed", "boom") == 1, 15, "a failure")
        self.assertLess(box.stop(), STOP_S)

    def test_what_cannot_be_started_does_not_hold_up_a_stop(self):
        box = self.started("".join(
            f'[alert.a{i}]\nmatch = "boom"\ncooldown = "0s"\ncommand = ["/no/such"]\n'
            for i in range(4)))
        self.assertEqual(box.run_to_end("web", ["seq", "-f", "boom %g", "40"]), 0)
        self.assertLess(box.stop(), STOP_S)

    def test_many_black_holes_hold_up_nobody(self):
        hole, receiver = self.receiver(delay=60), self.receiver()
        box = self.started("".join(
            f'[alert.hole{i}]\nmatch = "boom"\ntimeout = "5m"\nwebhook = "{hole.url()}"\n'
            for i in range(10)) + f'[alert.fine]\nmatch = "boom"\nwebhook = "{receiver.url()}"\n')
        self.say(self.speaker(box, "web"), "boom")
        self.until_alerts(receiver, 1)

    def test_a_command_that_does_not_end_is_killed_with_what_it_started(self):
        box = self.sandbox()
        script = self.script(box, 'sleep 1000 & echo $! > "$0.pid"; wait\n')
        box.config.write_text(f'[alert.boom]\nmatch = "boom"\ntimeout = "1s"\n'
                              f'command = ["{script}"]\n')
        box.start()
        self.say(self.speaker(box, "web"), "boom")
        wait_until(lambda: self.count(box, "failed", "boom") == 1, 10, "a failure")
        self.assertIn("took longer than 1s", self.check(box)["detail"])
        pid = int((box.root / "told.sh.pid").read_text())
        wait_until(lambda: has_ended(pid), 10, "its end")

    def test_a_black_hole_holds_up_nobody(self):
        hole, receiver = self.receiver(delay=60), self.receiver()
        box = self.started(f'[alert.hole]\nmatch = "boom"\ncooldown = "0s"\ntimeout = "5m"\n'
                           f'webhook = "{hole.url()}"\n'
                           f'[alert.fine]\nmatch = "boom 100$"\nwebhook = "{receiver.url()}"\n')
        program = self.speaker(box, "web")
        self.say(program, *[f"boom {i}" for i in range(1, 101)])
        self.until_alerts(receiver, 1)
        wait_until(lambda: self.count(box, "fired", "hole") == 100, 15, "100 alerts")
        self.assertEqual(self.count(box, "dropped", "hole"), 100 - 32)
        self.assertEqual(len(hole.requests), 1)
        self.assertEqual(box.raw("web").count(b"boom"), 100)
        self.assertLess(box.stop(), STOP_S + 0.5)
        self.assertIn("alerts that were not told: 32", box.errors())

    @unittest.skipUnless(shutil.which("openssl"), "needs openssl")
    def test_a_certificate_that_nobody_vouches_for(self):
        box = self.sandbox()
        certificate = (box.root / "cert.pem", box.root / "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-out",
                        certificate[0], "-keyout", certificate[1]], check=True,
                       capture_output=True)
        receiver = self.receiver(certificate=certificate)
        box.config.write_text(f'[alert.a]\nlevel = "error"\nwebhook = "{receiver.url()}"\n')
        done = subprocess.run([box.logd_program, "--test-alert", "a"], env=box.environment,
                              capture_output=True, check=False, timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, b"could not be told: webhook: SSL .*certificate")
        self.assertEqual(receiver.requests, [])

    def test_a_test_of_an_alert(self):
        receiver = self.receiver(200, 404)
        box = self.sandbox('[alert.errors]\nlevel = "error"\nwebhook = '
                           f'"{receiver.url()}"\n')

        def told(name):
            return subprocess.run([box.logd_program, "--test-alert", name], env=box.environment,
                                  capture_output=True, check=False, timeout=20)
        done = told("errors")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, b"errors was told\n", b""))
        self.assertEqual(receiver.alerts()[0]["state"], "test")
        done = told("errors")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (1, b"", b"logd: errors could not be told: webhook: HTTP 404\n"))
        done = told("error")
        self.assertEqual((done.returncode, done.stderr),
                         (2, b'logd: there is no [alert.error]; did you mean "errors"?\n'))

    def test_nobody_is_left_behind(self):
        hole = self.receiver(delay=60)
        box = self.started(f'[alert.hole]\nmatch = "boom"\nwebhook = "{hole.url()}"\n')
        self.say(self.speaker(box, "web"), "boom")
        self.until_alerts(hole, 1)
        webhooks = [pid for pid in children_of([box.daemon.pid])
                    if "logd-webhook" in command_line(pid)]
        self.assertEqual(len(webhooks), 1)
        box.stop()
        wait_until(lambda: not os.path.exists(f"/proc/{webhooks[0]}"), 10, "its end")


class Health(AlertTest):
    def test_health_fires_and_is_resolved(self):
        receiver = self.receiver()
        config = (f'[alert.sick]\nhealth = "degraded"\nwebhook = "{receiver.url()}"\n'
                  f'[alert.failing]\nhealth = "failing"\nwebhook = "{receiver.url("/no")}"\n'
                  f'[alert.disk]\nhealth = "degraded"\nchecks = ["disk"]\n'
                  f'webhook = "{receiver.url("/no")}"\n')
        box = self.started(config)
        box.config.write_text(config + "nonsense = 1\n")
        box.logctl("reload", status=None)
        box.daemon.send_signal(signal.SIGHUP)
        fired, = self.until_alerts(receiver, 1)
        self.assertEqual((fired["alert"], fired["state"]), ("sick", "firing"))
        self.assertEqual([(check["name"], check["level"]) for check in fired["checks"]],
                         [("config", "degraded")])
        self.assertIn("logd is not well: any check degraded or worse\nconfig is degraded: ",
                      fired["text"])
        box.config.write_text(config)
        box.logctl("reload")
        resolved = self.until_alerts(receiver, 2)[1]
        self.assertEqual((resolved["alert"], resolved["state"], resolved["checks"]),
                         ("sick", "resolved", []))
        self.assertEqual({path for path, _, _ in receiver.requests}, {"/hook"})

    def test_a_reload_while_it_fires(self):
        receiver = self.receiver()
        config = f'[alert.sick]\nhealth = "degraded"\nwebhook = "{receiver.url()}"\n'
        box = self.started('[process.web]\ngroup = "no-such-group"\n' + config)
        self.until_alerts(receiver, 1)
        box.config.write_text(config + 'cooldown = "2h"\n')
        box.logctl("reload")
        self.assertEqual(self.until_alerts(receiver, 2)[1]["state"], "resolved")

    def test_lines_that_are_dropped(self):
        receiver = self.receiver()
        box = self.started('[process.web]\nmax_rate = 10\n'
                           '[alert.lost]\nhealth = "degraded"\nchecks = ["drops"]\n'
                           f'webhook = "{receiver.url()}"\n')
        self.assertEqual(box.run_to_end("web", ["seq", "100"]), 0)
        fired, = self.until_alerts(receiver, 1)
        self.assertIn("web", fired["checks"][0]["detail"])


@unittest.skipUnless(has_mounts(), "needs root and the right to mount")
class FullDisk(AlertTest, DiskTest):
    def test_a_full_disk_is_told_and_that_it_is_over(self):
        receiver = self.receiver()
        box = self.limited('min_free = "0"\n[defaults]\ncompress = false\n'
                           'on_disk_full = "block"\n'
                           '[alert.disk]\nhealth = "failing"\nchecks = ["disk", "writes"]\n'
                           f'webhook = "{receiver.url()}"\n')
        program = self.speaker(box, "web")
        self.say(program, "begin")
        wait_until(lambda: box.stored("web") > 100, 10, "a line")
        ballast = self.ballast(box)
        program.stdin.write(b"".join(b"line %d\n" % i for i in range(5000)))
        program.stdin.flush()
        fired, = self.until_alerts(receiver, 1, 30)
        self.assertEqual((fired["state"], fired["checks"][0]["name"]), ("firing", "disk"))
        self.assertIn("disk full, blocked", fired["text"])
        ballast.unlink()
        resolved = self.until_alerts(receiver, 2, 30)[1]
        self.assertEqual(resolved["state"], "resolved")
        self.assertIn("logd is well again", resolved["text"])


class Mistakes(AlertTest):
    def test_each_is_told_where_it_stands_and_nothing_starts(self):
        box = self.sandbox('[alert.a]\nmatch = "("\ncommand = ["/bin/true"]\n'
                           '[alert.b]\nlevel = "waring"\ncommand = ["/bin/true"]\n'
                           '[alert.c]\nhealth = "failing"\nchecks = ["dsk"]\n'
                           'command = ["/bin/true"]\n')
        done = subprocess.run([box.logd_program, "--check-config"], env=box.environment,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 2)
        text = done.stderr.decode()
        for place, what in (("2", "match: "), ("5", "did you mean"), ("9", 'did you mean "disk"?')):
            self.assertRegex(text, rf"logd\.toml:{place}:\d+: .*{re.escape(what)}")
        started = subprocess.run([box.logd_program], env=box.environment, capture_output=True,
                                 check=False, timeout=10)
        self.assertEqual(started.returncode, 2)
        self.assertIn('did you mean "disk"?', started.stderr.decode())

    def test_nobody_sees_the_path_of_a_url_that_is_wrong(self):
        for line in ('webhook = "hooks.example.com/hidden/path"',
                     'webhok = "https://hooks.example.com/hidden/path"'):
            box = self.sandbox(f'[alert.a]\nlevel = "error"\n{line}\n')
            done = subprocess.run([box.logd_program, "--check-config"], env=box.environment,
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"hooks.example.com/....../....", done.stderr)

    def test_files_that_are_not_there_are_warnings(self):
        box = self.sandbox('[alert.a]\nlevel = "error"\nwebhook_file = "/no/such/file"\n'
                           'command = ["/no/such/program"]\n')
        done = subprocess.run([box.logd_program, "--check-config"], env=box.environment,
                              capture_output=True, check=True, text=True)
        for what in ("webhook_file: /no/such/file: No such file",
                     "command: /no/such/program: No such file"):
            self.assertRegex(done.stdout + done.stderr, rf"warning: .*{what}")

    def test_a_reload_with_one_changes_nothing(self):
        receiver = self.receiver()
        good = f'[alert.boom]\nmatch = "boom"\nwebhook = "{receiver.url()}"\n'
        box = self.started(good)
        box.config.write_text(good.replace('"boom"', '"(boom"'))
        box.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: self.check(box, "config")["status"] == "degraded", 10, "a refusal")
        self.say(self.speaker(box, "web"), "boom")
        self.until_alerts(receiver, 1)


class Idle(AlertTest):
    def test_no_alerts_no_threads(self):
        box = self.started()
        before = len(os.listdir(f"/proc/{box.daemon.pid}/task"))
        box.config.write_text('[alert.boom]\nmatch = "boom"\ncommand = ["/bin/true"]\n')
        box.logctl("reload")
        self.assertEqual(len(os.listdir(f"/proc/{box.daemon.pid}/task")), before + 2)
        self.assertTrue(quiet_for(0.3, lambda: self.count(box, "fired", "boom") == 0))


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--full"])
