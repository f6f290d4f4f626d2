"""Named secrets: `key=value` in every dress, class generic.

What: names as people write them (NAMES, by the kind of value they have) times values as people
choose and generators make them. Half of the entries are in the plainest dresses, the rest in all.
Why: no vendor's shape helps; the name and the syntax tell everything. Weak passwords are words.
Sources: the key names of gitleaks' generic-api-key, detect-secrets' KeywordDetector, the default
scrub lists of Sentry, Rails' filter_parameters, Datadog, Elastic APM; the variables of official
container images (postgres, mysql, mongo, redis, rabbitmq, minio, keycloak, grafana).
SPDX-License-Identifier: Apache-2.0
"""
import random

from corpus_dress import ALNUM, PAYLOADS, b64, chars, dress, fill, uuid4, wrapped

PASSWORDS = '''password passwd pwd pass PASSWORD DB_PASSWORD DB_PASS dbPassword db_password
user.password userPassword user_password admin_password ADMIN_PASSWORD adminPassword
spring.datasource.password spring.redis.password quarkus.datasource.password PGPASSWORD
POSTGRES_PASSWORD MYSQL_ROOT_PASSWORD MYSQL_PASSWORD MYSQL_PWD MARIADB_ROOT_PASSWORD
MONGO_INITDB_ROOT_PASSWORD REDIS_PASSWORD RABBITMQ_DEFAULT_PASS MINIO_ROOT_PASSWORD
KEYCLOAK_ADMIN_PASSWORD GF_SECURITY_ADMIN_PASSWORD SMTP_PASSWORD smtpPassword smtp_pass
mail.password EMAIL_HOST_PASSWORD ldap.bindPassword bind_password bindPassword
hibernate.connection.password javax.net.ssl.keyStorePassword keystore_password keyPassword
trustStorePassword ssl.key.password passphrase PASSPHRASE ssh_passphrase gpg_passphrase
new_password old_password currentPassword newPassword password_confirmation confirmPassword
current_password loginPassword login_password root_password rootPassword ftp_password
ftpPassword wifi_password vpn_password proxy_password proxyPassword http.proxyPassword
sudo_pass ansible_become_pass ansible_password vault_password sa_password SA_PASSWORD
MSSQL_SA_PASSWORD ELASTIC_PASSWORD elasticsearch.password kibana_password neo4j_password
jdbc.password datasource.password connection.password backup-password db-password
app_password application_password svc_password serviceAccountPassword temp_password
initial_admin_password WORDPRESS_DB_PASSWORD REPLICATION_PASSWORD pwd1 userPwd user_pwd
sftp.pass broker_password mqtt_password encryptionPassword pin_password master_password'''.split()

SECRETS = '''secret SECRET client_secret clientSecret CLIENT_SECRET OAUTH_CLIENT_SECRET
oauth.client-secret secret_key secretKey SECRET_KEY SECRET_KEY_BASE app_secret APP_SECRET
appSecret JWT_SECRET jwtSecret jwt.secret session_secret SESSION_SECRET cookie_secret
COOKIE_SECRET webhook_secret WEBHOOK_SECRET signing_secret signingSecret shared_secret
sharedSecret consumer_secret consumerSecret api_secret apiSecret API_SECRET hmac_secret
NEXTAUTH_SECRET auth_secret encryption_secret hash_secret totp_secret mfa_secret
secret_access_key secretAccessKey spring.security.oauth2.client.registration.idp.client-secret
storage_secret token_secret bot_secret s3_secret refreshSecret db_secret'''.split()

KEYS = '''api_key apiKey API_KEY apikey api-key x-api-key X-Api-Key service_api_key MAPS_API_KEY
weather.apiKey backend_api_key BACKEND_API_KEY access_key accessKey ACCESS_KEY private_key
privateKey PRIVATE_KEY encryption_key encryptionKey ENCRYPTION_KEY signing_key signingKey
SIGNING_KEY master_key MASTER_KEY account_key accountKey storage_key auth_key authKey
license_key licenseKey app_key APP_KEY admin_key internal_api_key partner_api_key
data_encryption_key aes_key AES_KEY hmac_key shared_key ssh_key deploy_key subscription_key
subscription-key session_key'''.split()

TOKENS = '''token TOKEN access_token accessToken ACCESS_TOKEN refresh_token refreshToken
REFRESH_TOKEN auth_token authToken AUTH_TOKEN session_token sessionToken id_token idToken
csrf_token csrfToken csrfmiddlewaretoken authenticity_token xsrf_token bearer_token bearerToken
bearer api_token apiToken API_TOKEN service_token SERVICE_TOKEN bot_token BOT_TOKEN deploy_token
user_token userToken reset_password_token resetToken confirmation_token invitation_token
device_token registration_token webhook_token push_token remember_token personal_access_token
security_token oauth_token oauthToken verification_token credential credentials
client_credential auth_credential authorization x-auth-token X-Access-Token feed_token
ADMIN_TOKEN consul.token sso_token magic_link_token'''.split()

WEAK = '''hunter2 letmein! P@ssw0rd Summer2024 Welcome1 qwerty123 admin123 iloveyou dragon
monkey sunshine Passw0rd! 123456 abc123 trustno1 football1 Winter2023! baseball master
shadow1 superman qazwsx michael1 tr0ub4dor3 s3cr3t! Test1234! Pa$$w0rd zaq1@WSX
toor r00t letmein starwars princess1 Company2025! Berlin#2024 1q2w3e4r kitten99 Admin@123'''.split()
PHRASES = ['correct horse battery staple', 'my dog has fleas', 'open sesame 42', 'winter is here!',
           'four score and seven', 'Tr0ub4dor and 3', 'blue-green 77 apples']
