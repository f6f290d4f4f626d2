#!/usr/bin/env python3
"""Which rules mask what: policies of processes, rules of the user's own, and changes of them under
a running daemon.

SPDX-License-Identifier: Apache-2.0
"""
import os
import re
import signal
import stat
import subprocess
import unittest

from harness import wait_until
from masking_testing import Garden, MaskingTest, Speaker

GARDEN = Garden(23)
GITHUB, STRIPE = "ghp_" + GARDEN.text(36), "sk_live_" + GARDEN.text(24)
EMAIL, CARD, IPV4 = "jane.roe@example.org", "4111111111111111", "93.184.216.34"
PASSWORD = "hunter2hunter"
ALL = f"a {GITHUB} b {STRIPE} c {EMAIL} d {CARD} e {IPV4} password={PASSWORD} f\n"
ACME = "acme_live_" + GARDEN.text(32)

ACME_RULE = """schema = 1
pack = "{pack}"

[[rule]]
id = "{id}"
category = "saas"
description = "Key of our own interface"
keywords = ["{keyword}"]
anchor = "keyword"
regex = '''{keyword}[0-9A-Za-z]{{32}}'''
examples = ['key {keyword}4kQ0zT7bN2xW9cR5vM1pY8sL3dF6hJ0g refused']
"""


def acme_rule(rule="acme-key", pack="acme", keyword="acme_live_"):
    return ACME_RULE.format(id=rule, pack=pack, keyword=keyword)


def mask(rule):
    return f"[masked:{rule}]"


def masked(**by_rule):
    """ALL with these masks; what is not named keeps its built-in one."""
    masks = {"github": mask("github-pat"), "stripe": mask("stripe-key"), "email": mask("email"),
             "card": mask("card"), "ipv4": IPV4, "password": mask("kv-password"), **by_rule}
    return ("a {github} b {stripe} c {email} d {card} e {ipv4} password={password} f\n"
            .format(**masks))


