// SPDX-License-Identifier: Apache-2.0
#include "mask/key_value.h"
#include "mask_scanners.h"

using namespace logd;
using namespace logd::mask_testing;

namespace {

const Scan kScan{
    scan_key_value,
    {"password", "passwd", "pwd", "pass", "secret", "token", "api_key", "apikey", "api-key",
     "access_key", "client_secret", "credential", "auth", "passphrase", "authorization"}};

// K stands for a key, V for a value.
const Texts kQuotedDresses = {
    R"(K="V")",
    R"(K='V')",
    R"(K=`V`)",
    R"(K: "V")",
    R"(K: 'V')",
    R"(K = "V")",
    R"("K":"V")",
    R"({"K": "V", "x": 1})",
    R"({'K': 'V', 'x': 1})",
    R"({"x":1,"K" : "V"})",
    R"({\"x\":1,\"K\":\"V\"})",
    R"({\"x\":1,\"K\": \"V\", \"y\":2})",
    R"({"body":"{\"a\":\"{\\\"K\\\":\\\"V\\\"}\"}"})",
    R"({"a":"{\\\\\\\"K\\\\\\\":\\\\\\\"V\\\\\\\"}"})",
    R"(:K=>"V", :x=>1)",
    R"("K" => "V")",
    R"('K' => 'V',)",
    R"({K: 'V'})",
    R"(K=b'V')",
    R"({u'K': u'V'})",
    R"(Config { K: Some("V"), x: 1 })",
    R"(K: Optional("V"))",
    R"(["K"]=> string(7) "V")",
    R"(s:8:"K";s:7:"V";)",
    R"(config["K"] = "V")",
    R"(config['K'] = 'V')",
    R"({&quot;K&quot;:&quot;V&quot;})",
    R"({\u0022K\u0022:\u0022V\u0022})",
    R"(%7B%22K%22%3A%22V%22%7D)",
    R"("{""K"":""V""}")",
    "\u201cK\u201d: \u201cV\u201d",
    R"(K is "V")",
    "\x1b[36mK\x1b[0m=\x1b[1m\"V\"\x1b[0m",
    R"(\u001b[36mK\u001b[0m=\u001b[1m\"V\"\u001b[0m)",
    "#033[36mK#033[0m=\"V\"",
    "<K>V</K>",
    "<a:K type=\"x\">V</a:K>",
    "&lt;K&gt;V&lt;/K&gt;",
    R"(\u003cK\u003eV\u003c/K\u003e)",
    "<K><![CDATA[V]]></K>",
};

// The value ends at a blank, at the line's end, or at what a dress has behind it.
const Texts kBareDresses = {
    "K=V",
    "K=V\r",
    "K: V",
    "K:V",
    "K = V",
    "K   : V",
    "K\t=\tV",
    "x=1 K=V y=2",
    "  K: V",
    "- K: V",
    "export K=V",
    "docker run -e K=V image",
    "cmd --K=V --verbose",
    "cmd -DK=V -jar x",
    "{User:bob K:V Host:x}",
    "User(name=bob, K=V, host=x)",
    "User(name=bob, K=V)",
    "{name=bob, K=V}",
    "[K=V]",
    "user=bob;K=V;host=x",
    "Server=db;User Id=bob;K=V;Initial Catalog=x",
    "user=bob,K=V,host=x",
    "\x1b[36mK=\x1b[0mV\x1b[0m x=1",
    "\x1b[36mK\x1b[0m=V\x1b[0m",
    R"(\x1b[36mK=\x1b[0mV\x1b[0m)",
    R"(\033[36mK=\033[0mV\033[0m)",
    R"({"msg":"a\nK=V\nb"})",
    R"({"msg":"a K=V"})",
    R"({"msg":"x \"K=V\" y"})",
    "'K=V'",
    "curl -d 'user=bob&K=V'",
    "K=[V]",
    "K: [V]",
    "**K**: V",
    "**K:** V",
    "| K=V | x=1 |",
    "K := V",
    "K -> V",
    "<a>K=V</a>",
};

