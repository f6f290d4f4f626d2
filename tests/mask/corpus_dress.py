"""How secrets get dressed in log lines: the ways programs print a named value, and the log formats
around them.

What: PAYLOADS write (key, value) the way some program prints it; BARE write a value without a name;
OUTERS put the text into a line of a log format. Each says which characters a value must not have
there, and gives the value back as it stands in the line (escaped, percent-encoded).
Why: a masker that knows `key=value` alone misses what a Go struct dump, a Rails params hash or
JSON inside JSON shows; every secret of the corpus is put into a random choice of these.
Sources: the formats' own documentation (RFC 3164/5424, nginx combined, pino, bunyan, logrus,
zerolog, log4j2, logback, python logging, Rails, Go fmt, Rust Debug, PHP var_dump/print_r,
util.inspect, klog, Docker json-file, CRI) and logs everybody has seen.
SPDX-License-Identifier: Apache-2.0
"""
import base64
import json
import string
import urllib.parse

DIGITS = string.digits
HEX = '0123456789abcdef'
ALNUM = string.ascii_letters + string.digits
CLASSES = {'d': DIGITS, 'h': HEX, 'H': '0123456789ABCDEF', 'a': string.ascii_lowercase + DIGITS,
    'A': string.ascii_uppercase + DIGITS, 'n': ALNUM, 'w': ALNUM + '_-', 'b': ALNUM + '+/',
    'l': string.ascii_lowercase, 'L': string.ascii_letters, 'U': string.ascii_uppercase,
    '2': string.ascii_uppercase + '234567', 'k': 'ybndrfg8ejkmcpqxot1uwisza345h769',
    'q': 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L',
    '5': '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', }


def uuid4(r):
    text = ''.join(r.choice(HEX) for _ in range(32))
    text = text[:12] + '4' + text[13:16] + r.choice('89ab') + text[17:]
    return '-'.join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def chars(r, alphabet, count):
    return ''.join(r.choice(alphabet) for _ in range(count))


def fill(r, pattern):
    """'ghp_<n36>' -> 'ghp_' and 36 letters or digits; <=a|b> chooses; <u> is a UUID; <n20-30>."""
    out = []
    for index, part in enumerate(pattern.replace('>', '<').split('<')):
        if index % 2 == 0:
            out.append(part)
        elif part == 'u':
            out.append(uuid4(r))
        elif part[0] == '=':
            out.append(r.choice(part[1:].split('|')))
        else:
            low, _, high = part[1:].partition('-')
            out.append(chars(r, CLASSES[part[0]], r.randint(int(low), int(high or low))))
    return ''.join(out)


def b64(r, size, url=False):
    """Base64 of that many random bytes, with its padding (without when url)."""
    data = bytes(r.getrandbits(8) for _ in range(size))
    if url:
        return base64.urlsafe_b64encode(data).decode().rstrip('=')
    return base64.b64encode(data).decode()


def same(text):
    return text


def jsonesc(text):
    return json.dumps(text, ensure_ascii=False)[1:-1]


def jsonesc2(text):
    return jsonesc(jsonesc(text))


def pct(text):
    return urllib.parse.quote(text, safe='')


def pct2(text):
    return pct(pct(text))


def xmlesc(text):
    return (text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
            .replace('"', '&quot;'))


def host(r):
    return r.choice(['db', 'pg', 'cache', 'mq', 'api', 'auth', 'node', 'web']) + r.choice(
        ['', '-primary', '-replica', '-0', '-1', '02']) + r.choice(
        ['', '.internal', '.svc.cluster.local', '.prod.acme.net', '.eu-west-1.acme.io'])


def word(r):
    return r.choice(['orders', 'billing', 'search', 'inventory', 'catalog', 'mailer', 'worker',
                     'gateway', 'sync', 'import', 'reports', 'shipping', 'users', 'media'])


# Characters that end or garble an unquoted value somewhere; SPACES alone for values till line end.
LOOSE = ' \t\'"`,;&|<>(){}[]\\#'
DQ = '"\\'
SQ = "'\\"

