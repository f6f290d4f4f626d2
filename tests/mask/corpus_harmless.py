"""Harmless lines that name secrets: prose, placeholders, policies, prompts, code, stack traces.

What: whole lines for corpus_lookalikes.py; @43 becomes a fingerprint. Each of them is a
line in which a careful reader finds nothing to hide.
Why: most of what operators look for in a log when a login fails reads like this.
Sources: messages of OpenSSH, PAM, systemd, Postfix, PostgreSQL, MySQL, Kubernetes, Docker, Rails,
Django, Spring, Node, Python, Go, npm and git; issues of other maskers and scanners.
SPDX-License-Identifier: Apache-2.0
"""

FIXED = '''
Failed password for root from 10.0.0.1 port 52211 ssh2
Failed password for invalid user admin from 192.168.7.9 port 40022 ssh2
Accepted publickey for deploy from 10.2.3.4 port 50112 ssh2: RSA SHA256:@43
Accepted password for bob from 10.0.0.8 port 51922 ssh2
pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.9.8.7
pam_unix(sudo:session): session opened for user root by (uid=0)
Invalid password
Invalid password.
password: required
password: must be at least 12 characters
password is too short (minimum is 8 characters)
password reset for user 17
Password reset e-mail queued for user 17
password changed for user id 9281
password expired, user must choose a new one
wrong password, 2 attempts left
passwords do not match
password_policy=strict
password_min_length=12
password_changed_at=2025-03-01T10:00:00Z
password_expires_in_days=90
password_hash_algorithm=argon2id
password_strength=weak
passwordless=true
password_reset_required=false
has_password=true
use_password=yes
PasswordAuthentication no
PermitEmptyPasswords no
password=****
password=********
password="***"
password=[FILTERED]
password=[Filtered]
password=[REDACTED]
password=<redacted>
password=<hidden>
password=XXXXXXXX
password=null
password=None
password=nil
password=undefined
password=""
password=''
password=
password=${DB_PASSWORD}
password=$DB_PASSWORD
password={{ db_password }}
password={{ .Values.db.password }}
password=%DB_PASSWORD%
password: ${env:DB_PASSWORD}
password: !vault |
password_file=/run/secrets/db_password
POSTGRES_PASSWORD_FILE=/run/secrets/postgres
secretName: web-tls
secretKeyRef: {name: db, key: password}
{"secretName":"web-tls","optional":false}
{"secretKeyRef":{"name":"db-credentials","key":"password"}}
secret "default/web-tls" not found
secrets is forbidden: User "bob" cannot list resource "secrets" in API group ""
MountVolume.SetUp failed for volume "db-secret" : secret "db-secret" not found
secret santa list is ready
the secret of good logs is time stamps
the secret garden opens at nine
Secret Manager API enabled for project acme-prod
rotating secrets every 90 days
no secrets found in 812 files
api_key=<redacted>
api_key=<your-api-key>
api_key=YOUR_API_KEY
api_key=${API_KEY}
api_key=[masked]
api_key is missing
api_key: required
api key not configured
Missing API key in header X-Api-Key
token=null
token=undefined
token=<token>
token=***
token=${GITHUB_TOKEN}
token: ${{ secrets.GITHUB_TOKEN }}
token_type=bearer
"token_type":"Bearer"
token expired
token bucket full
token bucket refilled: 500 tokens
token count: 512
max_tokens=512
"max_tokens":4096,"prompt_tokens":812,"completion_tokens":77
total_tokens=889
token_count=42
tokens_per_second=37.2
token_endpoint=https://idp.acme.io/oauth/token
token_uri: https://oauth2.googleapis.com/token
token_ttl=3600
token_expiry=2025-03-01T10:00:00Z
tokenizer=cl100k_base
Unexpected token < in JSON at position 0
SyntaxError: Unexpected token } in JSON at position 17
unexpected token 'export'
syntax error near unexpected token `('
CSRF token missing or incorrect.
Invalid authenticity token
JWT expired at 2025-03-01T10:00:00Z
jwt malformed
missing bearer token
Authorization header missing
Authorization: required
authorization failed: no rule matched
WWW-Authenticate: Basic realm="api"
WWW-Authenticate: Bearer realm="https://auth.docker.io/token",service="registry.docker.io"
Proxy-Authenticate: Negotiate
auth: ok
auth=none
auth_method=token
auth_type=oauth2
authenticated=true
authenticated user bob in 12 ms
authentication required
author=bob
credential_type=service_account
credentials: include
withCredentials=true
Access-Control-Allow-Credentials: true
Access-Control-Allow-Headers: Authorization, X-Api-Key, Content-Type
Set-Cookie: theme=dark; Path=/
Cookie: lang=en; theme=dark
cookie consent given
grant_type=client_credentials
response_type=code
scope=openid profile
client_id=web-frontend
primary_key=17
PRIMARY KEY (id)
foreign_key=order_id
FOREIGN KEY (user_id) REFERENCES users (id)
duplicate key value violates unique constraint "users_email_key"
Duplicate entry '17' for key 'users.PRIMARY'
KeyError: 'name'
key not found: user:17
key=value
keyboard=us
keyboard_layout=de-latin1
monkey=1
monkey patching net/http
turkey=12
hockey=3
keystone=up
keyspace=orders
keyframe=120
keyword=password
key_size=2048
key_id=7
key_type=rsa
key_count=3
keepalive=60
cache_key=user:17
cache key user:17:profile miss
sort_key=asc
sort_key=created_at
partition_key=customer_id
row_key=2025-03-01
routing_key=orders.created
hash_key=id
range_key=created_at
group_key=region
object_key=uploads/2025/03/a.png
s3_key=backup/2025-03-01.tar.gz
lookup_key=us-east-1
translation_key=errors.password.blank
i18n_key=login.password.label
event_key=KeyDown
key_file=/etc/ssl/private/web.key
ssl_certificate_key /etc/nginx/tls/web.key;
private_key_path=/etc/ssl/private/web.key
private key file not found
private key does not match certificate
public_key_type=ed25519
pass=3 fail=0 skip=1
passed=37 failed=0
passes=12
pass 2 of 3
passenger=Bob
passport=no
passive=true
passthrough=on
bypass=false
compass=north
compassion=high
pwd=/home/bob/src
PWD=/var/lib/app
cwd=/srv/app pwd=/srv/app
pin=GPIO17
pin_count=40
PIN required
code=200
code=ECONNREFUSED
code: 'ENOENT'
errno: -2, code: 'ENOTFOUND', syscall: 'getaddrinfo'
status code=404
exit code=137
postal_code=53113
zip=90210
country_code=DE
error_code=E1001
sig=SIGTERM
signal=15 sig=9
signature verified
signature_algorithm=RS256
session opened for user bob
session closed
session=closed
session_timeout=1800
session_count=17
sid=S-1-5-18
sid=17
digest=sha256
hash=false
salt=true
nonce check failed
secret_rotation=enabled
secret_count=3
client_secret_expires_at=0
secretary=alice
undersecretary=2
access_key_enabled=false
access_log=/var/log/nginx/access.log
access=granted
encryption=none
encryption_key_rotation=30d
encrypted=true
passphrase required for key "web"
Enter passphrase for key '/home/bob/.ssh/id_ed25519':
Enter PEM pass phrase:
[sudo] password for bob:
bob@web1's password:
Password for 'https://git.acme.io':
Username for 'https://git.acme.io':
root@localhost
postgres@localhost
mail for root@localhost delivered
git@github.com:org/repo.git
Cloning into 'repo'... git@gitlab.com:group/sub/repo.git
origin git@bitbucket.org:team/app.git (fetch)
ssh://git@github.com/org/repo.git
package@1.2.3
+ lodash@4.17.21
npm WARN deprecated request@2.88.2: request has been deprecated
@angular/core@17.0.2 requires a peer of rxjs@^7.4.0
added @types/node@20.11.5
@Autowired private UserService users;
@decorator
@app.route('/login')
user@web1:~$ systemctl status
systemd[1]: Started getty@tty1.service - Getty on tty1.
systemd[1]: Starting user@1000.service - User Manager for UID 1000...
GET /@scope/pkg/-/pkg-1.0.0.tgz 200
GET /users/@me HTTP/1.1
GET /@vite/client 200
https://medium.com/@writer/how-to-rotate-passwords
https://www.google.com/maps/@52.5200066,13.404954,15z
postgres://app@db/orders
postgres://localhost:5432/orders
redis://cache:6379/0
http://localhost:8080/health
https://api.acme.io:8443/v1/orders?page=2&sort=desc
amqp://mq:5672
mongodb://db-0:27017,db-1:27017/orders?replicaSet=rs0
jdbc:postgresql://db:5432/orders
jdbc:mysql://db:3306/orders?useSSL=false&serverTimezone=UTC
postgres://app:****@db/orders
postgres://app:xxxxx@db:5432/orders
https://user:***@git.acme.io/team/app.git
listening on [::1]:8080
listening on :::443
12:34:56:78:90
10:20:30.123456
2001:12:31 23:59:59
00:1B:44 remains
lat=52.520008 lon=13.404954
52.5200066,13.4049540
version=1.2.3.4
v1.28.3+k3s1
Chrome/120.0.6099.130 Safari/537.36
OpenSSL 3.0.11 19 Sep 2023
ISBN 978-3-16-148410-0
ISBN 0-306-40615-2
ISSN 2049-3630
DOI 10.1000/182
RFC 7519 section 4.1
phone book loaded
please call 112 in an emergency
order 2025-000123-77 shipped
ticket INC0012345 closed
JIRA-1234: rotate the password of the database
CVE-2024-3094 fixed in xz-utils
fixes #4531: password "a" turned transforming into noise
card reader ready
business card printed
card=none
iban missing
ssn is required
ssn: invalid format
IBAN check failed: DE00 1234 5678 9012 3456 78
IBAN DE00123456789012345678 has a wrong check digit
000-00-0000
666-12-3456
tel: none
$2 charged
$6 million budget
price=$5.00
cost $1$ per unit
hello eyJ world
eyJ is how base64 of JSON begins
sk-learn 1.4 imported
sk-SK locale loaded
sk_SK.UTF-8
ghp_ tokens are revoked on sight
AKIA prefixed ids are access keys
npm_config_cache=/home/bob/.npm
npm_package_version=1.2.3
npm_lifecycle_event=test
hf_transfer enabled
xoxb tokens need the scope chat:write
glpat- is the prefix of GitLab tokens
SG.1 is not a key
AIza is a prefix
pk_test is the mode
dapi is down
whsec_ missing in configuration
hvs. tokens replaced s. tokens
bot123 joined #general
Bearer of bad news
bearer token not provided
basic authentication is disabled
Basic realm
digest access authentication
BEGIN transaction
-----BEGIN CERTIFICATE REQUEST----- expected
no start line: expecting: ANY PRIVATE KEY
Certificate and private key match
COMMIT
{"password":null}
{"password":"","username":""}
{"password":"********"}
{"password":["can't be blank","is too short"]}
{"errors":{"password":["is required"]}}
{"token":null,"expires":0}
{"secret":false}
{"api_key":"<redacted>"}
{"auth":{"enabled":true,"type":"none"}}
{"key":"value"}
{"key":"user:17","ttl":60}
{"type":"password","required":true,"name":"password"}
<input type="password" name="password" id="password">
<label for="password">Password</label>
Parameters: {"user"=>{"email"=>"[FILTERED]", "password"=>"[FILTERED]"}}
const token = getToken();
const password = process.env.DB_PASSWORD;
String password = request.getParameter("password");
password := os.Getenv("DB_PASSWORD")
password = input("Password: ")
self.password = password
if (password === undefined) throw new Error("no password");
def check_password(user, password):
func (s *Server) SetPassword(ctx context.Context, password string) error
public void setPassword(String password)
at com.acme.auth.PasswordEncoder.encode(PasswordEncoder.java:42)
at com.acme.security.TokenAuthenticationFilter.doFilterInternal(TokenAuthenticationFilter.java:87)
at org.springframework.security.web.access.ExceptionTranslationFilter.doFilter(Filter.java:122)
org.apache.hadoop.security.token.SecretManager$InvalidToken: token is expired
com.amazonaws.auth.AWSCredentialsProviderChain: Unable to load credentials
java.lang.NullPointerException: Cannot invoke "String.length()" because "token" is null
io.jsonwebtoken.ExpiredJwtException
  File "/usr/lib/python3/dist-packages/requests/auth.py", line 61, in _basic_auth_str
File "auth/token.py", line 17, in refresh_token
TypeError: Cannot read properties of undefined (reading 'token')
undefined method `password' for nil:NilClass
undefined local variable or method `api_key'
gem install bcrypt
Using bcrypt 3.1.20
Compiling jsonwebtoken v9.2.0
Unpacking libpam-passwdqc (2.0.3-1) ...
Setting up passwd (1:4.13+dfsg1-1+b1) ...
usermod: change user 'bob' password
chage: changed password expiry for bob
/etc/passwd unchanged
reading /etc/shadow: permission denied
cat: /run/secrets/db_password: No such file or directory
Please rotate your credentials before Friday.
Never write passwords into logs, not even at debug level.
Two-factor authentication is now enabled for your account.
We will never ask you for your password.
The API key you provided has been revoked, create a new one.
Your session has expired, please log in again.
Access token lifetime is set to 3600 seconds.
Bitte geben Sie Ihr Passwort ein
Mot de passe oublié ?
'''.strip('\n').splitlines()