const Texts kQueryDresses = {
    "GET /x?K=V HTTP/1.1",
    "GET /x?a=1&K=V&b=2 HTTP/1.1",
    "\"http://h/x?K=V\"",
    "http://h/x?K=V#top",
    "http://h/x?a=1&amp;K=V&amp;b=2",
    R"({"url":"http://h/x?a=1\u0026K=V\u0026b=2"})",
    "a=1&K=V&b=2",
    "a%3D1%26K%3DV%26b%3D2",
    "url=http%3A%2F%2Fh%3FK%3DV",
};

const Texts kKeys = {"password",    "PASSWORD",   "Password",     "db_password",
                     "DB_PASSWORD", "dbPassword", "DB-Password",  "user.password",
                     "PGPASSWORD",  "passwd",     "MYSQL_PWD",    "db_pass",
                     "DbPass",      "secret",     "clientSecret", "client_secret",
                     "token",       "authToken",  "authtoken",    "x-api-key",
                     "X-Api-Key",   "apikey",     "API_KEY",      "access_key",
                     "password1",   "password_2", "passwords",    "password_confirmation",
                     "newPassword", "auth"};

const Texts kPlainValues = {"hunter2",        "letmein",    "k7Gd93kfLq0Zt5Wx", "Tr0ub4dor.3",
                            "abc/d9+ef==",    "p4$w-r_d~x", "p@ss!w0rd",        "1q2w3e4r5t",
                            "S3cr\xc3\xa9t9", "x*y^z9"};

std::string spelled(const std::string& dress, const std::string& key, const std::string& value) {
  const std::string marked = replaced(replaced(dress, "K", "\x01"), "V", "\x02");
  return replaced(replaced(marked, "\x01", key), "\x02", value);
}

