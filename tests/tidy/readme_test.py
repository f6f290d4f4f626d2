#!/usr/bin/env python3
"""README.md is true where a program can tell: its session was recorded, its logd.toml is good, its
links lead somewhere, its tables of the house are those of the tree.

That its commands work is seen by tests/system/test_readme.py.
SPDX-License-Identifier: Apache-2.0
"""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import includes_test
import source_tree

BIN = os.environ.get("LOGD_BIN", os.path.join(source_tree.ROOT, "build", "dev", "bin"))
PICTURE = "docs/session.svg"
SVG = "{http://www.w3.org/2000/svg}"
MAX_LINES = 360
MAX_PICTURE = 60_000
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")


def blocks(text, language):
    """What stands between fences that name this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def links(text):
    return re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)


def table_of_folders(text):
    return re.findall(r"^\| ([a-z_]+/(?:[a-z_]+/)?) \|", text, re.MULTILINE)


def is_within(lines, all_lines):
    """Whether `lines` are some of all_lines, in their order."""
    rest = iter(all_lines)
    return all(line in rest for line in lines)


class Readme(unittest.TestCase):
    text = source_tree.read("README.md")

    def test_length(self):
        self.assertLessEqual(len(self.text.split("\n")), MAX_LINES)

    def test_the_configuration_is_good(self):
        configurations = blocks(self.text, "toml")
        self.assertEqual(1, len(configurations))
        with tempfile.TemporaryDirectory() as folder:
            config = os.path.join(folder, "logd.toml")
            with open(config, "w", encoding="utf-8") as file:
                file.write(configurations[0])
            environment = {name: value for name, value in os.environ.items()
                           if not name.startswith("LOGD_")}
            environment.update(LOGD_LOG_DIR=folder + "/log", LOGD_RUN_DIR=folder)
            done = subprocess.run([os.path.join(BIN, "logd"), "--check-config", "--config", config],
                                  capture_output=True, text=True, timeout=30, check=False,
                                  env=environment)
        self.assertEqual((0, f"{config}: good\n", ""),
                         (done.returncode, done.stdout, done.stderr))

    def test_the_session_is_what_was_recorded(self):
        sessions = blocks(self.text, "console")
        self.assertEqual(1, len(sessions))
        shown = sessions[0].rstrip("\n").split("\n")
        self.assertLessEqual(len(shown), 25)
        self.assertTrue(is_within(shown, recorded()), "run script/record")
        self.assertIn(f"]({PICTURE})", self.text)

    def test_links(self):
        for document in DOCUMENTS:
            for link in links(source_tree.read(document)):
                self.assertTrue(os.path.exists(os.path.join(source_tree.ROOT, link)),
                                f"{document}: {link}")

    def test_folders(self):
        sources = [f"src/{name}/" for name in os.listdir(os.path.join(source_tree.ROOT, "src"))]
        if not shutil.which("git"):
            self.skipTest("needs git")
        tracked = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                                 cwd=source_tree.ROOT, capture_output=True, text=True,
                                 check=False).stdout.split("\n")
        if not tracked[0]:
            self.skipTest("needs git")
        top = {path.split("/")[0] + "/" for path in tracked if "/" in path}
        folders = {name for name in top if not name.startswith(".")} - {"src/", "include/"}
        self.assertEqual(sorted(folders | set(sources) | {"include/logd/"}),
                         sorted(table_of_folders(self.text)))

    def test_scripts(self):
        row = re.search(r"^\| script/ \| (.*) \|$", self.text, re.MULTILINE).group(1)
        scripts = os.listdir(os.path.join(source_tree.ROOT, "script"))
        self.assertEqual(sorted(scripts), sorted(row.split(", ")))

    def test_floors(self):
        floors = " · ".join(", ".join(sorted(floor)) for floor in includes_test.FLOORS)
        said = re.search(r"From the ground up: include/(.*?)\.\n\n", self.text, re.DOTALL).group(1)
        said = " · ".join(", ".join(sorted(floor.split(", ")))
                          for floor in said.replace("\n", " ").split(" · "))
        self.assertEqual(floors, said)


def recorded():
    """The lines of the picture."""
    tree = xml.etree.ElementTree.parse(os.path.join(source_tree.ROOT, PICTURE))
    return ["".join(line.itertext()) for line in tree.iter(SVG + "text")]


class Picture(unittest.TestCase):
    def test_it_is_small_and_needs_nothing_else(self):
        """Forges show no picture that runs a script, and none fetches anything for one."""
        text = source_tree.read(PICTURE)
        self.assertLess(len(text.encode()), MAX_PICTURE)
        self.assertIn("SPDX-License-Identifier: Apache-2.0", text)
        tags = {element.tag for element in xml.etree.ElementTree.fromstring(text).iter()}
        self.assertEqual({SVG + name for name in ("svg", "title", "style", "rect", "circle", "text",
                                                  "tspan")}, tags)
        self.assertNotRegex(text, r"(?i)href|url\(|@import|@font-face|\son[a-z]+=")

    def test_what_it_shows(self):
        lines = recorded()
        commands = [line for line in lines if line.startswith("$ ")]
        for part in ("logctl run shop -- ./shop 20000 &", "logctl tail shop --err", "kill -9 %1",
                     "logctl top --once", "logctl search"):
            self.assertTrue(any(part in command for command in commands), part)
        for line in ("20000", "same"):
            self.assertIn(line, lines)
        # What shop prints is shown once, before logd has started.
        secret = [number for number, line in enumerate(lines) if "4111" in line]
        masked = [number for number, line in enumerate(lines) if "[masked:card]" in line]
        self.assertEqual([3], secret)
        self.assertTrue(masked)


class TheCheckItself(unittest.TestCase):
    def test_parts(self):
        text = ("[a](x/y.md) [b](z#part) ![c](d.svg)\n```toml\na = 1\n```\n```sh\nls\n```\n"
                "| folder | holds |\n|---|---|\n| src/base/ | x |\n| man/ | y |\n")
        self.assertEqual(["a = 1\n"], blocks(text, "toml"))
        self.assertEqual(["x/y.md", "z", "d.svg"], links(text))
        self.assertEqual(["src/base/", "man/"], table_of_folders(text))

    def test_order_of_lines(self):
        self.assertTrue(is_within(["a", "c"], ["a", "b", "c"]))
        self.assertFalse(is_within(["c", "a"], ["a", "b", "c"]))
        self.assertFalse(is_within(["d"], ["a"]))


if __name__ == "__main__":
    unittest.main()
