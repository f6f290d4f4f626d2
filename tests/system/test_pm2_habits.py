"""What somebody types who has used PM2 for years: `logs` and `flush` with its options.

SPDX-License-Identifier: Apache-2.0
"""
import json
import unittest

from harness import SandboxTest


class Habits(SandboxTest):
    @classmethod
    def setUpClass(cls):
        cls.script = "; ".join(f"echo out {n}; echo err {n} >&2; sleep 0.003" for n in range(1, 31))

    def setUp(self):
        self.box = self.started()
        for name in ("web", "worker"):
            self.box.run_to_end(name, ["sh", "-c", self.script])

    def logs(self, *arguments, status=0):
        return self.box.logctl("logs", *arguments, status=status).decode().splitlines()

    def test_fifteen_lines_of_all_and_no_header(self):
        lines = self.logs("--nostream")
        self.assertEqual(len(lines), 15)
        self.assertTrue(all("worker " in line for line in lines), lines)

    def test_lines_is_exact_and_goes_with_everything(self):
        for options in (["web", "--lines", "4"], ["--lines=4", "web", "--nostream"],
                        ["--nostream", "--lines", "4", "--raw", "web"]):
            self.assertEqual(len(self.logs(*options)), 4, options)
        self.assertEqual(self.logs("web", "--lines", "0", "--nostream"), [])

    def test_err_and_out_choose_and_both_are_both(self):
        self.assertEqual(self.logs("web", "--err", "--lines", "2", "--raw"), ["err 29", "err 30"])
        self.assertEqual(self.logs("web", "--out", "--lines", "1", "--raw"), ["out 30"])
        # Each stream has its own pipe: a logd that comes late takes one after the other.
        self.assertEqual(len(self.logs("web", "--out", "--err", "--lines", "2", "--raw")), 2)
        self.assertEqual(sorted(self.logs("web", "--out", "--err", "--lines", "60", "--raw")),
                         sorted(f"{stream} {n}" for stream in ("out", "err") for n in range(1, 31)))

    def test_raw_is_nothing_but_the_lines(self):
        self.assertEqual(self.box.logctl("logs", "web", "--out", "--raw", "--lines", "2"),
                         b"out 29\nout 30\n")

    def test_json_is_an_object_a_line_also_with_nostream_and_filters(self):
        lines = self.logs("web", "--json", "--nostream", "--lines", "3", "--err")
        objects = [json.loads(line) for line in lines]
        self.assertEqual([found["message"] for found in objects], ["err 28", "err 29", "err 30"])
        self.assertEqual({found["stream"] for found in objects}, {"stderr"})
        keys = {"message", "timestamp", "type", "process_id", "app_name"}
        found = json.loads(self.logs("web", "-o", "pm2", "--lines", "1")[0])
        self.assertEqual(set(found), keys)

    def test_flush_of_one_leaves_the_other(self):
        self.box.logctl("flush", "web")
        self.assertEqual(self.logs("web"), [])
        self.assertEqual(len(self.logs("worker")), 15)
        self.box.logctl("flush")
        self.assertEqual(self.logs(), [])

    def test_a_name_that_is_not_there_is_an_error(self):
        for command in (["logs", "wep", "--nostream"], ["flush", "wep"]):
            done = self.box.logctl(*command, status=None)
            self.assertEqual(done.returncode, 4, command)
            self.assertIn(b"web", done.stderr)


if __name__ == "__main__":
    unittest.main()
