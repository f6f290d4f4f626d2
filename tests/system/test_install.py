"""`cmake --install`: all that belongs to logd is where it belongs, and works from there.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import BIN, REPOSITORY, Sandbox, wait_until

BUILD = BIN.parent
PREFIX = "usr/local"  # where a build installs that was not told

FILES = [
    "sbin/logd", "bin/logctl", "libexec/logd/logd-shim",
    "libexec/logd/logd-webhook", "libexec/logd/logd-ship",
    "share/man/man8/logd.8", "share/man/man1/logctl.1", "share/man/man5/logd-format.5",
    "share/man/man5/logd-rules.5", "share/man/man7/logd-query.7",
    "share/man/man7/logd-ship.7",
    "share/logd/rules/pii.toml", "etc/logd/logd.toml",
    "lib/systemd/system/logd.service", "lib/sysusers.d/logd.conf", "lib/tmpfiles.d/logd.conf",
    "share/bash-completion/completions/logctl", "share/zsh/vendor-completions/_logctl",
    "share/fish/vendor_completions.d/logctl.fish",
    "share/doc/logd/README.md", "share/doc/logd/examples/runit/web/run",
]


@unittest.skipUnless((BUILD / "cmake_install.cmake").exists(), "needs the folder of a build")
class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="logd-test-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        subprocess.run(["cmake", "--install", BUILD], check=True, capture_output=True,
                       timeout=120, env=dict(os.environ, DESTDIR=str(cls.root)))
        cls.prefix = cls.root / PREFIX

    def test_files(self):
        for name in FILES:
            self.assertTrue((self.prefix / name).is_file(), name)
        for name in FILES[:5] + FILES[-1:]:
            self.assertTrue(os.access(self.prefix / name, os.X_OK), name)

    def test_every_page_is_installed(self):
        pages = {path.name for path in (REPOSITORY / "man").iterdir()}
        installed = {path.name for path in (self.prefix / "share" / "man").glob("man?/*")}
        self.assertEqual(installed, pages)

    def test_the_unit_starts_what_is_installed(self):
        unit = (self.prefix / "lib/systemd/system/logd.service").read_text()
        self.assertIn(f"\nExecStart=/{PREFIX}/sbin/logd --config /{PREFIX}/etc/logd/logd.toml\n",
                      unit)

    def test_the_configuration_is_good_and_only_names_directories(self):
        text = (self.prefix / "etc/logd/logd.toml").read_text()
        self.assertEqual([line for line in text.splitlines()
                          if line and not line.startswith(("#", "["))],
                         ['log_dir = "/var/log/logd"', 'run_dir = "/run/logd"',
                          'rules_dir = "/etc/logd/rules"'])
        config = self.root / "logd.toml"
        config.write_text(text.replace("/etc/logd/rules", str(self.prefix / "etc/logd/rules")))
        said = subprocess.run([BIN / "logd", "--check-config", "--config", config], check=True,
                              capture_output=True, timeout=30)
        self.assertEqual(said.stderr, b"")

    def test_completion_scripts_ask_logctl(self):
        for name in (name for name in FILES if "completions" in name):
            self.assertIn(" complete --", (self.prefix / name).read_text(), name)

    def test_the_unit_reloads_by_what_is_installed(self):
        unit = (self.prefix / "lib/systemd/system/logd.service").read_text()
        self.assertIn(f"\nExecReload=/{PREFIX}/bin/logctl --config /{PREFIX}/etc/logd/logd.toml "
                      "reload\n", unit)

    def test_the_unit_may_forward_and_call(self):
        unit = (self.prefix / "lib/systemd/system/logd.service").read_text()
        families, = re.findall(r"^RestrictAddressFamilies=(.*)$", unit, re.MULTILINE)
        self.assertEqual(set(families.split()), {"AF_UNIX", "AF_INET", "AF_INET6"})

    def test_a_tree_that_was_moved_works(self):
        moved = self.root / "moved"
        for name in FILES[:3]:
            (moved / name).parent.mkdir(parents=True)
            shutil.copy2(self.prefix / name, moved / name)
        with Sandbox(binaries=moved / "bin") as box:
            box.logd_program = str(moved / "sbin/logd")
            box.start()
            run = box.run("web", ["sh", "-c", "echo hello; exec sleep 60"])
            wait_until(lambda: os.readlink(f"/proc/{run.pid}/exe")
                       == str(moved / "libexec/logd/logd-shim"), what="the shim of the tree")
            # Until it has a log, logctl knows no such process.
            wait_until(lambda: box.logctl("tail", "web", "-o", "raw", status=None).stdout
                       == b"hello\n", what="its line")

    def test_a_copy_in_one_folder_works(self):
        copy = self.root / "copy"
        copy.mkdir()
        for name in FILES[:3]:
            shutil.copy2(self.prefix / name, copy)
        with Sandbox(binaries=copy) as box:
            box.start()
            self.assertEqual(box.run_to_end("web", ["echo", "hello"]), 0)
            self.assertEqual(box.raw("web"), b"hello\n")


if __name__ == "__main__":
    unittest.main()
