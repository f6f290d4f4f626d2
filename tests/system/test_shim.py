"""The shim while CMD runs: exit statuses, what CMD inherits, logd coming and going, memory.

SPDX-License-Identifier: Apache-2.0
"""
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time
import unittest

import fake_logd
from fake_logd import Store
from harness import LOGCTL, status_field, wait_until
from shim_testing import NOBODY, SHIM, ShimTest, state_of

is_root = os.geteuid() == 0


class ExitStatus(ShimTest):
    def test_code_of_cmd_is_returned_once_both_streams_are_stored(self):
        logd = self.logd()
        status, errors = self.run_to_end("sh", "-c", "echo out; echo err >&2; exit 3")
        run = logd.runs[0]
        self.assertEqual((status, errors), (3, ""))
        self.assertEqual((run.data(1), run.data(2)), (b"out\n", b"err\n"))
        self.assertEqual((run.process, run.command, run.instance), (self.name, "sh", -1))
        self.assertEqual(run.exited, (run.started_pid, 3, 0))
        self.assertTrue(run.stored_sent)
        self.assert_clean(run)

    def test_signal_n_is_128_plus_n(self):
        logd = self.logd()
        self.assertEqual(self.run_to_end("sh", "-c", "kill -9 $$")[0], 137)
        self.assertEqual(logd.runs[0].exited[1:], (-1, 9))

    def test_command_that_is_not_there_is_127_and_logd_is_told(self):
        logd = self.logd()
        status, errors = self.run_to_end("/nowhere/cmd", "argument")
        self.assertEqual(status, 127)
        self.assertEqual(errors, f"logctl run: {self.name}: /nowhere/cmd: "
                                 "No such file or directory (2)\n")
        run = logd.runs[0]
        logd.wait_for_stored(run)
        self.assertEqual((run.started_pid, run.exited[1:]), (None, (127, 0)))

    def test_command_that_is_not_executable_is_126(self):
        self.logd()
        status, errors = self.run_to_end("/etc/passwd", "argument")
        self.assertEqual(status, 126)
        self.assertIn("/etc/passwd: Permission denied (13)", errors)

    def test_failed_start_without_logd_leaves_nothing_behind(self):
        started = time.monotonic()
        status, _ = self.run_to_end("/nowhere/cmd", "argument")
        self.assertEqual(status, 127)
        self.assertLess(time.monotonic() - started, 3)  # not the 5 s of exit_wait

    def test_usage_errors_are_2(self):
        good = ["--socket", "/s", "--name", "web"]
        for arguments in ([], ["run"], ["walk"], ["run", *good], ["run", *good, "--"],
                          ["run", "--name", "web", "--", "true"],
                          ["run", "--socket", "relative", "--name", "web", "--", "true"],
                          ["run", "--socket", "/s", "--name", "../x", "--", "true"],
                          ["run", "--socket", "/s", "--name", ".x", "--", "true"],
                          ["run", "--socket", "/s", "--name", "x" * 65, "--", "true"],
                          ["run", "--socket", "/" + "s" * 107, "--name", "web", "--", "true"],
                          ["run", *good, "--instance", "-1", "--", "true"],
                          ["run", *good, "--signals", "some", "--", "true"],
                          ["run", *good, "--exit-wait-ms", "99999999999999999999", "--", "true"],
                          ["run", *good, "--escrow-bytes", "12", "--", "true"],
                          ["run", *good, "--what", "--", "true"],
                          ["run", *good, "--gid", "1", "--", "true"],
                          ["run", *good, "--copier", "2", "--", "true"],
                          ["pipe", *good, "--copier", "3"],
                          ["pipe", *good, "--merge-streams"], ["pipe", *good, "--", "true"],
                          ["fifo", *good]):
            with self.subTest(arguments):
                shim = subprocess.run([SHIM, *arguments], capture_output=True, timeout=10)
                self.assertEqual(shim.returncode, 2, shim.stderr)
                self.assertEqual(shim.stderr.count(b"\n"), 1)

    def test_logd_that_refuses_is_6_and_cmd_does_not_start(self):
        logd = self.logd(refuse=(fake_logd.PERMISSION, "another user has this name"))
        flag = self.directory + "/started"
        status, errors = self.run_to_end("touch", flag)
        self.assertEqual(errors, f"logctl run: {self.name}: another user has this name\n")
        self.assertEqual(status, 6)
        self.assertFalse(os.path.exists(flag))
        self.assertEqual(len(logd.runs), 1)

    def test_logd_without_a_disk_is_like_an_absent_one(self):
        logd = self.logd(refuse=(fake_logd.FAILED, "no room for the log"))
        shim = self.start("echo", "a line")
        logd.wait_for_run(2)
        logd.stop()
        logd = self.logd()
        run = logd.wait_for_run()
        status, errors = self.finish(shim)
        self.assertEqual((status, errors.count("no room for the log")), (0, 1))
        self.assertEqual(run.data(), b"a line\n")

    @unittest.skipUnless(is_root, "needs a second user")
    def test_socket_that_may_not_be_used_is_6(self):
        self.logd()
        os.chmod(self.socket, 0o600)
        status, errors = self.run_to_end("true", "x", user=NOBODY, group=NOBODY, extra_groups=[])
        self.assertEqual(status, 6)
        self.assertIn("cannot reach logd at %s: Permission denied" % self.socket, errors)

    def test_path_that_can_be_no_socket_is_6(self):
        self.socket = "/etc/passwd/capture.sock"
        self.assertEqual(self.run_to_end("true", "x")[0], 6)