class Policies(MaskingTest):
    def started_with(self, **policies):
        """Of each process, and of defaults, what stands in its masking = { ... }."""
        defaults = policies.pop("defaults", "")
        config = f"[defaults]\nmasking = {{ {defaults} }}\n" if defaults else ""
        for name, policy in policies.items():
            config += f"[process.{name}]\nmasking = {{ {policy} }}\n"
        return self.started(config)

    def assert_policies(self, box, **wanted):
        for name, line in wanted.items():
            self.assert_masks(box, name, ALL, line)

    def test_packs(self):
        box = self.started_with(less='packs = ["-payments"]', more='packs = ["default", "network"]',
                                one='packs = ["vcs"]', none="packs = []",
                                every='packs = ["all", "-pii"]')
        self.assert_policies(
            box, plain=masked(), less=masked(stripe=STRIPE), more=masked(ipv4=mask("ipv4-public")),
            one=masked(stripe=STRIPE, email=EMAIL, card=CARD, password=PASSWORD), none=ALL,
            every=masked(email=EMAIL, card=CARD, ipv4=mask("ipv4-public")))

    def test_single_rules(self):
        box = self.started_with(off='off = ["email", "stripe-key"]', on='on = ["ipv4-public"]',
                                only='packs = [], on = ["card"]')
        self.assert_policies(
            box, off=masked(email=EMAIL, stripe=STRIPE), on=masked(ipv4=mask("ipv4-public")),
            only=ALL.replace(CARD, mask("card")))

    def test_allowed_secrets(self):
        box = self.started_with(
            exact=f'allow = {{ exact = ["{GITHUB}", "hunter2"] }}',
            prefix='allow = { prefix = ["sk_live_"] }',
            suffix='allow = { suffix = ["@example.org"] }',
            regex="allow = { regex = ['^4(1+)$', '^hunt.*'] }")
        self.assert_policies(box, exact=masked(github=GITHUB), prefix=masked(stripe=STRIPE),
                             suffix=masked(email=EMAIL), regex=masked(card=CARD, password=PASSWORD))
        self.assertEqual(self.rule_counts(box)["github-pat"]["allowed"], 1)

    def test_modes(self):
        box = self.started_with(report='mode = "report"', off='mode = "off"')
        self.assert_policies(box, off=ALL)
        self.assertEqual(self.rule_counts(box), {}, "mode off does nothing at all")
        self.assert_policies(box, report=ALL)
        # Nothing at all, neither what looking at costs too much nor a private key.
        rest = f"{'@' * 2000}\n{GARDEN.private_key().line}\n"
        self.assert_masks(box, "report", rest, rest)
        counts = self.rule_counts(box)
        for rule in ("github-pat", "stripe-key", "email", "card", "kv-password"):
            self.assertEqual(counts[rule]["masked"], 1, rule)
        self.assert_policies(box, enforce=masked())
        self.assertEqual(self.rule_counts(box)["github-pat"]["masked"], 2)

    def test_styles(self):
        box = self.started_with(
            defaults='style = { default = "fixed", pii = "partial", vcs = "same_length" }',
            app='mode = "enforce"', removed='style = "remove"', token='style = "token"',
            # A rule's own name goes before its category, that before the default.
            mixed='style = { email = "fixed", pii = "remove", default = "token" }')
        self.assert_policies(
            box, token=masked(),
            removed=masked(github="", stripe="", email="", card="", password="-"),
            mixed=masked(email="****", card=""))
        self.assert_masks(box, "app", f"password={PASSWORD}\nx {GITHUB} y {STRIPE}\n",
                          f"password=****\nx {'*' * len(GITHUB)} y ****\n")
        self.assert_masks(box, "app", f"card {CARD}\n", "card [masked:card:…1111]\n")

    def test_hashes(self):
        box = self.started_with(defaults='style = "hash"')
        self.assertEqual(stat.S_IMODE(os.stat(box.log_dir / ".rules" / "mask.key").st_mode), 0o600)
        other = "john.doe@example.org"
        for name in ("one", "two"):
            speaker = Speaker(box, name)
            speaker.say(f"{EMAIL}\n{other}\n{EMAIL}\n")
            speaker.end()
        box.kill()
        box.start()
        speaker = Speaker(box, "two")
        speaker.say(f"{EMAIL}\n")
        speaker.end()
        one, two = (box.raw(name).decode().splitlines() for name in ("one", "two"))
        self.assertRegex(one[0], r"^\[masked:email:[0-9a-f]{12}\]$")
        self.assertNotEqual(one[0], one[1])
        self.assertEqual(one, [one[0], one[1], one[0]])
        self.assertEqual(two, [*one, one[0]], "over processes and a restart")
        # Another key gives other masks.
        box.stop()
        os.unlink(box.log_dir / ".rules" / "mask.key")
        box.start()
        self.run_lines_of(box, "three", f"{EMAIL}\n")
        self.assertNotEqual(box.raw("three").decode().splitlines()[0], one[0])

    def run_lines_of(self, box, name, text, **options):
        speaker = Speaker(box, name, **options)
        speaker.say(text)
        speaker.end()

    def test_a_key_that_others_may_read_is_not_used(self):
        box = self.sandbox('[defaults]\nmasking = { style = "hash" }\n')
        (box.log_dir / ".rules").mkdir(parents=True)
        key = box.log_dir / ".rules" / "mask.key"
        key.write_bytes(bytes(32))
        key.chmod(0o644)
        box.start()
        self.assert_masks(box, "app", ALL, masked())
        status = self.status(box)
        self.assertEqual(status["state"], "degraded")
        self.assertIn("chmod 0600", "".join(status["messages"]))

    def test_a_process_overrides_single_fields_of_the_defaults(self):
        box = self.started_with(defaults='off = ["email"], style = "fixed"',
                                app='off = ["card"]', bare='style = "token"')
        fixed = {key: "****" for key in ("github", "stripe", "card", "password")}
        self.assert_policies(box, other=masked(**fixed, email=EMAIL),
                             app=masked(**{**fixed, "card": CARD, "email": "****"}),
                             bare=masked(email=EMAIL))

    def test_without_the_environment(self):
        box = self.started_with(blind="env = false", reported='mode = "report"')
        value = GARDEN.text(20)
        environment = {"DB_PASSWORD": value}
        line = f"<{value}>\n"
        self.assert_masks(box, "blind", line, line, environment=environment)
        self.assert_masks(box, "reported", line, line, environment=environment)
        self.assert_masks(box, "app", line, "<[masked:environment]>\n", environment=environment)
        self.assert_masks(box, "other", line, line)


