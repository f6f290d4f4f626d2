#!/usr/bin/env python3
"""The man pages describe what the programs take: every option, command and key, and no other.

SPDX-License-Identifier: Apache-2.0
"""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import source_tree

BIN = os.environ.get("LOGD_BIN", os.path.join(source_tree.ROOT, "build", "dev", "bin"))
PAGES = ("man/logd.8", "man/logctl.1", "man/logd-format.5", "man/logd-rules.5",
         "man/logd.toml.5", "man/logd-query.7", "man/logd-http.7", "man/logd-protocol.7",
         "man/logd-ship.7")


def shown(program, *arguments):
    """What a program prints when it is asked for help or the like."""
    done = subprocess.run([os.path.join(BIN, program), *arguments], capture_output=True, text=True,
                          check=True, timeout=30, stdin=subprocess.DEVNULL)
    return done.stdout


# --- what the programs say


def options_of_help(text):
    """{"-n", "--lines"} of lines such as "  -n,--lines N|all   How many lines"."""
    lists = re.findall(r"^  (-\S+)", text, re.MULTILINE)
    return {option for options in lists for option in options.split(",")}


def commands_of_help(text):
    return set(re.findall(r"^  ([a-z]+) ", text.partition("Commands:\n")[2], re.MULTILINE))


def words_of_help(text):
    """{"--lines": {"all"}} of "  -n,--lines N|all   How many": the words that may be its value."""
    found = {}
    for options, value in re.findall(r"^  (-\S+) +(\S+)", text, re.MULTILINE):
        if "|" in value:
            words = {word for word in value.split("|") if word.islower()}
            found.update((option, words) for option in options.split(","))
    return found


def aliases_of_help(text):
    return set(re.findall(r"\(also: ([a-z]+)\)", text))


def keys_of_config(text):
    """Pairs of "key = value" and the comment before it, of a commented configuration."""
    keys, comment = [], []
    for line in text.split("\n"):
        if re.match(r"#[a-z_]+ = ", line):
            keys.append((line[1:], " ".join(comment)))
        comment = comment + [line] if line.startswith("# ") else []
    return keys


# --- what the pages say


def parts(page, macro):
    """The text of each section of a page, by its title; `macro` is Sh or Ss."""
    cut = re.split(rf"^\.{macro} (.+)$", page, flags=re.MULTILINE)
    return {title: re.split(r"^\.Sh ", text, flags=re.MULTILINE)[0]
            for title, text in zip(cut[1::2], cut[2::2])}


def options_of_man(text):
    """{"-n", "--lines"} of entries such as ".It Fl n , Fl -lines Ar N"."""
    entries = re.findall(r"^\.It (Fl .+)$", text, re.MULTILINE)
    return {"-" + name for entry in entries for name in re.findall(r"\bFl (\S+)", entry)}


def words_of_man(text):
    """What words_of_help() returns, of entries such as ".It Fl n , Fl -lines Ar N | Cm all"; or, of
    an entry without words, those of the lines ".Cm short , iso" below it."""
    found = {}
    for entry, below in re.findall(r"^\.It (Fl .+)$((?:\n(?!\.It ).*)*)", text, re.MULTILINE):
        words = set(re.findall(r"[a-z0-9]+", entry.rpartition(" Cm ")[2])) if " Cm " in entry else {
            word for line in re.findall(r"^\.Cm (.+)$", below, re.MULTILINE)
            for word in re.findall(r"[a-z0-9]+", line)}
        found.update(("-" + name, words) for name in re.findall(r"\bFl (\S+)", entry))
    return found


def keys_of_man(text):
    keys = re.findall(r"^\.It Ic ([a-z_]+ = .+)$", text, re.MULTILINE)
    return [key.replace(r"\(dq", '"') for key in keys]


