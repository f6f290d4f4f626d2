"""Supervisor starts `logctl run`: bytes, exit codes, signals, stops and restarts as without it.

SPDX-License-Identifier: Apache-2.0
"""
import shutil
import subprocess
import unittest
import xmlrpc.client
from http.client import HTTPConnection
import socket

from harness import wait_until
from supervisor_testing import SupervisorTest

SUPERVISORD = shutil.which("supervisord")

CONFIG = """
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={root}/supervisord.pid

[unix_http_server]
file={root}/supervisor.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

PROGRAM = """
[program:{name}]
command={command}
stdout_logfile={out}
stderr_logfile={err}
autostart=false
autorestart=false
startsecs=0
stopwaitsecs=15
"""


class UnixTransport(xmlrpc.client.Transport):
    """XML-RPC over Supervisor's socket."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        if self._connection and self._connection[1]:
            return self._connection[1]
        connection = HTTPConnection(host)
        connection.sock = socket.socket(socket.AF_UNIX)
        self._connection = host, connection
        connection.sock.connect(self.path)
        return connection


@unittest.skipUnless(SUPERVISORD, "needs supervisord")
class Supervisord(SupervisorTest):
    def start(self, programs, directory=None):
        """`programs`: of a file, behind what every one has."""
        file = self.write("supervisord.conf", CONFIG.format(root=self.box.root) + programs)
        self.box.spawn([SUPERVISORD, "-n", "-c", file], cwd=directory or self.box.root,
                       stdout=subprocess.DEVNULL)
        socket_path = str(self.box.root / "supervisor.sock")

        def answers():
            try:
                server.supervisor.getState()
                return True
            except OSError:
                return False
            finally:
                transport.close()
        transport = UnixTransport(socket_path)
        server = xmlrpc.client.ServerProxy("http://localhost", transport)
        wait_until(answers, 20, "supervisord", 0.05)
        self.supervisor = server.supervisor
        self.addCleanup(transport.close)

    def state(self, name):
        return self.supervisor.getProcessInfo(name)["statename"]

    def wait_for_state(self, name, state):
        wait_until(lambda: self.state(name) == state, 30, f"{name} to be {state}", 0.05)

    def under_logd(self, name, script):
        return PROGRAM.format(name=name, out="NONE", err="NONE",
                              command=f"logctl run {name} -- {self.python(script)}")

    def test_same_bytes_and_the_same_status_as_with_its_own_log_files(self):
        own = PROGRAM.format(name="own", command=self.python("write.py"),
                             out=self.box.root / "own.out", err=self.box.root / "own.err")
        self.start(own + self.under_logd("web", "write.py"))
        for name in ("own", "web"):
            self.supervisor.startProcess(name)
            self.wait_for_state(name, "EXITED")
            self.assertEqual(self.supervisor.getProcessInfo(name)["exitstatus"], 3)
        self.assert_same_bytes("web", self.box.root / "own.out", self.box.root / "own.err")

    def test_signals_stops_and_restarts_reach_the_program_once(self):
        self.start(self.under_logd("web", "signals.py"))
        self.supervisor.startProcess("web")
        self.wait_for_text("web", b"ready\n")
        pid = self.supervisor.getProcessInfo("web")["pid"]
        self.supervisor.signalProcess("web", "HUP")
        self.wait_for_text("web", b"SIGHUP\n")
        self.supervisor.stopProcess("web")
        self.assertEqual(self.state("web"), "STOPPED")
        self.assertEqual(self.supervisor.getProcessInfo("web")["exitstatus"], 5)
        self.assertEqual(self.box.raw("web"), b"ready\nSIGHUP\nSIGTERM\n")
        self.supervisor.startProcess("web")
        self.wait_for_text("web", b"SIGTERM\nready\n")
        self.assertNotEqual(self.supervisor.getProcessInfo("web")["pid"], pid)
        self.supervisor.stopProcess("web")
        self.assertEqual([run["code"] for run in self.wait_for_runs("web", 2)], [5, 5])

    def test_the_example(self):
        example = (self.examples / "supervisord" / "supervisord.conf").read_text()
        self.start(example.partition("nodaemon=true\n")[2], self.examples / "supervisord")
        for name in ("web", "worker@0", "worker@1"):
            self.wait_for_text(name, b"request 1 served\n")
        self.box.kill()
        self.box.start()
        for info in self.supervisor.stopAllProcesses():
            self.assertEqual(info["status"], 80, info)  # SUCCESS
        for name in ("web", "worker@0", "worker@1"):
            lines = self.box.raw(name, "--out").splitlines()
            self.assertEqual(lines, [b"request %d served" % n for n in range(1, len(lines) + 1)])
            self.assertEqual(self.wait_for_runs(name, 1)[0]["code"], 0)


if __name__ == "__main__":
    unittest.main()
