#!/usr/bin/env python3
"""Measures forwarding: what encoding and compression cost, how fast stored records reach a receiver
of OTLP, ClickHouse and S3, from segments and from archives, how much memory that takes, and what
capture loses while it goes on or cannot.

The receiver of OTLP only counts; it decodes in one thread of Node, whose share of the time stands
in the table, since it is the limit of what can be seen. The shipper of the first questions runs
without logd, on a log directory that is made beforehand.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import loggers  # noqa: E402
import measure  # noqa: E402
from loggers import harness  # noqa: E402
import engine_testing  # noqa: E402
import ship_testing  # noqa: E402

FIRST_SECOND = 1_700_000_000
STEP = 100_000  # nanoseconds between records
SEGMENT_BYTES = 64 << 20
CLICKHOUSE_COLUMNS = """uid String, timestamp String, time_ns UInt64, process String,
  instance Int32, stream String, host String, host_id String, level String, message String,
  invalid_utf8 UInt8, event UInt8, truncated UInt8"""
QUESTIONS = ("encode", "plain", "archives", "clickhouse", "s3", "capture", "latency")


def destination(url, more=""):
    return f'[ship.central]\nurl = "{url}"\n{more}'


class Shipper:
    """logd-ship alone, as logd starts it; ends with its standard input."""

    def __init__(self, directory, config):
        (directory / "run").mkdir(exist_ok=True)
        (directory / "ship.toml").write_text(config)
        self.status_file = directory / "run" / "ship.json"
        with open(directory / "ship.err", "ab") as errors:
            self.process = subprocess.Popen(
                [harness.BIN / "logd-ship", "--config", directory / "ship.toml", "--log-dir",
                 directory / "log", "--run-dir", directory / "run"],
                stdin=subprocess.PIPE, stderr=errors)

    def wants_the_core(self):
        """It stands behind everything else on the machine, which is not what is measured."""
        set_priority(self.process.pid, 0)

    def waited(self):
        """Seconds in which it wanted a core and got none."""
        waited = 0
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            path = pathlib.Path(f"/proc/{self.process.pid}/task/{thread}/schedstat")
            waited += int(path.read_text("ascii").split()[1]) / 1e9
        return waited

    def peak_mib(self):
        return harness.status_field(self.process.pid, "VmHWM") / 1024

    def cpu(self):
        return measure.cpu_seconds([self.process.pid])

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


class Bench:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.targets = measure.Targets()
        self.rows = []
        self.count = 0

    def run(self):
        for question in QUESTIONS:
            if self.options.only in (None, question):
                getattr(self, question)()
        if self.rows:
            measure.table(f"{self.count} stored records to a receiver on this machine",
                          ["what", "records/s", "MB/s", "by a whole core", "core, logd-ship",
                           "without one", "core, receiver", "peak MiB"], self.rows)
        self.targets.print()

    # --- the encoder

    def encode(self):
        rows = []
        lines = subprocess.run([harness.tool("sink_speed"), self.lines()], stdout=subprocess.PIPE,
                               check=True, text=True).stdout.splitlines()
        values = {one["what"]: one["value"] for one in map(json.loads, lines)}
        for kind in ("otlp", "clickhouse", "elasticsearch"):
            rows.append([kind, *(f"{values[kind + how]:.0f}" for how in ("", "+gzip", "+zstd")),
                         f"{values[kind + '+gzip ratio']:.1f}"])
        length = values["bytes a line"]
        measure.table(f"Encoding lines of {length:.0f} bytes, MB/s of lines by a core",
                      ["what", "encode", "and gzip", "and zstd", "gzip makes it smaller"], rows)
        self.targets.at_least("otlp and gzip, by a core", values["otlp+gzip"], 150, "MB/s")

    # --- from the disk to a receiver

    def logs(self, form, processes):
        """A directory with logs: so many records in segments, which are archives or not."""
        directory = pathlib.Path(tempfile.mkdtemp(prefix=f"{form}-", dir=self.work))
        self.count = 0
        for number in range(processes):
            self.log(directory / "log" / f"app-{number}", form,
                     (self.options.megabytes << 20) // processes)
        return directory

    def lines(self):
        """A file of lines as servers write them."""
        lines = self.work / "lines"
        if not lines.exists():
            with open(lines, "wb") as file:
                subprocess.run([harness.tool("log_lines"), "16000000", "1"], stdout=file,
                               check=True)
        return lines

    def log(self, app, form, left):
        app.mkdir(parents=True)
        lines = self.lines()
        start, number = FIRST_SECOND, 0
        while left > 0:
            number += 1
            path = app / segment_name(number, start)
            with open(path, "wb") as file:
                made = subprocess.run(
                    [harness.tool("log_records"), lines, str(min(left, SEGMENT_BYTES)), str(start),
                     str(STEP), "10"], stdout=file, stderr=subprocess.PIPE, check=True)
            start = int(made.stderr) // 10**9 + 1
            left -= path.stat().st_size
            with open(path, "rb") as file:
                self.count += sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20),
                                                                       b""))
            if form == "archives":
                subprocess.run([harness.tool("archive_tool"), "write", "6", path, f"{path}.gz"],
                               stdout=subprocess.DEVNULL, check=True)
                path.unlink()
        # Of which nothing is known to be closed: S3 does not get it.
        (app / segment_name(number + 1, start)).touch()

    def forward(self, what, stored, receiver, config, arrived, target):
        """Starts a shipper on what is stored, until all of it has arrived."""
        directory = self.logs(*stored)
        raw = self.options.megabytes * 1.048576
        began = time.perf_counter()
        shipper = Shipper(directory, config)
        before = measure.cpu_seconds([receiver.process.pid])
        harness.wait_until(shipper.status_file.exists, 20, "a shipper that runs")
        shipper.wants_the_core()
        harness.wait_until(lambda: arrived() >= self.count, 600, f"{self.count} records", 0.02)
        seconds = time.perf_counter() - began
        rate, peak = self.count / seconds, shipper.peak_mib()
        cost = measure.cpu_seconds([receiver.process.pid]) - before
        own = shipper.cpu()
        self.rows.append([what, f"{rate:.0f}", f"{raw / seconds:.0f}", f"{self.count / own:.0f}",
                          *(f"{one / seconds:.2f}" for one in (own, shipper.waited(), cost)),
                          f"{peak:.1f}"])
        shipper.close()
        shutil.rmtree(directory)
        self.targets.at_least(what, rate, target, "records/s")
        self.targets.at_most(f"{what}: memory", peak, 64, "MiB")

    def to_otlp(self, what, stored, target):
        with ship_testing.OtlpReceiver(count_only=True) as receiver:
            self.forward(what, stored, receiver, destination(receiver.url()),
                         lambda: receiver.stats()["records"], target)

    def plain(self):
        self.to_otlp("OTLP, segments of 4 processes", ("plain", 4), 200_000)
        self.to_otlp("OTLP, segments of one", ("plain", 1), 100_000)

    def archives(self):
        self.to_otlp("OTLP, archives of 4 processes", ("archives", 4), 150_000)

    def clickhouse(self):
        if not engine_testing.ClickHouse.is_available():
            return
        with engine_testing.ClickHouse() as engine:
            engine.create_table(columns=CLICKHOUSE_COLUMNS,
                                engine="MergeTree() ORDER BY (process, time_ns)")
            self.forward("ClickHouse, segments of 4 processes", ("plain", 4), engine,
                         destination(engine.url(), 'type = "clickhouse"\ntable = "logs"\n'),
                         engine.count, 100_000)
            if (rows := engine.count()) != self.count:
                raise RuntimeError(f"ClickHouse has {rows} rows for {self.count}")

    def s3(self):
        if not engine_testing.Rados.is_available():
            return
        with engine_testing.Rados(megabytes=1024) as store:
            store.create_bucket("logs")
            secret = self.work / "secret"
            secret.write_text(store.secret_key)
            secret.chmod(0o600)
            more = (f'type = "s3"\nbucket = "logs"\naccess_key = "{store.access_key}"\n'
                    f'secret_key_file = "{secret}"\nregion = "{store.region}"\n')
            segments = -(-(self.options.megabytes << 20) // 4 // SEGMENT_BYTES) * 4
            self.forward("S3 (Ceph), archives of 4 processes, as they are", ("archives", 4), store,
                         destination(store.url().rstrip("/"), more),
                         lambda: len(store.list("logs")) >= segments and self.count, 150_000)

    # --- what capture loses

    def destinations(self, box, what):
        if what == "none":
            return ""
        if what == "black hole":
            server = ship_testing.BlackHole()
            self.servers.append(server)
            return destination(server.url())
        server = ship_testing.OtlpReceiver(count_only=True)
        self.servers.append(server)
        # It would be on another machine.
        set_priority(server.process.pid, 19)
        return destination(server.url())

    def box(self, what):
        """A logd that forwards to `what`."""
        self.servers = []
        made = harness.Sandbox(directory=self.work)
        made.config.write_text(loggers.CONFIG + self.destinations(made, what))
        return made.start()

    def close(self, box):
        box.close()
        for server in self.servers:
            server.close()

    def capture(self):
        source = self.work / "input"
        with open(source, "wb") as file:
            subprocess.run([harness.tool("log_lines"), str(self.options.megabytes * 10**6), "1"],
                           stdout=file, check=True)
        rows = []
        for what in ("black hole", "receiver"):
            ratios, speeds = [], {"none": [], what: []}
            for _ in range(self.options.runs):
                for one in ("none", what):
                    box = self.box(one)
                    started = time.perf_counter()
                    if box.run_to_end("app", ["cat", source], seconds=300) != 0:
                        raise RuntimeError(f"logctl run failed: {box.errors()}")
                    seconds = time.perf_counter() - started
                    speeds[one].append(source.stat().st_size / seconds / measure.MEGABYTE)
                    self.close(box)
                ratios.append(speeds[what][-1] / speeds["none"][-1])
            ratio = measure.median(ratios)
            rows.append([what, f"{measure.median(speeds['none']):.0f}",
                         f"{measure.median(speeds[what]):.0f}", f"{ratio:.3f}"])
            self.targets.at_least(f"capture with a {what} / without", ratio, 0.9)
        measure.table(f"Capture of {self.options.megabytes} MB, median of {self.options.runs}",
                      ["destination", "MB/s without", "MB/s with", "ratio"], rows)

    def latency(self):
        """From a line written to the line in the file, 1,000 lines/s."""
        rows = []
        for what in ("black hole", "receiver"):
            measured = {"none": [], what: []}
            for _ in range(self.options.runs):
                for one, times in measured.items():
                    times.append(self.times_to_file(one))
            for one, times in measured.items():
                rows.append([what, "with" if one == what else "without",
                             *(f"{measure.median([run[key] for run in times]) / 1000:.3f}"
                               for key in ("p50_us", "p99_us", "max_us"))])
            ratios = [with_it["p99_us"] / without["p99_us"]
                      for without, with_it in zip(*measured.values(), strict=True)]
            self.targets.at_most(f"p99 to the file with a {what} / without",
                                 measure.median(ratios), 1.1)
        measure.table(f"Write to file, 1,000 lines/s, ms, medians of {self.options.runs}",
                      ["destination", "", "p50", "p99", "longest"], rows)

    def times_to_file(self, what):
        seconds = 3
        box = self.box(what)
        writer = [harness.tool("paced_writer"), "--rate", "1000", "--lines",
                  str(1000 * (seconds + 2))]
        run = box.run("app", writer)
        path = box.log_dir / "app" / "current.log"
        harness.wait_until(path.exists, 10, str(path))
        found = subprocess.run([harness.tool("latency"), "--seconds", str(seconds), path],
                               capture_output=True, check=True).stdout
        box.wait(run)
        self.close(box)
        return json.loads(found)


def set_priority(pid, nice):
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.setpriority(os.PRIO_PROCESS, int(thread), nice)


def segment_name(number, second):
    """As logd names them: store/segment_name.h."""
    return f"{number:010}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(second))}.log"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the load")
    parser.add_argument("--only", choices=QUESTIONS)
    parser.add_argument("--runs", type=int, help="pairs")
    parser.add_argument("--directory", default="/dev/shm", help="where everything is written")
    options = parser.parse_args()
    options.runs = options.runs or (3 if options.quick else 7)
    options.megabytes = 80 if options.quick else 400
    print(f"Machine: {measure.machine()}")
    with tempfile.TemporaryDirectory(prefix="logd-bench-", dir=options.directory) as work:
        Bench(options, pathlib.Path(work)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
