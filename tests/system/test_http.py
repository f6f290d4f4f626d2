#!/usr/bin/env python3
"""HTTP: who is answered, what is refused, pages of records, and clients that mean no good.

SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import json
import os
import random
import socket
import stat
import subprocess
import threading
import unittest
import urllib.parse

import harness
from harness import wait_until
from http_testing import LISTEN, Follow, HttpTest, ask, port_of

MEMORY_KB = (400 if os.environ.get("LOGD_SANITIZED") else 128) << 10  # sanitizers take memory


class Access(HttpTest):
    def test_the_socket_is_there_when_logd_says_that_it_is_ready(self):
        box = self.started()
        self.assertEqual(self.get_local(box, "/health").status, 200)
        mode = os.stat(box.run_dir / "http.sock").st_mode
        self.assertEqual(stat.S_IMODE(mode),
                         stat.S_IMODE(os.stat(box.run_dir / "control.sock").st_mode))
        self.assertNotIn("http: listens", box.errors())

    def test_only_get_and_head(self):
        box = self.listening()
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            answer = self.get(box, "/health", method=method)
            self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD"))
        head = self.get(box, "/health", method="HEAD")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertGreater(int(head.headers["Content-Length"]), 100)
        self.assertIsNone(head.headers["Access-Control-Allow-Origin"])

    def test_a_loopback_address_answers_to_its_own_names_only(self):
        box = self.listening()
        for host in ("localhost", "127.0.0.1:1", "LOCALHOST:80", "[::1]:9317"):
            self.assertEqual(self.get(box, "/health", {"Host": host}).status, 200, host)
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""):
            self.assertEqual(self.get(box, "/health", {"Host": host}).status, 421, host)
        # A page in a browser cannot reach the other one.
        self.assertEqual(self.get_local(box, "/health", {"Host": "any"}).status, 200)

    def test_a_token_is_needed_for_all_but_the_probes(self):
        box = self.sandbox()
        token = box.root / "token"
        token.write_text("s3cret-s3cret-s3cret\n")
        token.chmod(0o600)
        box.config.write_text(LISTEN + f'token_file = "{token}"\n')
        box.start()
        box.port = port_of(box)
        good = {"Authorization": "Bearer s3cret-s3cret-s3cret"}
        for path in ("/livez", "/readyz", "/health"):
            self.assertEqual(self.get(box, path).status, 200, path)
        for path in ("/metrics", "/api/v1/processes", "/api/v1/records", "/api/v1/follow", "/"):
            for headers in ({}, {"Authorization": "Bearer s3cret-s3cret-s3creT"},
                            {"Authorization": "Basic s3cret-s3cret-s3cret"},
                            {"Authorization": "Bearer "}):
                answer = self.get(box, path, headers)
                self.assertEqual(answer.status, 401, (path, headers))
                self.assertIn("Bearer", answer.headers["WWW-Authenticate"])
        self.assertEqual(self.get(box, "/metrics", good).status, 200)
        self.assertEqual(self.get_local(box, "/metrics").status, 200)
        self.assertNotIn("s3cret", box.errors())

    def test_a_token_that_others_may_read_keeps_tcp_closed_and_capture_going(self):
        box = self.sandbox()
        token = box.root / "token"
        token.write_text("s3cret-s3cret-s3cret\n")
        token.chmod(0o644)
        box.config.write_text(LISTEN + f'token_file = "{token}"\n')
        box.start()
        self.assertIn("others may use it", box.errors())
        self.assertNotIn("listens on", box.errors())
        self.assertEqual(box.run_to_end("web", ["echo", "a line"]), 0)
        health = self.get_local(box, "/health").json()
        self.assertEqual(health["status"], "degraded")
        token.chmod(0o600)
        box.port = port_of(box)
        self.assertEqual(self.get_local(box, "/health").json()["status"], "ok")

    def test_a_wider_address_needs_a_token(self):
        box = self.sandbox('\n[http]\nlisten = "0.0.0.0:9317"\n')
        done = subprocess.run([box.logd_program, "--check-config"], env=box.environment,
                              check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("logd.toml:3:1: listen: 0.0.0.0:9317 is not a loopback address: set "
                      "token_file, too", done.stderr)

    def test_an_address_that_is_taken_is_told_and_tried_again(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = f"127.0.0.1:{other.getsockname()[1]}"
            box = self.started(f'[http]\nlisten = "{address}"\n')
            health = self.get_local(box, "/health").json()
            detail = {check["name"]: check["detail"] for check in health["checks"]}["http"]
            self.assertIn("Address already in use", detail)
        wait_until(lambda: f"listens on {address}" in box.errors(), 20, "the address")
        self.assertEqual(self.get_local(box, "/health").json()["status"], "ok")


class Records(HttpTest):
    def pages(self, box, query, limit):
        """Messages of all pages, asked for one after another."""
        messages, cursor = [], ""
        connection = self.local(box)
        while True:
            page = ask(connection, f"/api/v1/records?limit={limit}&{query}"
                                   + (f"&cursor={urllib.parse.quote(cursor)}" if cursor else ""))
            self.assertEqual(page.status, 200, page.body)
            self.assertLessEqual(len(page.json()["records"]), limit)
            messages += [record["message"] for record in page.json()["records"]]
            cursor = page.json()["cursor"] or ""
            if not page.json()["more"]:
                return messages

    def test_pages_hold_each_line_once_whatever_their_size(self):
        box = self.started('[defaults]\nmax_size = "2KiB"\nretain = "all"\n')
        for name in ("web", "api"):
            self.assertEqual(box.run_to_end(name, ["seq", "-f", name + " %g", "200"]), 0)
        wait_until(lambda: list(box.log_dir.glob("web/*.gz")), 20, "archives")
        all_lines = box.logctl("tail", "-n", "all", "-o", "cat").decode().splitlines()
        for limit in (1, 7, 1000):
            self.assertEqual(self.pages(box, "", limit), all_lines)
            self.assertEqual(self.pages(box, "reverse=true", limit), all_lines[::-1])
        self.assertEqual(self.pages(box, "process=web&grep=9$", 3),
                         [f"web {i}" for i in range(9, 201, 10)])

    def test_a_page_is_what_logctl_shows(self):
        box = self.started()
        script = ('for i in 1 2 3; do echo "level=info id=$i"; done; echo "level=error id=4" >&2;'
                  r'printf "\377bytes\n"')
        self.assertEqual(box.run_to_end("web", ["sh", "-c", script], instance=2), 0)
        for query, options in (
                ("process=web", ("web",)), ("process=w*&stream=stderr", ("web", "--err")),
                ("level=error", ("--level", "error")), ("where=id%3E=3", ("--where", "id>=3")),
                ("grep=ID=1&ignore_case=1&invert=true", ("-g", "ID=1", "-i", "-v")),
                ("events=true", ("--events",)), ("since=-1h&until=now", ("-S", "-1h"))):
            shown = box.logctl("tail", "-n", "all", "-o", "json", "--utc", *options)
            page = self.get_local(box, "/api/v1/records?" + query)
            text = page.body.decode()
            self.assertIn('"records":[' + ",".join(shown.decode().splitlines()) + '],', text, query)

    def test_a_line_comes_when_it_has_ended_and_once(self):
        box = self.started('[defaults]\npartial_timeout = "50ms"\n')
        run = box.run("web", ["sh", "-c", "printf 'begun and '; read x; echo ended"],
                      stdin=subprocess.PIPE)
        wait_until(lambda: b"begun" in b"".join(
            path.read_bytes() for path in box.log_dir.glob("web/*.log")), 10, "a piece")
        first = self.get_local(box, "/api/v1/records").json()
        self.assertEqual(first["records"], [])
        run.stdin.write(b"\n")
        run.stdin.close()
        self.assertEqual(box.wait(run), 0)
        query = f"cursor={first['cursor']}" if first["cursor"] else ""
        again = self.get_local(box, "/api/v1/records?" + query).json()
        self.assertEqual([one["message"] for one in again["records"]], ["begun and ended"])

    def test_what_is_wrong_is_told(self):
        box = self.listening()
        self.assertEqual(box.run_to_end("web", ["echo", "a line"]), 0)
        for query, status, told in (
                ("process=wep", 404, "did you mean 'web'"), ("grep=(", 400, "grep"),
                ("limit=0", 400, "limit"), ("limit=1001", 400, "1000"), ("limit=x", 400, "limit"),
                ("cursor=nonsense", 400, "cursor"), ("cursor=r1~web", 400, "cursor"),
                ("since=nosuch", 400, "nosuch"), ("level=loud", 400, "loud"),
                ("strean=stdout", 400, "did you mean stream"), ("stream=x", 400, "stream"),
                ("reverse=perhaps", 400, "true or false"), ("grep=%zz", 400, "%")):
            answer = self.get(box, "/api/v1/records?" + query)
            self.assertEqual(answer.status, status, query)
            self.assertIn(told, answer.json()["message"], query)
        self.assertEqual(self.get(box, "/api/v2/records").status, 404)

    def test_processes(self):
        box = self.listening()
        self.assertEqual(box.run_to_end("web", ["echo", "a line"], instance=1), 0)
        listed = self.get(box, "/api/v1/processes").json()
        shown = json.loads(box.logctl("status", "--json"))
        self.assertEqual(listed["processes"], shown["processes"])
        self.assertEqual(listed["processes"][0]["instance"], 1)


class Hostile(HttpTest):
    def is_well(self, box):
        self.assertEqual(self.get_local(box, "/livez").status, 200)
        self.assertLess(harness.status_field(box.daemon.pid, "VmHWM"), MEMORY_KB)

    def answer_to(self, box, request):
        with self.connected(box) as made:
            made.sendall(request)
            made.shutdown(socket.SHUT_WR)
            got = b""
            while more := made.recv(65536):
                got += more
        return got

    def test_garbage(self):
        box = self.listening()
        noise = random.Random(7)
        for _ in range(100):
            with self.connected(box) as made:
                made.sendall(noise.randbytes(noise.randrange(1, 4000)) + b"\r\n\r\n")
        for request in (b"GET\r\n\r\n", b"\0\0\0\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                        b"GET /health HTTP/1.1\r\nHost: a\r\nHost localhost\r\n\r\n"):
            self.assertIn(self.answer_to(box, request)[:12],
                          (b"HTTP/1.1 400", b"HTTP/1.1 421", b""))
        self.is_well(box)

    def test_who_is_asked_must_be_clear(self):
        box = self.listening()
        host = b"Host: localhost\r\n"
        for head, status in ((b"1.1\r\n" + host, b"200"), (b"1.1\r\n" + host * 2, b"400"),
                             (b"1.1\r\n" + host + b"Host: evil\r\n", b"400"),
                             (b"1.1\r\nHost: evil\r\n", b"421"), (b"1.1\r\n", b"400"),
                             (b"1.0\r\n", b"200"), (b"1.0\r\nHost: evil\r\n", b"421")):
            answer = self.answer_to(box, b"GET /livez HTTP/" + head + b"\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 " + status), (head, answer[:50]))

    def test_what_is_too_long(self):
        box = self.listening()
        long = b"x" * 40_000
        for request in (b"GET /" + long + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + long + b"\r\n\r\n"):
            with self.connected(box) as made:
                made.sendall(request)
                self.assertTrue(made.recv(100).startswith(b"HTTP/1.1 431"))
        body = b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
        self.assertTrue(self.answer_to(box, body).startswith(b"HTTP/1.1 413"))
        many = b"GET /?" + b"a=b&" * 1000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
        self.assertTrue(self.answer_to(box, many).startswith(b"HTTP/1.1 503"))
        self.is_well(box)

    def test_connections_that_ask_for_nothing_make_place_for_those_that_do(self):
        box = self.listening("max_connections = 8\n")
        silent = [self.connected(box) for _ in range(30)]
        for _ in range(10):
            self.assertEqual(self.get(box, "/health").status, 200)
        wait_until(lambda: self.metric(
            box, 'logd_http_closed_connections_total{reason="too_many"}') >= 20, 10, "a count")
        mine = 1  # through the socket
        self.assertLessEqual(self.metric(box, "logd_http_connections"), 8 + mine)
        for made in silent:
            made.close()

    def test_whoever_fills_tcp_does_not_shut_out_the_socket(self):
        """Connections that all ask for something, from more than one address."""
        box = self.listening("max_connections = 4\n")
        for source in ("127.0.0.1", "127.0.0.2"):
            for _ in range(3):
                made = socket.create_connection(("127.0.0.1", box.port), 20, (source, 0))
                self.addCleanup(made.close)
                Follow(made)
        wait_until(lambda: self.metric(box, "logd_http_follows") == 4, 10, "the follows")
        with self.connected(box) as made:
            self.assertTrue(made.recv(100).startswith(b"HTTP/1.1 503"))
        crowd = [self.local(box) for _ in range(8)]
        for connection in crowd:
            self.assertEqual(ask(connection, "/health").status, 200)
        for _ in range(10):
            self.assertEqual(self.get_local(box, "/health").status, 200)

    def test_pages_that_take_long_do_not_keep_metrics_waiting(self):
        box = self.listening('[defaults]\nmax_size = "1GiB"\nmasking = { mode = "off" }\n')
        lines = 'yes "$(head -c 200 /dev/zero | tr "\\0" ab)" | head -n 200000'
        self.assertEqual(box.run_to_end("web", ["sh", "-c", lines]), 0)
        slow = "/api/v1/records?grep=" + urllib.parse.quote("(a|aa)+c.*d$")

        def answers_meanwhile():
            """What is answered while no page more is; nothing if that was not all the time."""
            with contextlib.ExitStack() as readers:
                for _ in range(8):
                    made = readers.enter_context(self.connected(box))
                    made.sendall(f"GET {slow} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                if self.get_local(box, slow).status != 503:
                    return None
                answers = [self.get_local(box, path).status
                           for path in ("/metrics", "/api/v1/processes")]
                return answers if self.get_local(box, slow).status == 503 else None

        self.assertEqual(wait_until(answers_meanwhile, 60, "eight pages at a time"), [200, 200])

    def test_a_request_that_does_not_end_is_ended(self):
        box = self.listening()
        slow = self.connected(box)
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
        dripping = threading.Thread(target=self.drip, args=(slow,), daemon=True)
        dripping.start()
        wait_until(lambda: self.metric(
            box, 'logd_http_closed_connections_total{reason="timeout"}') == 1, 20, "a time-out",
            interval=0.5)
        dripping.join()
        self.is_well(box)

    def drip(self, made):
        """A byte now and then, as slow-loris does, until the other side has had enough."""
        try:
            while not harness.is_readable(made, 0.2):
                made.sendall(b"X-Long: a\r\n")
        except OSError:
            pass

    def test_a_thousand_at_a_time_and_capture_goes_on(self):
        box = self.listening()
        run = box.run("web", ["sh", "-c", "seq 200000; cat"], stdin=subprocess.PIPE)
        crowd = []
        for i in range(1000):
            made = socket.socket()
            made.setblocking(False)
            made.connect_ex(("127.0.0.1", box.port))
            crowd.append(made)
            if i % 100 == 0:
                self.is_well(box)
        wait_until(lambda: self.metric(box, "logd_http_connections") <= 64, 10, "few connections")
        run.stdin.close()
        self.assertEqual(box.wait(run), 0)
        self.assertEqual(box.raw("web").count(b"\n"), 200_000)
        for made in crowd:
            made.close()
        wait_until(lambda: self.metric(box, "logd_http_connections") <= 1, 20, "no connections")
        self.assertLess(harness.descriptors(box.daemon.pid, "socket:"), 20)
        self.is_well(box)


if __name__ == "__main__":
    unittest.main()
