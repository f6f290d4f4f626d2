"""Forwarding after an outage: what is not sent yet is kept for a required destination, through
rotation and gzip, up to its limits; what is left out is counted, and told to the receiver.

SPDX-License-Identifier: Apache-2.0
"""
import unittest

from harness import wait_until
from server_testing import needs
from ship_testing import OtlpReceiver
from shipper_testing import ShipTest, destination

SMALL = '[defaults]\nmax_size = "64KiB"\nretain = 1\nkeep_plain = 0\nmin_size = "0"\n'


@needs(OtlpReceiver)
class Backlog(ShipTest):
    def away(self, more, config=SMALL):
        """A receiver that got a line and went away."""
        receiver = self.server(OtlpReceiver)
        self.last = 1
        box = self.started(config + destination(receiver, more))
        self.write(box, "web", 1)
        receiver.wait_for(1)
        receiver.stop()
        return box, receiver

    def segments(self, box, count, lines=1000):
        """So many segments: each run of 100 KB fills one."""
        for _ in range(count):
            first = self.last + 1
            self.last += lines
            box.run_to_end("web", ["seq", "-f", "web %095g", str(first), str(self.last)])
        return self.last

    def has_last(self, receiver, last):
        return any(record["body"].endswith(f"{last:095}") for record in receiver.records())

    def archives(self, box):
        return [name for name in self.names(box) if name.endswith(".gz")]

    def names(self, box, log="web"):
        return sorted(path.name for path in (box.log_dir / log).iterdir()
                      if path.name[0].isdigit())

    def test_held_through_rotation_and_gzip(self):
        box, receiver = self.away("required = true\n")
        last = self.segments(box, 10)
        wait_until(lambda: len(self.archives(box)) > 8, 60, "archives")
        receiver.start()
        receiver.wait_for(last, 60)
        self.assertEqual(receiver.stats()["order_violations"], {})
        # Then retention has its way.
        wait_until(lambda: len(self.names(box)) <= 3, 60, "retention")

    def test_what_is_not_required_goes_and_the_receiver_is_told(self):
        box, receiver = self.away("")
        last = self.segments(box, 10)
        wait_until(lambda: len(self.names(box)) <= 3, 60, "retention")
        receiver.start()
        wait_until(lambda: self.has_last(receiver, last), 60, "the last line")
        gaps = [one for one in receiver.records() if "logd.gap.reason" in one["attributes"]]
        self.assertEqual({gap["attributes"]["logd.gap.reason"] for gap in gaps}, {"deleted"})
        wait_until(lambda: self.status(box)["lost_segments"] > 5, 10, "a count of them")

    def test_beyond_the_limit_the_oldest_are_left_out(self):
        box, receiver = self.away('required = true\nmax_backlog = "1MiB"\n',
                                  SMALL + "compress = false\n")
        self.segments(box, 5)
        wait_until(lambda: self.status(box)["backlog_bytes"] > 500000, 20, "a backlog")
        for _ in range(4):
            before = self.status(box)["backlog_bytes"]
            last = self.segments(box, 2, 1000)
            wait_until(lambda: self.status(box)["backlog_bytes"] != before, 20, "a look")
        wait_until(lambda: self.status(box)["lost_records"] > 0, 20, "a loss")
        receiver.start()
        wait_until(lambda: self.has_last(receiver, last), 60, "the last line")
        records = receiver.records()
        gaps = [one["attributes"] for one in records if "logd.gap.reason" in one["attributes"]]
        self.assertTrue(gaps)
        lost = sum(int(gap["logd.gap.records"]) for gap in gaps)
        lines = len({one["uid"] for one in records
                     if "logd.gap.reason" not in one["attributes"]})
        # The first line had got there, and was to go once more after the break.
        self.assertIn(lines + lost, (last, last + 1))
        self.assertEqual(self.status(box)["lost_records"], lost)


if __name__ == "__main__":
    unittest.main()
