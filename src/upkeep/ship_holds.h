// Knows which segments destinations that are `required` have not got yet, so that retention leaves
// them, up to the backlog that each of them may have.
//
// Read from the files of logd-ship's progress by the files worker, and only while something would
// go. What is not known yet is held. The limits of the disk do not ask. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "capture/log_table.h"
#include "ship/ship_state.h"
#include "upkeep/log_catalog.h"

namespace logd {

class ShipHolds {
 public:
  // `on_news` is called when less is held than before, or something else may be. All must outlive
  // it.
  ShipHolds(LogTable& logs, LogCatalog& catalog, std::function<void()> on_news);

  // The number of the first closed segment that has to stay, and all behind it; nothing: none has
  // to.
  std::optional<std::uint64_t> held_from(const KeptLog& log);

 private:
  // Of each log by its directory: the segment in which the destination stands.
  using Progress = std::map<std::string, std::uint64_t>;
  using AllProgress = std::map<std::string, Progress>;  // by destination

  void look();
  void take(AllProgress progress);
  void limit(const std::string& destination, const ShipConfig& config, Progress& held);

  LogTable& logs_;
  LogCatalog& catalog_;
  std::function<void()> on_news_;
  AllProgress progress_;  // within the limits
  bool is_known_ = false;
  bool is_looking_ = false;
  bool was_asked_ = false;  // since the last look
  MonoTime last_look_{};
  Timer timer_;
};

}  // namespace logd
