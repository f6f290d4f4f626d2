// The options -o and --json of commands that show a text or JSON.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ctl/options.h"

namespace logd {

class OutputFormat {
 public:
  void declare(Options& options) {
    options.text("-o,--output", format_, "text|json", "How it is written (text)");
    options.flag("--json", json_, "The same as -o json");
  }

  // Errors: invalid.
  Result<void> check() const {
    if (format_ == "text" || format_ == "json") return {};
    return fail(ErrorCode::invalid, "-o is text or json, not '" + format_ + "'");
  }

  bool is_json() const { return json_ || format_ == "json"; }

 private:
  std::string format_ = "text";
  bool json_ = false;
};

}  // namespace logd
