"""Secrets that a protocol or a tool's syntax shows: headers, cookies, URLs, connection strings,
command lines, SQL, signed URLs, JWT, config files.

What: class core. Hosts, users, paths and cookie names next to the secret are kept parts.
Why: here no vendor's prefix helps; the place in the syntax tells the secret.
Sources: RFC 7235/7617 (Authorization, Basic), 7616 (Digest), 6265 (cookies), 3986 (userinfo), 7519,
7516 (JWT, JWE); AWS Signature V4; Azure SAS; Google signed URLs; libpq, MySQL, go-sql-driver, JDBC,
ODBC, ADO.NET connection strings; mysql, psql, sshpass, curl, redis-cli, ldapsearch, smbclient,
openssl, docker, kubeadm manuals; PostgreSQL, MySQL, Oracle, SQL Server grammar; npmrc, netrc,
pip, maven, docker config.json, kubeconfig formats; the Key URI format of authenticators.
SPDX-License-Identifier: Apache-2.0
"""
import base64
import json
import random

from corpus_dress import ALNUM, b64, chars, fill, header, host, pct, uuid4, word, wrapped

USERS = ['app', 'admin', 'postgres', 'root', 'deploy', 'svc_orders', 'reporting', 'jsmith', 'sa',
         'backup', 'replicator', 'grafana', 'ci-bot']
WEAK = ['hunter2', 'letmein!', 'P@ssw0rd', 'Summer2024', 'Welcome1', 'qwerty123', 'admin123!',
        's3cr3t', 'iloveyou99', 'Winter-2023', 'dragon77', 'Passw0rd!', 'tr0ub4dor&3', 'monkey12']


def password(r, safe=False):
    """As people and generators make them; safe: letters, digits, - and _ only."""
    kind = r.random()
    if kind < 0.3:
        picked = r.choice(WEAK) + str(r.randint(0, 99))
        return ''.join(c for c in picked if c in ALNUM + '-_') if safe else picked
    if kind < 0.7 or safe:
        return chars(r, ALNUM + ('-_' if safe else '-_.~!*'), r.randint(12,
            28)).strip('.!*-_~') + 'x'
    return chars(r, ALNUM, 4) + chars(r, ALNUM + '!%^*+=?-_.~', r.randint(8, 16)) + chars(r, ALNUM,
        2)


def url64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


def jwt(r, alg='HS256', size=32):
    head = {'alg': alg, 'typ': 'JWT'} if r.random() < 0.5 else {
        'typ': 'JWT', 'alg': alg, 'kid': chars(r, ALNUM, 12)}
    body = {'sub': str(r.randint(1, 10**9)), 'iat': 1700000000 + r.randint(0, 10**7),
            'scope': r.choice(['read write', 'openid profile', 'admin']), 'jti': uuid4(r)}
    parts = [url64(json.dumps(one, separators=(',', ':')).encode()) for one in (head, body)]
    return '.'.join(parts + [b64(r, size, True) if size else ''])


def jwe(r):
    head = url64(json.dumps({'alg': 'RSA-OAEP', 'enc': 'A256GCM'}, separators=(',', ':')).encode())
    return '.'.join([head, b64(r, 256, True), b64(r, 12, True), b64(r, 80, True), b64(r, 16, True)])


def basic(r):
    user, secret = r.choice(USERS), password(r)
    return base64.b64encode(('%s:%s' % (user, secret)).encode()).decode()