class Inherited(ShimTest):
    """CMD finds what it would find without the shim."""

    def both(self, *command, **more):
        """Output of `command` alone, and under a shim."""
        logd = self.logd()
        alone = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               timeout=10, **more).stdout
        status, errors = self.run_to_end(*command, **more)
        self.assertEqual((status, errors), (0, ""))
        return alone.decode(), logd.runs[-1].data().decode()

    def test_signal_mask_and_dispositions(self):
        def change():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGALRM])
        alone, under = self.both("grep", "Sig[BIC]", "/proc/self/status", preexec_fn=change)
        self.assertEqual(under, alone)
        self.assertIn("SigIgn:\t0000000000010002", alone)  # the test does what it says

    def test_ignored_sigpipe_stays_ignored(self):
        alone, under = self.both("grep", "SigIgn", "/proc/self/status", restore_signals=False)
        self.assertEqual(under, alone)
        self.assertIn("1000", alone)

    def test_exit_status_with_sigchld_ignored_by_the_parent(self):
        self.logd()
        ignore = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        self.assertEqual(self.run_to_end("sh", "-c", "exit 7", preexec_fn=ignore)[0], 7)

    def test_environment_umask_and_directory(self):
        environment = {"PATH": os.environ["PATH"], "A": "1", "EMPTY": "", "LISTEN_PID": "1"}
        def change():
            os.umask(0o153)
            os.chdir("/usr")
        alone, under = self.both("sh", "-c", "env; umask; pwd", env=environment, preexec_fn=change)
        self.assertEqual(under, alone)
        self.assertIn("LISTEN_PID=1\n", alone)

    def test_limits(self):
        def change():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))
            resource.setrlimit(resource.RLIMIT_NOFILE, (77, 99))
        alone, under = self.both("cat", "/proc/self/limits", preexec_fn=change)
        self.assertEqual(under, alone)

    def test_descriptors_and_nothing_of_the_shim(self):
        read_end, write_end = os.pipe()
        list_fds = ("import os;"
                    "print([fd for fd in range(256) if os.path.exists(f'/proc/self/fd/{fd}')])")
        alone, under = self.both("python3", "-c", list_fds, pass_fds=[write_end])
        self.assertEqual(under, alone)
        status, _ = self.run_to_end("sh", "-c", f"echo through >&{write_end}", pass_fds=[write_end])
        os.close(write_end)
        self.assertEqual((status, os.read(read_end, 100)), (0, b"through\n"))
        self.assertEqual(os.read(read_end, 100), b"")
        os.close(read_end)

    def test_closed_standard_descriptors(self):
        logd = self.logd()
        look = "for n in 0 1 2 3; do [ -e /proc/$$/fd/$n ] && echo $n; done; exit 4"
        script = 'exec "$@" <&- >&- 2>&-'
        command = [*self.arguments("run"), "--", "sh", "-c", look]
        shim = subprocess.run(["sh", "-c", script, "sh", *command], timeout=10)
        self.assertEqual((shim.returncode, logd.runs[0].data()), (4, b"1\n2\n"))
        self.assert_clean(logd.runs[0])

    def test_standard_input(self):
        logd = self.logd()
        shim = self.start("cat", "-", stdin=subprocess.PIPE)
        shim.stdin.write(b"typed\n")
        self.assertEqual(self.finish(shim)[0], 0)
        self.assertEqual(logd.runs[0].data(), b"typed\n")

    def test_writer_of_standard_input_gets_sigpipe_when_cmd_closes_it(self):
        logd = self.logd()
        read_end, write_end = os.pipe()
        self.start("sh", "-c", "read line; exec <&-; echo closed; sleep 1000", stdin=read_end)
        os.close(read_end)
        os.write(write_end, b"x\n")
        logd.wait_for_data(logd.wait_for_run(), b"closed")
        def is_broken():
            try:
                os.write(write_end, b"y")
            except BrokenPipeError:
                return True
        wait_until(is_broken, what="a shim that has let go of standard input")
        os.close(write_end)

    def test_listen_pid_and_watchdog_pid_of_the_shim_become_those_of_cmd(self):
        logd = self.logd()
        script = 'LISTEN_PID=$$ WATCHDOG_PID=$$ OTHER_PID=$$ exec "$@"'
        look = 'echo $$ $LISTEN_PID $WATCHDOG_PID $PPID $OTHER_PID'
        subprocess.run(["sh", "-c", script, "sh", *self.arguments("run"), "--", "sh", "-c", look],
                       timeout=10, check=True)
        cmd, listen, watchdog, shim, other = logd.runs[0].data().decode().split()
        self.assertEqual((listen, watchdog, other), (cmd, cmd, shim))

    def test_session_and_process_group(self):
        look = "import os; print(os.getpgrp(), os.getsid(0))"
        alone, under = self.both("python3", "-c", look)
        self.assertEqual(under, alone)

    def test_notify_socket(self):
        self.logd()
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(self.directory + "/notify")
        send = ("import os, socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM);"
                "s.sendto(b'READY=1', os.environ['NOTIFY_SOCKET'])")
        environment = dict(os.environ, NOTIFY_SOCKET=self.directory + "/notify")
        status, _ = self.run_to_end(send, env=environment)
        notify.settimeout(5)
        self.assertEqual((status, notify.recv(100)), (0, b"READY=1"))
        notify.close()

    @unittest.skipUnless(shutil.which("node"), "needs node")
    def test_node_ipc_works_and_its_end_is_seen_while_cmd_runs_on(self):
        logd = self.logd()
        parent = self.directory + "/parent.js"
        child = self.directory + "/child.js"
        with open(child, "w") as file:
            file.write("""process.on('message', (m) => { process.send({answer: m.ask + 1});
                            process.disconnect(); console.log('disconnected');
                            setTimeout(() => process.exit(5), 10000); });""")
        with open(parent, "w") as file:
            file.write("""const c = require('child_process').spawn(process.argv[2],
                            process.argv.slice(3), {stdio: ['ignore', 'ignore', 'inherit', 'ipc']});
                          c.on('message', (m) => console.log(JSON.stringify(m)));
                          c.on('disconnect', () => { console.log('disconnect'); c.kill(); });
                          c.on('exit', (code) => console.log('exit', code));
                          c.send({ask: 41});""")
        node = subprocess.run(["node", parent, *self.arguments("run"), "--", "node", child],
                              stdout=subprocess.PIPE, timeout=30)
        self.assertEqual(node.stdout.decode().splitlines(),
                         ['{"answer":42}', "disconnect", "exit 143"])
        self.assertEqual(logd.runs[0].data(), b"disconnected\n")

    @unittest.skipUnless(is_root, "needs a second user")
    def test_cmd_of_the_same_user_cannot_reach_into_the_shim(self):
        logd = self.logd()
        look = ("ls /proc/$PPID/fd >/dev/null && echo fds;"
                "cat /proc/$PPID/mem >/dev/null && echo mem; true")
        self.run_to_end("sh", "-c", look, user=NOBODY, group=NOBODY, extra_groups=[])
        run = logd.runs[0]
        self.assertEqual(run.data(1), b"")
        self.assertEqual(run.data(2).count(b"ermission denied"), 2)


