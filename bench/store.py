#!/usr/bin/env python3
"""Measures the store: archives beside gzip, what rotation and archiving cost capture, and what is
lost and kept beside pm2 with pm2-logrotate.

Everything is on tmpfs but where a table says otherwise. Runs alternate and the median counts, since
a machine's speed drifts; ratios are meant to be read, not the absolute numbers.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import gzip
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import measure  # noqa: E402
from loggers import harness, through_logd  # noqa: E402

GZIP, PIGZ = "gzip -6", "pigz -p1 -6"
ALONE, VERIFIED = "logd, level 6", "logd, level 6, read back and compared"
FIRST_SECOND = 1795299420  # 2026-11-21T22:17:00Z
ROTATING = '[defaults]\nmax_size = "10MiB"\n'
NUMBERED = re.compile(rb"o a (\d{10}) ")
PM2_RATE, PM2_LIMIT, PM2_LIMIT_BYTES = 33_000, "1M", 1 << 20
PM2_SETTINGS = {"max_size": PM2_LIMIT, "compress": "true", "retain": "100000",
                "workerInterval": "1"}
KEEPING = ('[defaults]\nmax_size = "1MiB"\nretain = "all"\nmax_total_size = "off"\n'
           'keep_plain = 0\n')


class Bench:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.targets = measure.Targets()

    def archive(self):
        """MB/s and size of what makes one segment smaller."""
        segment = self.make_segment()
        tool = harness.tool("archive_tool")
        archive = self.work / "archive.gz"
        write = [tool, "write", "6", str(segment), str(archive)]
        ways = {GZIP: ["gzip", "-6", "-c", str(segment)],
                PIGZ: ["pigz", "-p1", "-6", "-c", str(segment)],
                ALONE: write, VERIFIED: [*write, "--compare"]}
        runs = {name: [] for name in ways}
        sizes = {}
        for _ in range(self.options.runs):
            for name, command in ways.items():
                archive.unlink(missing_ok=True)
                runs[name].append(self.one_run(command, archive))
                sizes[name] = archive.stat().st_size
        self.check_contents(segment, archive)
        self.print_archive(segment.stat().st_size, runs, sizes)

    def make_segment(self):
        """Log lines with the header of records, thirty with one reading of the clock."""
        path = self.work / "segment.log"
        command = [harness.tool("log_lines"), str(self.options.megabytes * 1_000_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as lines, open(path, "wb") as file:
            nanoseconds = 0
            for number, line in enumerate(lines.stdout):
                nanoseconds += 1 if number % 30 else 1_234_567
                second, fraction = divmod(nanoseconds, 10**9)
                stamp = time.strftime("%FT%T", time.gmtime(FIRST_SECOND + second))
                stream = b"stderr" if number % 10 == 9 else b"stdout"
                file.write(b"%s.%09dZ %s F %s" % (stamp.encode(), fraction, stream, line))
        return path

    def one_run(self, command, archive):
        """(seconds, CPU seconds) of a command that writes `archive`, or its standard output."""
        with open(archive, "wb") as file:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            started = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL if command[1] == "write" else file,
                           check=True)
            seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return seconds, sum(getattr(after, part) - getattr(before, part)
                            for part in ("ru_utime", "ru_stime"))

    def check_contents(self, segment, archive):
        with subprocess.Popen(["zcat", archive], stdout=subprocess.PIPE) as zcat:
            subprocess.run(["cmp", "-", segment], stdin=zcat.stdout, check=True)

    def print_archive(self, size, runs, sizes):
        speed = {name: size / measure.MEGABYTE / measure.median([seconds for seconds, _ in results])
                 for name, results in runs.items()}
        cpu = {name: measure.median([cpu for _, cpu in results]) / size * measure.GIGABYTE
               for name, results in runs.items()}
        rows = [[name, f"{value:.0f}", f"{value / speed[GZIP]:.2f}", f"{cpu[name]:.2f}",
                 f"{cpu[GZIP] / cpu[name]:.2f}", f"{100 * sizes[name] / size:.2f} %",
                 f"{sizes[name] / sizes[GZIP]:.3f}"] for name, value in speed.items()]
        measure.table(f"Archive of one segment: {size / 1e6:.0f} MB, median of {self.options.runs}",
                      ["made by", "MB/s", "/ gzip", "CPU s/GB", "gzip /", "size", "/ gzip"], rows)
        self.targets.at_least("archive, MB/s / gzip -6", speed[ALONE] / speed[GZIP], 2)
        self.targets.at_least("archive and comparison, MB/s / gzip -6",
                              speed[VERIFIED] / speed[GZIP], 1.6)
        self.targets.at_most("size of the archive / gzip -6", sizes[ALONE] / sizes[GZIP], 1)

    # --- what it costs capture

    def rotation(self):
        """How long one rotation holds up the capture loop."""
        rows = []
        for name, place in (("tmpfs", self.work), ("disk", self.options.disk)):
            with tempfile.TemporaryDirectory(prefix="logd-bench-", dir=place) as directory:
                command = [harness.tool("rotation_time"), directory, str(self.options.rotations)]
                done = subprocess.run(command, capture_output=True, check=True)
            figures = done.stdout.decode().split()
            rows.append([name, *figures])
            self.targets.at_most(f"rotation on {name}, p99", float(figures[1]) / 1000, 1, "ms")
        measure.table(f"Rotation: {self.options.rotations} segments of 256 KiB at 100 MB/s, "
                      "synced meanwhile",
                      ["on", "p50, us", "p99, us", "longest, us"], rows)

    def beside(self):
        """Throughput of capture while what it stores is archived, and without that."""
        source = self.work / "input"
        with open(source, "wb") as file:
            size = self.options.capture_megabytes * 1_000_000
            subprocess.run([harness.tool("log_lines"), str(size)], stdout=file, check=True)
        runs = {True: [], False: []}
        for _ in range(self.options.pairs):
            for is_archived, results in runs.items():
                config = f"{ROTATING}compress = {str(is_archived).lower()}\n"
                results.append(through_logd(self.work, ["cat", str(source)], config).seconds)
        source.unlink()
        ratios = [without / with_ for with_, without in zip(runs[True], runs[False])]
        rows = [["with archiving" if is_archived else "without",
                 f"{size / measure.median(seconds) / 1e6:.0f}"]
                for is_archived, seconds in runs.items()]
        measure.table(f"Capture beside archiving: {size / 1e6:.0f} MB, segments of 10 MiB, median "
                      f"of {self.options.pairs} pairs", ["capture", "MB/s"], rows)
        self.targets.at_least("capture with archiving / without", measure.median(ratios), 0.85)

    # --- beside pm2

    def pm2(self):
        """The same numbered lines through logd and through pm2 with pm2-logrotate.

        pm2 7 hands `compress` over as a boolean, of which pm2-logrotate 3.0.0 takes only the string
        "true": its archives stay uncompressed.
        """
        pm2 = self.install_pm2()
        if pm2 is None:
            return
        lines = PM2_RATE * self.options.pm2_seconds
        writer = [harness.tool("line_writer"), "--label", "a", "--rate", str(PM2_RATE),
                  "--lines", str(lines)]
        rows = [self.numbers_of("logd", *self.lines_by_logd(writer), lines),
                self.numbers_of("pm2 + pm2-logrotate", *self.lines_by_pm2(pm2, writer), lines)]
        measure.table(f"{lines} lines at {PM2_RATE} a second, rotated at 1 MiB, gzip on",
                      ["by", "lost", "doubled", "archives", "largest, MiB uncompressed",
                       "/ limit", "on disk, MB"], rows)
        self.targets.at_most("lines that logd lost", rows[0][1], 0)

    def install_pm2(self):
        """The command of pm2, in a place of its own; None without npm or network."""
        if not shutil.which("npm"):
            print("\npm2: left out, there is no npm")
            return None
        home = self.work / "pm2"
        home.mkdir()
        environment = dict(os.environ, PM2_HOME=str(home / "home"), PM2_DISCRETE_MODE="true")
        program = str(home / "node_modules" / ".bin" / "pm2")

        def run(*command):
            return subprocess.run(command, env=environment, capture_output=True, check=True,
                                  timeout=300).stdout
        try:
            run("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(home),
                "pm2")
            run(program, "install", "pm2-logrotate")
            for key, value in PM2_SETTINGS.items():  # each restarts the module
                run(program, "set", f"pm2-logrotate:{key}", value)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            print(f"\npm2: left out, it could not be installed: {error}")
            return None
        return lambda *arguments: run(program, *arguments)

    def lines_by_pm2(self, pm2, writer):
        """The files of what pm2 stored, oldest first."""
        logs = self.work / "pm2" / "home" / "logs"
        try:
            counters = harness.Counters(self.work / "counters")
            pm2("start", writer[0], "--name", "app", "--no-autorestart", "--", *writer[1:],
                "--count-file", counters.path)
            harness.wait_until(counters.is_finished, 120, "the writer", 0.1)
            time.sleep(3)  # three more looks of the module
        finally:
            pm2("kill")
        rotated = sorted(path for path in logs.iterdir() if path.name.startswith("app-out__"))
        return [*rotated, logs / "app-out.log"]

    def lines_by_logd(self, writer):
        box = harness.Sandbox(KEEPING, directory=self.work).start()
        box.run_to_end("app", writer, seconds=300)
        harness.wait_until(lambda: len(box.segments("app")) == 1, 120, "archives", 0.05)
        box.stop()
        return sorted((box.log_dir / "app").glob("[0-9]*"))

    def numbers_of(self, name, *files_and_lines):
        *files, lines = files_and_lines
        seen, largest = bytearray(lines), 0
        doubled = 0
        for path in files:
            with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
                contents = file.read()
            largest = max(largest, len(contents))
            for number in map(number_of, contents.splitlines()):
                if number is not None and number < lines:
                    doubled += seen[number]
                    seen[number] = 1
        size = sum(path.stat().st_size for path in files)
        return [name, lines - sum(seen), doubled, len(files) - 1, f"{largest / (1 << 20):.2f}",
                f"{largest / PM2_LIMIT_BYTES:.2f}", f"{size / 1e6:.1f}"]


def number_of(line):
    """The number of a numbered line, whatever stands in front of it; None if it is none."""
    found = NUMBERED.search(line)
    return int(found[1]) if found else None


QUESTIONS = ("archive", "rotation", "beside", "pm2")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, in a minute")
    parser.add_argument("--only", choices=QUESTIONS, action="append", help="may be given again")
    parser.add_argument("--runs", type=int, help="of each way")
    parser.add_argument("--directory", default="/dev/shm", help="where everything is written")
    parser.add_argument("--disk", default="/tmp", help="a directory that is not in memory")
    options = parser.parse_args()
    options.runs = options.runs or (1 if options.quick else 5)
    options.rotations = 500 if options.quick else 5000
    options.capture_megabytes = 200 if options.quick else 2000
    options.pairs = 1 if options.quick else 7
    options.pm2_seconds = 5 if options.quick else 15
    options.megabytes = 20 if options.quick else 200  # with the headers of records, 250
    print(f"Machine: {measure.machine()}")
    print("Input: records of lines as servers write them (bench/log_lines.cpp), 178 to 200 bytes; "
          f"on {options.directory}")
    with tempfile.TemporaryDirectory(prefix="logd-bench-", dir=options.directory) as work:
        bench = Bench(options, pathlib.Path(work))
        for question in QUESTIONS:
            if not options.only or question in options.only:
                getattr(bench, question)()
        bench.targets.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
