#!/usr/bin/env python3
"""Measures the store: how fast closed segments become archives, and how small, beside gzip.

Everything is on tmpfs, on one core each. Runs alternate and the median counts, since a machine's
speed drifts; ratios are meant to be read, not the absolute numbers.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import measure  # noqa: E402
from loggers import harness  # noqa: E402

GZIP, PIGZ = "gzip -6", "pigz -p1 -6"
ALONE, VERIFIED = "logd, level 6", "logd, level 6, read back and compared"
FIRST_SECOND = 1795299420  # 2026-11-21T22:17:00Z


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


QUESTIONS = ("archive",)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, in a minute")
    parser.add_argument("--only", choices=QUESTIONS, action="append", help="may be given again")
    parser.add_argument("--runs", type=int, help="of each way")
    parser.add_argument("--directory", default="/dev/shm", help="where everything is written")
    options = parser.parse_args()
    options.runs = options.runs or (1 if options.quick else 5)
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
