// SPDX-License-Identifier: Apache-2.0
#include "daemon/daemon.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "alert/alert_service.h"
#include "base/diagnostics.h"
#include "base/posix_file_system.h"
#include "base/system_clock.h"
#include "capture/capture_server.h"
#include "control/server.h"
#include "daemon/early_turns.h"
#include "daemon/fifo_keepers.h"
#include "daemon/mask_setup.h"
#include "daemon/reloader.h"
#include "daemon/run_directory.h"
#include "daemon/shipper.h"
#include "daemon/supervisor.h"
#include "daemon/watchdog.h"
#include "status/status_board.h"
#include "upkeep/archiver.h"
#include "upkeep/upkeep.h"
#include "web/service.h"

namespace logd {
namespace {

// A stop must not take longer than 2 s, even if the disk does.
constexpr auto kLongestFinalSync = std::chrono::milliseconds(1500);

// Unmasked text exists in our memory for moments only; it must not come out by a core dump either.
void protect_process() {
  prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  umask(0027);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // the write fails, and is told
}

// A run costs five descriptors. Those of one uid together must leave room for others.
CaptureServerLimits limits_by_descriptors() {
  constexpr std::uint64_t kDescriptorsPerRun = 5;
  CaptureServerLimits limits;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return limits;
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) getrlimit(RLIMIT_NOFILE, &files);
  const std::uint64_t room = std::max<std::uint64_t>(files.rlim_cur / 4 / kDescriptorsPerRun, 1);
  limits.max_runs_per_uid = std::min<std::uint64_t>(limits.max_runs_per_uid, room);
  return limits;
}

class Signals {
 public:
  static Result<std::unique_ptr<Signals>> create(EventLoop& loop) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    UniqueFd fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) return fail(system_error(errno, "signalfd"));
    return std::unique_ptr<Signals>(new Signals(loop, std::move(fd)));
  }

  // Called on SIGHUP.
  void set_on_reload(std::function<void()> on_reload) { on_reload_ = std::move(on_reload); }

 private:
  Signals(EventLoop& loop, UniqueFd fd) : loop_(loop), fd_(std::move(fd)) {
    watch_ = std::make_unique<Watch>(loop, fd_.get(), EPOLLIN, [this](std::uint32_t) { take(); });
  }

  void take() {
    signalfd_siginfo info{};
    while (read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo == SIGHUP)
        on_reload_();
      else
        loop_.stop();
    }
  }

  EventLoop& loop_;
  UniqueFd fd_;
  std::function<void()> on_reload_ = [] {};
  std::unique_ptr<Watch> watch_;
};

// Syncs on a thread of its own and waits for it, but not for ever: what was written is in the page
// cache by now, safe from everything but a power cut.
void sync_with_deadline(LogTable& logs) {
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_done = false;
  };
  auto state = std::make_shared<State>();
  std::thread([state, &logs] {
    logs.sync_before_exit();
    const std::lock_guard lock(state->mutex);
    state->is_done = true;
    state->changed.notify_one();
  }).detach();
  std::unique_lock lock(state->mutex);
  if (state->changed.wait_for(lock, kLongestFinalSync, [&] { return state->is_done; })) return;
  log_warn("the disk did not finish the last sync in time: stopping without it");
  std::_Exit(0);
}

// Runs that wait for a log which cannot be opened; their shims ask again within moments.
void check_waiting(const CaptureServer& server, MonoTime now, Health& health) {
  constexpr auto kIsOver = std::chrono::seconds(5);
  for (const auto& [process, waits] : server.without_log()) {
    // What is not the system's refusal is that of masking, which has a check of its own.
    if (now - waits.last_try >= kIsOver || waits.error.sys_errno == 0) continue;
    const bool is_full = waits.error.code == ErrorCode::no_space;
    health.check(is_full ? kDiskCheck : kWritesCheck)
        .find(HealthLevel::failing,
              fmt::format("{}: there can be no log: {}", process, waits.error.message()));
  }
}

}  // namespace

