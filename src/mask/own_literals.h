// Finds the secrets that a process brings along itself: values of its environment and of a file of
// the user's, word for word.
//
// They are kept in memory only, in the forms in which logs print them: as they are, and as JSON,
// percent codes and base64 write them. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mask/literal_finder.h"
#include "mask/mask_engine.h"
#include "mask/secret_names.h"

namespace logd {

// A shorter one would shred words that contain it by chance.
inline constexpr std::size_t kMinLiteralBytes = 8;
inline constexpr std::size_t kMaxLiteralBytes = 4096;
inline constexpr std::size_t kMaxLiterals = 256;  // of one process

// What of the value of a variable with a secret name (secret_names.h) is to be masked: the value;
// of a URL or a connection string the password or token in it; nothing of what is short, a word, a
// path, a number of few digits or a placeholder.
std::optional<std::string_view> secret_of_variable(std::string_view value);

class OwnLiterals {
 public:
  // Takes those of the right size, up to kMaxLiterals of each, and the forms in which logs write
  // them, as many as fit: JSON, percent codes, base64.
  OwnLiterals(std::span<const std::string> environment, std::span<const std::string> user);

  bool is_empty() const { return literals_.empty(); }
  std::size_t max_bytes() const { return max_bytes_; }

  // Appends where one stands in `text`, not sorted.
  void find(std::string_view text, std::vector<LiteralFinder::Hit>& hits,
            std::vector<Edit>& edits) const;

 private:
  struct Literal {
    std::string text;
    std::uint16_t slot = 0;
  };
  std::vector<Literal> literals_;
  std::size_t max_bytes_ = 0;
  std::optional<LiteralFinder> finder_;
};

}  // namespace logd
