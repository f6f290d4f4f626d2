// SPDX-License-Identifier: Apache-2.0
#include "mask/cookie.h"
#include "mask_scanners.h"

using namespace logd;
using namespace logd::mask_testing;

namespace {

const Scan kScan{scan_cookie, {"cookie"}};

}  // namespace

TEST_CASE("cookie: session cookies of every dress are found, others stay", "[mask]") {
  const Texts dresses = {
      "Cookie: K=V",
      "Cookie: theme=dark; K=V; lang=en",
      "cookie: K=V; theme=dark\r",
      "> Cookie: _ga=GA1.2.1234567890.1234567890; K=V",
      "Set-Cookie: K=V; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT; HttpOnly; Secure",
      "set-cookie: K=V; Max-Age=3600; SameSite=Lax; Domain=example.com",
      R"({"cookie":"theme=dark; K=V"})",
      R"({"Set-Cookie":["K=V; Path=/","theme=dark"]})",
      R"({\"cookie\":\"K=V; theme=dark\"})",
      R"({"m":"{\"h\":\"{\\\"Cookie\\\":\\\"K=V\\\"}\"}"})",
      "cookie=\"K=V; theme=dark\" status=200",
      "cookie=K=V status=200",
      "('Cookie', 'theme=dark; K=V')",
      "rawHeaders: ['Cookie', 'K=V']",
      "curl -H 'Cookie: K=V' https://h",
      "cookies={'theme': 'dark', 'K': 'V'}",
      R"({"cookies":{"theme":"dark","K":"V"}})",
      "http_cookie: K=V",
      "Cookie: [K=V; theme=dark]",
      "\x1b[36mCookie\x1b[0m: K=V\x1b[0m",
      "Cookie: K=\"V\"; theme=dark",
  };
  for (const std::string& dress : dresses) {
    for (const std::string name : {"sessionid", "connect.sid", "JSESSIONID", "PHPSESSID",
                                   "ASP.NET_SessionId", "laravel_session", "_app_session", "SSID",
                                   "csrftoken", "XSRF-TOKEN", "remember_me", "auth", "jwt"}) {
      for (const std::string value :
           {"k7Gd93kf", "s%3Ak7Gd93kfLq0Zt5Wx.Ab+/x", "eyJh.eyJz.x-y_z"}) {
        const std::string marked = replaced(replaced(dress, "K=", "\x01="), "V", "\x02");
        const std::string line = replaced(replaced(marked, "'K'", "'\x01'"), "\"K\"", "\"\x01\"");
        check_found(kScan, replaced(replaced(line, "\x01", name), "\x02", value), {value});
      }
    }
  }
}

TEST_CASE("cookie: other cookies only if they look random", "[mask]") {
  check_found(kScan, "Cookie: lang=en; x=k7Gd93kfLq0Zt5Wx8aB3nM1c; y=z",
              {"k7Gd93kfLq0Zt5Wx8aB3nM1c"});
  check_none(kScan,
             {"Cookie: theme=dark; lang=en-US; tz=Europe/Berlin",
              "Cookie: _ga=GA1.2.1234567890.1234567890; _gid=GA1.2.987654321.1234567890",
              "Set-Cookie: lang=en; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT",
              "Cookie: session=short", "Cookie: session=[masked:cookie-session]; lang=en",
              "Cookie: sessionid=****************", "cookies are disabled", "no cookie: rejected",
              "cookie_domain=example.com", "cookieconsent_status=dismiss",
              "Cookie: consent=accepted-all-of-the-things-2024-01"});
}

TEST_CASE("cookie: in a map of Go's", "[mask]") {
  check_found(kScan, R"("Cookie":[]string{"tz=UTC; sid=43efaf253a3fa642; lang=en"})",
              {"43efaf253a3fa642"});
}
