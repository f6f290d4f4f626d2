// Lists every field of a [[rule]]: how it is read and checked by itself.
//
// What fields demand of each other is rule_file.h's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "config/toml_tree.h"
#include "mask/rule.h"

namespace logd {

// Takes a problem at a place.
using Complain = std::function<void(TomlPlace place, std::string message)>;

struct RuleField {
  std::string_view name;
  void (*read)(const TomlValue& from, Rule& to, const Complain& complain);
};

std::span<const RuleField> rule_fields();

// A name that is_rule_name() takes.
void read_rule_name(const TomlValue& from, std::string& to, const Complain& complain);
// One line for people.
void read_description(const TomlValue& from, std::string& to, const Complain& complain);
// "on" or "off".
void read_on_off(const TomlValue& from, bool& to, const Complain& complain);

}  // namespace logd
