// Tells people what of a log could not be read: each segment's damage a few times at most.
//
// One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "logd/names.h"
#include "logd/result.h"
#include "query/position.h"

namespace logd {

// How bad something is that a reader met.
enum class Trouble : std::uint8_t {
  notice,      // worth a message: segments deleted before they were read
  unreadable,  // we may not read what is there
  damage,      // what should be there cannot be read
};
// Takes messages for people, without a newline.
using Report = std::function<void(Trouble, const std::string& message)>;

// Whether records are the first ones after a flush.
bool begins_with_flush(std::string_view records);

class DamageReport {
 public:
  // `report` must outlive this object.
  DamageReport(const LogName& log, const Report& report)
      : log_(log.directory()), report_(&report) {}

  // What stands in a segment cannot be read. Only the first such message of a segment is told.
  void damage(std::uint64_t segment, const std::string& what);

  void no_record(Position position);

  // Members of an archive are damaged: told a few times, and then there is no other damage to tell.
  void archive_damage(std::uint64_t segment, const std::string& what);

  // A segment cannot be opened; told once, and not at all if it is no file.
  void cannot_open(std::uint64_t segment, const Error& error);
  void pass_over(std::uint64_t segment) { unopened_.insert(segment); }

  // Segments from `first` up to before `behind` are not there, and nobody says why.
  void missing(std::uint64_t first, std::uint64_t behind) const;

  void cannot_list(const Error& error) const;
  void notice(const std::string& what) const;

  // Whether a segment with a number from `first` up to before `behind` could not be opened.
  bool has_unopened(std::uint64_t first, std::uint64_t behind) const;

  // Segments of which something is damaged, with how often that was found.
  const std::map<std::uint64_t, int>& damaged() const { return damaged_; }

  void forget() { damaged_.clear(), unopened_.clear(); }

 private:
  void trouble(const Error& error, const std::string& where) const;

  std::string log_;
  const Report* report_;
  std::map<std::uint64_t, int> damaged_;  // messages about each segment
  std::set<std::uint64_t> unopened_;
};

}  // namespace logd