class UserRulesTest(MaskingTest):
    def boxed(self, config="", rules=None):
        """A sandbox whose rules_dir holds `rules`, by name of the file."""
        box = self.sandbox()
        self.rules = box.root / "rules"
        self.rules.mkdir()
        box.config.write_text(f'rules_dir = "{self.rules}"\n{config}')
        for name, text in (rules or {}).items():
            self.write(name, text)
        return box

    def write(self, name, text):
        """Replaces a rule file as a whole."""
        fresh = self.rules / f".{name}.new"
        fresh.write_text(text)
        fresh.rename(self.rules / name)

    def reload(self, box, answer):
        """SIGHUP; returns once logd has said `answer` about it."""
        path = box.root / "logd.err"
        before = path.stat().st_size
        box.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: answer.encode() in path.read_bytes()[before:], 20, f"{answer!r}")

    def check(self, box, *commands):
        """The complaints of --check-config and `rules check`; both exit with 2."""
        said = ""
        for command in commands or ([box.logd_program, "--check-config"],
                                    [box.logctl_program, "rules", "check"]):
            done = subprocess.run(command, env=box.environment, capture_output=True, timeout=30,
                                  check=False)
            self.assertEqual(done.returncode, 2, (command, done.stdout, done.stderr))
            complaint = (done.stdout + done.stderr).decode()
            self.assertRegex(complaint, r"acme\.toml:\d+")
            said += complaint
        return said

    LINE = f"x {ACME} y {GITHUB} z\n"
    MASKED = f"x {mask('acme-key')} y {mask('github-pat')} z\n"
    BUILT_IN = f"x {ACME} y {mask('github-pat')} z\n"


