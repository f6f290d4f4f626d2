// SPDX-License-Identifier: Apache-2.0
#include "ctl/top_report.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/time_format.h"
#include "ctl/table.h"

namespace logd {
namespace {

using Json = nlohmann::json;

TopFiles files_of(const TopReport& report, const TopRow& row) {
  const auto found = report.files.find(row.log.directory());
  return found == report.files.end() ? TopFiles() : found->second;
}

Json time_json(const std::optional<WallTime>& time) {
  return time ? Json(TimeFormat(Zone::utc).iso(*time)) : Json();
}

Json to_json(const TopRates& rates) {
  return {{"lines_per_s", rates.lines},
          {"err_lines_per_s", rates.err_lines},
          {"bytes_per_s", rates.bytes},
          {"masked_per_s", rates.masked}};
}

Json to_json(const TopRow& row, const TopReport& report) {
  Json json = to_json(row.rates);
  const TopFiles files = files_of(report, row);
  const auto& limit = report.config.of(row.log.process).max_total_size_bytes;
  json.update({{"process", row.log.process},
               {"instance", row.log.instance == kNoInstance ? Json() : Json(row.log.instance)},
               {"runs", row.status.runs},
               {"lines", row.status.lines},
               {"masked", row.status.masked},
               {"dropped_lines", lost_lines(row.status.dropped)},
               {"limited_lines", row.status.dropped.max_rate},
               {"bytes_on_disk", row.status.bytes_on_disk},
               {"max_total_size", limit ? Json(*limit) : Json()},
               {"segments", row.status.segments},
               {"rotated", time_json(files.rotated)},
               {"last_record", time_json(files.last_record)},
               {"state", row.status.state}});
  return json;
}

}  // namespace

std::string top_text(const TopReport& report) {
  Table table(top_headings());
  for (const TopRow* row : report.model.rows(report.sort, ""))
    table.row(top_cells({*row, files_of(report, *row), report.config, report.now}));
  return table.str();
}

std::string top_json(const TopReport& report) {
  const DaemonStatus& status = report.model.status();
  const TopSums sums = report.model.sums();
  Json processes = Json::array();
  for (const TopRow* row : report.model.rows(report.sort, ""))
    processes.push_back(to_json(*row, report));
  Json json = to_json(sums.rates);
  json.update({{"v", 1},
               {"time", TimeFormat(Zone::utc).iso(report.now)},
               {"version", status.version},
               {"uptime_s", status.uptime_s},
               {"state", word_of(status.health.level())},
               {"messages", status.messages()},
               {"logs_bytes", status.space.logs_bytes},
               {"disk_bytes", status.space.disk_bytes},
               {"free_bytes", status.space.free_bytes},
               {"archives_waiting", status.archives.waiting},
               {"dropped_lines", sums.dropped_lines},
               {"limited_lines", sums.limited_lines},
               {"masked", sums.masked},
               {"processes", std::move(processes)}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace logd
