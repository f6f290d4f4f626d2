// SPDX-License-Identifier: Apache-2.0
#include "web/metrics_text.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>

#include "web/ship_metrics.h"

namespace logd::web {
namespace {

using Process = ProcessMetrics;

constexpr std::string_view kStreams[] = {"stdout", "stderr"};
constexpr std::string_view kRotations[] = {"size", "time", "demand"};

double seconds_of(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// The processes that are shown, each with its label.
struct Shown {
  const Process* process;
  std::string label;
};

class ProcessFamilies {
 public:
  ProcessFamilies(MetricsWriter& writer, const Metrics& metrics) : writer_(writer) {
    for (const auto& [name, process] : metrics.processes) {
      if (shown_.size() == kMaxProcessesShown) break;
      shown_.push_back({&process, label("process", name)});
    }
  }

  std::size_t shown() const { return shown_.size(); }

  void write() {
    write_input();
    write_losses();
    write_store();
    write_times();
  }

 private:
  template <typename Value>
  void each(Value value) {
    for (const Shown& one : shown_) writer_.sample(one.label, value(*one.process));
  }

  template <typename Value>
  void each_if_known(Value value) {
    for (const Shown& one : shown_)
      if (const auto known = value(*one.process)) writer_.sample(one.label, *known);
  }

  void sample_with(const Shown& one, std::string_view name, std::string_view value,
                   std::uint64_t count) {
    writer_.sample(one.label + "," + label(name, value), count);
  }

  void write_input() {
    writer_.counter("logd_received_lines_total", "Lines that were stored, or dropped by logd.");
    for (const Shown& one : shown_)
      for (std::size_t i = 0; i < std::size(kStreams); ++i)
        sample_with(one, "stream", kStreams[i], one.process->streams[i].lines);
    writer_.counter("logd_received_bytes_total", "Bytes taken from pipes.");
    for (const Shown& one : shown_)
      for (std::size_t i = 0; i < std::size(kStreams); ++i)
        sample_with(one, "stream", kStreams[i], one.process->streams[i].bytes);
    writer_.counter("logd_runs_total", "Runs begun.");
    each([](const Process& p) { return p.runs_begun; });
    writer_.gauge("logd_attached_runs", "Runs that are attached.");
    each([](const Process& p) { return p.runs_attached; });
    writer_.gauge("logd_process_up", "1 while a run of the process is attached.");
    each([](const Process& p) { return std::uint64_t{p.runs_attached > 0}; });
    writer_.counter("logd_writer_blocked_seconds_total",
                    "How long a full pipe of the process waited for logd, as far as logd knows; "
                    "not while there was no logd.");
    each([](const Process& p) { return p.writer_blocked_s; });
  }

  void write_losses() {
    writer_.counter("logd_dropped_lines_total", "Lines that were dropped.");
    for (const Shown& one : shown_) {
      const DroppedStatus& dropped = one.process->dropped;
      sample_with(one, "reason", "disk_full", dropped.disk_full);
      sample_with(one, "reason", "max_rate", dropped.max_rate);
      sample_with(one, "reason", "pipe_full", dropped.pipe_full);
    }
    writer_.counter("logd_cut_lines_total",
                    "Pieces of over-long lines that were stored as lines of their own.");
    each([](const Process& p) { return p.cut_lines; });
    writer_.counter("logd_process_masked_total", "Secrets masked.");
    each([](const Process& p) { return p.masked; });
    writer_.counter("logd_write_errors_total", "Attempts to store that failed.");
    for (const Shown& one : shown_) {
      sample_with(one, "reason", "disk_full", one.process->full_disk_errors);
      sample_with(one, "reason", "other", one.process->other_write_errors);
    }
  }

  void write_store() {
    writer_.counter("logd_written_bytes_total", "Bytes of records written, events included.");
    each([](const Process& p) { return p.written_bytes; });
    writer_.counter("logd_rotations_total", "Segments closed.");
    for (const Shown& one : shown_)
      for (std::size_t i = 0; i < std::size(kRotations); ++i)
        sample_with(one, "reason", kRotations[i], one.process->rotations[i]);
    writer_.gauge("logd_segments", "Segments on disk, archives and the active ones included.");
    each([](const Process& p) { return p.segments; });
    writer_.gauge("logd_disk_usage_bytes", "Size of all segments.");
    each([](const Process& p) { return p.disk_bytes; });
    writer_.gauge("logd_disk_limit_bytes", "max_total_size of all logs of the process.");
    each_if_known([](const Process& p) { return p.disk_limit_bytes; });
  }

  void write_times() {
    const auto seconds_if_known = [](const std::optional<WallTime>& time) {
      return time ? std::optional(seconds_of(*time)) : std::nullopt;
    };
    writer_.gauge("logd_oldest_record_timestamp_seconds",
                  "When the oldest segment was begun that is kept.");
    each_if_known([&](const Process& p) { return seconds_if_known(p.oldest_record); });
    writer_.gauge("logd_last_record_timestamp_seconds", "Time of the newest record.");
    each_if_known([&](const Process& p) { return seconds_if_known(p.last_record); });
    writer_.gauge("logd_time_ahead_seconds", "How far times of records run ahead of the clock.");
    each([](const Process& p) { return p.time_ahead_s; });
  }

  MetricsWriter& writer_;
  std::vector<Shown> shown_;
};

void write_health(MetricsWriter& writer, const Health& health) {
  writer.gauge("logd_health", "0 ok, 1 degraded, 2 failing.");
  writer.sample("", static_cast<std::uint64_t>(health.level()));
  writer.gauge("logd_health_check", "The same of each check.");
  for (const HealthCheck& check : health.checks)
    writer.sample(label("check", check.name), static_cast<std::uint64_t>(check.level));
}

void write_masking(MetricsWriter& writer, const MaskingStatus& masking) {
  writer.gauge("logd_masking_rules", "Rules that are loaded.");
  writer.sample("", masking.rule_count);
  writer.counter("logd_masking_searched_bytes_total", "Bytes searched, since rules were loaded.");
  writer.sample("", masking.bytes);
  writer.counter("logd_masked_total", "Secrets found, since rules were loaded.");
  for (const RuleStatus& rule : masking.hit) writer.sample(label("rule", rule.id), rule.masked);
  writer.counter("logd_masked_unseen_total", "Rests of lines masked unseen.");
  writer.sample("", masking.unverified);
}

void write_daemon(MetricsWriter& writer, const Metrics& metrics) {
  writer.gauge("logd_escrow_bytes", "Memory of all escrows.");
  writer.sample("", metrics.escrow_bytes);
  writer.gauge("logd_escrow_limit_bytes", "max_escrow.");
  writer.sample("", metrics.escrow_limit_bytes);
  writer.gauge("logd_disk_size_bytes", "Size of the file system of log_dir.");
  writer.sample("", metrics.disk_bytes);
  writer.gauge("logd_disk_free_bytes", "Free space of it, for logd.");
  writer.sample("", metrics.disk_free_bytes);
  writer.counter("logd_sync_failures_total", "Syncs that failed.");
  writer.sample("", metrics.sync_failures);
  writer.counter("logd_archives_total", "Archives made.");
  writer.sample("", metrics.archives.made);
  writer.counter("logd_archiving_failures_total", "Attempts to make an archive that failed.");
  writer.sample("", metrics.archives.failed);
  writer.gauge("logd_segments_to_archive", "Closed segments that are to become archives.");
  writer.sample("", metrics.archives.waiting);
  writer.counter("logd_deleted_segments_total", "Segments that retention has deleted.");
  for (const auto& [reason, segments] : metrics.deleted)
    writer.sample(label("reason", reason), segments);
}

void write_reloads(MetricsWriter& writer, const ReloadStatus& reloads) {
  writer.counter("logd_config_reloads_total", "Reloads of the configuration.");
  writer.sample(label("result", "failed"), reloads.failed);
  writer.sample(label("result", "succeeded"), reloads.succeeded);
  writer.gauge("logd_config_last_reload_successful", "0 if the last reload failed.");
  writer.sample("", std::uint64_t{!reloads.last_failed});
  writer.gauge("logd_config_last_reload_success_timestamp_seconds",
               "When the last one succeeded; 0 if none has.");
  writer.sample("", reloads.last_success_s);
}

void write_alerts(MetricsWriter& writer, const std::map<std::string, AlertMetrics>& alerts) {
  const auto each = [&](std::uint64_t AlertMetrics::*count) {
    for (const auto& [alert, metrics] : alerts)
      writer.sample(label("alert", alert), metrics.*count);
  };
  writer.counter("logd_alerts_fired_total", "Alerts that fired.");
  each(&AlertMetrics::fired);
  writer.counter("logd_alerts_suppressed_lines_total",
                 "Lines that the cool-down of an alert kept quiet.");
  each(&AlertMetrics::suppressed);
  writer.counter("logd_alerts_sent_total", "Webhooks and commands that took an alert.");
  each(&AlertMetrics::sent);
  writer.counter("logd_alerts_failed_total", "Webhooks and commands that did not take an alert.");
  each(&AlertMetrics::failed);
  writer.counter("logd_alerts_dropped_total", "Alerts dropped because too many waited to be told.");
  each(&AlertMetrics::dropped);
}

void write_web(MetricsWriter& writer, const WebMetrics& web) {
  writer.gauge("logd_http_connections", "Connections that are open.");
  writer.sample("", web.connections);
  writer.gauge("logd_http_follows", "Clients that follow logs.");
  writer.sample("", web.follows);
  writer.counter("logd_http_requests_total", "Requests answered, by status.");
  for (const auto& [status, requests] : web.requests)
    writer.sample(label("status", status), requests);
  writer.counter("logd_http_closed_connections_total", "Connections that logd ended.");
  for (const auto& [reason, connections] : web.closed)
    writer.sample(label("reason", reason), connections);
}

void write_own_use(MetricsWriter& writer, const Metrics& metrics, const OwnUse& use) {
  writer.gauge("logd_build_info", "1, with the version.");
  writer.sample(label("version", metrics.health.version), std::uint64_t{1});
  writer.gauge("logd_start_time_seconds", "When logd started.");
  writer.sample("", seconds_of(metrics.started_at));
  writer.counter("logd_cpu_seconds_total", "Processor time of logd.");
  writer.sample("", use.cpu_s);
  writer.gauge("logd_resident_memory_bytes", "Resident memory of logd.");
  writer.sample("", use.resident_bytes);
  if (!use.open_fds) return;
  writer.gauge("logd_open_fds", "Descriptors that logd has open.");
  writer.sample("", *use.open_fds);
}

}  // namespace

MetricsFormat metrics_format_of(std::string_view accept) {
  return accept.find("application/openmetrics-text") == std::string_view::npos
             ? MetricsFormat::prometheus
             : MetricsFormat::open_metrics;
}

std::string_view content_type_of(MetricsFormat format) {
  return format == MetricsFormat::prometheus
             ? "text/plain; version=0.0.4; charset=utf-8"
             : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

OwnUse measure_own_use() {
  OwnUse use;
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) == 0) {
    use.cpu_s = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  }
  std::uint64_t pages = 0;
  std::uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident_pages;
  use.resident_bytes = resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (DIR* const directory = opendir("/proc/self/fd")) {
    std::uint64_t count = 0;
    while (const dirent* const entry = readdir(directory)) count += entry->d_name[0] != '.' ? 1 : 0;
    closedir(directory);
    use.open_fds = count - 1;  // without the one that reads
  }
  return use;
}

std::string metrics_text(const Metrics& metrics, const WebMetrics& web, const OwnUse& use,
                         MetricsFormat format) {
  MetricsWriter writer(format);
  ProcessFamilies processes(writer, metrics);
  processes.write();
  writer.gauge("logd_processes_left_out", "Processes of which no series are shown.");
  writer.sample("", std::uint64_t{metrics.processes.size() - processes.shown()});
  write_health(writer, metrics.health);
  write_masking(writer, metrics.masking);
  write_daemon(writer, metrics);
  write_reloads(writer, metrics.reloads);
  write_alerts(writer, metrics.alerts);
  write_ships(writer, metrics.ships, metrics.taken_at);
  write_web(writer, web);
  write_own_use(writer, metrics, use);
  return writer.finish();
}

}  // namespace logd::web
