"""PM2 starts `logctl run`, or writes into FIFOs: the same bytes as PM2's own log files hold.

script/bootstrap puts PM2 into a folder of its own, where these tests find it.
SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

from harness import wait_until
from supervisor_testing import WRITE_AND_EXIT, SupervisorTest, read

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
PM2 = CACHE / "logd" / "pm2-7.0.4" / "node_modules" / ".bin" / "pm2"


@unittest.skipUnless(PM2.exists(), f"needs {PM2}; script/bootstrap installs it")
class Pm2Test(SupervisorTest):
    def setUp(self):
        super().setUp()
        # The folder tells the sandbox whose PM2's daemon is.
        self.box.environment["PM2_HOME"] = str(self.box.root / "pm2")

    def tearDown(self):
        self.pm2("kill")

    def pm2(self, *arguments, cwd=None):
        done = subprocess.run([PM2, *map(str, arguments)], capture_output=True, check=False,
                              timeout=60, env=self.box.environment, cwd=cwd or self.box.root)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def start(self, *apps):
        """Starts applications that are not started again."""
        apps = [{"autorestart": False, "interpreter": "none", "kill_timeout": 8000, **app}
                for app in apps]
        self.pm2("start", self.write("apps.json", json.dumps({"apps": apps})))

    def states(self):
        """By name, of the first instance."""
        found = {}
        for app in json.loads(self.pm2("jlist")):
            found.setdefault(app["name"], app["pm2_env"])
        return found

    def wait_until_stopped(self, *names):
        def stopped():
            states = self.states()
            return all(states[name]["status"] == "stopped" for name in names) and states
        return wait_until(stopped, 60, "the end of the applications", 0.2)

    def wait_for_ends(self, name):
        """Until PM2's own log files hold the last line of each stream."""
        for ending, last in (("out", b"and the end\n"), ("err", b"err 1999\n")):
            path = self.box.root / f"{name}.{ending}"
            wait_until(lambda: path.exists() and read(path).endswith(last), 60, path, 0.05)

    def own_log(self, name):
        return {"out_file": str(self.box.root / f"{name}.out"),
                "error_file": str(self.box.root / f"{name}.err"), "merge_logs": True}


# PM2 drops what it has not read of a program when that exits; so these wait to be stopped.
WRITE_AND_WAIT = WRITE_AND_EXIT.replace("and the end", "and the end\\n").replace("sys.exit(3)", """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
sys.stdout.flush()
sys.stderr.flush()
signal.sigwait([signal.SIGINT])
sys.exit(3)
""")
NOWHERE = {"out_file": "/dev/null", "error_file": "/dev/null"}


class Run(Pm2Test):
    def setUp(self):
        super().setUp()
        self.write("wait.py", WRITE_AND_WAIT)

    def under_logd(self, name, script):
        return {"name": name, "script": "logctl", **NOWHERE,
                "args": ["run", name, "--", sys.executable, str(self.box.root / script)]}

    def test_same_bytes_and_the_same_status_as_with_its_own_log_files(self):
        self.start({"name": "own", "script": sys.executable, "args": [self.path("wait.py")],
                    **self.own_log("own")}, self.under_logd("web", "wait.py"))
        self.wait_for_ends("own")
        self.wait_for_text("web", b"and the end\n")
        self.pm2("stop", "all")
        states = self.wait_until_stopped("own", "web")
        self.assertEqual([states[name]["exit_code"] for name in ("own", "web")], [3, 3])
        self.assert_same_bytes("web", self.box.root / "own.out", self.box.root / "own.err")

    def path(self, name):
        return str(self.box.root / name)

    def test_stop_and_restart(self):
        self.start(self.under_logd("web", "signals.py"))
        self.wait_for_text("web", b"ready\n")
        self.pm2("restart", "web")
        self.wait_for_text("web", b"SIGINT\nready\n")
        self.pm2("stop", "web")
        self.assertEqual(self.box.raw("web"), b"ready\nSIGINT\nready\nSIGINT\n")
        self.assertEqual([run["code"] for run in self.wait_for_runs("web", 2)], [5, 5])

    def test_the_copy_is_what_pm2_logs_shows(self):
        app = self.under_logd("web", "wait.py")
        app.update(self.own_log("copy"), args=["run", "--copy-out", *app["args"][1:]])
        self.start(app)
        self.wait_for_ends("copy")
        self.assert_same_bytes("web", self.box.root / "copy.out", self.box.root / "copy.err")

    def test_the_example(self):
        self.pm2("start", "ecosystem.config.js", cwd=self.examples / "pm2")
        for name in ("web", "worker@0", "worker@1"):
            self.wait_for_text(name, b"request 1 served\n")
        self.box.kill()
        self.box.start()
        self.pm2("stop", "all")
        for name in ("web", "worker@0", "worker@1"):
            lines = self.box.raw(name, "--out").splitlines()
            self.assertEqual(lines, [b"request %d served" % n for n in range(1, len(lines) + 1)])
            self.assertEqual(self.wait_for_runs(name, 1)[0]["code"], 0)


class Fifos(Pm2Test):
    config = "[process.web]\nfifo = true\n"

    def example(self, **changes):
        """The example, with the FIFOs of this sandbox and another program."""
        text = (self.examples / "pm2" / "ecosystem.fifo.config.js").read_text()
        text = text.replace("/run/logd/fifo", str(self.box.run_dir / "fifo"))
        text = text.replace("module.exports = {", "const made = {")
        text += f"Object.assign(made.apps[0], {json.dumps(changes)});\nmodule.exports = made;\n"
        return self.write("ecosystem.config.js", text)

    def test_same_bytes_as_in_its_own_log_files(self):
        lines = self.write("wait.py", WRITE_AND_WAIT)
        program = {"script": str(lines), "interpreter": sys.executable, "autorestart": False}
        self.start({"name": "own", **program, **self.own_log("own")})
        self.wait_for_ends("own")
        self.pm2("start", self.example(**program))
        self.wait_for_text("web", b"and the end\n")
        self.wait_for_text("web", b"err 1999\n")
        self.assert_same_bytes("web", self.box.root / "own.out", self.box.root / "own.err")

    def test_pm2_answers_while_nobody_drains_its_fifos(self):
        flood = self.write("flood.js", "let n = 0; setInterval(() => { for (let i = 0; i < 500; "
                                       "++i) console.log(`line ${++n} ${'x'.repeat(80)}`); }, 5);")
        self.pm2("start", self.example(script=str(flood)))
        self.wait_for_text("web", b"line 1 ")
        self.box.kill()
        deadline = time.monotonic() + 4  # the pipe has filled, and drop_after is over
        while time.monotonic() < deadline:
            self.assertEqual(self.states()["web"]["status"], "online")
        self.box.start()
        self.pm2("stop", "web")
        wait_until(lambda: b"dropped" in self.box.logctl("tail", "web", "--events", "-n", "all"),
                   20, "what was dropped", 0.1)


class Import(Pm2Test):
    def test_the_dump_of_a_real_pm2(self):
        self.pm2("start", "ecosystem.config.js", cwd=self.examples / "pm2")
        self.pm2("save")
        made = self.box.root / "made.toml"
        done = self.box.logctl("import", "pm2", "-o", made, status=None, cwd=self.box.root)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"dump.pm2", read(made))
        self.assertIn(b'[process."worker"]', read(made))
        checked = subprocess.run([self.box.logd_program, "--check-config", "--config", made],
                                 capture_output=True, check=False, env=self.box.environment)
        self.assertEqual(checked.returncode, 0, checked.stderr)


if __name__ == "__main__":
    unittest.main()
