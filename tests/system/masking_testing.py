"""What the suites of masking share: planted secrets, a program that prints them, and the search
for what is left of them.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import gzip
import json
import os
import random
import string
import subprocess
import sys
from collections import namedtuple

from harness import SandboxTest, wait_until

PUBLIC = {b"T3BlbkFJ"}  # a part of each key of OpenAI
WINDOW = 8  # no more bytes of a secret in a row may be left than one less than this
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
DIGITS = "123456789"

# A line and what it is stored as; `secrets` are the parts of it that must not be seen.
Planted = namedtuple("Planted", "line masked secrets")

# Prints what its standard input says, a JSON line each: [stream, text, bytes in one write].
SPEAKER = [sys.executable, "-c", """
import json, os, sys
for line in sys.stdin:
    stream, text, size = json.loads(line)
    data = text.encode()
    size = size or len(data)
    for at in range(0, len(data), size):
        piece = data[at:at + size]
        while piece:
            piece = piece[os.write(stream, piece):]
"""]


def luhn(digits):
    """`digits` and the check digit behind them."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * 2
        total += int(digit) if place % 2 else doubled - 9 * (doubled > 9)
    return digits + str(-total % 10)


def iban(country, account):
    number = "".join(str(int(c, 36)) for c in account + country + "00")
    return f"{country}{98 - int(number) % 97:02}{account}"


