// SPDX-License-Identifier: Apache-2.0
#include "sinks/http_client.h"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "sinks/credentials.h"
#include "sinks/http_target.h"
#include "sinks/http_transfer.h"

namespace logd {
namespace {

using Clock = std::chrono::steady_clock;
using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

// How often the files are looked at while requests are started.
constexpr std::chrono::seconds kLookAgain{1};
// Beside those in use, for a destination that closes them in turn.
constexpr long kSpareConnections = 2;

bool starts_library() {
  static const bool is_started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return is_started;
}

bool is_readable(const std::vector<int>& fds) {
  std::vector<pollfd> polled;
  for (const int fd : fds) polled.push_back({fd, POLLIN, 0});
  return ::poll(polled.data(), polled.size(), 0) > 0;
}

}  // namespace

struct HttpClient::State {
  State(const ShipConfig& ship, HttpTarget where)
      : config(ship),
        target(std::move(where)),
        files(ship),
        multi(curl_multi_init(), curl_multi_cleanup) {}
  ~State() { cancel_all(); }

  void look_at_files() {
    if (files.is_complete() && Clock::now() < next_look) return;
    refreshed = files.refresh();
    next_look = Clock::now() + kLookAgain;
  }

  std::unique_ptr<HttpTransfer> take_transfer() {
    if (idle.empty()) return std::make_unique<HttpTransfer>();
    auto transfer = std::move(idle.back());
    idle.pop_back();
    return transfer;
  }

  void end_at_once(std::uint64_t id, HttpAnswer::Transport transport, std::string why) {
    HttpAnswer answer;
    answer.transport = transport;
    answer.transport_error = std::move(why);
    ended.push_back({id, std::move(answer)});
  }

  // Goes on with what is under way and collects what has ended.
  void perform() {
    int running = 0;
    curl_multi_perform(multi.get(), &running);
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      // The message goes with the handle.
      CURL* const handle = message->easy_handle;
      const CURLcode code = message->data.result;
      const auto found = std::find_if(active.begin(), active.end(), [&](const auto& transfer) {
        return transfer->handle() == handle;
      });
      LOGD_ASSERT(found != active.end());
      ended.push_back({(*found)->id(), (*found)->answer(code)});
      curl_multi_remove_handle(multi.get(), handle);
      idle.push_back(std::move(*found));
      active.erase(found);
    }
  }

  void cancel_all() {
    for (const auto& transfer : active) curl_multi_remove_handle(multi.get(), transfer->handle());
    active.clear();
    ended.clear();
  }

  const ShipConfig config;
  const HttpTarget target;
  CredentialFiles files;
  Result<void> refreshed;
  Clock::time_point next_look;
  std::uint64_t changes_sent = 0;  // of `files`, that the last request has seen
  Multi multi;
  std::vector<std::unique_ptr<HttpTransfer>> active;
  std::vector<std::unique_ptr<HttpTransfer>> idle;
  std::vector<Ended> ended;  // not told yet
};

Result<std::unique_ptr<HttpClient>> HttpClient::make(const ShipConfig& config) {
  LOGD_TRY_ASSIGN(HttpTarget target, HttpTarget::of(config));
  if (!starts_library()) return fail(ErrorCode::limit, "libcurl cannot be started");
  auto state = std::make_unique<State>(config, std::move(target));
  if (!state->multi) return fail(ErrorCode::limit, "libcurl: no memory");
  const long at_a_time = static_cast<long>(std::clamp<std::uint64_t>(config.in_flight, 1, 1000));
  curl_multi_setopt(state->multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, at_a_time);
  curl_multi_setopt(state->multi.get(), CURLMOPT_MAXCONNECTS, at_a_time + kSpareConnections);
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(state)));
}

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;

void HttpClient::start(std::uint64_t id, const Request& request) {
  using enum HttpAnswer::Transport;
  state_->look_at_files();
  state_->changes_sent = state_->files.changes();
  if (!state_->files.is_complete())
    return state_->end_at_once(id, misconfigured, state_->refreshed.error().message());
  auto transfer = state_->take_transfer();
  const bool is_ready =
      transfer->begin(id, state_->config, state_->target, state_->files.last_good(), request) &&
      curl_multi_add_handle(state_->multi.get(), transfer->handle()) == CURLM_OK;
  if (!is_ready) return state_->end_at_once(id, unreachable, "libcurl: no memory");
  state_->active.push_back(std::move(transfer));
}

std::vector<HttpClient::Ended> HttpClient::wait(const std::vector<int>& wake_fds,
                                                std::chrono::milliseconds longest) {
  constexpr std::chrono::milliseconds kLongestPoll = std::chrono::hours(1);
  const auto begin = Clock::now();
  std::vector<curl_waitfd> fds;
  for (const int fd : wake_fds) fds.push_back({fd, CURL_WAIT_POLLIN, 0});
  while (true) {
    state_->perform();
    const auto passed = std::chrono::floor<std::chrono::milliseconds>(Clock::now() - begin);
    if (!state_->ended.empty() || passed >= longest || is_readable(wake_fds)) break;
    const auto left = std::min(longest - passed, kLongestPoll);
    const CURLMcode polled =
        curl_multi_poll(state_->multi.get(), fds.data(), static_cast<unsigned>(fds.size()),
                        static_cast<int>(left.count()), nullptr);
    if (polled != CURLM_OK) break;  // no memory: the caller comes again
  }
  return std::exchange(state_->ended, {});
}

std::size_t HttpClient::in_flight() const { return state_->active.size() + state_->ended.size(); }

void HttpClient::cancel_all() { state_->cancel_all(); }

Result<void> HttpClient::refresh_credentials() {
  state_->refreshed = state_->files.refresh();
  state_->next_look = Clock::now() + kLookAgain;
  return state_->refreshed;
}

bool HttpClient::take_new_credentials() {
  std::ignore = refresh_credentials();  // what is wrong is said when it is used
  return state_->files.changes() != state_->changes_sent;
}

}  // namespace logd
