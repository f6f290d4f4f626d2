// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/accounts.h"

namespace logd {

TEST_CASE("accounts: names and numbers of users and groups", "[base]") {
  CHECK(user_id("root") == 0u);
  CHECK(group_id("root") == 0u);
  CHECK(user_id("61002") == 61002u);
  CHECK(group_id("4294967294") == 4294967294u);
  CHECK_FALSE(user_id("no-such-user"));
  CHECK_FALSE(group_id("no-such-group"));
}

// What is not a number throughout is a name: a look-up must not take the front of it.
TEST_CASE("accounts: a number is digits and nothing else", "[base]") {
  for (const char* text : {"", " 5", "5 ", "+5", "-1", "0x10", "5a", "4294967296", "5\n"}) {
    CHECK_FALSE(parse_id(text));
    CHECK_FALSE(user_id(text));
    CHECK_FALSE(group_id(text));
  }
}

}  // namespace logd