# (name, template, forbidden characters of the value, encoder). @K is the key, @V the value,
# @H a host, @W a word, @D a number. The key dress says how a key is written in that place.
PAYLOADS = [
    ('env', '@K=@V', LOOSE, same),
    ('env-export', 'export @K=@V', LOOSE, same),
    ('env-quoted', '@K="@V"', DQ + '$`', same),
    ('env-single', "@K='@V'", SQ, same),
    ('xtrace-export', '+ export @K=@V', LOOSE, same),
    ('xtrace-env', '+ env @K=@V DEBUG=1 ./bin/@W --once', LOOSE, same),
    ('docker-env', 'docker run --rm -e @K=@V -p 8080:8080 registry.acme.io/@W:1.@D', LOOSE, same),
    ('docker-inspect', '"Env": ["PATH=/usr/local/bin:/usr/bin", "@K=@V", "TZ=UTC"]', DQ + ',',
     same),
    ('k8s-name-value', '{"name":"@K","value":"@V"}', '', jsonesc),
    ('k8s-name-value-sp', 'env: [{"name": "@K", "value": "@V"}, {"name": "TZ", "value": "UTC"}]',
     '', jsonesc),
    ('json', '{"host":"@H","@K":"@V","port":@D}', '', jsonesc),
    ('json-spaced', '{"@K": "@V", "retries": 3}', '', jsonesc),
    ('json-in-text', 'config loaded: {"service": "@W", "@K": "@V", "debug": false}', '', jsonesc),
    ('json-nested', '{"service":"@W","settings":{"auth":{"@K":"@V"},"ttl":@D}}', '', jsonesc),
    ('json-array', '[{"id":@D,"@K":"@V"}]', '', jsonesc),
    ('graphql',
     '{"query":"mutation($in: In!){ save(input:$in){ id } }","variables":'
     '{"in":{"@K":"@V","name":"@W"}}}', '', jsonesc),
    ('python-dict', "settings = {'host': '@H', '@K': '@V', 'port': @D}", SQ, same),
    ('python-kwargs', "connect(host='@H', @k='@V', timeout=30)", SQ, same),
    ('python-repr', "Settings(host='@H', @k='@V', pool=@D)", SQ, same),
    ('js-inspect', "{ host: '@H', @k: '@V', retries: 3 }", SQ, same),
    ('ruby-hash', 'Parameters: {"utf8"=>"✓", "@W"=>{"id"=>"@D", "@K"=>"@V"}}', DQ + '#', same),
    ('ruby-symbols', '{:host=>"@H", :@k=>"@V", :pool=>@D}', DQ + '#', same),
    ('ruby-new', '{host: "@H", @k: "@V"}', DQ + '#', same),
    ('elixir', '[hostname: "@H", @k: "@V", pool_size: @D]', DQ + '#', same),
    ('perl-dumper', "$VAR1 = { 'host' => '@H', '@K' => '@V' };", SQ, same),
    ('php-var-dump', 'array(2) { ["host"]=> string(4) "@W" ["@K"]=> string(@N) "@V" }', DQ, same),
    ('php-print-r', 'Array ( [host] => @H [@K] => @V [port] => @D )', LOOSE, same),
    ('php-array', "array ( 'host' => '@H', '@K' => '@V', )", SQ, same),
    ('go-struct', '{Host:@H Port:@D @G:@V Timeout:30s}', LOOSE + ':', same),
    ('go-struct-q', '&config.Config{Host:"@H", @G:"@V", Debug:false}', DQ, same),
    ('go-map', 'map[@K:@V host:@H]', LOOSE + ':', same),
    ('rust-debug', 'Config { host: "@H", @k: "@V", retries: @D }', DQ, same),
    ('java-tostring', 'DbConfig(host=@H, @j=@V, port=@D)', LOOSE, same),
    ('java-map', '{host=@H, @K=@V, port=@D}', LOOSE + '=', same),
    ('java-braces', "ClientConfig{host='@H', @j='@V', port=@D}", SQ, same),
    ('yaml', '@K: @V', LOOSE + ':@!*%', same),
    ('yaml-quoted', '  @K: "@V"', DQ, same),
    ('yaml-single', "    @K: '@V'", SQ, same),
    ('properties', 'app.@W.@K=@V', LOOSE, same),
    ('properties-spaced', '@W.@K = @V', LOOSE, same),
    ('ini', '@K = @V', LOOSE, same),
    ('toml', '@K = "@V"', DQ, same),
    ('xml', '<@W><@K>@V</@K><retries>3</retries></@W>', '', xmlesc),
    ('xml-attr', '<datasource host="@H" @K="@V" pool="@D"/>', '', xmlesc),
    ('xml-add', '<add key="@K" value="@V" />', '', xmlesc),
    ('soap', '<soapenv:Body><ns2:login><ns2:@K>@V</ns2:@K></ns2:login></soapenv:Body>', '', xmlesc),
    ('cli-space', './@W --host @H --@c @V --verbose', LOOSE, same),
    ('cli-equals', './@W --@c=@V --port=@D', LOOSE, same),
    ('argv', '["./@W","--@c","@V","--port","@D"]', DQ, same),
    ('logfmt', 'component=@W @K=@V attempt=@D', LOOSE, same),
    ('logfmt-quoted', 'component=@W @K="@V" attempt=@D', DQ, same),
    ('url-query', 'GET /v1/@W?page=@D&@K=@V&sort=asc HTTP/1.1', '', pct),
    ('url-query-full', 'fetch https://@H/v2/@W?@K=@V failed with 403', '', pct),
    ('url-in-url', 'GET /login?next=https%3A%2F%2F@H%2Fcb%3F@K%3D@V%26state%3D@D', '', pct2),
    ('form-body', 'body=@W=1&@K=@V&remember=on', '', pct),
    ('powershell', '$env:@K = "@V"', DQ + '$`', same),
    ('windows-set', 'set @K=@V', LOOSE + '%', same),
    ('colon', '@K:@V', LOOSE + ':', same),
    ('colon-space', 'loaded @K: @V', LOOSE + ':', same),
    ('arrow', '@K -> @V', LOOSE, same),
    ('walrus', '@K := "@V"', DQ, same),
    ('csv-pairs', 'user=app,@K=@V,host=@H', LOOSE, same),
    ('semicolon', 'host=@H;@K=@V;timeout=30', LOOSE, same),
    ('trace-msg', 'java.lang.IllegalStateException: bad option @K=@V (host @H)', LOOSE, same),
    ('ansi-key', '\x1b[36m@K\x1b[0m=@V', LOOSE, same),
    ('ansi-value', '@K=\x1b[33m@V\x1b[0m', LOOSE, same),
    ('json-escaped', '"{\\"@K\\":\\"@V\\",\\"n\\":@D}"', DQ, same),
    ('sql-set', "UPDATE settings SET @k='@V' WHERE id=@D", SQ, same),
]

