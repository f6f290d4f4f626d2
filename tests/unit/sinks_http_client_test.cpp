// SPDX-License-Identifier: Apache-2.0
#include <sys/eventfd.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstdlib>

#include "base/posix_file_system.h"
#include "base/unique_fd.h"
#include "sinks/http_client.h"
#include "sinks/http_target.h"
#include "sinks_files.h"
#include "sinks_http_server.h"

using namespace logd;
using namespace logd::sinks_testing;
using namespace std::chrono_literals;
using How = HttpAnswer::Transport;

namespace {

ShipConfig config_of(const std::string& url) {
  ShipConfig config;
  config.url = url;
  config.timeout = 5s;
  return config;
}

HttpClient::Request post(const std::string& body) {
  HttpClient::Request request;
  request.headers = {"Content-Type: application/x-protobuf"};
  request.body = body;
  return request;
}

// What becomes of one request.
HttpAnswer ask(HttpClient& client, const HttpClient::Request& request) {
  client.start(7, request);
  CHECK(client.in_flight() == 1);
  auto ended = client.wait({}, 10s);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].id == 7);
  CHECK(client.in_flight() == 0);
  return std::move(ended[0].answer);
}

HttpAnswer ask(const ShipConfig& config, const HttpClient::Request& request) {
  const auto client = HttpClient::make(config).value();
  return ask(*client, request);
}

HttpServer::Answer always(const std::string& answer) {
  return [answer](const SeenRequest&) { return answer; };
}

}  // namespace

TEST_CASE("HttpClient: what is sent and what comes back", "[sinks]") {
  HttpServer server(always(answer_of("202 Accepted", "done", "Retry-After: 17\r\n")));
  auto config = config_of(server.url() + "/v1/logs?a=b");
  const auto client = HttpClient::make(config).value();
  const std::string body("line\0with \xff bytes", 17);
  auto request = post(body);
  request.path = "?query=INSERT%20INTO%20t";
  const HttpAnswer answer = ask(*client, request);
  CHECK(answer.transport == How::ok);
  CHECK(answer.status == 202);
  CHECK(answer.body == "done");
  CHECK(answer.retry_after == 17s);
  CHECK(answer.is_new_connection);
  CHECK_FALSE(answer.closes_connection);
  CHECK(answer.took > 0us);
  const auto seen = server.requests();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].line() == "POST /v1/logs?a=b&query=INSERT%20INTO%20t HTTP/1.1");
  CHECK(seen[0].body == body);
  CHECK(seen[0].has("Content-Type: application/x-protobuf\r\n"));
  CHECK(seen[0].has("User-Agent: logd/" LOGD_VERSION "\r\n"));
  CHECK_FALSE(seen[0].has("Expect:"));
  CHECK_FALSE(seen[0].has("Authorization"));
}

TEST_CASE("HttpClient: the URL of a request is the configuration's and its path", "[sinks]") {
  struct Case {
    const char* url;
    const char* path;
    const char* whole;
  };
  const Case cases[] = {
      {"http://localhost:8123", "", "http://localhost:8123"},
      {"http://localhost:8123/", "?query=x", "http://localhost:8123/?query=x"},
      {"http://localhost:8123", "?query=x", "http://localhost:8123?query=x"},
      {"http://localhost/?user=me", "?query=x?&y=z", "http://localhost/?user=me&query=x?&y=z"},
      {"http://localhost/?user=me", "&query=x", "http://localhost/?user=me&query=x"},
      {"http://localhost/a?user=me", "/b", "http://localhost/a/b?user=me"},
      {"http://localhost/a/", "/b?c=d", "http://localhost/a/b?c=d"},
      {"http://localhost", "/bucket/key", "http://localhost/bucket/key"},
  };
  for (const Case& one : cases)
    CHECK(HttpTarget::of(config_of(one.url)).value().url_of(one.path) == one.whole);
}

TEST_CASE("HttpClient: without a type of content none is made up", "[sinks]") {
  HttpServer server(always(answer_of("204 No Content")));
  auto request = post(std::string(3 << 20, 'x'));
  request.headers.clear();
  CHECK(ask(config_of(server.url()), request).status == 204);
  CHECK_FALSE(server.requests()[0].has("Content-Type"));
  CHECK_FALSE(server.requests()[0].has("Expect"));
  CHECK(server.requests()[0].body == request.body);
}

