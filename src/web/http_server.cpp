// SPDX-License-Identifier: Apache-2.0
#include "web/http_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/diagnostics.h"
#include "web/http_text.h"

namespace logd::web {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::flat_buffer;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

constexpr int kSendBufferBytes = 64 << 10;
constexpr auto kLinger = std::chrono::seconds(1);
constexpr std::size_t kDiscardBytes = 4096;
constexpr auto kListenAgain = std::chrono::seconds(10);
// So many connections come in at most: a flood of them must not take the processor.
constexpr int kAcceptsAtOnce = 16;
constexpr auto kAcceptPause = std::chrono::milliseconds(10);
constexpr auto kPauseAfterFailure = std::chrono::milliseconds(100);
constexpr int kNice = 10;
constexpr int kOldest = 10;  // HTTP/1.0, as Beast counts versions

// Connections of one peer are counted together: an address, or a user of this machine.
std::string peer_of(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return fmt::format("4{:x}", v4.sin_addr.s_addr);
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return "6" + std::string(reinterpret_cast<const char*>(&v6.sin6_addr), sizeof v6.sin6_addr);
  }
  ucred who{};
  length = sizeof who;
  getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length);
  return fmt::format("u{}", who.uid);
}

}  // namespace

struct HttpServer::State {
  State(HttpHandler& its_handler, const HttpLimits& its_limits)
      : handler(its_handler), limits(its_limits) {}

  void listen(UniqueFd fd, bool is_local);
  void try_tcp();
  void count_closed(const std::string& reason) {
    const std::lock_guard lock(mutex);
    ++counters.closed[reason];
  }

  struct Listener {
    Listener(asio::io_context& io, UniqueFd fd, bool local)
        : socket(io, fd.release()), pause(io), is_local(local) {}
    asio::posix::stream_descriptor socket;
    asio::steady_timer pause;
    bool is_local;
  };
  void wait_for_clients(Listener& listener);
  void accept_some(Listener& listener);
  void take(UniqueFd fd, bool is_local);
  bool make_place(const std::string& peer, bool is_local);

  HttpHandler& handler;
  HttpLimits limits;
  asio::io_context io{1};
  asio::steady_timer retry{io};
  Opener open_tcp;
  std::list<Listener> listeners;
  std::list<std::shared_ptr<Connection>> connections;  // the oldest first
  std::size_t held_bytes = 0;                          // of answers that are being written
  std::thread thread;

  mutable std::mutex mutex;
  WebMetrics counters;  // guarded by mutex
  std::string trouble;  // guarded by mutex
};

// One client. What is not said to be of any thread is the web thread's.
class HttpServer::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(State& server, Socket socket, std::string its_peer, bool has_local_peer)
      : peer(std::move(its_peer)),
        is_local(has_local_peer),
        server_(server),
        socket_(std::move(socket)),
        deadline_(server.io) {}

  void start() { read_request(server_.limits.header_timeout); }

  const std::string peer;
  const bool is_local;
  bool asks_for_nothing() const { return phase_ == Phase::reading || phase_ == Phase::ending; }
  void close(const std::string& reason);

  // Of the request with this number.
  void send(std::uint64_t request, HttpResponse response);
  void send_unless_answered(std::uint64_t request, std::chrono::milliseconds within,
                            HttpResponse late);
  void begin(std::uint64_t request, HttpResponse head);
  void append(std::uint64_t request, const std::string& bytes);
  void finish(std::uint64_t request);

  // Any thread.
  bool wait_for_room(std::size_t bytes);
  bool is_gone() const { return is_gone_; }
  asio::io_context& io() { return server_.io; }

 private:
  enum class Phase { reading, answering, streaming, ending, closed };

  void read_request(std::chrono::seconds longest);
  void take_request(const error_code& error);
  void refuse(const error_code& error);
  void watch_for_end();
  void write(std::string bytes, std::size_t counted = 0);
  void write_next();
  void written(const error_code& error, std::size_t bytes);
  void end_answer();
  void wait_for_end();
  void arm(std::chrono::milliseconds within, void (Connection::*on_time)());
  void answer_late();
  void cut_off() { close("slow_client"); }
  void time_out() { close("timeout"); }
  void give_up() { close(""); }
  bool is_current(std::uint64_t request) const {
    return request == request_ && phase_ != Phase::closed;
  }

  State& server_;
  Socket socket_;
  asio::steady_timer deadline_;
  flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  Phase phase_ = Phase::reading;
  std::uint64_t request_ = 0;
  bool keeps_alive_ = false;
  bool wants_body_ = true;  // not HEAD
  bool is_old_ = false;     // HTTP/1.0: knows no chunks
  bool is_last_ = false;    // nothing follows what is being written
  std::optional<HttpResponse> late_;
  struct Piece {
    std::string bytes;
    std::size_t counted = 0;  // in in_flight_bytes_
  };
  std::deque<Piece> output_;
  std::size_t written_ = 0;  // of the first piece

  std::mutex mutex_;
  std::condition_variable has_room_;
  std::size_t in_flight_bytes_ = 0;  // guarded by mutex_
  std::atomic<bool> is_gone_ = false;
};