PUNCT = '!%^*+=?-_.~@#$:;,/|&'


def a_password(r):
    kind = r.random()
    if kind < 0.40:
        return r.choice(WEAK)
    if kind < 0.46:
        return r.choice(PHRASES)
    if kind < 0.70:
        body = chars(r, ALNUM + PUNCT, r.randint(8, 20))
        return chars(r, ALNUM, 2) + body + chars(r, ALNUM, 2)
    if kind < 0.74:
        return chars(r, ALNUM, 3) + r.choice('"\'\\<&') + chars(r, ALNUM, 7)
    if kind < 0.78:
        return r.choice(['пароль77', 'contraseña1', 'Passwörd9', 'motdepassé', '密码abc123'])
    return chars(r, ALNUM, r.randint(10, 32))


def an_opaque(r):
    return r.choice([
        lambda: fill(r, '<h32>'), lambda: fill(r, '<h40>'), lambda: fill(r, '<h64>'),
        lambda: b64(r, r.choice([16, 24, 32, 48])), lambda: uuid4(r), lambda: fill(r, '<w32>'),
        lambda: fill(r, '<w43>'), lambda: fill(r, '<n20>'), lambda: fill(r, '<n12>'),
        lambda: fill(r, '<n64>'), lambda: fill(r, '<a24>'), lambda: fill(r, '<A26>'),
        lambda: fill(r, '<n8>-<n8>-<n8>'), lambda: fill(r, '<l4>_<n28>')])()


def a_secret(r):
    return a_password(r) if r.random() < 0.3 else an_opaque(r)


GROUPS = [
    ('password', PASSWORDS, a_password, 380),
    ('secret', SECRETS, a_secret, 170),
    ('key', KEYS, an_opaque, 150),
    ('token', TOKENS, an_opaque, 190),
]
PLAIN = [one for one in PAYLOADS if one[0] in (
    'env', 'env-quoted', 'json', 'json-spaced', 'logfmt', 'logfmt-quoted', 'yaml', 'yaml-quoted',
    'properties', 'python-dict', 'python-kwargs', 'ruby-hash', 'url-query', 'form-body', 'xml',
    'go-struct', 'js-inspect', 'json-escaped', 'colon-space', 'cli-equals')]

# Lines of two and three secrets, of programs that print all they have.
SEVERAL = [
    ('login user=bob password=%s token=%s', 2),
    ('{"username":"bob","password":"%s","otp_secret":"%s"}', 2),
    ('Parameters: {"user"=>{"email"=>"x", "password"=>"%s", "password_confirmation"=>"%s"}}', 2),
    ('env: DB_PASSWORD=%s API_KEY=%s SECRET_KEY=%s LOG_LEVEL=info', 3),
    ("{'client_id': 'web', 'client_secret': '%s', 'refresh_token': '%s'}", 2),
    ('POST /token grant_type=password&username=bob&password=%s&client_secret=%s&scope=read', 2),
    ('<creds><password>%s</password><apiKey>%s</apiKey></creds>', 2),
    ('{User:bob Password:%s Token:%s Admin:true}', 2),
    ('map[api_key:%s password:%s region:eu]', 2),
    ('old_password=%s new_password=%s result=ok', 2),
    ('{"access_token":"%s","token_type":"Bearer","expires_in":3600,"refresh_token":"%s"}', 2),
    ('redis password=%s, db password=%s, both loaded', 2),
]
KEPT = {0: ['user=bob'], 3: ['LOG_LEVEL=info'], 5: ['scope=read'], 7: ['Admin:true'],
    8: ['region:eu'], 9: ['result=ok'], 10: ['"token_type":"Bearer"', '"expires_in":3600']}


def generate(seed):
    r = random.Random('%s generic' % seed)
    out = []
    for family, names, make, count in GROUPS:
        queue = []
        for number in range(count):
            # Each name comes up, before any does for a second time.
            queue = queue or r.sample(names, len(names))
            name, value = queue.pop(), make(r)
            table = PLAIN if number % 2 else PAYLOADS
            kind = family + ('-weak' if value in WEAK else '-phrase' if ' ' in value else '')
            out.append(dress(r, 'generic', kind, name, value, table))
    for number, (text, count) in enumerate(SEVERAL * 4):
        # Long enough not to be part of a word elsewhere in the line.
        values = [fill(r, '<n%d>' % r.randint(10, 30)) for _ in range(count)]
        out.append(wrapped(r, 'generic', 'several', text % tuple(values), values,
                           KEPT.get(number % len(SEVERAL), []), wrapping='several'))
    for _ in range(24):
        # The very beginning and the very end of a line.
        value = fill(r, '<n16>')
        text = r.choice(['password=%s', 'secret: %s', 'token=%s', "api_key='%s'", 'pwd=%s',
                         '{"password":"%s"}', 'auth_token:%s', 'Password: %s'])
        out.append(wrapped(r, 'generic', 'whole-line', text % value, [value], outer=r.choice(
            ['none', 'none', 'crlf', 'ansi']), wrapping='whole'))
    return out
