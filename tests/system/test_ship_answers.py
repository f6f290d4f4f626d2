"""What a destination answers, and what becomes of the records then: the table of logd-ship(7), with
real receivers, servers and proxies.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import time
import unittest

from harness import wait_until
from server_testing import free_port, needs
from ship_testing import BlackHole, Nginx, OtlpReceiver
from shipper_testing import AnswersTest, destination

SECRET = "hunter22hunter22"


@needs(OtlpReceiver)
class Holds(AnswersTest):
    def test_a_wrong_token_and_one_that_is_mended(self):
        receiver = self.server(OtlpReceiver, authorization="Bearer right")
        box = self.sandbox()
        token = self.secret(box, "wrong")
        box.config.write_text(destination(receiver, f'bearer_file = "{token}"\n'))
        box.start()
        self.write(box, "web", 100)
        self.check_holds(box, "HTTP 401")
        self.write(box, "web", 100)
        wait_until(lambda: self.status(box)["oldest_unsent"], 10, "what is new is known")
        self.assertEqual(receiver.stats()["requests"], 1)
        self.secret(box, "right")
        receiver.wait_for(200, 10)  # and not after a minute
        self.assertEqual(self.wait_for_state(box, "ok")["reason"], "")
        self.assertEqual(receiver.stats()["records"], 200)

    def test_a_file_that_is_missing_at_first(self):
        receiver = self.server(OtlpReceiver, authorization="Bearer right")
        box = self.sandbox()
        path = box.root / "secret"
        box.config.write_text(destination(receiver, f'bearer_file = "{path}"\n'))
        box.start()
        self.write(box, "web", 10)
        self.check_holds(box, "secret")
        self.secret(box, "right")
        receiver.wait_for(10, 10)

    def test_a_signal_makes_it_ask_at_once(self):
        receiver = self.server(OtlpReceiver, authorization="Bearer right")
        box = self.started(destination(receiver))
        self.write(box, "web", 10)
        self.check_holds(box, "HTTP 401")
        receiver.control(authorization=None)
        self.hang_up(box)
        receiver.wait_for(10, 10)

    def test_a_wrong_path_and_a_url_that_is_mended(self):
        receiver = self.server(OtlpReceiver)
        box = self.started(destination(receiver).replace("/v1/logs", "/v1/traces"))
        self.write(box, "web", 10)
        self.check_holds(box, "HTTP 404")
        box.config.write_text(destination(receiver))
        box.logctl("reload")
        receiver.wait_for(10, 10)

    def test_400_before_the_first_success(self):
        receiver = self.server(OtlpReceiver, next=[{"status": 400, "message": "what is that?"}])
        box = self.started(destination(receiver))
        self.write(box, "web", 10)
        self.check_holds(box, "what is that?")
        self.hang_up(box)
        receiver.wait_for(10, 10)
        self.assertEqual(self.dead_letters(box), [])


@needs(OtlpReceiver)
class TooMuch(AnswersTest):
    @needs(Nginx)
    def test_a_proxy_with_a_small_limit(self):
        receiver = self.server(OtlpReceiver)
        nginx = self.server(Nginx, receiver.url(), max_bytes=20_000)
        box = self.started(destination(nginx, 'compression = "none"\nin_flight = 2\n'))
        self.write(box, "web", 1500)
        self.write(box, "worker", 300)
        receiver.wait_for(1800)
        self.check_all_once(receiver, "web", 1500)
        self.check_all_once(receiver, "worker", 300)
        wait_until(lambda: self.status(box)["answers"].get("too_large", 0) > 3, 10, "its count")
        self.assertEqual(self.dead_letters(box), [])

    def test_a_record_too_large_alone_is_cut(self):
        receiver = self.server(OtlpReceiver, max_bytes=50_000)
        box = self.started(destination(receiver))
        box.run_to_end("web", ["sh", "-c", "echo one; seq 30000 | tr '\\n' ' '; echo; echo two"])
        receiver.wait_for(3)
        one, long, two = receiver.records()
        self.assertEqual([one["body"], two["body"]], ["one", "two"])
        self.assertTrue(long["body"].startswith("1 2 3 "))
        self.assertGreater(len(long["body"]), 20_000)
        self.assertTrue(long["attributes"]["log.truncated"])
        self.assertNotIn("log.truncated", one["attributes"])
        self.assertEqual(self.dead_letters(box), [])

    def test_a_record_too_large_even_then_is_a_dead_letter(self):
        receiver = self.server(OtlpReceiver, max_bytes=2000)
        box = self.started(destination(receiver))
        box.run_to_end("web", ["sh", "-c", "echo one; seq 30000 | tr '\\n' ' '; echo; echo two"])
        receiver.wait_for(2)
        self.assertEqual([one["body"] for one in receiver.records()], ["one", "two"])
        letter, = self.wait_for_letters(box, 1)
        self.assertTrue(letter["message"].startswith("1 2 3 "))
        self.assertEqual((letter["status"], letter["log"]), (413, "web"))
        # As it was stored, and not as it was cut to be sent.
        self.assertEqual(len(letter["message"]), len(" ".join(map(str, range(1, 30001)))) + 1)


@needs(OtlpReceiver)
class Poison(AnswersTest):
    def check(self, status, more=""):
        receiver = self.server(OtlpReceiver, poison={"text": "poison", "status": status})
        box = self.started(destination(receiver, more))
        self.write(box, "web", 10)
        receiver.wait_for(10)
        box.run_to_end("app", ["sh", "-c", f"seq -f 'app %04g' 400; echo poison password={SECRET};"
                               " seq -f 'app %04g' 401 900"])
        self.write(box, "worker", 50)
        receiver.wait_for(960, 60)
        self.check_all_once(receiver, "worker", 50)
        bodies = [one["body"] for one in receiver.records() if one["process"] == "app"]
        # What was sent to learn whether others are taken came twice, by its id.
        self.assertLessEqual(len(bodies), 902)
        self.assertEqual(list(dict.fromkeys(bodies)), [f"app {i:04}" for i in range(1, 901)])
        letter, = self.wait_for_letters(box, 1)
        self.assertTrue(letter["message"].startswith("poison password="), letter)
        self.assertEqual(letter["status"], status)
        self.assertNotIn(SECRET, json.dumps(letter))
        wait_until(lambda: self.status(box)["dead_records"] == 1, 10, "its count")

    def test_400_later_on(self):
        self.check(400)

    def test_500_again_and_again(self):
        self.check(500)

    def test_an_outage_is_no_poison(self):
        receiver = self.server(OtlpReceiver, unavailable=1)
        box = self.started(destination(receiver, "batch_records = 10\n"))
        self.write(box, "web", 30)
        self.write(box, "worker", 1)
        # More than it takes to suspect a single record, and the one that is sent beside it.
        wait_until(lambda: receiver.stats()["requests"] > 25, 30, "many attempts")
        receiver.control(unavailable=0)
        receiver.wait_for(31)
        self.wait_for_state(box, "ok")
        self.assertEqual(self.dead_letters(box), [])

    def test_partial_success_is_counted_and_noted(self):
        receiver = self.server(OtlpReceiver,
                               next=[{"partial": {"rejected": 2, "message": "two are too old"}}])
        box = self.started(destination(receiver))
        self.write(box, "web", 10)
        receiver.wait_for(8)
        letter, = self.wait_for_letters(box, 1)
        self.assertEqual(letter["records"], 2)
        self.assertIn("two are too old", letter["reason"])
        status = wait_until(lambda: (one := self.status(box))["rejected_records"] and one, 10,
                            "a count")
        self.assertEqual((status["state"], status["rejected_records"]), ("ok", 2))
        self.write(box, "web", 10)
        receiver.wait_for(18)


@needs(OtlpReceiver)
class Later(AnswersTest):
    def test_retry_after_is_waited_for(self):
        receiver = self.server(OtlpReceiver, next=[{"status": 429, "retry_after": 3}])
        box = self.started(destination(receiver))
        began = time.monotonic()
        self.write(box, "web", 10)
        self.wait_for_state(box, "backoff")
        receiver.wait_for(10)
        self.assertGreater(time.monotonic() - began, 3)
        self.assertEqual(receiver.stats()["requests"], 2)

    def check_capture(self, box):
        """Lines are stored and shown whatever the destination does."""
        self.write(box, "web", 100)
        status = self.wait_for_state(box, "backoff")
        self.write(box, "web", 100)
        self.assertEqual(len(box.logctl("tail", "web", "-n", "all").splitlines()), 200)
        return status

    def test_nobody_listens(self):
        port = free_port()
        url = f'[ship.central]\nurl = "http://127.0.0.1:{port}/v1/logs"\n'
        box = self.started(url + 'batch_delay = "50ms"\nmax_backoff = "200ms"\n')
        self.assertIn("127.0.0.1", self.check_capture(box)["host"])
        receiver = self.server(OtlpReceiver, port=port)
        receiver.wait_for(200)
        self.assertEqual(receiver.stats()["records"], 200)

    def test_a_name_that_is_none(self):
        box = self.started('[ship.central]\nurl = "https://nowhere.invalid/v1/logs"\n'
                           'batch_delay = "50ms"\nmax_backoff = "200ms"\n')
        self.assertIn("resolve", self.check_capture(box)["reason"])

    def test_a_black_hole(self):
        hole = self.server(BlackHole)
        box = self.started(destination(hole, 'timeout = "1s"\n'))
        self.check_capture(box)
        # Waiting for it costs nothing.
        pid, = self.shippers(box)
        before, began = cpu_seconds(pid), time.monotonic()
        retries = self.status(box)["retries"]
        wait_until(lambda: self.status(box)["retries"] >= retries + 3, 20, "three attempts")
        self.assertLess(cpu_seconds(pid) - before, 0.1 * (time.monotonic() - began))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    unittest.main()