class Logd(unittest.TestCase):
    page = source_tree.read("man/logd.8")

    def test_options(self):
        described = options_of_man(parts(self.page, "Sh")["OPTIONS"])
        self.assertEqual(options_of_help(shown("logd", "--help")), described)
        self.assertIn("--check-config", described)

    def test_variables(self):
        read = set()
        for path in source_tree.cpp_files("src"):
            read |= set(re.findall(r'"(LOGD_[A-Z_]+)"', source_tree.read(path)))
        described = set(re.findall(r"^\.It Ev (LOGD_[A-Z_]+)$", self.page, re.MULTILINE))
        self.assertEqual(read, described)
        self.assertIn("LOGD_CONFIG", described)


class LogdToml(unittest.TestCase):
    page = source_tree.read("man/logd.toml.5")

    def test_keys_and_their_defaults(self):
        keys = [key for key, _ in keys_of_config(shown("logd", "--print-default-config"))]
        self.assertEqual(sorted(keys), sorted(keys_of_man(self.page)))
        self.assertIn('max_size = "10MiB"', keys)

    def test_the_default_file_is_good_as_it_is_and_without_its_marks(self):
        text = shown("logd", "--print-default-config")
        for contents in (text, re.sub(r"^#(?=[a-z\[])", "", text, flags=re.MULTILINE)):
            with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                file.write(contents)
                file.flush()
                self.assertIn(": good\n", shown("logd", "--check-config", "--config", file.name))

    def test_what_a_reload_does_with_each_key(self):
        """Those that do not take effect at once are listed."""
        source = source_tree.read("src/config/config_keys.cpp")
        wanted = {"next_run": set(), "restart": set()}
        for entry in re.split(r'^    \{"', source, flags=re.MULTILINE)[1:]:
            reload = re.search(r"Reload::(\w+)", entry)
            self.assertTrue(reload, entry[:30])
            wanted.setdefault(reload.group(1), set()).add(entry.split('"')[0])
        section = parts(self.page, "Sh")["RELOAD"]
        for title, reload in (("started after it", "next_run"), ("a restart of logd", "restart")):
            listed = re.search(rf"{title}\n\.Ic (.+)$", section, re.MULTILINE).group(1)
            self.assertEqual(wanted[reload], set(re.findall(r"[a-z_]+", listed)))
        self.assertIn("max_size", wanted["at_once"])


class Logctl(unittest.TestCase):
    page = source_tree.read("man/logctl.1")

    def setUp(self):
        self.usage = shown("logctl", "--help")
        self.common = options_of_man(parts(self.page, "Sh")["COMMON OPTIONS"])
        self.commands = parts(parts(self.page, "Sh")["COMMANDS"], "Ss")

    def test_commands(self):
        self.assertEqual(commands_of_help(self.usage), set(self.commands))
        self.assertIn("tail", self.commands)

    def test_aliases(self):
        self.assertIn("logs", aliases_of_help(self.usage))
        for alias in aliases_of_help(self.usage):
            self.assertRegex(self.page, rf"(?m)^\.Cm {alias}\b")

    def test_common_options(self):
        of_usage = set(re.findall(r"--[a-z][a-z-]*", self.usage))
        of_all = set.intersection(*(options_of_help(shown("logctl", command, "--help"))
                                    for command in self.commands))
        self.assertEqual(of_usage | of_all, self.common)

    def test_options_of_each_command(self):
        for command, text in self.commands.items():
            with self.subTest(command):
                described = options_of_man(text) | (self.common - {"--version"})
                self.assertEqual(options_of_help(shown("logctl", command, "--help")), described)

    def test_words_of_each_option(self):
        """The values that the help lists are those of the page: at the command, or at tail, whose
        options others share."""
        of_tail = words_of_man(self.commands["tail"])
        of_tail["--format"] = of_tail["-o"]
        seen = 0
        for command, text in self.commands.items():
            for option, words in words_of_help(shown("logctl", command, "--help")).items():
                with self.subTest(f"{command} {option}"):
                    self.assertIn(words, (words_of_man(text)[option], of_tail.get(option)))
                    seen += 1
        self.assertGreater(seen, 20)

    def test_exit_status(self):
        source = source_tree.read("src/ctl/exit_status.h")
        statuses = set(re.findall(r"constexpr int kExit\w+ = (\d+);", source))
        described = re.findall(r"^\.It (\d+)$", parts(self.page, "Sh")["EXIT STATUS"], re.MULTILINE)
        self.assertIn("5", statuses)
        self.assertEqual(set(), statuses - set(described))


