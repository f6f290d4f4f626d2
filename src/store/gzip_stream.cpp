// SPDX-License-Identifier: Apache-2.0
#include "store/gzip_stream.h"

#include <zlib.h>

namespace logd {
namespace {

constexpr std::size_t kInBytes = 64 * 1024;
constexpr std::size_t kOutBytes = 256 * 1024;
constexpr int kWindowBits = 15 + 16;  // 16: gzip, not zlib

}  // namespace

void GzipStream::Deleter::operator()(z_stream_s* stream) const {
  ::inflateEnd(stream);
  delete stream;
}

GzipStream::GzipStream(File& compressed)
    : file_(compressed), stream_(new z_stream_s{}), in_(kInBytes), out_(kOutBytes) {
  if (::inflateInit2(stream_.get(), kWindowBits) != Z_OK) damage_ = "no memory to inflate";
}

GzipStream::~GzipStream() = default;

std::uint64_t GzipStream::offset() const { return read_offset_ - stream_->avail_in; }

Result<std::string_view> GzipStream::next() {
  stream_->next_out = out_.data();
  stream_->avail_out = static_cast<uInt>(out_.size());
  while (damage_.empty() && stream_->avail_out > 0) {
    if (stream_->avail_in == 0) {
      LOGD_TRY_ASSIGN(const bool has_more, fill());
      if (!has_more) break;
    }
    inflate_some();
  }
  return std::string_view(reinterpret_cast<const char*>(out_.data()),
                          out_.size() - stream_->avail_out);
}

// Reads the next bytes of the file; false at its end.
Result<bool> GzipStream::fill() {
  LOGD_TRY_ASSIGN(const std::size_t got, file_.read_at(in_.data(), in_.size(), read_offset_));
  if (got == 0 && is_in_member_) damage_ = "it ends too early";
  read_offset_ += got;
  stream_->next_in = in_.data();
  stream_->avail_in = static_cast<uInt>(got);
  return got > 0;
}

void GzipStream::inflate_some() {
  if (!is_in_member_) {
    // Each member begins with a state of its own.
    ::inflateReset(stream_.get());
    member_offset_ = offset();
    is_in_member_ = true;
  }
  const int status = ::inflate(stream_.get(), Z_NO_FLUSH);
  if (status == Z_STREAM_END) {
    is_in_member_ = false;
  } else if (status != Z_OK && status != Z_BUF_ERROR) {
    damage_ = stream_->msg != nullptr ? stream_->msg : "not a gzip file";
  }
}

}  // namespace logd
