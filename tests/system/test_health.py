#!/usr/bin/env python3
"""Health: each cause shows in the check that it belongs to, everywhere the same, and goes with it.

A tmpfs of 32 MB is filled; needs root for that, skipped otherwise.
SPDX-License-Identifier: Apache-2.0
"""
import json
import shutil
import signal
import subprocess
import time
import unittest

from harness import wait_until
from http_testing import HttpTest
from test_disk import DiskTest, has_mounts


class HealthTest(HttpTest):
    def health(self, box):
        return self.get_local(box, "/health").json()

    def check_of(self, box, name):
        return {check["name"]: check for check in self.health(box)["checks"]}[name]

    def is_everywhere(self, box, status):
        """/health, logctl health, logctl status, /metrics and their exit statuses agree."""
        answer = self.get_local(box, "/health")
        self.assertEqual(answer.json()["status"], status)
        self.assertEqual(answer.status, 503 if status == "failing" else 200)
        probe = box.logctl("health", "--json", status=None)
        self.assertEqual(probe.returncode, 1 if status == "failing" else 0)
        self.assertEqual(json.loads(probe.stdout)["status"], status)
        self.assertTrue(box.logctl("health", status=None).stdout.startswith(status.encode()))
        self.assertEqual(json.loads(box.logctl("status", "--json"))["state"], status)
        level = ["ok", "degraded", "failing"].index(status)
        self.assertIn(f"\nlogd_health {level}\n", self.get_local(box, "/metrics").body.decode())


class Causes(HealthTest):
    def test_a_daemon_that_is_well(self):
        box = self.started()
        self.is_everywhere(box, "ok")
        health = self.health(box)
        self.assertLess(health["uptime_s"], 60)
        self.assertEqual({check["status"] for check in health["checks"]}, {"ok"})
        since = health["since"]
        time.sleep(0.05)
        self.assertEqual(self.health(box)["since"][:21], since[:21])
        for path in ("/livez", "/readyz"):
            self.assertEqual(self.get_local(box, path).status, 200)

    def test_nobody_answers(self):
        box = self.sandbox()
        done = box.logctl("health", status=None)
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"health: connect to", done.stderr)

    @unittest.skipUnless(shutil.which("strace"), "needs strace")
    def test_a_loop_that_does_not_turn(self):
        box = self.started()
        tracer = subprocess.Popen(
            ["strace", "-qq", "-o", "/dev/null", "-e", "trace=epoll_pwait2", "-e",
             "inject=epoll_pwait2:delay_exit=3500000:when=1..2", "-p", str(box.daemon.pid)],
            stderr=subprocess.DEVNULL)
        self.addCleanup(tracer.wait)
        self.addCleanup(tracer.terminate)
        wait_until(lambda: self.get_local(box, "/livez").status == 503, 20, "a loop that is stuck")
        wait_until(lambda: self.get_local(box, "/livez").status == 200, 20, "a loop that turns")

    def test_masking_rules_that_are_not_right(self):
        box = self.sandbox()
        rules = box.root / "rules"
        rules.mkdir()
        box.config.write_text(f'rules_dir = "{rules}"\n')
        box.start()
        self.is_everywhere(box, "ok")
        (rules / "bad.toml").write_text("nonsense")
        box.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: self.check_of(box, "masking")["status"] == "degraded", 10, "a trouble")
        self.is_everywhere(box, "degraded")
        (rules / "bad.toml").unlink()
        box.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: self.health(box)["status"] == "ok", 10, "health")

    def test_a_group_that_is_not_there(self):
        box = self.started('[process.web]\ngroup = "no-such-group"\n')
        self.assertIn("no-such-group", self.check_of(box, "files")["detail"])
        self.is_everywhere(box, "degraded")

    def test_lines_that_are_dropped_show_for_a_while(self):
        box = self.started("[process.web]\nmax_rate = 10\n")
        self.assertEqual(box.run_to_end("web", ["seq", "100"]), 0)
        self.assertIn("web", self.check_of(box, "drops")["detail"])
        self.is_everywhere(box, "degraded")
        self.assertEqual(self.get_local(box, "/readyz").status, 200)


