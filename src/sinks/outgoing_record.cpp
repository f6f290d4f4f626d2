// SPDX-License-Identifier: Apache-2.0
#include "sinks/outgoing_record.h"

#include "sinks/record_time.h"

namespace logd {

void append_uid(std::string& to, const HostIdentity& host, const LogName& log,
                std::string_view time) {
  RecordTime record_time;
  record_time.set(time);
  to += uid_prefix(host, log);
  to += record_time.decimal();
}

std::string uid_prefix(const HostIdentity& host, const LogName& log) {
  return host.id + "/" + log.directory() + "/";
}

}  // namespace logd
