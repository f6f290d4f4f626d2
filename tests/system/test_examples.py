"""The examples that no supervisor here can run: what is written in them is checked as far as their
own tools go.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from engine_testing import ClickHouse
from harness import BIN, REPOSITORY, SandboxTest, children_of, tool, wait_until
from server_testing import needs
from shipper_testing import ShipTest

try:
    import yaml
except ImportError:
    yaml = None

EXAMPLES = REPOSITORY / "examples"
ANALYZE = shutil.which("systemd-analyze")
MAX_EXPOSURE = 2.0


def unit_with_our_programs(path, folder):
    """A copy of a unit whose programs are those of this build, since verify looks for them."""
    text = path.read_text().replace("@LOGD_PROGRAM@", str(BIN / "logd"))
    text = text.replace("@LOGCTL_PROGRAM@", str(BIN / "logctl"))
    text = text.replace("@LOGD_CONFIG@", "/etc/logd/logd.toml")
    text = text.replace("/usr/bin/logctl", str(BIN / "logctl"))
    text = text.replace("/usr/bin/node", shutil.which("true"))
    # Pages that are not installed are no fault of the unit.
    text = re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE)
    copy = os.path.join(folder, path.name.removesuffix(".in"))
    with open(copy, "w", encoding="utf-8") as file:
        file.write(text)
    return copy


@unittest.skipUnless(ANALYZE, "needs systemd-analyze")
class Units(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="logd-test-units-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.logd = unit_with_our_programs(
            REPOSITORY / "packaging" / "systemd" / "logd.service.in", self.folder)

    def analyze(self, *arguments):
        done = subprocess.run([ANALYZE, *arguments], capture_output=True, text=True, check=False,
                              timeout=60)
        return done.returncode, done.stdout + done.stderr

    def assert_good(self, unit):
        status, said = self.analyze("verify", "--recursive-errors=no", unit)
        self.assertEqual((status, said), (0, ""))

    def test_logd(self):
        self.assert_good(self.logd)

    def test_the_unit_of_a_program(self):
        self.assert_good(unit_with_our_programs(EXAMPLES / "systemd" / "web.service", self.folder))

    def test_the_drop_in(self):
        unit = os.path.join(self.folder, "existing.service")
        with open(unit, "w", encoding="utf-8") as file:
            file.write("[Service]\nExecStart=/bin/sleep 1\n")
        os.mkdir(unit + ".d")
        unit_with_our_programs(EXAMPLES / "systemd" / "existing.service.d" / "logd.conf",
                               unit + ".d")
        self.assert_good(unit)

    def test_a_fault_is_found(self):
        unit = os.path.join(self.folder, "bad.service")
        with open(unit, "w", encoding="utf-8") as file:
            file.write("[Service]\nExecStart=/nowhere/logd\n")
        self.assertNotEqual(self.analyze("verify", "--recursive-errors=no", unit)[0], 0)

    def test_exposure(self):
        status, said = self.analyze("security", "--offline=true", self.logd)
        self.assertEqual(status, 0, said)
        level = float(re.search(r"Overall exposure level for logd.service: ([0-9.]+)", said)[1])
        self.assertLess(level, MAX_EXPOSURE)

    def test_what_keeps_lines_across_a_restart(self):
        with open(self.logd, encoding="utf-8") as file:
            settings = set(file.read().splitlines())
        for line in ("Type=notify", "KillMode=process", "RuntimeDirectoryPreserve=yes",
                     "LimitNOFILE=524288", "User=logd"):
            self.assertIn(line, settings)
        self.assertFalse(any(line.startswith("DynamicUser") for line in settings))


@unittest.skipUnless(ANALYZE and shutil.which("strace"), "needs systemd-analyze and strace")
class SystemCalls(SandboxTest):
    """The unit's filter lets through whatever logd calls, its archiver and keepers included."""

    def allowed(self):
        """The names that the unit's lines allow."""
        unit = (REPOSITORY / "packaging" / "systemd" / "logd.service.in").read_text()
        names = set()
        for value in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
            listed = self.expand(value.lstrip("~").split())
            names = names - listed if value.startswith("~") else names | listed
        # What systemd allows always, so that a program can be started.
        return names | self.expand(["@default"])

    def expand(self, words):
        names = set()
        for word in words:
            if not word.startswith("@"):
                names.add(word)
                continue
            listed = subprocess.run([ANALYZE, "syscall-filter", word], capture_output=True,
                                    text=True, check=True, timeout=60).stdout
            names |= self.expand(re.findall(r"^ +(@?[a-z0-9_-]+)$", listed, re.MULTILINE))
        return names

    def test_every_call_of_a_busy_life(self):
        box = self.sandbox("[defaults]\nmax_size = \"64KiB\"\nretain = 3\nkeep_plain = 0\n"
                           "sync = \"50ms\"\n[process.pipe]\nfifo = true\n")
        calls = box.root / "calls"
        box.prefix = ["strace", "-f", "-qq", "-c", "-o", calls]
        box.start(60)
        self.live(box)
        # strace goes on until the keeper of the FIFO has ended, too.
        traced = children_of([box.daemon.pid])
        os.kill(next(pid for pid in traced if traced[pid] == box.logd_program), signal.SIGTERM)
        wait_until(lambda: box.logctl("status", status=None).returncode == 5, 20, "logd's end")
        for pid, command in children_of([os.getpid()]).items():
            if command.startswith("logd-fifo"):
                os.kill(pid, signal.SIGKILL)
        self.assertEqual(box.wait(box.daemon, 30), 0)
        called = set(re.findall(r"([a-z0-9_]+)$", calls.read_text(), re.MULTILINE))
        called -= {"syscall", "total"}
        self.assertLess({"splice", "pwrite64", "fsync", "execve", "sched_setattr"}, called)
        self.assertEqual(called - self.allowed(), set())

    def live(self, box):
        box.run_to_end("web", [tool("line_writer"), "--both", "--lines", "5000"])
        with open(box.run_dir / "fifo" / "pipe.out", "wb") as fifo:
            fifo.write(b"a line\n")
        wait_until(lambda: b"a line" in box.raw("pipe"), 20, "the line of the FIFO")
        wait_until(lambda: any(name.endswith(".gz") for name in os.listdir(box.log_dir / "web")),
                   30, "an archive")
        for command in ("rotate", "sync", "prune", "status", "flush"):
            box.logctl(command)
        for pid, command in children_of([box.daemon.pid]).items():
            if command == box.logd_program:
                os.kill(pid, signal.SIGHUP)


