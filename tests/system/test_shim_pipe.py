"""logctl pipe and FIFOs: streams that no command of ours writes.

SPDX-License-Identifier: Apache-2.0
"""
import grp
import os
import pty
import shlex
import signal
import socket
import stat
import subprocess
import unittest

import fake_logd
from fake_logd import Store
from harness import wait_until
from shim_testing import ShimTest, has_gone, keepers, state_of

LINES = b"".join(b"line %d\n" % i for i in range(50000))


def blocks(pid, number):
    with open(f"/proc/{pid}/status") as status:
        mask = next(line.split()[1] for line in status if line.startswith("SigBlk"))
    return int(mask, 16) >> (number - 1) & 1


class Pipe(ShimTest):
    def pipe(self, *options, **more):
        return self.popen(self.arguments("pipe", *options), stderr=subprocess.PIPE, **more)

    def test_pipe_is_handed_over_itself(self):
        logd = self.logd()
        shim = self.pipe("--instance", 2, stdin=subprocess.PIPE)
        run = logd.wait_for_run()
        self.assertEqual(os.fstat(run.streams[0].pipe).st_ino, os.fstat(shim.stdin.fileno()).st_ino)
        shim.stdin.write(LINES)
        self.assertEqual(self.finish(shim), (0, ""))
        self.assertEqual(run.data(), LINES)
        self.assertEqual((run.flags, run.pid, run.command), (fake_logd.IS_PIPE, 0, "pipe"))
        self.assertEqual(run.exited, (shim.pid, 0, 0))
        self.assertEqual(run.instance, 2)
        self.assert_clean(run)

    def test_err_is_the_other_stream(self):
        logd = self.logd()
        shim = self.pipe("--err", stdin=subprocess.PIPE)
        shim.stdin.write(b"x\n")
        self.assertEqual(self.finish(shim), (0, ""))
        self.assertEqual(logd.runs[0].data(2), b"x\n")

    def assert_copies(self, stdin, feed):
        logd = self.logd()
        shim = self.pipe(stdin=stdin)
        feed()
        self.assertEqual(self.finish(shim), (0, ""))
        run = logd.runs[0]
        self.assertEqual(run.data(), LINES)
        self.assert_clean(run)

    def test_file_is_copied(self):
        with open(self.directory + "/file", "wb") as file:
            file.write(LINES)
        with open(self.directory + "/file", "rb") as file:
            self.assert_copies(file, lambda: None)

    def test_socket_is_copied(self):
        ours, theirs = socket.socketpair()
        def feed():
            theirs.close()
            ours.sendall(LINES)
            ours.close()
        self.assert_copies(theirs, feed)

    def test_pipe_that_does_not_block_is_copied(self):
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        def feed():
            os.close(read_end)
            with open(write_end, "wb") as file:
                file.write(LINES)
        self.assert_copies(read_end, feed)

    def test_fifo_opened_for_both_is_copied_until_it_is_killed(self):
        os.mkfifo(self.directory + "/both")
        both = os.open(self.directory + "/both", os.O_RDWR)
        logd = self.logd()
        shim = self.pipe(stdin=both)
        os.write(both, b"x\n")
        run = logd.wait_for_run()
        logd.wait_for_data(run, b"x\n")
        wait_until(lambda: blocks(shim.pid, signal.SIGTERM), what="a shim that watches its signals")
        shim.terminate()
        self.assertEqual(self.finish(shim), (128 + 15, ""))
        logd.wait_for_stored(run)
        os.close(both)

    def test_terminal_is_copied_until_ctrl_d_or_ctrl_c(self):
        logd = self.logd()
        for key, status in ((b"\x04", 0), (b"\x03", 130)):
            count = len(logd.runs)
            pid, fd = pty.fork()
            if pid == 0:
                arguments = self.arguments("pipe")
                os.execv(arguments[0], arguments)
            run = logd.wait_for_run(count + 1)
            os.write(fd, b"typed\n")
            logd.wait_for_data(run, b"typed\n")
            os.write(fd, key)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), status)
            os.close(fd)

    def test_closed_standard_input_is_empty(self):
        logd = self.logd()
        shim = subprocess.run(["sh", "-c", '"$@" <&-', "sh", *self.arguments("pipe")], timeout=10)
        self.assertEqual((shim.returncode, logd.runs[0].data()), (0, b""))

    def test_writer_waits_for_a_slow_logd_when_copied(self):
        logd = self.logd(takes=False)
        with open("/dev/zero", "rb") as zero:
            shim = self.pipe(stdin=zero)
            run = logd.wait_for_run()
            logd.wait_for(lambda _: True)
            wait_until(lambda: state_of(shim.pid) == "S", what="a shim that waits")
            shim.terminate()
        logd.stop()
        logd = self.logd()
        self.assertEqual(self.finish(shim)[0], 143)
        self.assertEqual(run.process, self.name)
        self.assertEqual(set(logd.runs[0].data()), {0})

    def test_refusal_is_6(self):
        self.logd(refuse=(fake_logd.BAD_NAME, "no such name"))
        shim = self.pipe(stdin=subprocess.PIPE)
        self.assertEqual(self.finish(shim), (6, f"logctl pipe: {self.name}: no such name\n"))

    def test_without_logd_a_keeper_stays(self):
        shim = self.pipe("--exit-wait-ms", 100, stdin=subprocess.PIPE)
        shim.stdin.write(b"last words")
        status, errors = self.finish(shim)
        self.assertEqual((status, errors.count("a keeper stays")), (0, 1))
        keeper, = keepers(self.name)
        logd = self.logd()
        run = logd.wait_for_run()
        self.assertEqual(run.flags, fake_logd.IS_PIPE | fake_logd.IS_KEEPER | fake_logd.HAS_EXITED)
        logd.wait_for_stored(run)
        self.assertEqual(run.data(), b"last words")
        wait_until(lambda: has_gone(keeper), what="the end of the keeper")

    def test_logd_may_die_while_a_pipe_is_taken(self):
        store = Store()
        logd = self.logd(store)
        shim = self.pipe(stdin=subprocess.PIPE)
        for part in range(0, len(LINES), 100000):
            logd.wait_for_run()
            shim.stdin.write(LINES[part:part + 100000])
            shim.stdin.flush()
            logd.stop()
            logd = self.logd(store)
        self.assertEqual(self.finish(shim), (0, ""))
        self.assertEqual(logd.runs[-1].data(), LINES)

    def test_int_of_the_terminal_is_the_writers_and_its_end_is_ours(self):
        logd = self.logd()
        pid, fd = pty.fork()
        if pid == 0:
            os.execvp("sh", ["sh", "-c", """trap '' INT
(trap 'echo caught; exit 0' INT; echo ready; while :; do sleep 0.1; done) |
(trap - INT; exec %s)""" % shlex.join(self.arguments("pipe"))])
        run = logd.wait_for_run()
        logd.wait_for_data(run, b"ready\n")
        os.write(fd, b"\x03")
        logd.wait_for_stored(run)
        self.assertEqual(run.data(), b"ready\ncaught\n")
        os.close(fd)
        os.waitpid(pid, 0)

    def test_term_sent_to_it_leaves_the_rest_to_a_keeper(self):
        logd = self.logd()
        read_end, write_end = os.pipe()
        shim = self.pipe(stdin=read_end)
        os.close(read_end)
        run = logd.wait_for_run()
        os.write(write_end, b"before\n")
        logd.wait_for_data(run, b"before\n")
        wait_until(lambda: blocks(shim.pid, signal.SIGTERM), what="a shim that watches its signals")
        shim.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(shim)[0], 143)
        keeper, = keepers(self.name)
        os.write(write_end, b"after\n")
        os.close(write_end)
        logd.wait_for_stored(run)
        self.assertEqual(run.exited, (shim.pid, -1, signal.SIGTERM))
        self.assertEqual(run.data(), b"before\nafter\n")
        wait_until(lambda: has_gone(keeper), what="the end of the keeper")


