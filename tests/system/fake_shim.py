"""The shim's half of the hand-over protocol (src/capture/handover.h), to misuse it in tests.

SPDX-License-Identifier: Apache-2.0
"""
import fcntl
import os
import socket
import struct

MAGIC, VERSION = 0x31444C48, 1
ATTACH, STARTED, EXITED, ACCEPTED, REFUSED, STORED = 1, 2, 3, 16, 17, 18
STDOUT, STDERR = 1, 2
BAD_MESSAGE, PERMISSION, BAD_NAME, LIMIT = 1, 2, 3, 4
ESCROW_BYTES = 1 << 20  # four times the default max_line

_HEADER = struct.Struct("=IHHI")
_ATTACH = struct.Struct("=16sIiiIii72s72s4x")
_STREAM = struct.Struct("=16sB7xQQQ")
_EXITED = struct.Struct("=iiiI")
_ADD_SEALS, _SEAL_SEAL, _SEAL_SHRINK, _SEAL_GROW = 1033, 1, 2, 4
ALL_SEALS = _SEAL_SEAL | _SEAL_SHRINK | _SEAL_GROW


def header(kind, size, magic=MAGIC, version=VERSION):
    return _HEADER.pack(magic, version, kind, size)


def escrow(size=ESCROW_BYTES, seals=ALL_SEALS):
    """A new memfd as the shim makes it."""
    memfd = os.memfd_create("escrow", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(memfd, size)
    if seals:
        fcntl.fcntl(memfd, _ADD_SEALS, seals)
    return memfd


def attach_message(name, streams=(STDOUT,), escrow_bytes=ESCROW_BYTES, stream_count=None, **head):
    """The bytes of an attach; `name` may be longer than fits or hold anything."""
    if stream_count is None:
        stream_count = len(streams)
    body = _ATTACH.pack(os.urandom(16), 0, os.getpid(), -1, stream_count, 0, 0,
                        name.encode(), b"fake")
    for i in range(2):
        kind = streams[i] if i < len(streams) else 0
        body += _STREAM.pack(os.urandom(16), kind, escrow_bytes, 0, 0)
    head.setdefault("kind", ATTACH)
    head.setdefault("size", _HEADER.size + len(body))
    return header(**head) + body


def with_environment(message, values, at=None, size=None):
    """An attach of version 2: `values` behind it, perhaps said to be elsewhere or of other size."""
    packed = b"".join(struct.pack("=I", len(value)) + value for value in values)
    end = len(message) + 8
    at, size = end if at is None else at, len(packed) if size is None else size
    body = message[_HEADER.size:] + struct.pack("=II", at, size) + packed
    return header(ATTACH, _HEADER.size + len(body), version=2) + body


class FakeShim:
    """One connection to capture.sock, with a pipe and an escrow for one stream."""

    def __init__(self, box):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(str(box.run_dir / "capture.sock"))
        self.read_end, self.write_end = os.pipe()
        self.escrow = escrow()
        self._rest = b""

    def attach(self, name="fake", descriptors=None, **fields):
        """Sends an attach; returns what comes back (see answer())."""
        self.send(attach_message(name, **fields), descriptors)
        return self.answer()

    def send(self, message, descriptors=None):
        if descriptors is None:
            descriptors = [self.read_end, self.escrow]
        try:
            socket.send_fds(self.socket, [message], descriptors)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it hung up already; answer() says so

    def answer(self):
        """Type of the next message, with the code if it is a refusal; None for a closed connection,
        "silence" if nothing comes within 10 s."""
        try:
            while len(self._rest) < _HEADER.size or len(self._rest) < self._size():
                more = self.socket.recv(65536)
                if not more:
                    return None
                self._rest += more
        except ConnectionResetError:
            return None
        except TimeoutError:
            return "silence"
        message, self._rest = self._rest[:self._size()], self._rest[self._size():]
        kind = _HEADER.unpack_from(message)[2]
        if kind == REFUSED:
            return kind, struct.unpack_from("=I", message, _HEADER.size)[0]
        return kind

    def _size(self):
        return _HEADER.unpack_from(self._rest)[3]

    def write(self, data):
        os.write(self.write_end, data)

    def end(self, code=0):
        """Closes the writer's end and says that the command has exited."""
        os.close(self.write_end)
        self.write_end = -1
        message = header(EXITED, _HEADER.size + _EXITED.size)
        self.send(message + _EXITED.pack(os.getpid(), code, 0, 0), [])

    def close(self):
        """Gives up everything; may be called again."""
        self.socket.close()
        for descriptor in (self.read_end, self.write_end, self.escrow):
            if descriptor >= 0:
                os.close(descriptor)
        self.read_end = self.write_end = self.escrow = -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