def headers(r):
    def one(family, name, value, secret=None, keep=()):
        return header(r, 'core', family, name, value, secret or value, keep)

    for _ in range(25):
        name = r.choice(['Authorization', 'authorization', 'Proxy-Authorization'])
        token = r.choice([fill(r, '<n32-48>'), fill(r, '<h40>'), b64(r, 36), fill(r, '<w43>'),
                          uuid4(r), 'v2.local.' + fill(r, '<w80>')])
        yield one('header-bearer', name, r.choice(['Bearer ', 'bearer ', 'Bearer ']) + token, token)
        token = basic(r)
        yield one('header-basic', name, 'Basic ' + token, token)
    for _ in range(8):
        token = fill(r, '<h40>')
        scheme = r.choice(['Token ', 'token ', 'Token token=', 'ApiKey ', 'GenieKey '])
        yield one('header-token', 'Authorization', scheme + token, token)
        token = fill(r, '00<w40>')
        yield one('header-ssws', 'Authorization', 'SSWS ' + token, token)
        token = fill(r, '<h64>')
        value = ('AWS4-HMAC-SHA256 Credential=%s/20250314/eu-west-1/s3/aws4_request, '
                 'SignedHeaders=host;x-amz-date, Signature=%s' % (fill(r, 'AKIA<216>'), token))
        yield one('header-sigv4', 'Authorization', value, token)
        token = fill(r, '<h32>')
        # Quotes inside quotes would be escaped in a map: plain dumps only.
        text = ('Authorization: Digest username="%s", realm="api", nonce="%s", uri="/v1", '
                'qop=auth, response="%s"' % (r.choice(USERS), fill(r, '<h16>'), token))
        yield wrapped(r, 'core', 'header-digest', '> ' + text, [token], wrapping='curlv')
        token = fill(r, '<n32>')
        yield one('header-plain-authorization', 'Authorization', token)
    names = ['X-Api-Key', 'x-api-key', 'X-API-KEY', 'Api-Key', 'apikey', 'X-Auth-Token',
        'X-Access-Token', 'X-Auth-Key', 'X-Client-Secret', 'X-Webhook-Secret', 'X-Csrf-Token',
        'X-Session-Token', 'X-App-Secret', 'X-Service-Token', 'X-Refresh-Token', 'X-Secret-Key',
        'X-Internal-Token', 'X-Admin-Token']
    for _ in range(70):
        name = r.choice(names)
        value = r.choice([fill(r, '<n32>'), fill(r, '<h40>'), uuid4(r), b64(r, 32),
            fill(r, '<w24>')])
        yield one('header-secret', name, value)


def cookies(r):
    names = ['sessionid', 'PHPSESSID', 'JSESSIONID', 'connect.sid', 'session', 'SESSION', 'sid',
             'ASP.NET_SessionId', '_session_id', 'auth_token', 'access_token', 'remember_token',
             '.AspNetCore.Session', 'laravel_session', '_gitlab_session', 'XSRF-TOKEN', 'jwt',
             '__Host-session', '__Secure-next-auth.session-token', 'refresh_token', 'auth',
             '.ASPXAUTH', 'wordpress_logged_in_ab12', 'grafana_session', 'user_session', 'id_token']
    plain = ['theme=dark', 'lang=en-GB', '_ga=GA1.2.1183.1700', 'tz=UTC', 'consent=yes', 'page=3']
    for _ in range(60):
        name = r.choice(names)
        value = r.choice([fill(r, '<h32>'), fill(r, '<n26>'), fill(r, '<w64>'), jwt(r),
                          's%3A' + fill(r, '<w32>') + '.' + fill(r, '<n43>'), fill(r, '<A32>')])
        other = r.choice(plain)
        if r.random() < 0.55:
            pairs = [other, name + '=' + value] if r.random() < 0.5 else [name + '=' + value, other]
            yield header(r, 'core', 'cookie', r.choice(['Cookie', 'cookie']), '; '.join(pairs),
                value, [other])
        else:
            text = '%s=%s; Path=/; HttpOnly; Secure; SameSite=Lax' % (name, value)
            yield header(r, 'core', 'set-cookie', r.choice(['Set-Cookie', 'set-cookie']), text,
                value, ['SameSite=Lax'])