# A value nobody names: what a token with a recognisable shape meets.
BARE = [
    ('bare', '@V', ' ', same),
    ('bare-start', '@V rejected by @H', ' ', same),
    ('bare-end', '401 from @H for @V', ' ', same),
    ('bare-quoted', "invalid credentials '@V' for @W", SQ, same),
    ('bare-dquoted', 'refused "@V" (@W)', DQ, same),
    ('bare-backtick', 'value `@V` was not accepted', '`', same),
    ('bare-parens', 'retrying (@V) against @H', '()', same),
    ('bare-list', 'args: [sync @V @W]', ' []', same),
    ('bare-argv', "argv=['./sync', '@V', '--fast']", SQ, same),
    ('bare-comma', '@D,@V,@W,ok', ',', same),
    ('bare-tab', '@D\t@V\t@W', '\t', same),
    ('bare-colon', 'step 2/5: @V', ' ', same),
    ('bare-equals', 'value=@V n=@D', LOOSE, same),
    ('bare-json', '{"arg":"@V","n":@D}', '', jsonesc),
    ('bare-json-list', '{"args":["run","@V"]}', '', jsonesc),
    ('bare-bearer', 'Authorization: Bearer @V', LOOSE, same),
    ('bare-xtrace', "+ curl -sS -H 'Authorization: Bearer @V' https://@H/v1/@W", SQ, same),
    ('bare-curlv', '> Authorization: Bearer @V', LOOSE, same),
    ('bare-url-path', 'POST https://@H/hook/@V 204', ' /+&?#%', same),
    ('bare-url-query', 'GET /v1/@W?x=@V&page=@D', '', pct),
    ('bare-userinfo', "Cloning into '@W'... https://x-oauth:@V@git.acme.io/team/@W.git",
     LOOSE + '/:@', same),
    ('bare-html', '<td>@V</td>', '<>&', same),
    ('bare-md', '* `@V` leaked in @W', '`', same),
    ('bare-ansi', '\x1b[31m@V\x1b[0m is not valid', ' ', same),
    ('bare-go-q', 'auth failed: key="@V" err="forbidden"', DQ, same),
]

