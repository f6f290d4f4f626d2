// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "sinks/http_client.h"
#include "sinks/tls_files.h"
#include "sinks_certificates.h"
#include "sinks_files.h"
#include "sinks_http_server.h"

using namespace logd;
using namespace logd::sinks_testing;
using namespace std::chrono_literals;
using Outcome = HttpAnswer::Transport;

namespace {

std::string accept_all(const SeenRequest&) { return answer_of("200 OK"); }

ShipConfig config_of(const std::string& url) {
  ShipConfig config;
  config.url = url;
  config.timeout = 5s;
  return config;
}

HttpAnswer ask(HttpClient& client) {
  HttpClient::Request request;
  request.body = "x";
  client.start(1, request);
  auto ended = client.wait({}, 10s);
  REQUIRE(ended.size() == 1);
  return std::move(ended[0].answer);
}

HttpAnswer ask(const ShipConfig& config) { return ask(*HttpClient::make(config).value()); }

}  // namespace

TEST_CASE("HttpClient: only a receiver that the authorities know is trusted", "[sinks]") {
  const Certificate authority("authority");
  const Certificate other("other");
  const Certificate own("localhost", &authority);
  const ServerTls tls = server_tls(own);
  HttpServer server(accept_all, tls.get());
  Files files;
  auto config = config_of(server.url());
  SECTION("by the one that is configured") {
    config.ca_file = files.put("ca", other.pem() + authority.pem(), 0644);
    const HttpAnswer answer = ask(config);
    INFO(answer.transport_error);
    CHECK(answer.status == 200);
  }
  SECTION("not by the system's") {
    const HttpAnswer answer = ask(config);
    CHECK(answer.transport == Outcome::untrusted);
    CHECK_FALSE(answer.transport_error.empty());
  }
  SECTION("not by another one") {
    config.ca_file = files.put("ca", other.pem());
    CHECK(ask(config).transport == Outcome::untrusted);
  }
  SECTION("not under another name") {
    config.ca_file = files.put("ca", authority.pem());
    config.url = "https://127.0.0.1:" + std::to_string(server.port());
    CHECK(ask(config).transport == Outcome::untrusted);
  }
  SECTION("one that is exchanged is read anew") {
    config.ca_file = files.put("ca", other.pem());
    const auto client = HttpClient::make(config).value();
    CHECK(ask(*client).transport == Outcome::untrusted);
    files.put("ca", authority.pem());
    CHECK(client->refresh_credentials());
    CHECK(ask(*client).status == 200);
  }
}

TEST_CASE("HttpClient: a receiver without TLS is none for https", "[sinks]") {
  HttpServer server(accept_all);
  CHECK(ask(config_of("https://localhost:" + std::to_string(server.port()))).transport ==
        Outcome::untrusted);
}

TEST_CASE("HttpClient: a receiver that asks for a certificate gets it", "[sinks]") {
  const Certificate authority("authority");
  const Certificate own("localhost", &authority);
  const Certificate first("first", &authority);
  const Certificate second("second", &authority);
  const ServerTls tls = server_tls(own, &authority);
  HttpServer server(accept_all, tls.get());
  Files files;
  auto config = config_of(server.url());
  config.ca_file = files.put("ca", authority.pem());
  SECTION("none") { CHECK(ask(config).transport == Outcome::untrusted); }
  SECTION("one that it does not know") {
    const Certificate stranger("stranger");
    config.cert_file = files.put("pair", stranger.pem() + stranger.key_pem());
    CHECK(ask(config).transport == Outcome::untrusted);
  }
  SECTION("certificate and key in one file") {
    config.cert_file = files.put("pair", first.key_pem() + first.pem());
    CHECK(ask(config).status == 200);
    CHECK(server.requests().at(0).peer == "first");
  }
  SECTION("which is a secret then") {
    config.cert_file = files.put("pair", first.key_pem() + first.pem(), 0644);
    CHECK(ask(config).transport == Outcome::misconfigured);
  }
  SECTION("a pair that is exchanged, one file after the other") {
    config.cert_file = files.put("cert", first.pem(), 0644);
    config.key_file = files.put("key", first.key_pem());
    const auto client = HttpClient::make(config).value();
    CHECK(ask(*client).status == 200);
    files.put("cert", second.pem());
    const auto refreshed = client->refresh_credentials();
    REQUIRE_FALSE(refreshed);
    CHECK(refreshed.error().context.find("another certificate") != std::string::npos);
    CHECK(ask(*client).status == 200);
    files.put("key", second.key_pem());
    CHECK(client->refresh_credentials());
    CHECK(ask(*client).status == 200);
    const auto seen = server.requests();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].peer == "first");
    CHECK(seen[1].peer == "first");
    CHECK(seen[2].peer == "second");
    // Not over the connection that the old one made.
    CHECK(seen[1].connection == seen[0].connection);
    CHECK(seen[2].connection != seen[0].connection);
  }
}

TEST_CASE("tls files: a key belongs to its certificate, or is none", "[sinks]") {
  const Certificate one("one");
  const Certificate other("other");
  CHECK(check_certificate_and_key(one.pem(), one.key_pem()));
  CHECK(check_certificate_and_key(one.pem() + other.pem(), one.key_pem()));
  CHECK(check_certificate_and_key(one.key_pem() + one.pem(), one.key_pem() + one.pem()));
  CHECK_FALSE(check_certificate_and_key(one.pem(), other.key_pem()));
  CHECK_FALSE(check_certificate_and_key(other.pem() + one.pem(), one.key_pem()));
  CHECK_FALSE(check_certificate_and_key(one.pem(), one.key_pem("word")));
  CHECK_FALSE(check_certificate_and_key(one.pem(), ""));
  CHECK_FALSE(check_certificate_and_key("", one.key_pem()));
  CHECK_FALSE(check_certificate_and_key(one.pem().substr(0, 200), one.key_pem()));
  CHECK(check_authorities(one.pem() + other.pem()));
  CHECK_FALSE(check_authorities(one.key_pem()));
  CHECK_FALSE(check_authorities(""));
}
