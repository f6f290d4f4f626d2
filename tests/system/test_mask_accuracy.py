#!/usr/bin/env python3
"""How much of a corpus of secrets logctl mask masks, and what it damages: tests/mask/.

SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import sys
import unittest

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "mask"))
import accuracy  # noqa: E402
import corpus  # noqa: E402

# A seed that nobody looks at the failures of.
SEED = "2718"


class Accuracy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.entries = corpus.generate(SEED)

    def check(self, name):
        mine = [entry for entry in self.entries if entry["class"] == name]
        self.assertGreater(len(mine), 400)
        command = [harness.LOGCTL, "mask"] + accuracy.PACKS.get(name, [])
        total, _, failed = accuracy.measure(mine, command, "family")
        self.assertTrue(accuracy.passes(name, total),
                        f"{accuracy.row(name, total)}\n"
                        + "\n".join(f"{entry['in']} -> {entry['out']}" for entry in failed[:20]))

    def test_core(self):
        self.check("core")

    def test_generic(self):
        self.check("generic")

    def test_pii(self):
        self.check("pii")

    def test_pii_optional(self):
        self.check("pii-optional")

    def test_lookalikes(self):
        self.check("lookalike")


if __name__ == "__main__":
    unittest.main()
