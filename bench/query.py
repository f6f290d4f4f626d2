#!/usr/bin/env python3
"""Measures what reads: the last lines of a large segment, a time within many archives, searching,
counting and merging, beside the tools that people use for it.

Files are in the page cache: each is read once before. Runs alternate and the median counts, since a
machine's speed drifts; ratios are meant to be read, not the absolute numbers.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import array
import fcntl
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True
import measure  # noqa: E402
from loggers import harness  # noqa: E402

FIRST_SECOND = 1795000000  # 2026-11-18T11:06:40Z
PATTERN = 'request_id":"[0-9a-f]*7f3","user":1'  # its literal stands in one line of eight
RARE_PATTERN = "mesos-slave-1[0-9], task 77[0-9]{2}"
PLACE = "LC_ALL=C "
SLOW = 20  # seconds
READ = re.compile(r"read(?:64)?\(\d+.*= (\d+)$", re.MULTILINE)


class Run:
    """One run of a shell command, its output thrown away: seconds, CPU seconds."""

    def __init__(self, command):
        before = os.times()
        started = time.perf_counter()
        # Through a pipe, since grep looks for one match only if its output is /dev/null.
        with subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE) as child:
            while os.read(child.stdout.fileno(), 1 << 20):
                pass
        self.seconds = time.perf_counter() - started
        after = os.times()
        self.cpu = (after.children_user + after.children_system
                    - before.children_user - before.children_system)
        if child.returncode not in (0, 1):
            raise RuntimeError(f"{command}: exit {child.returncode}")


def peak_mib(command):
    """The most memory that a command has taken when its first page of output waits to be read."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    with subprocess.Popen(["sh", "-c", f"exec {command}"], stdout=writer) as child:
        os.close(writer)
        select.select([reader], [], [])
        harness.wait_until(lambda: waiting_bytes(reader) == 4096, 10, "a full pipe")
        with open(f"/proc/{child.pid}/status", encoding="ascii") as file:
            peak = re.search(r"VmHWM:\s+(\d+) kB", file.read())
        while os.read(reader, 1 << 16):
            pass
    os.close(reader)
    return int(peak[1]) / 1024


def waiting_bytes(pipe):
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


