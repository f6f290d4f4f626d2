// SPDX-License-Identifier: Apache-2.0
#include "capture/capture_server.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include "base/diagnostics.h"
#include "capture/handed_environment.h"

namespace logd {
namespace {

using handover::RefusedCode;

constexpr std::size_t kMaxStoredDescriptors = handover::kMaxDescriptors;
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr std::size_t kMaxToldNames = 1000;
constexpr auto kRunRetry = std::chrono::milliseconds(250);
constexpr const char* kNoSuchFifo = "the configuration has no FIFO of this name";
constexpr std::uint64_t kMinEscrowBytes = escrow_bytes_for(kMinMaxLineBytes);
constexpr std::uint64_t kMaxEscrowBytes = escrow_bytes_for(kMaxMaxLineBytes);

StreamId to_id(const handover::Id& id) {
  StreamId result{};
  std::copy(std::begin(id), std::end(id), result.begin());
  return result;
}

// Text of a fixed field, up to its NUL.
template <std::size_t N>
std::string text_of(const char (&field)[N]) {
  return std::string(field, strnlen(field, N));
}

}  // namespace

struct CaptureServer::Connection {
  UniqueFd fd;
  std::uint32_t uid = 0;
  std::int32_t pid = 0;
  MonoTime since{};
  std::string buffer;
  std::vector<UniqueFd> descriptors;
  std::vector<std::string> environment;  // secrets; only while attach is obeyed
  std::optional<StreamId> run;
  std::string fifo;  // process whose FIFOs it hands over
  bool has_said_started = false;
  bool has_said_exited = false;
  bool is_closed = false;
  std::unique_ptr<Watch> watch;  // last: leaves the loop before fd closes

  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { wipe(buffer); }

  // Leaves no copy behind when the buffer grows: what comes may be secret.
  void append(std::string_view bytes) {
    if (buffer.size() + bytes.size() > buffer.capacity()) {
      std::string grown;
      grown.reserve((buffer.size() + bytes.size()) * 2);
      grown += buffer;
      wipe(buffer);
      buffer.swap(grown);
    }
    buffer += bytes;
  }

  // Forgets the front of the buffer. One that is empty gives its memory back: there are thousands
  // of connections, which are silent after attach.
  void drop(std::size_t bytes) {
    if (bytes >= buffer.size()) return wipe(buffer);
    explicit_bzero(buffer.data(), bytes);
    buffer.erase(0, bytes);
  }

  template <typename Message>
  bool send(const Message& message) {
    return ::send(fd.get(), &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT) ==
           static_cast<ssize_t>(sizeof message);
  }
};

CaptureServer::CaptureServer(EventLoop& loop, LogTable& logs, CaptureLoop& capture,
                             Masking& masking, UniqueFd listener, CaptureServerLimits limits)
    : loop_(loop),
      logs_(logs),
      capture_(capture),
      masking_(masking),
      listener_(std::move(listener)),
      limits_(limits),
      times_timer_(loop, [this] { check_times(); }),
      retry_timer_(loop, [this] { retry_runs(); }),
      sweep_timer_(loop, [this] { sweep(); }),
      accept_timer_(loop, [this] { watch_->change(EPOLLIN); }) {
  watch_ = std::make_unique<Watch>(loop, listener_.get(), EPOLLIN,
                                   [this](std::uint32_t) { accept_all(); });
}

CaptureServer::~CaptureServer() = default;

// ---- connections

void CaptureServer::accept_all() {
  for (int i = 0; i < 64; ++i) {
    UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) {
      if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
      log_error(system_error(errno, "accept on capture.sock").message());
      watch_->change(0);  // the rest waits in the backlog
      accept_timer_.arm_after(kAcceptPause);
      return;
    }
    ucred peer{};
    socklen_t length = sizeof peer;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) continue;
    close_unattached_of(peer.uid);
    auto connection = std::make_unique<Connection>();
    connection->fd = std::move(fd);
    connection->uid = peer.uid;
    connection->pid = peer.pid;
    connection->since = loop_.now();
    Connection& added = *connections_.emplace_back(std::move(connection));
    auto watch = Watch::create(loop_, added.fd.get(), EPOLLIN,
                               [this, &added](std::uint32_t) { read_from(added); });
    times_timer_.arm_no_later(loop_.now() + limits_.attach_timeout);
    if (!watch) {
      // Closed when its time is over: a shim that is about to send must find the answer.
      tell_refusal(added, RefusedCode::limit, watch.error().message());
      continue;
    }
    added.watch = std::move(*watch);
    read_from(added);  // a shim has sent its message already
  }
}

