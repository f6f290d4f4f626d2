"""Private keys over several lines and on one, password hashes, seeds and mnemonics: class core.

What: keys with the DER or OpenSSH header their kind has, 64 characters a line, inside the formats a
log has them in: bare lines, a prefix before each line, one JSON string with `\\n`. The entry is a
list of lines then; each line of the body is a secret, what stands before and after it is kept.
Why: masking a key by its first line only is the best known miss of this kind of tool.
Sources: RFC 7468, 4880 (PGP armour), 4716; openssh PROTOCOL.key; PuTTY's PPK appendix; crypt(5);
Django and passlib documentation; RFC 5803 (SCRAM); RFC 2307 ({SSHA}); BIP-39; Bitcoin's WIF.
SPDX-License-Identifier: Apache-2.0
"""
import base64
import hashlib
import random

from corpus_dress import (ALNUM, CLASSES, b64, chars, entry_of, fill, jsonesc, jsonesc2, stamp,
                          wrapped)

# label, first bytes of the DER or other encoding, body size in bytes
KINDS = [
    ('RSA PRIVATE KEY', bytes.fromhex('308204a50201000282010100'), 1193),
    ('PRIVATE KEY', bytes.fromhex('308204be020100300d06092a864886f70d0101010500048204a8'), 1218),
    ('EC PRIVATE KEY', bytes.fromhex('307702010104 20'.replace(' ', '')), 121),
    ('OPENSSH PRIVATE KEY', b'openssh-key-v1\0\0\0\0\4none\0\0\0\4none', 399),
    ('ENCRYPTED PRIVATE KEY', bytes.fromhex('3082050e304006092a864886f70d01050d3033'), 1298),
    ('DSA PRIVATE KEY', bytes.fromhex('308201bb02010002818100'), 447),
    ('PRIVATE KEY', bytes.fromhex('302e020100300506032b657004220420'), 48),
    ('PGP PRIVATE KEY BLOCK', bytes([0x95, 0x03, 0x98, 4]), 900),
]


def pem(r, kind):
    label, head, size = kind
    data = head + bytes(r.getrandbits(8) for _ in range(size - len(head)))
    text = base64.b64encode(data).decode()
    body = [text[at:at + 64] for at in range(0, len(text), 64)]
    extra = []
    if label == 'RSA PRIVATE KEY' and r.random() < 0.3:
        extra = ['Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES-256-CBC,' + fill(r, '<H32>'), '']
    if label.startswith('PGP'):
        extra = ['Version: GnuPG v2', '']
        body.append('=' + chars(r, ALNUM, 4))
    return ['-----BEGIN %s-----' % label] + extra + body + ['-----END %s-----' % label], body


def multi_line(r):
    for number in range(40):
        kind = KINDS[number % len(KINDS)]
        lines, body = pem(r, kind)
        when = stamp(r, 'space')
        style = ['plain', 'python', 'docker', 'yaml', 'syslog', 'cri', 'json-lines'][number % 7]
        before, after = 'loaded key %d for web1' % number, 'listening on port %d' % (8000 + number)
        if style == 'python':
            lines[0] = '%s,123 - tls - DEBUG - key: %s' % (when, lines[0])
        elif style == 'docker':
            lines = ['web-1  | ' + one for one in lines]
        elif style == 'yaml':
            lines = ['tls.key: |'] + ['    ' + one for one in lines]
        elif style == 'syslog':
            lines = ['%s web1 tls[77]: %s' % (stamp(r, 'syslog'), one) for one in lines]
        elif style == 'cri':
            lines = ['2025-03-14T10:00:%02d.%09dZ stdout F %s' % (
                number % 60, at * 7919, one) for at, one in enumerate(lines)]
        elif style == 'json-lines':
            lines = ['{"level":"debug","n":%d,"msg":"%s"}' % (at, one)
                     for at, one in enumerate(lines)]
        # The last line of a body may be a few characters, and those anywhere else: not told.
        secrets = [one for one in body if len(one) >= 16]
        yield entry_of('core', 'private-key-lines', 'lines-' + style, [before] + lines + [after],
                       secrets, [before, after])


