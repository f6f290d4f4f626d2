#!/usr/bin/env python3
"""Alerts about lines when the clock is set back: records of a log go on with times above its last,
ahead of the clock, and those of a new one have earlier times.

SPDX-License-Identifier: Apache-2.0
"""
import datetime
import os
import unittest

import harness
from alert_testing import AlertTest
from harness import wait_until


@unittest.skipIf(os.environ.get("LOGD_SANITIZED"), "sanitizers want to be loaded first")
class SetBack(AlertTest):
    """By an hour, which logd's own clock was ahead until then."""

    def setUp(self):
        self.hook = self.receiver()
        self.ahead = self.sandbox().root / "ahead"
        self.ahead.touch()
        self.box = self.started(self.alert("boom"),
                                prefix=["env", f"LD_PRELOAD={harness.tool('clock_ahead.so')}",
                                        f"CLOCK_AHEAD={self.ahead}"])
        self.web = self.speaker(self.box, "web")
        self.say(self.web, "boom 1")
        self.assertEqual(self.until_told("boom 1"), ["boom"])
        self.assertGreater(self.time_of("boom 1"), self.now() + datetime.timedelta(minutes=50))

    def set_back(self):
        self.ahead.unlink()

    def alert(self, name, processes="[]"):
        return (f'[alert.{name}]\nprocess = {processes}\nmatch = "boom"\ncooldown = "0s"\n'
                f'lines = 1\nwebhook = "{self.hook.url()}"\n')

    def reload(self, config):
        self.box.config.write_text(config)
        self.box.logctl("reload")

    def of(self, message):
        return [alert for alert in self.hook.alerts() if alert["lines"][-1]["message"] == message]

    def until_told(self, message, count=1):
        """Of this line by so many alerts: their names."""
        wait_until(lambda: len(self.of(message)) >= count, 15, message)
        return sorted(alert["alert"] for alert in self.of(message))

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc)

    def time_of(self, message):
        return datetime.datetime.fromisoformat(self.of(message)[0]["time"][:26] + "+00:00")

    def say_in_a_new_log(self, name, message):
        self.assertEqual(self.box.run_to_end(name, ["echo", message]), 0)

    def test_old_and_new_logs_are_told_on(self):
        self.set_back()
        self.say(self.web, "boom 2")
        self.until_told("boom 2")
        self.assertGreaterEqual(self.time_of("boom 2"), self.time_of("boom 1"))
        self.say_in_a_new_log("late", "boom 3")
        self.until_told("boom 3")
        self.assertLess(self.time_of("boom 3"), self.now() + datetime.timedelta(minutes=1))
        self.say(self.web, "boom 4")
        self.until_told("boom 4")
        self.assertEqual(len(self.hook.requests), 4)

    def test_after_a_reload_too(self):
        self.set_back()
        self.reload(self.alert("boom") + self.alert("more"))
        for number, name in ((2, "late"), (3, "later")):
            self.say_in_a_new_log(name, f"boom {number}")
            self.assertEqual(self.until_told(f"boom {number}", 2), ["boom", "more"])
        self.say(self.web, "boom 4")
        self.assertEqual(self.until_told("boom 4", 2), ["boom", "more"])
        self.reload(self.alert("boom", '["web", "l*"]'))
        self.say_in_a_new_log("latest", "boom 5")
        self.until_told("boom 5")
        self.say(self.web, "boom 6")
        self.until_told("boom 6")
        self.assertEqual(len(self.hook.requests), 1 + 3 * 2 + 2)

    def test_a_restart_tells_nothing_again(self):
        self.set_back()
        self.box.stop()
        self.box.start()
        self.say_in_a_new_log("late", "boom 2")
        self.until_told("boom 2")
        self.say(self.web, "boom 3")
        self.until_told("boom 3")
        self.assertEqual(len(self.hook.requests), 3)


if __name__ == "__main__":
    unittest.main()
