// JSON with secrets in it is JSON of the same shape when it is masked; logfmt keeps its fields.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "mask_world.h"

namespace logd {
namespace {

using mask_testing::World;
using nlohmann::json;

// Members, elements and their order; a number may become a string. Text that is JSON itself counts.
bool have_same_shape(const json& a, const json& b) {
  if (a.is_object()) {
    if (!b.is_object() || a.size() != b.size()) return false;
    return std::equal(a.items().begin(), a.items().end(), b.items().begin(),
                      [](const auto& x, const auto& y) {
                        return x.key() == y.key() && have_same_shape(x.value(), y.value());
                      });
  }
  if (a.is_array()) {
    return b.is_array() && std::equal(a.begin(), a.end(), b.begin(), b.end(), have_same_shape);
  }
  if (a.is_string() && b.is_string()) {
    const json inner = json::parse(a.get<std::string>(), nullptr, false);
    if (!inner.is_structured()) return true;
    const json masked = json::parse(b.get<std::string>(), nullptr, false);
    return !masked.is_discarded() && have_same_shape(inner, masked);
  }
  return a.type() == b.type() || (a.is_primitive() && b.is_string());
}

class Check {
 public:
  explicit Check(Style style) : world_(World::all(style)) {}

  void look(const std::string& line) {
    const json before = json::parse(line, nullptr, false);
    if (before.is_discarded()) return;
    ++looked_;
    const std::string masked = world_.masked(line);
    if (masked != line) ++changed_;
    const json after = json::parse(masked, nullptr, false);
    if (!after.is_discarded() && have_same_shape(before, after)) return;
    if (++broken_ <= 12) UNSCOPED_INFO("line:   " << line << "\nmasked: " << masked);
  }

  void finish() {
    INFO(broken_ << " of " << looked_ << " broken");
    CHECK(broken_ == 0);
    CHECK(changed_ > 0);
  }

 private:
  World world_;
  std::size_t looked_ = 0;
  std::size_t changed_ = 0;
  std::size_t broken_ = 0;
};

std::string quoted(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

void check_style(Style style) {
  Check check(style);
  for (const std::string& example : mask_testing::rule_examples()) {
    // Its rule takes all up to a blank, and JSON that has it twice with the last quote.
    if (example.starts_with("cmdkey ")) continue;
    check.look(example);
    const std::string text = quoted(example);
    check.look(R"({"level":"info","msg":)" + text + R"(,"n":1})");
    check.look("[1, " + text + ", {\"a\": " + text + "}]");
    check.look(R"({ "message" : )" + text + R"( , "password" : "hunter2zwei" })");
    const std::string nested = quoted(R"({"msg":)" + text + R"(,"id":7})");
    check.look(R"({"log":)" + nested + R"(,"stream":"stdout"})");
    check.look(R"({"log":)" + quoted(R"({"log":)" + nested + "}") + "}");
  }
  check.finish();
}

// Secrets that JSON may have without quotes.
const char* const kNumbers[] = {
    R"({"password":12345678})",
    R"({"password": 81726354, "user": "me"})",
    R"({"a":{"pin": 4711,"cvv":  123},"b":[1,2]})",
    R"({"card":4111111111111111})",
    R"({"cards":[4111111111111111, 5500005555555559]})",
    R"([4111111111111111])",
    R"([1,4111111111111111,2])",
    R"({"a":[[4111111111111111,1],[2, 4111111111111111 ]]})",
    R"([[4111111111111111],[1, 2]])",
    R"([{"a":1},4111111111111111])",
    R"([true, null , 4111111111111111])",
    R"(["a",4111111111111111,"b"])",
    R"(["a",1, 4111111111111111])",
    R"({"level":"info","msg":"row,168-41-3062,ok"})",
    R"({"level":"info","msg":"row,4111111111111111,ok"})",
    R"({"level":"info","msg":"5, 4111111111111111,7"})",
    R"({"a":"[b]","c":[1.5e3,-2,4111111111111111]})",
    R"({"password":true,"secret":null,"api_key":false})",
    R"({"token":-12.5e3,"secret":8172635445})",
    R"({"data":"{\"password\":87654321,\"n\":1}"})",
    R"({"data":"{\"cards\":[4111111111111111,1]}"})",
    R"({"data":"{\"data\":\"{\\\"password\\\":87654321}\"}"})",
    R"({"secret":{"a":"b","n":[1,2,{"c":3}]},"passwords":["alpha7beta","gamma8delta"]})",
    R"({"password":["alpha7beta",98765432],"x":1})",
    R"({"otp":123456,"phone":"+49 30 123456","mail":"jan@firma.example"})",
    R"({"name":"DB_PASSWORD","value":12345678})",
    R"([{"name":"DB_PASSWORD","value":"a9f8!e\"7d"},{"name":"X","value":1}])",
    R"({"password":"","secret":" ","token":"\\","key":"\""})",
    R"({"password":"a\\","x":"y"})",
    R"({"password":"a\\\"b c","x":"y"})",
    R"({"password":"\u0041b\u00e9cd9","x":"y"})",
    R"({"url":"postgres:\/\/me:s3cr3tpw@db\/x","y":1})",
    R"({"cookie":"sid=8f7d6c5b4a39281706f5; a=b","y":1})",
};

// Fields of a logfmt line: quotes hold a value together.
std::size_t fields_of(std::string_view line) {
  std::size_t fields = 0;
  bool is_quoted = false;
  bool is_in_field = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      is_quoted = !is_quoted;
    }
    const bool is_gap = !is_quoted && i < line.size() && line[i] == ' ';
    if (!is_gap && !is_in_field) ++fields;
    is_in_field = !is_gap;
  }
  return fields;
}

}  // namespace

TEST_CASE("Masking: JSON with examples in it keeps its shape, with tokens", "[mask]") {
  check_style(Style::token);
}

TEST_CASE("Masking: JSON with examples in it keeps its shape, with other styles", "[mask]") {
  const Style style =
      GENERATE(Style::hash, Style::partial, Style::fixed, Style::same_length, Style::remove);
  INFO("style " << static_cast<int>(style));
  check_style(style);
}

TEST_CASE("Masking: JSON with numbers as secrets keeps its shape", "[mask]") {
  const Style style = GENERATE(Style::token, Style::hash, Style::partial, Style::fixed,
                               Style::same_length, Style::remove);
  INFO("style " << static_cast<int>(style));
  Check check(style);
  for (const char* line : kNumbers) check.look(line);
  for (const char* line : kNumbers) check.look("{\"log\":" + quoted(line) + "}");
  check.finish();
}

TEST_CASE("Masking: a logfmt line keeps its number of fields", "[mask]") {
  for (const Style style : {Style::token, Style::hash, Style::partial, Style::fixed,
                            Style::same_length, Style::remove}) {
    World world = World::all(style);
    std::size_t broken = 0;
    for (const std::string& example : mask_testing::rule_examples()) {
      const std::string line =
          "level=info msg=\"" + mask_testing::in_json(example) + "\" user=me n=1";
      const std::string masked = world.masked(line);
      if (fields_of(masked) == fields_of(line)) continue;
      if (++broken <= 12) UNSCOPED_INFO("line:   " << line << "\nmasked: " << masked);
    }
    INFO("style " << static_cast<int>(style));
    CHECK(broken == 0);
  }
}

}  // namespace logd
