// SPDX-License-Identifier: Apache-2.0
#include "status/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace logd {
namespace {

constexpr std::size_t kShownDetails = 3;

}  // namespace

std::string_view word_of(HealthLevel level) {
  constexpr std::string_view kWords[] = {"ok", "degraded", "failing"};
  return kWords[static_cast<std::size_t>(level)];
}

void HealthCheck::find(HealthLevel found, std::string detail) {
  level = std::max(level, found);
  details.push_back(std::move(detail));
}

std::string HealthCheck::detail() const {
  const std::size_t shown = std::min(details.size(), kShownDetails);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += (i > 0 ? "; " : "") + details[i];
  if (details.size() > shown) text += fmt::format("; and {} more", details.size() - shown);
  return text;
}

HealthLevel Health::level() const {
  HealthLevel worst = HealthLevel::ok;
  for (const HealthCheck& one : checks) worst = std::max(worst, one.level);
  return worst;
}

HealthCheck& Health::check(std::string_view name) {
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [&](const HealthCheck& one) { return one.name == name; });
  return found != checks.end() ? *found : checks.emplace_back(std::string(name));
}

bool can_store(const Health& health) {
  return std::none_of(health.checks.begin(), health.checks.end(), [](const HealthCheck& one) {
    return one.level == HealthLevel::failing &&
           (one.name == kDiskCheck || one.name == kWritesCheck);
  });
}

}  // namespace logd
