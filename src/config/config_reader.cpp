// SPDX-License-Identifier: Apache-2.0
#include "config/config_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/size_text.h"
#include "base/socket_address.h"
#include "config/config_keys.h"
#include "config/key_spellings.h"
#include "config/value_readers.h"
#include "logd/names.h"
#include "mask/secret_names.h"

namespace logd {
namespace {

constexpr std::string_view kDefaults = "defaults";
constexpr std::string_view kProcess = "process";
constexpr std::string_view kFifo = "fifo";
constexpr std::string_view kHttp = "http";
constexpr std::string_view kAlert = "alert";
constexpr std::string_view kShip = "ship";
constexpr std::string_view kTables[] = {kDefaults, kProcess, kHttp, kAlert, kShip};

template <typename Target>
const ConfigKey<Target>* find_key(std::span<const ConfigKey<Target>> keys, std::string_view name) {
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [&](const ConfigKey<Target>& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

template <typename Target>
std::vector<std::string> names_of(std::span<const ConfigKey<Target>> keys) {
  std::vector<std::string> names;
  for (const auto& key : keys) names.emplace_back(key.name);
  return names;
}

class Reader {
 public:
  Reader(const ConfigInput& input, Config& config) : input_(input), config_(config) {}

  // Whatever their order in the files: processes start from the defaults.
  ConfigReading read() {
    for_each_part([this](const TomlValue::Table& root) { read_globals(root); });
    read_variables("", global_keys(), config_);
    for_each_part([this](const TomlValue::Table& root) { read_http(root); });
    check_http();
    for_each_part([this](const TomlValue::Table& root) { read_defaults(root); });
    read_variables(std::string(kDefaults), process_keys(), config_.defaults);
    for_each_part([this](const TomlValue::Table& root) { read_processes(root); });
    for (auto& [name, process] : config_.processes)
      if (process.fifo) drop_unless_set(section_of(kProcess, name), process);
    for_each_part([this](const TomlValue::Table& root) {
      read_named(root, kAlert, "an alert", alert_keys(), config_.alerts);
      read_named(root, kShip, "a destination", ship_keys(), config_.ships);
    });
    check_escrow();
    return std::move(reading_);
  }

 private:
  template <typename Read>
  void for_each_part(Read read) {
    for (const ConfigDocument& document : input_.documents) {
      document_ = &document;
      for (const TomlValue& part : document.parts)
        if (const auto* root = part.get<TomlValue::Table>()) read(*root);
    }
  }

  void add(TomlPlace place, std::string message, bool is_optional = true) {
    reading_.problems.push_back(
        {document_->at(place), std::move(message), ProblemKind::error, is_optional});
  }

  const TomlValue::Table* table_of(const TomlEntry& entry) {
    const auto* table = entry.value.get<TomlValue::Table>();
    if (table == nullptr) {
      add(entry.key_place,
          fmt::format("\"{}\" must be a table, not {}", entry.key, kind_of(entry.value)));
    }
    return table;
  }

  static std::string section_of(std::string_view kind, const std::string& name) {
    return fmt::format("{}.{}", kind, name);
  }

  void read_globals(const TomlValue::Table& root) {
    for (const TomlEntry& entry : root)
      if (std::find(std::begin(kTables), std::end(kTables), entry.key) == std::end(kTables))
        read_global(entry);
  }

  void read_global(const TomlEntry& entry) {
    if (const auto* key = find_key(global_keys(), entry.key)) {
      read_entry("", *key, config_, entry);
    } else if (find_key(process_keys(), entry.key) != nullptr) {
      add(entry.key_place,
          fmt::format("\"{}\" belongs under [defaults] or [process.NAME]", entry.key),
          !is_needed_by_logctl(entry.key));
    } else {
      std::vector<std::string> names = names_of(global_keys());
      names.insert(names.end(), std::begin(kTables), std::end(kTables));
      add_unknown(entry, names);
    }
  }

  void read_defaults(const TomlValue::Table& root) {
    for (const TomlEntry& entry : root) {
      if (entry.key != kDefaults) continue;
      const auto* keys = table_of(entry);
      for (const TomlEntry& key : keys != nullptr ? *keys : TomlValue::Table()) read_default(key);
    }
  }

  void read_http(const TomlValue::Table& root) {
    for (const TomlEntry& entry : root) {
      if (entry.key != kHttp) continue;
      const auto* keys = table_of(entry);
      for (const TomlEntry& key : keys != nullptr ? *keys : TomlValue::Table()) {
        if (const auto* known = find_key(http_keys(), key.key)) {
          read_entry(std::string(kHttp), *known, config_.http, key);
        } else {
          add_unknown(key, names_of(http_keys()));
        }
      }
    }
  }

  // Nobody else may reach it without a token.
  void check_http() {
    const auto origin = reading_.origins.find({std::string(kHttp), "listen"});
    const auto address = parse_socket_address(config_.http.listen);
    if (origin == reading_.origins.end() || !address || address->is_loopback) return;
    if (!config_.http.token_file.empty()) return;
    reading_.problems.push_back(
        {origin->second.place,
         fmt::format("listen: {} is not a loopback address: set token_file, too",
                     config_.http.listen),
         ProblemKind::error, true});
  }

  void read_default(const TomlEntry& entry) {
    if (entry.key == kFifo) {
      add(entry.key_place, "\"fifo\" belongs under [process.NAME]: a FIFO is made for one process");
      return;
    }
    read_setting(std::string(kDefaults), config_.defaults, entry);
  }

  void read_processes(const TomlValue::Table& root) {
    for (const TomlEntry& entry : root) {
      if (entry.key != kProcess) continue;
      const auto* processes = table_of(entry);
      for (const TomlEntry& process : processes != nullptr ? *processes : TomlValue::Table())
        read_process(process);
    }
  }

  void read_process(const TomlEntry& process) {
    const Result<void> checked = check_process_name(process.key);
    if (!checked) add(process.key_place, checked.error().message());
    const auto* keys = table_of(process);
    if (keys == nullptr) return;
    ProcessConfig of_nobody = config_.defaults;
    ProcessConfig& settings =
        checked ? config_.processes.try_emplace(process.key, config_.defaults).first->second
                : of_nobody;
    for (const TomlEntry& key : *keys)
      read_setting(section_of(kProcess, process.key), settings, key);
  }

  // [KIND.NAME], any number of them.
  template <typename Target>
  void read_named(const TomlValue::Table& root, std::string_view kind, std::string_view what,
                  std::span<const ConfigKey<Target>> keys, std::map<std::string, Target>& all) {
    for (const TomlEntry& entry : root) {
      if (entry.key != kind) continue;
      const auto* tables = table_of(entry);
      for (const TomlEntry& one : tables != nullptr ? *tables : TomlValue::Table()) {
        if (!is_process_name(one.key)) {
          add(one.key_place,
              fmt::format("{} is no name of {}: 1 to {} letters, digits, \".\", \"_\" and \"-\"",
                          toml_string(one.key), what, kMaxProcessNameBytes));
        }
        read_table(one, section_of(kind, one.key), keys, all);
      }
    }
  }

  template <typename Target>
  void read_table(const TomlEntry& table, const std::string& section,
                  std::span<const ConfigKey<Target>> keys, std::map<std::string, Target>& all) {
    const auto* entries = table_of(table);
    if (entries == nullptr) return;
    reading_.origins.try_emplace({section, ""}, ConfigOrigin{document_->at(table.key_place), {}});
    Target& settings = all[table.key];
    for (const TomlEntry& entry : *entries) {
      if (const auto* known = find_key(keys, entry.key)) {
        read_entry(section, *known, settings, entry);
      } else {
        add_unknown(entry, names_of(keys));
      }
    }
  }

  // Nobody started the writers of a FIFO under logd's eyes, so they must not come to a halt with
  // it.
  void drop_unless_set(const std::string& section, ProcessConfig& settings) {
    const auto is_set = [&](const char* key) {
      return reading_.origins.contains({section, key}) ||
             reading_.origins.contains({std::string(kDefaults), key});
    };
    if (!is_set("on_full")) settings.on_full = OnFull::drop;
    if (!is_set("on_disk_full")) settings.on_disk_full = OnDiskFull::drop;
  }

  void read_setting(const std::string& section, ProcessConfig& target, const TomlEntry& entry) {
    if (const auto* key = find_key(process_keys(), entry.key)) {
      read_entry(section, *key, target, entry);
    } else if (find_key(global_keys(), entry.key) != nullptr) {
      add(entry.key_place,
          fmt::format("\"{}\" belongs at the top of the file, before the first [table]", entry.key),
          !is_needed_by_logctl(entry.key));
    } else {
      add_unknown(entry, names_of(process_keys()));
    }
  }

  void add_unknown(const TomlEntry& entry, const std::vector<std::string>& names) {
    const std::string about = about_unknown_key(entry.key, names);
    const bool is_typo_of_needed = std::any_of(names.begin(), names.end(), [&](const auto& name) {
      return is_needed_by_logctl(name) && about.find(toml_string(name)) != std::string::npos;
    });
    const bool is_table = entry.value.get<TomlValue::Table>() != nullptr;
    add(entry.key_place, fmt::format("unknown key {}{}", toml_string(entry.key), about),
        !is_typo_of_needed && !is_table);
  }

  template <typename Target>
  void read_entry(const std::string& section, const ConfigKey<Target>& key, Target& target,
                  const TomlEntry& entry) {
    ConfigOrigin origin{document_->at(entry.key_place), {}};
    const auto before = reading_.origins.find({section, entry.key});
    if (before != reading_.origins.end() && before->second.place.name == document_->file) {
      add(entry.key_place,
          fmt::format("{} is set twice, in line {} too", entry.key, before->second.place.line),
          !is_needed_by_logctl(entry.key));
      return;
    }
    TomlValue value = entry.value;
    const Expansion expansion = expand_variables(entry.key, value, input_.variable);
    for (const ExpansionProblem& problem : expansion.problems) add_unset(key.name, problem);
    if (!expansion.problems.empty()) return;
    if (expansion.has_secret) origin.shown = toml_text(entry.value);
    const ConfigPlace at = document_->at(entry.value.place);
    take(section, key, target, value, std::move(origin), at);
  }

  void add_unset(std::string_view key, const ExpansionProblem& problem) {
    reading_.problems.push_back({document_->at(problem.place),
                                 fmt::format("{}: {}", key, problem.message), ProblemKind::error,
                                 !is_needed_by_logctl(key)});
  }

  template <typename Target>
  void read_variables(const std::string& section, std::span<const ConfigKey<Target>> keys,
                      Target& target) {
    for (const ConfigKey<Target>& key : keys) {
      // Paths of these may be relative there: config_file.h's business.
      if (key.name == kFifo || key.name == "log_dir" || key.name == "run_dir") continue;
      const std::string name = variable_of(key.name);
      const auto text = input_.variable(name);
      if (!text || text->empty()) continue;
      TomlValue value;
      value.is_from_variable = true;
      value.value = *text;
      const ConfigPlace place{name, 0, 0, {}};
      const std::string shown = is_secret_name(name) ? fmt::format("\"${{{}}}\"", name) : "";
      take(section, key, target, value, {place, shown}, place);
    }
  }

  template <typename Target>
  void take(const std::string& section, const ConfigKey<Target>& key, Target& target,
            const TomlValue& value, ConfigOrigin origin, const ConfigPlace& at) {
    const Result<void> taken =
        read_any(value, [&](const TomlValue& from) { return key.read(target, from); });
    if (!taken) add_refused(key, value, origin, at, taken.error());
    reading_.origins[{section, std::string(key.name)}] = std::move(origin);
  }

  template <typename Target>
  void add_refused(const ConfigKey<Target>& key, const TomlValue& value, const ConfigOrigin& origin,
                   const ConfigPlace& at, const Error& error) {
    const auto add_one = [&](const ConfigPlace& place, std::string_view why) {
      reading_.problems.push_back({place, fmt::format("{}: {}", key.name, why), ProblemKind::error,
                                   !is_needed_by_logctl(key.name)});
    };
    if (!origin.shown.empty()) {
      return add_one(at, fmt::format("the value of {} does not fit; it is not shown, as the "
                                     "variable has the name of a secret",
                                     origin.shown));
    }
    if (key.mistakes == nullptr) return add_one(at, error.message());
    const auto* text = value.get<std::string>();
    const auto meant =
        value.is_from_variable && text != nullptr ? parse_toml_value(*text) : std::nullopt;
    for (const TomlProblem& mistake : key.mistakes(meant ? *meant : value))
      add_one(value.is_from_variable ? at : document_->at(mistake.place), mistake.message);
  }

  // A single stream's escrow must fit.
  void check_escrow() {
    const auto origin = reading_.origins.find({"", "max_escrow"});
    if (origin == reading_.origins.end()) return;
    std::uint64_t max_line_bytes = config_.defaults.max_line_bytes;
    for (const auto& [name, settings] : config_.processes)
      max_line_bytes = std::max(max_line_bytes, settings.max_line_bytes);
    const std::uint64_t needed = escrow_bytes_for(max_line_bytes);
    if (config_.max_escrow_bytes >= needed) return;
    reading_.problems.push_back(
        {origin->second.place,
         fmt::format("max_escrow: must be at least {}, since a max_line is {}", size_text(needed),
                     size_text(max_line_bytes)),
         ProblemKind::error, true});
  }

  const ConfigInput& input_;
  Config& config_;
  const ConfigDocument* document_ = nullptr;  // that is being read
  ConfigReading reading_;
};

}  // namespace

ConfigReading read_config(const ConfigInput& input, Config& config) {
  ConfigReading reading = Reader(input, config).read();
  std::vector<std::string> files;
  for (const ConfigDocument& document : input.documents) {
    files.push_back(document.file);
    reading.problems.insert(reading.problems.end(), document.problems.begin(),
                            document.problems.end());
  }
  sort_problems(reading.problems, files);
  return reading;
}

std::string variable_of(std::string_view key) {
  std::string name(kVariablePrefix);
  for (const char c : key) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace logd
