"""Starts, stops and kills logd in a temporary directory, for system tests and benchmarks.

A Sandbox is one log_dir and run_dir with at most one logd, and everything started beside it;
closing it ends all of that, orphans included, and removes the directory. Nothing here sleeps for a
fixed time: readiness comes over sd_notify, all else is a condition with a deadline.
SPDX-License-Identifier: Apache-2.0
"""
import atexit
import ctypes
import json
import mmap
import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("LOGD_BIN", REPOSITORY / "build" / "dev" / "bin"))
LOGCTL = str(BIN / "logctl")
IS_FULL = os.environ.get("LOGD_TEST_FULL", "") not in ("", "0")

# Orphans (keepers, children that a program left behind) become ours, so that close() finds them.
LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_CHILD_SUBREAPER = 36
LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
# A shell that runs us in the background ignores INT, and what we start would inherit that. TERM, as
# of a time-out, ends us in the same way: unittest then leaves its cleanups out, atexit runs. What
# comes after the first, as from timeout(1), would end atexit as well.
_ENDS = (signal.SIGINT, signal.SIGTERM)


def _end_once(*_):
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


for _number in _ENDS:
    signal.signal(_number, _end_once)


def tool(name):
    """Path of a load tool; they are built beside logd."""
    return str(BIN / name)


def wait_until(condition, seconds=10, what="the condition", interval=0.002):
    """Polls until `condition()` is true and returns its value; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(interval)


def json_lines(path):
    """The values of a file that others may be writing: a last line without an end is not taken, as
    a write that goes over the border of a page is seen in parts. Empty while there is no file."""
    try:
        with open(path, "rb") as file:
            return [json.loads(line) for line in file if line.endswith(b"\n")]
    except FileNotFoundError:
        return []


def is_readable(file, seconds=0):
    """True once `file` (a descriptor or socket) has something to read, within `seconds`."""
    return bool(select.select([file], [], [], seconds)[0])


def status_field(pid, field):
    """A number of /proc/PID/status, such as VmHWM (in KiB); 0 if there is none."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0


def descriptors(pid, kind):
    """How many descriptors of `pid` name something that starts with `kind`."""
    count = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            count += os.readlink(f"/proc/{pid}/fd/{name}").startswith(kind)
        except OSError:
            pass
    return count


def children_of(pids):
    """All descendants of `pids`, as a dict of pid to command line."""
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as stat:
                parents[int(entry)] = int(stat.read().rpartition(b")")[2].split()[1])
        except OSError:
            continue
    found, wanted = {}, set(pids)
    while wanted:
        wanted = {pid for pid, parent in parents.items() if parent in wanted and pid not in found}
        for pid in wanted:
            found[pid] = command_line(pid)
    return found


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


class Counters:
    """The counters of a line_writer (load/counters.h), readable while and after it runs."""

    def __init__(self, path):
        self.path = str(path)
        with open(self.path, "wb") as file:
            file.write(bytes(64))
        with open(self.path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 64)

    def _number(self, index):
        return struct.unpack_from("=Q", self._map, 8 * index)[0]

    def lines(self, stream):
        return self._number(stream)

    def error(self, stream):
        return self._number(4 + stream)

    def is_finished(self):
        return self._number(6) == 1

    def stop(self):
        struct.pack_into("=Q", self._map, 56, 1)

    def close(self):
        self._map.close()


