// SPDX-License-Identifier: Apache-2.0
#include "web/service.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <memory>
#include <mutex>
#include <utility>

#include "base/diagnostics.h"
#include "base/system_clock.h"
#include "base/time_zone.h"
#include "status/status_json.h"
#include "web/access.h"
#include "web/http_server.h"
#include "web/http_text.h"
#include "web/listen.h"
#include "web/metrics_text.h"
#include "web/query_threads.h"
#include "web/record_answer.h"
#include "web/record_query.h"
#include "web/shared_answer.h"

namespace logd::web {
namespace {

// The loop turns many times a second, whatever it has to do.
constexpr auto kLoopDeadline = std::chrono::seconds(2);
constexpr std::size_t kMaxPages = 8;  // that are being read at a time
// Metrics and lists that are being written: they are not to wait for whoever reads logs.
constexpr std::size_t kMaxViews = 4;
// How often the loop answers, however many ask.
constexpr auto kProbeInterval = std::chrono::milliseconds(5);
constexpr auto kCollectInterval = std::chrono::milliseconds(50);
constexpr const char* kStuck = "the loop does not turn\n";

constexpr std::string_view kIndex =
    "logd\n\n/livez\n/readyz\n/health\n/metrics\n/api/v1/processes\n/api/v1/records\n"
    "/api/v1/follow\n\nSee logd(8), HTTP.\n";

HttpResponse text_response(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

HttpResponse health_response(const Health& health) {
  return json_response(health.level() == HealthLevel::failing ? 503 : 200, encode_health(health));
}

// What is said for a loop that does not answer.
Health health_of_stuck_loop() {
  Health health;
  health.version = LOGD_VERSION;
  health.since = SystemClock().wall_now();
  health.check("loop").find(HealthLevel::failing,
                            fmt::format("the capture loop has not answered for {} s",
                                        std::chrono::seconds(kLoopDeadline).count()));
  return health;
}

HttpLimits limits_of(const HttpConfig& config) {
  HttpLimits limits;
  limits.max_connections = config.max_connections;
  limits.max_connections_per_peer = std::max<std::size_t>(config.max_connections * 3 / 4, 1);
  return limits;
}

class HttpService final : public Service, public HttpHandler {
 public:
  HttpService(const Parts& parts, TimeZone zone, std::unique_ptr<Mailbox> mailbox)
      : config_(parts.config),
        board_(parts.board),
        file_system_(parts.file_system),
        log_dir_(parts.config.log_dir),
        http_(parts.config.http),
        zone_(std::make_shared<const TimeZone>(std::move(zone))),
        server_(*this, limits_of(parts.config.http)),
        pages_(kMaxPages),
        views_(kMaxViews),
        follows_(parts.config.http.max_follows),
        live_(parts.loop, kProbeInterval,
              [](const Replies& replies) { send_all(replies, text_response(200, "ok\n")); }),
        ready_(parts.loop, kProbeInterval, [this](const Replies& replies) { send_ready(replies); }),
        health_(parts.loop, kProbeInterval,
                [this](const Replies& replies) {
                  send_all(replies, health_response(board_.health()));
                }),
        metrics_(
            parts.loop, kCollectInterval,
            [this](const Replies& replies) { send_metrics(replies, MetricsFormat::prometheus); }),
        open_metrics_(
            parts.loop, kCollectInterval,
            [this](const Replies& replies) { send_metrics(replies, MetricsFormat::open_metrics); }),
        processes_(parts.loop, kCollectInterval,
                   [this](const Replies& replies) { send_processes(replies); }),
        mailbox_(std::move(mailbox)) {}

  // Clients go first, then what works for them; who asks the loop is not asked by it any more.
  ~HttpService() override {
    server_.stop();
    pages_.stop();
    views_.stop();
    follows_.stop();
  }

  void start(UniqueFd local) {
    HttpServer::Opener open_tcp;
    if (http_.listen != "off") open_tcp = [this] { return open_socket(); };
    server_.start(std::move(local), std::move(open_tcp));
    board_.add_source([this](Health& health) {
      HealthCheck& check = health.check(kHttpCheck);
      const std::string trouble = server_.trouble();
      if (!trouble.empty()) check.find(HealthLevel::degraded, trouble);
    });
  }

  Result<void> follow_config() override {
    LOGD_TRY_ASSIGN(TimeZone zone, TimeZone::find(config_.timezone));
    const std::lock_guard lock(zone_mutex_);
    zone_ = std::make_shared<const TimeZone>(std::move(zone));
    return {};
  }

  void handle(const HttpRequest& request, std::shared_ptr<HttpReply> reply) override {
    const auto target = parse_target(request.target);
    if (!target) return reply->send(error_response(target.error()));
    if (auto refused = refusal(access_, request, target->path))
      return reply->send(std::move(*refused));
    if (target->path == "/livez") return answer_live(std::move(reply));
    if (target->path == "/readyz") return answer_ready(std::move(reply));
    if (target->path == "/health") return answer_health(std::move(reply));
    if (target->path == "/metrics") return answer_metrics(request, std::move(reply));
    if (target->path == "/api/v1/processes") return answer_processes(std::move(reply));
    if (target->path == "/api/v1/records") return answer_page(*target, reply);
    if (target->path == "/api/v1/follow") return answer_follow(request, *target, reply);
    if (target->path == "/") return reply->send(text_response(200, std::string(kIndex)));
    reply->send(error_response(404, "not_found", "there is no " + target->path));
  }

 private:
  using Reply = std::shared_ptr<HttpReply>;

  // Web thread, or the one that starts it.
  Result<UniqueFd> open_socket() {
    LOGD_TRY_ASSIGN(const SocketAddress address, parse_socket_address(http_.listen));
    AccessRules access;
    access.listen_host = address.host;
    access.is_loopback = address.is_loopback;
    if (!http_.token_file.empty()) {
      LOGD_TRY_ASSIGN(access.token, read_token(http_.token_file));
    }
    LOGD_TRY_ASSIGN(UniqueFd fd, listen_on(address));
    if (access.token.empty())
      log_warn("http: without token_file every user of this machine can read all logs");
    log_info(fmt::format("http: listens on {}", local_address(fd.get(), address)));
    access_ = std::move(access);
    return fd;
  }

  // With the port that the system has chosen for port 0.
  static std::string local_address(int fd, const SocketAddress& address) {
    sockaddr_in6 bound{};  // the port is at the same place in both families
    socklen_t length = sizeof bound;
    getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length);
    const char* const form = address.is_v6 ? "[{}]:{}" : "{}:{}";
    return fmt::format(fmt::runtime(form), address.host, ntohs(bound.sin6_port));
  }

  // In the words of a loop that does not turn, where a probe waits for it.
  void ask_loop(SharedAnswer HttpService::*answer, Reply reply, HttpResponse late) {
    reply->send_unless_answered(kLoopDeadline, std::move(late));
    mailbox_->post([this, answer, reply = std::move(reply)] { (this->*answer).ask(reply); });
  }

  void answer_live(Reply reply) {
    ask_loop(&HttpService::live_, std::move(reply), text_response(503, kStuck));
  }
  void answer_ready(Reply reply) {
    ask_loop(&HttpService::ready_, std::move(reply), text_response(503, kStuck));
  }
  void answer_health(Reply reply) {
    ask_loop(&HttpService::health_, std::move(reply), health_response(health_of_stuck_loop()));
  }
  void answer_metrics(const HttpRequest& request, Reply reply) {
    const bool is_open = metrics_format_of(request.accept) == MetricsFormat::open_metrics;
    ask_loop(is_open ? &HttpService::open_metrics_ : &HttpService::metrics_, std::move(reply),
             text_response(503, kStuck));
  }
  void answer_processes(Reply reply) {
    ask_loop(&HttpService::processes_, std::move(reply), text_response(503, kStuck));
  }

  // Loop thread: it only collects; writing the text takes longer, and comes last.
  void send_metrics(const Replies& replies, MetricsFormat format) {
    auto metrics = std::make_shared<Metrics>(board_.metrics());
    run(views_, replies, [this, format, metrics, replies] {
      HttpResponse response;
      response.content_type = content_type_of(format);
      response.body = metrics_text(*metrics, server_.metrics(), measure_own_use(), format);
      send_all(replies, response);
    });
  }

  void send_processes(const Replies& replies) {
    auto status = std::make_shared<DaemonStatus>(board_.status());
    run(views_, replies, [this, status, replies] {
      add_sizes(*status, file_system_);
      send_all(replies, json_response(200, encode_processes(*status)));
    });
  }

  void send_ready(const Replies& replies) {
    const bool is_ready = can_store(board_.health());
    send_all(replies, is_ready ? text_response(200, "ok\n")
                               : text_response(503, "the store cannot be written\n"));
  }

  void answer_page(const Target& target, const Reply& reply) {
    auto query = read_record_query(target.parameters, QueryKind::page, "", SystemClock().wall_now(),
                                   *zone());
    if (!query) return reply->send(error_response(query.error()));
    run(pages_, {reply},
        [this, query = std::move(*query), reply] { send_page(place(pages_), query, *reply); });
  }

  void answer_follow(const HttpRequest& request, const Target& target, const Reply& reply) {
    auto query = read_record_query(target.parameters, QueryKind::follow, request.last_event_id,
                                   SystemClock().wall_now(), *zone());
    if (!query) return reply->send(error_response(query.error()));
    if (request.method == "HEAD") return reply->send(event_stream_head());
    const bool is_started = follows_.run(
        [this, query = std::move(*query), reply] { send_follow(place(follows_), query, *reply); });
    if (!is_started) refuse_busy(*reply, "max_follows is reached");
  }

  static void run(QueryThreads& threads, const Replies& replies, std::function<void()> job) {
    if (threads.run(std::move(job))) return;
    for (const Reply& reply : replies) refuse_busy(*reply, "too many queries are being answered");
  }

  static void refuse_busy(HttpReply& reply, std::string_view why) {
    HttpResponse busy = error_response(503, "limit", why);
    busy.headers.emplace_back("Retry-After", "1");
    reply.send(std::move(busy));
  }

  // Web thread.
  std::shared_ptr<const TimeZone> zone() const {
    const std::lock_guard lock(zone_mutex_);
    return zone_;
  }

  QueryPlace place(const QueryThreads& threads) {
    return {file_system_, log_dir_, ration_, threads.is_stopping(), threads.stop_descriptor()};
  }

  const Config& config_;  // this and the next are the loop's
  StatusBoard& board_;
  FileSystem& file_system_;
  const std::string log_dir_;
  const HttpConfig http_;
  mutable std::mutex zone_mutex_;
  std::shared_ptr<const TimeZone> zone_;  // guarded by zone_mutex_
  AccessRules access_;                    // of TCP; written before anybody connects there
  Ration ration_;
  HttpServer server_;
  QueryThreads pages_;
  QueryThreads views_;
  QueryThreads follows_;
  SharedAnswer live_;  // these are the loop's
  SharedAnswer ready_;
  SharedAnswer health_;
  SharedAnswer metrics_;
  SharedAnswer open_metrics_;
  SharedAnswer processes_;
  std::unique_ptr<Mailbox> mailbox_;  // goes before the connections that its calls hold
};

}  // namespace

Result<std::unique_ptr<Service>> Service::start(const Parts& parts, UniqueFd local) {
  LOGD_TRY_ASSIGN(TimeZone zone, TimeZone::find(parts.config.timezone));
  LOGD_TRY_ASSIGN(auto mailbox, Mailbox::create(parts.loop));
  auto service = std::make_unique<HttpService>(parts, std::move(zone), std::move(mailbox));
  service->start(std::move(local));
  return std::unique_ptr<Service>(std::move(service));
}

}  // namespace logd::web
