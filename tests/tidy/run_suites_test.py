#!/usr/bin/env python3
"""The counts that script/test and .ci/run end with are those of the suites.

SPDX-License-Identifier: Apache-2.0
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import run_suites

JUNIT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="x" tests="3">
  <testcase name="unit" status="run">
    <system-out>All tests passed (7 assertions in 3 test cases)
</system-out></testcase>
  <testcase name="missing" status="notrun">
    <system-out>Unable to find executable: missing</system-out></testcase>
  <testcase name="system.tail" status="fail"><failure message=""/>
    <system-out>Ran 4 tests in 0.1s

FAILED (errors=1)
</system-out></testcase>
</testsuite>
"""


class Count(unittest.TestCase):
    def test_catch(self):
        self.assertEqual((77, 0, 0), run_suites.count(
            "All tests passed (402412 assertions in 77 test cases)\n", True))
        self.assertEqual((1, 0, 0), run_suites.count(
            "All tests passed (1 assertion in 1 test case)\n", True))
        self.assertEqual((74, 3, 0), run_suites.count(
            "test cases:   77 |   74 passed |   3 failed\nassertions: 9 | 8 passed | 1 failed\n",
            False))

    def test_unittest(self):
        self.assertEqual((7, 0, 0), run_suites.count("Ran 7 tests in 0.1s\n\nOK\n", True))
        self.assertEqual((5, 0, 2), run_suites.count(
            "Ran 7 tests in 0.1s\n\nOK (skipped=2)\n", True))
        self.assertEqual((3, 3, 1), run_suites.count(
            "Ran 7 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)\n", False))

    def test_what_does_not_count_counts_as_one(self):
        self.assertEqual((1, 0, 0), run_suites.count("fine\n", True))
        self.assertEqual((0, 1, 0), run_suites.count("Segmentation fault\n", False))
        self.assertEqual((0, 1, 0), run_suites.count("", False))
        # All tests passed, and then a leak was found.
        self.assertEqual((7, 1, 0), run_suites.count("Ran 7 tests in 0.1s\n\nOK\n", False))

    def test_what_ctest_writes(self):
        self.assertEqual([("unit", (3, 0, 0)), ("missing", (0, 1, 0)), ("system.tail", (3, 1, 0))],
                         list(run_suites.suites_in(JUNIT)))


if __name__ == "__main__":
    unittest.main()