// Somebody who opens connections and says nothing loses the oldest of them.
void CaptureServer::close_unattached_of(std::uint32_t uid) {
  std::size_t unattached = 0;
  Connection* oldest = nullptr;
  for (const auto& connection : connections_) {
    if (connection->uid != uid || connection->run || connection->is_closed) continue;
    if (oldest == nullptr) oldest = connection.get();
    ++unattached;
  }
  if (unattached >= limits_.max_unattached_per_uid)
    refuse(*oldest, RefusedCode::limit, "too many connections that have not attached");
}

// One piece a turn of the loop: whoever has more to say waits until all others had theirs.
void CaptureServer::read_from(Connection& connection) {
  if (connection.is_closed || !receive(connection)) return;
  std::size_t taken = 0;
  while (!connection.is_closed) {
    const std::size_t bytes = take_message(connection, taken);
    if (bytes == 0) break;
    taken += bytes;
  }
  connection.drop(connection.is_closed ? connection.buffer.size() : taken);
}

// False when nothing was read.
bool CaptureServer::receive(Connection& connection) {
  std::array<char, handover::kMaxAttachBytes> bytes;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 16)> control;
  iovec piece{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(connection.fd.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  for (cmsghdr* part = got < 0 ? nullptr : CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor;
      std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof descriptor);
      connection.descriptors.emplace_back(descriptor);
    }
  }
  if (got <= 0) {
    close(connection);
    return false;
  }
  const std::size_t most_descriptors = connection.run ? 0 : kMaxStoredDescriptors;
  if ((message.msg_flags & MSG_CTRUNC) != 0 || connection.descriptors.size() > most_descriptors) {
    refuse(connection, RefusedCode::bad_message, "more descriptors than a run has");
    return false;
  }
  connection.append({bytes.data(), static_cast<std::size_t>(got)});
  explicit_bzero(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

// Obeys the message at `offset` of the buffer. Returns its bytes, 0 if there is no whole one or the
// connection is at its end.
std::size_t CaptureServer::take_message(Connection& connection, std::size_t offset) {
  const std::string_view received = std::string_view(connection.buffer).substr(offset);
  handover::Header header;
  if (received.size() < sizeof header) return 0;
  std::memcpy(&header, received.data(), sizeof header);
  const std::uint32_t max_bytes = header.type == handover::Type::attach
                                      ? handover::kMaxAttachBytes
                                      : handover::kMaxMessageBytes;
  if (header.magic != handover::kMagic || header.version == 0 || header.bytes < sizeof header ||
      header.bytes > max_bytes) {
    refuse(connection, RefusedCode::bad_message, "not a message of the hand-over protocol");
    return 0;
  }
  if (received.size() < header.bytes) return 0;
  obey(connection, header.type, received.substr(0, header.bytes));
  return header.bytes;
}

// A run attaches once, starts once and exits once: who says more is not a shim of ours, and gets no
// more of our time.
void CaptureServer::obey(Connection& connection, handover::Type type, std::string_view message) {
  // A newer shim's message is longer: the rest is not ours to know. A shorter one reads as zero
  // behind its end.
  const auto as = [message](auto& to) {
    std::memcpy(&to, message.data(), std::min(message.size(), sizeof to));
  };
  if (type == handover::Type::attach) {
    handover::Attach attach_message{};
    as(attach_message);
    auto environment = read_environment(message, attach_message);
    if (!environment)
      return refuse(connection, RefusedCode::bad_message, environment.error().message());
    connection.environment = std::move(*environment);
    attach(connection, attach_message);
    wipe(connection.environment);
    return;
  }
  if (type != handover::Type::started && type != handover::Type::exited)
    return refuse(connection, RefusedCode::bad_message, "unknown message");
  if (!connection.run)
    return refuse(connection, RefusedCode::bad_message, "a message before attach");
  bool& has_said =
      type == handover::Type::started ? connection.has_said_started : connection.has_said_exited;
  if (has_said) return refuse(connection, RefusedCode::bad_message, "a message said twice");
  has_said = true;
  const auto run = runs_.find(*connection.run);
  if (run == runs_.end()) return;
  if (type == handover::Type::started) {
    handover::Started started{};
    as(started);
    run->second->started(started.pid);
  } else {
    handover::Exited exited{};
    as(exited);
    run->second->exited(exited.pid, exited.code, exited.signal);
  }
}

void CaptureServer::refuse(Connection& connection, RefusedCode code, const std::string& text) {
  tell_refusal(connection, code, text);
  close(connection);
}

void CaptureServer::tell_refusal(Connection& connection, RefusedCode code,
                                 const std::string& text) {
  if (code != RefusedCode::failed)
    log_warn(fmt::format("refused pid {} (uid {}): {}", connection.pid, connection.uid, text));
  auto message = handover::make<handover::Refused>(handover::Type::refused);
  message.code = code;
  text.copy(message.text, sizeof message.text - 1);
  std::ignore = connection.send(message);
}

void CaptureServer::close(Connection& connection) {
  if (connection.is_closed) return;
  connection.is_closed = true;
  const auto place =
      std::find_if(connections_.begin(), connections_.end(),
                   [&](const auto& candidate) { return candidate.get() == &connection; });
  closed_.splice(closed_.end(), connections_, place);
  sweep_timer_.arm(loop_.now());
  if (!connection.run) return;
  // Whatever has become of its run meanwhile, which ends early where no writer is left.
  if (!connection.fifo.empty() && on_fifo_lost_) on_fifo_lost_();
  const auto run = runs_.find(*connection.run);
  if (run == runs_.end()) return;
  if (run->second->is_finished()) {
    run_is_stored(*run->second);
  } else {
    lost_since_[run->first] = loop_.now();
    times_timer_.arm_no_later(loop_.now() + limits_.lost_after);
  }
}

CaptureServer::Connection* CaptureServer::connection_of(const Run& run) {
  for (const auto& connection : connections_)
    if (connection->run == run.id()) return connection.get();
  return nullptr;
}

bool CaptureServer::has_fifo_keeper(const std::string& process) const {
  return std::any_of(connections_.begin(), connections_.end(), [&](const auto& connection) {
    return connection->run && connection->fifo == process;
  });
}

void CaptureServer::end_fifos_without_config() {
  std::vector<Connection*> unwanted;
  for (const auto& connection : connections_)
    if (!connection->fifo.empty() && !logs_.config().of(connection->fifo).fifo)
      unwanted.push_back(connection.get());
  for (Connection* connection : unwanted) refuse(*connection, RefusedCode::gone, kNoSuchFifo);
}

// Objects that ended inside their own callback go here.
void CaptureServer::sweep() {
  closed_.clear();
  finished_.clear();
}

void CaptureServer::check_times() {
  const MonoTime now = loop_.now();
  std::vector<Connection*> silent;
  std::optional<MonoTime> next;
  const auto note = [&next](MonoTime when) { next = next ? std::min(*next, when) : when; };
  for (const auto& connection : connections_) {
    if (connection->run) continue;
    if (now - connection->since >= limits_.attach_timeout)
      silent.push_back(connection.get());
    else
      note(connection->since + limits_.attach_timeout);
  }
  for (Connection* connection : silent)
    if (connection->watch == nullptr)
      close(*connection);
    else
      refuse(*connection, RefusedCode::bad_message, "no whole message within the time for it");
  std::vector<StreamId> lost;
  for (const auto& [id, since] : lost_since_) {
    if (now - since >= limits_.lost_after)
      lost.push_back(id);
    else
      note(since + limits_.lost_after);
  }
  for (const StreamId& id : lost) {
    lost_since_.erase(id);
    const auto run = runs_.find(id);
    if (run == runs_.end()) continue;
    run->second->shim_is_lost();
  }
  if (next) times_timer_.arm(*next);
}

// ---- runs

void CaptureServer::attach(Connection& connection, const handover::Attach& message) {
  if (connection.run) {
    refuse(connection, RefusedCode::bad_message, "attached already");
    return;
  }
  auto taken = take_over(connection, message);
  if (!taken) {
    const Error& error = taken.error();
    const bool has_name = is_process_name(text_of(message.process));
    const RefusedCode code = !has_name                             ? RefusedCode::bad_name
                             : error.code == ErrorCode::permission ? RefusedCode::permission
                             : error.code == ErrorCode::limit      ? RefusedCode::limit
                             : error.code == ErrorCode::not_found  ? RefusedCode::gone
                             : error.code == ErrorCode::invalid    ? RefusedCode::bad_message
                                                                   : RefusedCode::failed;
    if (code == RefusedCode::failed) no_log_for(connection, text_of(message.process), error);
    refuse(connection, code, error.message());
    return;
  }
  Run& run = **taken;
  without_log_.erase(run.log().name.process);
  connection.run = run.id();
  if (run.is_fifo()) connection.fifo = run.log().name.process;
  connection.descriptors.clear();
  lost_since_.erase(run.id());
  if (!connection.send(handover::make<handover::Accepted>(handover::Type::accepted))) {
    close(connection);
    return;
  }
  if (run.is_finished())
    run_is_stored(run);
  else if ((message.flags & handover::kHasExited) != 0)
    run.exited(message.pid, message.exit_code, message.exit_signal);
  else if (message.pid != 0 || (message.flags & (handover::kIsPipe | handover::kIsFifo)) != 0)
    run.begin();
}

Result<Run*> CaptureServer::take_over(Connection& connection, const handover::Attach& message) {
  const StreamId id = to_id(message.run_id);
  if (const auto known = runs_.find(id); known != runs_.end()) {
    // The shim is back before we saw its old connection close. What it hands over are the
    // descriptions we hold.
    if (known->second->uid() != connection.uid)
      return fail(ErrorCode::permission, "the run belongs to another user");
    if (Connection* old = connection_of(*known->second)) {
      old->run.reset();
      close(*old);
    }
    return known->second.get();
  }
  LOGD_TRY_ASSIGN(RunParts parts, check(connection, message));
  if (runs_of_uid_[connection.uid] >= limits_.max_runs_per_uid)
    return fail(ErrorCode::limit, fmt::format("uid {} has {} runs already", connection.uid,
                                              limits_.max_runs_per_uid));
  LogName name{text_of(message.process), message.instance};
  if (logs_.config().of(name.process).merge_instances) name.instance = kNoInstance;
  LOGD_TRY(logs_.admit(name, connection.uid));
  const Masking::ForProcess masking =
      masking_.masker_for(name.process, logs_.config().of(name.process).masking);
  // What its configuration asks for is not there: nothing is taken until it is.
  if (masking.refused) return fail(ErrorCode::io, "masking: " + *masking.refused);
  LOGD_TRY_ASSIGN(OpenLog * log, logs_.open(name));
  // Before the run's first line is read.
  if (!connection.environment.empty())
    masking_.add_environment(name.process, connection.environment);
  Run::Callbacks callbacks{.stored = [this](Run& run) { run_is_stored(run); },
                           .retry = [this](Run&) { run_wants_retry(); }};
  auto made =
      Run::create(capture_, logs_, *log, masking.masker, std::move(parts), std::move(callbacks));
  if (!made) return fail(made.error());
  Run* run = made->get();
  runs_.emplace(id, std::move(*made));
  ++runs_of_uid_[connection.uid];
  return run;
}

// The shim asks again and again, as do all others of this process.
void CaptureServer::no_log_for(const Connection& connection, const std::string& process,
                               const Error& error) {
  if (error.code == ErrorCode::no_space)
    std::ignore = capture_.ask_for_room(logs_.config().of(process));
  if (without_log_.size() >= kMaxToldNames) without_log_.clear();
  if (!without_log_.insert_or_assign(process, WaitsForLog{error, loop_.now()}).second) return;
  log_error(fmt::format("{}: there can be no log for pid {} (uid {}) yet, whose lines wait: {}",
                        process, connection.pid, connection.uid, error.message()));
}

Result<RunParts> CaptureServer::check(Connection& connection, const handover::Attach& message) {
  const std::string process = text_of(message.process);
  LOGD_TRY(check_process_name(process));
  if (message.instance < kNoInstance || message.instance > kMaxInstance)
    return fail(ErrorCode::invalid, "the instance is out of range");
  if (message.stream_count < 1 || message.stream_count > 2 ||
      connection.descriptors.size() != message.stream_count * 2)
    return fail(ErrorCode::invalid, "a stream needs a pipe and an escrow");
  RunParts parts;
  parts.run_id = to_id(message.run_id);
  parts.uid = connection.uid;
  parts.is_fifo = (message.flags & handover::kIsFifo) != 0;
  parts.pid = message.pid != 0 ? message.pid : connection.pid;
  parts.command = text_of(message.command);
  if (parts.is_fifo && !logs_.config().of(process).fifo)
    return fail(ErrorCode::not_found, kNoSuchFifo);
  std::set<StreamId> ids;
  for (std::uint32_t i = 0; i < message.stream_count; ++i) {
    const handover::StreamState& state = message.streams[i];
    if (state.kind != handover::kStdout && state.kind != handover::kStderr)
      return fail(ErrorCode::invalid, "unknown kind of stream");
    if (state.escrow_bytes < kMinEscrowBytes || state.escrow_bytes > kMaxEscrowBytes)
      return fail(ErrorCode::invalid, "the size of an escrow is out of range");
    if (!ids.insert(to_id(state.id)).second)
      return fail(ErrorCode::invalid, "two streams have the same id");
    UniqueFd& pipe = connection.descriptors[i * 2];
    UniqueFd& escrow = connection.descriptors[i * 2 + 1];
    LOGD_TRY(check_stream_descriptors(pipe.get(), escrow.get(), state.escrow_bytes));
    StreamParts stream;
    stream.id = to_id(state.id);
    stream.stream = state.kind == handover::kStderr ? Stream::err : Stream::out;
    stream.pipe = std::move(pipe);
    stream.escrow = std::move(escrow);
    stream.escrow_bytes = state.escrow_bytes;
    stream.dropped_lines = state.dropped_lines;
    stream.dropped_bytes = state.dropped_bytes;
    parts.streams.push_back(std::move(stream));
  }
  return parts;
}

// Called when a run has come to its end, and again when its connection closes: then it may be
// forgotten.
void CaptureServer::run_is_stored(Run& run) {
  Connection* connection = connection_of(run);
  if (connection != nullptr &&
      connection->send(handover::make<handover::Stored>(handover::Type::stored)))
    return;
  run.forget();
  const auto place = runs_.find(run.id());
  if (place == runs_.end()) return;
  if (--runs_of_uid_[run.uid()] == 0) runs_of_uid_.erase(run.uid());
  lost_since_.erase(run.id());
  finished_.push_back(std::move(place->second));
  runs_.erase(place);
  sweep_timer_.arm(loop_.now());
}

void CaptureServer::run_wants_retry() { retry_timer_.arm_no_later(loop_.now() + kRunRetry); }

void CaptureServer::retry_runs() {
  std::vector<StreamId> ids;
  for (const auto& [id, run] : runs_) ids.push_back(id);
  for (const StreamId& id : ids)
    if (const auto run = runs_.find(id); run != runs_.end() && run->second->needs_retry())
      run->second->step();
}

void CaptureServer::drain() {
  for (const auto& [id, run] : runs_)
    for (const auto& feed : run->feeds())
      if (!run->log().is_flushing) feed->source().drain_escrow();
}

}  // namespace logd
