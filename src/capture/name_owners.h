// Knows who may write under which process name.
//
// The first uid that uses a name owns it, for good: `.owner` in the log's directory tells the next
// daemon. Reads only what the owner file says (store/owner_file.h). Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "logd/config.h"
#include "logd/file_system.h"
#include "logd/names.h"

namespace logd {

class NameOwners {
 public:
  // Looks up the users of allow_users; those that are not there are reported.
  explicit NameOwners(const Config& config) { set_allowed(config); }
  void set_allowed(const Config& config);

  // Learns at the start what the directory of a log says.
  void learn(const LogName& name, Directory& log);

  // Whether `uid` may write under this name; root always may. A name that nobody owns is for
  // anybody to claim, one whose owner cannot be read for root only. Errors: permission, limit (uid
  // owns too many names).
  Result<void> check(const LogName& name, std::uint32_t uid) const;

  // Makes `uid`, which has been checked, the owner if nobody is, and sees to it that `.owner` says
  // who is. Returns the file if it was written, for a sync. Errors: no_space, permission, io;
  // nothing has changed then.
  Result<std::shared_ptr<File>> claim(const LogName& name, std::uint32_t uid, Directory& log);

 private:
  bool is_allowed(const std::string& process, std::uint32_t uid) const;

  std::map<std::string, std::uint32_t> owners_;
  std::set<std::string> damaged_;
  std::vector<std::uint32_t> allowed_by_default_;
  std::map<std::string, std::vector<std::uint32_t>> allowed_;  // processes with settings
};

}  // namespace logd
