// Turns a process into a keeper: one that outlives its command and its session.
//
// What a keeper then does is the Shim's loop.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace logd::shim {

inline constexpr int kMaxKeepers = 16;  // of one process name and user

// The memory of the arguments, which is what `ps` shows.
class Title {
 public:
  Title(int argc, char** argv);
  // Shows `title` instead of the arguments, which are gone then.
  void set(std::string_view title);

 private:
  char* first_;
  std::size_t bytes_;
};

// How many keepers of this user there are for process `name`.
int count_keepers(std::string_view name);

enum class Forked { parent, keeper, failed };

// Forks twice, so that the keeper is nobody's child, in a session of its own, ignoring TERM INT
// HUP, with nothing of its surroundings held, shown as "<kind> <name>". Returns in both, and in the
// parent only once all of this is so: then the keeper is counted.
Forked fork_keeper(Title& title, const char* kind, std::string_view name);

}  // namespace logd::shim
