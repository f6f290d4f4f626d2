"""Forwarding: what is stored arrives at a real receiver, once, in its order, whatever happens to
either end.

SPDX-License-Identifier: Apache-2.0
"""
import os
import re
import signal
import unittest

from harness import wait_until
from server_testing import needs
from ship_testing import OtlpReceiver
from shipper_testing import ShipTest, destination

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
@needs(OtlpReceiver)
class Arrives(ShipTest):
    def test_every_line_once_in_order(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        self.write(box, "web", 3000)
        self.write(box, "worker", 2000)
        receiver.wait_for(5000)
        records = receiver.records()
        self.assertEqual(len(records), 5000)
        for name, count in (("web", 3000), ("worker", 2000)):
            bodies = [record["body"] for record in records if record["process"] == name]
            self.assertEqual(len(bodies), count)
            self.assertEqual(bodies, sorted(bodies))
        self.assertEqual({record["stream"] for record in records}, {"stdout"})
        self.assertEqual(len({record["uid"] for record in records}), 5000)

    def test_both_streams_and_hosts(self):
        receiver = self.server(OtlpReceiver)
        box = self.started('host_id = "h1"\n' + destination(receiver))
        box.run_to_end("web", ["sh", "-c", "echo out; echo err >&2; printf 'no newline'"],
                       instance=3)
        receiver.wait_for(3)
        by_body = {record["body"]: record for record in receiver.records()}
        self.assertEqual(set(by_body), {"out", "err", "no newline"})
        self.assertEqual(by_body["err"]["stream"], "stderr")
        self.assertTrue(all(re.fullmatch(r"h1/web@3/\d+", one["uid"])
                            for one in by_body.values()))

    def test_nothing_unmasked_leaves(self):
        receiver = self.server(OtlpReceiver, keeps_raw=True)
        box = self.started(destination(receiver))
        box.run_to_end("web", ["echo", f"token {SECRET} here"])
        receiver.wait_for(1)
        self.assertNotIn(SECRET.encode(), b"".join(receiver.raw_bodies()))
        self.assertIn("token ", receiver.records()[0]["body"])

    def test_a_new_destination_gets_what_is_stored_already(self):
        receiver = self.server(OtlpReceiver)
        box = self.started()
        self.write(box, "web", 500)
        with open(box.config, "a", encoding="utf-8") as file:
            file.write(destination(receiver))
        box.logctl("reload")
        receiver.wait_for(500)
        self.assertEqual(receiver.stats()["records"], 500)

    def test_goes_on_where_it_was_after_a_restart(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        self.write(box, "web", 700)
        receiver.wait_for(700)
        box.stop()
        box.start()
        self.write(box, "web", 300)
        receiver.wait_for(1000)
        self.assertEqual(receiver.stats()["records"], 1000)

    def test_a_killed_shipper_comes_back(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        self.write(box, "web", 100)
        receiver.wait_for(100)
        wait_until(lambda: self.shippers(box), 10, "logd-ship")
        os.kill(self.shippers(box)[0], signal.SIGKILL)
        self.write(box, "web", 100)
        receiver.wait_for(200)


if __name__ == "__main__":
    unittest.main()
