// SPDX-License-Identifier: Apache-2.0
#include "base/diagnostics.h"

#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

namespace logd {
namespace {

std::atomic<std::uint64_t> dropped_messages{0};

bool is_writable(int fd) {
  pollfd watched{.fd = fd, .events = POLLOUT, .revents = 0};
  return ::poll(&watched, 1, 0) == 1 && (watched.revents & POLLOUT) != 0;
}

// Writes to standard error only what it takes at once. A pipe that polls as writable has room for
// PIPE_BUF bytes, so a message of at most that many cannot block.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (line.size() > PIPE_BUF) {
      line.resize(PIPE_BUF);
      line[PIPE_BUF - 1] = '\n';
    }
    if (!is_writable(STDERR_FILENO)) {
      ++dropped_messages;
      return;
    }
    // Nothing can be said about a standard error that fails.
    std::ignore = ::write(STDERR_FILENO, line.data(), line.size());
  }
  void flush_() override {}
};

spdlog::level::level_enum level_from_environment() {
  const char* wanted = std::getenv("LOGD_LOG_LEVEL");
  if (wanted == nullptr || *wanted == '\0') return spdlog::level::info;
  const std::string name = wanted;
  const spdlog::level::level_enum level = spdlog::level::from_str(name);
  // from_str answers "off" for what it does not know, which would hide everything.
  return level == spdlog::level::off && name != "off" ? spdlog::level::info : level;
}

}  // namespace

void set_up_diagnostics(std::string_view program) {
  auto logger =
      std::make_shared<spdlog::logger>(std::string(program), std::make_shared<StderrSink>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %n %l: %v");
  logger->set_level(level_from_environment());
  // spdlog's own handler prints to standard error, which may be what has just failed.
  logger->set_error_handler([](const std::string&) { ++dropped_messages; });
  spdlog::set_default_logger(std::move(logger));
}

void log_debug(std::string_view message) { spdlog::debug("{}", message); }
void log_info(std::string_view message) { spdlog::info("{}", message); }
void log_warn(std::string_view message) { spdlog::warn("{}", message); }
void log_error(std::string_view message) { spdlog::error("{}", message); }

std::uint64_t dropped_diagnostics() { return dropped_messages; }

}  // namespace logd
