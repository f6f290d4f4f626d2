"""Lines that look like secrets and are none: class lookalike, to come out byte for byte.

What: corpus_harmless.FIXED stands as it is, FORMS get random ids, digests, numbers and names, each
form six times.
Why: an over-eager masker takes the trace id, the digest and the reason out of a log; each line
masked here without need is one an operator cannot use. Cases from the complaints about other tools:
public keys, `monkey=`, versions, UUIDs, camel case, time stamps in ms taken for cards, parts of a
GUID taken for phones, names of objects with "secret" in them.
Decided: `root@localhost` is a local account and no address; a placeholder (`${X}`, `****`,
`<redacted>`, null) is no secret; public keys and certificates are public; a digest with its
algorithm's name is no token.
Sources: issues of gitleaks, detect-secrets, presidio, trufflehog, Sentry and the Actions runner;
kernel, sshd, systemd, kubelet, dockerd, nginx, Hadoop and Spring logs.
SPDX-License-Identifier: Apache-2.0
"""
import base64
import hashlib
import random
import re

from corpus_dress import (ALNUM, DIGITS, HEX, OUTERS, b64, chars, entry_of, fill, host, uuid4, word)
from corpus_harmless import FIXED
from corpus_pii import ISSUERS, iban, luhn_digit

# @43, @uuid and the like: `special` and `fill_form` say what the marks become.
FORMS = '''
commit @sha1
HEAD is now at @sha7 fix the build
Merge branch 'main' of github.com:org/repo @sha7..@sha7b
deploying revision @sha1 to web1
git rev-parse HEAD => @sha1
request_id=@uuid status=200
[@uuid] GET /health 200 in 3ms
{"trace_id":"@h32","span_id":"@h16","flags":"01"}
traceparent: 00-@h32-@h16-01
trace=@h32 span=@h16 sampled=true
X-Request-Id: @uuid
X-Amzn-Trace-Id: Root=1-@h8-@h24
x-amz-request-id: @A16
x-amz-cf-id: @w56
CF-Ray: @h16-FRA
correlation_id=@uuid
session @d6 opened
ETag: "@h32"
etag=W/"@h16"
If-None-Match: "@h32-gzip"
sha256:@h64
image registry.acme.io/web@sha256:@h64
Digest: sha256:@h64
Status: Downloaded newer image for nginx@sha256:@h64
pulled sha256:@h64 in 2.1s
container @h64 started
docker run => @h64
container_id=@h12
containerd://@h64
md5=@h32
MD5 (file.iso) = @h32
@h32  ./backup/a.tar.gz
sha1: @sha1
sha256sum @h64  a.deb
checksum mismatch: expected @h64
integrity sha512-@b86==
"integrity": "sha512-@b86=="
sha384-@b64x
content-md5: @b22==
h1:@b43= go.sum
github.com/org/lib v1.2.3 h1:@b43=
etcd revision @d8 hash @d10
blk_@d19
blk_-@d19 replicated
order=@order
order number @order shipped
invoice @order paid
tracking number 1Z@A16
tracking=JD0146000@d11
parcel @d12 delivered
ts=@ms
timestamp: @ms
{"time":@ms,"n":1}
time=@us
start=@ns end=@nsb
ts=@ns
took 0.@d9 s
nonce=@d6
offset=@d10 lag=0
lsn=@h8/@h8b
wal 00000001@h16
xid=@d9
pid=@d4 tid=@d12x
thread 0x@h12
ptr 0xc000@h6
&{0xc000@h6 0xc000@h6b <nil>}
goroutine @d4 [running]: main.main() 0xc000@h6
panic at 0x@h12: nil pointer
Fault address 0x@h16
0000@h4: @hexdump
@hexdump |................|
[<ffffffff@h8>] do_syscall_64+0x@h2/0x@h2b
segfault at @h8 ip @h12 sp @h12b error 4
usb 1-1: SerialNumber: @A16
ata1.00: ATA-9: WDC WD40EFRX, @A8, max UDMA/133
UUID=@uuid / ext4 defaults 0 1
boot id @h32
machine-id @h32
pod web-@a9-@a5 scheduled
replicaset web-@a10 scaled to 3
ReplicaSet "api-@a9" has successfully progressed.
job batch-@d8-@a5 complete
pvc-@uuid bound
node ip-10-0-@d2-@d2.eu-west-1.compute.internal ready
arn:aws:iam::@d12y:role/web
arn:aws:lambda:eu-west-1:@d12y:function:mail
vpc-@h17 subnet-@h17b
i-@h17 running
sg-@h17 updated
ami-@h17 selected
resourceVersion=@d9
uid: @uuid
idempotency_key=@uuid
idempotency-key: @uuid
Idempotency-Key: @uuid
message_id=<@d14.@A8>
Message queued as @A10
postfix/smtpd[@d4]: @A11: client=unknown[10.1.1.1]
build @d6 sha @sha7
build_id=@h40x
"buildId":"@h20"
chunk-@h8.js 12 kB
main.@h20.js
/assets/app-@h8.css 200
bundle.@h20.min.js.map
webpack://acme/./src/a.js?@h4
!function(e,t){"use strict";var n=e.@L3,r=t.@L4;n&&r(e)}(this,@L5);
var a=function(b){return b.@L6(0x@h4)},c=[@d3,@d3,@d2];
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA@b60
data:image/gif;base64,R0lGODlhAQABA@b30
ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ@b120 bob
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI@b43
SHA256:@b43
RSA key fingerprint is SHA256:@b43.
MD5:@fp
fingerprint @fp
public_key=@b44
publicKey: "@b43="
"public_key":"@h64"
ssh_public_key=AAAAC3NzaC1lZDI1NTE5AAAAI@b43
wg peer public key: @b43=
pubkey=@h66
key_id=@uuid
kid=@h16
kmsKeyId=arn:aws:kms:eu-west-1:@d12y:key/@uuid
card-like number @badluhn refused
number @badluhn is not a card
value=@badluhn
unknown issuer @noissuer
account @noissuer
iban @badiban has wrong check digits
invalid IBAN @badiban
ssn-like 000-@d2-@d4
ref @d3-@d2-@d3
part no @d3-@d4-@d2
room 12-@d3-@d4-9
ip6 time 10:@d2:@d2:@d2
duration=00:0@d1:@d2.@d3
range @d4-@d4b
2025@d4T@d6Z
Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/2010@d4 Firefox/121.0
cache_key=page:@h32
cache key views/@h32 expired
redis key sess:@d6 ttl=60
partition_key=@d6
sort_key=@d4
dedup_key=@h16
s3://bucket/@h2/@h32/part-0000@d1
/var/lib/docker/overlay2/@h64/merged
/nix/store/@a32-openssl-3.0.12
/home/bob/.cache/@h2/@h38
/tmp/tmp@a8
/proc/@d4/fd/3
C:\\Users\\Public\\@L8\\file.txt
com.acme.@l8.@L10Factory$@L8Impl
org.hibernate.@l6.@L12Listener
_ZN4core3fmt9Formatter@d2@L8E
error[E0@d3]: mismatched types
HTTP/1.1 200 OK content-length: @d6
"GET /img/@h32.png HTTP/1.1" 200 @d5
"GET /article/@d8-how-to-reset-your-password HTTP/1.1" 200 @d4
"POST /password/reset HTTP/1.1" 302 @d3
"POST /oauth/token HTTP/1.1" 200 @d4
"GET /api/tokens/@d4 HTTP/1.1" 404 @d2
"GET /secrets/@d3/versions HTTP/1.1" 403 @d2
GET /reset?lang=en&step=@d1
GET /search?q=password&page=@d2
GET /search?q=secret+santa+@d2
key=@w1 rows=@d4
metric password_resets_total @d4
auth_failures_total{reason="bad_password"} @d4
token_refresh_seconds_sum @d3.@d2
user @d5 changed password
user @d5: invalid password (@d1 attempts)
login failed for user @d5: wrong password
password reset for user @d5 done
max_tokens=@d4
tokens=@d4 cost=0.0@d2
used @d4 tokens in @d3 ms
token bucket @d2% full
retry after @d2 s: token bucket empty
secret version @d2 of db-credentials is latest
lease @d5 of secret web-tls renewed
-----BEGIN PUBLIC KEY-----\\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A@b64x\\n-----END PUBLIC KEY-----
-----BEGIN CERTIFICATE-----\\nMIIDdzCCAl+gAwIBAgIE@b60\\n-----END CERTIFICATE-----
'''.strip('\n').splitlines()

