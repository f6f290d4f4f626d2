"""Forwarding while everything goes wrong: the shipper is killed, the receiver refuses, stores and
hangs up, dies and forgets. Nothing is missing in the end, and what came twice has the same id.

The full test sends a million lines.
SPDX-License-Identifier: Apache-2.0
"""
import collections
import os
import random
import signal
import time
import unittest

from harness import IS_FULL, wait_until
from server_testing import needs
from ship_testing import OtlpReceiver
from shipper_testing import ShipTest, destination

LINES = 250_000 if IS_FULL else 15_000  # of each process
KILLS = 40 if IS_FULL else 8  # spread over the lines
# Few lines would be there before the first kill.
RATE = "" if IS_FULL else "max_rate = 30000\n"
NAMES = ("web", "worker", "cron", "mail")


@needs(OtlpReceiver)
class Torture(ShipTest):
    def check(self, receiver, count):
        """Every line of every process, with one id each, first arrivals in their order."""
        first, times = {}, collections.Counter()
        for place, record in enumerate(receiver.records()):
            first.setdefault(record["uid"], (place, record))
            times[record["uid"]] += 1
        self.assertEqual(len(first), count * len(NAMES))
        for name in NAMES:
            bodies = [record["body"] for _, record in first.values()
                      if record["process"] == name]
            self.assertEqual(len(set(bodies)), count)
        self.assertEqual(receiver.stats()["order_violations"], {})
        return sum(times.values()) - len(times)

    def test_kills_refusals_and_hang_ups(self):
        seed = int(os.environ.get("LOGD_TEST_SEED", time.time()))
        print("seed", seed)
        dice = random.Random(seed)
        receiver = self.server(OtlpReceiver, unavailable=0.1, drop_after=0.05, drop_before=0.02,
                               too_many=0.02, retry_after=0, seed=seed)
        box = self.started(destination(receiver, f"batch_records = 700\nsettle = \"2s\"\n{RATE}"))
        writers = [box.run(name, ["seq", "-f", f"{name} %099g", str(LINES)]) for name in NAMES]
        kills = 0
        wanted = LINES * len(NAMES)
        deadline = time.monotonic() + (1200 if IS_FULL else 120)
        while (arrived := receiver.stats()["unique_uids"]) < wanted:
            self.assertLess(time.monotonic(), deadline, receiver.stats())
            if arrived < wanted * kills // KILLS:
                time.sleep(0.01)
                continue
            time.sleep(dice.uniform(0, 0.3))  # the moment of the kill
            for pid in self.shippers(box):
                os.kill(pid, signal.SIGKILL)
                kills += 1
        for writer in writers:
            box.wait(writer)
        doubled = self.check(receiver, LINES)
        print(f"{wanted} lines, {kills} kills, {doubled} came twice,",
              receiver.stats()["per_status"])
        self.assertGreater(kills, 3)

    def test_a_receiver_that_forgets_what_it_acknowledged(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver, "settle = \"30s\"\n"))
        for name in NAMES:
            self.write(box, name, 1000)
        receiver.wait_for(4000)
        receiver.forget(20)
        self.assertEqual(len(receiver.records()), 0)
        for name in NAMES:
            self.write(box, name, 500)
        wait_until(lambda: self.status(box).get("state") == "backoff", 20, "a back-off")
        receiver.start()
        receiver.wait_for(6000)
        records = receiver.records()
        self.assertEqual(len({record["uid"] for record in records}), 6000)


if __name__ == "__main__":
    unittest.main()
