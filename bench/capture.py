#!/usr/bin/env python3
"""Measures capture: throughput, cost per line, memory and latency, beside the peers in one run.

Everything is on tmpfs, so that loggers are compared and not disks. Runs of the loggers alternate
and the median counts, since a machine's speed drifts; ratios are meant to be read, not the absolute
numbers. SPDX-License-Identifier: Apache-2.0
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import loggers  # noqa: E402
import measure  # noqa: E402
from loggers import PEERS, S6_LOG, CAT, harness  # noqa: E402

UNMASKED = "logd without masking"
ONE, MERGED, TWO = "one stream", "both streams, one pipe", "both streams, two pipes"


class Bench:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.targets = measure.Targets()
        self._made = 0

    def directory(self):
        self._made += 1
        made = self.work / f"run{self._made}"
        made.mkdir()
        return made

    # --- throughput

    def throughput(self):
        """Bytes per second and CPU per gigabyte of one process that writes as fast as it can."""
        inputs = self.make_inputs()
        runs = {}
        for _ in range(self.options.runs):
            for shape in (ONE, MERGED):
                for peer in PEERS:
                    self.one_peer_run(runs, peer, shape, inputs)
            for peer in (CAT, S6_LOG):
                self.one_peer_run(runs, peer, TWO, inputs)
            for shape in (ONE, TWO):
                self.one_logd_run(runs, "logd", loggers.CONFIG, shape, inputs)
                self.one_logd_run(runs, UNMASKED, loggers.UNMASKED, shape, inputs)
        self.print_throughput(runs, inputs)

    def make_inputs(self):
        whole, first, second = (self.work / name for name in ("input", "input.1", "input.2"))
        for path, size, seed in ((first, self.options.megabytes // 2, 1),
                                 (second, self.options.megabytes // 2, 2)):
            with open(path, "wb") as file:
                command = [harness.tool("log_lines"), str(size * 1_000_000), str(seed)]
                subprocess.run(command, stdout=file, check=True)
        with open(whole, "wb") as file:
            subprocess.run(["cat", first, second], stdout=file, check=True)
        lines = int(subprocess.run(["wc", "-l", whole], capture_output=True, check=True)
                    .stdout.split()[0])
        return {"files": (str(first), str(second)), "whole": str(whole), "lines": lines,
                "bytes": whole.stat().st_size}

    def one_peer_run(self, runs, peer, shape, inputs):
        merged = ["sh", "-c", 'exec 2>&1; cat "$1" & cat "$2" >&2; wait', "sh", *inputs["files"]]
        writers = {ONE: [["cat", inputs["whole"]]], MERGED: [merged],
                   TWO: [["cat", name] for name in inputs["files"]]}[shape]
        directory = self.directory()
        result = loggers.through_peer(peer, directory, writers)
        wanted = inputs["bytes"] + peer.stamp_bytes * inputs["lines"]
        # Two writers into one pipe cut each other's lines: a few more lines than were written.
        self.check_stored(peer.name, result.stored, wanted, 0 if shape != MERGED else wanted // 50)
        runs.setdefault((peer.name, shape), []).append(result)
        shutil.rmtree(directory)

    def one_logd_run(self, runs, name, config, shape, inputs):
        both = ["sh", "-c", 'cat "$1" & cat "$2" >&2; wait', "sh", *inputs["files"]]
        writer = ["cat", inputs["whole"]] if shape == ONE else both
        result = loggers.through_logd(self.work, writer, config)
        wanted = inputs["bytes"] + loggers.RECORD_HEADER_BYTES * inputs["lines"]
        self.check_stored(name, result.stored, wanted, loggers.EVENTS_BYTES)
        runs.setdefault((name, shape), []).append(result)

    def check_stored(self, name, stored, wanted, more):
        if not wanted <= stored <= wanted + more:
            raise RuntimeError(f"{name} stored {stored} bytes for {wanted}")

    def print_throughput(self, runs, inputs):
        speed = {key: inputs["bytes"] / measure.median([r.seconds for r in results])
                 for key, results in runs.items()}
        cpu = {key: measure.median([r.cpu for r in results]) / inputs["bytes"] * measure.GIGABYTE
               for key, results in runs.items()}
        for shapes, base in (([ONE], ONE), ([MERGED, TWO], MERGED)):
            rows = []
            for (name, shape), value in speed.items():
                if shape not in shapes:
                    continue
                label = name if shape == ONE else f"{name}, {shape.split(', ')[1]}"
                rows.append([label, f"{value / measure.MEGABYTE:.0f}",
                             f"{value / speed['s6-log T', base]:.2f}",
                             f"{value / speed['cat > file', base]:.2f}",
                             f"{cpu[name, shape]:.2f}",
                             f"{cpu[name, shape] / cpu['s6-log T', base]:.2f}"])
            measure.table(f"Throughput, {base.split(',')[0]}: {inputs['bytes'] / 1e6:.0f} MB, "
                          f"{inputs['lines']} lines, median of {self.options.runs}",
                          ["logger", "MB/s", "/ s6-log", "/ cat", "CPU s/GB", "/ s6-log"], rows)
        logd, s6_log, cat = ("logd", TWO), ("s6-log T", MERGED), ("cat > file", MERGED)
        self.targets.at_least("throughput, both streams / s6-log T", speed[logd] / speed[s6_log],
                              2.5)
        bare = (UNMASKED, TWO)
        self.targets.at_least("... without masking", speed[bare] / speed[s6_log], 5)
        self.targets.at_least("throughput without masking / cat", speed[bare] / speed[cat], 0.6)
        self.targets.at_most("CPU per GB without masking / s6-log T", cpu[bare] / cpu[s6_log], 0.2)

    # --- many processes

    def many(self):
        """CPU per line of many processes with few lines each."""
        count, seconds = self.options.many, self.options.window
        rows, per_line = [], {}
        for name, window in (("s6-log T", self.many_s6_logs(count, seconds)),
                             ("logd", self.many_under_logd(count, seconds))):
            per_line[name] = sum(window.cpu) / window.lines
            shims = sum(window.cpu[1:])
            rows.append([name, f"{window.cpu[0] * 1e6 / window.lines:.2f}",
                         f"{shims * 1e6 / window.lines:.2f}",
                         f"{sum(window.cpu) / window.seconds:.3f}",
                         f"{window.lines / window.seconds:.0f}", f"{window.cores_busy:.2f}"])
        measure.table(f"{count} processes, 100 lines/s each, {seconds} s",
                      ["logger", "us/line", "us/line shims", "cores", "lines/s", "cores, machine"],
                      rows)
        self.targets.at_most(f"CPU per line, {count} processes / s6-log T",
                             per_line["logd"] / per_line["s6-log T"], 0.2)

    def many_s6_logs(self, count, seconds):
        directory = self.directory()
        peers, writers, gate = [], [], Gate()
        for i in range(count):
            writer = subprocess.Popen(paced(100, 100 * (seconds + 2)), stdin=gate.read_end,
                                      stdout=subprocess.PIPE)
            peers.append(S6_LOG.start(directory / str(i), writer.stdout))
            writer.stdout.close()
            writers.append(writer)
        line_bytes = loggers.PACED_LINE_BYTES + S6_LOG.stamp_bytes
        window = self.window(gate, seconds, lambda: S6_LOG.stored(directory) / line_bytes,
                             [peer.pid for peer in peers])
        for process in writers + peers:
            process.wait()
        shutil.rmtree(directory)
        return window

    def many_under_logd(self, count, seconds):
        with harness.Sandbox(loggers.CONFIG, directory=self.work) as box:
            runs, gate = self.start_runs(box, count, 100 * (seconds + 2))
            window = self.window(gate, seconds, lambda: self.stored_lines(box, count),
                                 [box.daemon.pid], [run.pid for run in runs])
            self.end_runs(box, runs, 100 * (seconds + 2))
            return window

    def stored_lines(self, box, count):
        """Lines that the paced writers' logs hold, and their events as parts of one."""
        line_bytes = loggers.PACED_LINE_BYTES + loggers.RECORD_HEADER_BYTES
        return sum(box.stored(f"p{i:04}") for i in range(count)) / line_bytes

    def window(self, gate, seconds, stored_lines, *groups):
        """Lets the writers go, and returns what happens from a second later on."""
        gate.open()
        time.sleep(1)
        window = measure.Window(stored_lines, *groups)
        time.sleep(seconds)
        return window.end()

    def start_runs(self, box, count, lines):
        """Starts `count` processes that have written one line and wait for the gate."""
        box.start()
        gate = Gate()
        runs = [box.run(f"p{i:04}", paced(100, lines), stdin=gate.read_end) for i in range(count)]
        self.wait_attached(box, count)
        harness.wait_until(lambda: all(box.stored(f"p{i:04}") > 150 for i in range(count)), 60,
                           "the first line of every process", 0.1)
        return runs, gate

    def wait_attached(self, box, count, seconds=120):
        """Every shim has handed its streams over: logd holds their escrows."""
        harness.wait_until(
            lambda: harness.descriptors(box.daemon.pid, "/memfd:") >= 2 * count, seconds,
            f"{2 * count} escrows in logd", 0.005)

    def end_runs(self, box, runs, lines):
        """Waits for the end of all and checks that every line of every process is stored."""
        for run in runs:
            if box.wait(run, 120) != 0:
                raise RuntimeError(f"a run ended with {run.returncode}")
        for i in range(len(runs)):
            found = box.raw(f"p{i:04}").count(b"\n")
            if found != lines:
                raise RuntimeError(f"p{i:04} has {found} lines for {lines}")

    # --- a thousand

    def thousand(self):
        """A thousand processes: memory, wake-ups, restart, then all of them writing."""
        count, seconds = self.options.thousand, self.options.window
        with harness.Sandbox(loggers.CONFIG, directory=self.work) as box:
            lines = 100 * (seconds + 4)
            runs, gate = self.start_runs(box, count, lines)
            shims = [run.pid for run in runs]
            wakeups = self.idle_wakeups([box.daemon.pid, *shims])
            memory = {"shims PSS": measure.memory_kib(shims, "Pss") / 1024}
            restart, ready = self.restart(box, count)
            files = [str(box.log_dir / f"p{i:04}" / "current.log")
                     for i in range(0, count, max(1, count // 8))]
            latency = box.spawn([harness.tool("latency"), "--interval-us", "500", "--seconds",
                                 str(seconds + 1), *files], stdout=subprocess.PIPE)
            window = self.window(gate, seconds, lambda: self.stored_lines(box, count),
                                 [box.daemon.pid], shims)
            memory["logd RSS"] = measure.memory_kib([box.daemon.pid], "Rss") / 1024
            delays = json.loads(latency.communicate()[0])
            self.end_runs(box, runs, lines)
        share, shims_share = (cpu / window.seconds for cpu in window.cpu)
        rows = [["lines per second, as stored", f"{window.lines / window.seconds:.0f}"],
                ["logd, share of a core", f"{share:.3f}"],
                ["shims, share of a core", f"{shims_share:.3f}"],
                ["all of the machine, cores busy", f"{window.cores_busy:.2f}"],
                ["us CPU per line, logd", f"{window.cpu[0] * 1e6 / window.lines:.2f}"],
                ["write to file, p50", f"{delays['p50_us'] / 1000:.2f} ms"],
                ["write to file, p99", f"{delays['p99_us'] / 1000:.2f} ms"],
                ["write to file, longest", f"{delays['max_us'] / 1000:.2f} ms"],
                ["logd, resident", f"{memory['logd RSS']:.1f} MiB"],
                [f"{count} shims, PSS", f"{memory['shims PSS']:.1f} MiB"],
                ["wake-ups in 10 s, idle", wakeups],
                ["restart after kill -9: logd is ready", f"{ready * 1000:.0f} ms"],
                ["restart after kill -9: all shims are back", f"{restart * 1000:.0f} ms"],
                ["lines stored", count * lines]]
        measure.table(f"{count} processes, 100 lines/s each, {seconds} s", ["what", "value"], rows)
        for what, value, target, unit in (
                ("logd, share of a core", share, 0.6, ""),
                ("p99 to the file", delays["p99_us"] / 1000, 50, "ms"),
                ("logd, resident", memory["logd RSS"], 128, "MiB"),
                ("shims, PSS", memory["shims PSS"], 300, "MiB"),
                ("idle wake-ups in 10 s", wakeups, 0, ""),
                ("all shims back after a restart", restart, 2, "s")):
            self.targets.at_most(f"{count} processes: {what}", value, target, unit)

    def idle_wakeups(self, pids):
        """Context switches within 10 s, once what the start left to do (a sync) is done."""
        seconds = 2 if self.options.quick else 10
        deadline = time.monotonic() + 20
        while True:
            before = measure.context_switches(pids)
            time.sleep(seconds)
            count = measure.context_switches(pids) - before
            if count == 0 or time.monotonic() > deadline:
                return count

    def restart(self, box, count):
        box.kill()
        started = time.monotonic()
        box.start()
        ready = time.monotonic() - started
        self.wait_attached(box, count)
        return time.monotonic() - started, ready

    # --- latency

    def latency(self):
        """Time from a line written to the line in the file, 1,000 lines/s of one process."""
        lines = 1000 * (self.options.window + 2)
        rows = []
        for name, measured in (("s6-log T", self.latency_of_s6_log(lines)),
                               ("logd", self.latency_of_logd(lines))):
            rows.append([name, *(f"{measured[key] / 1000:.3f}" for key in (
                "p50_us", "p99_us", "p999_us", "max_us")), measured["lines"]])
        measure.table("Write to file, 1,000 lines/s, ms (file looked at every 50 us)",
                      ["logger", "p50", "p99", "p99.9", "longest", "lines"], rows)
        self.targets.at_most("1,000 lines/s: p50 to the file", measured["p50_us"] / 1000, 1, "ms")
        self.targets.at_most("1,000 lines/s: p99 to the file", measured["p99_us"] / 1000, 3, "ms")

    def follow(self, path, gate):
        harness.wait_until(pathlib.Path(path).exists, 10, path)
        gate.open()
        command = [harness.tool("latency"), "--seconds", str(self.options.window), path]
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    def latency_of_s6_log(self, lines):
        directory, gate = self.directory(), Gate()
        writer = subprocess.Popen(paced(1000, lines), stdin=gate.read_end, stdout=subprocess.PIPE)
        peer = S6_LOG.start(directory / "log", writer.stdout)
        writer.stdout.close()
        measured = self.follow(str(directory / "log" / "current"), gate)
        writer.wait()
        peer.wait()
        return measured

    def latency_of_logd(self, lines):
        with harness.Sandbox(loggers.CONFIG, directory=self.work) as box:
            box.start()
            gate = Gate()
            run = box.run("app", paced(1000, lines), stdin=gate.read_end)
            measured = self.follow(str(box.log_dir / "app" / "current.log"), gate)
            box.wait(run)
            return measured


class Gate:
    """A pipe that is the standard input of writers: they go when it is closed."""

    def __init__(self):
        self.read_end, self._write_end = os.pipe()

    def open(self):
        os.close(self.read_end)
        os.close(self._write_end)


def paced(rate, lines):
    return [harness.tool("paced_writer"), "--rate", str(rate), "--lines", str(lines), "--wait"]


QUESTIONS = ("throughput", "latency", "many", "thousand")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, in a minute")
    parser.add_argument("--only", choices=QUESTIONS, action="append", help="may be given again")
    parser.add_argument("--runs", type=int, help="of each logger, for throughput")
    parser.add_argument("--directory", default="/dev/shm", help="where everything is written")
    options = parser.parse_args()
    options.runs = options.runs or (1 if options.quick else 5)
    options.megabytes = 50 if options.quick else 250
    options.many = 50 if options.quick else 300
    options.thousand = 100 if options.quick else 1000
    options.window = 3 if options.quick else 10
    if missing := loggers.missing_programs():
        sys.exit(f"bench: not installed: {', '.join(missing)} (script/bootstrap installs them)")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"Machine: {measure.machine()}")
    print("Input: lines as servers write them (bench/log_lines.cpp), 138 to 160 bytes; on "
          f"{options.directory}")
    with tempfile.TemporaryDirectory(prefix="logd-bench-", dir=options.directory) as work:
        bench = Bench(options, pathlib.Path(work))
        for question in QUESTIONS:
            if not options.only or question in options.only:
                getattr(bench, question)()
        bench.targets.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
