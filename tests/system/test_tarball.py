"""The release tarball: it runs from wherever it is unpacked, and takes nothing of the system's but
the C library.

Needs a tarball made by script/package --tarball; part of the full tests only.
SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest

from harness import IS_FULL, REPOSITORY, Sandbox, wait_until

TARBALLS = sorted((REPOSITORY / "build" / "package").glob("logd-*.tar.gz"), key=os.path.getmtime)
GLIBC = re.compile(r"(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|anl|mvec))\.so\.\d+$")
STATIC = re.compile(r"lib(re2|z|deflate)\.so")
FILES = [
    "README.md", "LICENSE", "CHANGELOG.md", "INSTALL", "bin/logctl", "sbin/logd",
    "libexec/logd/logd-shim", "share/man/man8/logd.8", "share/man/man1/logctl.1",
    "share/logd/rules/pii.toml", "share/bash-completion/completions/logctl",
    "share/zsh/vendor-completions/_logctl", "share/fish/vendor_completions.d/logctl.fish",
    "share/doc/logd/licences/libre2", "share/doc/logd/licences/libstdc++6",
    "lib/systemd/system/logd.service", "lib/sysusers.d/logd.conf", "lib/tmpfiles.d/logd.conf",
    "etc/logd/logd.toml", "examples/pm2/README.md",
]


def said_by(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=True, timeout=60)
    return done.stdout


def needed(path):
    """Names of the libraries that a file asks for."""
    return re.findall(r"\(NEEDED\).*\[(.*)\]", said_by("readelf", "-d", path))


def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def mapped(pid):
    """Paths of the files with code that a process has mapped."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        return {fields[5].rstrip("\n") for line in maps if len(fields := line.split(None, 5)) > 5
                and "x" in fields[1] and fields[5].startswith("/")}


@unittest.skipUnless(IS_FULL and TARBALLS and shutil.which("readelf"),
                     "needs --full and script/package --tarball")
class Tarball(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(tempfile.mkdtemp(prefix="logd-test-tarball-"))
        cls.addClassCleanup(shutil.rmtree, cls.place)
        with tarfile.open(TARBALLS[-1]) as tarball:
            cls.owners = {(member.uid, member.gid) for member in tarball}
            tarball.extractall(cls.place)
        unpacked, = cls.place.iterdir()
        cls.tree = unpacked.rename(cls.place / "a place of its own")
        cls.files = [path for path in cls.tree.rglob("*") if path.is_file()]
        cls.programs = [path for path in cls.files if is_elf(path) and os.access(path, os.X_OK)
                        and path.parent.name != "lib"]

    def dynamic(self):
        return [path for path in self.files if is_elf(path) and needed(path)]

    def test_files(self):
        self.assertEqual(self.owners, {(0, 0)})
        for name in FILES:
            self.assertTrue((self.tree / name).is_file(), name)
        self.assertLessEqual({"logctl", "logd", "logd-shim"}, {path.name for path in self.programs})

    def test_every_page_is_there(self):
        self.assertEqual({path.name for path in (self.tree / "share/man").glob("man?/*")},
                         {path.name for path in (REPOSITORY / "man").iterdir()})

    def test_nothing_is_asked_for_but_the_c_library_and_what_is_in_the_tree(self):
        own = {path.name for path in (self.tree / "lib").glob("*.so*")}
        self.assertLessEqual({"libstdc++.so.6", "libgcc_s.so.1"}, own)
        asked = {name for path in self.dynamic() for name in needed(path)}
        # What the system may have or not: alerts by webhook are off without it.
        asked -= {"libcurl.so.4"}
        self.assertEqual([name for name in asked if not GLIBC.match(name) and name not in own], [])
        self.assertEqual([name for name in asked | own if STATIC.match(name)], [])
        self.assertEqual([name for name in own if GLIBC.match(name)], [])

    def test_what_is_in_the_tree_is_found_there(self):
        for path in (self.tree / "bin/logctl", self.tree / "sbin/logd"):
            for name, found in re.findall(r"^\s*(\S+) => (.*?)(?: \(|$)", said_by("ldd", path),
                                          re.MULTILINE):
                if not GLIBC.match(name):
                    self.assertEqual(os.path.dirname(os.path.realpath(found)),
                                     str(self.tree / "lib"), f"{path.name}: {name}")

    def test_the_c_library_that_is_asked_for(self):
        versions = {tuple(map(int, version.split("."))) for path in self.dynamic()
                    for version in re.findall(r"Name: GLIBC_([0-9.]+)", said_by("readelf", "-V",
                                                                               path))}
        told = re.search(r"glibc (\d+)\.(\d+) or newer", (self.tree / "INSTALL").read_text())
        self.assertLessEqual(max(versions), tuple(map(int, told.groups())))

    def test_hardened(self):
        for path in self.programs:
            if not needed(path):
                continue  # the shim, which is static
            self.assertIn("DYN (Position-Independent", said_by("readelf", "-h", path))
            self.assertIn("BIND_NOW", said_by("readelf", "-d", path))

    def test_no_path_of_the_build(self):
        for path in self.files:
            self.assertNotIn(str(REPOSITORY).encode(), path.read_bytes(), path)

    def test_captures_and_shows(self):
        with Sandbox(binaries=self.tree / "bin") as box:
            box.logd_program = str(self.tree / "sbin/logd")
            box.environment.pop("LD_LIBRARY_PATH", None)
            box.start()
            self.assertEqual(box.run_to_end("web", ["echo", "hello"]), 0)
            self.assertEqual(box.raw("web"), b"hello\n")
            waiting = box.run("waits", ["sleep", "60"])
            # logctl becomes the shim.
            wait_until(lambda: os.readlink(f"/proc/{waiting.pid}/exe")
                       == str(self.tree / "libexec/logd/logd-shim"), what="the shim of the tree")
            # The C library loads modules of the system's own (NSS); none brings a second copy.
            own = {path.resolve().name for path in (self.tree / "lib").glob("*.so*")}
            found = mapped(box.daemon.pid)
            self.assertLessEqual({str(self.tree / "lib" / name) for name in own}, found)
            self.assertEqual([path for path in found if not path.startswith(str(self.tree))
                              and os.path.basename(path) in own], [])
            box.stop()

    def test_what_its_libraries_do(self):
        """A time zone, a rule, a field of JSON, an archive, TOML, an exception."""
        with Sandbox('timezone = "Europe/Berlin"\n[defaults]\nkeep_plain = 0\n',
                     binaries=self.tree / "bin") as box:
            box.logd_program = str(self.tree / "sbin/logd")
            box.start()
            box.run_to_end("web", ["sh", "-c", "echo '{\"level\":\"error\",\"to\":\"a@b.org\"}'"])
            box.logctl("rotate", "web")
            wait_until(lambda: list((box.log_dir / "web").glob("*.gz")), what="an archive")
            self.assertIn(b"[masked:email]", box.raw("web", "--level", "error"))
            box.config.write_text("[defaults\n")
            self.assertEqual(box.logctl("reload", status=None).returncode, 2)


if __name__ == "__main__":
    unittest.main()
