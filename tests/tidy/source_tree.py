"""Finds our files and reads what stands in them, for the tests of the house's rules.

SPDX-License-Identifier: Apache-2.0
"""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CODE_FOLDERS = ("include", "src", "tests", "bench")
SCRIPT_FOLDERS = ("script", ".ci")


def files(folders, endings):
    """Paths below ROOT, sorted; an ending of "" stands for files without one."""
    found = []
    for folder in folders:
        for place, _, names in os.walk(os.path.join(ROOT, folder)):
            if "__pycache__" in place:
                continue
            for name in names:
                if os.path.splitext(name)[1] in endings:
                    found.append(os.path.relpath(os.path.join(place, name), ROOT))
    return sorted(found)


def cpp_files(*folders):
    return files(folders or CODE_FOLDERS, (".h", ".cpp"))


def all_files():
    scripts = files(CODE_FOLDERS, (".py", ".js")) + files(SCRIPT_FOLDERS, ("", ".py", ".sh"))
    return cpp_files() + scripts


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as source:
        return source.read()


def quoted_includes(text):
    return re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.MULTILINE)


def system_includes(text):
    return re.findall(r"^\s*#\s*include\s*<([^>]+)>", text, re.MULTILINE)


def without_comments(text):
    """C++ without its comments and the contents of its strings, line for line."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

    def blank(match):
        found = match.group()
        if found.startswith(("/*", "//")):
            return "\n" * found.count("\n")
        return found[0] + found[0]

    return token.sub(blank, text)
