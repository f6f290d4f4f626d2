// Keeps the uid that owns a log's name, in `.owner` in its directory.
//
// The file is there whole or not at all, whatever is killed and however full the disk is. Who may
// write under a name is capture/name_owners.h's business. Format: logd-format(5).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "logd/file_system.h"

namespace logd {

struct StoredOwner {
  enum class State {
    none,     // nobody has taken the name
    known,    // uid
    damaged,  // there is a file, and it does not say who
  };
  State state = State::none;
  std::uint32_t uid = 0;
};

// What cannot be read is damaged: it must not look as if the name were free.
StoredOwner read_owner(Directory& log);

// Writes a temporary and renames it over what is there. Returns the file, for a sync. Errors:
// no_space, permission, io; `.owner` is as it was then.
Result<std::shared_ptr<File>> write_owner(Directory& log, std::uint32_t uid);

}  // namespace logd
