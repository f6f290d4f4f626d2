// SPDX-License-Identifier: Apache-2.0
#include "query/segment_file.h"

#include <string>

namespace logd {

using Form = SegmentName::Form;

bool is_no_file(Directory& log, const SegmentName& name) {
  const auto status = log.status_of(name.str());
  return status && !status->is_regular;
}

Result<std::vector<ListedSegment>> list_segment_files(Directory& log) {
  LOGD_TRY_ASSIGN(std::vector<std::string> names, list_names(log));
  std::erase_if(names, [&](const std::string& name) {
    const auto parsed = parse_segment_name(name);
    return !parsed || is_no_file(log, *parsed);
  });
  return segments_among(names);
}

Result<OpenedSegment> open_segment_file(Directory& log, const ListedSegment& segment) {
  ListedSegment file = segment;
  if (file.name.form == Form::plain && is_no_file(log, file.name)) {
    if (!file.has_archive) return fail(ErrorCode::invalid, file.name.str() + " is no file");
    file.name = file.name.with(Form::archive);
  }
  if (file.name.form == Form::archive && is_no_file(log, file.name))
    return fail(ErrorCode::invalid, file.name.str() + " is no file");
  return open_segment(log, file);
}

}  // namespace logd
