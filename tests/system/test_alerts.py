#!/usr/bin/env python3
"""Alerts about lines: which fire them, what is told, and what a reload, a stop and a kill do.

SPDX-License-Identifier: Apache-2.0
"""
import os
import subprocess
import unittest

from alert_testing import SECRET, STOP_S, AlertTest, quiet_for
from harness import wait_until


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
            said = len((box.root / "logd.err").read_bytes())
            self.assertLess(box.stop(), STOP_S)
            # On a busy machine there may be no time left for it: then that is said.
            told = received.exists() and f"boom {i}" in received.read_text()
            words = (box.root / "logd.err").read_bytes()[said:]
            self.assertTrue(told or b"alerts that were not told: 1" in words or
                            b"stops before alerts have looked at all" in words, words)

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


class Idle(AlertTest):
    def test_no_alerts_no_threads(self):
        box = self.started()
        before = len(os.listdir(f"/proc/{box.daemon.pid}/task"))
        box.config.write_text('[alert.boom]\nmatch = "boom"\ncommand = ["/bin/true"]\n')
        box.logctl("reload")
        self.assertEqual(len(os.listdir(f"/proc/{box.daemon.pid}/task")), before + 2)
        self.assertTrue(quiet_for(0.3, lambda: self.count(box, "fired", "boom") == 0))


if __name__ == "__main__":
    unittest.main()
