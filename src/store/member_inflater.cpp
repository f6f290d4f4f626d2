// SPDX-License-Identifier: Apache-2.0
#include "store/member_inflater.h"

#include <libdeflate.h>

namespace logd {
namespace {

std::uint32_t number4_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return value;
}

}  // namespace

void MemberInflater::Deleter::operator()(libdeflate_decompressor* decompressor) const {
  ::libdeflate_free_decompressor(decompressor);
}

MemberInflater::MemberInflater() : decompressor_(::libdeflate_alloc_decompressor()) {}
MemberInflater::~MemberInflater() = default;
MemberInflater::MemberInflater(MemberInflater&&) noexcept = default;

Result<std::string_view> MemberInflater::inflate(const ArchiveMember& member,
                                                 std::string_view compressed,
                                                 std::vector<char>& to) {
  if (decompressor_ == nullptr) return fail(ErrorCode::limit, "no memory to inflate");
  if (to.size() < member.uncompressed_bytes) to.resize(member.uncompressed_bytes);
  const std::size_t trailer = compressed.size() - kMemberTrailerBytes;
  std::size_t used = 0;
  std::size_t inflated = 0;
  const libdeflate_result result = ::libdeflate_deflate_decompress_ex(
      decompressor_.get(), compressed.data() + kDataHeaderBytes, trailer - kDataHeaderBytes,
      to.data(), member.uncompressed_bytes, &used, &inflated);
  if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
    return fail(ErrorCode::corrupt, "it holds more than its header says");
  }
  if (result != LIBDEFLATE_SUCCESS) return fail(ErrorCode::corrupt, "it does not inflate");
  if (inflated != member.uncompressed_bytes || number4_at(compressed, trailer + 4) != inflated ||
      used != trailer - kDataHeaderBytes) {
    return fail(ErrorCode::corrupt, "its sizes do not agree");
  }
  if (number4_at(compressed, trailer) != ::libdeflate_crc32(0, to.data(), inflated)) {
    return fail(ErrorCode::corrupt, "its CRC is wrong");
  }
  return std::string_view(to.data(), inflated);
}

}  // namespace logd
