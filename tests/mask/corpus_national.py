"""Phones, IP and MAC addresses, national and device numbers: class pii-optional, for `--packs all`.

What: numbers of 40 kinds with right check digits, each beside the words its country writes by it.
Why: off by default; a site that turns a pack on expects it to find the numbers of its country.
Sources: ITU E.164 numbering plans; RFC 4291/5952; IEEE 802; the authorities' check digit rules as
collected in python-stdnum's documentation: SSA/IRS/CMS (NPI, MBI, ITIN, ABA), CRA, HMRC, NHS,
Revenue (PPS), INSEE, BZSt, Bundesdruckerei (ICAO 9303), DGP (DNI), Agenzia delle Entrate, AT (NIF),
RvIG (BSN), RRN, GUS (PESEL), Skatteverket, DVV, CPR, Skatteetaten, MAI (CNP), GRAO, MV, NVI, UIDAI,
MPS GB 11643, MOIS (RRN), MIC, ICA, ImmD, DOPA, ATO, IRD, Receita Federal, DHA, RENAPO, AFIP, RUN.
SPDX-License-Identifier: Apache-2.0
"""
import random

from corpus_dress import DIGITS, chars, wrapped
from corpus_pii import luhn_digit

UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
DIHEDRAL = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
            [2, 3, 4, 0, 1, 7, 8, 9, 5, 6], [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
            [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
            [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
            [8, 7, 6, 5, 9, 3, 2, 1, 0, 4], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]
PERMUTED = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
            [5, 8, 0, 3, 7, 9, 6, 1, 4, 2], [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
            [9, 4, 5, 3, 1, 2, 6, 8, 7, 0], [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
            [2, 7, 9, 3, 8, 0, 6, 4, 1, 5], [7, 0, 4, 6, 9, 1, 3, 2, 5, 8]]


def weigh(body, weights):
    return sum(int(char) * weight for char, weight in zip(body, weights))


def d(r, count, first=None):
    body = chars(r, DIGITS, count)
    return (r.choice(first) + body[1:]) if first else body


def date(r, form):
    parts = {'Y': str(r.randint(1950, 1999)), 'm': '%02d' % r.randint(1, 12),
             'd': '%02d' % r.randint(1, 28)}
    parts['y'] = parts['Y'][2:]
    return ''.join(parts[char] for char in form)


def until(make):
    """Some bodies have no check digit: the next one."""
    def again(r):
        while True:
            value = make(r)
            if value:
                return value
    return again


def luhn(count, first=None):
    return lambda r: (lambda body: body + luhn_digit(body))(d(r, count - 1, first))


def us_npi(r):
    body = d(r, 9, '12')
    return body + luhn_digit('80840' + body)


def us_aba(r):
    body = '%02d' % r.randint(1, 12) + d(r, 6)
    return body + str(-weigh(body, (3, 7, 1, 3, 7, 1, 3, 7)) % 10)


def us_itin(r):
    return '9%s-%d-%s' % (d(r, 2), r.choice(list(range(70, 89)) + [90, 91, 92] + [94, 99]), d(r, 4))


def us_mbi(r):
    letters, both = 'ACDEFGHJKMNPQRTUVWXY', 'ACDEFGHJKMNPQRTUVWXY0123456789'
    return ''.join(r.choice(one) for one in (
        '123456789', letters, both, DIGITS, letters, both, DIGITS, letters, letters, DIGITS,
        DIGITS))


def spaced(make, *sizes):
    def shown(r):
        value, parts = make(r), []
        for size in sizes:
            parts, value = parts + [value[:size]], value[size:]
        return ' '.join(parts + ([value] if value else []))
    return shown


def uk_nino(r):
    letters = r.choice('ABCEGHJKLMNPRSTWXYZ') + r.choice('ABCEGHJKLMPRSTWXYZ')
    return letters + d(r, 6) + r.choice('ABCD')


@until
def nino(r):
    value = uk_nino(r)
    return '' if value[:2] in ('BG', 'GB', 'NK', 'KN', 'TN', 'NT', 'ZZ') else value


@until
def uk_nhs(r):
    body = d(r, 9, '4679')
    check = -weigh(body, range(10, 1, -1)) % 11
    return '' if check == 10 else body + str(check)


def ie_pps(r):
    body = d(r, 7)
    return body + 'WABCDEFGHIJKLMNOPQRSTUV'[weigh(body, range(8, 1, -1)) % 23]


def fr_nir(r):
    body = r.choice('12') + date(r, 'ym') + '%02d%03d%03d' % (
        r.randint(1, 95), r.randint(1, 900), r.randint(1, 900))
    return body + '%02d' % (97 - int(body) % 97)


def mod_11_10(body):
    rest = 10
    for char in body:
        rest = (rest + int(char)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)


def de_tax(r):
    # Ten digits with one of them twice, none three times.
    digits = r.sample(DIGITS, 9)
    digits.insert(r.randint(0, 9), r.choice(digits))
    while digits[0] == '0':
        digits.append(digits.pop(0))
    body = ''.join(digits)
    return body + mod_11_10(body)


def icao(body):
    return str(sum(int(char, 36) * (7, 3, 1)[at % 3] for at, char in enumerate(body)) % 10)


def de_id(r):
    body = r.choice('LMNPRTVWXY') + chars(r, DIGITS + 'CFGHJKLMNPRTVWXYZ', 8)
    return body + icao(body)


def es_dni(r):
    body = d(r, 8)
    return body + 'TRWAGMYFPDXBNJZSQVHLCKE'[int(body) % 23]


def es_nie(r):
    first, body = r.choice('XYZ'), d(r, 7)
    return first + body + 'TRWAGMYFPDXBNJZSQVHLCKE'[int(str('XYZ'.index(first)) + body) % 23]


def it_cf(r):
    odd = dict(zip(DIGITS + UPPER, (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17,
        19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)))
    even = {char: int(char) if char in DIGITS else UPPER.index(char) for char in DIGITS + UPPER}
    body = chars(r, 'BCDFGLMNPRST', 6) + '%02d' % r.randint(40,
        99) + r.choice('ABCDEHLMPRST') + '%02d' % r.choice(list(range(1, 29)) + list(range(41,
        69))) + r.choice('ABCDEFGHIL') + d(r, 3)
    total = sum((odd if at % 2 == 0 else even)[char] for at, char in enumerate(body))
    return body + UPPER[total % 26]


def mod11_low(body, top):
    rest = weigh(body, range(top, 1, -1)) % 11
    return str(0 if rest < 2 else 11 - rest)


def pt_nif(r):
    body = d(r, 8, '123')
    return body + mod11_low(body, 9)


@until
def nl_bsn(r):
    body = d(r, 8, '123456789')
    check = weigh(body, range(9, 1, -1)) % 11
    return '' if check == 10 else body + str(check)


def be_nrn(r):
    body = date(r, 'ymd') + '%03d' % r.randint(1, 997)
    text = body + '%02d' % (97 - int(body) % 97)
    return '%s.%s.%s-%s.%s' % (text[:2], text[2:4], text[4:6], text[6:9], text[9:])


def pl_pesel(r):
    body = date(r, 'ymd') + d(r, 4)
    return body + str(-weigh(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10)


def se_pn(r):
    when, number = date(r, 'Ymd'), d(r, 3)
    return '%s-%s%s' % (when, number, luhn_digit(when[2:] + number))


def fi_hetu(r):
    when, number = date(r, 'dmy'), '%03d' % r.randint(2, 899)
    return when + '-' + number + '0123456789ABCDEFHJKLMNPRSTUVWXY'[int(when + number) % 31]


@until
def dk_cpr(r):
    body = date(r, 'dmy') + d(r, 3, '0123')
    check = -weigh(body, (4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return '' if check == 10 else body[:6] + '-' + body[6:] + str(check)


@until
def no_fnr(r):
    body = date(r, 'dmy') + '%03d' % r.randint(0, 499)
    one = -weigh(body, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    two = -weigh(body + str(one % 10), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return '' if 10 in (one, two) else body + str(one) + str(two)


def ro_cnp(r):
    body = r.choice('12') + date(r, 'ymd') + '%02d' % r.randint(1, 46) + '%03d' % r.randint(1, 999)
    rest = weigh(body, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return body + str(1 if rest == 10 else rest)


def bg_egn(r):
    body = date(r, 'ymd') + d(r, 3)
    return body + str(weigh(body, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10)


@until
def cz_rc(r):
    body = '%02d' % r.randint(54, 99) + date(r, 'md') + d(r, 3)
    check = int(body) % 11
    return '' if check == 10 else body[:6] + '/' + body[6:] + str(check)


def tr_tckn(r):
    body = d(r, 9, '123456789')
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    ten = (odd * 7 - even) % 10
    return body + str(ten) + str((sum(map(int, body)) + ten) % 10)


def in_aadhaar(r):
    body, check = d(r, 11, '23456789'), 0
    for at, char in enumerate(reversed(body + '0')):
        check = DIHEDRAL[check][PERMUTED[at % 8][int(char)]]
    return body + str(DIHEDRAL[check].index(0))


def in_pan(r):
    return chars(r, UPPER, 3) + 'P' + r.choice(UPPER) + d(r, 4, '123456789') + r.choice(UPPER)


def cn_id(r):
    body = r.choice(['110101', '310104', '440305', '510107']) + date(r, 'Ymd') + d(r, 3)
    return body + '10X98765432'[sum(int(char) * pow(2, 17 - at, 11) for at,
        char in enumerate(body)) % 11]


def kr_rrn(r):
    body = date(r, 'ymd') + r.choice('12') + d(r, 5)
    check = (11 - weigh(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10
    return body[:6] + '-' + body[6:] + str(check)


def jp_my(r):
    body = d(r, 11)
    rest = sum(int(char) * (at + 1 if at <= 6 else at - 5)
               for at, char in enumerate(reversed(body), 1)) % 11
    return body + str(0 if rest <= 1 else 11 - rest)


def sg_nric(r):
    first, body = r.choice('STFG'), d(r, 7)
    total = weigh(body, (2, 7, 6, 5, 4, 3, 2)) + (4 if first in 'TG' else 0)
    return first + body + ('JZIHGFEDCBA' if first in 'ST' else 'XWUTRQPNMLK')[total % 11]


def hk_id(r):
    first, body = r.choice(UPPER), d(r, 6)
    total = 36 * 9 + (UPPER.index(first) + 10) * 8 + weigh(body, range(7, 1, -1))
    return '%s%s(%s)' % (first, body, '0123456789A'[-total % 11])


def th_id(r):
    body = d(r, 12, '12345678')
    return body + str((11 - weigh(body, range(13, 1, -1)) % 11) % 10)


@until
def au_tfn(r):
    body = d(r, 8, '123456789')
    for check in DIGITS:
        if weigh(body + check, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0:
            return body + check
    return ''


def au_medicare(r):
    body = d(r, 8, '23456')
    return body + str(weigh(body, (1, 3, 7, 9, 1, 3, 7, 9)) % 10) + '1'


def br_cpf(r):
    body = d(r, 9)
    body += mod11_low(body, 10)
    body += mod11_low(body, 11)
    return '%s.%s.%s-%s' % (body[:3], body[3:6], body[6:9], body[9:])


def br_cnpj(r):
    body = d(r, 8) + '0001'
    for weights in ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)):
        rest = weigh(body, weights) % 11
        body += str(0 if rest < 2 else 11 - rest)
    return '%s.%s.%s/%s-%s' % (body[:2], body[2:5], body[5:8], body[8:12], body[12:])


def za_id(r):
    body = date(r, 'ymd') + d(r, 4) + '08'
    return body + luhn_digit(body)


def mx_curp(r):
    body = r.choice(UPPER) + r.choice('AEIOU') + chars(r, 'BCDFGLMNPRST', 2) + date(r, 'ymd')
    body += r.choice('HM') + r.choice(['DF', 'JC', 'NL', 'PL']) + chars(r, 'BCDFGLMNPRST', 3) + '0'
    table = '0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ'
    total = sum(table.index(char) * (18 - at) for at, char in enumerate(body))
    return body + str(-total % 10)


@until
def ar_cuit(r):
    body = r.choice(['20', '23', '27']) + d(r, 8)
    check = -weigh(body, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return '' if check == 10 else '%s-%s-%d' % (body[:2], body[2:], check)


def cl_rut(r):
    body = str(r.randint(5000000, 25999999))
    total = sum(int(char) * (at % 6 + 2) for at, char in enumerate(reversed(body)))
    return body[:-6] + '.' + body[-6:-3] + '.' + body[-3:] + '-' + '0123456789K'[-total % 11]


def hr_oib(r):
    body = d(r, 10)
    return body + mod_11_10(body)


def ch_ahv(r):
    body = '756' + d(r, 9)
    check = -sum(int(char) * (3 if at % 2 else 1) for at, char in enumerate(body)) % 10
    return '756.%s.%s.%s%d' % (body[3:7], body[7:11], body[11:], check)


def vin(r):
    letters = dict(zip('ABCDEFGHJKLMNPRSTUVWXYZ', (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2,
        3, 4, 5, 6, 7, 8, 9)))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    body = '1HG' + chars(r, 'ABCDEFGHJKLMNPRSTUVWXYZ0123456789',
        5) + '0' + r.choice('ABCDE') + 'A' + d(r, 6)
    total = sum((int(char) if char in DIGITS else letters[char]) * weight
                for char, weight in zip(body, weights))
    return body[:8] + '0123456789X'[total % 11] + body[9:]


# family, maker, words written before it
KINDS = [
    ('us-itin', us_itin, 'ITIN|itin'),
    ('us-npi', us_npi, 'NPI|npi'),
    ('us-aba', us_aba, 'routing number|aba'),
    ('us-mbi', us_mbi, 'Medicare MBI|mbi'),
    ('ca-sin', spaced(luhn(9, '124567'), 3, 3), 'SIN|social insurance number'),
    ('ca-sin', luhn(9, '124567'), 'sin|SIN'),
    ('uk-nino', nino, 'NINO|national insurance number'),
    ('uk-nhs', spaced(uk_nhs, 3, 3), 'NHS number|nhs'),
    ('ie-pps', ie_pps, 'PPS number|pps'),
    ('fr-nir', fr_nir, 'NIR|numéro de sécurité sociale'),
    ('de-steuer', de_tax, 'Steuer-ID|steuer_id'),
    ('de-ausweis', de_id, 'Personalausweis|ausweisnummer'),
    ('es-dni', es_dni, 'DNI|dni'),
    ('es-nie', es_nie, 'NIE|nie'),
    ('it-cf', it_cf, 'codice fiscale|codice_fiscale'),
    ('pt-nif', pt_nif, 'NIF|contribuinte'),
    ('nl-bsn', nl_bsn, 'BSN|burgerservicenummer'),
    ('be-nrn', be_nrn, 'rijksregisternummer|NRN'),
    ('pl-pesel', pl_pesel, 'PESEL|pesel'),
    ('se-pn', se_pn, 'personnummer|personnr'),
    ('fi-hetu', fi_hetu, 'henkilötunnus|HETU'),
    ('dk-cpr', dk_cpr, 'CPR|cpr-nummer'),
    ('no-fnr', no_fnr, 'fødselsnummer|fnr'),
    ('ro-cnp', ro_cnp, 'CNP|cnp'),
    ('bg-egn', bg_egn, 'EGN|ЕГН'),
    ('cz-rc', cz_rc, 'rodné číslo|rodne_cislo'),
    ('tr-tckn', tr_tckn, 'TCKN|TC Kimlik No'),
    ('in-aadhaar', spaced(in_aadhaar, 4, 4), 'Aadhaar|aadhaar'),
    ('in-aadhaar', in_aadhaar, 'aadhaar_number|UIDAI'),
    ('in-pan', in_pan, 'PAN card|permanent account number'),
    ('cn-id', cn_id, '身份证|id card (CN)'),
    ('kr-rrn', kr_rrn, '주민등록번호|RRN'),
    ('jp-mynumber', jp_my, 'マイナンバー|my number'),
    ('sg-nric', sg_nric, 'NRIC|nric'),
    ('hk-hkid', hk_id, 'HKID|hkid'),
    ('th-id', th_id, 'Thai national id|เลขประจำตัวประชาชน'),
    ('au-tfn', spaced(au_tfn, 3, 3), 'TFN|tax file number'),
    ('au-medicare', au_medicare, 'Medicare|medicare_no'),
    ('br-cpf', br_cpf, 'CPF|cpf'),
    ('br-cnpj', br_cnpj, 'CNPJ|cnpj'),
    ('za-id', za_id, 'SA ID number|za_id'),
    ('mx-curp', mx_curp, 'CURP|curp'),
    ('ar-cuit', ar_cuit, 'CUIT|cuil'),
    ('cl-rut', cl_rut, 'RUT|rut'),
    ('hr-oib', hr_oib, 'OIB|oib'),
    ('ch-ahv', ch_ahv, 'AHV-Nummer|ahv'),
    ('imei', luhn(15, '3'), 'IMEI|imei'),
    ('vin', vin, 'VIN|vin'),
]


def phones(r):
    plans = ['+1-212-555-%04d', '+1 (415) 555-%04d', '+44 20 7946 %04d', '+4930901820%02d',
        '+49 151 2345%04d', '+33 6 12 34 %02d 78', '+34612345%03d', '+39 312 345 %04d',
        '+31612345%03d', '+48 512 345 %03d', '+46 70 123 45 %02d', '+91 98765 4%04d',
        '+81 90-1234-%04d', '+61 412 345 %03d', '+55 11 91234-%04d', '+15551234%03d',
        '+447911123%03d', '+4179123%04d', '+35387123%04d']
    texts = ['phone=%s', '{"phone":"%s"}', 'sms to %s failed', 'caller %s hung up', 'tel: %s',
        'mobile: "%s"', 'From=%s Body=hi', 'customer phone %s updated']
    for number in range(57):
        plan = plans[number % len(plans)]
        value = plan % r.randint(1, 10 ** int(plan.split('%0')[1][0]) - 1)
        yield 'phone-e164', texts[number % len(texts)] % value, value
    for number in range(20):
        plan = ['(212) 555-%04d', '212-555-%04d', '020 7946 %04d', '0151 2345%04d'][number % 4]
        value = plan % r.randint(0, 9999)
        yield 'phone-national', ['phone: %s', 'tel=%s', 'Mobile %s', '"phone_number":"%s"'][
            number // 4 % 4] % value, value


def addresses(r):
    def v4():
        first = r.choice([8, 31, 52, 81, 93, 103, 151, 185, 203])
        return '%d.%d.%d.%d' % (first, r.randint(0, 255), r.randint(0, 255), r.randint(1, 254))

    def v6():
        words = ['2a02'] + ['%x' % r.randint(16, 65535) for _ in range(7)]
        return ':'.join(words) if r.random() < 0.5 else ':'.join(words[:3]) + '::' + words[3]

    for number in range(50):
        value = v4()
        yield 'ipv4', ['client=%s', 'from %s port 22', 'remote_addr: %s', '{"ip":"%s"}',
            'peer %s:443 closed', '%s - - "GET / HTTP/1.1" 200', 'X-Forwarded-For: %s',
            '[%s] login ok', 'blocked %s'][number % 9] % value, value
    for number in range(25):
        value = v6()
        yield 'ipv6', ['client=%s', 'from %s port 22', '{"ip":"%s"}', 'peer [%s]:443 closed',
            'addr %s up'][number % 5] % value, value
    for number in range(25):
        value = ':'.join('%02x' % r.randint(0, 255) for _ in range(6))
        if number % 3 == 0:
            value = value.upper()
        elif number % 5 == 0:
            value = value.replace(':', '-')
        yield 'mac', ['DHCPACK to %s via eth0', 'mac=%s', '{"mac":"%s"}',
            'wlan0: associated with %s', 'hwaddr %s'][number % 5] % value, value


def generate(seed):
    r = random.Random('%s national' % seed)
    out = []
    for family, text, value in list(phones(r)) + list(addresses(r)):
        out.append(wrapped(r, 'pii-optional', family, text, [value], wrapping='text'))
    for family, make, words in KINDS:
        said, name = words.split('|')
        for number in range(9):
            value = make(r)
            key = name.replace(' ', '_')
            text = ['%s: %s' % (said, value), '%s=%s' % (key, value), '{"%s":"%s"}' % (key, value),
                    'customer %s %s verified' % (said, value), '%s %s is not valid' % (name, value),
                    "%s='%s'" % (key, value), 'invalid %s "%s"' % (said, value), '<%s>%s</%s>' % (
                        key, value, key), '%s = %s' % (name, value)][number]
            out.append(wrapped(r, 'pii-optional', family, text, [value], wrapping='named'))
    return out
