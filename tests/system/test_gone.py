#!/usr/bin/env python3
"""Directories of logs that somebody deletes or replaces under a running logd.

Capture makes them anew and goes on, with events as with lines, and says so only as long as it is
true. SPDX-License-Identifier: Apache-2.0
"""
import json
import shutil
import subprocess
import time
import unittest

from harness import SandboxTest, wait_until


def remove(path):
    """As `rm -r`, again if something was made in there meanwhile: the link to the segment."""
    def is_gone():
        shutil.rmtree(path, ignore_errors=True)
        return not path.exists()
    wait_until(is_gone, 10, "the deletion")


class Gone(SandboxTest):
    def setUp(self):
        self.box = self.started()
        self.log = self.box.log_dir / "web"
        self.first = self.box.run("web", ["cat"], stdin=subprocess.PIPE)
        wait_until(lambda: self.box.stored("web") > 0, 10, "the start of the first run")

    def end_first(self):
        self.first.stdin.close()
        self.assertEqual(self.box.wait(self.first), 0)

    def status(self):
        return json.loads(self.box.logctl("status", "--json"))

    def state(self):
        return self.status()["state"]

    def test_a_run_that_begins_after_its_directory_was_deleted(self):
        """The start event is the first that has to be stored."""
        remove(self.log)
        begin = time.monotonic()
        second = self.box.run("web", ["sh", "-c", "echo b1; echo b2"], stderr=subprocess.PIPE)
        self.assertEqual(second.stderr.read(), b"", "no keeper is left")
        self.assertEqual(self.box.wait(second), 0)
        self.assertLess(time.monotonic() - begin, 3)
        self.assertEqual(self.box.raw("web"), b"b1\nb2\n")
        self.assertEqual(self.state(), "ok")
        self.end_first()

    def test_a_run_that_ends_after_its_directory_was_deleted(self):
        remove(self.log)
        self.end_first()
        self.assertIn(b"exited run 1", self.box.raw("web", "--events"))
        self.assertEqual(self.state(), "ok")

    def test_an_event_ends_the_trouble_as_a_line_does(self):
        remove(self.log)
        self.log.write_text("in the way")
        self.first.stdin.close()
        wait_until(lambda: "web: cannot store, waiting" in self.box.errors(), 10, "the trouble")
        self.log.unlink()
        self.assertEqual(self.box.wait(self.first), 0)
        self.assertIn(b"exited run 1", self.box.raw("web", "--events"))
        self.assertEqual(self.state(), "ok")

    def test_status_where_there_can_be_no_log_dir(self):
        remove(self.box.log_dir)
        self.box.log_dir.write_text("in the way")
        self.first.stdin.write(b"a line\n")
        self.first.stdin.flush()
        wait_until(lambda: "web: cannot store, waiting" in self.box.errors(), 10, "the trouble")
        status = self.status()
        self.assertEqual("failing", status["state"])
        self.assertEqual(["web"], [process["name"] for process in status["processes"]])
        self.assertNotEqual("ok", status["processes"][0]["state"])
        self.assertIn("web: " + status["processes"][0]["state"], status["messages"])
        self.assertTrue(any(message.startswith("log_dir: ") for message in status["messages"]),
                        status["messages"])
        self.box.log_dir.unlink()
        self.end_first()
        self.assertEqual(self.state(), "ok")
        self.assertEqual(self.box.raw("web"), b"a line\n")


if __name__ == "__main__":
    unittest.main()
