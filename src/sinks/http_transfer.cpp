// SPDX-License-Identifier: Apache-2.0
#include "sinks/http_transfer.h"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <charconv>

#include "base/system_clock.h"
#include "mask/digest.h"
#include "sinks/reason.h"
#include "sinks/retry_after.h"

namespace logd {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{10'000};
constexpr long kKeepAliveIdleSeconds = 30;
constexpr long kKeepAliveIntervalSeconds = 10;
// Slower for as long as a request may take, and it is given up.
constexpr long kLeastBytesPerSecond = 1024;
// What a file is given as time, beside that.
constexpr std::uint64_t kSlowestFileBytesPerSecond = 64 * 1024;
static_assert(CURL_ERROR_SIZE <= 256);

long milliseconds(std::chrono::milliseconds time) {
  return static_cast<long>(std::clamp<std::int64_t>(time.count(), 1, 1 << 30));
}

std::string sha256_hex(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte :
       sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()})) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

bool has_header(const std::vector<std::string>& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const std::string& header) {
    return header.size() > name.size() && header[name.size()] == ':' &&
           ::strncasecmp(header.data(), name.data(), name.size()) == 0;
  });
}

// The peer's alert, which comes for our certificate or a version of TLS, and no lost connection.
bool is_alert(std::string_view error) {
  return error.find("alert") != std::string_view::npos ||
         error.find("wrong version number") != std::string_view::npos;
}

HttpAnswer::Transport transport_of(CURLcode code, std::string_view error, long proxy_status) {
  using enum HttpAnswer::Transport;
  switch (code) {
    case CURLE_OK:
      return ok;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_OUT_OF_MEMORY:
      return unreachable;
    case CURLE_OPERATION_TIMEDOUT:
      return timed_out;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return untrusted;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_NOT_BUILT_IN:
    case CURLE_SSL_CIPHER:
    case CURLE_AUTH_ERROR:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_ABORTED_BY_CALLBACK:  // the file cannot be read
    case CURLE_READ_ERROR:
      return misconfigured;
    default:
      break;
  }
  // A proxy that refuses (tinyproxy says 401 for 407) ends the connection as any other error does.
  if (proxy_status == 401 || proxy_status == 403 || proxy_status == 407) return misconfigured;
  if (proxy_status >= 400) return unreachable;
  return is_alert(error) ? untrusted : broken;
}

}  // namespace

HttpTransfer::HttpTransfer() : handle_(curl_easy_init()) {}

HttpTransfer::~HttpTransfer() {
  if (handle_) curl_easy_cleanup(handle_);
  curl_slist_free_all(static_cast<curl_slist*>(headers_));
}

bool HttpTransfer::begin(std::uint64_t id, const ShipConfig& config, const HttpTarget& target,
                         const Credentials& credentials, const HttpClient::Request& request) {
  if (!handle_) return false;
  curl_easy_reset(handle_);
  id_ = id;
  body_.clear();
  error_[0] = '\0';
  file_ = request.file.get();
  file_offset_ = 0;
  file_bytes_ = request.file_bytes;
  curl_easy_setopt(handle_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &HttpTransfer::take);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle_, CURLOPT_USERAGENT, "logd/" LOGD_VERSION);
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, 0L);
  set_limits(config, request);
  set_route(config, credentials);
  set_tls(config, credentials);
  set_identity(config, credentials);
  set_body(request);
  const std::string url = target.url_of(request.path);
  return curl_easy_setopt(handle_, CURLOPT_URL, url.c_str()) == CURLE_OK &&
         set_headers(config, credentials, request);
}

