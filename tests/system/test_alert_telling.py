#!/usr/bin/env python3
"""How alerts are told: webhooks, commands, what fails, and what never holds up anybody.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import shutil
import subprocess
import unittest

from alert_testing import SECRET, STOP_S, AlertTest
from harness import children_of, command_line, wait_until


def has_ended(pid):
    """Whether it is gone, or only its parent has not noticed yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


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


if __name__ == "__main__":
    unittest.main()