void check_dresses(const Texts& dresses, const Texts& keys, const Texts& values) {
  for (const std::string& dress : dresses) {
    for (const std::string& key : keys) {
      for (const std::string& value : values) {
        const std::string line = spelled(dress, key, value);
        const Texts found = found_by(kScan, line);
        if (found != Texts{value}) {
          INFO(line);
          CHECK(found == Texts{value});
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("key_value: every dress of every key shows its value", "[mask]") {
  check_dresses(kQuotedDresses, kKeys, kPlainValues);
  check_dresses(kBareDresses, kKeys, kPlainValues);
  check_dresses(kQueryDresses, kKeys, kPlainValues);
}

TEST_CASE("key_value: values with signs in them", "[mask]") {
  check_dresses({R"(K="V")", R"({"K": "V", "x": 1})", R"({\"x\":1,\"K\":\"V\"})"}, {"password"},
                {"a b c", "x,y;z&w", "{x}", "it's", "<x>", "a=b", "#1 [x]", "(a)", "a|b"});
  check_dresses({"K=V", "K=V user=bob", "K=V, user=bob", "K=V; user=bob", "K: V"}, {"password"},
                {"x,y9", "x;y9", "x&y9", "Tr0ub4dor&3", "x{y}z", "x(y)", "a'b", "a\"b", "a<3b",
                 "a>b", "a|b", "a)b", "100%22x", "a\\b", "%41bc"});
  check_found(kScan, R"({"password":"a\"b"})", {R"(a\"b)"});
  check_found(kScan, R"({"password":"ab\\","x":1})", {R"(ab\\)"});
  check_found(kScan, R"({"m":"{\"password\":\"a\\\"b\"}"})", {R"(a\\\"b)"});
  check_found(kScan, R"({"m":"{\"password\":\"a\\\\\"}"})", {R"(a\\\\)"});
  check_found(kScan, "password: 'it''s me'", {"it''s me"});
  check_found(kScan, "Pwd={a;b c};Host=x", {"a;b c"});
  check_found(kScan, "password=\"never closed and on", {"never closed and on"});
}

TEST_CASE("key_value: lists, numbers and schemes", "[mask]") {
  check_found(kScan, R"("tokens": ["a1b2", "c3d4"], "x": 1)", {"a1b2", "c3d4"});
  check_found(kScan, R"(\"tokens\":[\"a1b2\",\"c3d4\"])", {"a1b2", "c3d4"});
  check_found(kScan, "passwords: [abc, def]", {"abc", "def"});
  check_found(kScan, R"({"password": 123456, "x": 1})", {"123456"});
  check_found(kScan, R"({"password":123456})", {"123456"});
  check_found(kScan, "Authorization: Bearer q8Xv2", {"q8Xv2"});
  check_found(kScan, R"({"Authorization":["Bearer q8Xv2"]})", {"q8Xv2"});
  check_found(kScan, "authorization=Basic%20x", {"x"});
  check_found(kScan, "token=Bearer+q8Xv2", {"q8Xv2"});
}

TEST_CASE("key_value: what is no key", "[mask]") {
  check_none(kScan, {"password_policy=strict",
                     "token_type=Bearer",
                     "passwordLength: 12",
                     "secretary: ann",
                     "tokens_used=512",
                     "max_tokens: 4096",
                     "total_tokens=77",
                     "tokens=512",
                     "compass=north",
                     "bypass=1x",
                     "author: ann",
                     "authority=x",
                     "Failed password for root from 10.0.0.1 port 22 ssh2",
                     "user NOPASSWD: ALL",
                     "has_password=yes",
                     "hasPassword: true",
                     "password.length=3",
                     "Password::Reset",
                     "token://x",
                     "token, secret and password",
                     "passwd[1234]: changed for bob",
                     "unexpected token: foo",
                     "open /etc/passwd: no such file",
                     "the token is valid",
                     "nextToken: CAUQAA",
                     "next_page_token=CAUQAA",
                     "enter password"});
}

TEST_CASE("key_value: what is no value", "[mask]") {
  check_none(kScan, {"password=",
                     "password:",
                     "password: ''",
                     "\"password\":\"\"",
                     "password: must be at least 8 characters",
                     "Password: does not match",
                     "invalid password: empty",
                     "password is required",
                     "password is too short",
                     "secret=[masked:kv-secret]",
                     "password: [masked:kv-password:9f3c1a7be2d4]",
                     "password=[FILTERED]",
                     "password=<redacted>",
                     "password={{ password }}",
                     "password: {}",
                     "\"secret\": {\"id\": 5}",
                     "\"tokens\": [{\"id\": 5}]",
                     "token = getToken()",
                     "password: |",
                     "password: >-",
                     R"({"prompt":"Password:"})",
                     R"({"prompt":"Password:","user":"bob"})",
                     "usage: login <user> <password> [host]"});
}

TEST_CASE("key_value: a placeholder is returned as a whole", "[mask]") {
  check_found(kScan, "password=${DB_PASS}", {"${DB_PASS}"});
  check_found(kScan, "password=****", {"****"});
  check_found(kScan, "password=%s", {"%s"});
  check_found(kScan, "password: null", {"null"});
  check_found(kScan, R"("password":"[masked:kv-password]")", {"[masked:kv-password]"});
}

TEST_CASE("key_value: a value too long to be looked at is masked to the end of the line",
          "[mask]") {
  const std::string bare = "password=" + std::string(6000, 'a') + " user=bob";
  CHECK(found_by(kScan, bare) == Texts{bare.substr(9)});
  const std::string quoted = "password=\"" + std::string(6000, 'a') + "\" user=bob";
  CHECK(found_by(kScan, quoted) == Texts{quoted.substr(10)});
  const std::string in_tags = "<password>" + std::string(6000, 'a') + "</password>";
  CHECK(found_by(kScan, in_tags) == Texts{in_tags.substr(10)});
}

TEST_CASE("key_value: more members than a hit may have are one secret", "[mask]") {
  std::string line = "tokens: [";
  for (int i = 0; i < 50; ++i) line += "\"t" + std::to_string(i) + "x\", ";
  const Texts found = found_by(kScan, line + "]");
  REQUIRE(found.size() == Secrets::kMax);
  CHECK(found.back().ends_with("t49x"));
}

TEST_CASE("key_value: a line of its own may hold a passphrase", "[mask]") {
  check_found(kScan, "passphrase: correct horse battery staple", {"correct horse battery staple"});
  check_found(kScan, "  - password: quiz amber velvet\r", {"quiz amber velvet"});
  check_none(kScan, {"password: authentication failed for bob", "password: changed by admin",
                     "x password: quiz amber velvet", "password: reset mail sent"});
}

TEST_CASE("key_value: an option's argument is its value", "[mask]") {
  check_dresses({"cmd --K V --verbose", "cmd --K V", "cmd --K 'V' x", R"(["--K","V"])",
                 R"(['cmd', '--K', 'V', '-x'])", R"({\"a\":[\"--K\",\"V\"]})", "cmd -K V | sh"},
                {"password", "db-password", "auth_token", "clientSecret"},
                {"hunter2", "letmein", "k7Gd93kfLq0Zt5Wx", "p@ss!w0rd"});
  check_found(kScan, "set token to \"k7Gd93kf\"", {"k7Gd93kf"});
  check_found(kScan, "token\tk7Gd93kf", {"k7Gd93kf"});
  check_none(kScan, {"cmd --password --verbose", "use --password to set it", "--token",
                     "--password-file /run/x", "give --password or --token", "token\tvalid"});
}

TEST_CASE("key_value: a token to reset with is one, the deed is none", "[mask]") {
  const Scan scan{scan_key_value, {"token", "password"}};
  check_found(scan, "?reset_token=k7Gd93kf&x=1", {"k7Gd93kf"});
  check_found(scan, "resetToken: 'k7Gd93kf'", {"k7Gd93kf"});
  check_none(scan, {"reset token: expired now", "reset_password=k7Gd93kf"});
}

TEST_CASE("key_value: lists of Go, items of lists, tags as names", "[mask]") {
  check_found(kScan, R"("Password":[]string{"k7Gd93kf", "q8Xv2LkZ"})", {"k7Gd93kf", "q8Xv2LkZ"});
  check_found(kScan, R"(["A=b", "DB_PASSWORD=open sesame 42", "C=d"])", {"open sesame 42"});
  check_found(kScan, R"("msg":"password=k7Gd93kf user=bob",)", {"k7Gd93kf"});
  check_found(kScan, "<password>a&lt;b12</password>", {"a&lt;b12"});
  check_found(kScan, "password%3Dwinter%2520is%2521%26x", {"winter%2520is%2521"});
  check_none(kScan, {"password=<password>\\n\",\"x\":1", "password: !vault |"});
}

TEST_CASE("key_value: code is no value", "[mask]") {
  check_none(kScan, {"const password = process.env.DB_PASSWORD;", "self.password = password",
                     "password := os.Getenv(\"X\")", "password: Optional[str] = None",
                     "self._password = handler.password", "password = rlist[0].read()"});
  check_found(kScan, "password = k7Gd.93kf", {"k7Gd.93kf"});
}

TEST_CASE("key_value: a word behind client_secret is taken for chosen", "[mask]") {
  const Scan scan{scan_key_value, {"secret"}};
  const auto is_chosen = [&](std::string_view line) {
    const std::vector<Secret> found = secrets_of(scan, line);
    return found.size() == 1 && found.front().is_quoted;
  };
  CHECK(is_chosen("client_secret=letmein"));
  CHECK(is_chosen("jwt.secret: superman"));
  CHECK(is_chosen("secret=baseball"));
  CHECK_FALSE(is_chosen("secret: baseball"));
  CHECK_FALSE(is_chosen("tls_secret=webtls"));
  CHECK_FALSE(is_chosen("client_secret=web-tls"));
}

TEST_CASE("key_value: a bracket that nothing closes belongs to the value", "[mask]") {
  check_found(kScan, "PASSWORD={hunTer2Xq9", {"{hunTer2Xq9"});
  check_found(kScan, "password: (hunTer2Xq9", {"(hunTer2Xq9"});
}
