// Lines that carry a secret, one for each family, and the parts of it that must not show.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mask_world.h"

namespace logd::mask_testing {

// Lines, each with its newline.
struct Secretive {
  std::string name;
  std::string bytes;
  std::vector<std::string> secrets;
};

inline std::string base64_lines(std::size_t lines, const std::string& newline, std::size_t columns,
                                std::uint64_t seed = 3) {
  Dice dice(seed);
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) {
    text += dice.text(columns, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    text += newline;
  }
  return text;
}

inline Secretive private_key(const std::string& name, const std::string& before,
                             const std::string& newline, const std::string& after,
                             std::size_t lines = 8) {
  Secretive text{name, {}, {}};
  const std::string body = base64_lines(lines, newline, 64);
  text.bytes = before + "-----BEGIN RSA PRIVATE KEY-----" + newline + body +
               "-----END RSA PRIVATE KEY-----" + after;
  for (std::size_t at = 0; at < body.size(); at += 64 + newline.size())
    text.secrets.push_back(body.substr(at, 64));
  return text;
}

inline const std::vector<Secretive>& secretive_texts() {
  static const std::vector<Secretive> texts = [] {
    const std::string pw = "Kx7-vQ2.mZp9Lw4T";
    const std::string key = "q7Rk2vN8xLpW4tYz6mHc3sJd9BfG5aQe";
    const std::string phrase = "correct horse battery staple nine";
    const std::string jwt =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI4ODE3MjYiLCJpYXQiOjE3NjM4MDAwMDB9."
        "q3Zt7Lk0Xv9Rw2Bn8Yc5Hd1Jf6Gs4Pa_Mx-TuEoKiWz";
    const std::string ghp = "ghp_7fK2mQ9xLw4TzB8vRn3YcD6hJp1SgX5aE0uZ";
    const std::string basic = "bWU6S3g3LXZRMi5tWnA5THc0VA==";
    std::vector<Secretive> all{
        {"key and value", "connect user=me password=" + pw + " host=db1 ok\n", {pw}},
        {"key and value, last", "connect user=me password=" + pw + "\n", {pw}},
        {"yaml", "  password: " + pw + "\n  host: db1\n", {pw}},
        {"json", R"({"user":"me","password":")" + pw + R"(","n":1})" + "\n", {pw}},
        {"json in json", R"({"log":"{\"password\":\")" + pw + R"(\",\"n\":1}"})" + "\n", {pw}},
        {"quoted phrase", "level=info password=\"" + phrase + "\" n=1\n", {phrase}},
        {"json phrase", R"({"password": ")" + phrase + R"(", "n": 1})" + "\n", {phrase}},
        {"api key", "api_key=" + key + " region=eu\n", {key}},
        {"bearer", "> Authorization: Bearer " + key + "\n> Accept: */*\n", {key}},
        {"basic", "> Authorization: Basic " + basic + "\n> Accept: */*\n", {basic}},
        {"header", "< X-Api-Key: " + key + "\n", {key}},
        {"cookie", "Cookie: theme=dark; sessionid=" + key + "; lang=de\n", {key}},
        {"url", "opening postgres://app:" + pw + "@db.internal:5432/main?ssl=on\n", {pw}},
        {"query", "GET /cb?state=1&access_token=" + key + "&x=2 HTTP/1.1\n", {key}},
        {"command", "+ mysql --host db1 --password " + pw + " --user me\n", {pw}},
        {"token", "clone with " + ghp + " now\n", {ghp}},
        {"jwt", "jwt " + jwt + " was refused\n", {jwt}},
        {"name and value",
         R"({"name":"DB_PASSWORD","value":")" + pw + R"("},{"name":"A"})" + "\n",
         {pw}},
        {"card", "paid with 4111111111111111 today\n", {"4111111111111111"}},
        {"card in groups", "paid with 4111 1111 1111 1111 today\n", {"4111 1111 1111 1111"}},
        {"iban in groups",
         "to DE89 3704 0044 0532 0130 00 today\n",
         {"DE89 3704 0044 0532 0130 00"}},
        {"mail", "mail to jane.doe@mail.example.org today\n", {"jane.doe@mail.example.org"}},
    };
    all.push_back(private_key("key of several lines", "reading\n", "\n", "\ndone reading\n"));
    all.push_back(private_key("key on one line", "key \"", "\\n", "\\n\" was read\n"));
    all.push_back(private_key("key in json", R"({"private_key":")", "\\n", "\\n\",\"n\":1}\n"));
    all.push_back(private_key("key with blanks", "key ", " ", " was read\n"));
    return all;
  }();
  return texts;
}

// Secrets longer than what a batch sees of them.
inline const std::vector<Secretive>& long_secretive_texts() {
  static const std::vector<Secretive> texts = [] {
    const std::string run = base64_lines(100, "", 64);
    const std::string phrase = base64_lines(100, " ", 64);
    std::vector<Secretive> all{
        {"long value", "password=" + run + " end\n", {run}},
        {"long json value", R"({"client_secret":")" + run + R"(","n":1})" + "\n", {run}},
        {"long value with blanks", "password=\"" + phrase + "\" end\n", {phrase}},
        {"long json value with blanks",
         R"({"client_secret":")" + phrase + R"(","n":1})" + "\n",
         {phrase}},
        {"long value with blanks in json in json",
         R"({"log":"{\"password\":\")" + phrase + R"(\",\"n\":1}"})" + "\n",
         {phrase}},
        {"long bearer", "Authorization: Bearer " + run + "\n", {run}},
    };
    all.push_back(private_key("long key on one line", "key \"", "\\n", "\\n\" was read\n", 60));
    all.push_back(private_key("long key with blanks", "key ", " ", " was read\n", 60));
    all.push_back(private_key("long key of many lines", "key\n", "\n", "\nwas read\n", 60));
    return all;
  }();
  return texts;
}

// The first eight bytes in a row of a secret that show in `stored`; empty if none do.
inline std::string shown_part(const Secretive& text, std::string_view stored) {
  constexpr std::size_t kBytes = 8;
  for (const std::string& secret : text.secrets) {
    for (std::size_t at = 0; at + kBytes <= secret.size(); ++at) {
      const std::string part = secret.substr(at, kBytes);
      if (stored.find(part) != std::string_view::npos) return part;
    }
  }
  return {};
}

}  // namespace logd::mask_testing