// The reply to one request: what comes too late finds another one, or none, and does nothing.
class HttpServer::Reply final : public HttpReply {
 public:
  Reply(std::shared_ptr<Connection> connection, std::uint64_t request)
      : connection_(std::move(connection)), request_(request) {}

  void send(HttpResponse response) override {
    asio::post(connection_->io(), [connection = connection_, request = request_,
                                   response = std::move(response)]() mutable {
      connection->send(request, std::move(response));
    });
  }
  void send_unless_answered(std::chrono::milliseconds within, HttpResponse late) override {
    connection_->send_unless_answered(request_, within, std::move(late));
  }
  void begin(HttpResponse head) override {
    asio::post(connection_->io(),
               [connection = connection_, request = request_, head = std::move(head)]() mutable {
                 connection->begin(request, std::move(head));
               });
  }
  bool append(std::string bytes) override {
    if (!connection_->wait_for_room(bytes.size())) return false;
    asio::post(connection_->io(),
               [connection = connection_, request = request_, bytes = std::move(bytes)] {
                 connection->append(request, bytes);
               });
    return true;
  }
  void finish() override {
    asio::post(connection_->io(),
               [connection = connection_, request = request_] { connection->finish(request); });
  }
  bool is_gone() const override { return connection_->is_gone(); }

 private:
  std::shared_ptr<Connection> connection_;
  std::uint64_t request_;
};

// ---- requests

void HttpServer::Connection::read_request(std::chrono::seconds longest) {
  phase_ = Phase::reading;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(server_.limits.max_header_bytes));
  arm(longest, &Connection::time_out);
  http::async_read_header(socket_, buffer_, *parser_,
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                            self->take_request(error);
                          });
}

void HttpServer::Connection::take_request(const error_code& error) {
  if (phase_ == Phase::closed) return;
  ++request_;
  phase_ = Phase::answering;
  if (error) return refuse(error);
  const auto& message = parser_->get();
  // One that has two could mean one here and the other to a proxy.
  const std::size_t hosts = message.count(http::field::host);
  is_old_ = message.version() <= kOldest;
  if (hosts > 1 || (hosts == 0 && !is_old_)) return refuse(http::error::bad_field);
  const auto field = [&](http::field name) { return std::string(message[name]); };
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.host = field(http::field::host);
  request.has_host = hosts > 0;
  request.authorization = field(http::field::authorization);
  request.accept = field(http::field::accept);
  request.last_event_id = std::string(message["Last-Event-ID"]);
  request.is_local = is_local;
  request.has_body = message.chunked() || parser_->content_length_remaining().value_or(0) > 0;
  // What follows a body that nobody reads is no request.
  keeps_alive_ = message.keep_alive() && !request.has_body;
  wants_body_ = message.method() != http::verb::head;
  arm(server_.limits.answer_timeout, &Connection::answer_late);
  late_ = error_response(503, "timed_out", "there was no answer in time");
  server_.handler.handle(request, std::make_shared<Reply>(shared_from_this(), request_));
}

void HttpServer::Connection::refuse(const error_code& error) {
  keeps_alive_ = false;
  wants_body_ = true;
  if (error == http::error::end_of_stream || error.category() == asio::error::get_system_category())
    return close("");
  const bool is_too_long =
      error == http::error::header_limit || error == http::error::buffer_overflow;
  send(request_, error_response(is_too_long ? 431 : 400, "invalid", error.message()));
}

// ---- answers

void HttpServer::Connection::send(std::uint64_t request, HttpResponse response) {
  if (!is_current(request) || phase_ != Phase::answering || is_last_) return;
  late_.reset();
  if (server_.held_bytes + response.body.size() > server_.limits.max_held_bytes)
    response = error_response(503, "limit", "too many answers are being written");
  {
    const std::lock_guard lock(server_.mutex);
    ++server_.counters.requests[fmt::format("{}", response.status)];
  }
  std::string text = response_head(response, BodyLength::known, keeps_alive_);
  if (wants_body_) text += response.body;
  is_last_ = true;
  write(std::move(text));
}

void HttpServer::Connection::send_unless_answered(std::uint64_t request,
                                                  std::chrono::milliseconds within,
                                                  HttpResponse late) {
  if (!is_current(request) || phase_ != Phase::answering) return;
  late_ = std::move(late);
  arm(within, &Connection::answer_late);
}

