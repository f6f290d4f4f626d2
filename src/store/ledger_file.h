// Maps the ledger of one log: a small preallocated file in run_dir that outlives the daemon.
// Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "logd/result.h"
#include "store/ledger.h"

namespace logd {

class LedgerFile {
 public:
  // Maps `<directory>/<log>`, creating it. All its blocks are allocated at once, so that a full
  // file system is an error here and never a signal later. Errors: no_space, permission, io.
  static Result<std::unique_ptr<LedgerFile>> open(int directory_descriptor, const std::string& log);

  ~LedgerFile();
  LedgerFile(const LedgerFile&) = delete;
  LedgerFile& operator=(const LedgerFile&) = delete;

  Ledger& ledger() { return ledger_; }

 private:
  explicit LedgerFile(void* mapping);
  void* mapping_;
  Ledger ledger_;
};

// The id of this boot. Errors: io.
Result<std::array<std::uint8_t, 16>> read_boot_id();

}  // namespace logd