Result<void> run_daemon(const LoadedConfig& loaded, const ConfigSources& sources) {
  Config config = loaded.config;  // as it is in force: a reload changes it
  protect_process();
  const CaptureServerLimits limits = limits_by_descriptors();
  ask_for_early_turns();
  LOGD_TRY_ASSIGN(Directories directories, prepare_directories(config));

  SystemClock clock;
  PosixFileSystem file_system;
  LOGD_TRY_ASSIGN(const auto loop, EventLoop::create(clock));
  LOGD_TRY_ASSIGN(const auto signals, Signals::create(*loop));
  LOGD_TRY_ASSIGN(const auto files, Worker::start(*loop));
  Masking masking;
  set_up_masking(config, file_system, masking);
  LOGD_TRY_ASSIGN(const auto reading, Worker::start(*loop));
  Reloader reloader(*reading, file_system, sources, loaded, config, masking);
  signals->set_on_reload([&] {
    log_info("reload: SIGHUP");
    reloader.reload([](const control::ReloadOutcome&) {});
  });
  const auto renew_log_dir = [&]() -> Result<void> {
    LOGD_TRY_ASSIGN(directories.log_dir, prepare_log_dir(config));
    return {};
  };
  LOGD_TRY_ASSIGN(const auto logs,
                  LogTable::create({*loop, file_system, clock, *files, renew_log_dir}, config,
                                   directories.ledgers.get()));
  LOGD_TRY_ASSIGN(const auto capture,
                  CaptureLoop::create(*loop, *logs, {.max_escrow_bytes = config.max_escrow_bytes}));

  ProcessArchiver archiver(*loop);
  LOGD_TRY_ASSIGN(const auto upkeep, Upkeep::create(*logs, archiver));
  capture->set_room_maker(
      [&upkeep](std::function<void()> on_room) { return upkeep->make_room(std::move(on_room)); });

  LOGD_TRY_ASSIGN(UniqueFd capture_socket, bind_socket(config, "capture.sock", 0666));
  CaptureServer capture_server(*loop, *logs, *capture, masking, std::move(capture_socket), limits);
  LOGD_TRY_ASSIGN(AdminSockets admin_sockets, bind_admin_sockets(config));
  StatusBoard board({*logs, *capture, *upkeep, masking});
  board.set_reloads([&reloader] { return reloader.status(); });
  board.add_source([&](Health& health) { check_waiting(capture_server, loop->now(), health); });
  AlertService alerts(*loop, board, config);
  Shipper shipper(*loop, *reading, file_system, board, config);
  control::Server control_server({*loop, file_system, *logs, *capture, *upkeep, board, reloader,
                                  shipper, admin_sockets.admin_group},
                                 std::move(admin_sockets.control), {});
  LOGD_TRY_ASSIGN(const auto service, web::Service::start({*loop, file_system, board, config},
                                                          std::move(admin_sockets.http)));
  FifoKeepers fifo_keepers(*loop, *files, config, [&capture_server](const std::string& process) {
    return capture_server.has_fifo_keeper(process);
  });
  capture_server.set_on_fifo_lost([&fifo_keepers] { fifo_keepers.check_soon(); });
  reloader.set_follow([&] {
    logs->follow_config();
    if (const auto followed = upkeep->follow_config(); !followed)
      log_error("reload: " + followed.error().message());
    if (const auto followed = service->follow_config(); !followed)
      log_error("reload: " + followed.error().message());
    capture->set_max_escrow(config.max_escrow_bytes);
    capture_server.end_fifos_without_config();
    alerts.follow_config();
    shipper.follow_config();
    fifo_keepers.check_soon();
  });
  fifo_keepers.start([&config] {
    log_info(fmt::format("logd {} captures into {}", LOGD_VERSION, config.log_dir));
    tell_supervisor("READY=1");
  });
  const Watchdog watchdog(*loop);
  loop->run();

  tell_supervisor("STOPPING=1");
  shipper.stop_soon();
  capture_server.drain();
  sync_with_deadline(*logs);
  log_info("stopped");
  return {};
}

}  // namespace logd
