"""The end of a run: exit_wait, keepers, and logd coming back to what they hold.

SPDX-License-Identifier: Apache-2.0
"""
import os
import signal
import subprocess
import time
import unittest

import fake_logd
from fake_logd import Store
from harness import wait_until
from shim_testing import NOBODY, ShimTest, has_gone, keepers

BRIEF = ("--exit-wait-ms", "100")


def fds_of(pid):
    return {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}


def status_line(pid, key):
    with open(f"/proc/{pid}/status") as status:
        return next(line.split()[1:] for line in status if line.startswith(key + ":"))


class End(ShimTest):
    def test_without_logd_the_shim_waits_and_leaves_a_keeper(self):
        started = time.monotonic()
        status, errors = self.run_to_end("sh", "-c", "echo out; echo err >&2; exit 3",
                                         options=["--exit-wait-ms", "400"])
        self.assertTrue(0.4 <= time.monotonic() - started < 3)
        self.assertEqual(status, 3)
        self.assertEqual(errors, f"logctl run: {self.name}: logd is not there to store what was "
                                 "written after 0.4 s; a keeper stays until all is stored\n")
        keeper, = keepers(self.name)
        logd = self.logd()
        run = logd.wait_for_run()
        logd.wait_for_stored(run)
        self.assertEqual((run.data(1), run.data(2)), (b"out\n", b"err\n"))
        self.assertEqual(run.flags, fake_logd.IS_KEEPER | fake_logd.HAS_EXITED)
        self.assertEqual((run.exit_code, run.exit_signal, run.command), (3, 0, "sh"))
        self.assertNotEqual(run.pid, 0)
        wait_until(lambda: has_gone(keeper), what="the end of the keeper")

    def test_keeper_hands_over_the_secrets_of_the_environment(self):
        self.run_to_end("sh", "-c", "echo $DB_PASSWORD", options=BRIEF,
                        env={"PATH": os.environ["PATH"], "DB_PASSWORD": "kX9vLq27RmZt"})
        run = self.logd().wait_for_run()
        self.assertEqual(run.flags, fake_logd.IS_KEEPER | fake_logd.HAS_EXITED)
        self.assertEqual(run.environment, ["kX9vLq27RmZt"])

    def test_exit_by_signal_reaches_the_next_logd(self):
        self.run_to_end("sh", "-c", "kill -USR2 $$", options=BRIEF)
        run = self.logd().wait_for_run()
        self.assertEqual((run.exit_code, run.exit_signal), (-1, signal.SIGUSR2))

    def test_logd_that_comes_within_exit_wait_spares_the_keeper(self):
        shim = self.start("sh", "-c", "echo out; touch %s/flag" % self.directory)
        wait_until(lambda: os.path.exists(self.directory + "/flag"), what="CMD")
        logd = self.logd()
        self.assertEqual(self.finish(shim), (0, ""))
        self.assertEqual(logd.runs[0].data(), b"out\n")

    def test_keeper_has_a_life_of_its_own(self):
        read_end, write_end = os.pipe()
        os.chdir("/usr")
        self.addCleanup(os.chdir, "/")
        self.run_to_end("sh", "-c", "echo out", options=BRIEF, pass_fds=[write_end])
        os.close(write_end)
        self.assertEqual(os.read(read_end, 1), b"")  # held by nobody
        os.close(read_end)
        keeper, = keepers(self.name)
        self.assertEqual(os.getsid(keeper), os.getpgid(keeper))
        self.assertNotEqual(os.getsid(keeper), os.getsid(0))
        self.assertEqual(os.readlink(f"/proc/{keeper}/cwd"), "/")
        with open(f"/proc/{keeper}/comm") as comm:
            self.assertEqual(comm.read(), "logd-keeper\n")
        wait_until(lambda: len(fds_of(keeper)) == 3 + 4, what="nothing but its own descriptors")
        fds = fds_of(keeper)
        self.assertEqual([fds[i] for i in range(3)], ["/dev/null"] * 3)
        others = sorted(target.split(":")[0] for fd, target in fds.items() if fd > 2)
        self.assertEqual(others, ["/memfd", "/memfd", "pipe", "pipe"])
        for name in ("TERM", "INT", "HUP"):
            os.kill(keeper, getattr(signal, "SIG" + name))
        logd = self.logd()
        run = logd.wait_for_run()
        logd.wait_for_stored(run)
        self.assertEqual(run.data(), b"out\n")

    def test_descendant_that_keeps_the_pipes_and_a_kill_of_logd(self):
        store = Store()
        logd = self.logd(store)
        go_on = self.directory + "/go"
        os.mkfifo(go_on)
        script = "echo first; (read x <%s; echo from behind; echo err >&2) & exit 4" % go_on
        status, errors = self.run_to_end("sh", "-c", script, options=BRIEF)
        self.assertEqual(status, 4)
        self.assertIn("a process left behind still has the output open after 0.1 s", errors)
        run = logd.wait_for_run()
        self.assertFalse(run.gone)  # the keeper goes on with the same connection
        keeper, = keepers(self.name)
        logd.stop()
        logd = self.logd(store)
        run = logd.wait_for_run()
        self.assertEqual(run.flags, fake_logd.IS_KEEPER | fake_logd.HAS_EXITED)
        with open(go_on, "w") as file:
            file.write("x\n")
        logd.wait_for_stored(run)
        self.assertEqual((run.data(1), run.data(2)), (b"first\nfrom behind\n", b"err\n"))
        wait_until(lambda: has_gone(keeper), what="the end of the keeper")

    def test_logd_that_cannot_store_is_given_a_keeper_too(self):
        logd = self.logd(stores=False)
        status, errors = self.run_to_end("sh", "-c", "echo out", options=BRIEF)
        self.assertEqual(status, 0)
        self.assertIn("logd has not stored everything after 0.1 s", errors)
        keeper, = keepers(self.name)
        run = logd.wait_for_run()
        logd.send_stored(run)
        wait_until(lambda: has_gone(keeper), what="the end of the keeper")

    def test_seventeenth_keeper_is_not_left(self):
        for _ in range(16):
            status, _ = self.run_to_end("sh", "-c", "echo out", options=["--exit-wait-ms", 0])
            self.assertEqual(status, 0)
        self.assertEqual(len(keepers(self.name)), 16)
        errors = self.directory + "/errors"
        with open(errors, "w") as file:
            waiting = self.start("sh", "-c", "echo out; exit 5", options=BRIEF, stderr=file)
        wait_until(lambda: os.path.getsize(errors) > 0, what="the message")
        self.assertIsNone(waiting.poll())
        # Another name, and another name that begins like this one, have a count of their own.
        for name in (self.name + "2", self.name[:-1]):
            status, _ = self.finish(self.start("true", "x", options=BRIEF, name=name))
            self.assertEqual((status, len(keepers(name))), (0, 1))
        logd = self.logd()
        logd.wait_for(lambda d: sum(run.stored_sent for run in d.runs) == 19, "all are stored")
        self.assertEqual(waiting.wait(10), 5)
        wait_until(lambda: keepers(self.name) == [], what="the end of the keepers")
        with open(errors) as file:
            self.assertRegex(file.read(), "^.*are 16 keepers already, so this process waits on\n$")

    @unittest.skipUnless(os.geteuid() == 0, "needs a second user")
    def test_keepers_are_counted_by_user(self):
        for _ in range(16):
            self.run_to_end("sh", "-c", "echo out", options=["--exit-wait-ms", 0])
        status, _ = self.run_to_end("sh", "-c", "echo out", options=BRIEF, user=NOBODY,
                                    group=NOBODY, extra_groups=[])
        self.assertEqual((status, len(keepers(self.name))), (0, 17))

    def test_output_closed_before_the_end_of_cmd(self):
        logd = self.logd()
        shim = self.start("sh", "-c", "echo out; exec >&- 2>&-; read line; exit 6",
                          stdin=subprocess.PIPE)
        run = logd.wait_for_run()
        logd.wait_for_data(run, b"out\n")
        logd.send_stored(run)
        self.assertIsNone(shim.poll())
        self.assertEqual(self.finish(shim), (6, ""))
        logd.wait_for(lambda _: run.exited, "the exit")

    def test_refused_keeper_asks_on(self):
        self.run_to_end("sh", "-c", "echo out", options=BRIEF)
        logd = self.logd(refuse=(fake_logd.LIMIT, "too many"))
        logd.wait_for_run(2)
        logd.stop()
        logd = self.logd()
        run = logd.wait_for_run()
        logd.wait_for_stored(run)
        self.assertEqual(run.data(), b"out\n")


if __name__ == "__main__":
    unittest.main()