class UserRules(UserRulesTest):
    def test_a_rule_of_the_company(self):
        box = self.boxed(rules={"acme.toml": acme_rule()}).start()
        self.assert_masks(box, "app", self.LINE, self.MASKED)
        masking = self.status(box)["masking"]
        self.assertEqual(masking["rules"], "user")
        self.assertEqual(self.status(box)["state"], "ok")
        done = subprocess.run([box.logd_program, "--check-config"], env=box.environment,
                              capture_output=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"all are right", box.logctl("rules", "check"))

    def test_it_takes_the_place_of_a_built_in_one(self):
        rule = acme_rule("github-pat", "acme", "ghp_").replace("{32}", "{36}").replace(
            "4kQ0zT7bN2xW9cR5vM1pY8sL3dF6hJ0g", "4kQ0zT7bN2xW9cR5vM1pY8sL3dF6hJ0gAb12")
        config = '[process.app]\nmasking = { packs = ["default", "-acme"] }\n'
        box = self.boxed(config, {"acme.toml": rule}).start()
        self.assert_masks(box, "app", f"x {GITHUB} y\n", f"x {GITHUB} y\n")
        self.assert_masks(box, "other", f"x {GITHUB} y\n", f"x {mask('github-pat')} y\n")

    def test_broken_files_leave_the_built_in_rules(self):
        good = acme_rule()
        broken = {
            "a syntax error": (good + "id = \n", 12),
            "an unknown field": (good + 'colour = "red"\n', 12),
            "a regular expression": (good.replace("A-Za-z]", "A-Za-z"), 5),
            "an example": (good.replace("4kQ0z", "4k_Q0"), 5),
            "a counter-example": (good + f"counter_examples = ['{ACME}']\n", 5),
        }
        for what, (text, line) in broken.items():
            with self.subTest(what):
                box = self.boxed(rules={"acme.toml": text,
                                        "good.toml": acme_rule("good", "good", "good_")})
                said = self.check(box)
                self.assertIn(f"acme.toml:{line}", said)
                box.start()
                self.assert_masks(box, "app", self.LINE, self.BUILT_IN)
                status = self.status(box)
                self.assertEqual(status["state"], "degraded")
                self.assertIn(f"{self.rules}/acme.toml:{line}", "\n".join(status["messages"]))
                self.assertEqual(status["masking"]["rules"], "built-in")
                self.assertIn(f"acme.toml:{line}", box.errors())
                box.close()

    def test_mistakes_of_all_files_are_told_at_once(self):
        box = self.boxed('max_sise = 1\n[process.app]\n'
                         'masking = { packs = ["no-such"], mode = "of" }\n',
                         {"acme.toml": acme_rule() + 'colour = "red"\n'})
        (box.root / "conf.d").mkdir()
        (box.root / "conf.d" / "late.toml").write_text("[process.late]\nlevel = 99\n")
        def told():
            done = subprocess.run([box.logd_program, "--check-config"], env=box.environment,
                                  capture_output=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 2)
            return re.findall(r"(\w+\.toml:\d+):\d+: ", done.stderr.decode())
        mine = ["logd.toml:2", "logd.toml:4", "late.toml:2"]
        self.assertEqual(told(), mine + ["acme.toml:12"])
        # Names of packs are looked up once the rules are right.
        self.write("acme.toml", acme_rule())
        self.assertEqual(told(), ["logd.toml:2", "logd.toml:4", "logd.toml:4", "late.toml:2"])
        # Where it is not known which rules there are, nothing is said of them.
        box.config.write_text(box.config.read_text().replace(str(self.rules), "elsewhere"))
        self.assertEqual(told(), ["logd.toml:1"] + mine)

    def test_rules_that_last_were_right_outlive_a_mistake(self):
        box = self.boxed(rules={"acme.toml": acme_rule()}).start()
        box.stop()
        kept = box.log_dir / ".rules" / "last-good"
        self.assertEqual(stat.S_IMODE(kept.stat().st_mode), 0o600)
        self.write("acme.toml", acme_rule().replace("schema = 1", "schema = 99"))
        for end in (box.stop, box.kill):
            box.start()
            self.assert_masks(box, "app", self.LINE, self.MASKED)
            status = self.status(box)
            self.assertEqual((status["state"], status["masking"]["rules"]),
                             ("degraded", "last-good"))
            self.assertIn("acme.toml:1", "\n".join(status["messages"]))
            end()
        self.check(box)
        # A directory that is gone is a mistake, too.
        self.rules.rename(box.root / "elsewhere")
        box.start()
        self.assert_masks(box, "app", self.LINE, self.MASKED)
        self.assertEqual(self.status(box)["state"], "degraded")
        # An empty one says that there shall be none.
        self.rules.mkdir()
        self.reload(box, "rules in force")
        self.assert_masks(box, "app", self.LINE, self.BUILT_IN)
        self.assertEqual(self.status(box)["state"], "ok")
        self.assertFalse(kept.exists())

    def test_what_was_kept_is_damaged(self):
        box = self.boxed(rules={"acme.toml": acme_rule()}).start()
        box.stop()
        kept = box.log_dir / ".rules" / "last-good"
        kept.write_bytes(kept.read_bytes().replace(b"acme_live_[", b"acme_livf_["))
        self.write("acme.toml", "schema = 99\n")
        box.start()
        self.assert_masks(box, "app", self.LINE, self.BUILT_IN)
        status = self.status(box)
        self.assertEqual(status["state"], "degraded")
        self.assertIn("damaged", "\n".join(status["messages"]))


