#!/usr/bin/env python3
"""Following over server-sent events: each line once, whoever comes back, and clients that do not
read cost nothing.

SPDX-License-Identifier: Apache-2.0
"""
import os
import socket
import subprocess
import unittest

import harness
from harness import wait_until
from http_testing import Follow, HttpTest

MEMORY_KB = (400 if os.environ.get("LOGD_SANITIZED") else 128) << 10  # sanitizers take memory


class FollowTest(HttpTest):
    def writer(self, box, name, pace=0.002):
        """Writes numbers until its input ends."""
        program = ("import sys, select, time\n"
                   "i = 0\n"
                   "while not select.select([0], [], [], float(sys.argv[1]))[0]:\n"
                   "    print(i, flush=True)\n"
                   "    i += 1\n")
        return box.run(name, ["python3", "-c", program, str(pace)], stdin=subprocess.PIPE)

    def end(self, box, run):
        run.stdin.close()
        self.assertEqual(box.wait(run), 0)


class Lines(FollowTest):
    def test_the_last_lines_and_what_comes(self):
        box = self.listening()
        self.assertEqual(box.run_to_end("web", ["seq", "20"]), 0)
        follow = self.follow(box, "process=web&lines=3")
        self.assertEqual(follow.wait_for(3), ["18", "19", "20"])
        self.assertEqual(box.run_to_end("web", ["seq", "21", "23"]), 0)
        self.assertEqual(follow.wait_for(6)[3:], ["21", "22", "23"])
        self.assertEqual(self.follow(box, "process=web").wait_for(15)[0], "9")

    def test_filters_and_processes_that_come_later(self):
        box = self.listening()
        follow = self.follow(box, "grep=[05]$")
        self.assertEqual(box.run_to_end("web", ["seq", "20"]), 0)
        self.assertEqual(follow.wait_for(4), ["5", "10", "15", "20"])
        self.assertEqual({line["process"] for line in follow.lines}, {"web"})

    def test_who_comes_back_gets_each_line_once(self):
        box = self.listening('[defaults]\nmax_size = "8KiB"\nretain = "all"\n')
        names = ("web", "api", "job")
        runs = [self.writer(box, name) for name in names]
        follow, lines, headers, comings = None, [], "", 0
        # A busy machine may let one of them begin late.
        while comings < 12 or len({line["process"] for line in lines}) < len(names):
            comings += 1
            follow = self.follow(box, "lines=0", headers)
            follow.wait_for(40)
            lines += follow.lines
            headers = f"Last-Event-ID: {follow.last_id.decode()}\r\n"
            follow.close()
        for run in runs:
            self.end(box, run)
        stored = {name: box.raw(name).decode().split() for name in names}
        follow = self.follow(box, "lines=0", headers)
        begin = {line["process"]: line["message"] for line in reversed(lines)}
        wanted = {name: stored[name][stored[name].index(begin[name]):] for name in names}
        follow.wait_for(sum(map(len, wanted.values())) - len(lines))
        lines += follow.lines
        for name in names:
            got = [line["message"] for line in lines if line["process"] == name]
            self.assertEqual(got, wanted[name], name)

    def test_a_new_logd_goes_on_where_the_old_one_was(self):
        box = self.listening()
        run = self.writer(box, "web")
        wait_until(lambda: box.stored("web") > 0, 10, "lines")
        follow = self.follow(box, "process=web&lines=0")
        follow.wait_for(50)
        lines, last_id = list(follow.lines), follow.last_id
        box.kill()
        box.start()
        self.end(box, run)
        box.port = int(box.errors().rpartition("listens on 127.0.0.1:")[2].split()[0])
        stored = box.raw("web").decode().split()
        follow = self.follow(box, "process=web", f"Last-Event-ID: {last_id.decode()}\r\n")
        first = int(lines[0]["message"])
        follow.wait_for(len(stored) - first - len(lines))
        got = [line["message"] for line in lines + follow.lines]
        self.assertEqual(got, stored[first:])

    def test_the_head_and_the_heartbeat(self):
        box = self.listening()
        self.assertEqual(box.run_to_end("web", ["echo", "a line"]), 0)
        follow = self.follow(box, "process=web")
        follow.wait_for(1)
        follow.wait_for_comment("heartbeat", 25)
        self.assertEqual(self.metric(box, "logd_http_follows"), 1)
        follow.close()
        wait_until(lambda: self.metric(box, "logd_http_follows") == 0, 5, "the end of the follow")

    def test_no_more_than_max_follows(self):
        box = self.listening("max_follows = 2\n")
        self.assertEqual(box.run_to_end("web", ["echo", "a line"]), 0)
        follows = [self.follow(box) for _ in range(2)]
        for follow in follows:
            follow.wait_for(1)
        answer = self.get(box, "/api/v1/follow")
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "1"))
        follows[0].close()
        wait_until(lambda: self.metric(box, "logd_http_follows") < 2, 5, "the end of one")
        wait_until(self.can_follow(box), 5, "a follow")

    def can_follow(self, box):
        def attempt():
            try:
                self.follow(box).wait_for(1, 2)
            except AssertionError:
                return False
            return True
        return attempt


class Hostile(FollowTest):
    def test_clients_that_do_not_read_hold_up_nobody(self):
        box = self.listening('[defaults]\nmax_size = "4MiB"\nretain = 4\n')
        deaf = []
        for _ in range(10):
            made = socket.socket()
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            made.connect(("127.0.0.1", box.port))
            self.addCleanup(made.close)
            deaf.append(Follow(made, "lines=0"))
        wait_until(lambda: self.metric(box, "logd_http_follows") == 10, 10, "the follows")
        calm = self.writer(box, "calm", 0.05)
        wait_until(lambda: box.stored("calm") > 0, 10, "the other log")
        good = self.follow(box, "process=calm")
        run = box.run("web", ["sh", "-c", "yes 'a line that is not short, of a busy program' | "
                              "head -n 1000000; cat"], stdin=subprocess.PIPE)
        good.wait_for(40)
        run.stdin.close()
        self.assertEqual(box.wait(run), 0)
        self.end(box, calm)
        self.assertLess(harness.status_field(box.daemon.pid, "VmHWM"), MEMORY_KB)
        wait_until(lambda: self.metric(
            box, 'logd_http_closed_connections_total{reason="slow_client"}') == 10, 60,
            "clients that are cut off", interval=0.5)
        wait_until(lambda: self.metric(box, "logd_http_follows") == 1, 5, "one that reads")

    def test_logd_stops_at_once_whoever_follows(self):
        box = self.listening()
        run = self.writer(box, "web")
        follows = [self.follow(box, "lines=0") for _ in range(5)]
        for follow in follows:
            follow.wait_for(5)
        self.assertLess(box.stop(), 2)
        box.start()
        self.end(box, run)


if __name__ == "__main__":
    unittest.main()