def url_base64(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class Garden:
    """Secrets that nobody has seen before: the same seed gives the same ones."""

    def __init__(self, seed=7):
        self._random = random.Random(seed)
        self._lines = 0

    def text(self, length, letters=ALNUM):
        return "".join(self._random.choice(letters) for _ in range(length))

    def line(self, rule, form, secret, before="", behind=""):
        """A numbered line: `form` has {} where `secret` stands, which `rule` masks."""
        self._lines += 1
        number = f"{before}n{self._lines:05} "
        end = f" z{self._lines:05}{behind}"
        masked = f"[masked:{rule}]"
        return Planted(number + form.replace("{}", secret) + end,
                       number + form.replace("{}", masked) + end, [secret])

    def clean(self):
        """A numbered line without any secret."""
        self._lines += 1
        text = f"n{self._lines:05} GET /items/{self._lines} 200 in {self._lines % 97} ms"
        return Planted(text, text, [])

    def private_key(self, lines=5):
        """One of several lines, as one planted text."""
        body = [self.text(64, ALNUM + "+/") for _ in range(lines - 1)] + [self.text(22) + "=="]
        begin, end = (f"-----{word} RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))
        masked = ["[masked:pem-private-key]"] * lines
        return Planted("\n".join([begin, *body, end]), "\n".join([begin, *masked, end]), body)

    def tokens(self):
        """Secrets with a form of their own, by rule."""
        text = self.text
        slack = "-".join([text(12, DIGITS), text(13, DIGITS), text(24)])
        slack_user = "-".join([text(11, DIGITS), text(11, DIGITS), text(12, DIGITS), text(32, HEX)])
        jwt = ".".join([url_base64('{"alg":"HS256","typ":"JWT"}'),
                        url_base64(f'{{"sub":"{text(10)}","iat":1516239022}}'), text(43)])
        card = luhn("543210" + text(9, DIGITS))
        return [
            ("github-pat", "ghp_" + text(36)),
            ("github-fine-grained", f"github_pat_{text(22)}_{text(59)}"),
            ("github-oauth", "gho_" + text(36)),
            ("github-server", "ghs_" + text(36)),
            ("gitlab-pat", "glpat-" + text(20)),
            ("npm-token", "npm_" + text(36)),
            ("pypi-token", "pypi-AgEIcHlwaS5vcmc" + text(60)),
            ("aws-key-id", "AKIA" + text(16, string.ascii_uppercase + "234567")),
            ("gcp-api-key", "AIza" + text(35)),
            ("google-client-secret", "GOCSPX-" + text(28)),
            ("digitalocean-token", "dop_v1_" + text(64, HEX)),
            ("vault-token", "hvs." + text(90)),
            ("slack-bot-token", "xoxb-" + slack),
            ("slack-user-token", "xoxp-" + slack_user),
            ("stripe-key", "sk_live_" + text(24)),
            ("stripe-key", "rk_live_" + text(24)),
            ("stripe-webhook", "whsec_" + text(32)),
            ("sendgrid-key", f"SG.{text(22)}.{text(43)}"),
            ("anthropic-key", f"sk-ant-api03-{text(93)}AA"),
            ("openai-key", f"sk-proj-{text(74)}T3BlbkFJ{text(74)}"),
            ("huggingface-token", "hf_" + text(34, string.ascii_letters)),
            ("groq-key", "gsk_" + text(52)),
            ("shopify-token", "shpat_" + text(32, HEX)),
            ("linear-token", "lin_api_" + text(40)),
            ("grafana-token", f"glsa_{text(32)}_{text(8, HEX)}"),
            ("figma-token", "figd_" + text(40)),
            ("jwt", jwt),
            ("bcrypt-hash", "$2b$12$" + text(53)),
            ("card", luhn("411111" + text(9, DIGITS))),
            ("card", " ".join(card[at:at + 4] for at in range(0, 16, 4))),
            ("iban", iban("DE", "37040044" + text(10, string.digits))),
            ("email", f"{text(6, string.ascii_lowercase)}.{text(7)}@example.com"),
            ("us-ssn", "536-22-" + text(4, DIGITS)),
        ]

    def in_contexts(self):
        """Secrets that only what stands around them gives away, with that."""
        text = self.text
        quoted = 'p ass"w0rd,' + text(6)
        twice = json.dumps({"m": json.dumps({"m": json.dumps({"db_password": "{}"})})})
        basic = base64.b64encode(f"worker:{text(14)}".encode()).decode()
        hook = f"T{text(8, DIGITS)}/B{text(8, DIGITS)}/{text(24)}"
        return [
            ("aws-secret-key", "aws_secret_access_key = {}", text(40)),
            ("slack-webhook", "post https://hooks.slack.com/services/{} ok", hook),
            ("telegram-bot", "https://api.telegram.org/bot{}/getMe",
             f"{text(8, DIGITS)}:AA{text(33)}"),
            ("bearer", "Authorization: Bearer {}", text(32)),
            ("token-header", "> authorization: token {}", text(32)),
            ("token-header", "Authorization: Basic {}", basic),
            ("header-secret", "X-Api-Key: {}", text(32)),
            ("cookie-session", "Cookie: theme=dark; sessionid={}; lang=de", text(32)),
            ("cookie-session", "Set-Cookie: PHPSESSID={}; Path=/; HttpOnly", text(32)),
            ("url-userinfo", "connect postgres://app:{}@db.internal:5432/shop", text(16)),
            ("url-userinfo", "redis://:{}@cache:6379/0", text(16)),
            ("url-query-secret", "GET /v1/items?access_token={}&page=2 200", text(32)),
            ("kv-password", "Server=db;User Id=app;Password={};Timeout=5", text(16)),
            ("kv-password", "jdbc:mysql://db/shop?user=app&password={}&ssl=true", text(16)),
            ("kv-password", "login password={} ok", "hunter2hunter"),
            ("kv-password", "db passwd: {}", "correcthorse"),
            ("kv-pwd", "user=bob pwd={} try=1", text(8, string.ascii_lowercase)),
            ("kv-password", "password={} strong", text(20)),
            ("kv-password", '{"user": "bob", "password": "{}", "n": 1}', json.dumps(quoted)[1:-1]),
            ("kv-secret", '{"client_secret": "{}", "a": [1, 2]}', text(24)),
            ("kv-key", json.dumps({"msg": json.dumps({"api_key": "{}", "ok": True})}), text(18)),
            ("kv-password", twice, text(18)),
            ("name-value-pair", '[{"name": "DB_PASSWORD", "value": "{}"}]', text(20)),
            ("kv-password", "deploy --password {} --host db", text(20)),
            ("kv-secret", "  secret: '{}'", text(20)),
            ("kv-token", 'config :token => "{}", retries => 3', text(20)),
            ("kv-password", "<password>{}</password>", text(20)),
        ]

    def elements(self):
        """The same in mark-up and commands, where what gives them away stands further ahead."""
        return [(rule, form, self.text(20)) for rule, form in (
            ("name-value-pair", '<entry key="db.password">{}</entry>'),
            ("name-value-pair", '<property name="password" value="{}"/>'),
            ("kv-password", "&lt;password&gt;{}&lt;/password&gt;"),
            ("kv-password", '<db:password type="x">{}</db:password>'),
            ("cli-password", "docker login -u a -p {} host"),
            ("cli-password", "mysql -u root -p{} shop"),
            ("cli-password", "sshpass -p {} ssh host"),
            ("cli-password", "curl -u admin:{} https://host/x"),
            ("cli-password", "IDENTIFIED BY '{}' WITH GRANT"),
        )]

    def round(self):
        """About 60 secrets, each of them on a line of its own, clean lines and a private key."""
        planted = [self.line(rule, "using {} for it", secret) for rule, secret in self.tokens()]
        planted += [self.line(*parts) for parts in self.in_contexts()]
        planted += [self.clean() for _ in range(20)]
        self._random.shuffle(planted)
        planted.insert(10, self.private_key())
        return planted


def lines_of(planted):
    """What is written, and what is to be stored of it."""
    return ("".join(one.line + "\n" for one in planted),
            "".join(one.masked + "\n" for one in planted).encode())


def secrets_of(planted):
    return [secret for one in planted for secret in one.secrets]


class Traces:
    """Looks for pieces of secrets in whatever was written somewhere."""

    def __init__(self, secrets):
        self._windows = {}
        for secret in secrets:
            data = secret.encode()
            for at in range(len(data) - WINDOW + 1):
                if data[at:at + WINDOW] not in PUBLIC:
                    self._windows[data[at:at + WINDOW]] = secret

    def found_in(self, data):
        """(piece, secret) of all pieces that are there."""
        seen = {data[at:at + WINDOW] for at in range(len(data) - WINDOW + 1)}
        return [(piece, self._windows[piece]) for piece in seen & self._windows.keys()]


class Speaker:
    """A program under logctl that prints what it is told to."""

    def __init__(self, box, name, environment=None, command=None, **popen):
        popen.setdefault("env", dict(box.environment, **(environment or {})))
        popen.setdefault("stderr", subprocess.PIPE)
        command = command or [box.logctl_program, "run", name, "--", *SPEAKER]
        self.box, self.name = box, name
        self.child = box.spawn(command, stdin=subprocess.PIPE, **popen)

    def say(self, text, stream=1, size=0):
        """`size`: how many bytes each write has, 0: all of them."""
        self.child.stdin.write(json.dumps([stream, text, size]).encode() + b"\n")
        self.child.stdin.flush()

    def end(self, seconds=60):
        """Returns what logctl said, once all is stored."""
        self.child.stdin.close()
        said = self.child.stderr.read()
        status = self.box.wait(self.child, seconds)
        if status != 0:
            raise AssertionError(f"{self.name}: status {status}: {said!r}{self.box.errors()}")
        return said


class MaskingTest(SandboxTest):
    def assert_bytes(self, got, wanted, what):
        """As assertEqual, but shows where they begin to differ."""
        if got == wanted:
            return
        at = len(os.path.commonprefix([got, wanted]))
        line, begin = got.count(b"\n", 0, at) + 1, max(0, at - 60)
        self.fail(f"{what}: {len(got)} bytes for {len(wanted)}, differ in line {line}: "
                  f"{got[begin:at + 200]!r} for {wanted[begin:at + 200]!r}")

    def assert_no_traces(self, traces, data, where):
        found = traces.found_in(data)
        if found:
            piece, secret = found[0]
            at = data.find(piece)
            self.fail(f"{where}: {len(found)} pieces of secrets, such as {piece!r} of {secret!r} "
                      f"in {data[max(0, at - 200):at + 100]!r}")

    def assert_clean_disk(self, box, traces):
        """Everything in log_dir and run_dir, archives too, and what logd said."""
        for directory in (box.log_dir, box.run_dir):
            for folder, _, names in os.walk(directory):
                for name in names:
                    self.assert_clean_file(os.path.join(folder, name), traces)
        self.assert_no_traces(traces, (box.root / "logd.err").read_bytes(), "logd's messages")

    def assert_clean_file(self, path, traces):
        if not os.path.isfile(path) or os.path.islink(path):
            return
        try:
            with open(path, "rb") as file:
                data = file.read()
        except FileNotFoundError:  # archived or deleted meanwhile
            return
        if path.endswith(".gz"):
            data = gzip.decompress(data)
        self.assert_no_traces(traces, data, path)

    def run_lines(self, box, name, planted, environment=None):
        """Prints the planted lines under `logctl run NAME`."""
        speaker = Speaker(box, name, environment)
        speaker.say(lines_of(planted)[0])
        speaker.end()

    def assert_masks(self, box, name, text, wanted, **options):
        """Prints `text` under `logctl run NAME`; `wanted` is stored of it."""
        before = box.raw(name) if (box.log_dir / name).exists() else b""
        speaker = Speaker(box, name, **options)
        speaker.say(text)
        speaker.end()
        self.assert_bytes(box.raw(name)[len(before):], wanted.encode(), name)

    def status(self, box):
        return json.loads(box.logctl("status", "--json"))

    def rule_counts(self, box):
        """The counters of the rules that found something, by id."""
        return {rule["id"]: rule for rule in self.status(box)["masking"]["hit"]}

    def wait_for_message(self, box, text, seconds=10):
        """Until logd has said it."""
        path = box.root / "logd.err"
        wait_until(lambda: text.encode() in path.read_bytes(), seconds, f"logd to say {text!r}")

    def wait_for_lines(self, box, name, count, seconds=10):
        """Until a process has stored so many lines."""
        wait_until(lambda: (box.log_dir / name).exists() and box.raw(name).count(b"\n") >= count,
                   seconds, f"{count} lines of {name}", 0.01)
