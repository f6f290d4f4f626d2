// Reads and writes `masking`, the one key of logd.toml that is a table.
//
// Whether packs, rules and categories of its names exist is rules/policy.h's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/toml_tree.h"
#include "logd/config.h"
#include "logd/result.h"

namespace logd {

// Changes the fields that the table gives and no other: a process keeps the rest of the defaults.
// Errors: invalid, with the first of masking_mistakes().
Result<void> read_masking(const TomlValue& from, MaskingConfig& to);

// All that is wrong with the table, each where it stands.
std::vector<TomlProblem> masking_mistakes(const TomlValue& from);

enum class MaskingFields { changed, all };

// As TOML. `changed`: packs and mode, and of the rest what is not as built in; `all` means the same
// whatever [defaults] say.
std::string write_masking(const MaskingConfig& masking,
                          MaskingFields fields = MaskingFields::changed);

// Fields of a table that is an AllowList. Errors: invalid (an empty text would allow everything).
Result<void> read_allow_list(const TomlValue& from, AllowList& to);

// How the values of Style are spelled, in their order.
const std::vector<std::string>& style_words();

}  // namespace logd
