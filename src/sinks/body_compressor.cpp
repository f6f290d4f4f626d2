// SPDX-License-Identifier: Apache-2.0
#include <libdeflate.h>
#include <zstd.h>

#include "sinks/body_encoder.h"
#include "sinks/byte_buffer.h"

namespace logd {
namespace {

// What the network costs less is soon less than what the processor costs more.
constexpr int kLevel = 1;

using Gzip = std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>;
using Zstd = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;

}  // namespace

struct BodyCompressor::State {
  std::string name;
  Gzip gzip{nullptr, libdeflate_free_compressor};
  Zstd zstd{nullptr, ZSTD_freeCCtx};
  ByteBuffer buffer;  // of the size that a body may have at worst
};

BodyCompressor::BodyCompressor(const std::string& compression) : state_(new State) {
  state_->name = compression;
  if (compression == "gzip") state_->gzip.reset(libdeflate_alloc_compressor(kLevel));
  if (compression == "zstd") state_->zstd.reset(ZSTD_createCCtx());
}

BodyCompressor::~BodyCompressor() = default;

Result<std::string> BodyCompressor::compress(std::string_view body) {
  if (state_->name == "none") return std::string(body);
  std::size_t bytes = 0;
  state_->buffer.clear();
  if (state_->gzip) {
    const std::size_t most = libdeflate_gzip_compress_bound(state_->gzip.get(), body.size());
    bytes = libdeflate_gzip_compress(state_->gzip.get(), body.data(), body.size(),
                                     state_->buffer.room(most), most);
  } else if (state_->zstd) {
    const std::size_t most = ZSTD_compressBound(body.size());
    bytes = ZSTD_compressCCtx(state_->zstd.get(), state_->buffer.room(most), most, body.data(),
                              body.size(), kLevel);
    if (ZSTD_isError(bytes) != 0) bytes = 0;
  }
  if (bytes == 0) return fail(ErrorCode::limit, state_->name + ": no memory");
  state_->buffer.add(bytes);
  return std::string(state_->buffer.view());
}

std::string_view BodyCompressor::content_encoding() const {
  return state_->name == "none" ? std::string_view() : state_->name;
}

}  // namespace logd
