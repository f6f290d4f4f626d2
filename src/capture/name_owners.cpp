// SPDX-License-Identifier: Apache-2.0
#include "capture/name_owners.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/accounts.h"
#include "base/diagnostics.h"
#include "store/owner_file.h"

namespace logd {
namespace {

constexpr std::ptrdiff_t kMaxNamesPerUser = 4096;

std::vector<std::uint32_t> look_up(const std::string& table, const ProcessConfig& settings) {
  std::vector<std::uint32_t> uids;
  for (const std::string& user : settings.allow_users) {
    const auto uid = user_id(user);
    if (uid) uids.push_back(*uid);
    if (!uid) log_warn(fmt::format("{}: allow_users: there is no user '{}'", table, user));
  }
  return uids;
}

}  // namespace

void NameOwners::set_allowed(const Config& config) {
  allowed_by_default_ = look_up("defaults", config.defaults);
  allowed_.clear();
  for (const auto& [process, settings] : config.processes)
    allowed_[process] = settings.allow_users == config.defaults.allow_users
                            ? allowed_by_default_
                            : look_up(process, settings);
}

void NameOwners::learn(const LogName& name, Directory& log) {
  const StoredOwner stored = read_owner(log);
  if (stored.state == StoredOwner::State::known) owners_.emplace(name.process, stored.uid);
  if (stored.state != StoredOwner::State::damaged) return;
  damaged_.insert(name.process);
  log_error(fmt::format("{}: .owner does not say who owns the name", name.directory()));
}

bool NameOwners::is_allowed(const std::string& process, std::uint32_t uid) const {
  const auto own = allowed_.find(process);
  const auto& uids = own == allowed_.end() ? allowed_by_default_ : own->second;
  return std::find(uids.begin(), uids.end(), uid) != uids.end();
}

Result<void> NameOwners::check(const LogName& name, std::uint32_t uid) const {
  if (uid == 0) return {};
  const auto owner = owners_.find(name.process);
  if (owner != owners_.end()) {
    if (owner->second == uid || is_allowed(name.process, uid)) return {};
    return fail(ErrorCode::permission,
                fmt::format("the name '{}' belongs to uid {}; ask for allow_users in its "
                            "configuration, or take another name",
                            name.process, owner->second));
  }
  if (damaged_.contains(name.process)) {
    if (is_allowed(name.process, uid)) return {};
    return fail(ErrorCode::permission,
                fmt::format("who owns the name '{}' cannot be read: root must write the uid into "
                            "its .owner",
                            name.process));
  }
  const auto owned = std::count_if(owners_.begin(), owners_.end(),
                                   [uid](const auto& entry) { return entry.second == uid; });
  if (owned < kMaxNamesPerUser) return {};
  return fail(ErrorCode::limit, fmt::format("uid {} owns {} names already", uid, owned));
}

Result<std::shared_ptr<File>> NameOwners::claim(const LogName& name, std::uint32_t uid,
                                                Directory& log) {
  if (!owners_.contains(name.process)) {
    learn(name, log);  // it may have come since the start
    LOGD_TRY(check(name, uid));
    if (damaged_.contains(name.process) && !owners_.contains(name.process))
      return std::shared_ptr<File>();
  }
  const auto owner = owners_.find(name.process);
  std::shared_ptr<File> written;
  if (read_owner(log).state != StoredOwner::State::known) {
    LOGD_TRY_ASSIGN(written, write_owner(log, owner == owners_.end() ? uid : owner->second));
  }
  owners_.emplace(name.process, uid);  // unless somebody is
  return written;
}

}  // namespace logd
