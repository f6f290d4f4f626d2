// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>

#include "mask/text_checks.h"
#include "mask/words.h"
#include "mask_validators.h"

using namespace logd;
using namespace logd::mask_testing;

namespace {

constexpr std::string_view kBase62 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The share, in percent, of `count` random texts that `spelling` turns down.
double rejected_percent(std::string_view spelling, std::string_view alphabet, std::size_t size,
                        int count) {
  std::mt19937 random(20260101);
  std::uniform_int_distribution<std::size_t> choice(0, alphabet.size() - 1);
  const Validator asked = validator(spelling);
  int rejected = 0;
  for (int i = 0; i < count; ++i) {
    std::string text;
    for (std::size_t c = 0; c < size; ++c) text += alphabet[choice(random)];
    rejected += asked.accepts(text) ? 0 : 1;
  }
  return 100.0 * rejected / count;
}

}  // namespace

TEST_CASE("not_placeholder: fillers and masks are no secrets", "[mask]") {
  check_rejected("not_placeholder", {"",
                                     "\"\"",
                                     "-",
                                     "*",
                                     "?",
                                     "xx",
                                     "xxx",
                                     "XXXXXXXX",
                                     "****",
                                     "....",
                                     "----",
                                     "#####",
                                     "aaa",
                                     "0000",
                                     "11111111",
                                     "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                                     "glpat-XXXXXXXXXXXXXXXXXXXX",
                                     "AKIAXXXXXXXXXXXXXXXX",
                                     "sk-0000-0000-0000",
                                     "xxxx-xxxx-xxxx",
                                     "00000000-0000-0000-0000-000000000000",
                                     "sk_test_****",
                                     "****1234",
                                     "abcd****",
                                     "sk-...",
                                     "eyJhbGciOi...",
                                     "eyJhbGci\u2026",
                                     "\u2022\u2022\u2022\u2022\u2022",
                                     "'xxxxxx'",
                                     "AKIA****************",
                                     "abababab",
                                     "1a2b1a2b1a2b1a2b"});
}

TEST_CASE("not_placeholder: variables and formats are no secrets", "[mask]") {
  check_rejected("not_placeholder", {"${TOKEN}",
                                     "$TOKEN",
                                     "$DB_PASS",
                                     "$db_password",
                                     "$password",
                                     "$1",
                                     "$(cat key)",
                                     "${{ secrets.GITHUB_TOKEN }}",
                                     "{{ password }}",
                                     "{{password}}",
                                     "{password}",
                                     "{0}",
                                     "{}",
                                     "#{token}",
                                     "%s",
                                     "%d",
                                     "%-10.3lf",
                                     "%v",
                                     "%q",
                                     "%(password)s",
                                     "%{token}",
                                     "%PASSWORD%",
                                     "${DB_PASS:-}",
                                     "Bearer-${TOKEN}",
                                     "{{ .Values.token }}",
                                     "<password>",
                                     "<your token here>",
                                     "<redacted>",
                                     "[Filtered]",
                                     "[REDACTED]",
                                     "(null)",
                                     "(none)",
                                     "[masked:github-pat]",
                                     "[masked:git",
                                     "sk-...abcd",
                                     "[masked:card:\u20261111]",
                                     "[masked:email:9f3c1a7be2d4]",
                                     "<token1>",
                                     "[object Object]"});
}

TEST_CASE("not_placeholder: words that stand for nothing are no secrets", "[mask]") {
  check_rejected("not_placeholder", {"null",
                                     "NULL",
                                     "nil",
                                     "None",
                                     "true",
                                     "FALSE",
                                     "undefined",
                                     "n/a",
                                     "NaN",
                                     "YES",
                                     "no",
                                     "required",
                                     "invalid",
                                     "redacted",
                                     "changeme",
                                     "ChangeMe",
                                     "change-me",
                                     "change_this",
                                     "todo",
                                     "foobar",
                                     "dummy",
                                     "your-api-key",
                                     "YOUR_API_KEY",
                                     "your_token_here",
                                     "yourpassword",
                                     "sk_your_key",
                                     "xoxb-your-token",
                                     "ghp_your_token_here",
                                     "example",
                                     "example-token",
                                     "AKIAIOSFODNN7EXAMPLE",
                                     "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                     "api_key_placeholder",
                                     "insert-token-here",
                                     "api_key_here",
                                     "replace_with_your_key",
                                     "dummy-token",
                                     "'null'",
                                     "\"undefined\""});
}

