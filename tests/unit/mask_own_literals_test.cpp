// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "mask/own_literals.h"

using namespace logd;

namespace {

// What of `text` is masked, in the order in which it stands there.
std::vector<std::string> found(const std::vector<std::string>& environment, std::string_view text) {
  const OwnLiterals literals(environment, {});
  std::vector<LiteralFinder::Hit> hits;
  std::vector<Edit> edits;
  literals.find(text, hits, edits);
  std::sort(edits.begin(), edits.end(),
            [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  std::vector<std::string> parts;
  for (const Edit& edit : edits) parts.emplace_back(text.substr(edit.begin, edit.end - edit.begin));
  return parts;
}

using Texts = std::vector<std::string>;

std::string secret_of(std::string_view value) {
  return std::string(secret_of_variable(value).value_or("nothing"));
}

}  // namespace

static_assert(is_secret_name("DB_PASSWORD"));

TEST_CASE("is_secret_name: names under which programs are given secrets", "[mask]") {
  for (const char* name : {"PASSWORD",
                           "DB_PASSWORD",
                           "PGPASSWORD",
                           "MYSQL_PWD",
                           "MYSQL_ROOT_PASSWORD",
                           "AWS_SECRET_ACCESS_KEY",
                           "AWS_SESSION_TOKEN",
                           "NPM_TOKEN",
                           "NODE_AUTH_TOKEN",
                           "JWT_SECRET_KEY",
                           "SECRET_KEY_BASE",
                           "apiKey",
                           "OPENAI_API_KEY",
                           "API_KEY_PROD",
                           "api.key",
                           "CI_JOB_TOKEN",
                           "REDIS_AUTH",
                           "SENTRY_DSN",
                           "github_token",
                           "GITHUB_PAT",
                           "GH_TOKEN2",
                           "dbPassword",
                           "DBPassword",
                           "spring.datasource.password",
                           "ConnectionStrings__Default",
                           "AZURE_STORAGE_CONNECTION_STRING",
                           "STRIPE_SECRET",
                           "SLACK_WEBHOOK_URL",
                           "TLS_KEY",
                           "VAULT_SECRET_ID",
                           "ENCRYPTION_KEY",
                           "LDAP_BIND_PW",
                           "ERLANG_COOKIE",
                           "AUTH_SALT",
                           "RABBITMQPASS",
                           "GPG_PASSPHRASE",
                           "npm_config__auth",
                           "BORG_PASSPHRASE",
                           "X-Api-Key",
                           "PASSWORD_HASH",
                           "GOOGLE_CREDENTIALS",
                           "LICENSE_KEY",
                           "TOKEN"}) {
    CAPTURE(name);
    CHECK(is_secret_name(name));
  }
}

TEST_CASE("is_secret_name: names that only sound like it", "[mask]") {
  for (const char* name : {"",
                           "_",
                           "PATH",
                           "HOME",
                           "PWD",
                           "OLDPWD",
                           "SSH_AUTH_SOCK",
                           "XAUTHORITY",
                           "KEYBOARD",
                           "XKB_DEFAULT_LAYOUT",
                           "TOKENIZERS_PARALLELISM",
                           "DBUS_SESSION_BUS_ADDRESS",
                           "PASSWORD_MIN_LENGTH",
                           "PASSWORD_FILE",
                           "POSTGRES_PASSWORD_FILE",
                           "SSH_KEY_PATH",
                           "SSH_ASKPASS",
                           "GIT_ASKPASS",
                           "TOKEN_URL",
                           "TOKEN_TTL",
                           "SECRET_NAME",
                           "SECRET_ARN",
                           "AWS_ACCESS_KEY_ID",
                           "PUBLIC_KEY",
                           "STRIPE_PUBLISHABLE_KEY",
                           "GPG_KEY",
                           "PRIMARY_KEY",
                           "CACHE_KEY",
                           "AUTH_ENABLED",
                           "AUTH_MODE",
                           "AUTHOR",
                           "KEYCLOAK_HOST",
                           "MONKEY",
                           "COMPASS",
                           "BYPASS",
                           "CREDENTIALS_DIRECTORY_PATH",
                           "JWT_ALGORITHM",
                           "JWT_EXPIRES_IN",
                           "SESSION_ID",
                           "HOSTNAME",
                           "DATABASE_URL",
                           "KEYMAP",
                           "LS_COLORS",
                           "DESKTOP_SESSION"}) {
    CAPTURE(name);
    CHECK_FALSE(is_secret_name(name));
  }
}

TEST_CASE("password_in_url: that of the first URL with one", "[mask]") {
  CHECK(password_in_url("postgres://app:pa55word@db:5432/shop") == "pa55word");
  CHECK(password_in_url("redis://:hunter2hunter2@cache:6379/0") == "hunter2hunter2");
  CHECK(password_in_url("amqp://mq1:5672,amqp://user:at@sign@mq2/") == "at@sign");
  CHECK(password_in_url("see https://host/a:b@c or ftp://u:p@h") == "p");
  CHECK(password_in_url("https://user@host/") == std::nullopt);
  CHECK(password_in_url("https://user:@host/") == std::nullopt);
  CHECK(password_in_url("https://host:8080/@scope/x") == std::nullopt);
  CHECK(password_in_url("://") == std::nullopt);
  CHECK(password_in_url("") == std::nullopt);
}

TEST_CASE("secret_of_variable: what of a value is secret", "[mask]") {
  CHECK(secret_of("kX9vLq27RmZt") == "kX9vLq27RmZt");
  CHECK(secret_of("postgres://app:kX9vLq27RmZt@db/shop") == "kX9vLq27RmZt");
  CHECK(secret_of("https://9f3c51aa0b7e4d6f8a2b1c3d4e5f6071@o1.ingest.sentry.io/42") ==
        "9f3c51aa0b7e4d6f8a2b1c3d4e5f6071");
  CHECK(secret_of("https://hooks.example.com/in/T01/kX9vLq27RmZtPw4sYb8c") ==
        "kX9vLq27RmZtPw4sYb8c");
  CHECK(secret_of("Server=db;User Id=sa;Password=kX9vLq27RmZt;Encrypt=True") == "kX9vLq27RmZt");
  CHECK(secret_of("AccountName=a;AccountKey=kX9vLq27RmZtPw4s==;End=x") == "kX9vLq27RmZtPw4s==");
  CHECK(secret_of("host=db user=app password=kX9vLq27RmZt") == "kX9vLq27RmZt");
  CHECK(secret_of("app:kX9vLq27RmZt@tcp(db:3306)/shop") == "kX9vLq27RmZt");
  // What reads like a connection string by chance.
  CHECK(secret_of("kX9vLq27&pass=RmZtPw4s") == "kX9vLq27&pass=RmZtPw4s");
  CHECK(secret_of("kX9vLq27RmZt+Pw==") == "kX9vLq27RmZt+Pw==");

  for (const char* value :
       {"", "short1", "production", "/run/secrets/db", "12345678", "changeme", "${DB_PASSWORD}",
        "https://auth.example.com/", "postgres://app:postgres@db/shop", "https://git@host/x"}) {
    CAPTURE(value);
    CHECK(secret_of(value) == "nothing");
  }
  CHECK(secret_of(std::string(4097, 'x') + "Y7") == "nothing");
  CHECK(secret_of("kX9vLq27\nRmZt") == "nothing");
}

TEST_CASE("OwnLiterals: a secret is found in the forms in which logs print it", "[mask]") {
  const std::string secret = "p@ss \"w0rd\"/1";
  CHECK(found({secret}, "login with " + secret + " failed") == Texts{secret});
  CHECK(found({secret}, R"({"p":"p@ss \"w0rd\"/1"})") == Texts{R"(p@ss \"w0rd\"/1)"});
  CHECK(found({secret}, "?p=p%40ss%20%22w0rd%22%2F1&x") == Texts{"p%40ss%20%22w0rd%22%2F1"});
  // The digits of its last, incomplete group depend on what follows.
  CHECK(found({secret}, "Basic cEBzcyAidzByZCIvMQ==") == Texts{"cEBzcyAidzByZCIv"});
  // What a URL had to write in codes is printed without as well.
  CHECK(found({"p%40ss%2Fw0rd%21"}, "bad password p@ss/w0rd!") == Texts{"p@ss/w0rd!"});
}

TEST_CASE("OwnLiterals: the forms of other writers of JSON, codes and base64", "[mask]") {
  CHECK(found({"p&ss<w0rd>99"}, R"({"p":"p\u0026ss\u003cw0rd\u003e99"})") ==
        Texts{R"(p\u0026ss\u003cw0rd\u003e99)"});
  CHECK(found({"pass/w0rd/99"}, R"({"p":"pass\/w0rd\/99"})") == Texts{R"(pass\/w0rd\/99)"});
  CHECK(found({"p@ss w0rd/99"}, "?p=p%40ss+w0rd%2f99&x") == Texts{"p%40ss+w0rd%2f99"});
  CHECK(found({"ünïcöde-sécret9"}, R"({"p":"\u00fcn\u00efc\u00f6de-s\u00e9cret9"})") ==
        Texts{R"(\u00fcn\u00efc\u00f6de-s\u00e9cret9)"});
  CHECK(found({"tab\tsecret9"}, R"({"p":"tab\tsecret9"})") == Texts{R"(tab\tsecret9)"});
  CHECK(found({"quo\"te-s3cret"}, R"({"log":"{\"p\":\"quo\\\"te-s3cret\"}"})") ==
        Texts{R"(quo\\\"te-s3cret)"});
  CHECK(found({"pass/w@rd/99"}, "/pass/w%40rd/99/x") == Texts{"pass/w%40rd/99"});
  // "u:" and "x" before it.
  CHECK(found({"kX9vLq27RmZtPw4s?>"}, "Basic dTprWDl2THEyN1JtWnRQdzRzPz4=") ==
        Texts{"WDl2THEyN1JtWnRQdzRz"});
  CHECK(found({"kX9vLq27RmZtPw4s?>"}, "Basic eGtYOXZMcTI3Um1adFB3NHM/Pg==") ==
        Texts{"OXZMcTI3Um1adFB3NHM/"});
  CHECK(found({"kX9vLq27RmZtPw4s?>"}, "key=a1g5dkxxMjdSbVp0UHc0cz8-") ==
        Texts{"a1g5dkxxMjdSbVp0UHc0cz8-"});
}

TEST_CASE("OwnLiterals: the case of letters counts", "[mask]") {
  CHECK(found({"kX9vLq27"}, "KX9VLQ27 kx9vlq27") == Texts{});
  CHECK(found({"kX9vLq27"}, "KX9VLQ27 kX9vLq27") == Texts{"kX9vLq27"});
}

TEST_CASE("OwnLiterals: what is too short or too long is refused", "[mask]") {
  CHECK(OwnLiterals(Texts{"kX9vLq2"}, {}).is_empty());
  CHECK_FALSE(OwnLiterals(Texts{"kX9vLq27"}, {}).is_empty());
  CHECK(OwnLiterals(Texts{std::string(kMaxLiteralBytes + 1, 'q')}, {}).is_empty());
  CHECK(found({"", "a", "kX9vLq2"}, "a kX9vLq2") == Texts{});
}

TEST_CASE("OwnLiterals: secrets within and across each other are all found", "[mask]") {
  const Texts secrets{"kX9vLq27", "kX9vLq27RmZt", "27RmZtPw4s"};
  CHECK(found(secrets, "x kX9vLq27RmZtPw4s y").size() == 3);
  CHECK(found(secrets, "x kX9vLq27R y") == Texts{"kX9vLq27"});
  CHECK(found({"aaaaaaaab"}, "aaaaaaaaaaaab") == Texts{"aaaaaaaab"});
}
