"""Forwarding while calls of logd-ship fail now and then: logs wait, and nothing is passed over.

Needs root and strace; skipped otherwise. SPDX-License-Identifier: Apache-2.0
"""
import os
import shutil
import subprocess
import unittest

from harness import status_field, wait_until
from server_testing import needs
from ship_testing import OtlpReceiver
from shipper_testing import ShipTest, destination

SMALL = '[defaults]\nmax_size = "64KiB"\nretain = "all"\nkeep_plain = 0\nmin_size = "0"\n'
LINES = 1500  # of 100 bytes: more than two segments
FAULTS = 6  # at least
MAX_ROUNDS = 100


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("strace"), "needs root and strace")
@needs(OtlpReceiver)
class Faults(ShipTest):
    def tracer(self, pid, calls, fault, to):
        tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", to, "-e", f"trace={calls}", "-e",
             f"inject={calls}:{fault}", "-p", str(pid)], stderr=subprocess.DEVNULL)
        self.addCleanup(tracer.kill)
        wait_until(lambda: status_field(pid, "TracerPid"), 10, "strace")
        return tracer

    def write_both(self, box, count):
        for log in ("web", "app"):
            self.write(box, log, count)

    def test_what_fails_for_a_moment_is_not_passed_over(self):
        for calls, fault in (("openat,openat2", "error=EMFILE:when=5+7"),
                             ("pread64", "error=EIO:when=3+5"),
                             ("getdents64", "error=EIO:when=2+3")):
            with self.subTest(calls):
                receiver = self.server(OtlpReceiver)
                box = self.started(SMALL + destination(receiver, 'settle = "0s"\n'))
                self.write_both(box, 1)
                receiver.wait_for(2)
                trace = box.root / "trace"
                tracer = self.tracer(self.shippers(box)[0], calls, fault, trace)
                rounds = 0
                while trace.read_bytes().count(b"(INJECTED)") < FAULTS:
                    self.write_both(box, LINES)
                    rounds += 1
                    self.assertLess(rounds, MAX_ROUNDS)
                tracer.terminate()
                tracer.wait()
                self.write_both(box, 1)  # there is news of both
                written = 2 * (LINES * rounds + 2)
                receiver.wait_for(written, 60)
                self.assertEqual(receiver.stats()["order_violations"], {})
                self.assertEqual([record["body"] for record in receiver.records()
                                  if record["body"].startswith("gap")], [])
                self.assertEqual(len(set(receiver.uids())), written)


if __name__ == "__main__":
    unittest.main()