class Refusals(UserRulesTest):
    POLICY = '[process.app]\nmasking = { on = ["acme-key"] }\n'
    PACKS = '[process.app]\nmasking = { packs = ["default", "acme"] }\n'

    def assert_waits(self, config, mend, file=None):
        """Nothing of `app` is stored until `mend` was called and logd was told."""
        box = self.boxed(config, file or {})
        box.start()
        speaker = Speaker(box, "app")
        lines = "".join(f"{i} {self.LINE}" for i in range(100))
        speaker.say(lines)
        self.wait_for_message(box, "app: there can be no log for pid")
        self.assert_masks(box, "other", f"x {GITHUB}\n", f"x {mask('github-pat')}\n")
        self.assertEqual(box.stored("app"), 0)
        self.assertNotIn(ACME, (box.root / "logd.err").read_text())
        status = self.status(box)
        self.assertEqual(status["state"], "degraded")
        self.assertRegex("\n".join(status["messages"]), r"(?m)^app: not captured: masking: ")
        mend(box)
        self.reload(box, "rules in force")
        speaker.end()
        self.assert_bytes(box.raw("app"),
                          "".join(f"{i} {self.MASKED}" for i in range(100)).encode(), "app")
        self.assertEqual(self.status(box)["state"], "ok")

    def write_rule(self, _box):
        self.write("acme.toml", acme_rule())

    def test_a_process_whose_rule_is_missing_waits(self):
        self.assert_waits(self.POLICY, self.write_rule)

    def test_a_process_whose_pack_is_missing_waits(self):
        self.assert_waits(self.PACKS, self.write_rule)

    def test_a_process_whose_rule_is_in_a_broken_file_waits(self):
        self.assert_waits(self.POLICY, self.write_rule, {"acme.toml": "schema = 99\n"})

    def test_a_process_whose_literals_are_missing_waits(self):
        box = self.boxed()
        box.config.write_text(box.config.read_text() +
                              f'[process.app]\nmasking = {{ literals = "{box.root}/words" }}\n')
        box.start()
        speaker = Speaker(box, "app")
        speaker.say("one Kestrel:Vault two\n")
        self.wait_for_message(box, "app: there can be no log for pid")
        self.assertEqual(box.stored("app"), 0)
        (box.root / "words").write_text("Kestrel:Vault\n")
        self.reload(box, "rules in force")
        speaker.end()
        self.assertRegex(box.raw("app").decode(), r"^one \[masked:[a-z-]+\] two\n$")

    def test_a_run_from_before_waits_too(self):
        """logd was killed, and comes back without the rule."""
        box = self.boxed(self.POLICY, {"acme.toml": acme_rule()}).start()
        speaker = Speaker(box, "app")
        speaker.say(self.LINE)
        self.wait_for_lines(box, "app", 1)
        box.kill()
        (self.rules / "acme.toml").unlink()
        speaker.say(self.LINE)
        box.start()
        self.wait_for_message(box, "app: there can be no log for pid")
        self.assert_masks(box, "other", f"{GITHUB}\n", f"{mask('github-pat')}\n")
        self.assert_bytes(box.raw("app"), self.MASKED.encode(), "meanwhile")
        self.write("acme.toml", acme_rule())
        self.reload(box, "rules in force")
        speaker.end()
        self.assert_bytes(box.raw("app"), 2 * self.MASKED.encode(), "app")

    def test_check_config_names_what_is_missing(self):
        box = self.boxed(self.POLICY, {"acme.toml": acme_rule("acme-keys")})
        done = subprocess.run([box.logd_program, "--check-config"], env=box.environment,
                              capture_output=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr + done.stdout, rb'logd\.toml:3.*no rule "acme-key"; did you '
                                                    rb'mean "acme-keys"')


