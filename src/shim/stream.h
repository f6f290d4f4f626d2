// Makes and holds what one stream consists of: a pipe and its escrow.
//
// What logd does with them is capture's business, what is done while there is no logd the
// Dropper's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/unique_fd.h"
#include "capture/handover.h"

namespace logd::shim {

struct Stream {
  handover::StreamState state;  // as it is handed over
  UniqueFd read_end;            // shared with logd, so blocking it stays
  UniqueFd write_end;           // CMD's until it has started; a FIFO keeper's for good
  UniqueFd escrow;              // shared with logd: its position is what was taken
};

// Makes the escrow of `stream` and its random id. Returns 0, or the errno.
int make_escrow(Stream& stream, handover::StreamKind kind, std::uint64_t escrow_bytes);

// Makes the pipe of `stream`. Returns 0, or the errno.
int make_pipe(Stream& stream);

// Fills `id` with random bytes. Returns 0, or the errno.
int make_id(handover::Id& id);

}  // namespace logd::shim