class Connection(ShimTest):
    WRITE_LINES = """
import sys
for i in range(200000):
    (sys.stdout if i % 3 else sys.stderr).write("%d %s\\n" % (i, "x" * (i % 50)))
"""

    def expected(self, kind):
        return b"".join(b"%d %s\n" % (i, b"x" * (i % 50)) for i in range(200000)
                        if (1 if i % 3 else 2) == kind)

    def test_run_without_logd_starts_at_once_and_is_handed_over_later(self):
        script = "echo before; touch %s/flag; read line; echo after" % self.directory
        shim = self.start("sh", "-c", script, stdin=subprocess.PIPE)
        wait_until(lambda: os.path.exists(self.directory + "/flag"), what="CMD")
        logd = self.logd()
        run = logd.wait_for_run()
        self.assertNotEqual(run.pid, 0)
        shim.stdin.write(b"go\n")
        self.assertEqual(self.finish(shim), (0, ""))
        self.assertEqual(run.data(), b"before\nafter\n")
        self.assert_clean(run)

    def test_logd_that_does_not_answer_holds_cmd_up_for_two_seconds(self):
        logd = self.logd(answer=False)
        started = time.monotonic()
        flag = self.directory + "/flag"
        self.start("touch", flag)
        wait_until(lambda: os.path.exists(flag), what="CMD")
        self.assertTrue(1.9 < time.monotonic() - started < 4)
        logd.stop()
        run = self.logd().wait_for_run()
        self.assertEqual(run.flags & fake_logd.HAS_EXITED, fake_logd.HAS_EXITED)

    def test_no_byte_is_lost_over_many_deaths_of_logd(self):
        store = Store()
        logd = self.logd(store)
        shim = self.start(self.WRITE_LINES)
        ids = None
        for _ in range(20):
            run = logd.wait_for_run()
            ids = ids or [stream.id for stream in run.streams]
            self.assertEqual([stream.id for stream in run.streams], ids)
            had = len(store.all_data())
            logd.wait_for(lambda _: len(store.all_data()) > had or run.exited, "more is stored")
            logd.stop()
            logd = self.logd(store)
        self.assertEqual(self.finish(shim, 60), (0, ""))
        run = logd.runs[-1]
        self.assertEqual(run.data(1), self.expected(1))
        self.assertEqual(run.data(2), self.expected(2))

    def test_new_logd_is_found_within_a_moment(self):
        logd = self.logd()
        self.start("sleep", "1000")
        logd.wait_for_run()
        logd.stop()
        logd = self.logd()
        started = time.monotonic()
        run = logd.wait_for_run()
        self.assertLess(time.monotonic() - started, 0.5)
        self.assertTrue(run.attached)

    def test_secrets_of_the_environment_are_handed_over_to_each_logd(self):
        variables = {"PATH": os.environ["PATH"], "DB_PASSWORD": "kX9vLq27RmZt",
                     "API_TOKEN": "short", "PASSWORD_FILE": "/run/secrets/db",
                     "SHOP": "postgres://app:pa55word@db/shop"}
        secrets = ["kX9vLq27RmZt", "postgres://app:pa55word@db/shop"]
        logd = self.logd()
        self.start("sleep", "1000", env=variables)
        self.assertEqual(logd.wait_for_run().environment, secrets)
        logd.stop()
        self.assertEqual(self.logd().wait_for_run().environment, secrets)

    def test_as_many_secrets_as_are_possible_are_handed_over_at_once(self):
        variables = {f"T{i:03}_TOKEN": f"{i:03}" + "x" * 253 for i in range(100)}
        logd = self.logd()
        self.start("sleep", "1000", env={"PATH": os.environ["PATH"], **variables})
        self.assertEqual(logd.wait_for_run().environment, list(variables.values())[:64])

    def test_without_a_command_nothing_of_the_environment_is_handed_over(self):
        logd = self.logd()
        self.popen(self.arguments("pipe"), stdin=subprocess.PIPE,
                   env={"DB_PASSWORD": "kX9vLq27RmZt"})
        self.assertEqual(logd.wait_for_run().environment, [])

    def test_later_refusal_is_told_once_and_does_not_end_the_run(self):
        logd = self.logd()
        shim = self.start("sh", "-c", "read line; echo last", stdin=subprocess.PIPE)
        logd.wait_for_run()
        logd.stop()
        logd = self.logd(refuse=(fake_logd.LIMIT, "too many runs"))
        logd.wait_for_run(3)
        logd.stop()
        logd = self.logd()
        run = logd.wait_for_run()
        shim.stdin.write(b"go\n")
        status, errors = self.finish(shim)
        self.assertEqual((status, errors.count("too many runs")), (0, 1))
        self.assertEqual(run.data(), b"last\n")

    def test_bytes_that_are_no_message_end_the_connection_only(self):
        logd = self.logd()
        shim = self.start("sh", "-c", "read line; echo last", stdin=subprocess.PIPE)
        run = logd.wait_for_run()
        run.connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        run = logd.wait_for_run(2)
        later = fake_logd.pack_header(999, 12, version=9)  # harmless
        run.connection.send(later)
        shim.stdin.write(b"go\n")
        self.assertEqual(self.finish(shim), (0, ""))
        self.assertEqual(run.data(), b"last\n")
        self.assertEqual(len(logd.runs), 2)

    def test_merged_streams_are_one_pipe_in_order(self):
        logd = self.logd()
        self.run_to_end("sh", "-c", "for i in 1 2 3; do echo o$i; echo e$i >&2; done",
                        options=["--merge-streams", "--instance", "7"])
        run = logd.runs[0]
        self.assertEqual(len(run.streams), 1)
        self.assertEqual((run.flags, run.instance), (fake_logd.IS_MERGED, 7))
        self.assertEqual(run.data(), b"o1\ne1\no2\ne2\no3\ne3\n")

    def test_escrow_is_of_the_agreed_size(self):
        logd = self.logd()
        self.run_to_end("sh", "-c", "seq 100000", options=["--escrow-bytes", 65536])
        run = logd.runs[0]
        self.assertEqual(run.streams[0].escrow_bytes, 65536)
        self.assertEqual(run.data(), b"".join(b"%d\n" % i for i in range(1, 100001)))
        self.assert_clean(run)


