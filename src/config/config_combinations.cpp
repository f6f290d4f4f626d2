// SPDX-License-Identifier: Apache-2.0
#include "config/config_combinations.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/size_text.h"
#include "base/socket_address.h"
#include "logd/names.h"

namespace logd {
namespace {

bool is_web_address(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!url.starts_with(scheme)) continue;
    url.remove_prefix(scheme.size());
    return !url.empty() && url.find_first_of(" \t\r\n") == std::string_view::npos &&
           std::string_view("/?#:@").find(url.front()) == std::string_view::npos;
  }
  return false;
}

// What stands between the scheme and the path.
std::string_view authority_of(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  return url.substr(0, url.find_first_of("/?#"));
}

bool is_of_this_machine(std::string_view url) {
  std::string_view host = authority_of(url);
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
    host = host.substr(0, colon);
  const auto address = parse_socket_address(std::string(host) + ":80");
  return address && address->is_loopback;
}

// A name, an instance, or a pattern of either.
bool is_name_or_pattern(const std::string& text) {
  return is_glob(text) || parse_log_name(text).has_value();
}

class Finder {
 public:
  explicit Finder(const ConfigOrigins& origins) : origins_(origins) {}

  void look_at_directories(const Config& config) {
    if (config.log_dir != config.run_dir || config.log_dir.empty()) return;
    exclude("", "run_dir", "log_dir",
            "run_dir is log_dir too: FIFOs and ledgers would stand among the logs");
  }

  void look_at(const std::string& section, const ProcessConfig& process) {
    const std::string max_size = "max_size = " + size_text(process.max_size_bytes);
    if (process.max_total_size_bytes && *process.max_total_size_bytes < process.max_size_bytes) {
      exclude(section, "max_total_size", "max_size",
              fmt::format("max_total_size = {} is less than {}: hardly any closed segment is kept",
                          size_text(*process.max_total_size_bytes), max_size));
    }
    if (process.min_size_bytes > process.max_size_bytes) {
      exclude(section, "min_size", "max_size",
              fmt::format("min_size = {} is more than {}: nothing is rotated by time",
                          size_text(process.min_size_bytes), max_size));
    }
    if (!process.compress) {
      for (const char* key : {"level", "keep_plain"})
        has_no_effect(section, key, "with compress = false");
    }
    if (process.on_full == OnFull::block)
      has_no_effect(section, "drop_after", "with on_full = \"block\"");
    if (process.rotate_interval == "off" && !process.rotate_after)
      has_no_effect(section, "min_size", "since nothing is rotated by time");
  }

  void look_at_alert(const std::string& section, const AlertConfig& alert) {
    if (alert.health.empty()) {
      if (alert.match.empty() && alert.level.empty())
        demand(section, "match, level or health", "what it is about");
      if (!alert.checks.empty()) has_no_effect(section, "checks", "without health");
    } else {
      for (const char* key : {"match", "level", "process", "stream", "count", "within", "lines"})
        refuse(section, key, "is about lines, and health about logd itself: make two alerts");
    }
    if (alert.webhook.empty() && alert.webhook_file.empty() && alert.command.empty())
      demand(section, "webhook, webhook_file or command", "how somebody is told");
    if (!alert.webhook.empty() && !alert.webhook_file.empty())
      refuse(section, "webhook_file", "cannot go with webhook: one of them holds the URL");
    if (alert.webhook.empty() && alert.webhook_file.empty())
      has_no_effect(section, "token_file", "without a webhook");
    if (!alert.webhook.empty() && !is_web_address(alert.webhook))
      refuse(section, "webhook", "must begin with \"http://\" or \"https://\" and have a host");
    for (const std::string& name : alert.processes)
      if (!is_name_or_pattern(name))
        refuse(section, "process", fmt::format("\"{}\" can be no process's name", name));
  }

  void look_at_ship(const std::string& section, const ShipConfig& ship) {
    if (ship.url.empty()) demand(section, "url", "where records go");
    look_at_url(section, "url", ship.url, "basic_file");
    look_at_url(section, "proxy", ship.proxy, "proxy_auth_file");
    const bool stays_here =
        is_of_this_machine(ship.url) && (ship.proxy.empty() || is_of_this_machine(ship.proxy));
    if (ship.url.starts_with("http://") && is_web_address(ship.url) && !stays_here &&
        !ship.allow_plaintext)
      refuse(section, "url",
             "is read by whoever is on the way: use https://, or allow_plaintext = true");
    if (ship.type == "clickhouse" && ship.table.empty())
      demand(section, "table", "what rows go into");
    if (ship.type == "elasticsearch" && ship.index.empty())
      demand(section, "index", "what documents go into");
    if (ship.type != "clickhouse")
      for (const char* key : {"table", "deduplication_token"})
        has_no_effect(section, key, "without type = \"clickhouse\"");
    if (ship.type != "elasticsearch")
      has_no_effect(section, "index", "without type = \"elasticsearch\"");
    look_at_objects(section, ship);
    if (!ship.required)
      for (const char* key : {"max_backlog", "max_backlog_age"})
        has_no_effect(section, key, "without required = true");
    if (!ship.bearer_file.empty() && !ship.basic_file.empty())
      refuse(section, "basic_file", "cannot go with bearer_file");
    if (ship.cert_file.empty() != ship.key_file.empty())
      demand(section, "cert_file and key_file", "one is of no use without the other");
    if (ship.proxy.empty()) has_no_effect(section, "proxy_auth_file", "without proxy");
    for (const std::string& name : ship.processes)
      if (!is_name_or_pattern(name))
        refuse(section, "process", fmt::format("\"{}\" can be no process's name", name));
  }

