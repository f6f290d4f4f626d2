// Keeps the user's rule files that last loaded well, as <log_dir>/.rules/last-good.
//
// So a mistake in a rule file takes away no rule that was in force. One file, replaced as a whole:
//
//   logd-rules 1 FILES BYTES CHECKSUM LF        BYTES and CHECKSUM are of all that follows
//   *( SIZE-OF-NAME SP SIZE-OF-TEXT LF NAME TEXT )
//
// The check sum (FNV-1a, 64 bits) is for damage, not for forgery: who can write here can write
// there, too. Blocks for the disk. Any thread, one at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "logd/file_system.h"
#include "logd/result.h"
#include "rules/rule_library.h"

namespace logd {

class LastGoodRules {
 public:
  // `fs` must outlive this; `log_dir` must exist when it is used.
  LastGoodRules(FileSystem& fs, std::string log_dir) : fs_(fs), log_dir_(std::move(log_dir)) {}

  // Errors: not_found (nothing is kept), corrupt, and those of files.
  Result<std::vector<RuleText>> read() const;

  // Mode 0600. After an error what was kept before is still there. Errors: those of files.
  Result<void> keep(std::span<const RuleText> files) const;

  // Nothing is kept any more; that nothing was is no error.
  Result<void> forget() const;

 private:
  Result<std::unique_ptr<Directory>> directory(Create create) const;

  FileSystem& fs_;
  std::string log_dir_;
};

// The contents of that file.
std::string encode_rule_texts(std::span<const RuleText> files);
// Errors: corrupt.
Result<std::vector<RuleText>> decode_rule_texts(std::string_view contents);

}  // namespace logd
