# SPDX-License-Identifier: Apache-2.0
"""A stand-in for logd that speaks hand-over version 2, for tests of the shim alone.

It takes bytes as logd does (splice from the pipe into the escrow, whose position is the count), but
keeps them in memory. What a real logd keeps on disk is in a Store, so that one FakeLogd can be
stopped and another one go on with the same Store.
"""

import fcntl
import os
import selectors
import socket
import stat
import struct
import threading

MAGIC = 0x31444C48
ATTACH, STARTED, EXITED, ACCEPTED, REFUSED, STORED = 1, 2, 3, 16, 17, 18
IS_PIPE, IS_FIFO, IS_KEEPER, HAS_EXITED, IS_MERGED = 1, 2, 4, 8, 16
BAD_MESSAGE, PERMISSION, BAD_NAME, LIMIT, GONE, FAILED = 1, 2, 3, 4, 5, 6

_HEADER = struct.Struct("=IHHI")
_ATTACH = struct.Struct("=16sIiiIii72s72s4x")
_STREAM = struct.Struct("=16sB7xQQQ")
_ENVIRONMENT = struct.Struct("=II")
_EXITED = struct.Struct("=iiii")


def pack_header(kind, size, version=1):
    return _HEADER.pack(MAGIC, version, kind, size)


class StoredStream:
    """What a logd remembers of one stream, for good."""

    def __init__(self):
        self.data = bytearray()
        self.cursor = 0  # in the escrow
        self.gaps = {}  # offset in data -> (lines, bytes) dropped there
        self.dropped = (0, 0)


class Store:
    def __init__(self):
        self.streams = {}  # id -> StoredStream

    def stream(self, stream_id):
        return self.streams.setdefault(stream_id, StoredStream())

    def all_data(self):
        return b"".join(bytes(stream.data) for stream in self.streams.values())


class Stream:
    """One stream of one connection."""

    def __init__(self, packed, pipe, escrow, store):
        self.id, self.kind, self.escrow_bytes, lines, dropped_bytes = _STREAM.unpack(packed)
        self.pipe, self.escrow = pipe, escrow
        self.stored = store.stream(self.id)
        self.ended = False
        self.problems = self._check()
        new = (lines - self.stored.dropped[0], dropped_bytes - self.stored.dropped[1])
        self.stored.dropped = (lines, dropped_bytes)
        self._take_escrow()
        if new != (0, 0):
            self.stored.gaps[len(self.stored.data)] = new

    def _check(self):
        problems = []
        if not stat.S_ISFIFO(os.fstat(self.pipe).st_mode):
            problems.append("not a pipe")
        flags = fcntl.fcntl(self.pipe, fcntl.F_GETFL)
        if flags & os.O_ACCMODE != os.O_RDONLY or flags & os.O_NONBLOCK:
            problems.append("pipe flags %o" % flags)
        if fcntl.fcntl(self.escrow, 1034) & 7 != 7:  # F_GET_SEALS: SEAL, SHRINK, GROW
            problems.append("seals")
        if os.fstat(self.escrow).st_size != self.escrow_bytes:
            problems.append("escrow size")
        return problems

    def _take_escrow(self):
        position = os.lseek(self.escrow, 0, os.SEEK_CUR)
        if position < self.stored.cursor:
            self.stored.cursor = 0
        while self.stored.cursor < position:
            got = os.pread(self.escrow, position - self.stored.cursor, self.stored.cursor)
            self.stored.data += got
            self.stored.cursor += len(got)

    def take(self):
        """Takes what is in the pipe; returns False at its end."""
        free = self.escrow_bytes - os.lseek(self.escrow, 0, os.SEEK_CUR)
        if free < self.escrow_bytes // 4:
            os.lseek(self.escrow, 0, os.SEEK_SET)
            self.stored.cursor = 0
            free = self.escrow_bytes
        try:
            moved = os.splice(self.pipe, self.escrow, free, flags=2)  # SPLICE_F_NONBLOCK
        except BlockingIOError:
            return True
        self._take_escrow()
        self.ended = moved == 0
        return not self.ended