  void look_at_url(const std::string& section, const std::string& key, const std::string& url,
                   std::string_view file) {
    if (url.empty()) return;
    if (!is_web_address(url))
      refuse(section, key, "must begin with \"http://\" or \"https://\" and have a host");
    else if (authority_of(url).find('@') != std::string_view::npos)
      refuse(section, key, fmt::format("names a user, whom everybody would see: use {}", file));
  }

  void look_at_objects(const std::string& section, const ShipConfig& ship) {
    if (ship.type != "s3") {
      for (const char* key : {"bucket", "prefix", "region", "access_key", "secret_key_file"})
        has_no_effect(section, key, "without type = \"s3\"");
      return;
    }
    if (ship.bucket.empty()) demand(section, "bucket", "what segments go into");
    if (ship.access_key.empty() || ship.secret_key_file.empty())
      demand(section, "access_key and secret_key_file", "S3 takes nothing unsigned");
    if (ship.bucket.find('/') != std::string::npos)
      refuse(section, "bucket", "has a '/': the rest is the prefix");
    if (ship.url.find('?') != std::string::npos)
      refuse(section, "url", "has a query, which S3 would take for a part of the request");
    if (ship.region.empty()) refuse(section, "region", "is a part of every signature");
    for (const char* key : {"stream", "events", "compression", "attributes", "batch_size",
                            "batch_records", "batch_delay", "max_record"})
      has_no_effect(section, key, "with type = \"s3\": segments go as they are");
    for (const char* key : {"bearer_file", "basic_file"})
      has_no_effect(section, key, "with type = \"s3\"");
  }

  void look_at_group(const std::string& section, const std::string& group,
                     const HasGroup& has_group) {
    const ConfigOrigin* origin = find(section, "group");
    if (origin == nullptr || group.empty() || has_group(group)) return;
    problems_.push_back({origin->place,
                         fmt::format("there is no group {}: until there is, logd's own is used",
                                     origin->shown.empty() ? "'" + group + "'" : origin->shown),
                         ProblemKind::warning});
  }

  std::vector<ConfigProblem> take() { return std::move(problems_); }

 private:
  const ConfigOrigin* find(const std::string& section, const std::string& key) const {
    const auto found = origins_.find({section, key});
    return found == origins_.end() ? nullptr : &found->second;
  }

  bool is_set(const std::string& section, const std::string& key) const {
    return find(section, key) != nullptr || find("defaults", key) != nullptr;
  }

  // Said where one of the keys stands; a process takes the rest from [defaults].
  void exclude(const std::string& section, const std::string& key, const std::string& other,
               std::string message) {
    const ConfigOrigin* origin = find(section, key);
    if (origin == nullptr) origin = find(section, other);
    if (origin == nullptr) return;
    const bool are_both_set = is_set(section, key) && is_set(section, other);
    problems_.push_back({origin->place, std::move(message),
                         are_both_set ? ProblemKind::error : ProblemKind::warning});
  }

  void has_no_effect(const std::string& section, const std::string& key, std::string_view why) {
    if (const ConfigOrigin* origin = find(section, key)) {
      problems_.push_back(
          {origin->place, fmt::format("{} has no effect {}", key, why), ProblemKind::warning});
    }
  }

  // An alert or a destination lacks what it cannot do without.
  void demand(const std::string& section, std::string_view keys, std::string_view what_for) {
    const ConfigOrigin* origin = find(section, "");
    if (origin == nullptr) return;
    problems_.push_back({origin->place,
                         fmt::format("{} \"{}\" needs {}: {}",
                                     section.starts_with("ship.") ? "destination" : "alert",
                                     section.substr(section.find('.') + 1), keys, what_for),
                         ProblemKind::error, true});
  }

  void refuse(const std::string& section, const std::string& key, std::string_view why) {
    if (const ConfigOrigin* origin = find(section, key))
      problems_.push_back(
          {origin->place, fmt::format("{} {}", key, why), ProblemKind::error, true});
  }

  const ConfigOrigins& origins_;
  std::vector<ConfigProblem> problems_;
};

}  // namespace

std::vector<ConfigProblem> config_combinations(const Config& config, const ConfigOrigins& origins) {
  Finder finder(origins);
  finder.look_at_directories(config);
  finder.look_at("defaults", config.defaults);
  for (const auto& [name, process] : config.processes) finder.look_at("process." + name, process);
  for (const auto& [name, alert] : config.alerts) finder.look_at_alert("alert." + name, alert);
  for (const auto& [name, ship] : config.ships) finder.look_at_ship("ship." + name, ship);
  return finder.take();
}

std::vector<ConfigProblem> group_warnings(const Config& config, const ConfigOrigins& origins,
                                          const HasGroup& has_group) {
  Finder finder(origins);
  finder.look_at_group("defaults", config.defaults.group, has_group);
  for (const auto& [name, process] : config.processes)
    finder.look_at_group("process." + name, process.group, has_group);
  return finder.take();
}

}  // namespace logd