class Configurations(unittest.TestCase):
    def test_each_is_good(self):
        seen = 0
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("LOGD_")}
        for config in sorted(EXAMPLES.glob("**/logd*.toml")):
            with self.subTest(config):
                done = subprocess.run([BIN / "logd", "--check-config", "--config", config],
                                      capture_output=True, text=True, timeout=30, check=False,
                                      env=environment)
                self.assertEqual((done.returncode, done.stdout, done.stderr),
                                 (0, f"{config}: good\n", ""))
                seen += 1
        self.assertGreater(seen, 5)

    @unittest.skipUnless(yaml, "needs python3-yaml")
    def test_those_of_receivers_can_be_parsed(self):
        collector = yaml.safe_load((EXAMPLES / "ship" / "collector" / "config.yaml").read_text())
        pipeline = collector["service"]["pipelines"]["logs"]
        self.assertLessEqual(set(pipeline["receivers"]), set(collector["receivers"]))
        self.assertLessEqual(set(pipeline["exporters"]), set(collector["exporters"]))
        self.assertEqual(set(collector["service"]["extensions"]), set(collector["extensions"]))
        loki = yaml.safe_load((EXAMPLES / "ship" / "loki" / "config.yaml").read_text())
        self.assertIn("otlp_config", loki["limits_config"])
        template = json.loads((EXAMPLES / "ship" / "elasticsearch" / "template.json").read_text())
        self.assertIn("data_stream", template)

    def test_every_folder_of_receivers_is_in_the_list(self):
        listed = set(re.findall(r"\]\((\w+)\)", (EXAMPLES / "ship" / "README.md").read_text()))
        self.assertEqual(listed, {path.name for path in (EXAMPLES / "ship").iterdir()
                                  if path.is_dir()})


@needs(ClickHouse)
class Tables(ShipTest):
    def test_what_is_sent_fits_the_table(self):
        engine = self.server(ClickHouse)
        folder = EXAMPLES / "ship" / "clickhouse"
        engine.query("CREATE DATABASE logs")
        engine.query((folder / "table-18.sql").read_text())
        config = (folder / "logd-18.toml").read_text()
        config = config.replace("http://127.0.0.1:8123/", engine.url())
        box = self.started(config.replace('"5s"', '"50ms"'))
        self.write(box, "web", 100)
        wait_until(lambda: engine.count("logs.records") >= 100, 30, "100 rows", 0.05)
        row, = engine.query("SELECT process, stream, toDate(time) = today() AS is_today "
                            "FROM logs.records LIMIT 1")
        self.assertEqual(row, {"process": "web", "stream": "stdout", "is_today": 1})


@unittest.skipUnless(yaml, "needs python3-yaml")
class Containers(unittest.TestCase):
    def test_compose(self):
        compose = yaml.safe_load((EXAMPLES / "docker" / "compose.yaml").read_text())
        services = compose["services"]
        self.assertEqual(services["web"]["command"][:3], ["logctl", "run", "--copy-out"])
        for service in services.values():
            for volume in service["volumes"]:
                self.assertIn(volume.split(":")[0], compose["volumes"])
        dockerfile = EXAMPLES / "docker" / services["logd"]["build"]["context"] / \
            services["logd"]["build"]["dockerfile"]
        self.assertTrue(dockerfile.is_file(), dockerfile)

    def test_files_that_the_image_is_made_of(self):
        text = (EXAMPLES / "docker" / "Dockerfile").read_text()
        for source in re.findall(r"^COPY (?:--chown=\S+ )?([a-z]\S*) ", text, re.MULTILINE):
            self.assertTrue((REPOSITORY / source).exists(), source)

    def test_the_manifest(self):
        config, deployment = yaml.safe_load_all(
            (EXAMPLES / "kubernetes" / "web.yaml").read_text())
        pod = deployment["spec"]["template"]["spec"]
        sidecar = pod["initContainers"][0]
        self.assertEqual(sidecar["restartPolicy"], "Always")
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in (sidecar, *pod["containers"]):
            self.assertEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(config["data"]["logd.toml"])
            file.flush()
            subprocess.run([BIN / "logd", "--check-config", "--config", file.name], check=True,
                           capture_output=True, timeout=30)

    def test_every_folder_is_in_the_list(self):
        listed = set(re.findall(r"\]\((\w+)\)", (EXAMPLES / "README.md").read_text()))
        self.assertEqual(listed, {path.name for path in EXAMPLES.iterdir() if path.is_dir()})
        for folder in listed:
            self.assertTrue((EXAMPLES / folder / "README.md").is_file(), folder)


if __name__ == "__main__":
    unittest.main()
