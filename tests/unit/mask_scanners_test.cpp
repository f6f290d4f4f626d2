// What holds for all scanners: whatever the bytes, secrets lie in the line, in order, and cost a
// bounded time.
// SPDX-License-Identifier: Apache-2.0
#include "mask_scanners.h"

#include <chrono>
#include <random>

#include "mask/cookie.h"
#include "mask/key_value.h"
#include "mask/name_value.h"
#include "mask/private_key.h"
#include "mask/url_userinfo.h"

using namespace logd;
using namespace logd::mask_testing;

namespace {

const std::vector<Scan> kScans = {
    {scan_key_value, {"password", "token", "auth", "secret"}},
    {scan_name_value, {"password", "token", "auth", "secret"}},
    {scan_url_userinfo, {"://", ":\\/\\/", "%3a%2f%2f"}},
    {scan_cookie, {"cookie"}},
    {scan_private_key, {"private key", "private-lines"}},
};

const Texts kSeeds = {
    R"({"body":"{\"password\":\"{\\\"token\\\":\\\"a1\\\"}\"}","secret": [ "x", 'y' ]})",
    "\x1b[36mpassword\x1b[0m=\x1b[1m\"hunter2\"\x1b[0m #033[1mtoken#033[0m: x",
    R"(\u001b[36mpassword\u001b[0m=\x1b[1m\"V\"\033[0m secret => 'it''s' auth: b"x")",
    "%7B%22password%22%3A%22V%22%7D a=1&token=x&amp;secret=y%26auth%3Dz",
    "<a:password type=\"x\">V</a:password>&lt;token&gt;V&lt;/token&gt; <secret><![CDATA[V]]>",
    R"({"name":"DB_PASSWORD","type":"x","value":"V"},{"value":"W","name":"token"})",
    R"(<add key="password" value="V"/><entry key="secret">V</entry> ('token', 'V9'))",
    "postgres://bob:p@ss:w/rd@h1,h2/db?x=1 https:\\/\\/a:b@c https%3A%2F%2Fa%3Ab%40c",
    "Set-Cookie: sid=k7Gd93kfLq; Expires=Wed, 09 Jun 2027 10:18:14 GMT; cookie={'session': 'x'}",
    "-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEAx7Gd93kf\\n-----END RSA PRIVATE KEY-----",
    "Private-Lines: 2\\nMIIEowIBAAKCAQEAx7Gd93kf\\nPrivate-MAC: 1f password={a b};token=[[x]]",
    "Password: Some(\"x\") secret: string(3) \"abc\" token;s:3:\"abc\"; "
    "\xe2\x80\x9cpassword\xe2\x80\x9d: x",
};

void scan_all(std::string_view line) {
  // A copy of its own size, so that a sanitizer sees a look behind its end.
  const std::vector<char> exact(line.begin(), line.end());
  const std::string_view text(exact.data(), exact.size());
  for (const Scan& scan : kScans) secrets_of(scan, text);
  const KeyLine part = next_key_line(text, {1, 0});
  if (part.begin > part.end || part.end > text.size()) FAIL("not in the line: " << line);
  begins_key(text);
}

}  // namespace

TEST_CASE("scanners: every beginning and every end of a line is a line", "[mask]") {
  for (const std::string& seed : kSeeds) {
    for (std::size_t cut = 0; cut <= seed.size(); ++cut) {
      scan_all(std::string_view(seed).substr(0, cut));
      scan_all(std::string_view(seed).substr(cut));
    }
  }
}

TEST_CASE("scanners: any bytes will do", "[mask]") {
  constexpr std::string_view kSigns = "\"'\\%&;:=,[]{}()<>/@#\x1b\xe2\x80\x9c \n\0xu02";
  std::mt19937 random(20260102);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 20000; ++round) {
    std::string line = kSeeds[below(kSeeds.size())];
    for (std::size_t change = 0; change < 1 + below(12); ++change) {
      const std::size_t at = below(line.size());
      const char sign =
          below(4) == 0 ? static_cast<char>(below(256)) : kSigns[below(kSigns.size())];
      switch (below(4)) {
        case 0:
          line[at] = sign;
          break;
        case 1:
          line.insert(at, 1 + below(3), sign);
          break;
        case 2:
          line.erase(at, 1 + below(8));
          break;
        default: {
          const std::string& other = kSeeds[below(kSeeds.size())];
          line.insert(at, other.substr(below(other.size()), below(40)));
        }
      }
      if (line.empty()) line = "x";
    }
    scan_all(line);
  }
}

// 64 KiB of what makes a scanner look far: each hit may look at a window, and no more than a few
// times at each of its bytes.
TEST_CASE("scanners: hostile lines cost a bounded time for each hit", "[mask]") {
  const auto fill = [](std::string_view part) {
    std::string line;
    while (line.size() < 64 * 1024) line += part;
    return line;
  };
  for (const std::string_view part :
       {"password=", "password=\\\\\\\\\\\\\\\\", "\"password\":\"", "token=(((((", "token=)))))",
        "secret=;a;a;a;a", "a://b:", "a://b:@", "cookie: a=", "cookie: session=;", "name=password ",
        "password=%25", "{\"name\":\"token\",", "private key", "-----BEGIN PRIVATE KEY-----",
        "password=[[[[", "password: \x1b[", "<password>", "BEGIN END "}) {
    const std::string line = fill(part);
    const auto begin = std::chrono::steady_clock::now();
    scan_all(line);
    const auto took = std::chrono::steady_clock::now() - begin;
    INFO(part);
    CHECK(std::chrono::duration_cast<std::chrono::milliseconds>(took).count() < 5000);
  }
}