void HttpServer::Connection::answer_late() {
  if (phase_ == Phase::answering && late_) send(request_, std::move(*late_));
}

void HttpServer::Connection::begin(std::uint64_t request, HttpResponse head) {
  if (!is_current(request) || phase_ != Phase::answering || is_last_) return;
  if (is_old_) return send(request, error_response(400, "invalid", "this needs HTTP/1.1"));
  late_.reset();
  deadline_.cancel();
  phase_ = Phase::streaming;
  {
    const std::lock_guard lock(server_.mutex);
    ++server_.counters.requests[fmt::format("{}", head.status)];
    ++server_.counters.follows;
  }
  keeps_alive_ = false;
  write(response_head(head, BodyLength::unknown, keeps_alive_));
  watch_for_end();
}

// A client that follows has nothing more to say: whatever comes from it is the end.
void HttpServer::Connection::watch_for_end() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& error) {
    if (!error && self->phase_ == Phase::streaming) self->close("");
  });
}

void HttpServer::Connection::append(std::uint64_t request, const std::string& bytes) {
  if (!is_current(request) || phase_ != Phase::streaming || is_last_) return;
  write(chunk(bytes), bytes.size());
}

void HttpServer::Connection::finish(std::uint64_t request) {
  if (!is_current(request) || phase_ != Phase::streaming || is_last_) return;
  is_last_ = true;
  write(chunk(""));
}

bool HttpServer::Connection::wait_for_room(std::size_t bytes) {
  std::unique_lock lock(mutex_);
  has_room_.wait(
      lock, [this] { return is_gone_ || in_flight_bytes_ < server_.limits.max_in_flight_bytes; });
  if (is_gone_) return false;
  in_flight_bytes_ += bytes;
  return true;
}

void HttpServer::Connection::write(std::string bytes, std::size_t counted) {
  server_.held_bytes += bytes.size();
  output_.push_back({std::move(bytes), counted});
  if (output_.size() == 1) write_next();
}

void HttpServer::Connection::write_next() {
  arm(server_.limits.write_timeout, &Connection::cut_off);
  socket_.async_write_some(asio::buffer(output_.front().bytes) + written_,
                           [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                             self->written(error, bytes);
                           });
}

// Each write that takes some bytes gives the client its time again.
void HttpServer::Connection::written(const error_code& error, std::size_t bytes) {
  if (phase_ == Phase::closed) return;
  if (error) return close("");
  written_ += bytes;
  if (written_ == output_.front().bytes.size()) {
    server_.held_bytes -= std::exchange(written_, 0);
    {
      const std::lock_guard lock(mutex_);
      in_flight_bytes_ -= output_.front().counted;
    }
    has_room_.notify_one();
    output_.pop_front();
  }
  if (!output_.empty()) return write_next();
  deadline_.cancel();
  if (is_last_) end_answer();
}

void HttpServer::Connection::end_answer() {
  is_last_ = false;
  if (keeps_alive_) return read_request(server_.limits.idle_timeout);
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  if (phase_ == Phase::streaming) {
    const std::lock_guard lock(server_.mutex);
    --server_.counters.follows;
  }
  phase_ = Phase::ending;
  arm(kLinger, &Connection::give_up);
  wait_for_end();
}

// To close while something is unread would take away the answer that the client has not read yet.
void HttpServer::Connection::wait_for_end() {
  buffer_.clear();
  socket_.async_read_some(buffer_.prepare(kDiscardBytes),
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                            if (self->phase_ == Phase::closed) return;
                            if (error) return self->close("");
                            self->wait_for_end();
                          });
}

void HttpServer::Connection::arm(std::chrono::milliseconds within, void (Connection::*on_time)()) {
  deadline_.expires_after(within);
  deadline_.async_wait([self = shared_from_this(), on_time](const error_code& error) {
    // One that was armed again while this was on its way has a later time.
    if (!error && self->deadline_.expiry() <= asio::steady_timer::clock_type::now())
      ((*self).*on_time)();
  });
}

void HttpServer::Connection::close(const std::string& reason) {
  if (phase_ == Phase::closed) return;
  if (!reason.empty()) server_.count_closed(reason);
  {
    const std::lock_guard lock(server_.mutex);
    if (phase_ == Phase::streaming) --server_.counters.follows;
    --server_.counters.connections;
  }
  phase_ = Phase::closed;
  for (const Piece& piece : output_) server_.held_bytes -= piece.bytes.size();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
  deadline_.cancel();
  {
    const std::lock_guard lock(mutex_);
    is_gone_ = true;
  }
  has_room_.notify_all();
  const auto self = shared_from_this();
  server_.connections.remove(self);
}

