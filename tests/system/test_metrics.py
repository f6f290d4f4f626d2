#!/usr/bin/env python3
"""Metrics: what they count, in both formats, as promtool and others read them.

SPDX-License-Identifier: Apache-2.0
"""
import os
import re
import shutil
import subprocess
import unittest

from harness import wait_until
from http_testing import HttpTest

SAMPLE = re.compile(r'^(logd_[a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+)\})? ([0-9.e+-]+)$')


class MetricsTest(HttpTest):
    def text(self, box, accept=""):
        return self.get_local(box, "/metrics", {"Accept": accept}).body.decode()

    def value(self, box, name, **labels):
        inner = ",".join(f'{key}="{value}"' for key, value in labels.items())
        return self.metric(box, f"{name}{{{inner}}}" if inner else name)


class Format(MetricsTest):
    def busy(self):
        box = self.started('[defaults]\nmax_size = "4KiB"\n'
                           '[alert.a]\nmatch = "^2"\ncommand = "/bin/true"\n')
        self.assertEqual(box.run_to_end("web", ["seq", "2000"]), 0)
        self.assertEqual(box.run_to_end("api", ["echo", "password=hunter2hunter2"], instance=1), 0)
        self.get_all(box)
        return box

    def get_all(self, box):
        for path in ("/health", "/nope", "/api/v1/processes"):
            self.get_local(box, path)

    @unittest.skipUnless(shutil.which("promtool"), "needs promtool (script/bootstrap)")
    def test_promtool_has_no_complaint(self):
        text = self.text(self.busy())
        done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_every_line_is_a_sample_or_tells_of_its_family(self):
        box = self.busy()
        seen = set()
        for line in self.text(box).splitlines():
            if line.startswith("#"):
                self.assertRegex(line, r"^# (HELP logd_\w+ .+|TYPE logd_\w+ (counter|gauge))$")
                continue
            self.assertRegex(line, SAMPLE)
            self.assertNotIn(line.rpartition(" ")[0], seen, "twice")
            seen.add(line.rpartition(" ")[0])

    def test_open_metrics(self):
        box = self.busy()
        answer = self.get_local(box, "/metrics",
                     {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"})
        self.assertTrue(answer.headers["Content-Type"].startswith("application/openmetrics-text"))
        text = answer.body.decode()
        self.assertTrue(text.endswith("\n# EOF\n"))
        self.assertEqual(text.count("# EOF"), 1)
        self.assertIn("# TYPE logd_received_lines counter\n", text)
        self.assertIn("\nlogd_received_lines_total{", text)
        plain = self.get_local(box, "/metrics")
        self.assertTrue(plain.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        self.assertNotIn("EOF", plain.body.decode())


class Counts(MetricsTest):
    def test_lines_bytes_and_streams(self):
        box = self.started()
        script = "seq 100; echo four >&2; echo five! >&2"
        self.assertEqual(box.run_to_end("web", ["sh", "-c", script]), 0)
        for stream, lines, size in (("stdout", 100, 292), ("stderr", 2, 11)):
            self.assertEqual(self.value(box, "logd_received_lines_total", process="web",
                                        stream=stream), lines)
            self.assertEqual(self.value(box, "logd_received_bytes_total", process="web",
                                        stream=stream), size)
        stored = box.stored("web")
        self.assertEqual(self.value(box, "logd_written_bytes_total", process="web"), stored)
        self.assertEqual(self.value(box, "logd_disk_usage_bytes", process="web"), stored)
        self.assertEqual(self.value(box, "logd_runs_total", process="web"), 1)
        oldest = self.value(box, "logd_oldest_record_timestamp_seconds", process="web")
        newest = self.value(box, "logd_last_record_timestamp_seconds", process="web")
        self.assertTrue(1e9 < oldest <= newest, (oldest, newest))

    def test_instances_are_counted_together(self):
        box = self.started()
        for instance in range(3):
            self.assertEqual(box.run_to_end("web", ["seq", "10"], instance=instance), 0)
        self.assertEqual(self.value(box, "logd_received_lines_total", process="web",
                                    stream="stdout"), 30)
        self.assertEqual(self.value(box, "logd_runs_total", process="web"), 3)
        self.assertEqual(self.value(box, "logd_segments", process="web"), 3)

    def test_runs_that_go_on(self):
        box = self.started()
        run = box.run("web", ["cat"], stdin=subprocess.PIPE)
        wait_until(lambda: self.value(box, "logd_process_up", process="web") == 1, 10, "a run")
        self.assertEqual(self.value(box, "logd_attached_runs", process="web"), 1)
        run.stdin.close()
        self.assertEqual(box.wait(run), 0)
        wait_until(lambda: self.value(box, "logd_process_up", process="web") == 0, 10, "its end")

    def test_rotations_by_reason(self):
        box = self.started('[defaults]\nmax_size = "1KiB"\n[process.aged]\nrotate_after = "1s"\n')
        self.assertEqual(box.run_to_end("web", ["seq", "30"]), 0)
        box.logctl("rotate", "web")
        closed = len({path.name[:10] for path in box.log_dir.glob("web/0*")}) - 1
        size = self.value(box, "logd_rotations_total", process="web", reason="size")
        self.assertEqual(size, closed - 1)
        self.assertEqual(self.value(box, "logd_rotations_total", process="web", reason="demand"), 1)
        self.assertEqual(box.run_to_end("aged", ["echo", "a line"]), 0)
        wait_until(lambda: self.value(box, "logd_rotations_total", process="aged",
                                      reason="time") == 1, 10, "a rotation by time", interval=0.05)

    def test_what_is_lost_and_what_is_masked(self):
        box = self.started('[defaults]\nmax_rate = 100\n')
        self.assertEqual(box.run_to_end("web", ["seq", "300"]), 0)
        self.assertEqual(self.value(box, "logd_dropped_lines_total", process="web",
                                    reason="max_rate"), 200)
        self.assertEqual(self.value(box, "logd_received_lines_total", process="web",
                                    stream="stdout"), 300)
        self.assertEqual(box.run_to_end("api", ["echo", "mail ann@example.com"]), 0)
        self.assertRegex(self.text(box), r'\nlogd_masked_total\{rule="[^"]*email[^"]*"\} 1\n')

    def test_secrets_by_process_are_those_by_rule(self):
        box = self.started()
        for process, said in (("web", "password=hunter2hunter2 of ann@example.com"),
                              ("web", "password=hunter2hunter2"), ("api", "to bob@example.com"),
                              ("calm", "nothing to hide")):
            self.assertEqual(box.run_to_end(process, ["echo", said]), 0)
        by_process = {process: self.value(box, "logd_process_masked_total", process=process)
                      for process in ("web", "api", "calm")}
        self.assertEqual(by_process, {"web": 3, "api": 1, "calm": 0})
        by_rule = re.findall(r'\nlogd_masked_total\{rule="[^"]+"\} (\d+)', self.text(box))
        self.assertEqual(sum(map(int, by_rule)), 4)

    def test_a_writer_that_is_faster_than_logd_waits(self):
        box = self.started()
        lines = 30_000_000 if os.environ.get("LOGD_SANITIZED") else 300_000_000
        run = box.run("fast", ["sh", "-c", f"head -c {lines} /dev/zero | tr '\\0' '\\n'"])
        self.assertEqual(box.wait(run), 0)
        self.assertGreater(self.value(box, "logd_writer_blocked_seconds_total", process="fast"), 0)
        begun = box.run("calm", ["sh", "-c", "echo a line; cat"], stdin=subprocess.PIPE)
        wait_until(lambda: box.stored("calm") > 100, 10, "a line")
        begun.stdin.close()
        self.assertEqual(box.wait(begun), 0)
        self.assertEqual(self.value(box, "logd_writer_blocked_seconds_total", process="calm"), 0)

    def test_the_daemon_itself(self):
        box = self.started()
        self.assertGreater(self.value(box, "logd_resident_memory_bytes"), 1 << 20)
        self.assertGreater(self.value(box, "logd_cpu_seconds_total"), 0)
        self.assertGreater(self.value(box, "logd_start_time_seconds"), 1e9)
        self.assertEqual(self.value(box, "logd_health"), 0)
        self.assertIn('logd_build_info{version="', self.text(box))
        self.get_local(box, "/nope")
        self.assertEqual(self.value(box, "logd_http_requests_total", status="404"), 1)


if __name__ == "__main__":
    unittest.main()
