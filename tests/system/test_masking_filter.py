#!/usr/bin/env python3
"""`logctl mask` and `logctl rules`: a filter line for line, and what it goes by. No daemon runs.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import subprocess
import threading
import unittest

from harness import LOGCTL, is_readable
from masking_testing import Garden, MaskingTest, Traces, lines_of, secrets_of

IS_SANITIZED = bool(os.environ.get("LOGD_SANITIZED"))
GITHUB = "ghp_" + Garden(5).text(36)
MASKED = "[masked:github-pat]"
IPV4 = "93.184.216.34"


class FilterTest(MaskingTest):
    def setUp(self):
        self.box = self.sandbox()

    def filter(self, data, *options, status=0, environment=None):
        done = subprocess.run([LOGCTL, "mask", *options], input=data, capture_output=True,
                              timeout=60, check=False,
                              env=self.box.environment if environment is None else environment)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def assert_filters(self, data, wanted, *options, **more):
        done = self.filter(data, *options, **more)
        self.assert_bytes(done.stdout, wanted, "logctl mask")
        self.assertEqual(done.stderr, b"")

    def fails(self, *arguments, status=2):
        done = self.box.logctl(*arguments, status=None)
        self.assertEqual((done.returncode, done.stdout), (status, b""))
        return done.stderr.decode()


class Mask(FilterTest):
    def test_line_for_line(self):
        planted = Garden().round()
        text, masked = lines_of(planted)
        self.assert_filters(text.encode(), masked)
        self.assert_filters(text[:-1].encode(), masked[:-1])
        self.assert_no_traces(Traces(secrets_of(planted)), self.filter(text.encode()).stdout,
                              "logctl mask")

    def test_clean_bytes_stay(self):
        for data in (b"", b"\n", b"\n\n\n", b"x", b"\0",
                     b"a\0b\r\nc\r\r\n\xff\xfe\xc3\n\x1b[31mred",
                     bytes(range(256)) * 300, "grüße €\u2028\n".encode(),
                     b"\n".join(bytes([byte]) * (byte * 4) for byte in range(256))):
            self.assert_filters(data, data)

    def test_a_row_of_one_character_is_no_secret(self):
        """Rulers and padding: also where looking at each of them would cost too much."""
        for length in (1000, 20_000):
            rows = [bytes([byte]) * length for byte in range(256) if byte != 10]
            stored = self.filter(b"\n".join(rows)).stdout.split(b"\n")
            spoilt = b"".join(row[:1] for row, got in zip(rows, stored) if row != got)
            self.assertEqual(spoilt, b"", f"rows of {length}")

    def test_odd_bytes_around_a_secret(self):
        secret, mask = GITHUB.encode(), MASKED.encode()
        for form in (b"\0%s\0", b"\xff%s\xff\r\n", b"\x1b[31m%s\x1b[0m\n", b"%s", b"%s\n\n%s\r\n",
                     b"a\r%s\rb\n", b"\xc3\xbc%s \xe2\x82\xac\n"):
            self.assert_filters(form.replace(b"%s", secret), form.replace(b"%s", mask))

    def test_json_stays_json(self):
        """In strings within strings, too, whatever was masked in them and why."""
        values = [GITHUB, "password=hunter2hunter", "a\\", 'k: "v"', "4111111111111111",
                  "@" * 2000, "://" * 400, "eyJ" * 700,
                  "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n"]
        texts = []
        for value in values:
            for key in ("text", "password", "api_key"):
                texts.append(json.dumps({key: value, "n": 1}))
                for _ in range(2):
                    texts.append(json.dumps({"m": texts[-1]}))
        stored = self.filter("\n".join(texts).encode()).stdout.decode().split("\n")
        self.assertEqual(len(stored), len(texts))
        self.assertEqual([line for line in stored if not self.is_json(line)], [])

    def is_json(self, text):
        """And so is what is in it."""
        try:
            value = json.loads(text)
        except ValueError:
            return False
        return self.is_json(value["m"]) if "m" in value else value["n"] == 1

    def test_without_home_environment_and_configuration(self):
        line, wanted = f"x {GITHUB} y\n".encode(), f"x {MASKED} y\n".encode()
        for environment in ({}, {"HOME": ""}, {"HOME": "/nowhere/at/all"}, {"HOME": "relative"}):
            with self.subTest(environment):
                self.assert_filters(line, wanted, environment=environment)
        as_nobody = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", LOGCTL, "mask"],
                                   env={}, input=line, capture_output=True, timeout=20, check=False)
        self.assertEqual((as_nobody.stdout, as_nobody.returncode), (wanted, 0), as_nobody.stderr)

    def test_a_reader_that_has_gone(self):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run([LOGCTL, "mask"], input=b"line\n" * 100_000, stdout=writer,
                                  stderr=subprocess.PIPE, timeout=20, check=False)
        finally:
            os.close(writer)
        self.assertIn(done.returncode, (141, -13), done.stderr)
        self.assertEqual(done.stderr, b"")
        shell = subprocess.run(["sh", "-c", f"yes line | {LOGCTL} mask | head -n 2"],
                               capture_output=True, timeout=20, check=False)
        self.assertEqual((shell.stdout, shell.stderr), (b"line\nline\n", b""))

    def test_no_standard_output_at_all(self):
        done = subprocess.run(["sh", "-c", f"echo x | {LOGCTL} mask >&-"], capture_output=True,
                              timeout=20, check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_a_slow_pipe_is_answered_line_by_line(self):
        child = self.box.spawn([LOGCTL, "mask"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for turn in range(5):
            child.stdin.write(f"{turn} {GITHUB} y\nbegin".encode())
            child.stdin.flush()
            self.assertTrue(is_readable(child.stdout, 5), "an answer before the end")
            wanted = ("" if turn == 0 else "begin") + f"{turn} {MASKED} y\n"
            self.assertEqual(child.stdout.readline().decode(), wanted)
        child.stdin.close()
        self.assertEqual(child.stdout.read(), b"begin")
        self.assertEqual(self.box.wait(child, 10), 0)

    def test_what_explain_says(self):
        card = "4111111111111111"
        text = f"clean\nab {GITHUB} c\n\nmail jane.roe@example.org, card {card}\n"
        done = self.filter(text.encode(), "--explain")
        self.assertEqual(done.stdout.decode(), f"clean\nab {MASKED} c\n\n"
                         "mail [masked:email], card [masked:card]\n")
        said = done.stderr.decode().splitlines()
        self.assertEqual([line.split(": ")[0] for line in said], ["2:4-43", "4:6-25", "4:33-48"])
        self.assertEqual([line.split(": ")[1] for line in said],
                         ["github-pat token", "email token", "card token"])
        planted = Garden(9).round()
        done = self.filter(lines_of(planted)[0].encode(), "--explain")
        self.assert_no_traces(Traces(secrets_of(planted)), done.stderr, "--explain")
        self.assertGreaterEqual(done.stderr.count(b"\n"), 60)

    def test_packs(self):
        line = f"from {IPV4}: {GITHUB}\n".encode()
        ip_mask = "[masked:ipv4-public]"
        for packs, ip, token in (("all", ip_mask, MASKED), ("vcs", IPV4, MASKED),
                                 ("default,network", ip_mask, MASKED), ("-vcs", IPV4, GITHUB),
                                 ("network", ip_mask, GITHUB)):
            self.assert_filters(line, f"from {ip}: {token}\n".encode(), "--packs", packs)
        said = self.fails("mask", "--packs", "netwrok")
        self.assertIn('did you mean "network"', said)

    def test_as_the_configuration_says(self):
        words = self.box.root / "words"
        words.write_text("Kestrel:Vault\n")
        self.box.config.write_text(
            '[defaults]\nmasking = { style = "fixed", mode = "off" }\n'
            f'[process.app]\nmasking = {{ off = ["github-pat"], literals = "{words}" }}\n')
        line = f"{GITHUB} Kestrel:Vault jane.roe@example.org\n".encode()
        self.assert_filters(line, b"**** Kestrel:Vault ****\n")
        done = self.filter(line, "--process", "app")
        self.assertRegex(done.stdout.decode(), rf"^{GITHUB} \[masked:[a-z-]+\] \*\*\*\*\n$")

    def test_a_broken_configuration_stops_it(self):
        """Better no output than one that nobody has masked."""
        for config in ("[defaults]\nmasking = { packs = [\"nope\"] }\n", "= broken\n",
                       "[defaults]\nmasking = { literals = \"/nowhere\" }\n"):
            self.box.config.write_text(config)
            done = self.box.logctl("mask", status=None)
            self.assertNotEqual(done.returncode, 0, config)
            self.assertNotEqual(done.stderr, b"", config)

    @unittest.skipIf(IS_SANITIZED, "sanitizers take memory")
    def test_100_mb_in_bounded_memory(self):
        block = "".join(f"{i} GET /items/{i} 200 {GITHUB if i % 100 == 0 else 'clean'} {'x' * 60}\n"
                        for i in range(10_000)).encode()
        self.assertLess(self.peak_of(block, 100_000_000 // len(block)), 64 << 10)

    @unittest.skipIf(IS_SANITIZED, "sanitizers take memory")
    def test_100_mb_without_a_newline_in_bounded_memory(self):
        self.assertLess(self.peak_of(b"word " * 200_000, 100), 320 << 10)

    def peak_of(self, block, times):
        """Peak of resident memory, in KiB, for `times` blocks."""
        child = self.box.spawn([LOGCTL, "mask"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        lines, sizes = [0], [0]
        def read():
            while chunk := child.stdout.read1(1 << 20):
                lines[0] += chunk.count(b"\n")
                sizes[0] += len(chunk)
        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(times):
            child.stdin.write(block)
        child.stdin.flush()
        with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        child.stdin.close()
        reader.join()
        self.assertEqual(self.box.wait(child, 30), 0)
        self.assertEqual(lines[0], times * block.count(b"\n"))
        cut = (len(GITHUB) - len(MASKED)) * block.count(GITHUB.encode())
        self.assertEqual(sizes[0], times * (len(block) - cut))
        return peak


class Rules(FilterTest):
    def test_list(self):
        rules = json.loads(self.box.logctl("rules", "list", "--json"))
        self.assertEqual(rules["v"], 1)
        by_id = {rule["id"]: rule for rule in rules["rules"]}
        self.assertGreater(len(by_id), 400)
        self.assertEqual(len(by_id), len(rules["rules"]))
        self.assertEqual((by_id["github-pat"]["pack"], by_id["github-pat"]["state"]), ("vcs", "on"))
        self.assertEqual(by_id["ipv4-public"]["state"], "off")
        text = self.box.logctl("rules", "list").decode()
        self.assertEqual(text, self.box.logctl("rules").decode())
        self.assertEqual(text.count("\n"), len(by_id) + 1)

    def test_list_by_policy(self):
        self.box.config.write_text('[process.app]\nmasking = { off = ["github-pat"], packs = '
                                   '["default", "network"], style = "hash" }\n')
        rules = json.loads(self.box.logctl("rules", "list", "--json", "--process", "app"))["rules"]
        by_id = {rule["id"]: rule for rule in rules}
        self.assertEqual(by_id["github-pat"]["state"], "off")
        self.assertEqual((by_id["ipv4-public"]["state"], by_id["ipv4-public"]["style"]),
                         ("on", "hash"))

    def test_show(self):
        text = self.box.logctl("rules", "show", "github-pat").decode()
        for part in ("github-pat: ", "ghp_", "pack", "masks in", "leaves", "rules/vcs.toml:"):
            self.assertIn(part, text)
        rule = json.loads(self.box.logctl("rules", "show", "github-pat", "--json"))
        self.assertEqual(rule["keywords"], ["ghp_"])
        self.assertTrue(rule["examples"] and rule["counter_examples"])

    def test_what_is_unknown(self):
        self.assertIn("did you mean 'github-pat'?", self.fails("rules", "show", "github-patt"))
        self.assertNotIn("did you mean", self.fails("rules", "show", "quite-another-thing"))
        self.fails("rules", "show")
        self.fails("rules", "burn")

    def test_check(self):
        said = self.box.logctl("rules", "check").decode()
        self.assertRegex(said, r"^\d+ rules in \d+ packs, \d+ examples .* all are right\n$")
        broken = self.box.root / "acme.toml"
        broken.write_text('schema = 1\npack = "acme"\n[[rule]]\nid = "Acme"\n')
        self.assertIn(f"{broken}:4:", self.fails("rules", "check", broken))
        self.assertIn("/nowhere.toml", self.fails("rules", "check", "/nowhere.toml"))

    def test_examples_are_what_is_masked(self):
        """Each rule of the list, by its own example, through the filter."""
        rules = json.loads(self.box.logctl("rules", "list", "--json"))["rules"]
        for rule in rules[::40]:
            shown = json.loads(self.box.logctl("rules", "show", rule["id"], "--json"))
            done = self.filter("\n".join(shown["examples"]).encode() + b"\n", "--packs", "all")
            if rule["state"] == "on":
                self.assertNotIn(shown["examples"][0].encode(), done.stdout, rule["id"])


if __name__ == "__main__":
    unittest.main()