class Run:
    """One connection of a shim, as logd sees it."""

    def __init__(self, connection):
        self.connection = connection
        self.credentials = struct.unpack("3i", connection.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        self.buffer = b""
        self.fds = []
        self.streams = []
        self.attached = False
        self.gone = False  # the shim has closed the connection
        self.started_pid = None
        self.exited = None  # (pid, code, signal)
        self.stored_sent = False

    def parse_attach(self, body, store):
        (self.run_id, self.flags, self.pid, self.instance, count, self.exit_code,
         self.exit_signal, name, command) = _ATTACH.unpack_from(body)
        self.process = name.rstrip(b"\0").decode()
        self.command = command.rstrip(b"\0").decode()
        if self.flags & HAS_EXITED:
            self.exited = (self.pid, self.exit_code, self.exit_signal)
        at = _ATTACH.size
        self.environment = self.parse_environment(body, at + 2 * _STREAM.size)
        self.streams = [
            Stream(body[at + i * _STREAM.size:at + (i + 1) * _STREAM.size],
                   self.fds[2 * i], self.fds[2 * i + 1], store) for i in range(count)]

    @staticmethod
    def parse_environment(body, place):
        """The values that are handed over, oldest first."""
        at, size = _ENVIRONMENT.unpack_from(body, place)
        at -= _HEADER.size
        end, values = at + size, []
        while size and at < end:
            length, = struct.unpack_from("=I", body, at)
            values.append(body[at + 4:at + 4 + length].decode())
            at += 4 + length
        return values

    def data(self, kind=1):
        """What is stored of the stream of this kind."""
        return bytes(next(s for s in self.streams if s.kind == kind).stored.data)

    @property
    def problems(self):
        return [problem for stream in self.streams for problem in stream.problems]


class FakeLogd:
    """Serves a socket in a thread of its own until stop(), which is like a kill."""

    def __init__(self, path, store=None, answer=True, refuse=None, takes=True, stores=True):
        self.path = path
        self.store = store or Store()
        self.answer = answer  # False: takes connections and says nothing
        self.refuse = refuse  # (code, text)
        self.takes = takes  # False: never reads a pipe
        self.stores = stores  # False: never says that everything is stored
        self.runs = []  # every attach that came, oldest first
        self.changed = threading.Condition()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if os.path.exists(path):
            os.unlink(path)
        self._listener.bind(path)
        os.chmod(path, 0o666)
        self._listener.listen(1024)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._wake_in, self._wake_out = os.pipe()
        self._selector.register(self._wake_in, selectors.EVENT_READ, None)
        self._connections = []
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, unlink=False):
        if self._stopping:
            return
        self._stopping = True
        os.write(self._wake_out, b"x")
        self._thread.join()
        for run in self._connections:
            self._drop(run)
        self._listener.close()
        self._selector.close()
        os.close(self._wake_in)
        os.close(self._wake_out)
        if unlink:
            os.unlink(self.path)

    def wait_for(self, condition, what="condition", timeout=10):
        """Waits until condition(self) holds, and returns what it returned."""
        with self.changed:
            result = [None]

            def holds():
                result[0] = condition(self)
                return result[0]
            if not self.changed.wait_for(holds, timeout):
                raise AssertionError("not within %s s: %s" % (timeout, what))
            return result[0]

    def wait_for_run(self, count=1):
        return self.wait_for(lambda d: d.runs[count - 1] if len(d.runs) >= count else None,
                             "%d runs attached" % count)

    def wait_for_stored(self, run):
        self.wait_for(lambda _: run.stored_sent, "all is stored")

    def wait_for_data(self, run, part, kind=1):
        """Waits until `part` is in what is stored of a stream; returns all of it."""
        self.wait_for(lambda _: part in run.data(kind), "%r is stored" % part)
        return run.data(kind)

    def _serve(self):
        while not self._stopping:
            for key, _ in self._selector.select():
                if key.data is None:
                    continue
                with self.changed:
                    key.data()
                    self.changed.notify_all()

    def _accept(self):
        connection, _ = self._listener.accept()
        run = Run(connection)
        self._connections.append(run)
        if self.answer:
            self._selector.register(connection, selectors.EVENT_READ, lambda: self._read(run))

    def _read(self, run):
        try:
            data, fds, _, _ = socket.recv_fds(run.connection, 4096, 8)
        except ConnectionResetError:
            data, fds = b"", []
        run.fds += fds
        if not data:
            # What is still in the pipes is taken all the same.
            run.gone = True
            self._selector.unregister(run.connection)
            return
        run.buffer += data
        while len(run.buffer) >= _HEADER.size:
            magic, version, kind, size = _HEADER.unpack_from(run.buffer)
            assert magic == MAGIC and version == 2, run.buffer[:16]
            if len(run.buffer) < size:
                break
            body, run.buffer = run.buffer[_HEADER.size:size], run.buffer[size:]
            self._take(run, kind, body)

    def _take(self, run, kind, body):
        if kind == ATTACH:
            if self.refuse:
                code, text = self.refuse
                self.runs.append(run)
                self._send(run, REFUSED, struct.pack("=II256s", code, 0, text.encode()))
                return
            run.parse_attach(body, self.store)
            for older in self._connections:
                if older is not run and older.attached and older.run_id == run.run_id:
                    self._drop(older)
            run.attached = True
            self.runs.append(run)
            self._send(run, ACCEPTED)
            for stream in run.streams:
                self._watch(run, stream)
        elif kind == STARTED:
            run.started_pid = struct.unpack_from("=i", body)[0]
        elif kind == EXITED:
            run.exited = _EXITED.unpack(body)[:3]
        self._finish(run)

    def _watch(self, run, stream):
        if not self.takes:
            return

        def take():
            if not stream.take():
                self._selector.unregister(stream.pipe)
                self._finish(run)
        self._selector.register(stream.pipe, selectors.EVENT_READ, take)

    def _finish(self, run):
        if run.stored_sent or not self.stores or not run.attached:
            return
        if run.exited and all(stream.ended for stream in run.streams):
            run.stored_sent = True
            self._send(run, STORED)

    def send_stored(self, run):
        run.stored_sent = True
        self._send(run, STORED)

    def _send(self, run, kind, body=b""):
        try:
            run.connection.sendall(pack_header(kind, _HEADER.size + len(body)) + body)
        except OSError:
            pass

    def _drop(self, run):
        run.attached = False
        for fd in run.fds:
            self._forget(fd)
            os.close(fd)
        run.fds = []
        self._forget(run.connection)
        run.connection.close()

    def _forget(self, file):
        try:
            self._selector.unregister(file)
        except (KeyError, ValueError):
            pass
