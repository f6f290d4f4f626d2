#!/usr/bin/env python3
"""Fails on an #include that points the wrong way: a folder includes only what lies on lower floors.

SPDX-License-Identifier: Apache-2.0
"""
import unittest

import source_tree

# From the ground up. Folders of one floor do not include each other.
FLOORS = (
    ("logd",),
    ("base",),
    ("loop", "mask", "store"),
    ("config",),
    ("rules",),
    ("capture", "query"),
    ("ship",),
    ("upkeep", "sinks"),
    ("status",),
    ("control", "web", "alert"),
    ("daemon", "ctl", "shim", "webhook"),
)
FLOOR_OF = {folder: floor for floor, folders in enumerate(FLOORS) for folder in folders}

# Libraries that throw or are heavy stay behind one file each.
BEHIND_ONE_FILE = {
    "toml++/": ("src/config/toml_tree.cpp",),
    "spdlog/": ("src/base/diagnostics.cpp",),
    "date/": ("src/base/time_zone.cpp",),
    "simdjson.h": ("src/query/line_fields.cpp", "src/sinks/utf8.cpp"),
    "boost/": ("src/web/http_server.cpp",),
    "curl/": ("src/webhook/main.cpp", "src/sinks/http_client.cpp", "src/sinks/http_transfer.cpp",
              "src/sinks/http_target.cpp"),
    "openssl/": ("src/sinks/tls_files.cpp", "src/sinks/file_digests.cpp"),
    "protozero/": ("src/sinks/otlp_encoder.cpp", "src/sinks/answers_otlp.cpp"),
    "zstd.h": ("src/sinks/body_compressor.cpp",),
}
NEVER_IN_HEADERS = ("toml++/", "spdlog/", "nlohmann/", "CLI/", "date/", "zlib.h", "libdeflate.h",
                    "re2/", "simdjson.h", "boost/", "curl/", "openssl/", "protozero/", "zstd.h")


def folder_of(path):
    """"capture" for src/capture/x.h, "logd" for include/logd/x.h."""
    return path.split("/")[1]


def wrong_arrows(path, text):
    """What is wrong with the quoted includes of one file of src or include."""
    folder = folder_of(path)
    if folder not in FLOOR_OF:
        return [f"{path}: folder {folder} has no floor"]
    wrong = []
    for include in source_tree.quoted_includes(text):
        target = include.split("/")[0]
        if "/" not in include:
            wrong.append(f'{path}: "{include}" must be spelled with its folder')
        elif target not in FLOOR_OF:
            wrong.append(f'{path}: "{include}" is not in a folder of ours')
        elif target != folder and FLOOR_OF[target] >= FLOOR_OF[folder]:
            wrong.append(f'{path}: "{include}" does not lie below {folder}')
    return wrong


def misplaced_libraries(path, text):
    wrong = []
    for include in source_tree.system_includes(text):
        for prefix, allowed in BEHIND_ONE_FILE.items():
            if include.startswith(prefix) and path not in allowed:
                wrong.append(f"{path}: <{include}> belongs into {' or '.join(allowed)}")
        if path.endswith(".h") and include.startswith(NEVER_IN_HEADERS):
            wrong.append(f"{path}: <{include}> in a header")
    return wrong


class Includes(unittest.TestCase):
    def test_arrows_point_down(self):
        wrong = []
        for path in source_tree.cpp_files("include", "src"):
            wrong += wrong_arrows(path, source_tree.read(path))
        if wrong:
            self.fail("\n" + "\n".join(wrong))

    def test_libraries_stay_behind_their_file(self):
        wrong = []
        for path in source_tree.cpp_files("include", "src"):
            wrong += misplaced_libraries(path, source_tree.read(path))
        if wrong:
            self.fail("\n" + "\n".join(wrong))

    def test_every_folder_has_a_floor(self):
        folders = {folder_of(path) for path in source_tree.cpp_files("include", "src")}
        self.assertIn("base", folders)
        self.assertEqual(set(), folders - set(FLOOR_OF))

    def test_files_are_found(self):
        paths = source_tree.cpp_files("include", "src")
        self.assertIn("include/logd/result.h", paths)
        self.assertIn("src/base/record.cpp", paths)


class TheCheckItself(unittest.TestCase):
    def test_up_and_sideways_are_wrong(self):
        for include in ("capture/source.h", "loop/event_loop.h", "source.h", "tests/fakes/x.h"):
            self.assertTrue(wrong_arrows("src/store/a.cpp", f'#include "{include}"\n'), include)
        self.assertTrue(wrong_arrows("include/logd/a.h", '#  include "base/unique_fd.h"\n'))
        self.assertTrue(wrong_arrows("src/cellar/a.h", ""))

    def test_down_and_within_are_right(self):
        for include in ("logd/result.h", "base/record.h", "store/ledger.h"):
            self.assertEqual([], wrong_arrows("src/store/a.cpp", f'#include "{include}"\n'))
        self.assertEqual([], wrong_arrows("src/store/a.cpp", '// #include "capture/source.h"\n'))

    def test_libraries(self):
        self.assertTrue(misplaced_libraries("src/base/a.cpp", "#include <spdlog/spdlog.h>\n"))
        self.assertTrue(misplaced_libraries("src/ctl/a.h", "#include <CLI/CLI.hpp>\n"))
        self.assertEqual([], misplaced_libraries("src/ctl/a.cpp", "#include <CLI/CLI.hpp>\n"))


if __name__ == "__main__":
    unittest.main()