NUMBERS = re.compile(r'(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)')


def luhn_ok(number):
    return luhn_digit(number[:-1]) == number[-1]


def issued(number):
    return any(number.startswith(start) and len(number) in sizes for _, starts, sizes, _ in ISSUERS
        for start in starts) or number[:2] in ('22', '23', '24', '25', '26', '27', '34', '35', '36',
        '37', '38', '39', '30', '50', '51', '52', '53', '54', '55', '56', '57', '58', '60', '62',
        '63', '64', '65', '67', '81', '97') or number[0] == '4'


def no_card(text):
    """No number of the line is a card's by chance."""
    for found in NUMBERS.findall(text):
        number = re.sub('[ -]', '', found)
        if luhn_ok(number) and issued(number):
            return False
    return True


def bad_luhn(r):
    while True:
        number = r.choice(['4', '51', '55', '37', '6011', '3528']) + chars(r, DIGITS, 14)
        number = number[:16]
        if not luhn_ok(number):
            return r.choice([number, ' '.join(number[at:at + 4] for at in range(0, 16, 4))])


def no_issuer(r):
    while True:
        body = r.choice('1789') + chars(r, DIGITS, 14)
        number = body + luhn_digit(body)
        if not issued(number):
            return number


def bad_iban(r):
    value = iban(r, r.choice(['DE', 'GB', 'FR', 'NL', 'ES']))
    return value[:2] + '%02d' % ((int(value[2:4]) + r.randint(1, 80)) % 100) + value[4:]


