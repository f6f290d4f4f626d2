// Listens on capture.sock: takes over streams from shims, and keeps what they have handed over
// apart from what they say.
//
// Anybody may connect. A connection must attach within a few seconds; messages, descriptors and
// connections are limited; whatever is not as it should be is refused with a reason. What becomes
// of a run is run.h's business. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "capture/run.h"
#include "loop/event_loop.h"
#include "rules/masking.h"

namespace logd {

struct CaptureServerLimits {
  std::size_t max_unattached_per_uid = 256;  // connections that have not said yet what they want
  std::size_t max_runs_per_uid = 16384;
  std::chrono::milliseconds attach_timeout{5000};
  std::chrono::milliseconds lost_after{2000};  // a shim that does not come back has died
};

class CaptureServer {
 public:
  // `listener` is a listening stream socket. References must outlive the server.
  CaptureServer(EventLoop& loop, LogTable& logs, CaptureLoop& capture, Masking& masking,
                UniqueFd listener, CaptureServerLimits limits);
  ~CaptureServer();

  // Called when the keeper of a FIFO has gone: unless it comes back, somebody must start another.
  void set_on_fifo_lost(std::function<void()> callback) { on_fifo_lost_ = std::move(callback); }
  // True while the FIFOs of this process are handed over by a keeper that is connected.
  bool has_fifo_keeper(const std::string& process) const;
  // Processes whose log could not be opened; their shims ask again and again.
  struct WaitsForLog {
    Error error;
    MonoTime last_try{};
  };
  const std::map<std::string, WaitsForLog>& without_log() const { return without_log_; }
  // Has the keepers of FIFOs end that the configuration has no more. What is in them is stored, and
  // who still has one open writes on.
  void end_fifos_without_config();
  // Stores what is in the escrows; for an orderly stop.
  void drain();

 private:
  struct Connection;
  using Connections = std::list<std::unique_ptr<Connection>>;

  void accept_all();
  void read_from(Connection& connection);
  bool receive(Connection& connection);
  std::size_t take_message(Connection& connection, std::size_t offset);
  void obey(Connection& connection, handover::Type type, std::string_view message);
  void attach(Connection& connection, const handover::Attach& message);
  void no_log_for(const Connection& connection, const std::string& process, const Error& error);
  Result<RunParts> check(Connection& connection, const handover::Attach& message);
  Result<Run*> take_over(Connection& connection, const handover::Attach& message);
  void run_is_stored(Run& run);
  void run_wants_retry();
  void retry_runs();
  void refuse(Connection& connection, handover::RefusedCode code, const std::string& text);
  void tell_refusal(Connection& connection, handover::RefusedCode code, const std::string& text);
  void close(Connection& connection);
  void close_unattached_of(std::uint32_t uid);
  void check_times();
  void sweep();
  Connection* connection_of(const Run& run);

  EventLoop& loop_;
  LogTable& logs_;
  CaptureLoop& capture_;
  Masking& masking_;
  UniqueFd listener_;
  CaptureServerLimits limits_;
  std::function<void()> on_fifo_lost_;
  Connections connections_;
  Connections closed_;  // destroyed by sweep(), never inside their own callback
  std::map<StreamId, std::unique_ptr<Run>> runs_;
  std::vector<std::unique_ptr<Run>> finished_;      // destroyed by sweep()
  std::map<std::string, WaitsForLog> without_log_;  // by process
  std::map<StreamId, MonoTime> lost_since_;         // runs without a connection
  std::map<std::uint32_t, std::size_t> runs_of_uid_;
  Timer times_timer_;
  Timer retry_timer_;
  Timer sweep_timer_;
  Timer accept_timer_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace logd
