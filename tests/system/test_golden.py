#!/usr/bin/env python3
"""Every `-o` of `logctl tail`, byte for byte, on a terminal and into a pipe; and what a terminal
does: Ctrl-C, a width, an end.

What is expected stands in golden/: `test_golden.py --write` writes it anew, to be read before it is
kept. SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import unittest

from harness import LOGCTL, is_readable, wait_until
from tail_testing import TailTest, event, on_terminal, record

GOLDEN = pathlib.Path(__file__).with_name("golden")
MODES = ("short", "iso", "json", "raw", "cat", "cri", "logfmt", "pm2")
IS_WRITING = "--write" in sys.argv

HOSTILE = (
    b"plain text",
    b"tab\there, bell\x07, back\x08space, CR\rover, NUL\0, DEL\x7f",
    b"\x1b[31mred and never reset",
    b"\x1b[1;32mgreen\x1b[0m \x1b]0;title\x07\x1b[2J\x1b[999;1H\x1b]52;c;ZXZpbA==\x1b\\",
    "bidi \u202egnp.exe\u202c \u2066iso\u2069, zero \u200bwidth, \u2028 line".encode(),
    b"C1 \x9b31m \xc2\x9b31m, bad UTF-8 \xff\xc3( \xe2\x82",
    "caf\u00e9 \u65e5\u672c\u8a9e \U0001f600".encode(),
    b"ERROR something broke",
    b'{"level":"warn","msg":"a \\"quoted\\" word","n":1}',
    b"level=info msg=\"as logfmt\" n=2",
    b"",
)


class Golden(TailTest):
    def setUp(self):
        super().setUp()
        for tick, content in enumerate(HOSTILE):
            name = ("api", "web@1")[tick % 2]
            self.append(name, 1, record(2 * tick, content, ("stdout", "stderr")[tick % 3 == 2]))
        self.append("api", 1, event(100, "started run 7: pid 42, uid 1000, node"),
                    record(101, b"x" * 100), record(102, b"first ", tag="P"),
                    record(103, b"second"))

    def expect(self, name, output):
        path = GOLDEN / name
        if IS_WRITING:
            GOLDEN.mkdir(exist_ok=True)
            path.write_bytes(output)
        self.assertEqual(output, path.read_bytes(), name)

    def test_into_a_pipe(self):
        for mode in MODES:
            with self.subTest(mode):
                output = self.tail("-n", "all", "--events", "-o", mode)
                self.expect(f"{mode}.pipe", output)

    def test_on_a_terminal(self):
        for mode in MODES:
            with self.subTest(mode):
                output, status = on_terminal(self, "tail", "-n", "all", "--events", "-o", mode)
                self.assertEqual(status, 0)
                self.expect(f"{mode}.terminal", output)

    def test_terminals_are_safe_in_every_mode(self):
        """Whatever the golden files say: no escape sequence but colours, which end with the line;
        no control byte, no bidirectional override, nothing that is not UTF-8."""
        for mode in MODES:
            output, _ = on_terminal(self, "tail", "-n", "all", "--events", "-o", mode)
            for line in output.split(b"\n"):
                text = line.decode()  # or it is not UTF-8
                bare = strip_colours(text)
                bad = [c for c in bare if (ord(c) < 0x20 and c != "\t") or 0x7f <= ord(c) < 0xa0
                       or c in "\u2028\u2029\u200e\u200f\u061c"
                       or 0x202a <= ord(c) <= 0x202e or 0x2066 <= ord(c) <= 0x2069]
                self.assertEqual(bad, [], (mode, line))
                self.assertIn(colours(text)[-1:], ([], ["0"], ["22"]), (mode, line))

    def test_raw_is_every_byte(self):
        contents = [line + b"\n" for line in HOSTILE]
        self.assertEqual(self.tail("web@1", "-n", "all", "-o", "raw"), b"".join(contents[1::2]))

    def test_neither_width_nor_terminal_change_what_is_shown(self):
        narrow, _ = on_terminal(self, "tail", "-n", "all", "-o", "short", columns=20)
        wide, _ = on_terminal(self, "tail", "-n", "all", "-o", "short", columns=400)
        self.assertEqual(narrow, wide)
        self.assertIn(b"x" * 100, narrow)
        for size in ("3", "all"):
            lines = on_terminal(self, "tail", "-n", size, "-o", "cat", "--color", "never")[0]
            self.assertEqual(lines.count(b"\n"), self.tail("-n", size, "-o", "cat").count(b"\n"))


def colours(text):
    return re.findall("\x1b\\[([0-9;]*)m", text)


def strip_colours(text):
    return re.sub("\x1b\\[[0-9;]*m", "", text)


class Terminal(TailTest):
    def test_stats_counts_what_it_counts_into_a_pipe(self):
        self.append("web", 1, record(1, b"ERROR boom"),
                    *[record(tick, b"    at frame %d" % tick) for tick in range(2, 7)])
        stats = ("stats", "-g", "ERROR", "--json")
        self.assertEqual(on_terminal(self, *stats)[0], self.box.logctl(*stats))
        shown, _ = on_terminal(self, "tail", "-g", "ERROR", "-o", "cat", "--color", "never")
        self.assertEqual(shown.count(b"\n"), 6)

    def test_ctrl_c_ends_a_follower_and_the_prompt_is_clean(self):
        self.append("web", 1, record(1, b"\x1b[31mred"))
        pid, master = pty.fork()
        if pid == 0:
            environment = dict(self.box.environment, TERM="xterm")
            os.execve(LOGCTL, [LOGCTL, "tail", "-f", "web"], environment)
        output = b""

        def has_line():
            nonlocal output
            if is_readable(master, 0.01):
                output += os.read(master, 4096)
            return b"\n" in output
        wait_until(has_line, 10, "a line")
        os.write(master, b"\x03")
        _, status = os.waitpid(pid, 0)
        try:
            while chunk := os.read(master, 4096):
                output += chunk
        except OSError:
            pass
        os.close(master)
        # As a shell sees it, 130.
        self.assertTrue(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT
                        or os.WIFEXITED(status) and os.WEXITSTATUS(status) == 130, status)
        self.assertIn(b"red\x1b[0m\r\n", output)

    def test_what_a_shell_sees(self):
        self.append("web", 1, *[record(tick, b"line %d" % tick) for tick in range(50_000)])
        script = f"{LOGCTL} tail web -n all -o raw | head -n 2; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", script], env=self.box.environment, check=True,
                              capture_output=True, timeout=30)
        self.assertEqual(done.stdout, b"line 0\nline 1\n141\n")
        self.assertEqual(done.stderr, b"")

    def test_in_pipes_of_the_usual_programs(self):
        everything = bytes(range(256)).replace(b"\n", b"")
        self.append("web", 1, record(1, everything), record(2, b"needle", "stderr"),
                    *[record(3 + byte, b"%c" % byte) for byte in range(256) if byte != 10])
        done = subprocess.run(
            ["bash", "-c", f"{LOGCTL} tail --json -n all | jq -c '[.v, .stream, .message_b64]'"],
            env=self.box.environment, check=True, capture_output=True, timeout=30)
        self.assertEqual(done.stdout.count(b"\n"), 257)
        self.assertEqual(done.stderr, b"")
        done = subprocess.run(["bash", "-c", f"{LOGCTL} tail -n all | grep -c '! needle'"],
                              env=self.box.environment, check=True, capture_output=True, timeout=30)
        self.assertEqual(done.stdout, b"1\n")


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--write"])