TEST_CASE("HttpClient: a connection is kept, and a new one is noticed", "[sinks]") {
  HttpServer server([](const SeenRequest& request) {
    return answer_of("200 OK", "", request.body == "last" ? "Connection: close\r\n" : "");
  });
  const auto client = HttpClient::make(config_of(server.url())).value();
  CHECK(ask(*client, post("first")).is_new_connection);
  const HttpAnswer second = ask(*client, post("second"));
  CHECK_FALSE(second.is_new_connection);
  CHECK_FALSE(second.closes_connection);
  CHECK(ask(*client, post("last")).closes_connection);
  CHECK(ask(*client, post("again")).is_new_connection);
  CHECK(server.requests()[1].connection == 1);
  CHECK(server.requests()[3].connection == 2);
}

TEST_CASE("HttpClient: several requests at a time", "[sinks]") {
  std::mutex mutex;
  std::condition_variable all_there;
  int waiting = 0;
  HttpServer server([&](const SeenRequest& request) {
    std::unique_lock lock(mutex);
    ++waiting;
    all_there.notify_all();
    all_there.wait_for(lock, 5s, [&] { return waiting == 3; });
    return answer_of(waiting == 3 ? "200 OK" : "500 Late", request.body);
  });
  auto config = config_of(server.url());
  config.in_flight = 3;
  const auto client = HttpClient::make(config).value();
  const std::vector<HttpClient::Request> requests = {post("0"), post("1"), post("2")};
  for (std::uint64_t i = 0; i < 3; ++i) client->start(i, requests[i]);
  CHECK(client->in_flight() == 3);
  std::vector<HttpClient::Ended> ended;
  for (int i = 0; i < 20 && ended.size() < 3; ++i) {
    for (auto& one : client->wait({}, 5s)) ended.push_back(std::move(one));
  }
  REQUIRE(ended.size() == 3);
  for (const auto& one : ended) {
    CHECK(one.answer.status == 200);
    CHECK(one.answer.body == std::to_string(one.id));
  }
}