class ThroughLogctl(ShimTest):
    def logctl(self, *arguments, **more):
        environment = dict(os.environ, LOGD_RUN_DIR=self.directory, LOGD_LOG_DIR=self.directory,
                           LOGD_CONFIG=self.directory + "/logd.toml")
        with open(self.directory + "/logd.toml", "w") as file:
            file.write('[process."%s"]\nmax_line = "32KiB"\nmerge_streams = true\n' % self.name)
        return subprocess.run([LOGCTL, *arguments], env=environment, capture_output=True,
                              timeout=10, **more)

    def test_run_becomes_the_shim_with_the_settings_of_the_process(self):
        logd = self.logd()
        script = 'echo "$@"; echo err >&2; exit 9'
        ended = self.logctl("run", self.name, "--", "sh", "-c", script, "sh", "--", "--name", "x y")
        self.assertEqual((ended.returncode, ended.stderr), (9, b""))
        run = logd.runs[0]
        self.assertEqual(run.data(), b"-- --name x y\nerr\n")
        self.assertEqual((run.process, run.flags), (self.name, fake_logd.IS_MERGED))
        self.assertEqual(run.streams[0].escrow_bytes, 128 << 10)

    def test_pipe_becomes_the_shim(self):
        logd = self.logd()
        ended = self.logctl("pipe", self.name, "--err", "--instance", "4", input=b"through\n")
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        self.assertEqual((logd.runs[0].data(2), logd.runs[0].instance), (b"through\n", 4))

    def test_mistakes_are_2(self):
        for arguments in (["run"], ["run", "web"], ["run", "../x", "--", "true"],
                          ["run", "web", "--signals", "some", "--", "true"],
                          ["pipe"], ["pipe", "a@b"]):
            with self.subTest(arguments):
                self.assertEqual(self.logctl(*arguments).returncode, 2)


