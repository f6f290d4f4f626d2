"""The formats of `logctl tail -o`, into a pipe: whole, parseable and byte for byte.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import json
import shlex
import unittest

from tail_testing import TailTest, event, record

# Every byte that a line can hold, alone, in pairs with itself, and between others.
BYTES = [byte for byte in range(256) if byte != 0x0a]
CORPUS = ([bytes([byte]) for byte in BYTES] + [bytes(BYTES)] +
          [b'{"a":"' + bytes([byte, byte]) + b'"}' for byte in BYTES] +
          ["\N{BOM}\N{RIGHT-TO-LEFT OVERRIDE}\N{LINE SEPARATOR}\U0001f600".encode(), b""])


class Formats(TailTest):
    def lines_of(self, form, *options):
        return self.tail("web", "-n", "all", "-o", form, *options).split(b"\n")[:-1]

    def setUp(self):
        super().setUp()
        self.append("web", 1, event(1, "started run 7: pid 3, uid 0, node"),
                    *[record(10 + tick, content) for tick, content in enumerate(CORPUS)])

    def test_json_gives_back_every_byte(self):
        objects = [json.loads(line) for line in self.lines_of("json")]
        self.assertEqual(len(objects), len(CORPUS))
        for member, content in zip(objects, CORPUS):
            if "message_b64" in member:
                self.assertEqual(base64.b64decode(member["message_b64"]), content)
            else:
                self.assertEqual(member["message"].encode(), content)

    def test_pm2_has_its_five_keys(self):
        objects = [json.loads(line) for line in self.lines_of("pm2")]
        self.assertEqual(len(objects), len(CORPUS))
        for member, content in zip(objects, CORPUS):
            self.assertEqual(list(member),
                             ["message", "timestamp", "type", "process_id", "app_name"])
            self.assertRegex(member["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            if "\ufffd" not in member["message"]:
                self.assertEqual(member["message"].encode(), content)
        self.assertEqual(json.loads(self.lines_of("pm2", "--events")[0])["type"], "process_event")

    def test_logfmt_is_pairs(self):
        lines = self.lines_of("logfmt")
        self.assertEqual(len(lines), len(CORPUS))
        for line, content in zip(lines, CORPUS):
            head, message = line.decode().split(" message=", 1)
            pairs = dict(pair.split("=", 1) for pair in head.split())
            self.assertEqual(list(pairs),
                             ["time", "process", "instance", "stream", "run", "type"])
            self.assertEqual(pairs["process"], "web")
            value, end = json.JSONDecoder().raw_decode(message)
            if end == len(message):
                self.assertEqual(value.encode(), content)
            else:
                coded = shlex.split(message[end:])[0].removeprefix("message_b64=")
                self.assertEqual(base64.b64decode(coded), content)

    def test_raw_is_byte_for_byte(self):
        self.assertEqual(self.tail("web", "-n", "all", "-o", "raw"),
                         b"".join(content + b"\n" for content in CORPUS))

    def test_cat_is_what_short_shows(self):
        short = self.lines_of("short")
        self.assertEqual([line.split(b" | ", 1)[1] for line in short], self.lines_of("cat"))
        for line in self.lines_of("cat"):
            self.assertFalse(set(line) & (set(range(0x20)) - {9} | {0x7f}), line)

    def test_highlights_only_with_colours(self):
        self.append("api", 1, record(1, b"one two one"))
        options = ("api", "-o", "cat", "--highlight", "ONE|o.e", "--highlight", "tw")
        self.assertEqual(self.tail(*options), b"one two one\n")
        self.assertEqual(self.tail(*options, "--color", "always"),
                         b"\x1b[7mone\x1b[27m \x1b[7mtw\x1b[27mo \x1b[7mone\x1b[27m\n")


if __name__ == "__main__":
    unittest.main()