def urls(r):
    schemes = ['postgres', 'postgresql', 'mysql', 'mongodb', 'mongodb+srv', 'amqp', 'amqps',
        'redis', 'rediss', 'https', 'http', 'ftp', 'sftp', 'smtp', 'smtps', 'nats', 'clickhouse',
        'mssql', 'mysql+pymysql', 'postgresql+asyncpg', 'kafka', 'ldap', 'imap', 'socks5',
        'git+https', 'influxdb', 'elasticsearch', 'bolt', 'couchbase', 'rtsp', 'ssh',
        'jdbc:postgresql']
    texts = ['connecting to %s', 'DATABASE_URL=%s', 'dial %s: connection refused', '{"dsn":"%s"}',
             'could not reach <%s>', 'broker_url = "%s"', '--url %s --retry',
             "client = Client('%s')",
             'GET %s -> 503', '%s', 'url: %s', '[pool] %s ready', 'failed to open "%s": timeout']
    for _ in range(110):
        secret = password(r)
        shown = pct(secret) if r.random() < 0.6 else ''.join(c for c in secret if c not in '%?#/@:')
        place, user = host(r), r.choice(USERS)
        tail = r.choice(['', '/' + word(r), '/%s?sslmode=require' % word(r), ':5432/' + word(r)])
        scheme = r.choice(schemes)
        text = r.choice(texts) % ('%s://%s:%s@%s%s' % (scheme, user, shown, place, tail))
        yield wrapped(r, 'core', 'url-userinfo', text, [shown], [place], wrapping='url')
    for _ in range(12):
        secret, place = password(r, True), host(r)
        text = r.choice(texts) % ('redis://:%s@%s:6379/0' % (secret, place))
        yield wrapped(r, 'core', 'url-password-only', text, [secret], [place], wrapping='url')
        # A password with a bare @ in it, as people do paste them.
        secret = password(r, True) + '@' + chars(r, ALNUM, 5)
        text = r.choice(texts) % ('postgres://app:%s@%s:5432/x' % (secret, place))
        yield wrapped(r, 'core', 'url-password-at', text, [secret], [place], wrapping='url')
    query = ['access_token', 'token', 'api_key', 'apikey', 'key', 'sig', 'signature', 'password',
        'secret', 'auth', 'session_id', 'client_secret', 'refresh_token', 'id_token',
        'X-Amz-Signature', 'X-Amz-Security-Token', 'X-Goog-Signature', 'auth_token', 'sas',
        'reset_token', 'invite_token', 'code_verifier', 'jwt', 'app_secret', 'hmac']
    for _ in range(60):
        name = r.choice(query)
        value = r.choice([fill(r, '<h40>'), fill(r, '<w43>'), pct(b64(r, 32)), fill(r, '<n24>')])
        path = '/%s/%d' % (word(r), r.randint(1, 999))
        style = r.random()
        if style < 0.4:
            text = '10.1.7.%d - - [14/Mar/2025:10:00:01 +0000] "GET %s?page=2&%s=%s HTTP/1.1"' % (
                r.randint(1, 99), path, name, value)
            text += ' 200 %d "-" "curl/7.88.1"' % r.randint(9, 9999)
            yield wrapped(r, 'core', 'url-query', text, [value], [path], 'none', 'access-log')
        elif style < 0.8:
            text = 'GET https://%s%s?%s=%s&lang=en' % (host(r), path, name, value)
            yield wrapped(r, 'core', 'url-query', text, [value], [path, 'lang=en'], wrapping='url')
        else:
            text = 'redirect to https://%s/cb#%s=%s' % (host(r), name, value)
            yield wrapped(r, 'core', 'url-fragment', text, [value], ['/cb'], wrapping='url')
    for _ in range(6):
        value = pct(b64(r, 32))
        text = ('https://acme.blob.core.windows.net/backup/a.bak?sv=2022-11-02&st=2025-03-01'
                'T00%3A00Z&sr=b&sp=r&sig=' + value)
        yield wrapped(r, 'core', 'azure-sas', text, [value], ['/backup/a.bak'],
            wrapping='signed-url')
        value = fill(r, '<h64>')
        text = ('https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256'
                '&X-Amz-Date=20250301T000000Z'
                '&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=' + value)
        yield wrapped(r, 'core', 'aws-presigned', text, [value], ['b.s3.amazonaws.com'],
                      wrapping='signed-url')
        value = fill(r, '<2%d>' % 32)
        yield wrapped(r, 'core', 'otpauth', 'otpauth://totp/Acme:bob?secret=%s&issuer=Acme' % value,
                      [value], ['issuer=Acme'], wrapping='url')
        value = fill(r, '<n48>')
        text = 'GET /oauth/callback?code=%s&state=abc123 HTTP/1.1' % value
        yield wrapped(r, 'core', 'oauth-code', text, [value], wrapping='url')


