// SPDX-License-Identifier: Apache-2.0
#include "config/masking_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/closest.h"
#include "config/config_keys.h"
#include "config/value_readers.h"

namespace logd {
namespace {

const std::vector<std::string> kModes = {"enforce", "report", "off"};

using Mistakes = std::vector<TomlProblem>;

// One field of a table.
template <typename Target>
struct Field {
  std::string_view name;
  Mistakes (*read)(const TomlValue&, Target&);
};

Mistakes one(TomlPlace place, std::string message) { return {{place, std::move(message)}}; }

Mistakes mistakes_of(const TomlValue& from, const Result<void>& taken) {
  return taken ? Mistakes() : one(from.place, taken.error().context);
}

// What a text of a variable holds has no place in the file of its own.
template <typename Target>
Mistakes read_field(const TomlValue& from, const Field<Target>& field, Target& to) {
  Mistakes found = field.read(from, to);
  const auto* text = from.get<std::string>();
  if (found.empty() || !from.is_from_variable || text == nullptr) return found;
  const std::optional<TomlValue> meant = parse_toml_value(*text);
  if (!meant) return found;
  found = field.read(*meant, to);
  for (TomlProblem& mistake : found) mistake.place = from.place;
  return found;
}

TomlProblem unknown_key(const TomlEntry& entry, const std::vector<std::string>& names) {
  const auto meant = closest(entry.key, names);
  return {entry.key_place,
          fmt::format("unknown key {}; {}", toml_string(entry.key),
                      meant ? "did you mean \"" + *meant + "\"?"
                            : fmt::format("there are {}", fmt::join(names, ", ")))};
}

template <typename Target, std::size_t count>
Mistakes read_fields(const TomlValue& from, const Field<Target> (&fields)[count],
                     std::string_view example, Target& to) {
  const auto* entries = from.get<TomlValue::Table>();
  if (entries == nullptr) {
    return one(from.place,
               fmt::format("must be a table such as {}, not {}", example, kind_of(from)));
  }
  std::vector<std::string> names;
  for (const auto& field : fields) names.emplace_back(field.name);
  Mistakes mistakes;
  for (const TomlEntry& entry : *entries) {
    const auto known = std::find_if(std::begin(fields), std::end(fields),
                                    [&](const auto& field) { return field.name == entry.key; });
    if (known == std::end(fields)) {
      mistakes.push_back(unknown_key(entry, names));
      continue;
    }
    for (const TomlProblem& mistake : read_field(entry.value, *known, to))
      mistakes.push_back({mistake.place, fmt::format("{}: {}", entry.key, mistake.message)});
  }
  return mistakes;
}

Mistakes read_texts(const TomlValue& from, std::vector<std::string>& to) {
  const auto* items = from.get<TomlValue::Array>();
  if (items == nullptr)
    return one(from.place, fmt::format("must be a list of strings, not {}", kind_of(from)));
  std::vector<std::string> texts(items->size());
  Mistakes mistakes;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const TomlValue& item = (*items)[i];
    if (const auto taken = read_string(item, texts[i]); !taken)
      mistakes.push_back({item.place, taken.error().context});
  }
  if (mistakes.empty()) to = std::move(texts);
  return mistakes;
}

Result<void> read_style(const TomlValue& from, Style& to) {
  return read_enum(from, style_words(), to);
}

// One style for all, or a table.
Mistakes read_styles(const TomlValue& from, std::map<std::string, Style>& to) {
  std::map<std::string, Style> styles;
  Mistakes mistakes;
  if (const auto* entries = from.get<TomlValue::Table>()) {
    for (const TomlEntry& entry : *entries) {
      if (const auto taken = read_style(entry.value, styles[entry.key]); !taken) {
        mistakes.push_back(
            {entry.value.place, fmt::format("{}: {}", entry.key, taken.error().context)});
      }
    }
  } else if (from.get<std::string>() != nullptr) {
    mistakes = mistakes_of(from, read_style(from, styles["default"]));
  } else {
    mistakes = one(from.place, fmt::format("must be a style such as \"token\", or a table such as "
                                           "{{ pii = \"hash\", default = \"token\" }}, not {}",
                                           kind_of(from)));
  }
  if (mistakes.empty()) to = std::move(styles);
  return mistakes;
}

// Empty: none, which takes away that of [defaults].
Result<void> read_literals(const TomlValue& from, std::string& to) {
  if (const auto* path = from.get<std::string>(); path != nullptr && path->empty()) {
    to.clear();
    return {};
  }
  return read_path(from, to);
}

using Value = const TomlValue&;
using M = MaskingConfig;

constexpr Field<AllowList> kAllowFields[] = {
    {"exact", [](Value v, AllowList& a) { return read_texts(v, a.exact); }},
    {"prefix", [](Value v, AllowList& a) { return read_texts(v, a.prefix); }},
    {"suffix", [](Value v, AllowList& a) { return read_texts(v, a.suffix); }},
    {"regex", [](Value v, AllowList& a) { return read_texts(v, a.regex); }},
};

Mistakes read_allow(const TomlValue& from, AllowList& to) {
  AllowList allow;
  Mistakes mistakes =
      read_fields(from, kAllowFields, "{ exact = [\"text\"], prefix = [\"test_\"] }", allow);
  if (mistakes.empty()) to = std::move(allow);
  return mistakes;
}

constexpr Field<M> kMaskingFields[] = {
    {"packs", [](Value v, M& m) { return read_texts(v, m.packs); }},
    {"mode", [](Value v, M& m) { return mistakes_of(v, read_enum(v, kModes, m.mode)); }},
    {"on", [](Value v, M& m) { return read_texts(v, m.on); }},
    {"off", [](Value v, M& m) { return read_texts(v, m.off); }},
    {"allow", [](Value v, M& m) { return read_allow(v, m.allow); }},
    {"style", [](Value v, M& m) { return read_styles(v, m.styles); }},
    {"literals", [](Value v, M& m) { return mistakes_of(v, read_literals(v, m.literals)); }},
    {"env", [](Value v, M& m) { return mistakes_of(v, read_bool(v, m.env)); }},
};

Mistakes read_all(const TomlValue& from, MaskingConfig& to) {
  return read_fields(from, kMaskingFields, "{ packs = [\"default\"], mode = \"enforce\" }", to);
}

Result<void> first_of(const Mistakes& mistakes) {
  if (mistakes.empty()) return {};
  return fail(ErrorCode::invalid, mistakes.front().message);
}

std::string write_allow(const AllowList& allow) {
  std::vector<std::string> fields;
  const auto add = [&](std::string_view name, const std::vector<std::string>& texts) {
    if (!texts.empty()) fields.push_back(fmt::format("{} = {}", name, toml_list(texts)));
  };
  add("exact", allow.exact);
  add("prefix", allow.prefix);
  add("suffix", allow.suffix);
  add("regex", allow.regex);
  return fields.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(fields, ", "));
}