class Reload(UserRulesTest):
    def test_a_good_rule_under_load(self):
        """Each line once and in order, up to some line as before, from there on masked."""
        box = self.boxed().start()
        speaker = Speaker(box, "app")
        count, chunk = 200_000, 5_000
        for begin in range(0, count, chunk):
            speaker.say("".join(f"{i} {ACME} {STRIPE}\n" for i in range(begin, begin + chunk)))
            if begin == count // 4:
                self.write("acme.toml", acme_rule())
                self.reload(box, "rules in force")
            if begin == count // 2:
                self.write("acme.toml", acme_rule("acme-renamed"))
                self.reload(box, "rules in force")
        speaker.end()
        self.wait_for_message(box, "rules in force")
        lines = box.raw("app").decode().splitlines()
        self.assertEqual(len(lines), count)
        seen = []
        for number, line in enumerate(lines):
            begin, key, end = line.split(" ")
            self.assertEqual((begin, end), (str(number), mask("stripe-key")))
            if not seen or seen[-1] != key:
                seen.append(key)
        self.assertEqual(seen, [ACME, mask("acme-key"), mask("acme-renamed")])

    def test_a_bad_rule_keeps_those_before(self):
        box = self.boxed(rules={"acme.toml": acme_rule()}).start()
        speaker = Speaker(box, "app")
        speaker.say(self.LINE)
        self.wait_for_lines(box, "app", 1)
        self.write("acme.toml", acme_rule().replace("A-Za-z]", "A-Za-z"))
        self.reload(box, "the rules before stay in force")
        speaker.say(self.LINE)
        status = self.status(box)
        self.assertEqual((status["state"], status["masking"]["rules"]), ("degraded", "user"))
        self.assertIn("acme.toml:5", "\n".join(status["messages"]))
        self.assert_masks(box, "other", self.LINE, self.MASKED)
        self.write("acme.toml", acme_rule())
        self.reload(box, "rules in force")
        speaker.say(self.LINE)
        speaker.end()
        self.assert_bytes(box.raw("app"), 3 * self.MASKED.encode(), "app")
        self.assertEqual(self.status(box)["state"], "ok")

    def test_a_rule_that_a_process_needs_cannot_be_taken_away(self):
        box = self.boxed(Refusals.POLICY, {"acme.toml": acme_rule()}).start()
        speaker = Speaker(box, "app")
        speaker.say(self.LINE)
        self.wait_for_lines(box, "app", 1)
        self.write("acme.toml", acme_rule("acme-renamed"))
        self.reload(box, "the rules before stay in force")
        speaker.say(self.LINE)
        speaker.end()
        self.assert_bytes(box.raw("app"), 2 * self.MASKED.encode(), "app")
        self.assertIn('no rule "acme-key"', "\n".join(self.status(box)["messages"]))

    def test_literals_are_read_again(self):
        """And those that cannot be keep the ones before: no line is spoilt."""
        box = self.boxed()
        words = box.root / "words"
        words.write_text("Kestrel:Vault\n")
        box.config.write_text(box.config.read_text() +
                              f'[process.app]\nmasking = {{ literals = "{words}" }}\n')
        box.start()
        speaker, line, wanted = Speaker(box, "app"), "x Kestrel:Vault y Heron/Gate z\n", ""
        def say(masked_line):
            nonlocal wanted
            wanted += masked_line
            speaker.say(line)
            self.wait_for_lines(box, "app", wanted.count("\n"))
        say("x [masked:] y Heron/Gate z\n")
        words.write_text("Kestrel:Vault\nHeron/Gate\n")
        self.reload(box, "rules in force")
        say("x [masked:] y [masked:] z\n")
        words.unlink()
        self.reload(box, "stay in force")
        say("x [masked:] y [masked:] z\n")
        speaker.end()
        stored = re.sub(r"\[masked:[a-z-]+\]", "[masked:]", box.raw("app").decode())
        self.assertEqual(stored, wanted)

    def test_many_reloads_take_no_memory(self):
        box = self.boxed(rules={"acme.toml": acme_rule()}).start()
        self.assert_masks(box, "app", self.LINE, self.MASKED)
        def resident():
            with open(f"/proc/{box.daemon.pid}/statm", encoding="ascii") as statm:
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        for turn in range(25):
            self.write("acme.toml", acme_rule() + f"# {turn}\n")
            self.reload(box, "rules in force")
            if turn == 4:
                before = resident()
        self.assertLess(resident() - before, 16 << 20, "bytes that 20 reloads cost")
        self.assert_masks(box, "app", self.LINE, self.MASKED)


if __name__ == "__main__":
    unittest.main()