class Rules(unittest.TestCase):
    page = source_tree.read("man/logd-rules.5")

    def described(self, section, macro="Ic"):
        """The names of the entries of a section, its subsections included."""
        entries = re.findall(rf"^\.It {macro} (.+)$", parts(self.page, "Sh")[section], re.MULTILINE)
        return [name for entry in entries for name in entry.split(" , ")]

    def names_in(self, path):
        """First members of the entries of a table in a source."""
        return set(re.findall(r'^    \{"([a-z0-9_]+)",', source_tree.read(path), re.MULTILINE))

    def test_fields(self):
        top = {"schema", "pack", "default", "description"}
        fields = self.names_in("src/rules/rule_fields.cpp")
        self.assertEqual(top | fields, set(self.described("RULE FILES")))
        self.assertIn("keywords", fields)

    def test_validators(self):
        described = {name.split("(")[0] for name in self.described("VALIDATORS", "Li")}
        self.assertEqual(self.names_in("src/mask/validators.cpp"), described)
        self.assertIn("luhn", described)

    def test_fields_of_masking_and_styles(self):
        source = source_tree.read("src/config/masking_value.cpp")
        fields = re.findall(r'\{"([a-z]+)", \[\]\(Value v, M& m\)', source)
        self.assertEqual(fields, self.described("POLICY"))
        words = re.search(r"words = \{(.*?)\}", source, re.DOTALL).group(1)
        self.assertEqual(re.findall(r'"([a-z_]+)"', words), self.described("STYLES", "Li"))

    def test_packs(self):
        packs = set()
        for path in source_tree.files(("rules",), (".toml",)):
            head = source_tree.read(path).partition("[[rule]]")[0]
            name = re.search(r'^pack = "(.+)"$', head, re.MULTILINE).group(1)
            packs.add((name, "off" if '\ndefault = "off"\n' in head else "on"))
        described = re.findall(r"^\.It Li (\S+) Ta (\S+) Ta ", self.page, re.MULTILINE)
        self.assertEqual(sorted(packs), sorted(described))

    def test_examples_are_good(self):
        displays = re.findall(r"^\.Bd -literal\n(.*?)^\.Ed", self.page, re.MULTILINE | re.DOTALL)
        rules, policy = (text.replace("\\e", "\\") for text in displays)
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "rules"))
            for name, text in (("rules/acme.toml", rules),
                               ("logd.toml", f'rules_dir = "{folder}/rules"\n' + policy)):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            config = os.path.join(folder, "logd.toml")
            self.assertIn("good", shown("logd", "--check-config", "--config", config))


class Http(unittest.TestCase):
    page = source_tree.read("man/logd-http.7")

    def test_metrics(self):
        source = "".join(source_tree.read(f"src/web/{name}.cpp")
                         for name in ("metrics_text", "ship_metrics"))
        written = re.findall(r"(?:counter|gauge|histogram)\(\s*\"(\w+)\"", source)
        described = re.findall(r"^\.It Ic (\w+)$", parts(self.page, "Sh")["METRICS"], re.MULTILINE)
        self.assertEqual(sorted(written), sorted(described))
        self.assertEqual([], [name for name in written if not name.startswith("logd_")])
        self.assertIn("logd_writer_blocked_seconds_total", written)

    def test_checks(self):
        named = set(re.findall(r"k\w+Check = \"(\w+)\"", source_tree.read("src/status/health.h")))
        described = set(re.findall(r"^\.It Li (\w+)$", parts(self.page, "Sh")["PROBES"],
                                   re.MULTILINE))
        self.assertEqual(named, described)
        self.assertIn("disk", named)


