// SPDX-License-Identifier: Apache-2.0
#include "mask/private_key.h"
#include "mask_scanners.h"

using namespace logd;
using namespace logd::mask_testing;

namespace {

const Scan kScan{scan_private_key, {"private key", "private-lines"}};
const std::string kRow = "MIIEowIBAAKCAQEAx7Gd93kfLq0Zt5Wx8aB3nM1cQe4RvTyUiOpLkJhGfDsAzXcV";
const std::string kLast = "q8Xv2Qw=";

const Texts kLabels = {"PRIVATE KEY",          "RSA PRIVATE KEY",     "EC PRIVATE KEY",
                       "DSA PRIVATE KEY",      "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY",
                       "PGP PRIVATE KEY BLOCK"};

// What is masked of each line, as the engine reads a stream.
Texts masked_of(const Texts& lines) {
  Texts masked;
  PrivateKeyState state;
  for (const std::string& line : lines) {
    if (state.is_inside()) {
      const KeyLine found = next_key_line(line, state);
      REQUIRE(found.begin <= found.end);
      REQUIRE(found.end <= line.size());
      masked.push_back(line.substr(found.begin, found.end - found.begin));
      state = found.next;
    } else {
      masked.emplace_back();
    }
    if (begins_key(line)) state = {1, 0};
  }
  return masked;
}

}  // namespace

TEST_CASE("private_key: on one line, the body between BEGIN and END", "[mask]") {
  for (const std::string& label : kLabels) {
    for (const std::string newline : {"\\n", "\\\\n", "\\r\\n", " ", "\\\\\\\\n"}) {
      const std::string body = newline + kRow + newline + kRow + newline + kLast + newline;
      const std::string key =
          "-----BEGIN " + label + "-----" + body + "-----END " + label + "-----";
      check_found(kScan, key, {body});
      check_found(kScan, "{\"key\":\"" + key + newline + "\",\"x\":1}", {body});
      CHECK_FALSE(begins_key(key));
    }
  }
  const std::string with_headers =
      "\\nProc-Type: 4,ENCRYPTED\\nDEK-Info: AES-128-CBC,0F\\n\\n" + kRow + "\\n";
  check_found(kScan,
              "-----BEGIN RSA PRIVATE KEY-----" + with_headers + "-----END RSA PRIVATE KEY-----",
              {with_headers});
  check_found(kScan, "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\\n" + kRow + "\\n---- END SSH2",
              {"\\n" + kRow + "\\n"});
  check_found(kScan, "Private-Lines: 2\\n" + kRow + "\\n" + kLast + "\\nPrivate-MAC: 1f2e",
              {"\\n" + kRow + "\\n" + kLast + "\\n"});
}

TEST_CASE("private_key: cut off, the rest of the line", "[mask]") {
  check_found(kScan, "x -----BEGIN RSA PRIVATE KEY-----\\n" + kRow + "\\nMII",
              {"\\n" + kRow + "\\nMII"});
}

TEST_CASE("private_key: public keys, certificates and lone markers stay", "[mask]") {
  const std::string body = "\\n" + kRow + "\\n";
  check_none(kScan, {"-----BEGIN PUBLIC KEY-----" + body + "-----END PUBLIC KEY-----",
                     "-----BEGIN CERTIFICATE-----" + body + "-----END CERTIFICATE-----",
                     "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----",
                     "expected -----BEGIN PRIVATE KEY----- but found something else",
                     "private key loaded from /etc/x.pem", "BEGIN PRIVATE KEY " + kRow});
}

