#!/usr/bin/env python3
"""The counts that script/test and .ci/run end with are those of the suites.

SPDX-License-Identifier: Apache-2.0
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import run_suites

LOG = """Start testing: Nov 22 01:00 UTC
----------------------------------------------------------
1/3 Testing: unit
1/3 Test: unit
Command: "/bin/unit_tests"
Directory: /x
"unit" start time: Nov 22 01:00 UTC
Output:
----------------------------------------------------------
All tests passed (7 assertions in 3 test cases)

<end of output>
Test time =   0.09 sec
----------------------------------------------------------
Test Passed.
"unit" end time: Nov 22 01:00 UTC

2/3 Testing: missing
2/3 Test: missing
Unable to find executable: missing
3/3 Testing: system.tail
3/3 Test: system.tail
Command: "python3"
Output:
----------------------------------------------------------
Ran 4 tests in 0.1s

FAILED (errors=1)
<end of output>
Test time =   0.09 sec
----------------------------------------------------------
Test Failed.
"system.tail" end time: Nov 22 01:00 UTC
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

    def test_log(self):
        self.assertEqual([("unit", (3, 0, 0)), ("missing", (0, 1, 0)), ("system.tail", (3, 1, 0))],
                         list(run_suites.suites_in(LOG)))


if __name__ == "__main__":
    unittest.main()