class Pages(unittest.TestCase):
    def test_each_formats_without_a_warning(self):
        for page in PAGES:
            with self.subTest(page):
                done = subprocess.run(["groff", "-ww", "-mdoc", "-Tutf8", "-z", page], check=False,
                                      cwd=source_tree.ROOT, capture_output=True, text=True)
                self.assertEqual((0, ""), (done.returncode, done.stderr))

    @unittest.skipUnless(shutil.which("mandoc"), "needs mandoc")
    def test_mandoc_has_nothing_to_warn_of(self):
        """It is stricter than groff, and shows these pages on other systems."""
        done = subprocess.run(["mandoc", "-Tlint", "-W", "warning", *PAGES], check=False,
                              cwd=source_tree.ROOT, capture_output=True, text=True)
        self.assertEqual((0, ""), (done.returncode, done.stdout))

    def test_every_page_is_mdoc_and_here(self):
        here = {f"man/{name}" for name in os.listdir(os.path.join(source_tree.ROOT, "man"))}
        self.assertEqual(set(PAGES), here)
        for page in PAGES:
            text = source_tree.read(page)
            name, _, section = page[len("man/"):].rpartition(".")
            self.assertRegex(text, rf"(?m)^\.Dt {re.escape(name.upper())} {section}$")
            for other in re.findall(r"^\.Xr (logd\S*|logctl) (\d)", text, re.MULTILINE):
                self.assertIn("man/" + ".".join(other), here, page)

    def test_width(self):
        for page in PAGES + ("README.md",):
            for number, line in enumerate(source_tree.read(page).split("\n"), 1):
                self.assertLessEqual(len(line), 100, f"{page}:{number}")
                self.assertEqual(line, line.rstrip(), f"{page}:{number}")


class TheCheckItself(unittest.TestCase):
    def test_help(self):
        text = "Options:\n  -n,--lines,--tail N|all     How many\n  --err    See --out\n"
        self.assertEqual({"-n", "--lines", "--tail", "--err"}, options_of_help(text))
        text = "Usage: x\n\nCommands:\n  ls [NAME…]   List\n  tail  Show (also: logs)\n\nEnd.\n"
        self.assertEqual({"ls", "tail"}, commands_of_help(text))
        self.assertEqual({"logs"}, aliases_of_help(text))
        text = "  -n,--lines N|all   How\n  --level warn|error\n      x\n  --tz ZONE  Or a|b\n"
        self.assertEqual({"-n": {"all"}, "--lines": {"all"}, "--level": {"warn", "error"}},
                         words_of_help(text))

    def test_config(self):
        text = ("# Sizes.\n\n# how\n# many (not built yet)\n#retain = 10\n\n#[x]\n\n"
                "# a\n#fifo = true\n")
        self.assertEqual([("retain = 10", "# how # many (not built yet)"), ("fifo = true", "# a")],
                         keys_of_config(text))

    def test_page(self):
        page = (".Sh A\n.Ss tail\nSee\n.Fl -no .\n.It Fl n , Fl -lines Ar N | Cm all\n"
                ".Ss ls\n.It Fl -x Ar Y\n.Sh B\n.It Fl -b\n.It Ic a_b = \\(dq5s\\(dq\n")
        self.assertEqual({"-n", "--lines"}, options_of_man(parts(page, "Ss")["tail"]))
        self.assertEqual({"--x"}, options_of_man(parts(page, "Ss")["ls"]))
        self.assertEqual({"--b"}, options_of_man(parts(page, "Sh")["B"]))
        self.assertEqual(['a_b = "5s"'], keys_of_man(page))

    def test_words(self):
        page = (".It Fl n , Fl -lines Ar N | Cm all\n.It Fl -level Ar LEVEL\nOne of\n.Cm warn\n"
                "or\n.Cm error .\n.It Fl o Cm text | json , Fl -output Cm text | json\n")
        self.assertEqual({"-n": {"all"}, "--lines": {"all"}, "--level": {"warn", "error"},
                          "-o": {"text", "json"}, "--output": {"text", "json"}},
                         words_of_man(page))


if __name__ == "__main__":
    unittest.main()
