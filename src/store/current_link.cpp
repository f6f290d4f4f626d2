// SPDX-License-Identifier: Apache-2.0
#include "store/current_link.h"

#include <string>

namespace logd {
namespace {

constexpr const char* kTemporary = "current.log.tmp";

}  // namespace

Result<void> point_current_link(Directory& log, const SegmentName& active) {
  if (auto removed = log.remove(kTemporary);
      !removed && removed.error().code != ErrorCode::not_found)
    return fail(removed.error());
  LOGD_TRY(log.make_symlink(active.str(), kTemporary));
  return log.rename(kTemporary, std::string(kCurrentLinkName));
}

}  // namespace logd