// ---- clients that come

void HttpServer::State::listen(UniqueFd fd, bool is_local) {
  wait_for_clients(listeners.emplace_back(io, std::move(fd), is_local));
}

void HttpServer::State::try_tcp() {
  auto opened = open_tcp();
  {
    const std::lock_guard lock(mutex);
    const std::string before = std::exchange(trouble, opened ? "" : opened.error().message());
    if (!opened && trouble != before) log_error("http: " + trouble + "; tried again every 10 s");
  }
  if (opened) return listen(std::move(*opened), false);
  retry.expires_after(kListenAgain);
  retry.async_wait([this](const error_code& error) {
    if (!error) try_tcp();
  });
}

void HttpServer::State::wait_for_clients(Listener& listener) {
  listener.socket.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this, &listener](const error_code& error) {
                               if (!error) accept_some(listener);
                             });
}

void HttpServer::State::accept_some(Listener& listener) {
  std::chrono::milliseconds pause{0};
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    UniqueFd fd(
        accept4(listener.socket.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd) {
      take(std::move(fd), listener.is_local);
      pause = kAcceptPause;
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    pause = errno == EAGAIN ? std::chrono::milliseconds(0) : kPauseAfterFailure;
    break;
  }
  if (pause.count() == 0) return wait_for_clients(listener);
  listener.pause.expires_after(pause);
  listener.pause.async_wait([this, &listener](const error_code& error) {
    if (!error) wait_for_clients(listener);
  });
}

void HttpServer::State::take(UniqueFd fd, bool is_local) {
  std::string peer = peer_of(fd.get());
  if (!make_place(peer, is_local)) {
    const std::string busy =
        response_head(error_response(503, "limit", ""), BodyLength::known, false);
    ::send(fd.get(), busy.data(), busy.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return count_closed("too_many");
  }
  // Else the kernel would take megabytes for a client that does not read.
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  Socket socket(io);
  error_code error;
  const int family = is_local ? AF_UNIX : AF_INET;
  socket.assign(asio::generic::stream_protocol(family, 0), fd.get(), error);
  if (error) return;
  std::ignore = fd.release();
  {
    const std::lock_guard lock(mutex);
    ++counters.connections;
  }
  connections.push_back(
      std::make_shared<Connection>(*this, std::move(socket), std::move(peer), is_local));
  connections.back()->start();
}

bool HttpServer::State::make_place(const std::string& peer, bool is_local) {
  const auto local = static_cast<std::size_t>(std::count_if(
      connections.begin(), connections.end(), [](const auto& one) { return one->is_local; }));
  if (is_local && local < limits.local_connections) return true;
  const std::size_t taken = connections.size() - std::min(local, limits.local_connections);
  const auto of_peer = static_cast<std::size_t>(std::count_if(
      connections.begin(), connections.end(), [&](const auto& one) { return one->peer == peer; }));
  const bool is_too_many_of_peer = of_peer >= limits.max_connections_per_peer;
  if (!is_too_many_of_peer && taken < limits.max_connections) return true;
  const auto idle = std::find_if(connections.begin(), connections.end(), [&](const auto& one) {
    const bool is_kept = one->is_local && !is_local && local <= limits.local_connections;
    return one->asks_for_nothing() && !is_kept && (!is_too_many_of_peer || one->peer == peer);
  });
  if (idle == connections.end()) return false;
  const std::shared_ptr<Connection> closing = *idle;
  closing->close("too_many");
  return true;
}

// ---- the server

HttpServer::HttpServer(HttpHandler& handler, const HttpLimits& limits)
    : state_(std::make_unique<State>(handler, limits)) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::start(UniqueFd local, Opener open_tcp) {
  state_->listen(std::move(local), true);
  state_->open_tcp = std::move(open_tcp);
  if (state_->open_tcp) state_->try_tcp();
  state_->thread = std::thread([this] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the loop's
    setpriority(PRIO_PROCESS, 0, kNice);        // of this thread
    state_->io.run();
  });
}

void HttpServer::stop() {
  if (!state_->thread.joinable()) return;
  asio::post(state_->io, [this] {
    state_->listeners.clear();
    while (!state_->connections.empty()) {
      const std::shared_ptr<Connection> closing = state_->connections.front();
      closing->close("");
    }
    state_->retry.cancel();
    state_->io.stop();
  });
  state_->thread.join();
}

WebMetrics HttpServer::metrics() const {
  const std::lock_guard lock(state_->mutex);
  return state_->counters;
}

std::string HttpServer::trouble() const {
  const std::lock_guard lock(state_->mutex);
  return state_->trouble;
}

}  // namespace logd::web
