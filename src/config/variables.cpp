// SPDX-License-Identifier: Apache-2.0
#include "config/variables.h"

#include <fmt/format.h>

#include <utility>

#include "mask/secret_names.h"

namespace logd {
namespace {

constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
// Keys of regular expressions, in which "$" is theirs.
constexpr bool is_regex(std::string_view key) { return key == "regex" || key == "match"; }

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kNameCharacters) == std::string_view::npos &&
         (text.front() < '0' || text.front() > '9');
}

class Expander {
 public:
  explicit Expander(const VariableLookUp& look_up) : look_up_(look_up) {}

  void expand(std::string_view key, TomlValue& value) {
    if (is_regex(key)) return;
    if (auto* text = std::get_if<std::string>(&value.value)) {
      if (text->find('$') == std::string::npos) return;
      value.is_from_variable = true;
      *text = expanded(*text, value.place);
    } else if (auto* items = std::get_if<TomlValue::Array>(&value.value)) {
      for (TomlValue& item : *items) expand({}, item);
    } else if (auto* entries = std::get_if<TomlValue::Table>(&value.value)) {
      for (TomlEntry& entry : *entries) expand(entry.key, entry.value);
    }
  }

  Expansion take() { return std::move(expansion_); }

 private:
  std::string expanded(std::string_view text, TomlPlace place) {
    std::string result;
    while (true) {
      const std::size_t dollar = text.find('$');
      result += text.substr(0, dollar);
      if (dollar == std::string_view::npos) return result;
      text.remove_prefix(dollar + 1);
      if (text.starts_with('{')) {
        const std::size_t end = text.find('}');
        if (end == std::string_view::npos) {
          complain(place, "\"${\" has no \"}\"; a \"$\" itself is written \"$$\"");
          return result;
        }
        result += value_of(text.substr(1, end - 1), place);
        text.remove_prefix(end + 1);
      } else {
        result += '$';
        if (text.starts_with('$')) text.remove_prefix(1);
      }
    }
  }

  // `inside` is what stands between the braces.
  std::string value_of(std::string_view inside, TomlPlace place) {
    const std::string name(inside.substr(0, inside.find_first_not_of(kNameCharacters)));
    const std::string_view rest = inside.substr(name.size());
    const bool has_default = rest.starts_with(":-");
    const bool has_message = rest.starts_with(":?");
    if (!is_name(name) || (!rest.empty() && !has_default && !has_message) ||
        rest.find("${") != std::string_view::npos) {
      complain(place,
               fmt::format("\"${{{}}}\" is neither \"${{VAR}}\" nor \"${{VAR:-default}}\" nor "
                           "\"${{VAR:?message}}\"",
                           inside));
      return {};
    }
    if (auto value = look_up_(name); value && !value->empty()) {
      expansion_.has_secret = expansion_.has_secret || is_secret_name(name);
      return std::move(*value);
    }
    if (has_default) return std::string(rest.substr(2));
    const std::string why = has_message && rest.size() > 2 ? std::string(rest.substr(2))
                                                           : "is not set, and there is no default";
    expansion_.problems.push_back({place, fmt::format("${{{}}}: {}", name, why), true});
    return {};
  }

  void complain(TomlPlace place, std::string message) {
    expansion_.problems.push_back({place, std::move(message), false});
  }

  const VariableLookUp& look_up_;
  Expansion expansion_;
};

}  // namespace

Expansion expand_variables(std::string_view key, TomlValue& value, const VariableLookUp& look_up) {
  Expander expander(look_up);
  expander.expand(key, value);
  return expander.take();
}

}  // namespace logd