TEST_CASE("private_key: over many lines, with and without a prefix", "[mask]") {
  for (const std::string prefix : {"", "  ", "2026-01-02T03:04:05Z app[12]: ", "\t| "}) {
    for (const std::string end : {"", "\r"}) {
      const Texts lines = {prefix + "-----BEGIN RSA PRIVATE KEY-----" + end,
                           prefix + "Proc-Type: 4,ENCRYPTED" + end,
                           prefix + "DEK-Info: AES-128-CBC,0F1E2D" + end,
                           prefix + end,
                           prefix + kRow + end,
                           prefix + kRow + end,
                           prefix + "-----END RSA PRIVATE KEY-----" + end,
                           prefix + kRow + end};
      CHECK(masked_of(lines) == Texts{"", "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,0F1E2D",
                                      "", kRow, kRow, "", ""});
    }
  }
  CHECK(masked_of({"-----BEGIN PRIVATE KEY-----", kRow, kLast, "-----END PRIVATE KEY-----",
                   kRow}) == Texts{"", kRow, kLast, "", ""});
  CHECK(masked_of({"PuTTY-User-Key-File-3: ssh-rsa", "Private-Lines: 2", kRow, kLast,
                   "Private-MAC: 1f2e", kRow}) == Texts{"", "", kRow, kLast, "", ""});
  CHECK(masked_of({"\"-----BEGIN PRIVATE KEY-----\\n\" +", "\"" + kRow + "\\n\" +"}).back() ==
        kRow);
}

TEST_CASE("private_key: behind a lone marker harmless lines stay", "[mask]") {
  const Texts lines = {"error: expected -----BEGIN RSA PRIVATE KEY-----",
                       "done",
                       "INFO",
                       "commit 3f786850e387550fdab836ed7e6dc881de23001b",
                       "GET /api/v1/Users/List/All HTTP/1.1",
                       "at com.example.Service.handle(Service.java:12)"};
  CHECK(masked_of(lines) == Texts(lines.size()));
}

TEST_CASE("private_key: with a remark or a colour on each line", "[mask]") {
  for (const std::string after :
       {"\x1b[0m", " (main.go:12)", "  |", ";", " <<<", " pid=12/", "<br>"}) {
    const std::string before = after[0] == '\x1b' ? "\x1b[1;31m" : "| ";
    CHECK(masked_of({before + "-----BEGIN RSA PRIVATE KEY-----" + after, before + kRow + after,
                     before + kRow + after, before + "-----END RSA PRIVATE KEY-----" + after}) ==
          Texts{"", kRow, kRow, ""});
  }
}

TEST_CASE("private_key: lines of other threads may stand in its body, but not many", "[mask]") {
  const std::string begin = "x: -----BEGIN RSA PRIVATE KEY-----";
  const std::string end = "x: -----END RSA PRIVATE KEY-----";
  CHECK(masked_of({begin, kRow, "listening on port 80", kRow, "ready", "steady", kRow, end,
                   kRow}) == Texts{"", kRow, "", kRow, "", "", kRow, "", ""});
  CHECK(masked_of({begin, "request served in 12 ms", kRow}) == Texts{"", "", kRow});
  Texts lines(120, "listening on port 80");
  lines.insert(lines.begin(), {begin, kRow});
  lines.push_back(kRow);
  CHECK(masked_of(lines).back().empty());
}

TEST_CASE("private_key: a key has an end of lines and of bytes", "[mask]") {
  Texts lines(300, kRow);
  lines.insert(lines.begin(), "-----BEGIN PRIVATE KEY-----");
  const Texts masked = masked_of(lines);
  CHECK(masked[100] == kRow);
  CHECK(masked[290].empty());
  const KeyLine large = next_key_line(std::string(20000, 'a') + "1", {2, 64});
  CHECK(large.end == 20001);
  CHECK_FALSE(large.next.is_inside());
}

TEST_CASE("private_key: over many lines of JSON", "[mask]") {
  const std::string docker = "\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}";
  const std::string row = kRow.substr(0, 40);
  CHECK(masked_of({"{\"n\":0,\"msg\":\"-----BEGIN PRIVATE KEY-----\"}",
                   "{\"n\":1,\"msg\":\"" + kRow + "\"}", "{\"n\":2,\"msg\":\"\"}",
                   "{\"n\":3,\"msg\":\"" + row + "\"}"}) == Texts{"", kRow, "", row});
  CHECK(masked_of({"{\"log\":\"-----BEGIN PRIVATE KEY-----" + docker, "{\"log\":\"" + kRow + docker,
                   "{\"log\":\"-----END PRIVATE KEY-----" + docker,
                   "{\"log\":\"" + kRow + docker}) == Texts{"", kRow, "", ""});
  CHECK(masked_of({"x | -----BEGIN PGP PRIVATE KEY BLOCK-----", "x | Version: GnuPG v2", "x | ",
                   "x | " + kRow}) == Texts{"", "Version: GnuPG v2", "", kRow});
}