# Headers with the value as it is; @K becomes the header's name.
HEADERS = [
    ('header', '@K: @V'),
    ('header-curlv', '> @K: @V'),
    ('header-xtrace', "+ curl -fsS -H '@K: @V' https://@H/v1/@W"),
    ('header-curl-dq', 'curl -X POST -H "@K: @V" https://@H/@W'),
    ('header-python', "headers={'Accept': '*/*', '@K': '@V', 'Host': '@H'}"),
    ('header-go-map', 'map[Accept:[*/*] @K:[@V] User-Agent:[Go-http-client/1.1]]'),
    ('header-go-q', 'http.Header{"Accept":[]string{"*/*"}, "@K":[]string{"@V"}}'),
    ('header-json', '{"headers":{"accept":"*/*","@l":"@V","host":"@H"}}'),
    ('header-json-list', '{"request":{"headers":{"@K":["@V"],"Accept":["*/*"]}}}'),
    ('header-raw-list', '["Accept","*/*","@K","@V"]'),
    ('header-java', 'Request Headers: [Accept:"*/*", @K:"@V", Host:"@H"]'),
    ('header-okhttp', '--> GET https://@H/@W [@K: @V]'),
    ('header-tuple', "[('accept', '*/*'), ('@l', '@V')]"),
    ('header-rust', '{"@l": "@V", "accept": "*/*"}'),
    ('header-wget', "wget --header='@K: @V' https://@H/@W.tgz"),
    ('header-httpie', 'http GET https://@H/@W "@K:@V"'),
    ('header-tcpdump', 'GET /@W HTTP/1.1\\r\\nHost: @H\\r\\n@K: @V\\r\\nAccept: */*\\r\\n'),
]


def stamp(r, form='iso'):
    month, day = r.randint(1, 12), r.randint(1, 28)
    clock = '%02d:%02d:%02d' % (r.randint(0, 23), r.randint(0, 59), r.randint(0, 59))
    names = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()
    if form == 'syslog':
        return '%s %2d %s' % (names[month - 1], day, clock)
    if form == 'clf':
        return '%02d/%s/2025:%s +0000' % (day, names[month - 1], clock)
    if form == 'space':
        return '2025-%02d-%02d %s' % (month, day, clock)
    if form == 'slash':
        return '2025/%02d/%02d %s' % (month, day, clock)
    return '2025-%02d-%02dT%s.%03dZ' % (month, day, clock, r.randint(0, 999))


def o_plain(template):
    def outer(r, text):
        head, _, tail = template.partition('@T')
        names = {'@sys': stamp(r, 'syslog'), '@clf': stamp(r, 'clf'), '@sp': stamp(r, 'space'),
                 '@sl': stamp(r, 'slash'), '@iso': stamp(r), '@W': word(r),
                 '@P': str(r.randint(100, 65000)), '@M': '%03d' % r.randint(0, 999)}
        for name, value in names.items():
            head, tail = head.replace(name, value), tail.replace(name, value)
        keep = [part for part in (head.strip('" '), tail.strip('", ')) if len(part) > 1]
        return head + text + tail, same, keep
    return outer


def o_json(template, escape):
    plain = o_plain(template)

    def outer(r, text):
        line, _, keep = plain(r, escape(text))
        return line, escape, keep
    return outer


OUTERS = [
    ('none', lambda r, text: (text, same, [])),
    ('syslog', o_plain('@sys web1 @W[@P]: @T')),
    ('syslog-rfc5424', o_plain('<134>1 @iso web1 @W @P - - @T')),
    ('journal', o_plain('@sys web1 systemd[1]: @W.service: @T')),
    ('iso', o_plain('@iso INFO @T')),
    ('log4j', o_plain('@sp,@M INFO  [http-nio-8080-exec-7] c.a.s.ConfigLoader - @T')),
    ('logback', o_plain('@sp.@M DEBUG @P --- [           main] o.a.@W.Client    : @T')),
    ('python', o_plain('@sp,@M - @W.client - DEBUG - @T')),
    ('python-colon', o_plain('DEBUG:@W.client:@T')),
    ('rails', o_plain('D, [@iso #@P] DEBUG -- : @T')),
    ('go-std', o_plain('@sl main.go:@M: @T')),
    ('klog', o_plain('I1203 10:0@M   @P server.go:88] @T')),
    ('docker-prefix', o_plain('@W-1  | @T')),
    ('cri', o_plain('@iso stdout F @T')),
    ('nginx-error', o_plain('@sl [error] @P#0: *17 @T, client: unix:, server: _')),
    ('php-fpm', o_plain('[@sp] production.ERROR: @T []')),
    ('npm', o_plain('npm ERR! @T')),
    ('ansible', o_plain('fatal: [web1]: FAILED! => @T')),
    ('stack', o_plain('Caused by: com.acme.@W.ClientException: @T')),
    ('ansi', o_plain('\x1b[90m@iso\x1b[0m \x1b[32mINF\x1b[0m @T')),
    ('crlf', o_plain('[@sp] @W: @T\r')),
    ('pino', o_json('{"level":30,"time":17300@P000,"pid":@P,"msg":"@T"}', jsonesc)),
    ('bunyan',
     o_json('{"name":"@W","hostname":"web1","pid":@P,"level":30,"msg":"@T","v":0}', jsonesc)),
    ('logrus-json', o_json('{"level":"info","msg":"@T","time":"@iso"}', jsonesc)),
    ('zap', o_json('{"level":"debug","ts":17300@P.12,"caller":"@W/a.go:7","msg":"@T"}', jsonesc)),
    ('docker-json', o_json('{"log":"@T\\n","stream":"stdout","time":"@iso"}', jsonesc)),
    ('logrus-text', o_json('time="@iso" level=info msg="@T" component=@W', jsonesc)),
    ('json-twice',
     o_json('{"log":"{\\"level\\":\\"info\\",\\"msg\\":\\"@T\\"}\\n","t":"@iso"}', jsonesc2)),
]


