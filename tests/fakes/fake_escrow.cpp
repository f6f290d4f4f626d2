// SPDX-License-Identifier: Apache-2.0
#include "fakes/fake_escrow.h"

#include <algorithm>

namespace logd::fakes {

Escrow::Taken FakeEscrow::take(std::uint64_t max_bytes) {
  on_step_("before take");
  if (stream_.pipe.empty()) return {stream_.has_writer ? TakeResult::empty : TakeResult::ended, 0};
  const std::uint64_t bytes =
      std::min<std::uint64_t>({max_bytes, stream_.pipe.size(), stream_.longest_take,
                               stream_.memory.size() - stream_.position});
  if (bytes == 0) return {TakeResult::broken, 0};  // at the seal
  stream_.memory.replace(stream_.position, bytes, stream_.pipe, 0, bytes);
  stream_.pipe.erase(0, bytes);
  stream_.position += bytes;
  on_step_("after take");
  return {TakeResult::taken, bytes};
}

bool FakeEscrow::read(char* to, std::uint64_t bytes, std::uint64_t offset) {
  if (offset + bytes > stream_.memory.size()) return false;
  stream_.memory.copy(to, bytes, offset);
  return true;
}

bool FakeEscrow::write(std::string_view bytes, std::uint64_t offset) {
  if (offset + bytes.size() > stream_.memory.size()) return false;
  on_step_("before escrow write");
  const std::size_t half = bytes.size() / 2;
  stream_.memory.replace(offset, half, bytes.substr(0, half));
  on_step_("during escrow write");
  stream_.memory.replace(offset + half, bytes.size() - half, bytes.substr(half));
  on_step_("after escrow write");
  return true;
}

bool FakeEscrow::seek(std::uint64_t position) {
  on_step_("before seek");
  stream_.position = position;
  on_step_("after seek");
  return true;
}

void FakeEscrow::give_back(std::uint64_t offset) {
  if (offset >= stream_.memory.size()) return;
  on_step_("before give back");
  std::fill(stream_.memory.begin() + static_cast<std::ptrdiff_t>(offset), stream_.memory.end(),
            '\0');
  on_step_("after give back");
}

}  // namespace logd::fakes
