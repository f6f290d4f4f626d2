// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "mask/shape_scanners.h"
#include "mask/validators.h"

using namespace logd;

namespace {

// What is found at the first digit behind `before`; empty if that is no card.
std::string card_behind(const std::string& before, const std::string& rest) {
  const std::string line = before + rest;
  const std::optional<Secret> found = card_at(line, before.size());
  return found ? line.substr(found->begin, found->end - found->begin) : "";
}

std::string email_in(const std::string& line) {
  const std::optional<Secret> found = email_at(line, line.rfind('@'), 1);
  return found ? line.substr(found->begin, found->end - found->begin) : "";
}

}  // namespace

TEST_CASE("card_at: 17 to 19 digits need a word, or an issuer with few numbers", "[mask]") {
  const std::string visa = "4029732570544915384";
  const std::string unionpay = "6204056282927975796";
  CHECK(card_behind("id ", visa).empty());
  CHECK(card_behind("spanId=", unionpay).empty());
  CHECK(card_behind("blk_", unionpay).empty());
  for (const std::string before : {"card ", "\"pan\":", "cc=", "creditCard: \"", "paid with "}) {
    INFO(before);
    CHECK(card_behind(before, visa) == visa);
  }
  CHECK(card_behind("[", visa + "] cvv").size() == visa.size());
  CHECK(card_behind("span ", visa).empty());
  CHECK(card_behind("typed ", unionpay) == unionpay);
}

TEST_CASE("card_at: among the numbers of a list", "[mask]") {
  const std::string visa = "4111111111111111";
  CHECK(card_behind("VALUES (7,", visa + ",'Bob')") == visa);
  CHECK(card_behind("1001,", visa + ",12") == visa);
  CHECK(card_behind("0.", visa).empty());
  CHECK(card_behind("", visa + ".5").empty());
}

TEST_CASE("card_at: short groups at the end", "[mask]") {
  CHECK(card_behind("x ", "6240-8423-6464-9388-73") == "6240-8423-6464-9388-73");
  CHECK(card_behind("card ", "4825 8094 7414 7") == "4825 8094 7414 7");
  CHECK(card_behind("seq ", "4825 8094 7414 7").empty());
  CHECK(card_behind("x ", "3874-802576-6601") == "3874-802576-6601");
  CHECK(card_behind("#17 ", "3773 050524 95346") == "3773 050524 95346");
  CHECK(card_behind("fans 3552 ", "3534 3375 4530 3515").empty());
}

TEST_CASE("card_at: the first track of a stripe", "[mask]") {
  CHECK(card_behind("%B", "4111111111111111^DOE/J^2712") == "4111111111111111");
  CHECK(card_behind("%B", "4111111111111111").empty());
  CHECK(card_behind("B", "4111111111111111^").empty());
}

TEST_CASE("email_at: the password of a URL is no address", "[mask]") {
  CHECK(email_in("smtp://bob:ErFQe^qBWSk@pg.acme.io").empty());
  CHECK(email_in("postgres://app:iloveyou@2py2i@mq.prod.acme.net:5432/x").empty());
  CHECK(email_in("redis://admin:FCI=zBwf9@pg-1.acme.io").empty());
  CHECK(email_in("http://h:80;mail=ann@acme.io") == "ann@acme.io");
  CHECK(email_in("https://h/x?mail=ann@acme.io") == "ann@acme.io");
}