DSN = [
    ('dsn-adonet', 'Server=tcp:@H,1433;Database=@W;User ID=@U;Password=@V;Encrypt=True;'),
    ('dsn-adonet',
     'Data Source=@H;Initial Catalog=@W;User Id=@U;Pwd=@V;MultipleActiveResultSets=True'),
    ('dsn-npgsql', 'Host=@H;Username=@U;Password=@V;Database=@W'),
    ('dsn-odbc', 'DRIVER={ODBC Driver 17 for SQL Server};SERVER=@H;UID=@U;PWD=@V;DATABASE=@W'),
    ('dsn-libpq', 'host=@H port=5432 user=@U password=@V dbname=@W sslmode=disable'),
    ('dsn-libpq', "host=@H user=@U password='@V' dbname=@W"),
    ('dsn-go-mysql', '@U:@V@tcp(@H:3306)/@W?parseTime=true'),
    ('dsn-pdo', "mysql:host=@H;dbname=@W;user=@U;password=@V"),
    ('dsn-jdbc', 'jdbc:mysql://@H:3306/@W?user=@U&password=@V&useSSL=false'),
    ('dsn-jdbc', 'jdbc:sqlserver://@H:1433;databaseName=@W;user=@U;password=@V;encrypt=true'),
    ('dsn-jdbc', 'jdbc:postgresql://@H:5432/@W?user=@U&password=@V'),
    ('dsn-jdbc-oracle', 'jdbc:oracle:thin:@U/@V@//@H:1521/ORCL'),
    ('dsn-stackexchange', '@H:6380,password=@V,ssl=True,abortConnect=False'),
    ('dsn-azure-storage',
     'DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=@A;'
     'EndpointSuffix=core.windows.net'),
    ('dsn-azure-sb',
     'Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=@S'),
    ('dsn-azure-iot', 'HostName=acme.azure-devices.net;DeviceId=dev1;SharedAccessKey=@S'),
    ('dsn-cosmos', 'AccountEndpoint=https://acme.documents.azure.com:443/;AccountKey=@A;'),
    ('dsn-appconfig', 'Endpoint=https://acme.azconfig.io;Id=ab1-l9-s0;Secret=@S'),
    ('dsn-jaas',
     'org.apache.kafka.common.security.plain.PlainLoginModule required username="@U" '
     'password="@V";'),
    ('dsn-sentry-old', 'https://@J:@Y@sentry.acme.io/42'),
]