def one_line(r):
    texts = ['{"private_key":"%s","client_email":"svc@acme-prod.iam"}', 'TLS_KEY="%s"',
             'key = %s', '{"type":"service_account","private_key":"%s"}', 'PEM: %s',
             'privateKey: "%s"', "ssl_key='%s'", 'env JWT_KEY=%s']
    for number in range(32):
        lines, body = pem(r, KINDS[number % len(KINDS)])
        text = texts[number % len(texts)] % (jsonesc('\n'.join(lines)) + '\\n')
        secrets = [one for one in body if len(one) >= 16]
        yield wrapped(r, 'core', 'private-key-one-line', text, secrets, wrapping='escaped')
    for number in range(6):
        lines, body = pem(r, KINDS[number])
        text = '{"log":"{\\"key\\":\\"%s\\"}"}' % jsonesc2('\n'.join(lines))
        yield entry_of('core', 'private-key-one-line', 'escaped-twice', text,
                       [one for one in body if len(one) >= 16], [])
        value = base64.b64encode('\n'.join(lines).encode()).decode()
        yield wrapped(r, 'core', 'private-key-base64', 'tls_b64 %s done' % value, [value],
                      wrapping='base64')
        data = base64.b64encode(bytes(r.getrandbits(8) for _ in range(120))).decode()
        lines = ['PuTTY-User-Key-File-3: ssh-ed25519', 'Encryption: none', 'Comment: bob',
            'Private-Lines: 2', data[:64], data[64:128], 'Private-MAC: ' + fill(r, '<h64>')]
        yield entry_of('core', 'putty-key', 'lines-plain', lines + ['key %d read' % number],
                       [data[:64], data[64:128]], ['key %d read' % number])


def hashes(r):
    ab64 = CLASSES['n'] + './'

    def crypt(size):
        return chars(r, ab64, size)

    def plain(size):
        return b64(r, size).rstrip('=')

    makers = [
        ('bcrypt', lambda: '$2%s$%02d$%s' % (r.choice('aby'), r.randint(8, 13), crypt(53))),
        ('sha512-crypt', lambda: '$6$%s$%s' % (crypt(16), crypt(86))),
        ('sha256-crypt', lambda: '$5$%s$%s' % (crypt(16), crypt(43))),
        ('md5-crypt', lambda: '$1$%s$%s' % (crypt(8), crypt(22))),
        ('apr1', lambda: '$apr1$%s$%s' % (crypt(8), crypt(22))),
        ('yescrypt', lambda: '$y$j9T$%s$%s' % (crypt(22), crypt(43))),
        ('argon2', lambda: '$argon2id$v=19$m=65536,t=3,p=4$%s$%s' % (plain(16), plain(32))),
        ('ssha', lambda: '{SSHA}' + b64(r, 28)),
        ('django-pbkdf2',
         lambda: 'pbkdf2_sha256$600000$%s$%s' % (chars(r, ALNUM, 22), b64(r, 32))),
        ('scram', lambda: 'SCRAM-SHA-256$4096:%s$%s:%s' % (b64(r, 16), b64(r, 32), b64(r, 32))),
        ('werkzeug', lambda: 'scrypt:32768:8:1$%s$%s' % (chars(r, ALNUM, 16), fill(r, '<h128>'))),
        ('phpass', lambda: '$P$B' + crypt(30)),
    ]
    texts = ['user bob hash %s', 'password_hash=%s', '{"id":7,"password":"%s"}',
        "UPDATE u SET pw='%s'", 'shadow: bob:%s:19700:0:99999:7:::',
        '#<User id: 7, encrypted_password: "%s">', '%s']
    for family, make in makers:
        for _ in range(5):
            value = make()
            # The scheme, cost and salt's header may stay; the digest may not.
            yield wrapped(r, 'core', 'hash-' + family, r.choice(texts) % value, [value[-20:]],
                          wrapping='hash')


def base58check(data):
    digits = CLASSES['5']
    data += hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]
    number, out = int.from_bytes(data, 'big'), ''
    while number:
        number, digit = divmod(number, 58)
        out = digits[digit] + out
    return out


WORDS = ('abandon ability about above absent absorb abstract absurd abuse access accident account '
         'acoustic acquire across action actor actual adapt address adjust admit adult advance '
         'ocean office often olive olympic onion online opera opinion oppose orange orbit').split()


def seeds(r):
    for _ in range(5):
        words = ' '.join(r.choice(WORDS) for _ in range(12))
        yield wrapped(r, 'core', 'mnemonic', 'wallet mnemonic: ' + words, [words], wrapping='seed')
        key = base58check(b'\x80' + bytes(r.getrandbits(8) for _ in range(32)) + b'\x01')
        yield wrapped(r, 'core', 'wif', 'imported private key ' + key, [key], wrapping='seed')
        key = fill(r, '<h64>')
        yield wrapped(r, 'core', 'eth-private', 'eth_private_key=0x' + key, [key], wrapping='seed')
        words = fill(r, '<d6>')
        yield wrapped(r, 'core', 'cvv', '{"cvv":"%s","expiry":"12/29"}' % words[:3], [
            '"%s"' % words[:3]], ['12/29'], wrapping='seed')


def generate(seed):
    r = random.Random('%s keys' % seed)
    return list(multi_line(r)) + list(one_line(r)) + list(hashes(r)) + list(seeds(r))