class Bench:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.targets = measure.Targets()
        self.lines = work / "lines"
        with open(self.lines, "wb") as file:
            subprocess.run([harness.tool("log_lines"), "64000000"], stdout=file, check=True)

    # --- what is read

    def make_segment(self, log, number, start, size, step, err_every):
        """A segment of `size` bytes; gives its path and the second behind its last record."""
        directory = self.work / log
        directory.mkdir(parents=True, exist_ok=True)
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(start))
        path = directory / f"{number:010}-{stamp}.log"
        with open(path, "wb") as file:
            made = subprocess.run(
                [harness.tool("log_records"), self.lines, str(size), str(start), str(step),
                 str(err_every)], stdout=file, stderr=subprocess.PIPE, check=True)
        return path, int(made.stderr) // 10**9 + 1

    def make_archives(self, log, count, size, step):
        """So many archives, side by side in time."""
        start = FIRST_SECOND
        for number in range(1, count + 1):
            path, start = self.make_segment(log, number, start, size, step, 10)
            subprocess.run([harness.tool("archive_tool"), "write", "6", path, f"{path}.gz"],
                           stdout=subprocess.DEVNULL, check=True)
            path.unlink()
        return start

    def logctl(self, log_dir, *arguments):
        return " ".join([harness.tool("logctl"), "--log-dir", str(self.work / log_dir), *arguments])

    def alternate(self, ways):
        """Runs of each command by its name, after one that warms the cache; of a slow one only
        one."""
        runs = {name: [] for name in ways}
        is_slow = {name: Run(command).seconds > SLOW for name, command in ways.items()}
        for number in range(self.options.runs):
            for name, command in ways.items():
                if number == 0 or not is_slow[name]:
                    runs[name].append(Run(command))
        return runs

    def check_counts(self, ways):
        """That all of them count the same: a fast wrong answer is worth nothing."""
        counts = {}
        for name, command in ways.items():
            output = subprocess.run(["sh", "-c", command], capture_output=True, check=False).stdout
            counts[name] = sum(int(line.rsplit(b":")[-1]) for line in output.split())
        if len(set(counts.values())) != 1:
            raise RuntimeError(f"the answers differ: {counts}")

    def print_runs(self, title, runs, size=None):
        first = next(iter(runs))
        seconds = {name: measure.median([run.seconds for run in all_])
                   for name, all_ in runs.items()}
        rows = []
        for name, all_ in runs.items():
            cpu = measure.median([run.cpu for run in all_])
            speed = [f"{size / seconds[name] / measure.MEGABYTE:.0f}"] if size else []
            rows.append([name, f"{seconds[name] * 1000:.0f}", *speed, f"{cpu:.2f}",
                         f"{seconds[name] / seconds[first]:.2f}"])
        head = ["by", "ms", *(["MB/s"] if size else []), "CPU s", "time / first"]
        measure.table(title, head, rows)
        return seconds

    # --- questions

    def tail(self):
        """The last 100 records of one large segment, and those of a stream that hardly writes."""
        size = self.options.segment_bytes
        path, _ = self.make_segment("large/app", 1, FIRST_SECOND, size, 100_000, 10_000_000)
        last = self.logctl("large", "tail", "--lines", "100")
        runs = self.alternate({"logctl tail": last, "tail": f"tail -n 100 {path}"})
        seconds = self.print_runs(f"Last 100 records of a segment of {size / 1e9:.1f} GB", runs)
        self.targets.at_most("last 100 records", seconds["logctl tail"] * 1000, 20, "ms")
        self.targets.at_most("... memory", peak_mib(last), 16, "MiB")
        runs = self.alternate({
            "logctl tail --err": self.logctl("large", "tail", "--err", "--lines", "100"),
            "tac | grep -m": f"tac {path} | {PLACE}grep -m 100 ' stderr '"})
        seconds = self.print_runs("Last 100 records of stderr, one record in ten million", runs,
                                  size)
        self.targets.at_least("stderr, tac | grep -m / logctl",
                              seconds["tac | grep -m"] / seconds["logctl tail --err"], 3)
        shutil.rmtree(self.work / "large")

    def since(self):
        """The first record at a time in the middle of many archives."""
        count = self.options.archives
        end = self.make_archives("many/app", count, 10 << 20, 1_000_000)
        middle = (FIRST_SECOND + end) // 2
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(middle))
        command = self.logctl("many", "tail", "--since", stamp, "--lines", "all", "--head", "1")
        files = f"{self.work}/many/app/*.gz"
        runs = self.alternate({"logctl tail --since": command})
        seconds = self.print_runs(f"First record since a time, {count} archives of 10 MiB", runs)
        self.targets.at_most("first record since a time", seconds["logctl tail --since"] * 1000, 50,
                             "ms")
        traced = self.work / "trace"
        subprocess.run(["strace", "-f", "-qq", "-e", "trace=read,pread64", "-o", str(traced), "sh",
                        "-c", f"{command} >/dev/null"], check=True)
        read = sum(map(int, READ.findall(traced.read_text(errors="replace"))))
        kept = sum(path.stat().st_size for path in (self.work / "many/app").iterdir())
        measure.table("Bytes read for it", ["read, KB", "kept, MB"],
                      [[f"{read / 1e3:.0f}", f"{kept / 1e6:.0f}"]])
        self.print_runs("Last 100 records of these archives", self.alternate(
            {"logctl tail": self.logctl("many", "tail", "--lines", "100"),
             "zcat | tail": f"zcat {files} | tail -n 100"}))
        self.count_many(files, end)
        shutil.rmtree(self.work / "many")

    def count_many(self, files, end):
        """Counting by stream and by minute, from what the archives' headers say."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))
        runs = self.alternate({
            "logctl stats --by stream": self.logctl("many", "stats", "--by", "stream"),
            "logctl stats --by minute": self.logctl("many", "stats", "--by", "minute", "--until",
                                                    stamp),
            "zcat | wc -l": f"zcat {files} | wc -l"})
        seconds = self.print_runs("Counting all records of these archives", runs)
        for way in ("stream", "minute"):
            self.targets.at_least(f"counting by {way}, zcat | wc -l / logctl",
                                  seconds["zcat | wc -l"] / seconds[f"logctl stats --by {way}"], 50)

    def search(self):
        """A regular expression with a literal in it, in plain segments and in archives."""
        count, size = self.options.segments, 100 << 20
        start = FIRST_SECOND
        for number in range(1, count + 1):
            path, start = self.make_segment("plain/app", number, start, size, 200_000, 10)
            (self.work / "archived/app").mkdir(parents=True, exist_ok=True)
            archive = self.work / "archived/app" / f"{path.name}.gz"
            subprocess.run([harness.tool("archive_tool"), "write", "6", path, archive],
                           stdout=subprocess.DEVNULL, check=True)
        plain, archived = f"{self.work}/plain/app/*.log", f"{self.work}/archived/app/*.gz"
        for what, pattern in (("in one line of eight", PATTERN), ("in few lines", RARE_PATTERN)):
            quoted = f"'{pattern}'"
            ways = {"logctl search": self.logctl("plain", "search", quoted, "-c"),
                    "grep -cE": f"{PLACE}grep -cE {quoted} {plain}"}
            if shutil.which("rg"):
                ways["rg -j1 -c"] = f"rg -j1 -c {quoted} {plain}"
            self.check_counts(ways)
            seconds = self.print_runs(f"Search of plain segments, the literal {what}",
                                      self.alternate(ways), count * size)
            self.targets.at_least(f"plain segments, {what}, MB/s / grep -E",
                                  seconds["grep -cE"] / seconds["logctl search"], 0.8)
            search = self.logctl("archived", "search", quoted, "-c")
            zgrep = f"zgrep -cE {quoted} {archived}"
            ways = {"logctl search": search,
                    "logctl search, one core": f"taskset -c 0 {search}",
                    "zgrep -cE, one core": f"{PLACE}taskset -c 0 {zgrep}",
                    "zgrep -cE": f"{PLACE}{zgrep}"}
            self.check_counts(ways)
            seconds = self.print_runs(f"Search of archives, the literal {what}",
                                      self.alternate(ways), count * size)
            self.targets.at_least(f"archives, {what}, one core, MB/s / zgrep",
                                  seconds["zgrep -cE, one core"]
                                  / seconds["logctl search, one core"], 4)
            one_core = seconds["logctl search, one core"]
            self.targets.at_least(f"archives, {what}, MB/s of two cores / of one",
                                  one_core / seconds["logctl search"], 1.5)
        shutil.rmtree(self.work / "plain")
        shutil.rmtree(self.work / "archived")

    def merge(self):
        """All lines of 100 processes, in the order of their times."""
        size = self.options.merge_bytes
        for number in range(100):
            self.make_segment(f"merge/p{number:02}", 1, FIRST_SECOND, size,
                              190_000 + 317 * number, 10)
        count = self.logctl("merge", "tail", "--lines", "all")
        output = int(subprocess.run(["sh", "-c", f"{count} | wc -c"], capture_output=True,
                                    check=True).stdout)
        files = f"{self.work}/merge/*/*.log"
        runs = self.alternate({"logctl tail": f"{count} >/dev/null",
                               "sort -m": f"{PLACE}sort -m {files} >/dev/null"})
        seconds = self.print_runs("Merging 100 processes", runs, output)
        speed = output / measure.MEGABYTE / seconds["logctl tail"]
        self.targets.at_least("merging 100 processes, output", speed, 300, "MB/s")
        shutil.rmtree(self.work / "merge")


QUESTIONS = ("tail", "since", "search", "merge")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, in a minute")
    parser.add_argument("--only", choices=QUESTIONS, action="append", help="may be given again")
    parser.add_argument("--runs", type=int, help="of each way")
    parser.add_argument("--directory", default="/var/tmp", help="where everything is written")
    options = parser.parse_args()
    options.runs = options.runs or (1 if options.quick else 5)
    options.segment_bytes = 10**9 if options.quick else 10**10
    options.archives = 50 if options.quick else 1000
    options.segments = 2 if options.quick else 8
    options.merge_bytes = 10**6 if options.quick else 5 * 10**6
    print(f"Machine: {measure.machine()}")
    print("Input: records of lines as servers write them (bench/log_lines.cpp), 178 to 200 bytes; "
          f"on {options.directory}, read before")
    if not shutil.which("journalctl") or not pathlib.Path("/run/systemd/journal").exists():
        print("journalctl: left out, there is no journal here")
    with tempfile.TemporaryDirectory(prefix="logd-bench-", dir=options.directory) as work:
        bench = Bench(options, pathlib.Path(work))
        for question in QUESTIONS:
            if not options.only or question in options.only:
                getattr(bench, question)()
        bench.targets.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
