// Answers flush, rotate, prune, reload, sync, status, health and ship on control.sock: one request,
// one answer, closed.
//
// Who may connect is the socket's own business (0660, group admin_group); who may flush, rotate,
// prune, reload and ship is looked at again for each request. What blocks is done by the files
// worker. Codec: protocol.h. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "capture/capture_loop.h"
#include "capture/capture_server.h"
#include "capture/log_table.h"
#include "control/flush.h"
#include "control/protocol.h"
#include "control/reloading.h"
#include "control/shipping.h"
#include "status/status_board.h"
#include "upkeep/upkeep.h"

namespace logd::control {

struct ServerLimits {
  std::size_t max_clients = 64;
  std::chrono::milliseconds request_timeout{10000};
};

class Server {
 public:
  struct Parts {
    EventLoop& loop;
    FileSystem& file_system;
    LogTable& logs;
    CaptureLoop& capture;
    Upkeep& upkeep;
    StatusBoard& board;
    Reloading& reloading;
    Shipping& shipping;
    std::optional<std::uint32_t> admin_group = std::nullopt;  // may what changes something
  };

  // `listener` is a listening stream socket. References must outlive the server.
  Server(Parts parts, UniqueFd listener, ServerLimits limits);
  ~Server();

 private:
  struct Client;

  void accept_all();
  void on_events(Client& client, std::uint32_t events);
  void read_from(Client& client);
  void write_to(Client& client);
  void answer(Client& client, const Response& response);
  void obey(Client& client, const Request& request);
  bool may_change_logs(const Client& client) const;
  void flush(Client& client, const Request& request);
  void rotate(Client& client, const Request& request);
  void prune(Client& client, const Request& request);
  void leave_prune_events(const std::vector<Pruner::Choice>& gone, std::uint32_t uid,
                          std::int32_t pid);
  void reload(Client& client);
  void ship(Client& client, const Request& request);
  void sync(Client& client);
  void status(Client& client);
  void health(Client& client);
  enum class Globs { no, yes };
  Result<std::vector<LogName>> select(const std::vector<std::string>& names, Globs globs) const;
  LogResult rotate_one(const LogName& name, const Client& client);
  void close(Client& client);
  void check_times();
  Client* find(std::uint64_t id);

  Parts parts_;
  UniqueFd listener_;
  ServerLimits limits_;
  std::uint64_t next_id_ = 1;
  std::list<std::unique_ptr<Client>> clients_;
  std::list<std::unique_ptr<Client>> closed_;
  std::list<std::unique_ptr<Flush>> flushes_;
  std::list<std::unique_ptr<Flush>> ended_flushes_;
  Timer times_timer_;
  Timer accept_timer_;
  Timer sweep_timer_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace logd::control
