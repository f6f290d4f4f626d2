#!/usr/bin/env python3
"""Fails on what the house does not want in any file: length, width, words, names.

SPDX-License-Identifier: Apache-2.0
"""
import os
import re
import unittest

import source_tree

MAX_LINES = 600
MAX_COLUMNS = 100
LICENCE = "SPDX-License-Identifier: Apache-2.0"

# In parts, so that this file may hold them.
BANNED_WORDS = ("TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK", "/wo" + "rk/", "/tmp/bu" "ild")
BANNED_NAMES = re.compile(
    r"^(?:class|struct)\s+\w*(?:Manager|Helper|Utils?|Data|Info)\b", re.MULTILINE)

# The only place that may close a descriptor; the shim shares no code with the rest.
CLOSE_ALLOWED = ("src/base/unique_fd.h",)


def problems_of_any(path, text):
    lines = text.split("\n")
    problems = []
    if len(lines) - 1 > MAX_LINES:
        problems.append(f"{path}: {len(lines) - 1} lines")
    if not any(LICENCE in line for line in lines[:30]):
        problems.append(f"{path}: no line {LICENCE}")
    if not text.endswith("\n"):
        problems.append(f"{path}: does not end with a newline")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS:
            problems.append(f"{path}:{number}: {len(line)} columns")
        if line != line.rstrip() or "\r" in line or "\t" in line:
            problems.append(f"{path}:{number}: white space at the end, a tab or a CR")
        for word in BANNED_WORDS:
            if word in line:
                problems.append(f"{path}:{number}: {word}")
    return problems


def problems_of_cpp(path, text):
    code = source_tree.without_comments(text)
    problems = []
    if not re.fullmatch(r"[a-z0-9_]+\.(h|cpp)", os.path.basename(path)):
        problems.append(f"{path}: file names are snake_case")
    if f"// {LICENCE}" not in text.split("\n")[:40]:
        problems.append(f"{path}: the licence line does not stand alone")
    if path.endswith(".h"):
        if not text.startswith("// "):
            problems.append(f"{path}: a header starts with what it does")
        if "#pragma once" not in code:
            problems.append(f"{path}: no #pragma once")
        if re.search(r"^\s*using\s+namespace\b", code, re.MULTILINE):
            problems.append(f"{path}: using namespace in a header")
    for name in BANNED_NAMES.findall(code):
        problems.append(f"{path}: a name that says nothing: {name}")
    return problems


def problems_of_production(path, text):
    code = source_tree.without_comments(text)
    problems = []
    if re.search(r"\bthrow\b", code):
        problems.append(f"{path}: throws")
    closes = re.search(r"::close\(", code) and not re.search(r"\w::close\(", code)
    if closes and path not in CLOSE_ALLOWED and not path.startswith("src/shim/"):
        problems.append(f"{path}: closes a descriptor; unique_fd.h does that")
    return problems


class Layout(unittest.TestCase):
    def check(self, paths, check):
        problems = []
        for path in paths:
            problems += check(path, source_tree.read(path))
        if problems:
            self.fail("\n" + "\n".join(problems))

    def test_every_file(self):
        self.check(source_tree.all_files(), problems_of_any)

    def test_cpp(self):
        self.check(source_tree.cpp_files(), problems_of_cpp)

    def test_production(self):
        self.check(source_tree.cpp_files("include", "src"), problems_of_production)

    def test_scripts_can_be_run(self):
        for path in source_tree.files(source_tree.SCRIPT_FOLDERS, ("",)):
            self.assertTrue(source_tree.read(path).startswith("#!"), path)
            self.assertTrue(os.access(os.path.join(source_tree.ROOT, path), os.X_OK), path)


class TheCheckItself(unittest.TestCase):
    good = f"// Does a thing.\n// {LICENCE}\n#pragma once\n"

    def test_a_good_header_passes(self):
        self.assertEqual([], problems_of_any("src/a/b.h", self.good))
        self.assertEqual([], problems_of_cpp("src/a/b.h", self.good))
        self.assertEqual([], problems_of_production("src/a/b.h", self.good))

    def test_each_rule_finds_its_breach(self):
        for bad in (self.good * 201, "int i;\n", self.good + "x" * 101 + "\n", self.good + "x \n",
                    self.good + "\tx\n", self.good + "x\r\n", self.good + "x",
                    self.good + "// " + BANNED_WORDS[0] + "\n"):
            self.assertTrue(problems_of_any("src/a/b.h", bad), bad[-120:])
        for bad in (self.good.replace(".\n//", "."), self.good[1:],
                    self.good.replace("#pragma once", ""),
                    self.good + "using namespace logd;\n",
                    self.good + "class LogManager {};\n"):
            self.assertTrue(problems_of_cpp("src/a/b.h", bad), bad)
        self.assertTrue(problems_of_cpp("src/a/aB.h", self.good))
        self.assertTrue(problems_of_production("src/a/b.cpp", "throw 1;\n"))
        self.assertTrue(problems_of_production("src/a/b.cpp", "::close(fd);\n"))

    def test_comments_and_strings_do_not_count(self):
        for good in ("// throw\n", "/* throw\n throw */\n", 'x = "throw \\" throw";\n'):
            self.assertEqual([], problems_of_production("src/a/b.cpp", good), good)
        self.assertEqual([], problems_of_any("src/a/b.h", self.good + "ä" * 100 + "\n"))


if __name__ == "__main__":
    unittest.main()
