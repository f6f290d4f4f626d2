"""`logctl ship`: how destinations are, one record as a test, and what people ask of them.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import signal
import socket
import unittest

from harness import wait_until
from server_testing import needs
from ship_testing import OtlpReceiver
from shipper_testing import ShipTest, destination


class CtlTest(ShipTest):
    def shown(self, box, name="central"):
        """What `ship status --json` says of a destination."""
        answer = json.loads(box.logctl("ship", "status", "--json"))
        return next(one for one in answer["destinations"] if one["destination"] == name)

    def wait_for_state(self, box, state, name="central"):
        return wait_until(lambda: self.status(box, name).get("state") == state, 20, state, 0.02)


@needs(OtlpReceiver)
class Status(CtlTest):
    def test_what_was_sent(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        self.write(box, "web", 120)
        receiver.wait_for(120)
        wait_until(lambda: self.status(box).get("records") == 120, 10, "120 records")
        one = self.shown(box)
        self.assertEqual((one["type"], one["host"], one["state"], one["reason"], one["records"]),
                         ("otlp", f"127.0.0.1:{receiver.port}", "ok", "", 120))
        self.assertEqual((one["lost_records"], one["dead_records"]), (0, 0))
        head, row = box.logctl("ship").decode().splitlines()
        self.assertRegex(head, "^DESTINATION +TYPE +HOST +STATE +OLDEST UNSENT +BACKLOG +RECORDS "
                               "+LOST +DEAD +REASON$")
        self.assertRegex(row, f"^central +otlp +127.0.0.1:{receiver.port} +ok +0s .* 120 +0 +0$")

    def test_a_receiver_that_is_away(self):
        receiver = self.server(OtlpReceiver)
        receiver.stop()
        box = self.started(destination(receiver) + destination(receiver, name="second"))
        self.write(box, "web", 10)
        self.wait_for_state(box, "backoff")
        self.wait_for_state(box, "backoff", "second")
        one = wait_until(lambda: (shown := self.shown(box))["oldest_unsent_seconds"] > 1 and shown,
                         20, "a second to be over")
        self.assertEqual((one["state"], one["records"]), ("backoff", 0))
        self.assertIn("onnect", one["reason"])
        rows = box.logctl("ship", "status", "second").decode().splitlines()
        self.assertEqual(len(rows), 2)
        self.assertRegex(rows[1], "^second +otlp .* backoff +")

    def test_while_nothing_runs(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        self.write(box, "web", 30)
        receiver.wait_for(30)
        box.stop()
        wait_until(lambda: self.shown(box)["state"] == "not running", 10, "the end of logd-ship")
        one = self.shown(box)
        self.assertEqual((one["records"], one["oldest_unsent_seconds"]), (30, None))
        self.assertRegex(box.logctl("ship").decode().splitlines()[1], "not running +- +- +30 ")

    def test_without_destinations(self):
        box = self.sandbox()
        done = box.logctl("ship", status=None)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.assertIn(b"[ship.NAME]", done.stderr)
        self.assertEqual(json.loads(box.logctl("ship", "--json")),
                         {"v": 1, "running": False, "destinations": []})

    def test_names_and_words_that_are_none(self):
        box = self.sandbox('[ship.central]\nurl = "http://127.0.0.1:1/v1/logs"\n')
        for words in (("status",), ("test",), ("retry",), ("rewind",), ("dlq", "list")):
            done = box.logctl("ship", *words, "centrel", status=None)
            self.assertEqual(done.returncode, 4, words)
            self.assertIn(b"did you mean 'central'?", done.stderr)
        for words in (("statsu",), ("test",), ("retry", "central", "more"), ("rewind", "central"),
                      ("rewind", "central", "--since", "soon"), ("dlq",),
                      ("dlq", "lits", "central"),
                      ("replay", "central"), ("status", "central", "central"),
                      ("replay", "central", "--from", "1h", "--to", "2h")):
            self.assertEqual(box.logctl("ship", *words, status=None).returncode, 2, words)


@needs(OtlpReceiver)
class OneRecord(CtlTest):
    def test_needs_no_daemon(self):
        receiver = self.server(OtlpReceiver)
        box = self.sandbox(destination(receiver))
        self.assertIn(b"HTTP 200", box.logctl("ship", "test", "central"))
        self.assertEqual([record["process"] for record in receiver.records()], ["logd-ship-test"])

    def test_a_refusal_says_what_to_look_at(self):
        receiver = self.server(OtlpReceiver, authorization="Bearer right")
        box = self.sandbox(destination(receiver))
        done = box.logctl("ship", "test", "central", status=None)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr.decode(), "HTTP 401.*credentials")
        receiver.stop()
        done = box.logctl("ship", "test", "central", status=None)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"can be reached", done.stderr)


@needs(OtlpReceiver)
class Orders(CtlTest):
    def test_retry_does_not_wait_for_the_next_minute(self):
        receiver = self.server(OtlpReceiver, authorization="Bearer right")
        box = self.started(destination(receiver))
        self.write(box, "web", 20)
        self.wait_for_state(box, "hold")
        receiver.control(authorization=None)
        self.assertIn(b"central: tries now", box.logctl("ship", "retry", "central"))
        receiver.wait_for(20, seconds=20)  # alone it asks once a minute
        self.assertIn("ship: central: retry: asked for by uid", box.errors())

    def test_rewind_sends_again_what_is_kept(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver, 'settle = "0s"\n'))
        self.write(box, "web", 40)
        receiver.wait_for(40)
        box.logctl("ship", "rewind", "central", "--since", "1h")
        wait_until(lambda: receiver.stats()["records"] >= 80, 20, "the same again")
        wait_until(lambda: self.status(box).get("rewinds") == 1, 10, "a count")
        self.assertEqual(len(set(receiver.uids())), 40)
        self.assertEqual(receiver.stats()["records"], 80)

    def test_rewind_to_a_time_leaves_what_is_older(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver, 'settle = "0s"\n'))
        self.write(box, "web", 40)
        self.write(box, "web", 5)
        receiver.wait_for(45)
        box.logctl("ship", "rewind", "central", "--since", "2099-01-01")
        times = sorted(record["time"] for record in receiver.records())
        since = int(times[40])
        stamp = f"@{since // 10**9}.{since % 10**9:09}"
        box.logctl("ship", "rewind", "central", "--since", stamp)
        wait_until(lambda: receiver.stats()["records"] >= 50, 20, "the same again")
        wait_until(lambda: self.status(box).get("rewinds") == 2, 10, "two counts")
        self.assertEqual(receiver.stats()["records"], 50)

    def test_what_the_daemon_does_not_know(self):
        receiver = self.server(OtlpReceiver)
        box = self.sandbox(destination(receiver))
        self.assertEqual(box.logctl("ship", "retry", "central", status=None).returncode, 5)
        box.start()
        with open(box.config, "a", encoding="utf-8") as file:
            file.write(destination(receiver, name="centra"))
        done = box.logctl("ship", "retry", "centra", status=None)
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"did you mean 'central'?", done.stderr)

    def test_requests_that_are_none(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        for members in ({"action": "vanish"}, {"action": "rewind"},
                        {"action": "rewind", "since": "10m"}, {"action": "replay", "since": "5"},
                        {"action": "replay", "since": "5", "until": "4"}):
            request = {"v": 1, "verb": "ship", "destination": "central", **members}
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(box.run_dir / "control.sock"))
                client.sendall(json.dumps(request).encode() + b"\n")
                answer = json.loads(client.makefile().readline())
            self.assertEqual((answer["ok"], answer["error"]), (False, "invalid"), members)

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_not_for_everybody(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        os.chmod(box.run_dir / "control.sock", 0o666)
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        done = box.logctl("ship", "retry", "central", status=None, prefix=nobody)
        self.assertEqual(done.returncode, 6, done.stderr)


@needs(OtlpReceiver)
class Replay(CtlTest):
    """What is kept of a time, once more."""

    def stamp(self, nanoseconds):
        return f"@{nanoseconds // 10**9}.{nanoseconds % 10**9:09}"

    def test_of_a_time_and_a_process(self):
        receiver = self.server(OtlpReceiver)
        box = self.started('[defaults]\nmax_size = "4KiB"\n'
                           + destination(receiver, 'batch_records = 7\n'))
        self.write(box, "web", 100)
        self.write(box, "api", 20)
        receiver.wait_for(120)
        web = [record for record in receiver.records() if record["process"] == "web"]
        wait_until(lambda: self.status(box).get("records") == 120, 10, "120 records")
        times = [int(record["time"]) for record in web]
        wait_until(lambda: self.state(box)["totals"]["records"] == 120, 10, "all to be noted")
        cursors = self.cursors(box)
        box.logctl("ship", "replay", "central", "--process", "w*", "--from", self.stamp(times[10]),
                   "--to", self.stamp(times[60]))
        wait_until(lambda: self.status(box).get("records") == 170, 20, "50 more")
        again = receiver.records()[120:]
        self.assertEqual([record["uid"] for record in again],
                         [record["uid"] for record in web[10:60]])
        wait_until(lambda: self.state(box)["totals"]["records"] == 170, 10, "all to be noted")
        self.assertEqual(self.cursors(box), cursors)
        # What is new goes on as before, once.
        self.write(box, "web", 5)
        receiver.wait_for(125)
        self.assertEqual(receiver.stats()["records"], 175)
        self.assertEqual(self.status(box)["rewinds"], 0)

    def state(self, box):
        return json.loads((box.log_dir / ".ship" / "central" / "state").read_text())

    def cursors(self, box):
        return {name: log["acked"] for name, log in self.state(box)["logs"].items()}

    def test_waits_for_a_receiver_that_is_away(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        self.write(box, "web", 30)
        receiver.wait_for(30)
        receiver.stop()
        self.assertIn(b"sends once more", box.logctl("ship", "replay", "central", "--from", "1h"))
        self.wait_for_state(box, "backoff")
        receiver.start()
        wait_until(lambda: receiver.stats()["records"] >= 60, 20, "the same again")
        self.assertEqual(len(set(receiver.uids())), 30)

    def test_a_process_that_is_none(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver))
        self.write(box, "web", 1)
        done = box.logctl("ship", "replay", "central", "--from", "1h", "--process", "wbe",
                          status=None)
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"web", done.stderr)


@needs(OtlpReceiver)
class Letters(CtlTest):
    """Records that the receiver refuses."""

    def refused(self):
        receiver = self.server(OtlpReceiver, poison={"text": "bad", "message": "no bad ones"})
        box = self.started(destination(receiver, "batch_records = 50\n"))
        self.write(box, "web", 10)
        receiver.wait_for(10)
        box.run_to_end("api", ["printf", "good\\nbad \\377\\nbad 2\\nbetter\\n"])
        receiver.wait_for(12)
        wait_until(lambda: self.status(box).get("dead_records") == 2, 20, "two dead letters")
        return box, receiver

    def test_list_and_show(self):
        box, _ = self.refused()
        rows = box.logctl("ship", "dlq", "list", "central").decode().splitlines()
        self.assertEqual(len(rows), 2)
        self.assertRegex(rows[1], r"^ +2 +400 .* .*no bad ones")
        groups = json.loads(box.logctl("ship", "dlq", "list", "central", "--json"))
        self.assertEqual([(one["letters"], one["records"], one["status"])
                          for one in groups["reasons"]], [(2, 2, 400)])
        text = box.logctl("ship", "dlq", "show", "central").decode()
        self.assertIn("api | bad \\xff\n", text)
        self.assertIn("api | bad 2\n", text)
        self.assertNotIn("good", text)
        letters = [json.loads(line) for line in
                   box.logctl("ship", "dlq", "show", "central", "--json").splitlines()]
        self.assertEqual([letter["message"] for letter in letters], ["bad \ufffd", "bad 2"])
        self.assertEqual(letters[0]["message_b64"], "YmFkIP8=")
        self.assertTrue(all(letter["uid"].split("/")[1] == "api" for letter in letters))

    def test_drop(self):
        box, _ = self.refused()
        self.assertGreater(self.shown(box)["dead_letter_bytes"], 0)
        box.logctl("ship", "dlq", "drop", "central")
        wait_until(lambda: not list((box.log_dir / ".ship" / "central").glob("dead*")), 10,
                   "the files to go")
        wait_until(lambda: self.shown(box)["dead_letter_bytes"] == 0, 10, "no bytes")
        self.assertEqual(box.logctl("ship", "dlq", "show", "central"), b"")
        self.assertEqual(self.shown(box)["dead_records"], 2)
        # The next one is kept again.
        box.run_to_end("api", ["echo", "bad 3"])
        wait_until(lambda: b"bad 3" in box.logctl("ship", "dlq", "show", "central"), 20, "one more")

    def test_replay_keeps_what_is_refused_again(self):
        box, receiver = self.refused()
        before = self.letters(box)
        box.logctl("ship", "dlq", "replay", "central")
        refused = {letter["refused"] for letter in before}
        after = wait_until(lambda: (found := self.letters(box)) and not self.is_aside(box)
                           and not refused & {letter["refused"] for letter in found} and found,
                           20, "both to be refused again", 0.05)
        self.assertEqual(self.status(box)["dead_records"], 2)
        self.assertEqual([letter["uid"] for letter in after], [letter["uid"] for letter in before])
        self.assertEqual([letter["message_b64"] for letter in after[:1]], ["YmFkIP8="])
        receiver.control(poison=None)
        box.logctl("ship", "dlq", "replay", "central")
        receiver.wait_for(14)
        wait_until(lambda: not self.is_aside(box), 10, "all to be answered for")
        self.assertEqual(self.letters(box), [])
        again = receiver.records()[12:]
        self.assertEqual([record["uid"] for record in again],
                         [letter["uid"] for letter in before])
        self.assertEqual([record["body"] for record in again], ["bad \ufffd", "bad 2"])
        wait_until(lambda: self.status(box)["dead_bytes"] == 0, 10, "no bytes")

    def test_a_replay_goes_on_after_a_crash_when_it_is_asked_for(self):
        box, receiver = self.refused()
        receiver.stop()
        box.run_to_end("web", ["echo", "more"])
        self.wait_for_state(box, "backoff")
        box.logctl("ship", "dlq", "replay", "central")
        dead = box.log_dir / ".ship" / "central" / "dead"
        wait_until(lambda: self.is_aside(box) and not dead.exists(), 10, "them to be put aside")
        pid = self.shippers(box)[0]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.shippers(box) not in ([], [pid]), 20, "another logd-ship")
        self.assertEqual(len(self.letters(box)), 2)
        receiver.start()
        receiver.control(poison=None)
        receiver.wait_for(13)
        box.logctl("ship", "dlq", "replay", "central")
        receiver.wait_for(15)
        wait_until(lambda: not self.letters(box), 10, "none to be left")

    def letters(self, box):
        return [json.loads(line) for line in
                box.logctl("ship", "dlq", "show", "central", "--json").splitlines()]

    def is_aside(self, box):
        return (box.log_dir / ".ship" / "central" / "dead.again").exists()

    def test_damage_is_told(self):
        box, _ = self.refused()
        with open(box.log_dir / ".ship" / "central" / "dead", "ab") as file:
            file.write(b"none\n")
        done = box.logctl("ship", "dlq", "list", "central", status=None)
        self.assertEqual(done.returncode, 7)
        self.assertIn(b"no bad ones", done.stdout)


if __name__ == "__main__":
    unittest.main()