def special(r, mark):
    when = 1700000000 + r.randint(0, 60000000)
    made = {'uuid': lambda: uuid4(r), 'sha1': lambda: hashlib.sha1(uuid4(r).encode()).hexdigest(),
        'sha7': lambda: chars(r, HEX, 7), 'sha7b': lambda: chars(r, HEX, 7), 'ms': lambda: '%d%03d'
        % (when, r.randint(0, 999)), 'us': lambda: '%d%06d' % (when, r.randint(0, 999999)),
        'ns': lambda: '%d%09d' % (when, r.randint(0, 999999999)), 'nsb': lambda: '%d%09d' % (when,
        r.randint(0, 999999999)), 'order': lambda: r.choice(['1', '7', '8', '9']) + chars(r, DIGITS,
        r.choice([9, 11, 13, 15])), 'hexdump': lambda: ' '.join(chars(r, HEX, 4) for _ in range(8)),
        'fp': lambda: ':'.join(chars(r, HEX, 2) for _ in range(16)), 'badluhn': lambda: bad_luhn(r),
        'noissuer': lambda: no_issuer(r), 'badiban': lambda: bad_iban(r), 'w1': lambda: word(r),
        'b64x': lambda: b64(r, 48), 'h40x': lambda: chars(r, HEX, 40), 'd12x': lambda: '1'
        + chars(r, DIGITS, 11), 'd12y': lambda: '1' + chars(r, DIGITS, 11), }
    return made[mark]() if mark in made else ''


def fill_form(r, form):
    def one(found):
        text = special(r, found.group(1))
        if text:
            return text
        kind, count = re.match(r'([a-zA-Z])(\d+)', found.group(1)).groups()
        value = fill(r, '<%s%s>' % (kind, count))
        return value if kind != 'd' or value[0] != '0' else '1' + value[1:]
    # A word after @ that is none of the marks stays: nginx@sha256, user@web1.
    return re.sub(r'@(uuid|sha1|sha7b?|ms|us|nsb?|order|hexdump|fp|badluhn|noissuer|badiban|w1|b64x'
                  r'|h40x|d12x|d12y|43|[adhbnwALl]\d+b?)(?![a-z0-9])', lambda found: one(found)
                  if found.group(1) != '43' else chars(r, ALNUM + '+/', 43), form)


def generate(seed, times=6):
    r = random.Random('%s lookalikes' % seed)
    out, seen = [], set()

    def add(family, text, wrap):
        name, outer = wrap
        line = outer(r, text)[0]
        if line not in seen and no_card(line):
            seen.add(line)
            out.append(entry_of('lookalike', family, name, line, [], [line]))

    for number, text in enumerate(FIXED):
        text = text.replace('@43', b64(r, 32)[:43])
        add('fixed', text, OUTERS[0])
        if number % 3 == 0:
            add('fixed', text, r.choice(OUTERS[1:]))
    for form in FORMS:
        # The family is the form without its numbers, so a report tells which one broke.
        family = re.sub(r'[^a-zA-Z_]+', '-', form)[:28].strip('-').lower()
        for number in range(times):
            add(family, fill_form(r, form), OUTERS[0] if number % 2 else r.choice(OUTERS[1:]))
    for _ in range(6):
        text = base64.b64encode(bytes(r.getrandbits(8) for _ in range(480))).decode()
        body = ['MIID' + text[4:64]] + [text[at:at + 64] for at in range(64, 640, 64)]
        label = r.choice(['CERTIFICATE', 'PUBLIC KEY', 'RSA PUBLIC KEY', 'PGP PUBLIC KEY BLOCK'])
        lines = ['-----BEGIN %s-----' % label] + body + ['-----END %s-----' % label,
            'ready on ' + host(r)]
        out.append(entry_of('lookalike', 'pem-public', 'lines', lines, [], lines))
    return out
