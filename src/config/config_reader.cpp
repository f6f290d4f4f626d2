// SPDX-License-Identifier: Apache-2.0
#include "config/config_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/closest.h"
#include "base/size_text.h"
#include "base/socket_address.h"
#include "config/config_keys.h"
#include "config/toml_tree.h"
#include "logd/names.h"

namespace logd {
namespace {

constexpr std::string_view kDefaults = "defaults";
constexpr std::string_view kProcess = "process";
constexpr std::string_view kFifo = "fifo";
constexpr std::string_view kHttp = "http";
constexpr std::size_t kMaxShownCharacters = 160;

template <typename Target>
const ConfigKey<Target>* find_key(std::span<const ConfigKey<Target>> keys, std::string_view name) {
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [&](const ConfigKey<Target>& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

class Reader {
 public:
  Reader(Config& config, ConfigLines& lines) : config_(config), lines_(lines) {}

  void read_root(const TomlValue::Table& root) {
    for (const TomlEntry& entry : root) {
      if (entry.key == kHttp)
        read_http(entry);
      else if (entry.key != kDefaults && entry.key != kProcess)
        read_global(entry);
    }
    // Whatever their order in the file: processes start from the defaults.
    for (const TomlEntry& entry : root) {
      if (entry.key != kDefaults) continue;
      if (const auto* keys = table_of(entry)) {
        for (const TomlEntry& key : *keys) read_default(key);
      }
    }
    for (const TomlEntry& entry : root) {
      if (entry.key != kProcess) continue;
      if (const auto* processes = table_of(entry)) {
        for (const TomlEntry& process : *processes) read_process(process);
      }
    }
    check_escrow();
  }

  void add(TomlPlace place, std::string message) {
    problems_.push_back({place.line, place.column, std::move(message)});
  }

  std::vector<ConfigProblem> sorted_problems() {
    std::stable_sort(problems_.begin(), problems_.end(), [](const auto& a, const auto& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return std::move(problems_);
  }

 private:
  const TomlValue::Table* table_of(const TomlEntry& entry) {
    const auto* table = entry.value.get<TomlValue::Table>();
    if (table == nullptr) {
      add(entry.key_place,
          fmt::format("\"{}\" must be a table, not {}", entry.key, kind_of(entry.value)));
    }
    return table;
  }

  template <typename Target>
  void read_value(const std::string& section, const ConfigKey<Target>& key, Target& target,
                  const TomlEntry& entry) {
    lines_[{section, entry.key}] = entry.key_place.line;
    if (const Result<void> taken = key.read(target, entry.value); !taken) {
      add(entry.value.place, entry.key + ": " + taken.error().message());
    }
  }

  void read_global(const TomlEntry& entry) {
    if (const auto* key = find_key(global_keys(), entry.key)) {
      if (entry.key == "max_escrow") escrow_place_ = entry.value.place;
      read_value("", *key, config_, entry);
    } else if (find_key(process_keys(), entry.key) != nullptr) {
      add(entry.key_place,
          fmt::format("\"{}\" belongs under [defaults] or [process.NAME]", entry.key));
    } else {
      std::vector<std::string> words = {std::string(kDefaults), std::string(kProcess),
                                        std::string(kHttp)};
      for (const auto& known : global_keys()) words.emplace_back(known.name);
      add_unknown(entry, words);
    }
  }

  void read_http(const TomlEntry& table) {
    const auto* entries = table_of(table);
    if (entries == nullptr) return;
    std::optional<TomlPlace> listen_place;
    for (const TomlEntry& entry : *entries) {
      if (entry.key == "listen") listen_place = entry.value.place;
      if (const auto* key = find_key(http_keys(), entry.key)) {
        read_value(std::string(kHttp), *key, config_.http, entry);
      } else {
        std::vector<std::string> words;
        for (const auto& known : http_keys()) words.emplace_back(known.name);
        add_unknown(entry, words);
      }
    }
    if (listen_place && needs_token(config_.http))
      add(*listen_place, fmt::format("listen: {} is not a loopback address: set token_file, too",
                                     config_.http.listen));
  }

  static bool needs_token(const HttpConfig& http) {
    const auto address = parse_socket_address(http.listen);
    return address && !address->is_loopback && http.token_file.empty();
  }

  void read_default(const TomlEntry& entry) {
    if (entry.key == kFifo) {
      add(entry.key_place, "\"fifo\" belongs under [process.NAME]: a FIFO is made for one process");
      return;
    }
    read_setting(std::string(kDefaults), config_.defaults, entry);
  }

  void read_process(const TomlEntry& process) {
    if (const Result<void> checked = check_process_name(process.key); !checked) {
      add(process.key_place, checked.error().message());
      return;
    }
    const auto* keys = table_of(process);
    if (keys == nullptr) return;
    const std::string section = fmt::format("{}.{}", kProcess, process.key);
    ProcessConfig& settings = config_.processes[process.key] = config_.defaults;
    for (const TomlEntry& key : *keys) read_setting(section, settings, key);
    if (settings.fifo) drop_unless_set(section, settings);
  }

  // Nobody started the writers of a FIFO under logd's eyes, so they must not come to a halt with
  // it.
  void drop_unless_set(const std::string& section, ProcessConfig& settings) {
    const auto is_set = [&](const char* key) {
      return lines_.contains({section, key}) || lines_.contains({std::string(kDefaults), key});
    };
    if (!is_set("on_full")) settings.on_full = OnFull::drop;
    if (!is_set("on_disk_full")) settings.on_disk_full = OnDiskFull::drop;
  }

  void read_setting(const std::string& section, ProcessConfig& target, const TomlEntry& entry) {
    if (const auto* key = find_key(process_keys(), entry.key)) {
      read_value(section, *key, target, entry);
    } else if (find_key(global_keys(), entry.key) != nullptr) {
      add(entry.key_place,
          fmt::format("\"{}\" belongs at the top of the file, before the first [table]",
                      entry.key));
    } else {
      std::vector<std::string> words;
      for (const auto& known : process_keys()) words.emplace_back(known.name);
      add_unknown(entry, words);
    }
  }

  void add_unknown(const TomlEntry& entry, const std::vector<std::string>& words) {
    const auto meant = closest(entry.key, words);
    add(entry.key_place,
        fmt::format("unknown key {}{}", toml_string(entry.key),
                    meant ? fmt::format("; did you mean \"{}\"?", *meant) : std::string()));
  }

  // A single stream's escrow must fit.
  void check_escrow() {
    if (!escrow_place_) return;
    std::uint64_t max_line_bytes = config_.defaults.max_line_bytes;
    for (const auto& [name, settings] : config_.processes) {
      max_line_bytes = std::max(max_line_bytes, settings.max_line_bytes);
    }
    const std::uint64_t needed = escrow_bytes_for(max_line_bytes);
    if (config_.max_escrow_bytes >= needed) return;
    add(*escrow_place_, fmt::format("max_escrow: must be at least {}, since a max_line is {}",
                                    size_text(needed), size_text(max_line_bytes)));
  }

  Config& config_;
  ConfigLines& lines_;
  std::optional<TomlPlace> escrow_place_;
  std::vector<ConfigProblem> problems_;
};

std::string_view line_of(std::string_view contents, std::uint32_t number) {
  for (std::uint32_t line = 1; line < number; ++line) {
    const std::size_t end = contents.find('\n');
    if (end == std::string_view::npos) return {};
    contents.remove_prefix(end + 1);
  }
  std::string_view line = contents.substr(0, contents.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

std::string source_with_caret(std::string_view contents, std::uint32_t line, std::uint32_t column) {
  const std::string_view source = line_of(contents, line);
  if (source.empty() || column == 0) return {};
  std::string shown;
  std::string indent;
  std::size_t characters = 0;
  for (const char c : source) {
    if (begins_character(c) && ++characters > kMaxShownCharacters) break;
    const bool is_control = static_cast<unsigned char>(c) < ' ' && c != '\t';
    shown += is_control || c == '\x7f' ? '?' : c;
    // A tab below a tab, so that the caret stands right whatever its width.
    if (begins_character(c) && characters < column) indent += c == '\t' ? '\t' : ' ';
  }
  return "\n  " + shown + (column <= kMaxShownCharacters ? "\n  " + indent + "^" : "");
}

std::string ConfigProblem::text(std::string_view file, std::string_view contents) const {
  return fmt::format("{}:{}:{}: {}{}", file, line, column, message,
                     source_with_caret(contents, line, column));
}

std::vector<ConfigProblem> read_config(std::string_view contents, Config& config,
                                       ConfigLines& lines) {
  Reader reader(config, lines);
  const std::variant<TomlValue, TomlProblem> parsed = parse_toml(contents);
  if (const auto* problem = std::get_if<TomlProblem>(&parsed)) {
    reader.add(problem->place, problem->message);
  } else if (const auto* root = std::get<TomlValue>(parsed).get<TomlValue::Table>()) {
    reader.read_root(*root);
  }
  return reader.sorted_problems();
}

}  // namespace logd
