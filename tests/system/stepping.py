"""Stops a process before each of its system calls, by ptrace: a kill there lies between two steps.

Only the thread that made a Stepper may use it.
SPDX-License-Identifier: Apache-2.0
"""
import ctypes
import os
import signal
import struct
import subprocess
import time

from harness import LIBC

_DETACH, _SYSCALL = 17, 24
_GET_EVENT, _SEIZE, _INTERRUPT, _GET_INFO = 0x4201, 0x4206, 0x4207, 0x420e
_OPTION_SYSGOOD, _OPTION_FORK, _OPTION_VFORK = 1, 2, 4
_EVENTS_FORK = (1, 2)  # posix_spawn is a vfork
_ENTRY = 1
_WALL = 0x40000000
_STOPPED_BY_CALL = signal.SIGTRAP | 0x80

LIBC.ptrace.restype = ctypes.c_long
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request, tid, address=None, data=None):
    if LIBC.ptrace(request, tid, address, data) < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"ptrace({request:#x}, {tid}): {os.strerror(error)}")


def can_trace():
    """Whether a test may do this here."""
    if os.uname().machine != "x86_64":
        return False
    child = subprocess.Popen(["sleep", "60"])
    try:
        Stepper(child.pid).let_go()
    except OSError:
        return False
    finally:
        child.kill()
        child.wait()
    return True


def threads_of(pid):
    """In the order in which they were started, even if numbers begin anew in between."""
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as file:
        numbers = int(file.read())
    return sorted(map(int, os.listdir(f"/proc/{pid}/task")), key=lambda tid: (tid - pid) % numbers)


class Stepper:
    """Holds one thread; `pid` is its process, which kill() ends."""

    def __init__(self, tid, pid=None, until_fork=False):
        self._begin(tid, pid or tid)
        options = _OPTION_SYSGOOD | (_OPTION_FORK | _OPTION_VFORK if until_fork else 0)
        _ptrace(_SEIZE, tid, None, options)
        _ptrace(_INTERRUPT, tid)
        self._await_stop(time.monotonic() + 10)

    def take_child(self, seconds=10):
        """Goes on until it forks: a Stepper of the child, held before its first call. This one was
        made `until_fork`, and lets go."""
        deadline = time.monotonic() + seconds
        while self._child is None:
            if not self._proceed(deadline):
                raise AssertionError("it has forked nobody")
        child = object.__new__(Stepper)
        child._begin(self._child, self._child)
        child._await_stop(deadline)
        self.let_go()
        return child

    def run_to(self, call, is_over=lambda: False, seconds=30):
        """Goes on to the entry of the call with this number, from 0 and from now on; False if the
        process has ended, or it is over, before."""
        deadline = time.monotonic() + seconds
        met = 0
        while self._proceed(deadline, is_over):
            if self._is_entry():
                if met == call:
                    return True
                met += 1
        return False

    def kill(self):
        """kill -9; returns when this thread is gone."""
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        while not self._has_ended:
            self._wait(time.monotonic() + 10)

    def let_go(self):
        """May be called again."""
        if self._has_ended:
            return
        self._has_ended = True  # for us
        try:
            _ptrace(_DETACH, self.tid)
        except OSError:  # it runs: a stop comes first
            _ptrace(_INTERRUPT, self.tid)
            if self._wait(time.monotonic() + 10):
                _ptrace(_DETACH, self.tid)

    def path_at(self, address):
        """The string at this address of the process."""
        with open(f"/proc/{self.pid}/mem", "rb") as memory:
            memory.seek(address)
            return memory.read(512).split(b"\0")[0].decode(errors="replace")

    def _begin(self, tid, pid):
        self.tid, self.pid = tid, pid
        self.calls = []  # number and arguments of each that was met
        self._status = self._signal = 0
        self._has_ended = False
        self._child = None

    def _proceed(self, deadline, is_over=lambda: False):
        """To the next stop at a call or a fork; False if there is none any more."""
        if self._has_ended:
            return False
        _ptrace(_SYSCALL, self.tid, None, self._signal)
        return self._await_stop(deadline, is_over)

    def _await_stop(self, deadline, is_over=lambda: False):
        while self._wait(deadline, is_over):
            event, number = self._status >> 16, os.WSTOPSIG(self._status)
            self._signal = 0
            if event in _EVENTS_FORK:
                message = ctypes.c_ulong()
                _ptrace(_GET_EVENT, self.tid, None, ctypes.addressof(message))
                self._child = message.value
                return True
            if number == _STOPPED_BY_CALL or event:
                return True
            _ptrace(_SYSCALL, self.tid, None, number)  # a signal, which it is to have
        return False

    def _wait(self, deadline, is_over=lambda: False):
        """Takes the next change of state; False if it has ended or it is over."""
        while True:
            found, self._status = os.waitpid(self.tid, _WALL | os.WNOHANG)
            if found:
                self._has_ended = not os.WIFSTOPPED(self._status)
                return not self._has_ended
            if is_over():
                return False
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.tid} stands still after {len(self.calls)} calls")
            time.sleep(0.0002)

    def _is_entry(self):
        info = ctypes.create_string_buffer(88)
        if LIBC.ptrace(_GET_INFO, self.tid, len(info), ctypes.addressof(info)) < 0:
            return False
        if info.raw[0] != _ENTRY:
            return False
        self.calls.append(struct.unpack_from("=7Q", info.raw, 24))
        return True
