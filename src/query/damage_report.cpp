// SPDX-License-Identifier: Apache-2.0
#include "query/damage_report.h"

#include <fmt/format.h>

#include "store/event.h"
#include "store/record_view.h"

namespace logd {
namespace {

constexpr int kMaxMessagesOfArchive = 3;

}  // namespace

bool begins_with_flush(std::string_view records) {
  RecordView record;
  return !records.empty() && look_at_record(take_first_record(records), record) &&
         record.type == RecordType::event && is_flushed_event(record.content);
}

void DamageReport::damage(std::uint64_t segment, const std::string& what) {
  if (damaged_[segment]++ > 0) return;
  (*report_)(Trouble::damage, fmt::format("{}: segment {}: {}", log_, segment, what));
}

void DamageReport::no_record(Position position) {
  damage(position.segment,
         fmt::format("what stands at byte {} is not a record and is left out", position.offset));
}

void DamageReport::archive_damage(std::uint64_t segment, const std::string& what) {
  const int before = damaged_[segment]++;
  if (before > kMaxMessagesOfArchive) return;
  (*report_)(Trouble::damage,
             fmt::format("{}: segment {}: damaged archive: {}", log_, segment,
                         before == kMaxMessagesOfArchive ? "and more of it" : what));
}

void DamageReport::cannot_open(std::uint64_t segment, const Error& error) {
  const bool is_new = unopened_.insert(segment).second;
  if (error.code == ErrorCode::invalid || !is_new) return;
  trouble(error, fmt::format("{}: segment {}", log_, segment));
}

void DamageReport::missing(std::uint64_t first, std::uint64_t behind) const {
  (*report_)(Trouble::damage,
             first + 1 == behind
                 ? fmt::format("{}: segment {} is missing", log_, first)
                 : fmt::format("{}: segments {} to {} are missing", log_, first, behind - 1));
}

void DamageReport::cannot_list(const Error& error) const { trouble(error, log_); }

void DamageReport::notice(const std::string& what) const {
  (*report_)(Trouble::notice, log_ + ": " + what);
}

bool DamageReport::has_unopened(std::uint64_t first, std::uint64_t behind) const {
  const auto found = unopened_.lower_bound(first);
  return found != unopened_.end() && *found < behind;
}

void DamageReport::trouble(const Error& error, const std::string& where) const {
  (*report_)(error.code == ErrorCode::permission ? Trouble::unreadable : Trouble::damage,
             where + ": " + error.message());
}

}  // namespace logd