TEST_CASE("HttpClient: nobody there, nobody answers, the end comes early", "[sinks]") {
  SECTION("refused") {
    std::string url;
    {
      HttpServer server(always(""));
      url = server.url();
    }
    const HttpAnswer answer = ask(config_of(url), post("x"));
    CHECK(answer.transport == How::unreachable);
    CHECK_FALSE(answer.transport_error.empty());
  }
  SECTION("no name") {
    auto config = config_of("https://no-such-host.invalid/");
    CHECK(ask(config, post("x")).transport == How::unreachable);
  }
  SECTION("closed") {
    HttpServer server(always(""));
    CHECK(ask(config_of(server.url()), post("x")).transport == How::broken);
  }
  SECTION("half an answer") {
    HttpServer server(
        always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc"));
    CHECK(ask(config_of(server.url()), post("x")).transport == How::broken);
  }
  SECTION("no answer") {
    std::mutex mutex;
    std::condition_variable end;
    bool is_over = false;
    HttpServer server([&](const SeenRequest&) {
      std::unique_lock lock(mutex);
      end.wait_for(lock, 10s, [&] { return is_over; });
      return std::string();
    });
    auto config = config_of(server.url());
    config.timeout = 200ms;
    CHECK(ask(config, post("x")).transport == How::timed_out);
    const std::lock_guard lock(mutex);
    is_over = true;
    end.notify_all();
  }
}

TEST_CASE("HttpClient: an answer is cut at its limit", "[sinks]") {
  HttpServer server(always(answer_of("500 Error", std::string(kMaxAnswerBytes + 100'000, 'x'))));
  const HttpAnswer answer = ask(config_of(server.url()), post("x"));
  CHECK(answer.status == 500);
  CHECK(answer.body.size() == kMaxAnswerBytes);
}

TEST_CASE("HttpClient: a redirection is not followed", "[sinks]") {
  HttpServer other(always(answer_of("200 OK")));
  HttpServer server(always(answer_of("307 Temporary", "", "Location: " + other.url() + "\r\n")));
  CHECK(ask(config_of(server.url()), post("x")).status == 307);
  CHECK(other.requests().empty());
}

TEST_CASE("HttpClient: wait ends for a descriptor and for the time", "[sinks]") {
  HttpServer server(always(answer_of("200 OK")));
  const auto client = HttpClient::make(config_of(server.url())).value();
  const UniqueFd wake(::eventfd(0, EFD_CLOEXEC));
  auto begin = std::chrono::steady_clock::now();
  CHECK(client->wait({wake.get()}, 50ms).empty());
  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
  CHECK(client->wait({wake.get()}, 0ms).empty());
  const std::uint64_t one = 1;
  REQUIRE(::write(wake.get(), &one, sizeof(one)) == sizeof(one));
  begin = std::chrono::steady_clock::now();
  CHECK(client->wait({wake.get()}, 20s).empty());
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

TEST_CASE("HttpClient: what is cancelled has no answer", "[sinks]") {
  HttpServer server(always(answer_of("200 OK")));
  const auto client = HttpClient::make(config_of(server.url())).value();
  const auto request = post("x");
  client->start(1, request);
  client->start(2, request);
  client->cancel_all();
  CHECK(client->in_flight() == 0);
  CHECK(client->wait({}, 50ms).empty());
  client->start(3, request);
  CHECK(client->wait({}, 5s).at(0).id == 3);
}

TEST_CASE("HttpClient: secrets come from files and are read anew", "[sinks]") {
  HttpServer server(always(answer_of("200 OK")));
  Files files;
  auto config = config_of(server.url());
  SECTION("a token") {
    config.bearer_file = files.put("token", "first-token\n");
    const auto client = HttpClient::make(config).value();
    ask(*client, post("x"));
    CHECK(server.requests()[0].has("Authorization: Bearer first-token\r\n"));
    files.put("token", "the-second-token");
    CHECK(client->refresh_credentials());
    ask(*client, post("x"));
    CHECK(server.requests()[1].has("Authorization: Bearer the-second-token\r\n"));
    // What is wrong is not taken.
    files.put("token", "");
    CHECK_FALSE(client->refresh_credentials());
    ask(*client, post("x"));
    CHECK(server.requests()[2].has("Authorization: Bearer the-second-token\r\n"));
  }
  SECTION("a password") {
    config.basic_file = files.put("basic", "user:pass:word\n");
    ask(config, post("x"));
    CHECK(server.requests()[0].has("Authorization: Basic dXNlcjpwYXNzOndvcmQ=\r\n"));
  }
  SECTION("headers") {
    config.header_file =
        files.put("headers", "# of the tenant\nX-Scope-OrgID: team-a\n\nX-B: c d\r\n");
    ask(config, post("x"));
    CHECK(server.requests()[0].has("X-Scope-OrgID: team-a\r\n"));
    CHECK(server.requests()[0].has("X-B: c d\r\n"));
  }
}

TEST_CASE("HttpClient: nothing is sent without its secrets", "[sinks]") {
  HttpServer server(always(answer_of("200 OK")));
  Files files;
  auto config = config_of(server.url());
  std::string named;
  SECTION("not there") { config.bearer_file = named = "/nonexistent/token"; }
  SECTION("readable by all") {
    config.bearer_file = named = files.put("token", "very-secret", 0644);
  }
  SECTION("no password") { config.basic_file = named = files.put("basic", "very-secret"); }
  SECTION("no header") { config.header_file = named = files.put("headers", "very-secret\n"); }
  SECTION("a header of ours") {
    config.header_file = named = files.put("headers", "Content-Length: 3 very-secret\n");
  }
  SECTION("no certificate") { config.ca_file = named = files.put("ca", "very-secret", 0644); }
  SECTION("no pair") {
    config.cert_file = named = files.put("cert", "very-secret");
    config.key_file = files.put("key", "very-secret");
  }
  SECTION("a directory") { config.bearer_file = named = "/tmp"; }
  const HttpAnswer answer = ask(config, post("x"));
  CHECK(answer.transport == How::misconfigured);
  CHECK(answer.transport_error.find(named) != std::string::npos);
  CHECK(answer.transport_error.find("very-secret") == std::string::npos);
  CHECK(server.requests().empty());
}

TEST_CASE("HttpClient: URLs that it does not take", "[sinks]") {
  struct Case {
    const char* url;
    const char* proxy;
    bool allow_plaintext;
    bool is_taken;
  };
  const Case cases[] = {
      {"http://127.0.0.1:4318/v1/logs", "", false, true},
      {"http://localhost:4318", "", false, true},
      {"http://[::1]:4318", "", false, true},
      {"https://logs.example.net", "", false, true},
      {"http://logs.example.net", "", true, true},
      {"http://logs.example.net", "", false, false},
      {"http://192.0.2.1", "", false, false},
      {"http://localhost.example.net", "", false, false},
      {"http://127.0.0.1.example.net", "", false, false},
      {"http://localhost:4318", "http://proxy.example.net:3128", false, false},
      {"http://localhost:4318", "http://localhost:3128", false, true},
      {"https://logs.example.net", "http://proxy.example.net:3128", false, true},
      {"https://logs.example.net", "http://user:very-secret@proxy.example.net", false, false},
      {"https://user:very-secret@logs.example.net", "", false, false},
      {"https://logs.example.net/#part", "", false, false},
      {"ftp://localhost/", "", false, false},
      {"file:///etc/passwd", "", true, false},
      {"logs.example.net", "", false, false},
      {"", "", false, false},
      {"https://very-secret host/", "", false, false},
  };
  for (const Case& one : cases) {
    INFO(one.url << " by " << one.proxy);
    auto config = config_of(one.url);
    config.proxy = one.proxy;
    config.allow_plaintext = one.allow_plaintext;
    const auto client = HttpClient::make(config);
    CHECK(client.has_value() == one.is_taken);
    if (client) continue;
    CHECK(client.error().code == ErrorCode::invalid);
    CHECK(client.error().context.find("very-secret") == std::string::npos);
  }
}

TEST_CASE("HttpClient: a proxy is the configuration's and no other", "[sinks]") {
  HttpServer server(always(answer_of("200 OK")));
  HttpServer proxy(always(answer_of("200 OK")));
  Files files;
  auto config = config_of(server.url());
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  ask(config, post("x"));
  ::unsetenv("http_proxy");
  CHECK(proxy.requests().empty());
  REQUIRE(server.requests().size() == 1);
  config.proxy = proxy.url();
  config.proxy_auth_file = files.put("proxy", "me:pw");
  ::setenv("no_proxy", "*", 1);
  ask(config, post("x"));
  ::unsetenv("no_proxy");
  REQUIRE(proxy.requests().size() == 1);
  CHECK(proxy.requests()[0].line() == "POST " + server.url() + "/ HTTP/1.1");
  CHECK(proxy.requests()[0].has("Proxy-Authorization: Basic bWU6cHc="));
}

TEST_CASE("HttpClient: a proxy that refuses is a matter of the settings", "[sinks]") {
  HttpServer proxy(always(answer_of("407 Proxy Authentication Required")));
  auto config = config_of("https://logs.example.net");
  config.proxy = proxy.url();
  CHECK(ask(config, post("x")).transport == How::misconfigured);
  CHECK(proxy.requests()[0].line() == "CONNECT logs.example.net:443 HTTP/1.1");
}

TEST_CASE("HttpClient: a file is sent as it is, signed for S3", "[sinks]") {
  HttpServer server(always(answer_of("200 OK")));
  Files files;
  auto config = config_of(server.url());
  config.type = "s3";
  config.region = "eu-central-1";
  config.access_key = "AKIDEXAMPLE";
  config.secret_key_file = files.put("secret", "wJalrXUtnFEMI/K7MDENG\n");
  std::string contents;
  for (int i = 0; contents.size() < 3'000'000; ++i) contents += std::to_string(i) + '\n';
  const std::filesystem::path path = files.put("segment", contents);
  const auto folder = PosixFileSystem().open_directory(path.parent_path()).value();
  HttpClient::Request request;
  request.method = "PUT";
  request.path = "/bucket/dt%3D2026/web.gz";
  request.headers = {"Content-Type: application/gzip", "If-None-Match: *"};
  request.file = folder->open_file(path.filename(), OpenMode::read).value();
  request.file_bytes = contents.size();
  request.payload_sha256 = std::string(64, 'a');
  CHECK(ask(config, request).status == 200);
  const SeenRequest seen = server.requests().at(0);
  CHECK(seen.line() == "PUT /bucket/dt%3D2026/web.gz HTTP/1.1");
  CHECK(seen.body == contents);
  CHECK(seen.has("x-amz-content-sha256: " + request.payload_sha256 + "\r\n"));
  CHECK(seen.has("Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
  CHECK(seen.has("/eu-central-1/s3/aws4_request"));
  CHECK_FALSE(seen.has("wJalrXUtnFEMI"));
  request.file_bytes = contents.size() + 1;
  CHECK(ask(config, request).transport == How::misconfigured);
}
