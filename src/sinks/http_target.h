// Says where the requests of a destination go, and refuses what would show lines or secrets on the
// way. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "logd/config.h"
#include "logd/result.h"

namespace logd {

class HttpTarget {
 public:
  // Of `url` and `proxy`. Errors: invalid (no http or https URL, one with a user or a fragment,
  // plain http to another machine without allow_plaintext).
  static Result<HttpTarget> of(const ShipConfig& config);

  // The URL with `path` behind its own, and the queries of both: "" for the URL itself, "/a",
  // "?b=c" or "&b=c". `path` is encoded already.
  std::string url_of(std::string_view path) const;

 private:
  std::string base_;   // up to the path, and that
  std::string query_;  // without '?'
};

}  // namespace logd