std::string style_text(Style style) {
  return toml_string(style_words()[static_cast<std::size_t>(style)]);
}

std::string write_styles(const std::map<std::string, Style>& styles) {
  if (styles.size() == 1 && styles.begin()->first == "default") {
    return style_text(styles.begin()->second);
  }
  std::vector<std::string> fields;
  for (const auto& [name, style] : styles) {
    fields.push_back(fmt::format("{} = {}", toml_string(name), style_text(style)));
  }
  return fields.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(fields, ", "));
}

}  // namespace

const std::vector<std::string>& style_words() {
  static const std::vector<std::string> words = {"token", "hash",   "partial",
                                                 "fixed", "remove", "same_length"};
  return words;
}

Result<void> read_allow_list(const TomlValue& from, AllowList& to) {
  return first_of(read_allow(from, to));
}

Result<void> read_masking(const TomlValue& from, MaskingConfig& to) {
  return first_of(read_all(from, to));
}

std::vector<TomlProblem> masking_mistakes(const TomlValue& from) {
  MaskingConfig ignored;
  return read_all(from, ignored);
}

std::string write_masking(const MaskingConfig& masking, MaskingFields fields) {
  const MaskingConfig built_in;
  const bool all = fields == MaskingFields::all;
  std::string text = fmt::format("{{ packs = {}, mode = {}", toml_list(masking.packs),
                                 toml_string(kModes[static_cast<std::size_t>(masking.mode)]));
  const auto add = [&](bool is_other, std::string_view name, const std::string& value) {
    if (all || is_other) text += fmt::format(", {} = {}", name, value);
  };
  add(masking.on != built_in.on, "on", toml_list(masking.on));
  add(masking.off != built_in.off, "off", toml_list(masking.off));
  add(masking.allow != built_in.allow, "allow", write_allow(masking.allow));
  add(masking.styles != built_in.styles, "style", write_styles(masking.styles));
  add(masking.literals != built_in.literals, "literals", toml_string(masking.literals));
  add(masking.env != built_in.env, "env", masking.env ? "true" : "false");
  return text + " }";
}

}  // namespace logd