class Cost(ShimTest):
    def measure(self, pid):
        with open(f"/proc/{pid}/smaps_rollup") as smaps:
            fields = {line.split(":")[0]: int(line.split()[1])
                      for line in smaps if line.endswith("kB\n")}
        return fields["Rss"], fields["Private_Dirty"] + fields["Private_Clean"]

    def test_memory_and_wake_ups_of_idle_shims(self):
        logd = self.logd()
        shims = [self.start("sh", "-c", "echo up; exec sleep 1000", name=f"p{i}",
                            stderr=subprocess.DEVNULL) for i in range(100)]
        logd.wait_for(lambda d: len(d.runs) == 100, "100 runs", 60)
        logd.wait_for(lambda d: all(r.started_pid and r.data() for r in d.runs), "all are up", 60)
        # Everything is at rest when CMD has been told about and nothing is left to read.
        wait_until(lambda: all(state_of(shim.pid) == "S" for shim in shims), what="idle shims")
        for shim in shims:
            resident, private = self.measure(shim.pid)
            self.assertLessEqual(resident, 1536)
            self.assertLessEqual(private, 256)
        def switches():
            return [status_field(s.pid, "voluntary_ctxt_switches") for s in shims]
        before = switches()
        time.sleep(1.2)  # the time in which nothing may happen
        self.assertEqual(switches(), before)

    def test_shim_is_static(self):
        with open(SHIM, "rb") as file:
            header = file.read(64)
            table, size, count = (struct.unpack_from("<Q", header, 32)[0],
                                  *struct.unpack_from("<HH", header, 54))
            file.seek(table)
            types = [struct.unpack("<I", file.read(size)[:4])[0] for _ in range(count)]
        self.assertNotIn(3, types)  # PT_INTERP: no dynamic loader


if __name__ == "__main__":
    unittest.main()
