"""The loggers that are compared: logd and its peers, each started the way its users start it.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "system"))
import harness  # noqa: E402  (the same harness as the system tests')
import measure  # noqa: E402

CONFIG = '[defaults]\nmax_size = "256MiB"\ncompress = false\n'
UNMASKED = CONFIG + 'masking = { mode = "off" }\n'
RECORD_HEADER_BYTES = 40
PACED_LINE_BYTES = 150
EVENTS_BYTES = 1000  # what the start and exit events may add


class Peer:
    """A logger that reads standard input and writes into a directory."""

    def __init__(self, name, command, stamp_bytes, prepare=None):
        self.name = name
        self._command = command
        self.stamp_bytes = stamp_bytes  # what it adds to a line
        self._prepare = prepare

    def start(self, directory, stdin):
        directory.mkdir(parents=True)
        if self._prepare:
            self._prepare(directory)
        with open(directory / "logger.err", "wb") as errors:
            return subprocess.Popen(self._command(directory), stdin=stdin, stderr=errors,
                                    stdout=subprocess.DEVNULL)

    def stored(self, directory):
        """Bytes of log below `directory`."""
        ignored = ("logger.err", "config", "lock", "state", "status")
        return sum(path.stat().st_size for path in directory.rglob("*")
                   if path.is_file() and path.name not in ignored)


def shell(command):
    return lambda directory: ["sh", "-c", f"exec {command}", "sh", str(directory)]


def svlogd_config(directory):
    (directory / "config").write_text("s0\nn0\n")


CAT = Peer("cat > file", shell('cat > "$1/file"'), 0)
S6_LOG = Peer("s6-log T", lambda directory: ["s6-log", "n20", "s268435455", "T", str(directory)],
              31)
MULTILOG = Peer("multilog t", lambda directory: ["multilog", "t", "n999", "s16777215",
                                                 str(directory)], 26)
SVLOGD = Peer("svlogd -t", lambda directory: ["svlogd", "-t", str(directory)], 26, svlogd_config)
PEERS = [CAT, S6_LOG, MULTILOG, SVLOGD]


def missing_programs():
    return [name for name in ("s6-log", "multilog", "svlogd") if not shutil.which(name)]


class Result:
    """One run: seconds from the writers' start to the last byte in the file, CPU of the loggers."""

    def __init__(self, seconds, cpu, stored):
        self.seconds, self.cpu, self.stored = seconds, cpu, stored


def through_peer(peer, directory, writers):
    """Runs each command of `writers` into a logger of its own."""
    started = time.perf_counter()
    processes = []
    for i, command in enumerate(writers):
        read_end, write_end = os.pipe()
        processes.append((peer.start(directory / str(i), read_end), True))
        processes.append((subprocess.Popen(command, stdout=write_end), False))
        os.close(read_end)
        os.close(write_end)
    cpu = 0.0
    for process, is_logger in processes:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        cpu += usage.ru_utime + usage.ru_stime if is_logger else 0
    return Result(time.perf_counter() - started, cpu, peer.stored(directory))


def through_logd(directory, writer, config=CONFIG):
    """Runs `writer` under `logctl run` with a fresh logd."""
    with harness.Sandbox(config, directory=directory) as box:
        box.start()
        before = measure.cpu_seconds([box.daemon.pid])
        started = time.perf_counter()
        status = box.run_to_end("app", writer, seconds=300)
        seconds = time.perf_counter() - started
        cpu = measure.cpu_seconds([box.daemon.pid]) - before
        if status != 0:
            raise RuntimeError(f"logctl run ended with {status}: {box.errors()}")
        return Result(seconds, cpu, box.stored("app"))
