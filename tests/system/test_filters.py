"""What `logctl tail` and `search` let through by content and by time: no daemon runs here.

SPDX-License-Identifier: Apache-2.0
"""
import unittest

from tail_testing import TailTest, record

LINES = [b'{"level":"info","status":200,"user":{"id":7},"msg":"up"}',
         b'{"level":"error","status":503,"user":{"id":8},"msg":"Timeout"}',
         b'level=warn status=404 msg="not found"',
         b"ERROR connection refused",
         b"an error in the text",
         b"caf\xc3\xa9 \xff\x00 end"]


class Filters(TailTest):
    def setUp(self):
        super().setUp()
        # A second apart, from 22:00:00 UTC on.
        self.append("web", 1, *[record(tick * 1_000_000, line) for tick, line in enumerate(LINES)])

    def check(self, wanted, *options):
        expected = b"".join(LINES[number] + b"\n" for number in wanted)
        self.assertEqual(self.tail("web", "--raw", *options), expected, options)

    def test_patterns(self):
        self.check([1], "-g", "timeout")
        self.check([1], "-g", "Timeout")
        self.box.logctl("tail", "web", "-g", "TIMEOUT", status=1)
        self.check([1], "-g", "TIMEOUT", "-i")
        self.check([1, 3], "-g", "timeout", "-g", "refused$")
        self.check([0, 2, 4, 5], "-g", "timeout", "-g", "refused$", "-v")
        self.check([5], "-g", "caf\u00e9 .. end")
        self.check([1], "--fixed", "-g", '"msg":"T')
        self.check([1, 3], "-g", "ERROR|503")
        self.assertEqual(self.box.logctl("search", "refused", "web", "--raw"), LINES[3] + b"\n")

    def test_levels_and_fields(self):
        self.check([1, 2, 3], "--level", "warn")
        self.check([1, 3], "--level=ERROR")
        self.check([1, 2], "--where", "status>=404")
        self.check([1], "--where", "status>=404", "--where", "user.id=8")
        self.check([0], "--where", "msg~=^u", "--level", "info")
        self.check([1], "--where", "status!=200", "-g", "timeout")
        self.assertEqual(self.tail("web", "--level", "warn", "-c"), b"3\n")
        self.box.logctl("tail", "web", "--level", "fatal", status=1)

    def test_times_are_of_the_zone_that_is_shown(self):
        self.check([3, 4, 5], "--since", "2026-11-21 22:00:03", "--utc")
        self.check([3, 4, 5], "--since", "2026-11-21 23:00:03", "--tz", "Europe/Berlin")
        self.check([3, 4, 5], "-S", "2026-11-21T22:00:03Z", "--tz", "Asia/Tokyo")
        self.check([1, 2], "-S", "2026-11-21T22:00:01Z", "-U", "2026-11-21T22:00:03Z")

    def test_what_is_wrong_is_said(self):
        for said, options in (
                ("no month 13", ["--since", "2026-13-01"]),
                ("did you mean yesterday?", ["--until", "yesteday"]),
                ("write 2026-02-01 or 2026-01-02", ["--since", "01/02/26"]),
                ("does not lie after --since", ["-S", "today", "-U", "yesterday"]),
                ("-g '(': missing )", ["-g", "("]),
                ("did you mean warn?", ["--level", "wran"]),
                ("did you mean >=?", ["--where", "status=>5"]),
                ("there is no -g", ["-v"]),
                ("did you mean json?", ["-o", "jsno"])):
            self.assertIn(said, self.fails(2, "web", *options), options)


if __name__ == "__main__":
    unittest.main()
