#!/usr/bin/env python3
"""Measures masking: from an input chunk to the output buffer, one thread, beside memcpy and
Vectorscan with the same literals and, where it accepts them, the same regular expressions.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import measure  # noqa: E402
from loggers import harness  # noqa: E402

GENERATED_BYTES = 4 << 20


def figures(files):
    """What mask_speed prints, by name, in its order."""
    found = {}
    command = [harness.tool("mask_speed"), *map(str, files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            one = json.loads(line)
            found[one["what"]] = one["value"]
    if process.returncode != 0:
        sys.exit(f"bench mask: mask_speed ended with {process.returncode}")
    return found


def targets_of(found):
    """The speeds against what was asked for."""
    targets = measure.Targets()
    copy = max(found["memcpy"], found["memcpy again"])
    clean = found["clean"]
    peer = found["vectorscan regexes, by line"]
    targets.at_least("clean text", clean, 600, "MB/s")
    targets.at_least("clean text / memcpy", clean / copy, 0.08)
    targets.at_least("clean text / Vectorscan, regexes it accepts", clean / peer, 1.7)
    for share, speed in ((1, 400), (10, 200), (100, 25)):
        targets.at_least(f"secrets in {share} % of lines",
                         found[f"secrets in {share} % of lines"], speed, "MB/s")
    targets.at_least("250 rules / 50 rules", found["clean, 250 rules"] / found["clean, 50 rules"],
                     0.9)
    hostile = {what: speed for what, speed in found.items() if what.startswith("hostile ")}
    slowest = min(hostile, key=hostile.get)
    targets.at_least(f"slowest {slowest}", hostile[slowest], 5, "MB/s")
    halves = [hostile[what.replace("64 KiB", "256 KiB")] / speed
              for what, speed in hostile.items() if what.endswith(" 64 KiB")]
    targets.at_least("hostile, 256 KiB / 64 KiB, least", min(halves), 0.7)
    targets.at_most("rule set, compiled", found["rule set MiB"], 32, "MiB")
    targets.at_most("compile", found["compile s"], 0.3, "s")
    return targets


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--logs", nargs="+", metavar="FILE", type=pathlib.Path,
                        help="clean text (default: lines of bench/log_lines.cpp)")
    options = parser.parse_args()
    print(f"Machine: {measure.machine()}")
    with tempfile.TemporaryDirectory(prefix="logd-bench-", dir="/dev/shm") as work:
        files = options.logs
        if not files:
            files = [pathlib.Path(work) / "lines"]
            with open(files[0], "wb") as file:
                subprocess.run([harness.tool("log_lines"), str(GENERATED_BYTES)], stdout=file,
                               check=True)
        print("Input: " + (f"{len(files)} files" if options.logs else "bench/log_lines.cpp")
              + ", repeated to 64 MiB, in chunks of 64 KiB; best of five")
        found = figures(files)
    speeds = [[what, f"{value:.4g}"] for what, value in found.items()]
    measure.table("Masking (MB/s where nothing else is said)", ["what", "value"], speeds)
    targets_of(found).print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
