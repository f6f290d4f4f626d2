"""logd under systemd's watchdog: the loop itself tells that it turns, if anybody asks.

SPDX-License-Identifier: Apache-2.0
"""
import signal
import time
import unittest

from harness import SandboxTest, is_readable

INTERVAL = 0.2  # of WATCHDOG_USEC


class Watchdog(SandboxTest):
    def box_with(self, **variables):
        box = self.sandbox()
        box.environment.update(variables)
        return box.start()

    def told(self, box, seconds):
        """The next message of logd's; None if none comes."""
        return box.notify.recv(4096) if is_readable(box.notify, seconds) else None

    def test_twice_in_the_time(self):
        box = self.box_with(WATCHDOG_USEC=str(int(INTERVAL * 1e6)))
        self.assertEqual(self.told(box, 5), b"WATCHDOG=1")
        started = time.monotonic()
        for _ in range(10):
            self.assertEqual(self.told(box, 5), b"WATCHDOG=1")
        self.assertGreater(time.monotonic() - started, 0.8 * 5 * INTERVAL)
        self.assertLess(time.monotonic() - started, 10 * INTERVAL)

    def test_a_loop_that_stands_still_tells_nothing(self):
        box = self.box_with(WATCHDOG_USEC=str(int(INTERVAL * 1e6)))
        box.daemon.send_signal(signal.SIGSTOP)
        while self.told(box, INTERVAL):
            pass
        self.assertIsNone(self.told(box, 2 * INTERVAL))
        box.daemon.send_signal(signal.SIGCONT)
        self.assertEqual(self.told(box, 5), b"WATCHDOG=1")

    def test_as_the_process_that_is_asked(self):
        asks = ["sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh"]
        box = self.sandbox(prefix=asks)
        box.environment["WATCHDOG_USEC"] = str(int(INTERVAL * 1e6))
        self.assertEqual(self.told(box.start(), 5), b"WATCHDOG=1")

    def test_nothing_if_nobody_asks_or_another_process_is_asked(self):
        for variables in ({}, {"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"},
                          {"WATCHDOG_USEC": "100000", "WATCHDOG_PID": ""}):
            with self.subTest(variables):
                self.assertIsNone(self.told(self.box_with(**variables), 3 * INTERVAL))

    def test_nothing_for_what_is_no_time(self):
        for usec in ("", "0", "-100000", "100ms", "18446744073709551615"):
            variables = {"WATCHDOG_USEC": usec}
            with self.subTest(variables):
                self.assertIsNone(self.told(self.box_with(**variables), 3 * INTERVAL))


if __name__ == "__main__":
    unittest.main()
