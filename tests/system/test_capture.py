#!/usr/bin/env python3
"""Real programs under `logctl run`: what is stored is what they write into a plain file.

SPDX-License-Identifier: Apache-2.0
"""
import hashlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

import harness
from harness import SandboxTest, wait_until


class ProgramTest(SandboxTest):
    def plain(self, box, command, **options):
        """Runs `command` with its output in plain files; returns stdout, stderr and its status."""
        out, err = box.root / "plain.out", box.root / "plain.err"
        with open(out, "wb") as stdout, open(err, "wb") as stderr:
            done = subprocess.run(command, stdout=stdout, stderr=stderr, check=False,
                                  stdin=subprocess.DEVNULL, timeout=120, **options)
        return out.read_bytes(), err.read_bytes(), done.returncode

    def assert_same_bytes(self, got, wanted, what):
        if got == wanted:
            return
        at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b),
                  min(len(got), len(wanted)))
        self.fail(f"{what}: {len(got)} bytes for {len(wanted)}, first difference at {at}: "
                  f"{got[at:at + 60]!r} for {wanted[at:at + 60]!r}")

    def assert_captured(self, command):
        """Runs `command` once plainly and once under logctl: same bytes, same status."""
        box = self.started()
        out, err, status = self.plain(box, command)
        self.assertTrue(out or err, "the program wrote nothing")
        self.assertEqual(box.run_to_end("app", command), status)
        self.assert_same_bytes(box.raw("app", "--out"), out, "stdout")
        self.assert_same_bytes(box.raw("app", "--err"), err, "stderr")
        return box


class DeterministicPrograms(ProgramTest):
    def test_a_shell_pipeline(self):
        self.assert_captured(["sh", "-c", "seq 1 300000 | rev | sort | tee /dev/stderr | uniq -c"])

    def test_one_byte_pieces(self):
        self.assert_captured([sys.executable, "-c", """
import os
for byte in b"".join(b"line %d\\n" % i for i in range(3000)):
    os.write(1, bytes([byte]))
"""])

    def test_both_streams_mixed(self):
        self.assert_captured([sys.executable, "-c", """
import os
for i in range(20000):
    os.write(1 + (i * 7 // 3) % 2, b"%d\\n" % i)
"""])

    def test_an_unfinished_last_line(self):
        box = self.assert_captured(["sh", "-c", "printf 'a\\nb'; printf 'c\\n\\nd' >&2"])
        self.assertIn(b"stdout ends without a newline", box.raw("app", "--events"))

    def test_every_byte_value(self):
        self.assert_captured([sys.executable, "-c", """
import os
for size in (1, 2, 3, 5, 11, 300):
    os.write(1, b"".join(bytes([(i * size) % 256]) * size for i in range(256)))
    os.write(1, b"\\r\\n\\0\\n\\n\\xff\\xfe\\xc3\\n\\x1b[31m red\\n")
"""])

    def test_nothing_but_newlines_and_nothing_at_all(self):
        self.assert_captured([sys.executable, "-c", "import os; os.write(1, b'\\n' * 100000)"])
        box = self.started()
        self.assertEqual(box.run_to_end("silent", ["true"]), 0)
        self.assertEqual(box.raw("silent"), b"")

    def test_merged_streams_keep_their_order(self):
        box = self.started("[process.app]\nmerge_streams = true\n")
        script = "for i in $(seq 500); do echo out $i; echo err $i >&2; done"
        wanted = subprocess.run(["sh", "-c", f"({script}) 2>&1"], capture_output=True, check=True)
        self.assertEqual(box.run_to_end("app", ["sh", "-c", script]), 0)
        self.assert_same_bytes(box.raw("app", "--out"), wanted.stdout, "both streams")

    def test_100_mb_without_a_newline_in_bounded_memory(self):
        box = self.started()
        box.run_to_end("warm", ["true"])
        before = harness.status_field(box.daemon.pid, "VmHWM")
        size, script = 100_000_000, "head -c 100000000 /dev/zero | tr '\\0' x"
        self.assertEqual(box.run_to_end("app", ["sh", "-c", script]), 0)
        grown = harness.status_field(box.daemon.pid, "VmHWM") - before
        self.assertLess(grown, 16 << 10, "KiB that logd grew by")
        with box.spawn([harness.LOGCTL, "tail", "app", "-n", "all", "-o", "raw"],
                       stdout=subprocess.PIPE) as tail:
            digest, got = hashlib.sha256(), 0
            while block := tail.stdout.read(1 << 20):
                digest.update(block)
                got += len(block)
        self.assertEqual(got, size)
        self.assertEqual(digest.digest(), hashlib.sha256(b"x" * size).digest())

    def test_start_and_exit_are_events(self):
        box = self.started()
        self.assertEqual(box.run_to_end("app", ["sh", "-c", "echo hello; exit 3"]), 3)
        self.assertEqual(box.run_to_end("app", ["sh", "-c", "kill -KILL $$"]), 128 + 9)
        lines = box.raw("app", "--events").decode().splitlines()
        self.assertRegex(lines[0], r"^started run 1: pid \d+, uid \d+, sh$")
        self.assertEqual(lines[1], "hello")
        self.assertRegex(lines[2], r"^exited run 1: pid \d+, code 3")
        self.assertRegex(lines[3], r"^started run 2: ")
        self.assertRegex(lines[4], r"^exited run 2: pid \d+, signal 9")
        self.assertEqual(box.raw("app"), b"hello\n")


