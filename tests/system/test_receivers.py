#!/usr/bin/env python3
"""The receivers of shipped records do what the tests of shipping take for granted.

SPDX-License-Identifier: Apache-2.0
"""
import concurrent.futures
import gzip
import http.client
import json
import os
import socket
import ssl
import subprocess
import time
import unittest

from engine_testing import ClickHouse, Rados
from harness import wait_until
from server_testing import ServerTest, ask, listens, needs
from ship_testing import (BlackHole, Bulk, Certificates, Nginx, OtlpReceiver, TinyProxy,
                          otlp_body)

PROTOBUF = {"Content-Type": "application/x-protobuf"}
SECOND = 1_000_000_000


def made(*numbers, process="web", stream="stdout"):
    """Records numbered so, a second apart."""
    return [{"uid": f"host/{process}/1/{number}", "process": process, "stream": stream,
             "timeUnixNano": str((1_700_000_000 + number) * SECOND + number),
             "observedTimeUnixNano": str(1_700_000_001 * SECOND), "severityNumber": 9,
             "body": f"line {number}"} for number in numbers]


@needs(OtlpReceiver)
class Otlp(ServerTest):
    @classmethod
    def setUpClass(cls):
        cls.body = otlp_body(made(*range(10)))

    def receiver(self, **options):
        return self.server(OtlpReceiver, **options)

    def post(self, receiver, body=None, **headers):
        return ask(receiver.port, "/v1/logs", self.body if body is None else body,
                   {**PROTOBUF, **headers})

    def post_dropped(self, receiver, body=None):
        with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
            self.post(receiver, body)

    def test_what_is_stored_is_what_was_sent(self):
        receiver = self.receiver(keeps_raw=True)
        records = made(3, process="db", stream="stderr")
        records[0] |= {"body": 'a "quoted" \\ line \t\u2028 ü 世界 😀', "severityText": "WARN"}
        body = otlp_body(records + made(4))
        self.assertEqual(self.post(receiver, body).status, 200)
        first, second = receiver.records()
        self.assertEqual(first, {
            "uid": "host/db/1/3", "time": 1700000003000000003, "observed": 1700000001000000000,
            "stream": "stderr", "process": "db", "instance": "", "host": "host.example",
            "resource": {"service.name": "db", "host.name": "host.example"},
            "body": records[0]["body"], "severity_text": "WARN", "severity": 9, "request": 1,
            "attributes": {"log.record.uid": "host/db/1/3", "log.iostream": "stderr"}})
        self.assertEqual((second["process"], second["body"]), ("web", "line 4"))
        self.assertEqual(receiver.raw_bodies(), [body])

    def test_times_are_exact(self):
        receiver = self.receiver()
        times = [0, 1, 999_999, 1_000_000, 2**32, 2**53 + 1, 1_700_000_000_123_456_789, 2**64 - 1]
        records = [{"uid": str(number), "timeUnixNano": str(number)} for number in times]
        self.post(receiver, otlp_body(records))
        self.assertEqual([record["time"] for record in receiver.records()], times)

    def test_bytes_that_are_no_utf_8_stay_what_they_are(self):
        receiver = self.receiver()
        self.post(receiver, otlp_body([{"uid": "1", "body": b"a\xff\xfeb"}]))
        record = receiver.records()[0]
        self.assertEqual((record["body"], record["base64"]), ("a\ufffd\ufffdb", "Yf/+Yg=="))

    def test_gzip_and_what_it_does_not_take(self):
        receiver = self.receiver()
        packed = gzip.compress(self.body)
        self.assertEqual(self.post(receiver, packed, **{"Content-Encoding": "gzip"}).status, 200)
        stats = receiver.stats()
        self.assertEqual((stats["bytes"], stats["wire_bytes"]), (len(self.body), len(packed)))
        self.assertEqual(len(receiver.uids()), 10)
        for headers, body, status in (({"Content-Encoding": "br"}, self.body, 415),
                                      ({"Content-Encoding": "gzip"}, self.body, 400),
                                      ({"Content-Type": "application/json"}, b"{}", 415),
                                      ({}, b"\x0a\xff\xff", 400)):
            self.assertEqual(self.post(receiver, body, **headers).status, status, headers)
        self.assertEqual(ask(receiver.port, "/v1/traces", self.body, PROTOBUF).status, 404)
        self.assertEqual(len(receiver.uids()), 10)

    def test_the_faults_come_as_often_as_asked_and_again_with_the_same_seed(self):
        chances = {"unavailable": 0.2, "too_many": 0.2, "drop_before": 0.2, "drop_after": 0.2}
        seen = []
        for _ in range(2):
            receiver = self.receiver(seed=7, retry_after=3, **chances)
            seen.append([self.outcome(receiver) for _ in range(100)])
            stats = receiver.stats()
            self.assertEqual(stats["requests"], 100)
            for count in (stats["per_status"]["503"], stats["per_status"]["429"],
                          stats["dropped_before"], stats["dropped_after"]):
                self.assertTrue(5 < count < 40, stats)
            kept = stats["per_status"]["200"] + stats["dropped_after"]
            self.assertEqual(stats["records"], 10 * kept)
            self.assertEqual(len(receiver.records()), 10 * kept)
            self.assertEqual(stats["unique_uids"], 10)
        self.assertEqual(seen[0], seen[1])
        self.assertIn((429, "3"), seen[0])

    def outcome(self, receiver):
        try:
            answer = self.post(receiver)
            return answer.status, answer.headers["Retry-After"]
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return None

    def test_the_next_requests_one_by_one(self):
        receiver = self.receiver()
        receiver.control(next=[{"status": 500, "message": "not now"}, {"drop": "before"},
                               {"status": 503, "retry_after": 2}, {"drop": "after"},
                               {"status": 201}])
        self.assertIn(b"not now", self.post(receiver).body)
        self.post_dropped(receiver)
        self.assertEqual(self.post(receiver).headers["Retry-After"], "2")
        self.assertEqual(receiver.uids(), [])
        self.post_dropped(receiver)
        self.assertEqual(len(receiver.uids()), 10)
        self.assertEqual([self.post(receiver).status for _ in range(2)], [201, 200])

    def test_partial_success(self):
        receiver = self.receiver(partial={"rejected": 3, "message": "too old"})
        answer = self.post(receiver)
        # ExportLogsServiceResponse{1 partial_success{1 rejected, 2 message}}.
        self.assertEqual((answer.status, answer.body), (200, b"\x0a\x0b\x08\x03\x12\x07too old"))
        self.assertEqual(len(receiver.uids()), 7)
        receiver.control(partial=None)
        answer = self.post(receiver)
        self.assertEqual((answer.status, answer.body), (200, b""))

    def test_a_poisoned_record_refuses_its_request(self):
        receiver = self.receiver(poison={"text": "line 7", "status": 500}, plain_errors=True)
        answer = self.post(receiver)
        self.assertEqual((answer.status, answer.body), (500, b"a record cannot be stored"))
        self.assertEqual(receiver.uids(), [])
        self.assertEqual(self.post(receiver, otlp_body(made(1, 2, 6))).status, 200)
        self.assertEqual(len(receiver.uids()), 3)

    def test_a_body_that_is_too_large(self):
        receiver = self.receiver(max_bytes=len(self.body) - 1)
        packed = {"Content-Encoding": "gzip"}
        self.assertEqual(self.post(receiver, gzip.compress(self.body), **packed).status, 413)
        receiver.control(max_bytes=len(self.body))
        self.assertEqual(self.post(receiver, gzip.compress(self.body), **packed).status, 200)

    def test_authorization(self):
        receiver = self.receiver(authorization="Bearer right")
        self.assertEqual(self.post(receiver).status, 401)
        self.assertEqual(self.post(receiver, Authorization="Bearer right").status, 200)

    def test_slow_answers_are_stored_at_once(self):
        receiver = self.receiver(delay=1000)
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            posts = [pool.submit(self.post, receiver) for _ in range(2)]
            wait_until(lambda: len(receiver.uids()) == 20, 10, "the records")
            self.assertFalse(any(post.done() for post in posts))
            self.assertEqual([post.result().status for post in posts], [200, 200])
        self.assertGreaterEqual(time.monotonic() - started, 1)
        self.assertEqual(receiver.stats()["max_in_flight"], 2)
        # Two requests share the speed, so that the second takes twice as long.
        receiver.control(delay=0, speed=len(self.body) * 10)
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(self.post, [receiver] * 2))
        self.assertGreaterEqual(time.monotonic() - started, 0.19)

    def test_kill_9_loses_nothing_and_forget_does(self):
        receiver = self.receiver()
        self.post(receiver)
        receiver.kill9()
        self.assertFalse(listens(receiver.port))
        with open(receiver.file, "ab") as file:
            file.write(b'{"uid":"cut sh')
        receiver.start()
        self.assertEqual(receiver.wait_for(10)["records"], 10)
        self.post(receiver, otlp_body(made(10, 11)))
        self.assertEqual([record["request"] for record in receiver.records()], [1] * 10 + [2] * 2)
        receiver.forget(60)
        self.assertEqual(len(receiver.uids()), 10)
        receiver.start()
        self.assertEqual(receiver.stats()["unique_uids"], 10)

    def test_order_is_looked_at_by_stream_and_not_in_repetitions(self):
        receiver = self.receiver()
        for records in (made(1, 2, 5), made(1, 2, 5), made(0, stream="stderr"),
                        made(2, process="db"), made(4, 3, 6)):
            self.post(receiver, otlp_body(records))
        stats = receiver.stats()
        self.assertEqual(stats["order_violations"], {"host.example/web//stdout": 2})
        self.assertEqual((stats["records"], stats["unique_uids"]), (11, 8))

    def test_only_counting(self):
        receiver = self.receiver(count_only=True)
        for _ in range(2):
            self.post(receiver)
        stats = receiver.stats()
        self.assertEqual((stats["records"], stats["unique_uids"]), (20, 10))
        self.assertFalse(receiver.file.exists())

    def test_an_option_that_is_not_there(self):
        receiver = self.receiver()
        with self.assertRaisesRegex(AssertionError, "no option poisson"):
            receiver.control(poisson=1)

    def test_no_process_and_no_folder_stay(self):
        receiver = self.receiver()
        receiver.close()
        self.assertFalse(receiver.root.exists())
        self.assertIsNotNone(receiver.process.returncode)


