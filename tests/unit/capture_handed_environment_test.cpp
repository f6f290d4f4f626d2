// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "capture/handed_environment.h"

using namespace logd;

namespace {

using Texts = std::vector<std::string>;

std::string as_handed(std::string_view value) {
  const auto size = static_cast<std::uint32_t>(value.size());
  std::string bytes(sizeof size, '\0');
  std::memcpy(bytes.data(), &size, sizeof size);
  return bytes.append(value);
}

// Reads an attach with `environment` behind it, said to be at `at` and of `bytes`.
Result<Texts> read(const std::string& environment, std::size_t at, std::size_t bytes) {
  auto attach = handover::make<handover::Attach>(handover::Type::attach);
  attach.environment_at = static_cast<std::uint32_t>(at);
  attach.environment_bytes = static_cast<std::uint32_t>(bytes);
  std::string message(sizeof attach, '\0');
  std::memcpy(message.data(), &attach, sizeof attach);
  return read_environment(message + environment, attach);
}

Result<Texts> read(const std::string& environment) {
  return read(environment, sizeof(handover::Attach), environment.size());
}

}  // namespace

TEST_CASE("read_environment: what a shim hands over", "[capture]") {
  CHECK(read("").value().empty());
  CHECK(read(as_handed("kX9vLq27") + as_handed("12345678")).value() ==
        Texts{"kX9vLq27", "12345678"});
  // A later version may put something in between and behind.
  CHECK(read("????" + as_handed("kX9vLq27") + "!!", sizeof(handover::Attach) + 4, 12).value() ==
        Texts{"kX9vLq27"});
  CHECK(read(as_handed(std::string("\0\n\xff bytes", 9))).value().size() == 1);
}

TEST_CASE("read_environment: a message cut at any byte is refused", "[capture]") {
  const std::string whole = as_handed("kX9vLq27") + as_handed("12345678");
  for (std::size_t bytes = 1; bytes < whole.size(); ++bytes) {
    CAPTURE(bytes);
    CHECK_FALSE(read(whole.substr(0, bytes), sizeof(handover::Attach), whole.size()));
    CHECK(read(whole.substr(0, bytes)).has_value() == (bytes == 12));
  }
}

TEST_CASE("read_environment: a place out of the message is refused", "[capture]") {
  const std::string one = as_handed("kX9vLq27");
  constexpr std::size_t kEnd = sizeof(handover::Attach);
  CHECK_FALSE(read(one, 0, one.size()));
  CHECK_FALSE(read(one, kEnd - 1, one.size()));
  CHECK_FALSE(read(one, kEnd + 1, one.size()));
  CHECK_FALSE(read(one, kEnd, 0xffffffff));
  CHECK_FALSE(read(one, 0xffffffff, one.size()));
  CHECK_FALSE(read(one, 0xffffffff, 0xffffffff));
  CHECK_FALSE(read("\xff\xff\xff\xff"));
  CHECK_FALSE(read("\xff\xff\xff\xff" + std::string(100, 'x')));
}

TEST_CASE("read_environment: what is beyond the limits is left out", "[capture]") {
  CHECK(read(as_handed("1234567") + as_handed("") + as_handed("12345678")).value() ==
        Texts{"12345678"});
  CHECK(read(as_handed(std::string(4097, 'x')) + as_handed("12345678")).value() ==
        Texts{"12345678"});
  std::string many;
  for (int i = 0; i < 1000; ++i) many += as_handed("12345678");
  CHECK(read(many).value().size() == handover::kMaxEnvironmentValues);
  std::string large;
  for (int i = 0; i < 5; ++i) large += as_handed(std::string(4096, 'x'));
  CHECK(read(large).value().size() == 4);
  CHECK(read(std::string(4096, '\0')).value().empty());  // a thousand empty ones
}

TEST_CASE("wipe: leaves nothing behind", "[capture]") {
  std::string text(100, 's');
  wipe(text);
  CHECK(text.empty());
  CHECK(text.capacity() < 100);
  Texts texts{"kX9vLq27", std::string(100, 's')};
  wipe(texts);
  CHECK(texts.empty());
}