TEST_CASE("not_placeholder: sequences are no secrets", "[mask]") {
  check_rejected("not_placeholder",
                 {"1234", "12345678", "1234567890", "0123456789", "abcd", "abcdefgh", "ABCDEF",
                  "4321", "87654321", "0123456789abcdef", "sk-1234567890",
                  "1234567890abcdef1234567890abcdef", "ghp_1234567890abcdefghijklmnopqrstuvwxyz",
                  "abcdefghijklmnopqrstuvwxyz0123456789", "1234-5678"});
}

TEST_CASE("not_placeholder: secrets that look a little like it stay secrets", "[mask]") {
  check_accepted("not_placeholder", {"a",
                                     "7",
                                     "hunter2",
                                     "password",
                                     "secret",
                                     "letmein",
                                     "abc123",
                                     "admin123",
                                     "Passw0rd!",
                                     "correct-horse-battery-staple",
                                     "get_me_out_of_here",
                                     "Eat-your-greens-22",
                                     "$ecret123",
                                     "$Passw0rd",
                                     "%4fooBar",
                                     "<Xk29dkL2!x>",
                                     "{aB3$kk91Lm}",
                                     "nullpointer7",
                                     "truelove99",
                                     "Exampl3",
                                     "https://hooks.example.com/T8f2kQ9",
                                     "user@example.com",
                                     "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid",
                                     "AAAAB3NzaC1yc2EAAAADAQABAAABgQC7",
                                     "ab***cd12efgh",
                                     "12345a",
                                     "4711",
                                     "9182",
                                     "aab",
                                     "wwWnullxXx0OQvTrue91",
                                     "ghp_7fK2mQ9xLw4TzB8vRn3YcD6hJp1SgX5aE0uZ",
                                     "pass-0000",
                                     "0.0.x",
                                     "abcXYZ123",
                                     "wait...what",
                                     "[masked:x]Xk29dkL2",
                                     "123456789a",
                                     "yourmom1",
                                     "1a2b3c4d",
                                     "realsecretvalue42",
                                     "q1w2e3r4"});
  CHECK(accepts("not_placeholder", "AKIAJ7Q2XM4LPT9RWD3K"));
}

TEST_CASE("not_placeholder: random texts are none", "[mask]") {
  CHECK(rejected_percent("not_placeholder", kBase62, 8, 20000) == 0);
  CHECK(rejected_percent("not_placeholder", kBase64Url, 20, 20000) == 0);
  CHECK(rejected_percent("not_placeholder", kHex, 16, 20000) == 0);
}

TEST_CASE("not_word: names of programs and English are words", "[mask]") {
  check_rejected("not_word", {"password",
                              "authenticated",
                              "isBatteryLow",
                              "KeyguardUpdateMonitor",
                              "refreshTokenService",
                              "access_token_expired",
                              "user-session-store",
                              "org.apache.hadoop.hdfs.server.datanode",
                              "com.android.server.am.ActivityManagerService",
                              "nova.compute.manager",
                              "MAX_RETRY_COUNT",
                              "ApplicationMasterLauncher",
                              "std::string_view",
                              "HTTPServerError",
                              "getAccessToken",
                              "utf8_general",
                              "sha256sum",
                              "int32_t",
                              "TLSv1.2",
                              "libsystemd",
                              "kube-controller-manager",
                              "The quick brown fox",
                              "internal/auth/token",
                              "onCreateView",
                              "SSLHandshakeException",
                              "Content-Type",
                              "systemd-journald",
                              "invalid_grant",
                              "bucket",
                              "PacketResponder"});
}

