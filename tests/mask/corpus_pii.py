"""Cards, IBANs, e-mail addresses and US social security numbers: class pii.

What: numbers with right check digits of real issuers' ranges and lengths, in the groupings people
and programs print; IBANs of 50 countries with their real lengths and account structure.
Why: on by default, so both misses and false hits of these show in every log.
Sources: ISO/IEC 7812 (issuer ranges as published by the networks: Visa 4, Mastercard 51-55 and
2221-2720, Amex 34/37, Discover 6011/644-649/65, JCB 3528-3589, Diners 300-305/36/38, UnionPay 62,
Maestro 5018/5020/5038/6304/6759/6761-6763, Mir 2200-2204, RuPay 60, Elo, Troy 9792); SWIFT IBAN
Registry (structures); RFC 5321/5322; SSA "SSN randomization" (area not 000, 666, 9xx).
SPDX-License-Identifier: Apache-2.0
"""
import random

from corpus_dress import ALNUM, DIGITS, chars, word, wrapped


def luhn_digit(body):
    total = 0
    for index, char in enumerate(reversed(body)):
        digit = int(char) * (2 if index % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


# issuer, first digits, lengths, how often
ISSUERS = [
    ('visa', ['4'], [16], 4),
    ('visa', ['4'], [13, 19], 1),
    ('mastercard', ['51', '52', '53', '54', '55', '2221', '2345', '2500', '2699', '2720'], [16], 4),
    ('amex', ['34', '37'], [15], 3),
    ('discover', ['6011', '644', '649', '65'], [16], 2),
    ('jcb', ['3528', '3550', '3589'], [16], 2),
    ('diners', ['300', '305', '36', '38'], [14], 2),
    ('unionpay', ['620', '622', '624', '628'], [16, 17, 18, 19], 2),
    ('maestro', ['5018', '5020', '5038', '6304', '6759', '6761', '6763'], [16, 18, 19], 1),
    ('mir', ['2200', '2204'], [16], 1),
]


def card(r):
    rows = [row for row in ISSUERS for _ in range(row[3])]
    name, starts, sizes, _ = r.choice(rows)
    start, size = r.choice(starts), r.choice(sizes)
    body = start + chars(r, DIGITS, size - len(start) - 1)
    return name, body + luhn_digit(body)


def grouped(number, mark):
    if len(number) == 15:
        return mark.join((number[:4], number[4:10], number[10:]))
    if len(number) == 14:
        return mark.join((number[:4], number[4:10], number[10:]))
    return mark.join(number[at:at + 4] for at in range(0, len(number), 4))


CARD_TEXTS = ['card=%s exp=12/27', '{"card_number":"%s","exp":"12/27"}',
    'charging %s for 12.50 EUR', "pan: '%s'", 'Payment with card %s declined', 'cc=%s',
    '<cardNumber>%s</cardNumber>', 'creditCard: "%s"', '%s',
    'INSERT INTO payments (pan) VALUES (\'%s\')', 'card %s, amount 1999',
    'Parameters: {"card"=>{"number"=>"%s"}}', 'number=%s&exp_month=12',
    'customer typed "%s" in chat', '{Number:%s Month:12}', '|%s|VISA|OK|', 'refund to %s. Done',
    'track2=;%s=2712101000?', '[%s]', ]

# country: letters n digits, a upper letters, c upper letters and digits (SWIFT IBAN Registry)
IBAN = '''AD n8c12|AE n19|AL n8c16|AT n16|AZ a4c20|BA n16|BE n12|BG a4n6c8|BH a4c14|BR n23a1c1
CH n5c12|CR n18|CY n8c16|CZ n20|DE n18|DK n14|DO c4n20|EE n16|ES n20|FI n14|FO n14|FR n10c11n2
GB a4n14|GE a2n16|GI a4c15|GL n14|GR n7c16|HR n17|HU n24|IE a4n14|IL n19|IS n22|IT a1n10c12
KW a4c22|KZ n3c13|LB n4c20|LI n5c12|LT n16|LU n3c13|LV a4c13|MC n10c11n2|MD c20|ME n18|MK n3c10n2
MT a4n5c18|MU a4n19a3|NL a4n10|NO n11|PK a4c16|PL n24|PS a4c21|PT n21|QA a4c21|RO a4c16|RS n18
SA n2c18|SE n20|SI n15|SK n20|SM a1n10c12|TN n20|TR n6c16|UA n6c19|VG a4n16|XK n16'''
IBANS = [one.split() for line in IBAN.splitlines() for one in line.split('|')]


def iban(r, country=None):
    rows = [row for row in IBANS if country in (None, row[0])]
    # What a log of a European shop has most of all.
    often = [row for row in IBANS if row[0] in ('DE', 'GB', 'FR', 'ES', 'IT', 'NL', 'BE', 'PL',
        'AT')]
    name, shape = r.choice(rows if country or r.random() < 0.6 else often)
    body, kind, count = '', '', ''
    for char in shape + 'z':
        if char.isalpha():
            if kind:
                body += chars(r, {'n': DIGITS, 'a': ALNUM[26:52], 'c': ALNUM[26:]}[kind],
                    int(count))
            kind, count = char, ''
        else:
            count += char
    digits = ''.join(str(int(char, 36)) for char in body + name + '00')
    return name + '%02d' % (98 - int(digits) % 97) + body


IBAN_TEXTS = ['iban=%s', '{"iban":"%s","bic":"X"}', 'transfer to %s failed', 'IBAN: %s', '%s',
    'payout %s 99.50 EUR', '<IBAN>%s</IBAN>', 'account "%s" verified', "creditor='%s'",
    'sepa debit from %s, mandate 7', 'Parameters: {"iban"=>"%s"}', 'row 7;%s;ok',
    'bank_account: %s', ]

FIRST = '''jane john maria peter anna lukas sophie olivier carlos yuki ahmed fatima ivan olga
chen priya mohamed laura stefan giulia marta pavel ingrid bjorn siobhan thomas
michelle abigail'''.split()
LAST = '''doe smith mueller garcia rossi novak kowalski johansson dubois tanaka singh patel
ivanova brown oconnor vandijk hansen silva costa popescu yilmaz kim nguyen lopez
fischer'''.split()
DOMAINS = '''gmail.com yahoo.co.uk outlook.com acme.com mail.acme-corp.de gmx.net web.de orange.fr
proton.me icloud.com uni-bonn.de example.org contoso.onmicrosoft.com company.io
startup.ai bbc.co.uk mail.ru 163.com student.ethz.ch hotmail.com firm.consulting
x.technology sub.domain.example.co.jp'''.split()


def email(r):
    first, last = r.choice(FIRST), r.choice(LAST)
    local = r.choice(['%s.%s', '%s_%s', '%s%s', '%s-%s', '%s.%s+shop', '%s.%s99']) % (first, last)
    if r.random() < 0.15:
        local = local.title()
    elif r.random() < 0.05:
        local = local.upper()
    domain = r.choice(DOMAINS)
    return local, domain.upper() if local.isupper() else domain


MAIL_TEXTS = ['user=%s action=login', '{"email":"%s"}', 'sent mail to <%s>',
    'to=<%s>, relay=mx[1.2.3.4]:25', '%s', 'welcome %s!', 'from=%s size=1821', "email: '%s'",
    'mailto:%s', 'Invalid login for %s from 10.0.0.7', 'Parameters: {"user"=>{"email"=>"%s"}}',
    'customer (%s) called', '<email>%s</email>', 'cc: a, %s, b',
    'SELECT * FROM users WHERE email=\'%s\'', '{Email:%s ID:7}', 'Contact %s.',
    'rcpt=%s;status=sent', 'User "%s" not found', 'GET /u?email=%s&x=1', ]


def ssn(r):
    area = r.choice([number for number in range(1, 900) if number not in (666, 78, 219, 457)])
    return '%03d-%02d-%04d' % (area, r.randint(1, 99), r.randint(1, 9999))


def generate(seed):
    r = random.Random('%s pii' % seed)
    out = []

    def add(family, text, secret, name):
        out.append(wrapped(r, 'pii', family, text, [secret], wrapping=name))

    for number in range(150):
        issuer, value = card(r)
        shown = grouped(value, r.choice(' -')) if number % 3 == 0 else value
        text = CARD_TEXTS[number % len(CARD_TEXTS)]
        if 'track2' in text or '{Number' in text:
            shown = value
        add('card-' + issuer, text % shown, shown, 'spaced' if shown != value else 'plain')
    for number in range(8):
        value = card(r)[1]
        add('card-json-number', '{"pan":%s,"amount":%d}' % (value, number), value, 'json-number')
    for number in range(130):
        value = iban(r, IBANS[number][0] if number < len(IBANS) else None)
        shown = value
        if number % 3 == 1:
            shown = ' '.join(value[at:at + 4] for at in range(0, len(value), 4))
        elif number % 17 == 0:
            shown = value.lower()
        text = IBAN_TEXTS[number % len(IBAN_TEXTS)]
        add('iban-' + value[:2] if number >= len(IBANS) else 'iban', text % shown, shown,
            'spaced' if ' ' in shown else 'plain')
    for number in range(140):
        local, domain = email(r)
        text, address = MAIL_TEXTS[number % len(MAIL_TEXTS)], local + '@' + domain
        if 'GET' in text:
            address = address.replace('+', '%2B').replace('@', '%40')
            local = local.replace('+', '%2B')
            text = 'GET /u?email=%s&x=1'
        add('email', text % address, address, 'encoded' if '%40' in address else 'plain')
    for number in range(50):
        value = ssn(r)
        text = ['ssn=%s', 'SSN: %s', '{"ssn":"%s"}', 'social security number %s',
            'applicant %s approved', 'user %s (US)', "tax_id='%s'", '<SSN>%s</SSN>', '%s',
            'row,%s,ok'][number % 10]
        add('us-ssn', text % value, value, 'dashed')
    for number in range(12):
        value = ssn(r).replace('-', '')
        text = ['ssn=%s', '{"ssn":"%s"}', 'social_security_number: %s'][number % 3]
        add('us-ssn-undashed', text % value, value, 'undashed')
    for number in range(20):
        local, domain = email(r)
        value, (_, pan) = iban(r), card(r)
        text = 'order %d by %s@%s paid with %s to %s in %s' % (
            number, local, domain, pan, value, word(r))
        out.append(wrapped(r, 'pii', 'several-pii', text, [local + '@' + domain, pan, value],
                           ['order %d by' % number], wrapping='several'))
    return out
