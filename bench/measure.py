"""Reads what processes cost from /proc, and prints tables.

SPDX-License-Identifier: Apache-2.0
"""
import os
import platform
import statistics
import time

GIGABYTE = 1e9
MEGABYTE = 1e6


def cpu_seconds(pids):
    """CPU time of all threads of `pids` so far, to the nanosecond (the scheduler's own count)."""
    total = 0
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
    return total / 1e9


def context_switches(pids):
    """Times that the threads of `pids` left a CPU: while it stands still, nothing wakes up."""
    total = 0
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)
    return total


def memory_kib(pids, field):
    """Sum over `pids` of a field of smaps_rollup, such as Pss, Rss, Private_Dirty."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith(field + ":"))
    return total


def busy_seconds():
    """CPU time of everything on the machine so far."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Window:
    """What happened between its begin and its end: CPU of groups of processes, lines stored.

    Reads within moments even where a thousand programs want the cores, if it may (root).
    """

    def __init__(self, stored_lines, *groups):
        self._stored_lines, self._groups = stored_lines, groups
        try:
            first = os.sched_param(1)
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, first)
        except PermissionError:
            pass
        self._begin = self._read()

    def end(self):
        seconds, lines, busy, *cpu = (now - then for now, then in zip(self._read(), self._begin))
        self.seconds, self.lines, self.cores_busy, self.cpu = seconds, lines, busy / seconds, cpu
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        return self

    def _read(self):
        return [time.perf_counter(), self._stored_lines(), busy_seconds(),
                *map(cpu_seconds, self._groups)]


def median(values):
    return statistics.median(values)


def machine():
    """The machine and the kernel, for the head of a table."""
    model = "unknown CPU"
    memory = 0
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) >> 20
    load = os.getloadavg()[0]
    return (f"{os.cpu_count()} x {model}, {memory} GiB, Linux {platform.release()}, "
            f"load {load:.1f} at the start")


def table(title, head, rows):
    """Prints rows of text under a title, columns aligned; the first column to the left."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n{title}")
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [cell.ljust(width) if i == 0 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  " + "  ".join(cells).rstrip(), flush=True)


class Targets:
    """Collects what was measured against what was asked for, and prints it at the end."""

    def __init__(self):
        self._rows = []

    def at_least(self, what, value, target, unit=""):
        self._add(what, value, ">=", target, unit, value >= target)

    def at_most(self, what, value, target, unit=""):
        self._add(what, value, "<=", target, unit, value <= target)

    def _add(self, what, value, sign, target, unit, is_met):
        digits = 0 if value >= 100 else 2
        self._rows.append([what, f"{value:.{digits}f} {unit}".strip(), f"{sign} {target:g} {unit}",
                           "met" if is_met else "MISSED"])

    def missed(self):
        return [row for row in self._rows if row[3] != "met"]

    def print(self):
        if self._rows:
            table("Targets", ["what", "measured", "target", ""], self._rows)
