// Reads what `logctl top` shows of files: when a log was rotated, its last record, its last lines.
//
// Reads again only what the daemon's counters say has moved. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "ctl/top_columns.h"
#include "ctl/top_model.h"
#include "logd/config.h"
#include "logd/file_system.h"

namespace logd {

class TopFileReader {
 public:
  // `fs` and `config` must outlive this object.
  TopFileReader(FileSystem& fs, const Config& config, Zone zone)
      : fs_(fs), config_(config), zone_(zone) {}

  // Of a log that cannot be read nothing is known.
  TopFiles look_at(const TopRow& row);

  // The last lines of a log, as `tail` shows them, at most `most`; or why they cannot be read.
  const std::vector<std::string>& last_lines(const TopRow& row, std::size_t most);

 private:
  struct Seen {
    std::uint64_t lines = 0;
    std::uint64_t segments = 0;
    bool operator==(const Seen&) const = default;
  };
  struct Look {
    Seen seen;
    TopFiles files;
  };

  Result<TopFiles> read_files(const LogName& log);
  std::vector<std::string> read_lines(const LogName& log, std::size_t most);

  FileSystem& fs_;
  const Config& config_;
  Zone zone_;
  std::map<std::string, Look> looks_;  // by directory
  std::string tail_of_;
  Seen tail_seen_;
  std::size_t tail_most_ = 0;
  std::vector<std::string> tail_;
};

}  // namespace logd
