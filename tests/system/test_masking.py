#!/usr/bin/env python3
"""Planted secrets: whatever happens to logd and its files, nothing of them is ever seen again,
while everything around them is stored byte for byte and once.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import json
import os
import random
import re
import subprocess
import threading
import time
import unittest
import urllib.parse

import harness
from harness import status_field, wait_until
from masking_testing import Garden, MaskingTest, Planted, Speaker, Traces, lines_of, secrets_of

IS_SANITIZED = bool(os.environ.get("LOGD_SANITIZED"))
FORMATS = ("short", "iso", "json", "raw", "cri")
KEEP_ALL = '[defaults]\nretain = "all"\nmax_total_size = "off"\n'
SMALL = KEEP_ALL + 'max_size = "16KiB"\nkeep_plain = 0\npartial_timeout = "100ms"\n'


class Planting(MaskingTest):
    def setUp(self):
        self.garden = Garden()
        self.planted = []

    def round(self):
        planted = self.garden.round()
        self.planted += planted
        return planted

    def follow(self, box, name, form):
        """A `tail -f` of a process that has been captured already."""
        path = box.root / f"follow.{name}.{form}"
        wait_until((box.log_dir / name).exists, 10, "the log")
        with open(path, "wb") as out:
            child = box.spawn([harness.LOGCTL, "tail", name, "-n", "all", "-f", "-o", form],
                              stdout=out, stderr=subprocess.PIPE)
        return child, path

    def outputs(self, box, *names):
        """Whatever logctl tells about the logs, by command."""
        for name in names:
            for form in FORMATS:
                for events in ([], ["--events"]):
                    command = ["tail", name, "-n", "all", "-o", form, *events]
                    yield " ".join(command), box.logctl(*command)
        for command in (["status", "--json"], ["status"], ["ls"], ["du"],
                        ["flush", "--dry-run"], ["prune", "--dry-run"], ["verify"]):
            done = box.logctl(*command, status=None)
            self.assertEqual(done.returncode, 0, done.stderr)
            yield " ".join(command), done.stdout + done.stderr

    def assert_nothing_leaks(self, box, *names, secrets=()):
        traces = Traces([*secrets_of(self.planted), *secrets])
        self.assert_clean_disk(box, traces)
        for command, output in self.outputs(box, *names):
            self.assert_no_traces(traces, output, command)
        return traces


class PlantedSecrets(Planting):
    def test_the_search_finds_what_is_there(self):
        """A check of the check: with masking off it sees every one of them."""
        box = self.started('[defaults]\nmasking = { mode = "off" }\n')
        planted = self.round()
        self.run_lines(box, "app", planted)
        stored = box.raw("app")
        self.assert_bytes(stored, lines_of(planted)[0].encode(), "with masking off")
        for secret in secrets_of(planted):
            self.assertTrue(Traces([secret]).found_in(stored), secret)
        self.assertGreater(len(secrets_of(planted)), 60)

    def test_both_streams_in_whole_lines_and_byte_by_byte(self):
        box = self.started()
        for name, size in (("lines", 0), ("bytes", 1), ("pieces", 7)):
            out, err = self.round(), self.round()
            speaker = Speaker(box, name)
            speaker.say(lines_of(out)[0], 1, size)
            speaker.say(lines_of(err)[0], 2, size)
            speaker.end()
            self.assert_bytes(box.raw(name, "--out"), lines_of(out)[1], f"{name}, stdout")
            self.assert_bytes(box.raw(name, "--err"), lines_of(err)[1], f"{name}, stderr")
        self.assert_nothing_leaks(box, "lines", "bytes", "pieces")

    def test_rotation_compression_and_a_follower_all_the_time(self):
        box = self.started(SMALL)
        speaker, wanted = Speaker(box, "app"), b""
        followers = [self.follow(box, "app", form) for form in ("raw", "json")]
        for turn in range(8):
            planted = self.round()
            text, masked = lines_of(planted)
            speaker.say(text, 1, (0, 100, 1)[turn % 3])
            wanted += masked
            if turn % 3 == 0:
                box.logctl("rotate", "app")
        speaker.end()
        self.assert_bytes(box.raw("app"), wanted, "tail")
        wait_until(lambda: not box.segments("app")[:-1], 30, "all archives to be made")
        archives = [name for name in os.listdir(box.log_dir / "app") if name.endswith(".gz")]
        self.assertGreater(len(archives), 3)
        self.assert_bytes(box.raw("app"), wanted, "tail of archives")
        traces = self.assert_nothing_leaks(box, "app")
        for child, path in followers:
            wait_until(lambda p=path: p.read_bytes().count(b"\n") >= wanted.count(b"\n"), 10,
                       "the follower")
            child.terminate()
            child.wait()
            self.assert_no_traces(traces, path.read_bytes(), path.name)
        self.assert_bytes(followers[0][1].read_bytes(), wanted, "the follower")

    def test_kills_in_the_middle(self):
        box = self.started(SMALL)
        speaker, wanted = Speaker(box, "app"), b""
        follower, path = self.follow(box, "app", "raw")
        moment = random.Random(1)
        for kill in range(3):
            stored = len(wanted)
            for size in (1, 0, 50):
                text, masked = lines_of(self.round())
                speaker.say(text, 1, size)
                wanted += masked
            # What tail says only grows, whereas files shrink when they become archives.
            target = stored + moment.randrange(1, 8000)
            wait_until(lambda t=target: len(box.raw("app")) >= t, 20, "the log to grow")
            box.kill()
            text, masked = lines_of(self.round())
            speaker.say(text, 1, kill)
            wanted += masked
            box.start()
        box.stop()
        text, masked = lines_of(self.round())
        speaker.say(text)
        wanted += masked
        box.start()
        speaker.end()
        self.assert_bytes(box.raw("app"), wanted, "after three kills and a restart")
        traces = self.assert_nothing_leaks(box, "app")
        wait_until(lambda: len(path.read_bytes()) >= len(wanted), 10, "the follower")
        follower.terminate()
        follower.wait()
        self.assert_bytes(path.read_bytes(), wanted, "the follower")
        self.assert_no_traces(traces, path.read_bytes(), "tail -f")

    def test_pipe_and_fifo(self):
        box = self.started("[process.gate]\nfifo = true\n")
        out, err, piped = self.round(), self.round(), self.round()
        for suffix, planted in (("out", out), ("err", err)):
            with open(box.run_dir / "fifo" / f"gate.{suffix}", "wb") as fifo:
                fifo.write(lines_of(planted)[0].encode())
        box_pipe = box.spawn([harness.LOGCTL, "pipe", "piped"], stdin=subprocess.PIPE)
        box_pipe.communicate(lines_of(piped)[0].encode(), timeout=20)
        self.assertEqual(box_pipe.returncode, 0)
        self.assert_bytes(box.raw("piped"), lines_of(piped)[1], "pipe")
        for option, planted in (("--out", out), ("--err", err)):
            masked = lines_of(planted)[1]
            wait_until(lambda o=option, m=masked: len(box.raw("gate", o)) >= len(m), 10, "the FIFO")
            self.assert_bytes(box.raw("gate", option), masked, f"fifo {option}")
        self.assert_nothing_leaks(box, "piped", "gate")

    def test_lines_over_max_line_and_without_an_end(self):
        """Cuts go through every secret somewhere, and show nothing of it."""
        box = self.started('[defaults]\nmax_line = "4KiB"\n')
        for turn in range(6):
            parts = self.round()
            del parts[10]  # a private key is of many lines
            filler = Planted("x" * (turn * 600), "x" * (turn * 600), [])
            line = " ".join(one.line for one in [filler, *parts])
            self.assertGreater(len(line), 4096)
            speaker = Speaker(box, f"app{turn}")
            speaker.say(line, 1, turn)
            speaker.end()
            # Which rule a secret behind a cut is of need not be known any more.
            masked, stored = (re.sub(rb"\[masked:[a-z-]+\]", b"[masked]", text) for text in (
                " ".join(one.masked for one in [filler, *parts]).encode(), box.raw(f"app{turn}")))
            self.assert_bytes(stored, masked, f"a line of {len(line)} bytes")
            self.assertIn(b" stdout P ", box.logctl("tail", f"app{turn}", "-o", "cri"))
        self.assert_nothing_leaks(box, *(f"app{turn}" for turn in range(6)))

    def test_clean_text_between_secrets_behind_a_cut(self):
        box = self.started('[defaults]\nmax_line = "4KiB"\n')
        filler = "x " * 2040
        self.assert_masks(box, "app", f"{filler}one key sk_live_{self.garden.text(24)} and words "
                          "that stay password=hunter2hunter end\n",
                          f"{filler}one key [masked:stripe-key] and words "
                          "that stay password=[masked:kv-password] end\n")

    def test_a_private_key_whose_first_line_is_cut(self):
        box = self.started('[defaults]\nmax_line = "4KiB"\n')
        speaker, wanted = Speaker(box, "app"), ""
        for cut in range(34):
            key = self.garden.private_key(3)
            self.planted.append(key)
            filler = ("x " * 2048)[:4096 - cut]
            speaker.say(f"{filler}{key.line}\n")
            wanted += f"{filler}{key.masked}\n"
        speaker.end()
        traces = Traces(secrets_of(self.planted))
        self.assert_no_traces(traces, box.raw("app"), "a key behind a cut")
        self.assert_bytes(box.raw("app"), wanted.encode(), "keys behind a cut")

    def test_secrets_longer_than_max_line(self):
        box = self.started('[defaults]\nmax_line = "4KiB"\n')
        jwt = "eyJhbGciOiJIUzI1NiJ9.eyJ" + self.garden.text(9000) + "." + self.garden.text(43)
        key = self.garden.text(9000)
        for name, text in (("jwt", f"session {jwt} ends\n"), ("kv", f"password={key} ends\n")):
            for size in (0, 500):
                speaker = Speaker(box, f"{name}{size}")
                speaker.say(text, 1, size)
                speaker.end()
                stored = box.raw(f"{name}{size}")
                self.assertTrue(stored.endswith(b" ends\n"), stored[-200:])
                self.assertIn(b"[masked:", stored)
                self.assertLess(len(stored), 200, stored[:400])
        self.assert_nothing_leaks(box, "jwt0", "jwt500", "kv0", "kv500", secrets=[jwt, key])

    def test_the_environment_and_a_file_of_literals(self):
        box = self.sandbox()
        literal = "Kestrel/Vault:91 north"
        (box.root / "literals").write_text(f"{literal}\n\nshort\n")
        box.config.write_text(f'[process.app]\nmasking = {{ literals = "{box.root}/literals" }}\n')
        box.start()
        value = 'k7"Vt\\9xWq2Lm5/Zr&Ty'
        environment = {"DB_PASSWORD": value, "DB_PASSWORD_FILE": "/run/secrets/db-file"}
        forms = [value, json.dumps(value)[1:-1], urllib.parse.quote(value, safe=""),
                 base64.b64encode(value.encode()).decode()]
        lines = [*forms, literal, "/run/secrets/db-file stays", "short stays"]
        text = "".join(f"n{i} <{line}>\n" for i, line in enumerate(lines))
        for turn in range(2):
            speaker = Speaker(box, "app", environment)
            speaker.say(text, 1, turn)
            speaker.end()
        stored = box.raw("app").decode().splitlines()
        self.assertEqual(len(stored), 2 * len(lines))
        for at, line in enumerate(stored):
            number = at % len(lines)
            if number <= len(forms):
                # What base64 makes of the last bytes depends on what follows them.
                self.assertRegex(line, rf"^n{number} <\[masked:[a-z-]+\][A-Za-z0-9+/=]{{0,4}}>$")
            else:
                self.assertEqual(line, f"n{number} <{lines[number]}>")
        # The literals are this process's own.
        self.assert_masks(box, "other", f"<{literal}>\n", f"<{literal}>\n")
        traces = Traces(forms + [literal])
        self.assert_no_traces(traces, box.raw("app"), "tail")
        for folder in (box.log_dir / "app", box.run_dir):
            for path in folder.rglob("*"):
                self.assert_clean_file(str(path), traces)
        self.assert_no_traces(traces, box.logctl("status", "--json"), "status")

    def test_the_environment_is_known_again_after_a_kill(self):
        box = self.started()
        value = self.garden.text(24)
        speaker = Speaker(box, "app", {"SHOP_API_KEY": value})
        speaker.say(f"one {value}\n")
        wait_until((box.log_dir / "app").exists, 10, "the log")
        wait_until(lambda: b"one" in box.raw("app"), 10, "the first line")
        box.kill()
        speaker.say(f"two {value}\n")
        box.start()
        speaker.say(f"three {value}\n")
        speaker.end()
        self.assertRegex(box.raw("app").decode(), r"^one (\[masked:\S+\])\ntwo \1\nthree \1\n$")
        self.assert_nothing_leaks(box, "app", secrets=[value])

    def test_messages_about_a_bad_configuration(self):
        secrets = [secret for _, secret in self.garden.tokens()[:6]]
        box = self.sandbox()
        one = iter(secrets)
        box.config.write_text(
            f'rules_dirr = "{next(one)}"\n'
            f'[defaults]\nmax_size = "{next(one)}"\n'
            f'masking = {{ allow = {{ exact = ["{next(one)}"] }}, mode = "enfroce" }}\n'
            f'group = "password={next(one)}"\n'
            f'[process.app]\nmasking = {{ on = ["{next(one)}"] }}\nretain = "{next(one)}"\n')
        said = b""
        for command in ([box.logd_program], [box.logd_program, "--check-config"],
                        [box.logctl_program, "status"], [box.logctl_program, "rules", "check"]):
            done = subprocess.run(command, env=box.environment, capture_output=True, timeout=20,
                                  check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            said += done.stdout + done.stderr
        self.assertIn(b"logd.toml:1:1", said)
        self.assert_no_traces(Traces(secrets), said, "messages about the configuration")


class UnfinishedLines(Planting):
    """Lines that stop for longer than partial_timeout, so that their beginning is stored."""

    def setUp(self):
        super().setUp()
        self.box = self.started('[defaults]\npartial_timeout = "30ms"\n')
        self.clock, self.clock_lines = Speaker(self.box, "clock"), 0

    def stored_bytes(self, name):
        return b"".join((self.box.log_dir / name / segment).read_bytes()
                        for segment in self.box.segments(name))

    def begin(self, count):
        speakers = [Speaker(self.box, f"app{i}") for i in range(count)]
        for speaker in speakers:
            wait_until((self.box.log_dir / speaker.name).exists, 20, "the log")
        return speakers

    def say_halves(self, speakers, halves, between=lambda: None):
        """Of each speaker the first half, and the second once something of that is stored.

        Of a very short one nothing may be stored yet; another writer's piece tells then when the
        time has passed.
        """
        for speaker, (first, _) in zip(speakers, halves):
            speaker.say(first)
        self.clock_lines += 1
        number = f"tick{self.clock_lines:06}"
        self.clock.say(number + " and more")
        for name, begin in [("clock", number), *((speaker.name, first[:6]) for speaker, (first, _)
                                                 in zip(speakers, halves) if len(first) > 12)]:
            wait_until(lambda n=name, b=begin.encode(): b in self.stored_bytes(n), 10,
                       f"a piece of {name} to be stored")
        self.clock.say("\n")
        between()
        for speaker, (_, second) in zip(speakers, halves):
            speaker.say(second + "\n")

    def contexts(self):
        planted = [self.garden.line(*parts) for parts in
                   self.garden.in_contexts() + self.garden.elements()]
        self.planted += planted
        return planted

    def assert_line(self, line, one):
        """Of the secret nothing, of what stands before it everything, JSON still JSON."""
        self.assert_no_traces(Traces(one.secrets), line, one.line)
        text, cut = line.decode(), one.masked.index("[masked:")
        self.assertEqual(text[:cut], one.masked[:cut])
        self.assertIn("[masked:", text)
        self.assertEqual(text[-7:], one.masked[-7:])
        content = text[7:-7]
        if content.startswith(('{"', "[{")):
            try:
                value = json.loads(content)
                while list(value) in (["m"], ["msg"]):  # JSON in JSON
                    value = json.loads(*value.values())
            except ValueError as error:
                self.fail(f"no JSON any more: {error}: {text}")

    def test_every_cut(self):
        planted = self.contexts()
        speakers = self.begin(len(planted))
        turns = 40
        cuts = []
        for one in planted:
            begin, size = one.line.index(one.secrets[0]), len(one.secrets[0])
            # All around its beginning, and some of the rest.
            places = [*range(max(8, begin - 24), begin + 3), begin + size // 2,
                      *range(begin + size - 1, len(one.line) - 8)]
            cuts.append((places * turns)[:turns])
        for turn in range(turns):
            self.say_halves(speakers, [(one.line[:places[turn]], one.line[places[turn]:])
                                       for one, places in zip(planted, cuts)])
        for speaker in speakers:
            speaker.end()
        wrong = {}
        for speaker, one, places in zip(speakers, planted, cuts):
            lines = self.box.raw(speaker.name).splitlines()
            self.assertEqual(len(lines), turns)
            for line, place in zip(lines, places):
                try:
                    self.assert_line(line, one)
                except AssertionError as error:
                    behind = one.line[place:place + 10]
                    wrong.setdefault(one.line, f"cut before {behind!r}: {error}")
        if wrong:
            self.fail(f"{len(wrong)} contexts:\n" + "\n".join(wrong.values()))

    def test_a_kill_between_the_halves(self):
        """What the first half said of the second is kept in the ledger."""
        planted = self.contexts()
        key = self.garden.private_key()
        self.planted.append(key)
        for part in (1, 2):
            speakers = self.begin(len(planted) + 1)
            halves = []
            for one in planted:
                cut = one.line.index(one.secrets[0]) + part * len(one.secrets[0]) // 3
                halves.append((one.line[:cut], one.line[cut:]))
            halves.append((key.line[:part * 110], key.line[part * 110:]))
            self.say_halves(speakers, halves, lambda: (self.box.kill(), self.box.start()))
            for speaker in speakers:
                speaker.end()
            for speaker, one in zip(speakers, planted):
                self.assert_line(self.box.raw(speaker.name).splitlines()[-1], one)
            stored = self.box.raw(speakers[-1].name)
            self.assert_bytes(stored, part * (key.masked.encode() + b"\n"), "the key")
        self.assert_nothing_leaks(self.box, *(speaker.name for speaker in speakers))

    def test_pieces_are_joined(self):
        speaker, wanted = self.begin(1)[0], b""
        planted = [one for one in self.round() if one.secrets and "\n" not in one.line]
        for number, one in enumerate(planted[:24]):
            begin = one.line.index(one.secrets[0])
            cut = begin + (0, 1, len(one.secrets[0]) // 2, len(one.secrets[0]))[number % 4]
            self.say_halves([speaker], [(one.line[:cut], one.line[cut:])])
            wanted += one.masked.encode() + b"\n"
        key = self.garden.private_key()
        self.planted.append(key)
        self.say_halves([speaker], [(key.line[:200], key.line[200:])])
        speaker.end()
        wanted += key.masked.encode() + b"\n"
        stored, wanted = (re.sub(rb"\[masked:[a-z-]+\]", b"[masked]", text)
                          for text in (self.box.raw("app0"), wanted))
        self.assert_bytes(stored, wanted, "lines that waited")
        pieces = self.box.logctl("tail", "app0", "-n", "all", "-o", "cri")
        self.assertGreaterEqual(pieces.count(b" stdout P "), 24)
        self.assert_nothing_leaks(self.box, "app0")


class Costs(Planting):
    def test_an_idle_logd_uses_no_processor(self):
        box = self.started()
        speaker = Speaker(box, "app")
        speaker.say(lines_of(self.round())[0])
        wait_until((box.log_dir / "app").exists, 10, "the log")
        wait_until(lambda: b"END RSA" in box.raw("app"), 10, "the lines")
        def ticks():
            with open(f"/proc/{box.daemon.pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rpartition(")")[2].split()
            return int(fields[11]) + int(fields[12])
        # What it does after the last line (a sync, the escrow's memory) is over in seconds.
        last, since = ticks(), time.monotonic()
        def is_quiet():
            nonlocal last, since
            if ticks() != last:
                last, since = ticks(), time.monotonic()
            return time.monotonic() - since > 2
        wait_until(is_quiet, 20, "two seconds without a clock tick of the processor", 0.1)
        speaker.end()

    @unittest.skipIf(IS_SANITIZED, "sanitizers take memory")
    def test_resident_memory(self):
        box = self.started()
        for turn in range(20):
            self.run_lines(box, f"app{turn % 4}", self.round())
        self.assertLess(status_field(box.daemon.pid, "VmRSS"), 60 << 10, "KiB with built-in rules")

    def test_many_processes_with_policies_of_their_own(self):
        """Equal policies share an engine, so that a hundred processes cost no more than one."""
        policy = 'masking = { off = ["email"], style = "hash" }\n'
        box = self.started("".join(f"[process.app{i}]\n{policy}" for i in range(60)))
        self.assert_masks(box, "warm", "pwd: hunter2hunter\n", "pwd: [masked:kv-pwd]\n")
        self.run_lines(box, "app0", self.round())
        before = status_field(box.daemon.pid, "VmRSS")
        def run(first):
            for i in range(first, 60, 3):
                self.run_lines(box, f"app{i}", Garden(i).round())
        threads = [threading.Thread(target=run, args=(first,)) for first in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        grown = status_field(box.daemon.pid, "VmRSS") - before
        self.assertLess(grown, 30 << 10, "KiB for 59 more processes")


if __name__ == "__main__":
    unittest.main()