@needs(ClickHouse)
class ClickHouseEngine(ServerTest):
    def test_rows_stay_after_kill_9_and_errors_have_codes(self):
        server = self.server(ClickHouse, user="ship", password="right")
        server.create_table()
        rows = "".join(json.dumps({"uid": f"u{number}", "time": 1_700_000_000_123_456_789,
                                   "body": f"line {number}", "unknown": 1}) + "\n"
                       for number in range(100)).encode()
        insert = "INSERT INTO logs FORMAT JSONEachRow"
        self.assertEqual(server.post(insert, rows).status, 500)
        answer = server.post(insert, rows, input_format_skip_unknown_fields=1)
        self.assertEqual(answer.status, 200, answer.body)
        server.kill9()
        server.start()
        self.assertEqual((server.count(), server.count(what="uniqExact(uid)")), (100, 100))
        row = server.query("SELECT * FROM logs WHERE uid = 'u7'")[0]
        self.assertEqual((row["time"], row["body"]), (1_700_000_000_123_456_789, "line 7"))
        for sql, data, code in (("INSERT INTO gone FORMAT JSONEachRow", rows, b"Code: 60"),
                                (insert, b'{"time": "x"}\n', b"Code: 27")):
            self.assertIn(code, server.post(sql, data).body)
        server.password = "wrong"
        self.assertIn(b"Code: 193", server.post("SELECT 1").body)