CLI = [
    ('cli-mysql', '+ mysql -h @H -u @U -p@V -e "select 1"'),
    ('cli-mysql', 'mysqldump --user=@U --password=@V @W > /backup/@W.sql'),
    ('cli-psql', 'PGPASSWORD=@V psql -h @H -U @U @W'),
    ('cli-sshpass', '+ sshpass -p @V ssh @U@H uptime'),
    ('cli-sshpass', "sshpass -p '@V' scp a b:"),
    ('cli-curl-u', '+ curl -s -u @U:@V https://@H/api'),
    ('cli-curl-u', "curl --user '@U:@V' https://@H/"),
    ('cli-docker-login', 'docker login -u @U -p @V registry.acme.io'),
    ('cli-docker-login', '$ podman login --username @U --password @V quay.io'),
    ('cli-redis', 'redis-cli -h @H -a @V ping'),
    ('cli-ldap', 'ldapsearch -x -D cn=@U -w @V -H ldap://@H'),
    ('cli-smb', 'smbclient //@H/share -U @U%@V -c ls'),
    ('cli-openssl', 'openssl rsa -in key.pem -passin pass:@V -out plain.pem'),
    ('cli-wget', 'wget --user=@U --password=@V https://@H/f.tgz'),
    ('cli-mongo', 'mongosh --host @H --username @U --password @V --eval 1'),
    ('cli-helm', 'helm upgrade @W ./chart --set db.password=@V --set replicas=2'),
    ('cli-kubectl', 'kubectl create secret generic db --from-literal=password=@V'),
    ('cli-htpasswd', 'htpasswd -b /etc/nginx/.htpasswd @U @V'),
    ('cli-useradd', "echo '@U:@V' | chpasswd"),
    ('cli-net-use', 'net use Z: \\\\@H\\share /user:@U @V'),
    ('cli-aws', 'aws configure set aws_secret_access_key @S40'),
    ('cli-git', 'git clone https://@U:@V@git.acme.io/team/@W.git'),
    ('cli-sqlcmd', 'sqlcmd -S @H -U @U -P @V -Q "select 1"'),
    ('cli-az', 'az login -u @U -p @V'),
    ('cli-vault', 'vault login token=@T'),
    ('cli-ansible', 'ansible-playbook s.yml -e db_password=@V'),
    ('cli-java', 'java -Dspring.datasource.password=@V -jar @W.jar'),
    ('cli-keytool', 'keytool -list -keystore a.jks -storepass @V'),
    ('cli-zip', '7z x -p@V backup.7z'),
    ('cli-gpg', 'gpg --batch --passphrase @V -d a.gpg'),
    ('cli-mosquitto', 'mosquitto_pub -h @H -u @U -P @V -t t -m 1'),
    ('cli-kubeadm',
     'kubeadm join @H:6443 --token @B --discovery-token-unsafe-skip-ca-verification'),
]

SQL = [
    ('sql-create-user', "CREATE USER '@U'@'%' IDENTIFIED BY '@V'"),
    ('sql-create-role', "CREATE ROLE @U WITH LOGIN PASSWORD '@V'"),
    ('sql-alter-user', "ALTER USER @U WITH ENCRYPTED PASSWORD '@V';"),
    ('sql-alter-user', 'ALTER USER @U IDENTIFIED BY "@V"'),
    ('sql-grant', "GRANT ALL ON @W.* TO '@U'@'@H' IDENTIFIED BY '@V'"),
    ('sql-set-password', "SET PASSWORD FOR '@U'@'%' = PASSWORD('@V')"),
    ('sql-login', "CREATE LOGIN @U WITH PASSWORD = '@V'"),
    ('sql-insert', "INSERT INTO users SET name='@U', password='@V'"),
    ('sql-where', "SELECT id FROM users WHERE login='@U' AND password='@V'"),
    ('sql-master', "CHANGE MASTER TO MASTER_HOST='@H', MASTER_USER='@U', MASTER_PASSWORD='@V'"),
    ('sql-statement-log', "LOG:  statement: ALTER ROLE @U PASSWORD '@V';"),
    ('sql-dblink', "SELECT dblink_connect('host=@H user=@U password=@V dbname=@W')"),
    ('sql-s3',
     "COPY t FROM 's3://b/k' CREDENTIALS 'aws_access_key_id=@I;aws_secret_access_key=@S40'"),
]

