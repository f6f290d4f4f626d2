"""What the suites of `logctl tail` share: logs written by hand, and a running follower.

SPDX-License-Identifier: Apache-2.0
"""
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios

from harness import LOGCTL, SandboxTest, is_readable, tool, wait_until

TIME = "2026-11-21T22:%02d:%02d.%09d"
CREATED = "20261121T221700Z"


def stamp(tick):
    """The time of a tick; a tick is a microsecond."""
    seconds, rest = divmod(tick, 1_000_000)
    return (TIME % (seconds // 60, seconds % 60, rest * 1000)).encode()


def record(tick, content, stream="stdout", tag="F"):
    return b"%sZ %s %s %s\n" % (stamp(tick), stream.encode(), tag.encode(), content)


def event(tick, text):
    return b"%s+00:00 stderr F %s\n" % (stamp(tick), text.encode())


def on_terminal(test, *arguments, columns=40, **environment):
    """The output of a logctl that has a terminal of its own, and its exit status."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 10, columns, 0, 0))
    child = test.box.spawn([LOGCTL, *arguments], stdin=slave, stdout=slave, stderr=slave,
                           env=dict(test.box.environment, TERM="xterm-256color", **environment))
    os.close(slave)
    output = b""
    try:
        while chunk := os.read(master, 65536):
            output += chunk
    except OSError:  # EIO: the other end is closed
        pass
    os.close(master)
    return output.replace(b"\r\n", b"\n"), test.box.wait(child)


class Follower:
    """A running `logctl tail -f` and what it has printed."""

    def __init__(self, test, *options, **popen):
        popen.setdefault("stdout", subprocess.PIPE)
        self.process = test.box.spawn([LOGCTL, "tail", "-f", *options], stderr=subprocess.PIPE,
                                      **popen)
        self.output = b""

    def read(self, condition, seconds=10, what="the follower's output"):
        """Reads until `condition(output)`; returns the output."""
        def is_there():
            while is_readable(self.process.stdout, 0.005):
                chunk = os.read(self.process.stdout.fileno(), 1 << 20)
                self.output += chunk
                if not chunk:
                    break
            return condition(self.output)
        try:
            wait_until(is_there, seconds, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; got {self.output[-2000:]!r}") from None
        return self.output

    def read_lines(self, count):
        return self.read(lambda output: output.count(b"\n") >= count).splitlines()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=10)
        return self.output + self.process.stdout.read()


class TailTest(SandboxTest):
    def setUp(self):
        self.box = self.sandbox()
        self.box.log_dir.mkdir()
        self.box.environment["TZ"] = "UTC"
        for name in ("NO_COLOR", "TERM"):
            self.box.environment.pop(name, None)

    def path(self, log, number, suffix=".log"):
        return self.box.log_dir / log / f"{number:010}-{CREATED}{suffix}"

    def append(self, log, number, *records):
        path = self.path(log, number)
        path.parent.mkdir(exist_ok=True)
        with open(path, "ab") as file:
            file.write(b"".join(records))

    def archive(self, log, *numbers):
        """Puts archives such as logd's in the place of segments; returns their paths."""
        paths = []
        for number in numbers:
            plain, packed = self.path(log, number), self.path(log, number, ".log.gz")
            subprocess.run([tool("archive_tool"), "write", "6", plain, packed], check=True,
                           timeout=60, stdout=subprocess.DEVNULL)
            plain.unlink()
            paths.append(packed)
        return paths

    def tail(self, *arguments, **options):
        return self.box.logctl("tail", *arguments, **options)

    def fails(self, status, *arguments, command="tail", **options):
        done = self.box.logctl(command, *arguments, status=None, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr.decode()

    def follow(self, *options, **popen):
        return Follower(self, *options, **popen)
