#!/usr/bin/env python3
"""Lines of many processes come out by time and then by name, exactly as many as were asked for.

Twenty logs made at random: equal times, lines in pieces, events; active, closed and empty segments,
archives of ours and gzip files of others. What Python says of them is compared with what logctl
shows. LOGD_TEST_SEED repeats a run. No daemon runs here.
SPDX-License-Identifier: Apache-2.0
"""
import fnmatch
import gzip
import json
import os
import random
import time
import unittest
from typing import NamedTuple

from tail_testing import TailTest, event, record, stamp

SEED = int(os.environ.get("LOGD_TEST_SEED", time.time_ns() % 1_000_000))
TICKS = 1500
NAMES = (["api", "api-x", "api.y", "db", "Web"] + [f"web@{number}" for number in (0, 1, 2, 9, 10)] +
         [f"worker{number}" for number in range(10)])


class Shown(NamedTuple):
    """A line or an event, as the model and `-o json` have it; they sort as they are shown."""
    tick: int
    process: str
    instance: int  # -1: none
    stream: str
    kind: str
    message: str


class LogMaker:
    """Writes one log, and knows what is in it."""

    def __init__(self, name, generator):
        process, _, instance = name.partition("@")
        self.name, self.random = name, generator
        self.process, self.instance = process, int(instance or -1)
        self.segments = [[]]
        self.shown = []
        self.begun = {"stdout": "", "stderr": ""}  # of a line in pieces

    def write(self, tick):
        stream = self.random.choice(["stdout", "stdout", "stderr"])
        text = f"{self.name} {tick} " + "." * self.random.choice([0, 3, 60, 900])
        if self.random.random() < 0.05:
            self.add(tick, event(tick, text), "stderr", "event", text)
        elif self.random.random() < 0.2:
            self.segments[-1].append(record(tick, text.encode(), stream, "P"))
            self.begun[stream] += text
        else:
            self.end_line(tick, stream, text)
        if self.random.random() < 0.03:
            self.segments.append([])

    def end_line(self, tick, stream, text):
        self.add(tick, record(tick, text.encode(), stream), stream, "line",
                 self.begun[stream] + text)
        self.begun[stream] = ""

    def add(self, tick, stored, stream, kind, message):
        self.segments[-1].append(stored)
        self.shown.append(Shown(tick, self.process, self.instance, stream, kind, message))


class Order(TailTest):
    def setUp(self):
        super().setUp()
        print(f"test_order: LOGD_TEST_SEED={SEED}", flush=True)
        self.random = random.Random(SEED)
        logs = [LogMaker(name, self.random) for name in NAMES]
        for tick in range(1, TICKS):
            # Often several at the same instant, sometimes none.
            for log in self.random.sample(logs, self.random.choice([0, 1, 1, 2, 5, 20])):
                log.write(tick)
        for log in logs:
            for after, stream in enumerate(log.begun):
                log.end_line(TICKS + after, stream, "end")
            self.store(log)
        self.model = sorted(shown for log in logs for shown in log.shown)

    def store(self, log):
        """Puts the segments on disk, the closed ones in any form."""
        first = self.random.choice([1, 1, 41])
        for number, records in enumerate(log.segments, first):
            self.append(log.name, number, *records)
            form = self.random.choice(["plain", "archive", "archive", "gzip"])
            if number == first + len(log.segments) - 1 or not records or form == "plain":
                continue
            if form == "archive":
                self.archive(log.name, number)
            else:
                plain = self.path(log.name, number)
                self.path(log.name, number, ".log.gz").write_bytes(
                    gzip.compress(plain.read_bytes()))
                plain.unlink()

    def shown(self, *options):
        def shown_of(line):
            entry = json.loads(line)
            clock = entry["time"][14:-1]  # minutes, seconds and nanoseconds
            nanoseconds = (int(clock[:2]) * 60 + int(clock[3:5])) * 10**9 + int(clock[6:])
            instance = -1 if entry["instance"] is None else entry["instance"]
            return Shown(nanoseconds // 1000, entry["process"], instance, entry["stream"],
                         entry["type"], entry["message"])
        return [shown_of(line) for line in self.tail("--json", *options).splitlines()]

    def check(self, wanted, *options, count=None):
        """With both directions; `count`: the last so many."""
        wanted = wanted if count is None else wanted[len(wanted) - min(count, len(wanted)):]
        options = ["-n", "all" if count is None else count, *options]
        self.assertEqual(self.shown(*options), wanted, options)
        self.assertEqual(self.shown(*options, "-r"), wanted[::-1], options)

    def lines(self):
        return [shown for shown in self.model if shown.kind == "line"]

    def test_all_and_exactly_n(self):
        lines = self.lines()
        instants = len({line.tick for line in lines})
        self.assertTrue(500 < instants < len(lines) / 2, "there should be many equal times")
        self.check(lines)
        self.check(self.model, "--events")
        for count in (0, 1, 2, 19, 20, 21, len(lines) - 1, len(lines), len(lines) + 1,
                      *(self.random.randrange(len(lines)) for _ in range(8))):
            self.check(lines, count=count)
            self.check(self.model, "--events", count=count)

    def test_of_some_logs_and_streams(self):
        for names in (["web"], ["web@10", "web@2"], ["api*"], ["worker?", "Web", "db"]):
            mine = [line for line in self.lines() if any(
                fnmatch.fnmatchcase(line.process, name) or
                name == f"{line.process}@{line.instance}" for name in names)]
            self.assertTrue(mine)
            self.check(mine, *names)
            self.check([line for line in mine if line.stream == "stderr"], "--err", *names,
                       count=self.random.randrange(60))

    def test_of_a_time_and_of_a_text(self):
        for _ in range(6):
            since = self.random.randrange(TICKS)
            until = since + 1 + self.random.randrange(TICKS - since + 9)
            options = ["-S", stamp(since).decode() + "Z", "-U", stamp(until).decode() + "Z"]
            # A line stands where it ends; one that ends behind `until` is not there.
            mine = [line for line in self.lines() if since <= line.tick < until]
            self.check(mine, *options)
            self.check(mine, *options, count=self.random.randrange(200))
            digit = str(self.random.randrange(10))
            matching = [line for line in mine if digit + " " in line.message]
            if matching:
                self.check(matching, *options, "-g", digit + " ")
                self.check(matching, *options, "-g", digit + " ", count=len(matching) // 2 + 1)

    def test_head(self):
        lines = self.lines()
        for head in (1, 17, len(lines)):
            self.assertEqual(self.shown("-n", "all", "--head", head), lines[:head])
            self.assertEqual(self.shown("-n", "500", "--head", head), lines[-500:][:head])


if __name__ == "__main__":
    unittest.main()