def key_forms(key):
    """The key as an identifier, a Go field, a Java field and a command line option."""
    plain = key.replace('.', '_').replace('-', '_').replace(' ', '_')
    parts = [part for part in plain.split('_') if part]
    if len(parts) == 1:
        camel = parts[0] if not parts[0].isupper() else parts[0].lower()
    else:
        camel = parts[0].lower() + ''.join(part.capitalize() for part in parts[1:])
    lower = plain.lower() if plain.isupper() else plain
    return {'@K': key, '@k': lower, '@G': camel[0].upper() + camel[1:], '@j': camel,
            '@c': lower.replace('_', '-').lower(), '@l': key.lower()}


def payload(r, entry, key, value):
    """The text, and the value as it stands in it."""
    name, template, _, encode = entry
    shown = encode(value)
    out = template.replace('@H', host(r)).replace('@W', word(r)).replace('@D', str(
        r.randint(2, 9999))).replace('@N', str(len(value)))
    for mark, text in key_forms(key).items():
        out = out.replace(mark, text)
    return out.replace('@V', shown), shown


def fits(entry, value):
    return not any(char in entry[2] for char in value)


def entry_of(cls, family, wrapping, line, secrets, keep):
    return {'line': line, 'secrets': list(secrets), 'keep': list(keep), 'class': cls,
            'family': family, 'wrapping': wrapping}


FILLER = ('the quick brown fox jumps over the lazy dog while the queue drains and the worker '
          'waits for the next batch of rows to arrive from upstream ')


def dress(r, cls, family, key, value, table=None, outer=None, keep=()):
    """One line with the value in a payload of the table and a log format around it."""
    table = table or PAYLOADS
    choices = [one for one in table if fits(one, value)]
    chosen = r.choice(choices)
    text, shown = payload(r, chosen, key, value)
    name, wrap = r.choice(OUTERS) if outer is None else next(
        one for one in OUTERS if one[0] == outer)
    if r.random() < 0.02:
        more = FILLER * r.randint(15, 70)
        text = more + text + ' ' + more if r.random() < 0.5 else text + ' ' + more
        name += '+long'
    line, escape, kept = wrap(r, text)
    kept = kept + [escape(part) for part in keep]
    return entry_of(cls, family, chosen[0] + '/' + name, line, [escape(shown)], kept)


def header(r, cls, family, key, value, secret, keep=()):
    """One line with a header; the secret is the part of its value that must not survive."""
    name, template = r.choice(HEADERS)
    text, _ = payload(r, (name, template, '', same), key, value)
    outer_name, wrap = r.choice(OUTERS)
    line, escape, kept = wrap(r, text)
    return entry_of(cls, family, name + '/' + outer_name, line, [escape(secret)],
                    kept + [escape(part) for part in keep])


def wrapped(r, cls, family, text, secrets, keep=(), outer=None, wrapping='text'):
    """A text of one's own in a log format."""
    name, wrap = r.choice(OUTERS) if outer is None else next(
        one for one in OUTERS if one[0] == outer)
    line, escape, kept = wrap(r, text)
    return entry_of(cls, family, wrapping + '/' + name, line, [escape(one) for one in secrets],
                    kept + [escape(part) for part in keep])