FILES = [
    ('npmrc', '//registry.npmjs.org/:_authToken=@T'),
    ('npmrc', '//npm.acme.io/:_password=@Z'),
    ('npmrc', '_auth=@Z'),
    ('netrc', 'machine @H login @U password @V'),
    ('pypirc', 'password = @V'),
    ('maven-settings', '<server><id>x</id><password>@V</password></server>'),
    ('docker-config', '{"auths":{"https://index.docker.io/v1/":{"auth":"@Z"}}}'),
    ('kubeconfig', '    client-key-data: @K'),
    ('kubeconfig', '    token: @T'),
    ('k8s-secret', 'data: {"password": "@Z"}'),
    ('wpa', 'psk="@V"'),
    ('wifi-hex', 'wpa_psk=@X@X'),
    ('gradle', 'signing.password=@V'),
    ('composer', '{"http-basic":{"@H":{"username":"@U","password":"@V"}}}'),
    ('ansible-host', '@H ansible_user=@U ansible_password=@V'),
    ('rails-master', 'RAILS_MASTER_KEY=@X'),
    ('wireguard', 'PrivateKey = @S'),
    ('wireguard', 'PresharedKey = @S'),
    ('symfony', 'MAILER_DSN=smtp://@U:@V@@H:587'),
    ('django', "SECRET_KEY = 'django-insecure-@W50'"),
    ('laravel', 'APP_KEY=base64:@S'),
    ('wordpress', "define('AUTH_KEY', '@W50');"),
    ('wordpress', "define('DB_PASSWORD', '@V');"),
    ('cisco', 'enable secret 5 $1$@4$@M22'),
    ('radius', 'radius-server key @V'),
    ('smb-credentials', 'username=@U,password=@V,vers=3.0'),
    ('jenkins', '<apiToken>@T</apiToken>'),
    ('s3cfg', 'secret_key = @S40'),
    ('pg-hba', "primary_conninfo = 'host=@H user=@U password=@V'"),
    ('spring', 'spring.redis.password: @V'),
]


def templates(r, table, times):
    for family, template in table:
        for _ in range(times):
            marks = {'@S40': fill(r, '<b40>'), '@W50': fill(r, '<w50>'), '@M22': fill(r, '<n22>'),
                '@V': password(r, True), '@A': b64(r, 64), '@S': b64(r, 32), '@X': fill(r, '<h32>'),
                '@Y': fill(r, '<h32>'), '@T': fill(r, '<n36>'), '@Z': basic(r), '@B': fill(r,
                '<a6>.<a16>'), '@K': base64.b64encode(b'-----BEGIN RSA PRIVATE KEY-----\n' + b64(r,
                300).encode()).decode(), '@I': fill(r, 'AKIA<216>'), '@4': fill(r, '<n4>'),
                '@J': fill(r, '<h32>')}
            secrets, text = [], template
            place = host(r)
            # Longer names first: @S40 before @S.
            for mark, value in marks.items():
                if mark in text:
                    secrets += [value] if mark not in ('@4', '@I', '@J') else []
                    text = text.replace(mark, value)
            keep = [place] if '@H' in template else []
            text = text.replace('@@H', '@' + place).replace('@H', place).replace(
                '@U', r.choice(USERS)).replace('@W', word(r))
            yield wrapped(r, 'core', family, text, secrets, keep, wrapping='syntax')


def tokens(r):
    texts = ['%s', 'token: %s', 'id_token=%s', '{"access_token":"%s","expires_in":3600}',
        'jwt expired: %s', 'Authorization: Bearer %s', 'invalid signature for "%s"',
        'GET /ws?ticket=%s HTTP/1.1', 'claims of %s were refused', "decode('%s')",
        'cookie jwt=%s; theme=dark']
    for _ in range(40):
        alg, size = r.choice([('HS256', 32), ('RS256', 256), ('ES256', 64), ('HS512', 64), ('EdDSA',
            64)])
        value = jwt(r, alg, size)
        yield wrapped(r, 'core', 'jwt', r.choice(texts) % value, [value], wrapping='jwt')
    for _ in range(6):
        value = jwt(r, 'none', 0)
        yield wrapped(r, 'core', 'jwt-unsigned', r.choice(texts) % value, [value], wrapping='jwt')
        value = jwe(r)
        yield wrapped(r, 'core', 'jwe', r.choice(texts) % value, [value], wrapping='jwt')
        value = jwt(r, 'RS256', 256)
        text = 'mounted /var/run/secrets/kubernetes.io/serviceaccount/token: ' + value
        yield wrapped(r, 'core', 'kube-service-account', text, [value], wrapping='jwt')


def generate(seed):
    r = random.Random('%s protocol' % seed)
    out = list(headers(r)) + list(cookies(r)) + list(urls(r)) + list(tokens(r))
    out += list(templates(r, DSN, 5)) + list(templates(r, CLI, 2)) + list(templates(r, SQL, 3))
    out += list(templates(r, FILES, 3))
    return [one for one in out if all(len(secret) > 3 for secret in one['secrets'])]
