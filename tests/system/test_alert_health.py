#!/usr/bin/env python3
"""Alerts about logd itself, and mistakes in tables of alerts.

A tmpfs of 32 MB is filled; needs root for that, skipped otherwise.
SPDX-License-Identifier: Apache-2.0
"""
import re
import signal
import subprocess
import unittest

from alert_testing import AlertTest
from harness import wait_until
from test_disk import DiskTest, has_mounts


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


if __name__ == "__main__":
    unittest.main()
