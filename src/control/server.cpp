// SPDX-License-Identifier: Apache-2.0
#include "control/server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "base/closest.h"
#include "base/diagnostics.h"
#include "control/peer.h"
#include "query/log_choice.h"
#include "status/status_json.h"
#include "store/event.h"

namespace logd::control {
namespace {

constexpr auto kAcceptPause = std::chrono::milliseconds(100);

}  // namespace

struct Server::Client {
  std::uint64_t id = 0;
  UniqueFd fd;
  Peer peer;
  MonoTime since{};
  std::string input;
  std::string output;
  std::size_t sent = 0;  // of output
  bool is_answering = false;
  bool is_closed = false;
  std::unique_ptr<Watch> watch;
};

Server::Server(Parts parts, UniqueFd listener, ServerLimits limits)
    : parts_(parts),
      listener_(std::move(listener)),
      limits_(limits),
      times_timer_(parts.loop, [this] { check_times(); }),
      accept_timer_(parts.loop, [this] { watch_->change(EPOLLIN); }),
      sweep_timer_(parts.loop, [this] {
        closed_.clear();
        ended_flushes_.clear();
      }) {
  watch_ = std::make_unique<Watch>(parts.loop, listener_.get(), EPOLLIN,
                                   [this](std::uint32_t) { accept_all(); });
}

Server::~Server() = default;

// ---- clients

void Server::accept_all() {
  while (true) {
    UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) {
      if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
      log_error(system_error(errno, "accept on control.sock").message());
      watch_->change(0);  // the rest waits in the backlog
      accept_timer_.arm_after(kAcceptPause);
      return;
    }
    if (clients_.size() >= limits_.max_clients) close(*clients_.front());
    auto peer = peer_of(fd.get());
    if (!peer) continue;
    auto client = std::make_unique<Client>();
    client->id = next_id_++;
    client->fd = std::move(fd);
    client->peer = std::move(*peer);
    client->since = parts_.loop.now();
    Client& added = *clients_.emplace_back(std::move(client));
    auto watch = Watch::create(parts_.loop, added.fd.get(), EPOLLIN,
                               [this, &added](std::uint32_t events) { on_events(added, events); });
    if (!watch) {
      log_warn("control.sock: " + watch.error().message());
      close(added);
      continue;
    }
    added.watch = std::move(*watch);
    times_timer_.arm_no_later(parts_.loop.now() + limits_.request_timeout);
  }
}

void Server::on_events(Client& client, std::uint32_t events) {
  if (client.is_closed) return;
  if ((events & EPOLLOUT) != 0) return write_to(client);
  if (client.is_answering && (events & (EPOLLHUP | EPOLLERR)) != 0) return close(client);
  read_from(client);
}

