// Runs a scanner over a line at every place of its keywords, as the engine would.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "mask/ascii.h"
#include "mask/scanner.h"

namespace logd::mask_testing {

struct Scan {
  Scanner scanner;
  std::vector<std::string_view> keywords;
};

inline std::vector<Secret> secrets_of(const Scan& scan, std::string_view line) {
  std::vector<Secret> all;
  for (const std::string_view keyword : scan.keywords) {
    for (std::size_t at = 0; at + keyword.size() <= line.size(); ++at) {
      if (!ascii::starts_with(line.substr(at, keyword.size()), keyword)) continue;
      Secrets found;
      scan.scanner({line, at, at + keyword.size()}, found);
      std::size_t last_end = 0;
      for (const Secret& secret : found) {
        const bool is_sane =
            secret.begin >= last_end && secret.begin < secret.end && secret.end <= line.size();
        if (!is_sane) FAIL("not in order: " << line << " at " << at);
        last_end = secret.end;
        all.push_back(secret);
      }
    }
  }
  return all;
}

// The secrets themselves, in the order of the line, each once.
inline std::vector<std::string> found_by(const Scan& scan, std::string_view line) {
  std::vector<Secret> all = secrets_of(scan, line);
  std::sort(all.begin(), all.end(),
            [](const Secret& a, const Secret& b) { return a.begin < b.begin; });
  std::vector<std::string> texts;
  std::size_t last_begin = std::string_view::npos;
  for (const Secret& secret : all) {
    if (secret.begin != last_begin) {
      texts.emplace_back(line.substr(secret.begin, secret.end - secret.begin));
    }
    last_begin = secret.begin;
  }
  return texts;
}

using Texts = std::vector<std::string>;

inline void check_found(const Scan& scan, std::string_view line, const Texts& expected) {
  INFO(line);
  CHECK(found_by(scan, line) == expected);
}

inline void check_none(const Scan& scan, const Texts& lines) {
  for (const std::string& line : lines) check_found(scan, line, {});
}

inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

}  // namespace logd::mask_testing