TEST_CASE("not_word: random letters and digits are none", "[mask]") {
  check_accepted(
      "not_word",
      {"7fK2mQ9xLw4T", "ghp_7fK2mQ9xLw4TzB8vRn3YcD6hJp1SgX5aE0uZ", "9f86d081884c7d659a2f",
       "wJalrXUtnFEMI/K7MDENG", "dGhpc2lzYXNlY3JldGtleQ==", "xkcdqvjzwphmrtgb",
       "session-8f7a9c2b1d4e6f30", "my-production-database-password-is-Xk29dJq1Zp7w", "12345678",
       "550e8400-e29b-41d4-a716-446655440000", "\xff\xfe\xfd"});
  CHECK(rejected_percent("not_word", kBase62, 12, 20000) < 1.0);
  CHECK(rejected_percent("not_word", kBase62, 16, 20000) < 0.2);
  CHECK(rejected_percent("not_word", kBase62, 24, 20000) < 0.02);
  CHECK(rejected_percent("not_word", kHex, 12, 20000) < 0.6);
  CHECK(rejected_percent("not_word", kHex, 16, 20000) < 0.15);
  CHECK(rejected_percent("not_word", kBase64Url, 16, 20000) < 0.3);
  CHECK(rejected_percent("not_word", "abcdefghijklmnopqrstuvwxyz", 20, 20000) < 0.5);
}

TEST_CASE("not_uuid, not_hex_digest: ids of that shape are no secrets", "[mask]") {
  check_rejected(
      "not_uuid",
      {"550e8400-e29b-41d4-a716-446655440000", "550E8400-E29B-41D4-A716-446655440000",
       "{550e8400-e29b-41d4-a716-446655440000}", "urn:uuid:550e8400-e29b-41d4-a716-446655440000"});
  check_accepted("not_uuid",
                 {"550e8400e29b41d4a716446655440000", "550e8400-e29b-41d4-a716-44665544000",
                  "550e8400-e29b-41d4-a716-44665544000g", "550e8400-e29b-41d4-a716-4466554400000",
                  "{550e8400-e29b-41d4-a716-446655440000", "550e8400_e29b_41d4_a716_446655440000"});
  check_rejected("not_hex_digest",
                 {"d41d8cd98f00b204e9800998ecf8427e", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                  "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"});
  check_accepted("not_hex_digest",
                 {"d41d8cd98f00b204e9800998ecf8427", "d41d8cd98f00b204e9800998ecf8427eE",
                  "D41d8cd98f00b204e9800998ecf8427e", "g41d8cd98f00b204e9800998ecf8427e"});
}

TEST_CASE("not_path: paths are no secrets, base64 with slashes is", "[mask]") {
  check_rejected(
      "not_path",
      {"/etc/passwd", "/var/lib/docker/overlay2/9f86d081884c", "/home/ann/.ssh/id_rsa",
       "/run/secrets/db_password", "~/.aws/credentials", "./config/secrets.yml", "../token.txt",
       "C:\\Users\\ann\\key.pem", "C:/keys/server.key", "\\\\server\\share\\token",
       "file:///etc/ssl/private/key.pem", "config/secrets.yml", "src/main/java/Token.java",
       "internal/auth/token/store", "/api/v1/users/1234", "/usr/lib/x86_64-linux-gnu/libc.so.6"});
  check_accepted("not_path",
                 {"/9j/4AAQSkZJRgABAQEAYABgAAD", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ8vT2mKey",
                  "/q7Xw2/Lk9ZpR3t8sVb1n+0yHc=", "hunter2", "pass/word", "and/or", "/", "~", "a/b",
                  "K7MD/7xZ.ab", "correct/horse"});
}

TEST_CASE("mixed: counts kinds of characters", "[mask]") {
  CHECK(accepts("mixed(1)", "a"));
  CHECK_FALSE(accepts("mixed(2)", "abc"));
  CHECK(accepts("mixed(2)", "aB"));
  CHECK(accepts("mixed(3)", "aB3"));
  CHECK_FALSE(accepts("mixed(4)", "aB3"));
  CHECK(accepts("mixed(4)", "aB3-"));
  CHECK(accepts("mixed(2)", "a\xe9"));
  CHECK_FALSE(accepts("mixed(1)", ""));
}

