#!/usr/bin/env python3
"""`logctl top` in a real terminal (tmux), and without one.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from harness import LOGCTL, SandboxTest, wait_until

ONE_A_SECOND = "i=0; while :; do i=$((i+1)); echo out $i; echo err $i >&2; sleep 0.02; done"


class Terminal:
    """A tmux session of its own that runs one command."""

    def __init__(self, test, command, columns=150, rows=30):
        self.directory = tempfile.mkdtemp(prefix="logd-test-tmux-")
        self.base = ["tmux", "-S", f"{self.directory}/socket", "-f", "/dev/null"]
        test.addCleanup(self.close)
        environment = dict(os.environ, LANG="C.UTF-8", TERM="xterm-256color")
        environment.pop("NO_COLOR", None)
        # Ctrl-C goes to the shell too, which must stay.
        shell = "trap : INT; " + " ".join(command) + "; echo left $?; exec sleep 1000"
        size = ["-x", str(columns), "-y", str(rows)]
        subprocess.run([*self.base, "new-session", "-d", *size, shell], env=environment,
                       check=True)

    def close(self):
        subprocess.run([*self.base, "kill-server"], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.directory)

    def keys(self, *keys):
        subprocess.run([*self.base, "send-keys", *keys], check=True)

    def picture(self, *options):
        return subprocess.run([*self.base, "capture-pane", "-p", *options], capture_output=True,
                              text=True, check=True).stdout

    def wait_for(self, pattern, *options):
        """The picture in which `pattern` is found."""
        found = []

        def look():
            found[:] = [self.picture(*options)]
            return re.search(pattern, found[0], re.MULTILINE)
        try:
            wait_until(look, 15, pattern, 0.02)
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows:\n{found[0]}") from None
        return found[0]

    def pid_of(self, name):
        pane = subprocess.run([*self.base, "list-panes", "-F", "#{pane_pid}"], capture_output=True,
                              text=True, check=True).stdout.strip()
        children = subprocess.run(["pgrep", "-P", pane, name], capture_output=True, text=True,
                                  check=False).stdout.split()
        return int(children[0])

    def resize(self, columns, rows):
        subprocess.run([*self.base, "resize-window", "-x", str(columns), "-y", str(rows)],
                       check=True)


class Top(SandboxTest):
    def setUp(self):
        super().setUp()
        self.box = self.started()
        for name in ("api", "web"):
            self.box.run(name, ["sh", "-c", ONE_A_SECOND])
        wait_until(lambda: self.box.stored("web") > 3 and self.box.stored("api") > 3)

    def command(self, *options):
        return [LOGCTL, "--log-dir", str(self.box.log_dir), "--run-dir", str(self.box.run_dir),
                "top", *options]

    def terminal(self, *options, **size):
        return Terminal(self, self.command("--interval", "200ms", *options), **size)

    def top(self, *options):
        return subprocess.run(self.command(*options), capture_output=True, text=True, check=False)

    def test_without_a_terminal(self):
        for options in ((), ("--once",)):
            shown = self.top("--interval", "300ms", *options)
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            lines = shown.stdout.splitlines()
            self.assertRegex(lines[0], r"^PROCESS +RUNS +LINES/S")
            self.assertEqual([line.split()[0] for line in lines[1:]], ["api", "web"])

    def test_json(self):
        shown = json.loads(self.top("--once", "--json", "--interval", "500ms").stdout)
        self.assertEqual(shown["v"], 1)
        self.assertEqual(shown["state"], "ok")
        web = shown["processes"][1]
        self.assertEqual((web["process"], web["instance"], web["runs"]), ("web", None, 1))
        self.assertGreater(web["lines_per_s"], 1)
        self.assertGreater(web["err_lines_per_s"], 1)
        self.assertLess(web["err_lines_per_s"], web["lines_per_s"])
        self.assertGreater(web["bytes_on_disk"], 0)

    def test_masked_and_dropped_are_counted(self):
        self.box.run_to_end("shop", ["sh", "-c", "echo password=hunter2hunter2"])
        shown = json.loads(self.top("--json", "--interval", "100ms").stdout)
        shop = [one for one in shown["processes"] if one["process"] == "shop"][0]
        self.assertEqual((shop["masked"], shop["dropped_lines"], shop["runs"]), (1, 0, 0))

    def test_usage(self):
        for options, words in ((("--interval", "1ms"), "from 100ms to 60s"),
                               (("--interval", "soon"), "soon"),
                               (("--sort", "line"), "did you mean lines"),
                               (("-o", "xml"), "text or json")):
            shown = self.top(*options)
            self.assertEqual(shown.returncode, 2)
            self.assertIn(words, shown.stderr)

    def test_no_daemon(self):
        self.box.stop()
        for options in ((), ("--once", "--json")):
            shown = self.top(*options)
            self.assertEqual((shown.returncode, shown.stdout), (5, ""))

    def test_a_terminal_shows_what_goes_on(self):
        terminal = self.terminal()
        picture = terminal.wait_for(r"^web +1 +\d+ .*▇|█")
        self.assertRegex(picture, r"(?m)^api +1 ")
        self.assertRegex(picture, r"-- api ---")
        terminal.wait_for(r"^\S+ [|!] (out|err) \d+$")
        before = terminal.wait_for(r"out (\d+)$")
        last = re.findall(r"out (\d+)$", before, re.MULTILINE)[-1]
        wait_until(lambda: re.search(r"out (?!%s$)\d+$" % last, terminal.picture(), re.MULTILINE))

    def test_keys(self):
        terminal = self.terminal()
        terminal.wait_for(r"-- api ---")
        terminal.keys("j")
        terminal.wait_for(r"-- web ---")
        terminal.keys("Up")
        terminal.wait_for(r"-- api ---")
        terminal.keys("End")
        terminal.wait_for(r"-- web ---")
        terminal.keys("?")
        terminal.wait_for(r"sort by the next column")
        terminal.keys("?")
        terminal.wait_for(r"^api ")
        terminal.keys("/", "w", "x", "BSpace", "e")
        terminal.wait_for(r"^/we▏")
        self.assertNotRegex(terminal.wait_for(r"^web "), r"(?m)^api ")
        terminal.keys("Enter")
        terminal.wait_for(r"^/we  q quit")
        terminal.keys("Escape")
        terminal.wait_for(r"(?s)^api .*^web ")
        terminal.keys("Enter")
        picture = terminal.wait_for(r"(?s)-- web ---.*out \d+\n.*out \d+\n")
        self.assertNotRegex(picture, r"(?m)^api ")

    def test_pause(self):
        terminal = self.terminal()
        terminal.wait_for(r"^web +1 +\d+")
        terminal.keys("p")
        terminal.wait_for(r"PAUSED")
        still = terminal.picture()
        count = self.box.stored("web")
        wait_until(lambda: self.box.stored("web") > count + 20)
        head = r"(?s)^logd.*?\n(.*?)\nPROCESS"
        self.assertEqual(re.search(head, still)[1], re.search(head, terminal.picture())[1])
        terminal.keys("p")
        terminal.wait_for(r"every 200ms")

    def test_sort(self):
        self.box.run("zz", ["sh", "-c", "while :; do echo x; echo x; echo x; sleep 0.01; done"])
        terminal = self.terminal("--sort", "lines")
        terminal.wait_for(r"(?s)^zz .*^(api|web) ")
        terminal.keys("S")
        terminal.wait_for(r"(?s)^api .*^web .*^zz ")

    def test_a_hostile_line_stays_a_line(self):
        self.box.run_to_end("aa", ["printf", r"\033[2J\033]0;title\007\033[31mred\r\nnext\n"])
        terminal = self.terminal()
        picture = terminal.wait_for(r"-- aa ---")
        picture = terminal.wait_for(r"next$")
        self.assertRegex(picture, r"\\x1b\[2J")
        self.assertRegex(picture, r"(?m)^logd ")

    def test_the_size_changes(self):
        terminal = self.terminal(columns=150, rows=30)
        terminal.wait_for(r"^PROCESS.*LIMITED")
        terminal.resize(60, 12)
        self.assertNotRegex(terminal.wait_for(r"^PROCESS(?!.*LIMITED)"), r"LATELY")
        terminal.resize(20, 3)
        terminal.wait_for(r"^logd ")
        terminal.resize(150, 30)
        terminal.wait_for(r"^PROCESS.*LIMITED")

    def test_the_terminal_comes_back(self):
        for way, status in (("q", 0), ("C-c", 130)):
            terminal = self.terminal()
            terminal.wait_for(r"^web ")
            terminal.keys(way)
            picture = terminal.wait_for(rf"^left {status}$")
            self.assertNotIn("PROCESS", picture)
            terminal.keys("e", "c", "h", "o")  # it echoes again
            terminal.wait_for(r"^echo$")

    def test_a_kill_and_a_stop_give_the_terminal_back(self):
        terminal = self.terminal()
        terminal.wait_for(r"^web ")
        os.kill(terminal.pid_of("logctl"), 15)
        terminal.wait_for(r"^left 143$")

    def test_the_daemon_goes_and_comes(self):
        terminal = self.terminal()
        terminal.wait_for(r"^web ")
        self.box.kill()
        terminal.wait_for(r"no answer: ")
        self.box.start()
        wait_until(lambda: "no answer" not in terminal.picture())
        terminal.wait_for(r"^web +1 ")

    def test_it_costs_little(self):
        terminal = Terminal(self, self.command())
        terminal.wait_for(r"^web +1 +\d+")
        pid = terminal.pid_of("logctl")

        def cpu_seconds():
            with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
                return int(file.read().split()[0]) / 1e9
        started, before = time.monotonic(), cpu_seconds()
        looks = []

        def has_looked():
            looks.append(terminal.picture())
            return time.monotonic() - started > 5
        wait_until(has_looked, 30, "five looks", 0.5)
        share = (cpu_seconds() - before) / (time.monotonic() - started)
        self.assertLess(share, 0.05 if os.environ.get("LOGD_SANITIZED") else 0.01)


if __name__ == "__main__":
    unittest.main()
