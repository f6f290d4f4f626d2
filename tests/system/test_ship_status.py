"""What monitoring sees of forwarding: the metrics of destinations, and the check "ship".

SPDX-License-Identifier: Apache-2.0
"""
import shutil
import subprocess
import unittest

from harness import BIN, wait_until
from http_testing import HttpTest
from server_testing import needs
from ship_testing import OtlpReceiver
from shipper_testing import ShipTest, destination


class StatusTest(ShipTest, HttpTest):
    def value(self, box, name, more="", of="central"):
        return self.metric(box, f'logd_ship_{name}{{destination="{of}"{more}}}')

    def check(self, box):
        """(status, detail) of the check, and the health of all."""
        health = self.get_local(box, "/health").json()
        one = next(one for one in health["checks"] if one["name"] == "ship")
        return one["status"], one["detail"]

    def wait_for_check(self, box, status, seconds=30):
        return wait_until(lambda: (found := self.check(box))[0] == status and found, seconds,
                          f"the check to be {status}", 0.05)


@needs(OtlpReceiver)
class Metrics(StatusTest):
    def test_of_what_was_sent(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        self.write(box, "web", 500)
        receiver.wait_for(500)
        wait_until(lambda: self.value(box, "records_total") == 500, 10, "500 records", 0.05)
        self.assertGreaterEqual(self.value(box, "bytes_total"), 500 * 99)
        self.assertEqual(self.value(box, "state", ',state="ok"'), 1)
        self.assertEqual(self.value(box, "state", ',state="hold"'), 0)
        wait_until(lambda: self.value(box, "oldest_unsent_seconds") == 0, 10, "nothing to wait")
        stored = self.value(box, "answers_total", ',class="stored"')
        self.assertGreater(stored, 0)
        self.assertEqual(self.value(box, "request_seconds_count"), stored)
        self.assertEqual(self.value(box, "request_seconds_bucket", ',le="+Inf"'), stored)
        self.assertGreater(self.value(box, "request_seconds_sum"), 0)
        self.assertGreater(self.value(box, "uncompressed_bytes_total"), 500 * 99)
        self.assertLess(self.value(box, "compressed_bytes_total"), 500 * 99)
        self.assertEqual(self.value(box, "lost_records_total"), 0)

    def test_what_waits_grows_older(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        self.write(box, "web", 5)
        receiver.wait_for(5)
        receiver.stop()
        self.write(box, "web", 5)
        wait_until(lambda: self.value(box, "state", ',state="backoff"') == 1, 20, "a back-off",
                   0.05)
        wait_until(lambda: self.value(box, "oldest_unsent_seconds") > 2, 20, "two seconds", 0.05)
        self.assertGreater(self.value(box, "retries_total"), 0)
        receiver.start()
        receiver.wait_for(10)
        wait_until(lambda: self.value(box, "oldest_unsent_seconds") == 0, 20, "the end of it", 0.05)

    def test_a_destination_that_goes(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver) + destination(receiver, name="second"))
        wait_until(lambda: self.value(box, "state", ',state="ok"', "second") == 1, 10, "it", 0.05)
        box.config.write_text(destination(receiver))
        box.logctl("reload")
        text = self.get_local(box, "/metrics").body.decode()
        self.assertNotIn('destination="second"', text)

    @unittest.skipUnless(shutil.which("promtool"), "needs promtool (script/bootstrap)")
    def test_promtool_has_no_complaint(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver) + destination(receiver, name="second"))
        self.write(box, "web", 50)
        receiver.wait_for(50)
        wait_until(lambda: self.value(box, "records_total") == 50, 10, "50 records", 0.05)
        text = self.get_local(box, "/metrics").body.decode()
        self.assertIn("# TYPE logd_ship_request_seconds histogram\n", text)
        done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


@needs(OtlpReceiver)
class Health(StatusTest):
    def test_a_destination_that_holds_and_takes_again(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        self.write(box, "web", 5)
        receiver.wait_for(5)
        self.assertEqual(self.check(box), ("ok", ""))
        receiver.control(authorization="Bearer other")
        self.write(box, "web", 5)
        _, detail = self.wait_for_check(box, "degraded")
        self.assertRegex(detail, "central holds: .*401")
        # Capture goes on, so that nobody restarts anything.
        self.assertEqual(self.get_local(box, "/health").status, 200)
        self.assertEqual(self.get_local(box, "/readyz").status, 200)
        receiver.control(authorization=None)
        box.logctl("ship", "retry", "central")
        receiver.wait_for(10)
        self.wait_for_check(box, "ok")

    def test_a_shipper_that_cannot_begin(self):
        receiver = self.server(OtlpReceiver)
        box = self.sandbox(destination(receiver))
        box.log_dir.mkdir()
        (box.log_dir / ".ship").write_text("no directory\n")
        box.start()
        _, detail = self.wait_for_check(box, "degraded")
        self.assertIn("logd-ship ended with status 1", detail)
        self.write(box, "web", 5)
        (box.log_dir / ".ship").unlink()
        receiver.wait_for(5, seconds=40)
        self.wait_for_check(box, "ok")

    def test_without_destinations(self):
        self.assertEqual(self.check(self.started()), ("ok", ""))

    def test_a_shipper_that_is_not_there(self):
        receiver = self.server(OtlpReceiver)
        binaries = self.sandbox().root / "bin"
        binaries.mkdir()
        for name in ("logd", "logctl", "logd-shim"):
            shutil.copy(f"{BIN}/{name}", binaries)
        box = self.started(destination(receiver), binaries=binaries)
        _, detail = self.wait_for_check(box, "degraded")
        self.assertIn("logd-ship", detail)
        self.assertEqual(box.run_to_end("web", ["echo", "captured"]), 0)
        self.assertEqual(box.raw("web"), b"captured\n")


if __name__ == "__main__":
    unittest.main()