class Fifo(ShimTest):
    def setUp(self):
        super().setUp()
        self.fifos = self.directory + "/fifo"
        os.mkdir(self.fifos)
        self.out, self.err = f"{self.fifos}/{self.name}.out", f"{self.fifos}/{self.name}.err"

    def fifo(self, *options):
        arguments = self.arguments("fifo", "--directory", self.fifos, *options)
        return subprocess.run(arguments, capture_output=True, timeout=10)

    def keepers(self):
        return [pid for pid in keepers(self.name, "logd-fifo") if not has_gone(pid)]

    def write(self, path, data):
        with open(path, "wb") as file:
            file.write(data)

    def test_fifos_are_made_with_their_mode_and_group(self):
        old = os.umask(0o777)
        self.addCleanup(os.umask, old)
        gid = grp.getgrnam("daemon").gr_gid if os.geteuid() == 0 else os.getgid()
        logd = self.logd()
        started = self.fifo("--gid", gid)
        self.assertEqual((started.returncode, started.stderr), (0, b""))
        for path in (self.out, self.err):
            status = os.stat(path)
            self.assertTrue(stat.S_ISFIFO(status.st_mode))
            self.assertEqual((stat.S_IMODE(status.st_mode), status.st_gid), (0o620, gid))
        run = logd.wait_for_run()
        self.assertEqual((run.flags, run.pid, len(run.streams)), (fake_logd.IS_FIFO, 0, 2))
        self.assertEqual(os.fstat(run.streams[0].pipe).st_ino, os.stat(self.out).st_ino)
        self.assert_clean(run)

    def test_writers_come_and_go_and_so_does_logd(self):
        store = Store()
        self.assertEqual(self.fifo().returncode, 0)
        self.write(self.out, b"before logd\n")
        for i in range(5):
            logd = self.logd(store)
            run = logd.wait_for_run()
            self.write(self.out, b"out %d\n" % i)
            self.write(self.err, b"err %d\n" % i)
            logd.wait_for_data(run, b"out %d\n" % i, 1)
            logd.wait_for_data(run, b"err %d\n" % i, 2)
            logd.stop()
            self.write(self.out, b"meanwhile %d\n" % i)
        logd = self.logd(store)
        run = logd.wait_for_run()
        logd.wait_for_data(run, b"meanwhile 4\n")
        self.assertEqual(run.data(1), b"before logd\n" +
                         b"".join(b"out %d\nmeanwhile %d\n" % (i, i) for i in range(5)))
        self.assertEqual(run.data(2), b"".join(b"err %d\n" % i for i in range(5)))

    def test_there_is_never_a_second_keeper(self):
        self.assertEqual(self.fifo().returncode, 0)
        first = self.keepers()
        again = self.fifo()
        self.assertEqual((again.returncode, again.stderr), (0, b""))
        self.assertEqual((len(first), self.keepers()), (1, first))

    def test_keeper_is_a_daemon(self):
        self.fifo()
        keeper, = self.keepers()
        self.assertNotEqual(os.getsid(keeper), os.getsid(0))
        self.assertEqual(os.readlink(f"/proc/{keeper}/cwd"), "/")
        for name in ("TERM", "INT", "HUP"):
            os.kill(keeper, getattr(signal, "SIG" + name))
        self.write(self.out, b"alive\n")
        logd = self.logd()
        logd.wait_for_data(logd.wait_for_run(), b"alive\n")

    def test_keeper_ends_when_the_fifo_is_gone_from_the_configuration(self):
        self.fifo()
        keeper, = self.keepers()
        logd = self.logd(refuse=(fake_logd.GONE, "no fifo"))
        wait_until(lambda: has_gone(keeper), what="the end of the keeper")
        self.assertEqual(os.listdir(self.fifos), [f".{self.name}.keeper"])
        logd.stop()
        self.assertEqual(self.fifo().returncode, 0)
        self.assertTrue(os.path.exists(self.out) and os.path.exists(self.err))

    def test_other_refusals_do_not_end_it(self):
        self.fifo()
        logd = self.logd(refuse=(fake_logd.FAILED, "cannot open the log"))
        logd.wait_for_run(2)
        logd.stop()
        self.write(self.out, b"x\n")
        logd = self.logd()
        logd.wait_for_data(logd.wait_for_run(), b"x\n")

    def test_new_keeper_takes_over_what_a_killed_one_left(self):
        self.fifo()
        inode = os.stat(self.out).st_ino
        keeper, = self.keepers()
        os.kill(keeper, signal.SIGKILL)
        wait_until(lambda: has_gone(keeper), what="the end of the keeper")
        self.assertEqual(self.fifo().returncode, 0)
        self.assertEqual(os.stat(self.out).st_ino, inode)
        self.assertEqual(len(self.keepers()), 1)

    def test_what_is_no_fifo_is_left_alone(self):
        self.write(self.err, b"mine")
        started = self.fifo()
        self.assertEqual(started.returncode, 6)
        self.assertIn(b".err: is there and is not a FIFO", started.stderr)
        self.assertEqual(self.keepers(), [])
        with open(self.err, "rb") as file:
            self.assertEqual(file.read(), b"mine")

    def test_symbolic_link_is_not_followed(self):
        os.mkfifo(self.directory + "/elsewhere", 0o600)
        os.symlink(self.directory + "/elsewhere", self.out)
        self.assertEqual(self.fifo().returncode, 6)
        self.assertEqual(stat.S_IMODE(os.stat(self.directory + "/elsewhere").st_mode), 0o600)

    def test_directory_that_is_not_there_is_6(self):
        self.fifos += "/nowhere"
        self.assertEqual(self.fifo().returncode, 6)

    def test_full_fifo_drops_by_policy(self):
        self.fifo("--on-full", "drop", "--drop-after-ms", 50)
        self.write(self.out, LINES)  # returns although nobody takes them
        logd = self.logd()
        run = logd.wait_for_run()
        logd.wait_for_data(run, b"line 49999\n")
        stored = run.streams[0].stored
        (_, (lines, _)), = stored.gaps.items()
        self.assertEqual(run.data().count(b"\n") + lines, 50000)


if __name__ == "__main__":
    unittest.main()
