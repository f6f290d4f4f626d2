"""`logctl import pm2`: each file of a corpus becomes a logd.toml that logd takes, with a word on
every key.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import shutil
import subprocess
import unittest

from harness import SandboxTest

NODE = shutil.which("node")

# Name of the file, its text, and the processes that it is about.
CORPUS = [
    ("ecosystem.config.js", "module.exports = { apps: [{ name: 'web', script: 'a' }] };", ["web"]),
    ("array.config.js", "module.exports = [{ name: 'a', script: 'a' }, { name: 'b' }];",
     ["a", "b"]),
    ("one.config.cjs", "exports.name = 'web'; exports.script = './x/y.js';", ["web"]),
    ("esm.config.mjs", "export default { apps: [{ name: 'esm', script: 'a.mjs' }] };", ["esm"]),
    ("late.config.mjs", "const n = await Promise.resolve('late');\nexport default [{ name: n }];",
     ["late"]),
    ("computed.config.js", "const apps = ['a', 'b'].map((name) => ({ name, script: name,\n"
     "  env: { PORT: 1 + 1 }, watch: () => true }));\nmodule.exports = { apps };", ["a", "b"]),
    ("talkative.config.js", "console.log('hello', '[process.x]');\n"
     "module.exports = { apps: [{ name: 'web' }] };", ["web"]),
    ("plain.json", '{"apps": [{"name": "web", "script": "a.js"}]}', ["web"]),
    ("commented.json", '// ours\n{"apps": [{"name": "web"} /* more */]}', ["web"]),
    ("loose.json", "{apps: [{name: 'web', script: 'a.js',},],}", ["web"]),
    ("all_keys.json", json.dumps({"apps": [{
        "name": "web", "script": "a.js", "out_file": "/x/out.log", "error_file": "/x/err.log",
        "log_file": "/x/all.log", "merge_logs": True, "instances": "max", "exec_mode": "cluster",
        "log_date_format": "YYYY", "time": True, "log_type": "json", "disable_logs": True,
        "env": {"A": "secret-value"}, "env_production": {"A": "B"}, "cron_restart": "0 0 * * *",
        "max_memory_restart": "1G", "unheard_of": 1, "args": ["--x"]}], "deploy": {}}), ["web"]),
    ("names.json", json.dumps([{"name": "My App"}, {"name": "ünï"}, {"name": "." * 3},
                               {"name": "x" * 200}, {"name": 'a"b\\\n[c]'}, {"script": "s/t.js"}]),
     ["My-App", "t"]),
]

ROTATION = {"max_size": "10MB", "retain": "0", "compress": "true", "rotateInterval": "0 0 3 * * *",
            "TZ": "Europe/Berlin", "workerInterval": "30", "dateFormat": "YYYY-MM-DD",
            "rotateModule": "true"}


class ImportTest(SandboxTest):
    def setUp(self):
        self.box = self.sandbox()
        self.home = self.box.root / "pm2"
        self.home.mkdir()
        self.box.environment["PM2_HOME"] = str(self.home)

    def write(self, name, text):
        path = self.box.root / name
        path.write_text(text)
        return path

    def rotation(self, settings):
        (self.home / "module_conf.json").write_text(json.dumps({"pm2-logrotate": settings}))

    def run_import(self, *arguments, **options):
        options.setdefault("cwd", self.box.root)
        return self.box.logctl("import", "pm2", *arguments, status=None, **options)

    def taken(self, *arguments):
        """What an import that must work made, and what it said."""
        done = self.run_import(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        made = self.write("made.toml", done.stdout.decode())
        checked = subprocess.run([self.box.logd_program, "--check-config", "--config", made],
                                 capture_output=True, check=False, env=self.box.environment)
        self.assertEqual((checked.returncode, checked.stderr), (0, b""), done.stdout)
        return done.stdout.decode(), done.stderr.decode()


class Corpus(ImportTest):
    def test_each_is_taken_by_logd(self):
        if not NODE:
            self.skipTest("needs node")
        self.rotation(ROTATION)
        for name, text, processes in CORPUS:
            with self.subTest(name):
                made, said = self.taken(self.write(name, text))
                for process in processes:
                    self.assertIn(f'[process."{process}"]', made)
                    self.assertIn(f"logctl: import: {process}: ", said)
                self.assertNotIn("secret-value", made + said)

    def test_every_key_is_told_about(self):
        app = json.loads(dict((name, text) for name, text, _ in CORPUS)["all_keys.json"])["apps"][0]
        self.rotation(ROTATION)
        _, said = self.taken(self.write("x.json", json.dumps([app])))
        others = next(line for line in said.splitlines() if "other keys" in line)
        for key in app:
            self.assertTrue(f"web: {key}: " in said or key in others, key)
        for key in ROTATION:
            self.assertIn(f"pm2-logrotate: {key}: ", said)

    def test_rotation_settings_of_all_kinds(self):
        app = self.write("x.json", '[{"name": "web"}]')
        for key, values in {
                "max_size": ["10M", "10MB", "10m", "1G", "0", "", "5", "x", "-3", "1e9", "70000"],
                "retain": ["30", "all", "0", "-1", "x", "1000000", "99999999999999999999"],
                "compress": ["true", "false", "yes", True, False, None],
                "rotateInterval": ["0 0 * * *", "*/10 * * * * *", "0 0 31 2 *", "x", "60 * * * *"],
                "TZ": ["UTC", "Europe/Berlin", "Nowhere/City", ""]}.items():
            for value in values:
                with self.subTest(key=key, value=value):
                    self.rotation({key: value})
                    _, said = self.taken(app)
                    self.assertIn(f"pm2-logrotate: {key}: ", said)
        self.rotation({"max_size": "10MB"})
        made, said = self.taken(app)
        self.assertIn('max_size = "10MiB"\n', made)
        self.assertIn("warning: '10MB' is taken as 10MiB: pm2-logrotate read that as 10 bytes",
                      said)


class Files(ImportTest):
    def test_without_a_name_the_file_here_then_the_dump(self):
        self.assertEqual(self.run_import().returncode, 1)
        (self.home / "dump.pm2").write_text('[{"name": "dumped", "pm_id": 0}]')
        self.assertIn('[process."dumped"]', self.taken()[0])
        self.write("process.json", '[{"name": "here"}]')
        self.assertIn('[process."here"]', self.taken()[0])

    def test_a_file_is_overwritten_only_by_force(self):
        app = self.write("x.json", '[{"name": "web"}]')
        target = self.write("logd.conf", "mine")
        done = self.run_import(app, "-o", target)
        self.assertEqual((done.returncode, target.read_text()), (2, "mine"))
        self.assertIn(b"--force", done.stderr)
        self.assertEqual(self.run_import(app, "-o", target, "--force").returncode, 0)
        self.assertIn("[process", target.read_text())
        self.assertEqual(target.stat().st_mode & 0o777, 0o644)

    def test_what_cannot_be_read(self):
        for name, text in (("broken.js", "module.exports = {"), ("thrown.js", "throw 'no';"),
                           ("nothing.js", ""), ("empty.json", '{"apps": []}'), ("bad.json", "{"),
                           ("x.yaml", "apps: []")):
            with self.subTest(name):
                done = self.run_import(self.write(name, text))
                self.assertEqual((done.returncode, done.stdout), (2, b""), done.stderr)
                self.assertIn(name.encode(), done.stderr)
        self.assertEqual(self.run_import("/nowhere/file").returncode, 1)
        self.assertEqual(self.box.logctl("import", "forever", status=None).returncode, 2)

    def test_without_node_json_is_read_and_a_program_is_not(self):
        environment = dict(self.box.environment, PATH=str(self.home))
        app = self.write("x.json", '[{"name": "web"}]')
        self.assertEqual(self.run_import(app, env=environment).returncode, 0)
        program = self.write("ecosystem.config.js", CORPUS[0][1])
        done = self.run_import(program, env=environment)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"there is no node", done.stderr)

    def test_what_is_too_deep_or_too_much(self):
        deep = 100_000
        for name, text in (("deep.json", "[" * deep + "]" * deep),
                           ("objects.json", '{"apps":' * deep + "1" + "}" * deep),
                           ("big.js", "module.exports = [{ name: 'x', y: 'z'.repeat(40e6) }];")):
            with self.subTest(name):
                done = self.run_import(self.write(name, text), seconds=60)
                self.assertIn(done.returncode, (1, 2), done.stderr)
                self.assertIn(name.encode(), done.stderr)
                self.assertEqual(done.stdout, b"")

    def test_damaged_settings_of_modules(self):
        (self.home / "module_conf.json").write_text("{")
        self.assertEqual(self.run_import(self.write("x.json", '[{"name": "w"}]')).returncode, 2)

    def test_settings_of_modules_that_are_no_file(self):
        app = self.write("x.json", '[{"name": "w"}]')
        settings = self.home / "module_conf.json"
        for make in (os.mkfifo, os.mkdir):
            make(settings)
            done = self.run_import(app, seconds=10)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(b"module_conf.json: is not a regular file", done.stderr)
            (os.rmdir if settings.is_dir() else os.unlink)(settings)


if __name__ == "__main__":
    unittest.main()
