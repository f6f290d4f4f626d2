// A server of HTTP for one test: notes what it is asked and answers as the test says. Listens on
// 127.0.0.1; a thread for each connection.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace logd::sinks_testing {

struct SeenRequest {
  int connection = 0;  // counted from 1
  std::string head;    // with the first line
  std::string body;
  std::string peer;  // name in the client's certificate

  std::string line() const { return head.substr(0, head.find("\r\n")); }
  bool has(const std::string& text) const { return head.find(text) != std::string::npos; }
};

inline std::string answer_of(const std::string& status, const std::string& body = "",
                             const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

class HttpServer {
 public:
  // Nothing: the connection is closed without an answer.
  using Answer = std::function<std::string(const SeenRequest&)>;

  // `tls` is the caller's; null: none.
  explicit HttpServer(Answer answer, SSL_CTX* tls = nullptr)
      : answer_(std::move(answer)), tls_(tls), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL, libcurl's side, too
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        ::listen(listener_, 16) != 0) {
      std::abort();
    }
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    threads_.emplace_back([this] { accept_all(); });
  }

  ~HttpServer() {
    ::shutdown(listener_, SHUT_RDWR);
    threads_.front().join();
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (auto thread = std::next(threads_.begin()); thread != threads_.end(); ++thread)
      thread->join();
    ::close(listener_);
  }

  int port() const { return port_; }
  std::string url() const {
    return (tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_);
  }
  std::vector<SeenRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    for (int number = 1;; ++number) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket, number] { serve(socket, number); });
    }
  }

  void serve(int socket, int number) {
    SSL* const tls = tls_ ? SSL_new(tls_) : nullptr;
    if (tls) SSL_set_fd(tls, socket);
    if (!tls || SSL_accept(tls) == 1) {
      answer_all(socket, tls, number);
    } else {
      // Closed at once, the connection would be reset before the peer has read the alert.
      ::shutdown(socket, SHUT_WR);
      char rest[1024];
      while (::recv(socket, rest, sizeof(rest), 0) > 0) {
      }
    }
    if (tls) SSL_shutdown(tls);
    SSL_free(tls);
    const std::lock_guard lock(mutex_);
    sockets_.erase(std::find(sockets_.begin(), sockets_.end(), socket));
    ::close(socket);
  }

  void answer_all(int socket, SSL* tls, int number) {
    std::string bytes;
    while (true) {
      SeenRequest request;
      request.connection = number;
      request.peer = peer_of(tls);
      std::size_t end = 0;
      while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
        if (!read_more(socket, tls, bytes)) return;
        constexpr char kTlsHandshake = 0x16;
        if (bytes.front() == kTlsHandshake)
          return write_all(socket, tls, answer_of("400 Bad Request"));
      }
      request.head = bytes.substr(0, end + 2);
      bytes.erase(0, end + 4);
      if (request.has("Expect: 100-continue"))
        write_all(socket, tls, "HTTP/1.1 100 Continue\r\n\r\n");
      const std::size_t at = request.head.find("Content-Length: ");
      const std::size_t length =
          at == std::string::npos ? 0 : std::stoul(request.head.substr(at + 16));
      while (bytes.size() < length) {
        if (!read_more(socket, tls, bytes)) return;
      }
      request.body = bytes.substr(0, length);
      bytes.erase(0, length);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::string answer = answer_(request);
      if (answer.empty()) return;
      write_all(socket, tls, answer);
      if (answer.find("Connection: close") != std::string::npos) return;
    }
  }

  static std::string peer_of(SSL* tls) {
    X509* const certificate = tls ? SSL_get0_peer_certificate(tls) : nullptr;
    char name[64] = "";
    if (certificate) {
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                                sizeof(name));
    }
    return name;
  }

  static bool read_more(int socket, SSL* tls, std::string& bytes) {
    char block[4096];
    const auto got = tls ? SSL_read(tls, block, sizeof(block))
                         : static_cast<int>(::recv(socket, block, sizeof(block), 0));
    if (got > 0) bytes.append(block, static_cast<std::size_t>(got));
    return got > 0;
  }

  static void write_all(int socket, SSL* tls, const std::string& bytes) {
    if (tls) {
      SSL_write(tls, bytes.data(), static_cast<int>(bytes.size()));
    } else {
      ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
  }

  const Answer answer_;
  SSL_CTX* const tls_;
  const int listener_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<SeenRequest> requests_;
  std::vector<int> sockets_;
  std::list<std::thread> threads_;  // the first one accepts
};

}  // namespace logd::sinks_testing