void HttpTransfer::set_limits(const ShipConfig& config, const HttpClient::Request& request) {
  const std::chrono::seconds for_file(request.file_bytes / kSlowestFileBytesPerSecond);
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, milliseconds(config.timeout + for_file));
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS,
                   milliseconds(std::min(config.timeout, kConnectTimeout)));
  curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_LIMIT, kLeastBytesPerSecond);
  curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_TIME, milliseconds(config.timeout) / 1000 + 1);
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  // Else the end of a request would wait for a name server that does not answer.
  curl_easy_setopt(handle_, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(handle_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle_, CURLOPT_TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  curl_easy_setopt(handle_, CURLOPT_TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
}

// Nothing of the environment: empty texts keep libcurl from looking at http_proxy and no_proxy.
void HttpTransfer::set_route(const ShipConfig& config, const Credentials& credentials) {
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_, CURLOPT_PROXY, config.proxy.c_str());
  curl_easy_setopt(handle_, CURLOPT_NOPROXY, "");
  if (credentials.proxy.user.empty()) return;
  curl_easy_setopt(handle_, CURLOPT_PROXYAUTH, CURLAUTH_BASIC);
  curl_easy_setopt(handle_, CURLOPT_PROXYUSERNAME, credentials.proxy.user.c_str());
  curl_easy_setopt(handle_, CURLOPT_PROXYPASSWORD, credentials.proxy.password.c_str());
}

// libcurl copies the texts.
void HttpTransfer::set_tls(const ShipConfig& config, const Credentials& credentials) {
  const auto set_blob = [this](CURLoption option, const std::string& text) {
    curl_blob blob{};
    blob.data = const_cast<char*>(text.data());
    blob.len = text.size();
    blob.flags = CURL_BLOB_COPY;
    curl_easy_setopt(handle_, option, &blob);
  };
  curl_easy_setopt(handle_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(handle_, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!config.ca_file.empty()) {
    set_blob(CURLOPT_CAINFO_BLOB, credentials.authorities);
    set_blob(CURLOPT_PROXY_CAINFO_BLOB, credentials.authorities);
  }
  if (config.cert_file.empty()) return;
  set_blob(CURLOPT_SSLCERT_BLOB, credentials.certificate);
  set_blob(CURLOPT_SSLKEY_BLOB, credentials.key);
}

void HttpTransfer::set_identity(const ShipConfig& config, const Credentials& credentials) {
  if (config.type == "s3") {
    const std::string scheme = "aws:amz:" + config.region + ":s3";
    curl_easy_setopt(handle_, CURLOPT_AWS_SIGV4, scheme.c_str());
    curl_easy_setopt(handle_, CURLOPT_USERNAME, config.access_key.c_str());
    curl_easy_setopt(handle_, CURLOPT_PASSWORD, credentials.secret_key.c_str());
  } else if (!credentials.bearer.empty()) {
    curl_easy_setopt(handle_, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(handle_, CURLOPT_XOAUTH2_BEARER, credentials.bearer.c_str());
  } else if (!credentials.basic.user.empty()) {
    curl_easy_setopt(handle_, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(handle_, CURLOPT_USERNAME, credentials.basic.user.c_str());
    curl_easy_setopt(handle_, CURLOPT_PASSWORD, credentials.basic.password.c_str());
  }
}

void HttpTransfer::set_body(const HttpClient::Request& request) {
  if (request.file) {
    curl_easy_setopt(handle_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle_, CURLOPT_READFUNCTION, &HttpTransfer::give);
    curl_easy_setopt(handle_, CURLOPT_READDATA, this);
    curl_easy_setopt(handle_, CURLOPT_SEEKFUNCTION, &HttpTransfer::seek);
    curl_easy_setopt(handle_, CURLOPT_SEEKDATA, this);
    curl_easy_setopt(handle_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(file_bytes_));
  } else if (request.method == "HEAD") {
    curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
    return;
  } else if (request.method != "GET") {
    // Not copied.
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

bool HttpTransfer::set_headers(const ShipConfig& config, const Credentials& credentials,
                               const HttpClient::Request& request) {
  curl_slist_free_all(static_cast<curl_slist*>(headers_));
  headers_ = nullptr;
  bool is_complete = true;
  const auto add = [&](const std::string& line) {
    curl_slist* const longer = curl_slist_append(static_cast<curl_slist*>(headers_), line.c_str());
    is_complete = is_complete && longer;
    if (longer) headers_ = longer;
  };
  for (const std::string& line : request.headers) add(line);
  for (const std::string& line : credentials.headers) add(line);
  if (config.type == "s3") {
    // Of which libcurl 7.88 makes a wrong signature if it must compute it itself. No header is
    // taken away here: that would be signed and not be sent.
    add("x-amz-content-sha256: " + (request.payload_sha256.empty() && !request.file
                                        ? sha256_hex(request.body)
                                        : request.payload_sha256));
  } else {
    add("Expect:");  // no wait for "100 Continue"
    // Else libcurl says that it is a form, which VictoriaLogs takes and throws away.
    if (!has_header(request.headers, "Content-Type")) add("Content-Type:");
  }
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers_);
  // What they say is not for a proxy.
  curl_easy_setopt(handle_, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  return is_complete;
}

// What is beyond the limit is received and forgotten.
std::size_t HttpTransfer::take(char* bytes, std::size_t size, std::size_t count, void* self) {
  std::string& body = static_cast<HttpTransfer*>(self)->body_;
  body.append(bytes, std::min(size * count, kMaxAnswerBytes - body.size()));
  return size * count;
}

std::size_t HttpTransfer::give(char* to, std::size_t size, std::size_t count, void* self) {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(self);
  const std::uint64_t left = transfer.file_bytes_ - transfer.file_offset_;
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size * count, left));
  const auto got = transfer.file_->read_at(to, wanted, transfer.file_offset_);
  // A file that has become shorter would never be all.
  if (!got || (*got == 0 && wanted > 0)) return CURL_READFUNC_ABORT;
  transfer.file_offset_ += *got;
  return *got;
}

int HttpTransfer::seek(void* self, std::int64_t offset, int origin) {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(self);
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  transfer.file_offset_ = std::min(static_cast<std::uint64_t>(offset), transfer.file_bytes_);
  return CURL_SEEKFUNC_OK;
}

std::string HttpTransfer::header(const char* name) const {
  curl_header* found = nullptr;
  if (curl_easy_header(handle_, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return {};
  return found->value;
}

std::string HttpTransfer::error_text(int code) const {
  const char* const general = curl_easy_strerror(static_cast<CURLcode>(code));
  if (code == CURLE_ABORTED_BY_CALLBACK) return "the file that is sent cannot be read";
  return clean_reason(error_[0] == '\0' ? general : error_.data());
}

HttpAnswer HttpTransfer::answer(int code) {
  HttpAnswer answer;
  long status = 0;
  long proxy_status = 0;
  long connects = 0;
  curl_off_t took = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle_, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  curl_easy_getinfo(handle_, CURLINFO_NUM_CONNECTS, &connects);
  curl_easy_getinfo(handle_, CURLINFO_TOTAL_TIME_T, &took);
  answer.took = std::chrono::microseconds(took);
  answer.is_new_connection = connects > 0;
  answer.transport = transport_of(static_cast<CURLcode>(code), error_.data(), proxy_status);
  if (answer.transport != HttpAnswer::Transport::ok) {
    answer.transport_error = error_text(code);
    return answer;
  }
  answer.status = static_cast<int>(status);
  answer.retry_after = parse_retry_after(header("Retry-After"), SystemClock().wall_now());
  const std::string exception = header("X-ClickHouse-Exception-Code");
  std::from_chars(exception.data(), exception.data() + exception.size(), answer.clickhouse_code);
  long version = 0;
  curl_easy_getinfo(handle_, CURLINFO_HTTP_VERSION, &version);
  const std::string connection = header("Connection");
  // Before HTTP/1.1 connections ended with the answer, unless somebody said something else.
  answer.closes_connection = version == CURL_HTTP_VERSION_1_0
                                 ? ::strcasecmp(connection.c_str(), "keep-alive") != 0
                                 : ::strcasecmp(connection.c_str(), "close") == 0;
  answer.body = std::move(body_);
  body_.clear();
  return answer;
}

}  // namespace logd
