// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "shim/environment.h"

using namespace logd;
using logd::shim::Environment;

namespace {

using Texts = std::vector<std::string>;

// The values that are taken of these variables, as they stand in the message.
Texts taken(const Texts& variables) {
  std::vector<const char*> pointers;
  for (const std::string& variable : variables) pointers.push_back(variable.c_str());
  pointers.push_back(nullptr);
  const Environment environment(pointers.data());
  Texts values;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < environment.parts().size(); i += 2) {
    const iovec& size = environment.parts()[i];
    const iovec& text = environment.parts()[i + 1];
    REQUIRE(size.iov_len == 4);
    REQUIRE(*static_cast<const std::uint32_t*>(size.iov_base) == text.iov_len);
    bytes += size.iov_len + text.iov_len;
    values.emplace_back(static_cast<const char*>(text.iov_base), text.iov_len);
  }
  CHECK(environment.bytes() == bytes);
  return values;
}

}  // namespace

TEST_CASE("Environment: takes secrets by name, and URLs with a password by form", "[shim]") {
  CHECK(taken({"HOME=/root", "DB_PASSWORD=kX9vLq27", "SSH_AUTH_SOCK=/tmp/ssh-XXXX/agent.1",
               "API_KEY=a=b=c=d=e", "SHOP_DB=postgres://app:pa55@db/shop", "DB_URL=http://db/x",
               "PWD=/root/somewhere", "nonsense", "=kX9vLq27", ""}) ==
        Texts{"kX9vLq27", "a=b=c=d=e", "postgres://app:pa55@db/shop"});
  CHECK(taken({}).empty());
  CHECK(Environment(nullptr).parts().empty());
}

TEST_CASE("Environment: leaves out what is not of the right size, or there already", "[shim]") {
  CHECK(taken({"A_TOKEN=1234567", "B_TOKEN=12345678"}) == Texts{"12345678"});
  const std::string longest(handover::kMaxEnvironmentValueBytes, 'x');
  CHECK(taken({"A_TOKEN=" + longest + "x", "B_TOKEN=" + longest}) == Texts{longest});
  CHECK(taken({"A_TOKEN=kX9vLq27", "B_TOKEN=kX9vLq27"}) == Texts{"kX9vLq27"});
  CHECK(taken({"A_TOKEN=kX9v\nLq27"}).empty());
}

TEST_CASE("Environment: the first ones count when there are too many", "[shim]") {
  Texts variables;
  for (int i = 0; i < 100; ++i)
    variables.push_back("T" + std::to_string(i) + "_TOKEN=secret-" + std::to_string(100 + i));
  const Texts values = taken(variables);
  REQUIRE(values.size() == handover::kMaxEnvironmentValues);
  CHECK(values.front() == "secret-100");
  CHECK(values.back() == "secret-163");
}

TEST_CASE("Environment: 16 KiB in all, and a smaller one behind that may still fit", "[shim]") {
  Texts variables;
  for (const char c : {'a', 'b', 'c'}) variables.push_back("A_TOKEN=" + std::string(4096, c));
  variables.push_back("B_TOKEN=" + std::string(4090, 'd'));
  variables.push_back("C_TOKEN=1234567");
  variables.push_back("D_TOKEN=" + std::string(4096, 'e'));
  CHECK(taken(variables).size() == 4);
  variables[3] = "B_TOKEN=" + std::string(4088, 'd');
  variables.push_back("E_TOKEN=12345678");
  CHECK(taken(variables).size() == 5);
}
