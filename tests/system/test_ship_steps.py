#!/usr/bin/env python3
"""Kills logd-ship between every two steps of forwarding, that is, before every system call of the
thread that a destination has: while a batch goes, and while a segment goes to S3.

At some kinds of steps once by default; LOGD_TEST_FULL=1 takes all. LOGD_TEST_SEED repeats a run.
SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import json
import unittest

from harness import IS_FULL, wait_until
from object_store import ObjectStore
from ship_testing import Bulk
from shipper_testing import AnswersTest, destination
from stepping import Stepper, can_trace, threads_of
from test_ship_archives import ArchivesTest
from test_steps import StepsTest

# Of x86-64.
PREAD64, SENDTO, FSYNC, FDATASYNC, RENAMEAT, OPENAT2 = 17, 44, 74, 75, 264, 437
ALL = 1 << 30
MOST_KINDS = 7


@unittest.skipUnless(can_trace(), "needs ptrace")
class ShipSteps(StepsTest, AnswersTest):
    """What is said, what has arrived and what is right is the business of who derives."""

    def state(self):
        path = self.box.log_dir / ".ship" / "central" / "state"
        return json.loads(path.read_text()) if path.exists() else {"intended": ["unknown"]}

    def is_over(self):
        """Everything is there, and logd-ship has written down that it is."""
        return self.has_arrived() and not self.state()["intended"]

    @contextlib.contextmanager
    def held(self):
        pid = wait_until(lambda: self.shippers(self.box), 10, "logd-ship")[0]
        # It is sure to be the one that runs, and the thread of the destination its second one.
        thread = wait_until(lambda: len(found := threads_of(pid)) > 1 and found[1], 10, "a thread")
        made = Stepper(thread, pid)
        try:
            yield made
        finally:
            made.let_go()

    def kill_everywhere(self):
        self.add()
        wait_until(self.is_over, 20, "the first")
        with self.held() as held:
            self.add()
            held.run_to(ALL, self.is_over)
        self.check()
        steps = self.chosen(held.calls)
        if not IS_FULL:
            steps = self.random.sample(steps, min(len(steps), MOST_KINDS))
        killed = sum(self.kill_at(step) for step in steps)
        self.report(self.id(), killed, len(held.calls))
        # Some, such as a wait that was not needed, come only at times.
        self.assertGreater(2 * killed, len(steps))
        kinds = {call[0] for call in held.calls}
        self.assertLessEqual({PREAD64, SENDTO, RENAMEAT, OPENAT2}, kinds)
        self.assertTrue({FSYNC, FDATASYNC} & kinds)

    def kill_at(self, step):
        with self.held() as held:
            self.add()
            has_met = self.run_to(held, step, self.is_over)
            if has_met:
                held.kill()
        wait_until(self.is_over, 30, f"all after {step}")
        self.check()
        return has_met


class Batches(ShipSteps):
    def has_arrived(self):
        return len(self.store.documents) >= self.said

    def add(self):
        """Some lines more, in several batches."""
        self.box.run_to_end("web", ["seq", "-f", "%08g", str(self.said + 1), str(self.said + 25)])
        self.said += 25

    def check(self):
        """Each line is there, in its order; copies were known by their ids."""
        messages = [one["message"] for one in self.store.documents.values()]
        self.assertEqual(messages, [f"{i + 1:08}" for i in range(self.said)])
        self.assertLessEqual(set(self.store.statuses), {201, 409})

    def test_each_step(self):
        self.store = self.server(Bulk)
        self.said = 0
        self.box = self.started(destination(
            self.store, 'type = "elasticsearch"\nindex = "logs"\nbatch_records = 10\n'))
        self.kill_everywhere()


class Segments(ShipSteps, ArchivesTest):
    def stored(self):
        return {key.partition("/")[2]: body for key, body in self.store.objects.items()}

    def has_arrived(self):
        return len(self.stored()) >= self.wanted and self.closed(self.box) == self.stored()

    def add(self):
        """A segment is closed with the line that does not fit, and that begins the next one."""
        self.box.run_to_end("web", ["seq", "-f", "%095g", "700"])
        self.wanted = max(self.wanted + 1, len(self.closed(self.box)))

    def check(self):
        self.assertEqual(self.stored(), self.closed(self.box))
        self.assertLessEqual({status for status, _ in self.store.requests}, {200, 412})

    def test_each_step(self):
        self.store = self.server(ObjectStore)
        self.wanted = -1
        self.box = self.started(self.config(self.store))
        self.add()
        self.kill_everywhere()


if __name__ == "__main__":
    unittest.main()
