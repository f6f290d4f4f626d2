#!/usr/bin/env python3
"""Runs the suites of a build by ctest; the last line adds up their tests: 'N passed, N failed'.

    run_suites.py BUILD [REGEX]    REGEX: only suites whose name matches

Each suite has a count of its own: Catch's test cases, unittest's tests. A suite that ends in
failure without having counted one (a crash, a time-out, a leak) counts as one failed test.
SPDX-License-Identifier: Apache-2.0
"""
import os
import re
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

# What ctest keeps of a suite's output; the counts stand at its end.
MAX_OUTPUT_BYTES = 100_000_000


def last_match(pattern, text):
    found = None
    for found in re.finditer(pattern, text, re.MULTILINE):
        pass
    return found


def number(pattern, text):
    found = re.search(pattern, text)
    return int(found.group(1)) if found else 0


def catch_count(output):
    """(passed, failed, skipped) of a Catch program, or None."""
    if found := last_match(r"^All tests passed \(.* in (\d+) test cases?\)", output):
        return int(found.group(1)), 0, 0
    if found := last_match(r"^test cases: +(\d+) \|(.*)$", output):
        failed = number(r"(\d+) failed", found.group(2))
        return int(found.group(1)) - failed, failed, 0
    return None


def unittest_count(output):
    """The same of a Python suite."""
    ran = last_match(r"^Ran (\d+) tests? in ", output)
    result = last_match(r"^(?:OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$", output)
    if not ran or not result:
        return None
    details = result.group(1) or ""
    bad = sum(number(rf"\b{kind}=(\d+)", details)
              for kind in ("failures", "errors", "unexpected successes"))
    skipped = number(r"\bskipped=(\d+)", details)
    # An error in setUpClass is none of the tests that ran.
    return max(0, int(ran.group(1)) - bad - skipped), bad, skipped


def count(output, is_passed):
    passed, failed, skipped = catch_count(output) or unittest_count(output) or (
        1 if is_passed else 0, 0, 0)
    if not is_passed and failed == 0:
        failed = 1
    return passed, failed, skipped


def suites_in(junit):
    """(name, (passed, failed, skipped)) of each suite in what ctest --output-junit wrote."""
    for suite in ElementTree.fromstring(junit).iter("testcase"):
        output = suite.findtext("system-out") or ""
        yield suite.get("name"), count(output, suite.get("status") == "run")


def run(build, regex):
    with tempfile.TemporaryDirectory() as folder:
        junit = os.path.join(folder, "junit.xml")
        command = ["ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error",
                   "--output-junit", junit,
                   "--test-output-size-passed", str(MAX_OUTPUT_BYTES),
                   "--test-output-size-failed", str(MAX_OUTPUT_BYTES)]
        if regex:
            command += ["-R", regex]
        status = subprocess.run(command, check=False).returncode
        if not os.path.exists(junit):
            return status, []
        with open(junit, encoding="utf-8") as written:
            return status, list(suites_in(written.read()))


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: run_suites.py BUILD [REGEX]")
    status, suites = run(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else None)
    print()
    for name, (passed, failed, skipped) in suites:
        note = f", {skipped} skipped" if skipped else ""
        print(f"{name:<32} {passed:5} passed, {failed} failed{note}")
    passed = sum(counts[0] for _, counts in suites)
    failed = sum(counts[1] for _, counts in suites)
    if status != 0 and failed == 0:
        failed = 1  # ctest itself, or a suite that it could not start
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