@unittest.skipUnless(has_mounts(), "needs root and the right to mount")
class FullDisk(HealthTest, DiskTest):
    PROCESS = 'min_free = "0"\n[defaults]\nmax_size = "2MiB"\ncompress = false\n'

    def test_a_disk_that_blocks_fails_until_there_is_room(self):
        box = self.limited(self.PROCESS + 'on_disk_full = "block"\n')
        run = box.run("web", ["sh", "-c", "echo begin; read x; seq 300000; cat"],
                      stdin=subprocess.PIPE)
        wait_until(lambda: box.stored("web") > 100, 10, "a line")
        self.is_everywhere(box, "ok")
        ballast = self.ballast(box)
        before = time.time()
        run.stdin.write(b"go\n")
        run.stdin.flush()
        wait_until(lambda: self.health(box)["status"] == "failing", 20, "a failure")
        self.is_everywhere(box, "failing")
        self.assertIn("web: disk full, blocked", self.check_of(box, "disk")["detail"])
        self.assertEqual(self.check_of(box, "writes")["status"], "ok")
        self.assertEqual(self.get_local(box, "/readyz").status, 503)
        self.assertEqual(self.get_local(box, "/livez").status, 200)
        since = self.health(box)["since"]
        self.assertGreaterEqual(since[:19], time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(before)))
        self.assertEqual(self.health(box)["since"][:21], since[:21])
        # A full pipe waits: that is what the metric tells.
        blocked = 'logd_writer_blocked_seconds_total{process="web"}'
        begin, at = time.monotonic(), self.metric(box, blocked)
        wait_until(lambda: self.metric(box, blocked) > at + 1, 10, "a second of waiting",
                   interval=0.1)
        self.assertGreater(time.monotonic() - begin, 0.5)
        self.assertGreater(self.metric(
            box, 'logd_write_errors_total{process="web",reason="disk_full"}'), 1)
        ballast.unlink()
        wait_until(lambda: self.health(box)["status"] == "ok", 10, "health")
        self.is_everywhere(box, "ok")
        self.assertGreater(self.health(box)["since"], since)
        self.assertEqual(self.get_local(box, "/readyz").status, 200)
        run.stdin.close()
        self.assertEqual(box.wait(run), 0)
        at = self.metric(box, blocked)
        time.sleep(0.3)
        self.assertEqual(self.metric(box, blocked), at)

    def test_a_new_process_that_can_have_no_log(self):
        box = self.limited(self.PROCESS)
        ballast = self.ballast(box)
        run = box.run("new", ["echo", "a line"])
        wait_until(lambda: self.health(box)["status"] == "failing", 20, "a failure")
        self.assertIn("new: there can be no log", self.check_of(box, "disk")["detail"])
        ballast.unlink()
        self.assertEqual(box.wait(run), 0)
        wait_until(lambda: self.health(box)["status"] == "ok", 10, "health")

    def test_less_than_min_free_degrades(self):
        box = self.limited('min_free = "16MiB"\n')
        self.is_everywhere(box, "ok")
        ballast = box.log_dir / "ballast"
        ballast.write_bytes(bytes(20 << 20))
        self.assertIn("less than min_free, 16.0MiB", self.check_of(box, "disk")["detail"])
        self.is_everywhere(box, "degraded")
        self.assertEqual(self.get_local(box, "/readyz").status, 200)
        ballast.unlink()
        self.is_everywhere(box, "ok")

    def test_io_errors(self):
        box = self.limited(self.PROCESS)
        run = box.run("web", ["sh", "-c", "while echo a line; do sleep 0.01; done"])
        wait_until(lambda: box.stored("web") > 200, 10, "lines")
        tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e",
             "inject=pwrite64:error=EIO", "-p", str(box.daemon.pid)], stderr=subprocess.DEVNULL)
        wait_until(lambda: self.check_of(box, "writes")["status"] == "failing", 10, "a failure")
        self.assertEqual(self.check_of(box, "disk")["status"], "ok")
        self.is_everywhere(box, "failing")
        tracer.terminate()
        tracer.wait()
        wait_until(lambda: self.health(box)["status"] == "ok", 10, "health")
        self.assertGreater(self.metric(
            box, 'logd_write_errors_total{process="web",reason="other"}'), 0)
        run.kill()


if __name__ == "__main__":
    unittest.main()