class Servers(ProgramTest):
    def test_redis_server_byte_for_byte(self):
        """Its output has times in it: a tee between the two gives the same bytes to both."""
        box = self.started()
        plain = box.root / "tee"
        server = self.redis(box, ["sh", "-c", f'"$@" | tee {plain}', "sh"])
        self.shut_redis_down(box, server)
        wanted = plain.read_bytes()
        self.assertGreater(len(wanted), 500)
        self.assert_same_bytes(box.raw("redis"), wanted, "redis")

    def test_redis_server_directly(self):
        def without_times(text):
            return re.sub(rb"(?m)^\d+:([A-Z]) .{24} ", rb"PID:\1 TIME ", re.sub(
                rb"PID: \d+|pid=\d+", b"PID", text))
        box = self.started()
        self.shut_redis_down(box, self.redis(box, []))
        out = box.root / "plain"
        with open(out, "wb") as stdout:
            self.shut_redis_down(box, box.spawn(self.redis_command(box), stdout=stdout))
        self.assert_same_bytes(without_times(box.raw("redis")), without_times(out.read_bytes()),
                               "redis without its times")

    def redis_command(self, box):
        return ["redis-server", "--port", "0", "--save", "", "--unixsocket", str(box.root / "sock"),
                "--dir", str(box.root)]

    def redis(self, box, wrapper):
        return box.run("redis", wrapper + self.redis_command(box))

    def shut_redis_down(self, box, server):
        path = str(box.root / "sock")

        def connected():
            client = socket.socket(socket.AF_UNIX)
            try:
                client.connect(path)
                return client
            except OSError:
                client.close()
                return None
        with wait_until(connected, 20, "redis-server") as client:
            client.sendall(b"PING\r\n")
            self.assertEqual(client.recv(100), b"+PONG\r\n")
            client.sendall(b"SHUTDOWN NOSAVE\r\n")
        self.assertEqual(box.wait(server), 0)

    def test_http_server(self):
        """Access lines go to stderr, the greeting to stdout."""
        box = self.started()
        command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1",
                   "--directory", str(box.root)]
        (box.root / "page").write_text("hello")
        plain = [box.root / "plain.out", box.root / "plain.err"]
        with open(plain[0], "wb") as out, open(plain[1], "wb") as err:
            server = box.spawn(command, stdout=out, stderr=err)
            self.visit(box, server, plain[0].read_bytes)
        server = box.run("web", command)
        log = box.log_dir / "web"
        self.visit(box, server, lambda: box.raw("web", "--out") if log.exists() else b"")

        def constant(text):
            return re.sub(rb"(?m)port \d+ |:\d+/|\[\d\d/\w+/\d{4} [\d:]+\]", b"", text)
        for option, path in zip(("--out", "--err"), plain):
            wanted = constant(path.read_bytes())
            self.assertGreater(len(wanted), 40)
            self.assert_same_bytes(constant(box.raw("web", option)), wanted, option)

    def visit(self, box, server, output):
        def port():
            return re.search(rb"port (\d+) ", output())
        url = f"http://127.0.0.1:{wait_until(port, 20, 'http.server').group(1).decode()}"
        for path in ["/page", "/", "/missing", "/page?x=%0a"]:
            try:
                urllib.request.urlopen(url + path, timeout=10).close()
            except urllib.error.HTTPError as error:
                error.close()
        server.send_signal(signal.SIGINT)
        self.assertEqual(box.wait(server), 0)