@needs(Rados)
class S3(ServerTest):
    def test_objects_and_signatures(self):
        server = self.server(Rados)
        server.create_bucket("logs")
        # As the archive names them: '=' and more has to be encoded, in the URL and when signed.
        key = "dt=2026-11-23/hour=05/host a+b/web/0000000042.log.gz"
        body = gzip.compress(b"line\n" * 100_000)
        self.assertEqual(server.put("logs", key, body), 200)
        self.assertEqual(server.put("logs", key, body), 200)
        self.assertEqual(server.put("logs", key, body, headers=["If-None-Match: *"]), 412)
        self.assertEqual(server.put("logs", "other", body, secret="wrong"), 403)
        self.assertEqual(server.list("logs"), {key: len(body)})
        self.assertEqual(server.list("logs", "dt=2026-11-22/"), {})
        self.assertEqual(server.get("logs", key), body)
        self.assertIsNone(server.get("logs", "other"))
        self.assertEqual(server.put("gone", key, body), 404)
        server.kill9()
        self.assertFalse(listens(server.port))
        server.start_gateway()
        self.assertEqual(server.get("logs", key), body)


class Elastic(ServerTest):
    def post(self, server, *items, action="create", **headers):
        text = "".join(json.dumps({action: {"_index": "logs", "_id": identity}}) + "\n" +
                       json.dumps(document) + "\n" for identity, document in items).encode()
        headers = {"Content-Type": "application/x-ndjson", **headers}
        body = gzip.compress(text) if "Content-Encoding" in headers else text
        answer = ask(server.port, "/_bulk", body, headers)
        return answer.status, answer.json()

    def statuses(self, answer):
        return [next(iter(item.values()))["status"] for item in answer[1]["items"]]

    def test_create_is_once(self):
        server = self.server(Bulk)
        status, text = self.post(server, ("a", {"n": 1}), ("b", {"n": 2}),
                                 **{"Content-Encoding": "gzip"})
        self.assertEqual((status, text["errors"]), (200, False))
        status, text = self.post(server, ("a", {"n": 3}), ("c", {"n": 4}))
        self.assertEqual((status, text["errors"]), (200, True))
        self.assertEqual(self.statuses((status, text)), [409, 201])
        self.assertEqual(server.documents[("logs", "a")], {"n": 1})
        answer = self.post(server, ("a", {"n": 5}), action="index")
        self.assertEqual((self.statuses(answer), len(server.documents)), ([200], 3))

    def test_items_and_requests_fail_as_told(self):
        server = self.server(Bulk, answers=[503, 429], max_bytes=300)
        item = ("a", {"message": "good"})
        self.assertEqual([self.post(server, item)[0] for _ in range(2)], [503, 429])
        server.busy, server.refused = 1, {"bad": 400}
        answer = self.post(server, item, ("b", {"message": "bad"}), ("c", {"message": "good"}))
        self.assertEqual(self.statuses(answer), [429, 400, 201])
        self.assertEqual(list(server.documents), [("logs", "c")])
        self.assertEqual(self.post(server, ("d", {"message": "x" * 300}))[0], 413)
        answer = ask(server.port, "/_bulk", b'{"create":{}}\n{"a":1}',
                     {"Content-Type": "application/x-ndjson"})
        self.assertIn("terminated by a newline", answer.json()["error"]["reason"])


