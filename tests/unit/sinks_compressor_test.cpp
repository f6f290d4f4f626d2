// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>
#include <zstd.h>

#include <catch2/catch.hpp>

#include "sinks/body_encoder.h"

using namespace logd;

namespace {

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  constexpr int kGzipOnly = 16 + 15;
  REQUIRE(inflateInit2(&stream, kGzipOnly) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  int result = Z_OK;
  while (result == Z_OK) {
    char block[65536];
    stream.next_out = reinterpret_cast<Bytef*>(block);
    stream.avail_out = sizeof(block);
    result = inflate(&stream, Z_NO_FLUSH);
    text.append(block, sizeof(block) - stream.avail_out);
  }
  CHECK(result == Z_STREAM_END);
  CHECK(stream.avail_in == 0);
  inflateEnd(&stream);
  return text;
}

std::string unzstd(const std::string& bytes) {
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  REQUIRE(size < (1u << 30));
  std::string text(size, ' ');
  CHECK(ZSTD_decompress(text.data(), text.size(), bytes.data(), bytes.size()) == size);
  return text;
}

}  // namespace

TEST_CASE("BodyCompressor: what comes out is what went in", "[sinks]") {
  std::vector<std::string> bodies = {"", "x", std::string(3'000'000, 'l')};
  std::string mixed;
  for (unsigned i = 0; mixed.size() < 1'500'000; ++i)
    mixed += "line " + std::to_string(i * 2654435761u) + "\n";
  bodies.push_back(mixed);
  bodies.push_back("after a large one");
  BodyCompressor gzip("gzip");
  BodyCompressor zstd("zstd");
  BodyCompressor none("none");
  CHECK(gzip.content_encoding() == "gzip");
  CHECK(zstd.content_encoding() == "zstd");
  CHECK(none.content_encoding().empty());
  for (const std::string& body : bodies) {
    CHECK((gunzip(gzip.compress(body).value()) == body));
    CHECK((unzstd(zstd.compress(body).value()) == body));
    CHECK((none.compress(body).value() == body));
  }
  CHECK(gzip.compress(mixed).value().size() < mixed.size() / 2);
  CHECK(zstd.compress(mixed).value().size() < mixed.size() / 2);
}