NODE_PROGRAM = """
const {spawn, fork} = require('child_process');
const done = child => new Promise(resolve => child.on('close', resolve));
async function main() {
  if (process.send) {
    console.log('forked child speaks');
    process.send({answer: 42});
    process.disconnect();
    return;
  }
  console.log('parent starts');
  console.error('parent warns');
  await done(spawn('sh', ['-c', 'seq 1 5000; echo inherited >&2'], {stdio: 'inherit'}));
  const piped = spawn('sh', ['-c', 'seq 5000 9000; echo socket pair >&2'], {stdio: 'pipe'});
  piped.stdout.on('data', data => process.stdout.write(data));
  piped.stderr.on('data', data => process.stderr.write(data));
  await done(piped);
  const child = fork(process.argv[1]);
  child.on('message', message => { child.answer = message.answer; });
  await done(child);
  console.log('the child said', child.answer);
}
main();
"""

NODE_SUPERVISOR = """
const {spawn} = require('child_process');
const logctl = process.argv[2];
const run = spawn(logctl, ['run', 'under-node', '--', 'sh', '-c',
                           'read line; echo got $line; echo warned >&2'], {stdio: 'pipe'});
run.stdin.write('hello from node\\n');
run.on('close', code => {
  const pipe = spawn(logctl, ['pipe', 'piped-by-node'], {stdio: ['pipe', 'inherit', 'inherit']});
  for (let i = 0; i < 20000; ++i) pipe.stdin.write('line ' + i + ' of a socket pair\\n');
  pipe.stdin.end('the end');
  pipe.on('close', second => process.exit(code * 10 + second));
});
"""


class Node(ProgramTest):
    def test_a_program_with_children_of_every_stdio(self):
        script = pathlib.Path(self.sandbox().root) / "program.js"
        script.write_text(NODE_PROGRAM)
        self.assert_captured(["node", str(script)])

    def test_logctl_under_node_has_socket_pairs_as_stdio(self):
        box = self.started()
        script = box.root / "supervisor.js"
        script.write_text(NODE_SUPERVISOR)
        self.assertEqual(box.wait(box.spawn(["node", script, harness.LOGCTL])), 0)
        self.assertEqual(box.raw("under-node", "--out"), b"got hello from node\n")
        self.assertEqual(box.raw("under-node", "--err"), b"warned\n")
        wanted = "".join(f"line {i} of a socket pair\n" for i in range(20000)) + "the end"
        self.assert_same_bytes(box.raw("piped-by-node"), wanted.encode(), "pipe from node")