class Silence(ServerTest):
    def test_it_takes_a_connection_and_no_answer_comes(self):
        hole = self.server(BlackHole)
        with self.assertRaises(TimeoutError):
            ask(hole.port, "/v1/logs", b"x" * 10_000_000, seconds=0.3)
        self.assertEqual(len(hole.connections), 1)

    def test_it_does_not_even_take_the_connection(self):
        hole = self.server(BlackHole, accepts=False)
        waiting = []
        with self.assertRaises(TimeoutError):
            for _ in range(8):
                waiting.append(socket.create_connection(("127.0.0.1", hole.port), 0.2))
        for connection in waiting:
            connection.close()
        self.assertTrue(waiting)


class Fronts(ServerTest):
    """What stands before a receiver; Bulk plays that, since it is there at once."""

    def certificates(self):
        return Certificates(self.sandbox().root / "certificates")

    def curl(self, url, *options):
        """(exit status of curl, HTTP status or that of the proxy)."""
        done = subprocess.run(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{http_connect}", *options,
             "-d", '{"create":{}}\n{}\n', "-H", "Content-Type: application/x-ndjson", url],
            capture_output=True, check=False, timeout=20,
            env={"PATH": os.environ["PATH"], "no_proxy": ""})
        status, connect = done.stdout.decode().split()
        return done.returncode, int(status) or int(connect)

    @needs(Nginx)
    def test_a_client_certificate_is_wanted(self):
        signed = self.certificates()
        upstream = self.server(Bulk)
        front = self.server(Nginx, upstream.url(), signed.server(), client_ca=signed.ca)
        url = front.url("/_bulk")

        def with_client(certificate, key):
            return self.curl(url, "--cacert", signed.ca, "--cert", certificate, "--key", key)
        self.assertEqual(with_client(*signed.client())[0], 0)
        self.assertEqual(upstream.requests, 1)
        self.assertEqual(self.curl(url, "--cacert", signed.ca), (0, 400))
        self.assertEqual(with_client(*signed.client("late", is_expired=True)), (0, 400))
        stranger = Certificates(signed.folder / "stranger")
        self.assertEqual(with_client(*stranger.client()), (0, 400))
        self.assertEqual(self.curl(url, "--cacert", stranger.ca)[0], 60)
        front.change(certificate=signed.server("old", is_expired=True))
        self.assertEqual(self.curl(url, "--cacert", signed.ca)[0], 60)
        self.assertEqual(upstream.requests, 1)

    @needs(Nginx)
    def test_too_large_and_too_often(self):
        upstream = self.server(Bulk)
        front = self.server(Nginx, upstream.url(), max_bytes=1000)
        # nginx counts the bytes as they come, so a body may pass that is larger once unpacked.
        self.assertEqual(ask(front.port, "/_bulk", b"x" * 1001).status, 413)
        self.assertEqual(ask(front.port, "/_bulk", b"x" * 1000).status, 406)
        front.change(rate=0.1, burst=1, retry_after=7)
        answers = [ask(front.port, "/_bulk", b"x") for _ in range(3)]
        self.assertEqual([answer.status for answer in answers], [406, 406, 429])
        self.assertEqual(answers[2].headers["Retry-After"], "7")
        self.assertEqual(front.requests(), 5)
        front.change(rate=0)
        self.assertEqual([ask(front.port, "/_bulk", b"x").status for _ in range(3)], [406] * 3)

    @needs(Nginx, TinyProxy)
    def test_a_proxy_that_wants_a_password(self):
        signed = self.certificates()
        upstream = self.server(Bulk)
        front = self.server(Nginx, upstream.url(), signed.server())
        proxy = self.server(TinyProxy)
        options = ["-x", proxy.url(), "--cacert", signed.ca]
        right = f"{proxy.user}:{proxy.password}"
        self.assertEqual(self.curl(front.url("/_bulk"), *options, "-U", right), (0, 200))
        self.assertEqual(self.curl(upstream.url(), *options, "-U", right), (0, 200))
        self.assertEqual(upstream.requests, 2)
        self.assertEqual(self.curl(front.url("/_bulk"), *options, "-U", "ship:wrong"), (56, 401))
        self.assertEqual(self.curl(front.url("/_bulk"), *options)[1], 407)
        self.assertEqual(upstream.requests, 2)
        self.assertIn(f"127.0.0.1:{front.port}", proxy.log())


class CertificatesThemselves(ServerTest):
    def test_tls_with_them(self):
        signed = Certificates(self.sandbox().root / "certificates")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*signed.server())
        with self.assertRaises(ssl.SSLError):
            context.load_cert_chain(signed.server("other")[0], signed.client()[1])


if __name__ == "__main__":
    unittest.main()