class Sandbox:
    """A log_dir and run_dir of their own, one logd, and all that is started beside it."""

    open_boxes = []

    def __init__(self, config="", directory=None, prefix=(), binaries=BIN):
        """`prefix` goes before the command of logd, as in ["setpriv", "--reuid", "1000"]."""
        self.logd_program, self.logctl_program = str(binaries / "logd"), str(binaries / "logctl")
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="logd-test-", dir=directory))
        self.root.chmod(0o755)
        self.log_dir = self.root / "log"
        self.run_dir = self.root / "run"
        self.config = self.root / "logd.toml"
        self.config.write_text(config)
        self.prefix = list(prefix)
        # The tests' own variables are not logd's: it warns of those that name no key.
        inherited = {name: value for name, value in os.environ.items()
                     if not name.startswith(("LOGD_TEST_", "LOGD_SANITIZED"))}
        self.environment = dict(inherited, XDG_CONFIG_HOME=str(self.root),
                                LOGD_CONFIG=str(self.config),
                                LOGD_LOG_DIR=str(self.log_dir), LOGD_RUN_DIR=str(self.run_dir))
        self.daemon = None
        self._children = []
        self._sizes = {}
        self._errors = open(self.root / "logd.err", "ab")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.notify.bind(str(self.root / "notify"))
        os.chmod(self.root / "notify", 0o777)
        Sandbox.open_boxes.append(self)

    # --- the daemon

    def start(self, seconds=10):
        """Starts logd and returns once it says that it is ready."""
        while is_readable(self.notify):
            self.notify.recv(4096)
        environment = dict(self.environment, NOTIFY_SOCKET=str(self.root / "notify"))
        # In a session of its own, as every supervisor starts a daemon.
        self.daemon = self.spawn(self.prefix + [self.logd_program], env=environment,
                                 stderr=self._errors, start_new_session=True)
        deadline = time.monotonic() + seconds
        while True:
            if is_readable(self.notify, 0.02):
                if b"READY=1" in self.notify.recv(4096).split(b"\n"):
                    return self
            if self.daemon.poll() is not None:
                raise AssertionError(f"logd ended with {self.daemon.returncode}: {self.errors()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"logd is not ready after {seconds} s: {self.errors()}")

    def kill(self):
        """kill -9; returns once it is gone."""
        self.daemon.kill()
        self.daemon.wait()
        self.daemon = None

    def stop(self, seconds=10):
        """Stops logd with TERM; returns how long it took. Its status must be 0."""
        started = time.monotonic()
        self.daemon.send_signal(signal.SIGTERM)
        status = self.daemon.wait(timeout=seconds)
        self.daemon = None
        if status != 0:
            raise AssertionError(f"logd stopped with {status}: {self.errors()}")
        return time.monotonic() - started

    def errors(self):
        """What logd said on stderr, its end."""
        return (self.root / "logd.err").read_bytes()[-4000:].decode(errors="replace")

    # --- programs beside it

    def spawn(self, command, **options):
        """Popen in this sandbox's environment; close() ends it."""
        options.setdefault("env", self.environment)
        options.setdefault("stdin", subprocess.DEVNULL)
        child = subprocess.Popen([str(part) for part in command], **options)
        self._children.append(child)
        return child

    def run(self, name, command, instance=None, options=(), prefix=(), **popen):
        """Starts `logctl run NAME -- COMMAND`."""
        where = [] if instance is None else ["--instance", str(instance)]
        return self.spawn([*prefix, self.logctl_program, "run", name, *where, *options, "--",
                           *command], **popen)

    def run_to_end(self, name, command, seconds=60, **options):
        """Runs COMMAND under logctl until logctl returns; returns its status."""
        return self.wait(self.run(name, command, **options), seconds)

    def wait(self, child, seconds=60):
        """Status of a child, at the moment when it ends: Popen.wait() looks only every 50 ms."""
        if child.returncode is None:
            pidfd = os.pidfd_open(child.pid)
            try:
                if not is_readable(pidfd, seconds):
                    raise subprocess.TimeoutExpired(child.args, seconds)
            finally:
                os.close(pidfd)
        return child.wait()

    def logctl(self, *arguments, status=0, seconds=60, prefix=(), **options):
        """Runs logctl and returns its output as bytes; `status` None accepts any exit status."""
        options.setdefault("env", self.environment)
        command = [*prefix, self.logctl_program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False,
                              stdin=subprocess.DEVNULL, **options)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{' '.join(command)}: status {done.returncode} for {status}: "
                                 f"{done.stderr.decode(errors='replace')}{self.errors()}")
        return done if status is None else done.stdout

    def raw(self, name, *options):
        """Every byte that was stored of a process."""
        return self.logctl("tail", name, "-n", "all", "-o", "raw", *options)

    # --- what is on disk

    def segments(self, log):
        """Names of the plain segments of a log, oldest first."""
        try:
            names = os.listdir(self.log_dir / log)
        except FileNotFoundError:
            return []
        return sorted(name for name in names if name[:1].isdigit() and name.endswith(".log"))

    def stored(self, log):
        """Bytes in all segments of a log."""
        try:
            names = sorted(name for name in os.listdir(self.log_dir / log) if name[:1].isdigit())
        except FileNotFoundError:
            return 0
        # Only the newest grow: with thousands of segments this is polled a thousand times a second.
        closed, newest = names[:-2], names[-2:]
        known = self._sizes.get(log, {})
        sizes = {name: known[name] for name in closed if name in known}
        for name in closed + newest:
            if name not in sizes:
                try:
                    sizes[name] = os.stat(self.log_dir / log / name).st_size
                except FileNotFoundError:
                    pass
        self._sizes[log] = {name: size for name, size in sizes.items() if name not in newest}
        return sum(sizes.values())

    # --- the end

    def close(self):
        """Ends everything that was started here and removes the directory; may be called again."""
        if self not in Sandbox.open_boxes:
            return
        for child in self._children:
            if child.poll() is None:
                child.kill()
        for child in self._children:
            child.wait()
            for pipe in (child.stdin, child.stdout, child.stderr):
                try:
                    if pipe:
                        pipe.close()
                except BrokenPipeError:  # what a test wrote last, into a child that has gone
                    pass
        self._children.clear()
        Sandbox.open_boxes.remove(self)
        self._end_orphans()
        self.notify.close()
        self._errors.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def _end_orphans(self, seconds=10):
        deadline = time.monotonic() + seconds
        while (left := self._orphans()) and time.monotonic() < deadline:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                except (ProcessLookupError, ChildProcessError):
                    pass

    def _orphans(self):
        """Our descendants that belong to this sandbox: all of them if no other one is open."""
        mine = str(self.root).encode()
        orphans = []
        for pid in children_of([os.getpid()]):
            try:
                with open(f"/proc/{pid}/environ", "rb") as environ:
                    text = environ.read()
            except OSError:
                continue
            if mine in text or not Sandbox.open_boxes:
                orphans.append(pid)
        return orphans

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@atexit.register
def close_all():
    """Whatever ended the tests: an interrupt, a time-out."""
    for box in list(Sandbox.open_boxes):
        box.close()


class SandboxTest(unittest.TestCase):
    """A test with sandboxes that end with it, and logd's own words if it fails."""

    def sandbox(self, config="", **options):
        made = Sandbox(config, **options)
        self.addCleanup(made.close)
        return made

    def started(self, config="", **options):
        """A sandbox with a logd that is ready."""
        return self.sandbox(config, **options).start()