TEST_CASE("base64: what decodes to enough bytes", "[mask]") {
  CHECK(accepts("base64(16)", "AAECAwQFBgcICQoLDA0ODw=="));
  CHECK(accepts("base64(16)", "AAECAwQFBgcICQoLDA0ODw"));
  CHECK_FALSE(accepts("base64(17)", "AAECAwQFBgcICQoLDA0ODw=="));
  CHECK(accepts("base64(6)", "-_-_-_-_"));
  CHECK(accepts("base64(6)", "+/+/+/+/"));
  check_rejected("base64(1)",
                 {"", "=", "A", "A===", "AA=", "+_+_", "ab cd", "ab\ncd", "abc=d", "AAAAA"});
  CHECK(accepts("base64(1)", "AA"));
  CHECK(accepts("base64(1)", "AA=="));
  CHECK(accepts("base64(2)", "AAA="));
}

TEST_CASE("entropy: bits per byte", "[mask]") {
  CHECK(entropy("") == 0);
  CHECK(entropy("aaaa") == Approx(0));
  CHECK(entropy("abab") == Approx(1));
  CHECK(entropy("abcdefgh") == Approx(3));
  // -sum(p * log2(p)) of the letters of the word, by hand: 1/11, 4/11, 4/11, 2/11.
  CHECK(entropy("mississippi") == Approx(1.8230).epsilon(1e-4));
  CHECK(accepts("entropy(3)", "abcdefgh"));
  CHECK_FALSE(accepts("entropy(3.01)", "abcdefgh"));
  std::string all_bytes;
  for (int c = 0; c < 256; ++c) all_bytes += static_cast<char>(c);
  CHECK(entropy(all_bytes) == Approx(8));
  // Only the first 4 KiB count.
  CHECK(entropy(std::string(4096, 'a') + all_bytes) == Approx(0));
  CHECK(entropy(std::string(100, 'a') + std::string(100, 'b')) == Approx(1));
}

TEST_CASE("not_status: what became of a password is none", "[mask]") {
  check_rejected("not_status",
                 {"changed", "Incorrect", "incorrect.", "OK", "must be at least 8 characters",
                  "is too short", "can't be blank", "does not match", "Invalid or expired",
                  ":password", ":new_password", "@p0"});
  check_accepted("not_status", {"password", "secret", "admin", "hunter2", "changed1",
                                "correct horse battery staple", "setup", "", "@pple1", ":-)",
                                "okidoki", "must" + std::string(5000, 'y')});
}

TEST_CASE("not_object_name, not_count: what stands where a secret would", "[mask]") {
  check_rejected("not_object_name", {"kube-system/webhook-ca", "default/my-tls", "ns/app.config"});
  check_accepted("not_object_name",
                 {"my-tls", "k7gd93kf/lq0zt5wx", "Abc/Def", "/a", "a/", "a/b/c", ""});
  check_rejected("not_count", {"0", "12", "999"});
  check_accepted("not_count", {"1234", "12a", "", "1.5"});
}

TEST_CASE("basic_auth: base64 of a user and a password", "[mask]") {
  check_accepted("basic_auth", {"Ym9iOmh1bnRlcjI=", "Ym9iOmh1bnRlcjI", "OmszR2Q5M2tm", "YWRtaW46"});
  check_rejected("basic_auth", {"authentication", "bm90aGluZ2hlcmU=", "", "Ym9i!mh1", "AAECAzo="});
}

TEST_CASE("password: no placeholder, but rows of digits", "[mask]") {
  check_accepted("password", {"123456", "1234", "111111", "hunter2", "letmein"});
  check_rejected("password", {"****", "xxxx", "${DB_PASS}", "null", "1234567890", "abcdef"});
}
