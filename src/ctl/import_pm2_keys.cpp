// SPDX-License-Identifier: Apache-2.0
#include "ctl/import_pm2_keys.h"

#include <algorithm>
#include <iterator>

namespace logd {
namespace {

using Kind = Pm2KeyKind;

constexpr Pm2Key kLogKeys[] = {
    {"out_file", Kind::output},
    {"output", Kind::output},
    {"out", Kind::output},
    {"out_log", Kind::output},
    {"pm_out_log_path", Kind::output},
    {"error_file", Kind::output},
    {"error", Kind::output},
    {"err", Kind::output},
    {"err_file", Kind::output},
    {"err_log", Kind::output},
    {"pm_err_log_path", Kind::output},
    {"log_file", Kind::output},
    {"log", Kind::output},
    {"pm_log_path", Kind::output},
    {"merge_logs", Kind::merge},
    {"combine_logs", Kind::merge},
    {"instances", Kind::instances},
    {"exec_mode", Kind::mode},
    {"disable_logs", Kind::disable},
    {"log_date_format", Kind::trap,
     "it was the time of a chunk, in the text of the line, and cut long lines; logd stores each "
     "line's own time beside it, logctl tail -o iso shows it whole"},
    {"time", Kind::trap,
     "it was the time of a chunk, without a zone, in the text of the line; logd stores each line's "
     "own time beside it, logctl tail -o iso shows it whole"},
    {"log_type", Kind::trap,
     "json was an object for each chunk, which may hold many lines; logctl tail -o pm2 gives the "
     "same five keys, an object a line"},
    {"name", Kind::told, "the name of the process"},
    {"kill_timeout", Kind::told, "stays with PM2; it should be longer than exit_wait (5 s): 8000"},
};

// Nothing about logs.
constexpr std::string_view kSupervisionKeys[] = {
    "script",
    "args",
    "interpreter",
    "interpreter_args",
    "node_args",
    "exec_interpreter",
    "cwd",
    "namespace",
    "version",
    "env",
    "filter_env",
    "watch",
    "watch_delay",
    "watch_options",
    "ignore_watch",
    "autostart",
    "autorestart",
    "max_restarts",
    "min_uptime",
    "max_memory_restart",
    "restart_delay",
    "exp_backoff_restart_delay",
    "stop_exit_codes",
    "cron_restart",
    "cron",
    "listen_timeout",
    "wait_ready",
    "shutdown_with_message",
    "kill_retry_time",
    "treekill",
    "force",
    "uid",
    "gid",
    "user",
    "pid",
    "pid_file",
    "port",
    "post_update",
    "vizion",
    "pmx",
    "automation",
    "source_map_support",
    "disable_source_map_support",
    "disable_trace",
    "trace",
    "v8",
    "event_loop_inspector",
    "deep_monitoring",
    "instance_var",
    "increment_var",
    "append_env_to_name",
    "updateEnv",
    "windowsHide",
    "container",
    "dist",
    "image",
    "nodejs_version",
    "fresh",
    "exec_path",
    "km_link",
    "username",
};

constexpr Pm2Key kStays{"", Kind::told, "stays with PM2: not about logs"};

}  // namespace

const Pm2Key* find_pm2_key(std::string_view name) {
  const auto* const key = std::find_if(std::begin(kLogKeys), std::end(kLogKeys),
                                       [&](const Pm2Key& known) { return known.name == name; });
  if (key != std::end(kLogKeys)) return key;
  const auto* const other =
      std::find(std::begin(kSupervisionKeys), std::end(kSupervisionKeys), name);
  return other != std::end(kSupervisionKeys) ? &kStays : nullptr;
}

}  // namespace logd