class Pipes(ProgramTest):
    def test_logctl_pipe_takes_its_standard_input(self):
        box = self.started()
        wanted = subprocess.run(["seq", "200000"], capture_output=True, check=True).stdout
        for option, shown in ([], "--out"), (["--err"], "--err"):
            name = "piped" + "".join(option).strip("-")
            command = 'seq 200000 | "$@"'
            pipeline = ["sh", "-c", command, "sh", harness.LOGCTL, "pipe", name, *option]
            self.assertEqual(box.wait(box.spawn(pipeline)), 0)
            self.assert_same_bytes(box.raw(name, shown), wanted, name)

    def test_logctl_pipe_takes_a_file(self):
        # Among so many random bytes there is now and then something that looks like a password.
        box = self.started('[defaults]\nmasking = { mode = "off" }\n')
        path = box.root / "input"
        path.write_bytes(os.urandom(300_000) + b"\n")
        with open(path, "rb") as file:
            pipe = box.spawn([harness.LOGCTL, "pipe", "file"], stdin=file)
        self.assertEqual(box.wait(pipe), 0)
        self.assert_same_bytes(box.raw("file"), path.read_bytes(), "file")

    def test_logctl_pipe_that_is_ended_says_nothing_of_a_wait(self):
        box = self.started()
        pipe = box.spawn([harness.LOGCTL, "pipe", "piped"], stdin=subprocess.PIPE,
                         stderr=subprocess.PIPE)
        pipe.stdin.write(b"hello\n")
        pipe.stdin.flush()
        wait_until(lambda: box.stored("piped") and box.raw("piped") == b"hello\n", 10, "the line")
        pipe.terminate()
        self.assertEqual(box.wait(pipe), 128 + signal.SIGTERM)
        said = pipe.stderr.read()
        self.assertIn(b"a keeper stays", said)
        self.assertNotIn(b" after ", said)

    def test_a_background_child_goes_on_writing_after_the_exit(self):
        box = self.started("[defaults]\nexit_wait = \"200ms\"\n")
        os.mkfifo(box.root / "go")
        script = f"(read word < {box.root}/go; echo late $word) & echo early; exit 4"
        run = box.run("app", ["sh", "-c", script], stderr=subprocess.PIPE)
        said = run.stderr.read()
        self.assertEqual(box.wait(run), 4)
        self.assertNotEqual(said, b"", "logctl says that it leaves a keeper")
        self.assertEqual(box.raw("app"), b"early\n")
        box.kill()
        box.start()
        (box.root / "go").write_text("but not lost\n")
        wait_until(lambda: box.raw("app") == b"early\nlate but not lost\n", 10, "the late line")
        wait_until(lambda: not self.keepers(), 10, "the end of the keeper")

    def keepers(self):
        return [pid for pid, line in harness.children_of([os.getpid()]).items()
                if line.startswith("logd-keeper")]


class Status(ProgramTest):
    def test_status_names_what_runs(self):
        box = self.started()
        run = box.run("app", ["sh", "-c", "echo up; exec sleep 1000"])
        wait_until(lambda: box.stored("app") > 100, 10, "the first line")
        status = json.loads(box.logctl("status", "--json"))
        self.assertEqual(status["pid"], box.daemon.pid)
        self.assertIn("app", [process["name"] for process in status["processes"]])
        run.terminate()
        self.assertEqual(box.wait(run), 128 + signal.SIGTERM)

    def test_status_counts_cut_pieces(self):
        box = self.started('[process.app]\nmerge_instances = true\nmax_line = "1KiB"\n')
        other = box.run("app", ["sleep", "1000"], instance=1)
        wait_until(lambda: box.stored("app") > 0, 10, "the other instance")
        line = "print('x' * 5000)"
        self.assertEqual(box.run_to_end("app", [sys.executable, "-c", line], instance=2), 0)
        status = json.loads(box.logctl("status", "--json"))
        self.assertEqual([process["cut"] for process in status["processes"]], [4])
        other.kill()

    def test_unknown_names_are_told_as_by_tail(self):
        box = self.started()
        self.assertEqual(box.run_to_end("m1", ["echo", "hello"]), 0)
        unknown = b"no such process: "
        for verb, name, wanted in (("tail", "m11", b"'m11'; did you mean 'm1'?\n"),
                                   ("flush", "m11", b"'m11'; did you mean 'm1'?\n"),
                                   ("rotate", "m11", b"'m11'; did you mean 'm1'?\n"),
                                   ("flush", "zz\x1b7", b"'zz?7'\n"),
                                   ("flush", "m?1", b"'m?1'; did you mean 'm1'?\n")):
            done = box.logctl(verb, name, status=None)
            self.assertEqual(done.returncode, 4, (verb, name))
            self.assertTrue(done.stderr.endswith(unknown + wanted), done.stderr)
        self.assertEqual(box.raw("m1"), b"hello\n")


if __name__ == "__main__":
    unittest.main()
