// Reads what a destination is shown and shown to, from files: tokens, passwords, certificates.
//
// A file that has changed is read anew. What cannot be read, or does not fit, is not taken, and the
// last good one stays: it is often being written at this moment. No secret is in an error.
// One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logd/config.h"
#include "logd/result.h"

namespace logd {

struct UserPassword {
  std::string user;  // empty: none
  std::string password;
};

struct Credentials {
  std::string bearer;
  UserPassword basic;
  std::vector<std::string> headers;  // "Name: value"
  UserPassword proxy;
  std::string secret_key;
  std::string authorities;  // PEM, as are the next; empty: the system's
  std::string certificate;
  std::string key;
};

class CredentialFiles {
 public:
  explicit CredentialFiles(const ShipConfig& config);

  // Reads what has changed. Errors: the first thing that is wrong; the rest is read nevertheless.
  // not_found, permission (also: others may read it), limit, invalid.
  Result<void> refresh();

  // Whether everything that the configuration names has been good once.
  bool is_complete() const;

  // How often something was read that was not known before.
  std::uint64_t changes() const { return changes_; }

  const Credentials& last_good() const { return credentials_; }

 private:
  using Contents = std::vector<std::string>;  // of the files of a part
  using Taker = Result<void> (*)(Credentials& to, Contents contents);

  // Files that are of use only together.
  struct Part {
    std::vector<std::string> paths;
    std::vector<bool> is_secret;
    Taker take;
    std::vector<struct stat> seen;  // of the last good ones
    bool is_good = false;
  };
  void add(std::vector<std::string> paths, std::vector<bool> is_secret, Taker take);
  Result<void> refresh(Part& part);

  std::vector<Part> parts_;
  Credentials credentials_;
  std::uint64_t changes_ = 0;
};

// Parses the contents of header_file: a header a line, "Name: value"; empty lines and those with a
// '#' in front are none. Errors: invalid, with the number of the line; a name that is none, one
// that is ours to set (Host, Content-Length, Transfer-Encoding), a value with control bytes.
Result<std::vector<std::string>> parse_headers(std::string_view text);

}  // namespace logd
