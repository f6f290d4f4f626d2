// SPDX-License-Identifier: Apache-2.0
#include "shim/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

namespace logd::shim {
namespace {

int make_sealed_memory(std::uint64_t bytes, UniqueFd& memory) {
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  memory.reset(memfd_create("logd-escrow", flags | MFD_NOEXEC_SEAL));
  // Before Linux 6.3 the kernel does not know the flag.
  if (!memory) memory.reset(memfd_create("logd-escrow", flags));
  if (!memory) return errno;
  if (ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0) return errno;
  if (fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return errno;
  }
  return 0;
}

}  // namespace

int make_id(handover::Id& id) {
  return getrandom(id, sizeof(id), 0) == static_cast<ssize_t>(sizeof(id)) ? 0 : errno;
}

int make_escrow(Stream& stream, handover::StreamKind kind, std::uint64_t escrow_bytes) {
  stream.state.kind = kind;
  stream.state.escrow_bytes = escrow_bytes;
  if (const int error = make_id(stream.state.id); error != 0) return error;
  return make_sealed_memory(escrow_bytes, stream.escrow);
}

int make_pipe(Stream& stream) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  stream.read_end.reset(ends[0]);
  stream.write_end.reset(ends[1]);
  return 0;
}

}  // namespace logd::shim