void Server::read_from(Client& client) {
  std::array<char, 16384> bytes;
  const ssize_t got = recv(client.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return close(client);
  if (client.is_answering) return;
  client.input.append(bytes.data(), static_cast<std::size_t>(got));
  const std::size_t end = client.input.find('\n');
  if (end == std::string::npos) {
    if (client.input.size() > kMaxRequestBytes)
      answer(client, failure(kLimit, "the request is too long"));
    return;
  }
  const auto request = parse_request(std::string_view(client.input).substr(0, end));
  client.is_answering = true;
  client.watch->change(0);  // only a client that goes away matters now
  if (request)
    obey(client, *request);
  else
    answer(client, failure(kInvalid, request.error().message()));
}

void Server::answer(Client& client, const Response& response) {
  client.is_answering = true;
  client.output = encode_response(response);
  if (!client.output.ends_with('\n')) client.output += '\n';
  write_to(client);
}

void Server::write_to(Client& client) {
  while (client.sent < client.output.size()) {
    const ssize_t put = send(client.fd.get(), client.output.data() + client.sent,
                             client.output.size() - client.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) {
      client.watch->change(EPOLLOUT);
      return;
    }
    if (put <= 0) break;
    client.sent += static_cast<std::size_t>(put);
  }
  close(client);
}

void Server::close(Client& client) {
  if (client.is_closed) return;
  client.is_closed = true;
  // The other side sees the end now; the object goes when no callback of it is on the stack.
  shutdown(client.fd.get(), SHUT_RDWR);
  const auto place = std::find_if(clients_.begin(), clients_.end(),
                                  [&](const auto& one) { return one.get() == &client; });
  closed_.splice(closed_.end(), clients_, place);
  sweep_timer_.arm(parts_.loop.now());
}

Server::Client* Server::find(std::uint64_t id) {
  for (const auto& client : clients_)
    if (client->id == id) return client.get();
  return nullptr;
}

void Server::check_times() {
  std::vector<Client*> late;
  for (const auto& client : clients_)
    if (!client->is_answering && parts_.loop.now() - client->since >= limits_.request_timeout)
      late.push_back(client.get());
  for (Client* client : late) close(*client);
  if (!clients_.empty()) times_timer_.arm_after(limits_.request_timeout);
}

// ---- requests

// The mode of the socket says the same; but somebody may have changed it.
bool Server::may_change_logs(const Client& client) const {
  return client.peer.uid == 0 || client.peer.uid == geteuid() ||
         (parts_.admin_group && client.peer.is_in(*parts_.admin_group));
}

void Server::obey(Client& client, const Request& request) {
  const bool is_change = request.verb == "flush" || request.verb == "rotate" ||
                         request.verb == "prune" || request.verb == "reload" ||
                         request.verb == "ship";
  if (is_change && !may_change_logs(client))
    return answer(client, failure(kPermission,
                                  fmt::format("only root, uid {} and admin_group may", geteuid())));
  if (request.verb == "flush") return flush(client, request);
  if (request.verb == "rotate") return rotate(client, request);
  if (request.verb == "prune") return prune(client, request);
  if (request.verb == "reload") return reload(client);
  if (request.verb == "ship") return ship(client, request);
  if (request.verb == "sync") return sync(client);
  if (request.verb == "status") return status(client);
  if (request.verb == "health") return health(client);
  answer(client, failure(kInvalid, "this logd does not know the verb"));
}

// Names are processes (all their instances), single logs or globs; none means all. Each log once,
// by name.
Result<std::vector<LogName>> Server::select(const std::vector<std::string>& names,
                                            Globs globs) const {
  LOGD_TRY_ASSIGN(std::vector<LogName> logs, parts_.logs.list());
  const auto glob = std::find_if(names.begin(), names.end(), is_glob);
  if (globs == Globs::no && glob != names.end()) return fail(no_such_process(*glob, logs));
  const LogChoice choice(names);
  LOGD_TRY(choice.check(logs, LogChoice::MayCome::no));
  std::erase_if(logs, [&](const LogName& log) { return !choice.includes(log); });
  return logs;
}

namespace {

Response failure_of(const Error& error) {
  const std::string_view code = error.code == ErrorCode::not_found    ? kNotFound
                                : error.code == ErrorCode::permission ? kPermission
                                : error.code == ErrorCode::invalid    ? kInvalid
                                : error.code == ErrorCode::limit      ? kLimit
                                                                      : kIo;
  return failure(code, error.message());
}

// Counts the logs of one flush request until all have been dealt with.
struct FlushRequest {
  Response response;
  std::size_t open = 0;
};

}  // namespace

void Server::flush(Client& client, const Request& request) {
  const auto names = select(request.names, Globs::no);
  if (!names) return answer(client, failure_of(names.error()));
  auto state = std::make_shared<FlushRequest>();
  state->response.ok = true;
  state->open = names->size() + 1;  // one for this function
  const auto one_done = [this, state, id = client.id](LogResult result) {
    if (!result.log.empty()) state->response.logs.push_back(std::move(result));
    if (--state->open > 0) return;
    std::sort(state->response.logs.begin(), state->response.logs.end(),
              [](const LogResult& a, const LogResult& b) { return a.log < b.log; });
    if (Client* asker = find(id)) answer(*asker, state->response);
  };
  for (const LogName& name : *names) {
    Flush::Order order{.name = name,
                       .uid = client.peer.uid,
                       .pid = client.peer.pid,
                       .is_dry_run = request.dry_run,
                       .with_archives = request.archives};
    const auto done = [this, one_done](Flush& flush, LogResult result) {
      one_done(std::move(result));
      // Destroyed by the sweep, never inside its own callback.
      const auto place = std::find_if(flushes_.begin(), flushes_.end(),
                                      [&](const auto& one) { return one.get() == &flush; });
      ended_flushes_.splice(ended_flushes_.end(), flushes_, place);
      sweep_timer_.arm(parts_.loop.now());
    };
    auto& flush = *flushes_.emplace_back(std::make_unique<Flush>(
        parts_.logs, parts_.capture, parts_.file_system, std::move(order), done));
    if (auto started = flush.start(); !started) {
      flushes_.pop_back();
      LogResult result;
      result.log = name.directory();
      result.error = started.error().message();
      one_done(std::move(result));
    }
  }
  one_done(LogResult{});
}

LogResult Server::rotate_one(const LogName& name, const Client& client) {
  LogResult result;
  result.log = name.directory();
  auto opened = parts_.logs.open(name);
  if (!opened) {
    result.error = opened.error().message();
    return result;
  }
  OpenLog& log = **opened;
  parts_.logs.release(log);
  if (log.is_flushing || log.log->is_empty()) return result;
  // Said at the end of the old segment, so that the new one stays empty and is not rotated again.
  const std::string event = rotated_event(client.peer.uid, client.peer.pid);
  std::ignore = log.log->append_event(event);
  auto rotated = log.log->rotate();
  if (!rotated) result.error = rotated.error().message();
  result.changed = rotated && *rotated;
  if (result.changed) {
    LogTable::count_rotation(log, RotationReason::demand);
    log_info(fmt::format("{}: {}", result.log, event));
  }
  parts_.logs.mark_written(log);
  return result;
}

void Server::rotate(Client& client, const Request& request) {
  const auto names = select(request.names, Globs::yes);
  if (!names) return answer(client, failure_of(names.error()));
  Response response;
  response.ok = true;
  for (const LogName& name : *names) response.logs.push_back(rotate_one(name, client));
  answer(client, response);
}

namespace {

Response pruned_response(const std::vector<Pruner::Choice>& choices) {
  Response response;
  response.ok = true;
  for (const Pruner::Choice& choice : choices)
    response.pruned.push_back({choice.log, choice.number, choice.bytes,
                               std::string(word_of(choice.reason)), choice.text, choice.error});
  return response;
}

}  // namespace

// Where something went, an event says who wanted it; on a full disk there is room for it now.
void Server::leave_prune_events(const std::vector<Pruner::Choice>& gone, std::uint32_t uid,
                                std::int32_t pid) {
  struct Sum {
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;
  };
  std::map<std::string, Sum> sums;
  for (const Pruner::Choice& choice : gone) {
    if (!choice.error.empty()) continue;
    Sum& sum = sums[choice.log];
    ++sum.segments;
    sum.bytes += choice.bytes;
  }
  for (const auto& [directory, sum] : sums) {
    const std::string text = pruned_event(uid, pid, sum.segments, sum.bytes);
    log_info(fmt::format("{}: {}", directory, text));
    const auto name = parse_log_name(directory);
    auto opened = parts_.logs.open(*name);
    Result<void> stored = opened ? Result<void>() : fail(opened.error());
    if (opened && (*opened)->has_flush) continue;  // which empties the log
    if (opened) {
      stored = (*opened)->log->append_event(text);
      parts_.logs.mark_written(**opened);
      parts_.logs.release(**opened);
    }
    if (!stored)
      log_warn(fmt::format("{}: no event says so: {}", directory, stored.error().message()));
  }
}

void Server::prune(Client& client, const Request& request) {
  if (request.dry_run) return answer(client, pruned_response(parts_.upkeep.plan_prune()));
  parts_.upkeep.prune([this, id = client.id, uid = client.peer.uid,
                       pid = client.peer.pid](const std::vector<Pruner::Choice>& gone) {
    leave_prune_events(gone, uid, pid);
    if (Client* asker = find(id)) answer(*asker, pruned_response(gone));
  });
}

void Server::reload(Client& client) {
  log_info(fmt::format("reload: asked for by uid {}, pid {}", client.peer.uid, client.peer.pid));
  parts_.reloading.reload([this, id = client.id](const ReloadOutcome& outcome) {
    Client* asker = find(id);
    if (asker == nullptr) return;
    if (!outcome.problems.empty()) return answer(*asker, failure(kInvalid, outcome.problems));
    Response response;
    response.ok = true;
    for (const ConfigChange& change : outcome.changes) {
      response.changes.push_back({change.section, change.key, change.before, change.after,
                                  std::string(word_of(change.reload))});
    }
    answer(*asker, response);
  });
}

namespace {

// Errors: invalid.
Result<ShipOrder> order_of(const Request& request) {
  ShipOrder order{request.action, request.destination, {}, {}, request.names};
  if (!request.since.empty()) {
    LOGD_TRY_ASSIGN(order.since, parse_request_time(request.since));
  }
  if (!request.until.empty()) {
    LOGD_TRY_ASSIGN(order.until, parse_request_time(request.until));
  }
  LOGD_TRY(check_ship_order(order));
  return order;
}

}  // namespace

void Server::ship(Client& client, const Request& request) {
  const auto order = order_of(request);
  if (!order) return answer(client, failure(kInvalid, order.error().message()));
  const auto told = parts_.shipping.order(*order);
  if (!told && told.error().code == ErrorCode::not_found) {
    const auto meant = closest(request.destination, parts_.shipping.destinations());
    return answer(
        client, failure(kNotFound, told.error().message() +
                                       (meant ? fmt::format("; did you mean '{}'?", *meant) : "")));
  }
  if (!told) return answer(client, failure_of(told.error()));
  log_info(fmt::format("ship: {}: {}: asked for by uid {}, pid {}", order->destination,
                       order->action, client.peer.uid, client.peer.pid));
  Response response;
  response.ok = true;
  answer(client, response);
}

void Server::sync(Client& client) {
  parts_.logs.sync_all([this, id = client.id](std::optional<Error> error) {
    Client* asker = find(id);
    if (asker == nullptr) return;
    Response response;
    response.ok = true;
    answer(*asker, error ? failure_of(*error) : response);
  });
}

// ---- status

// Sizes are looked up by the worker, since a log_dir may hold very many files.
void Server::status(Client& client) {
  auto status = std::make_shared<DaemonStatus>(parts_.board.status());
  Worker::Job job;
  job.run = [status, &file_system = parts_.file_system] { add_sizes(*status, file_system); };
  job.done = [this, status, id = client.id] {
    Client* asker = find(id);
    if (asker == nullptr) return;
    Response response;
    response.ok = true;
    response.status_json = encode_status(*status);
    answer(*asker, response);
  };
  job.is_awaited = true;
  if (!parts_.logs.files().submit(std::move(job)))
    answer(client, failure(kLimit, "too many jobs wait for the disk"));
}

void Server::health(Client& client) {
  Response response;
  response.ok = true;
  response.health_json = encode_health(parts_.board.health());
  answer(client, response);
}

}  // namespace logd::control
