"""Forwarding from a disk that is full: what is stored arrives, although nobody can remember that it
did, and all is as before once there is room. Needs root; skipped otherwise.

SPDX-License-Identifier: Apache-2.0
"""
import json
import unittest

import test_disk
from harness import wait_until
from server_testing import free_port, needs
from ship_testing import OtlpReceiver
from shipper_testing import FAST, AnswersTest


@unittest.skipUnless(test_disk.has_mounts(), "needs root and mount(2)")
@needs(OtlpReceiver)
class FullDisk(AnswersTest, test_disk.DiskTest):
    def remembered(self, box):
        """Records that the state on disk knows of."""
        state = box.log_dir / ".ship" / "central" / "state"
        return json.loads(state.read_text())["totals"]["records"] if state.exists() else 0

    def test_records_arrive_and_the_state_follows(self):
        port = free_port()
        box = self.limited(f'min_free = "0"\n[ship.central]\n'
                           f'url = "http://127.0.0.1:{port}/v1/logs"\nsettle = "0s"\n{FAST}')
        self.write(box, "web", 2000)
        self.wait_for_state(box, "backoff")
        ballast = self.ballast(box)
        receiver = self.server(OtlpReceiver, port=port)
        receiver.wait_for(2000)
        wait_until(lambda: self.status(box)["state_errors"] > 1, 20, "errors that are counted")
        self.assertEqual(self.status(box)["state"], "ok")
        self.assertEqual(self.remembered(box), 0)
        ballast.unlink()
        wait_until(lambda: self.remembered(box) == 2000, 20, "a state")
        self.check_all_once(receiver, "web", 2000)
        self.write(box, "web", 100)
        receiver.wait_for(2100)
        self.assertEqual(receiver.stats()["records"], 2100)


if __name__ == "__main__":
    unittest.main()
