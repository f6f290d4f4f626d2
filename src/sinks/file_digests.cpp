// SPDX-License-Identifier: Apache-2.0
#include "sinks/file_digests.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <vector>

#include "logd/units.h"

namespace logd {
namespace {

constexpr std::size_t kBlockBytes = 256 << 10;

class Digest {
 public:
  explicit Digest(const EVP_MD* kind) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    is_good_ = context_ && EVP_DigestInit_ex(context_.get(), kind, nullptr) == 1;
  }
  void add(const char* bytes, std::size_t count) {
    is_good_ = is_good_ && EVP_DigestUpdate(context_.get(), bytes, count) == 1;
  }
  // Empty: it could not be computed.
  std::vector<unsigned char> take() {
    std::vector<unsigned char> bytes(EVP_MAX_MD_SIZE);
    unsigned length = 0;
    is_good_ = is_good_ && EVP_DigestFinal_ex(context_.get(), bytes.data(), &length) == 1;
    bytes.resize(is_good_ ? length : 0);
    return bytes;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  bool is_good_ = false;
};

std::string base64(const std::vector<unsigned char>& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // it ends with NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

Result<FileDigests> digests_of(File& file) {
  FileDigests digests;
  Digest sha256(EVP_sha256());
  Digest md5(EVP_md5());
  std::vector<char> block(kBlockBytes);
  for (;;) {
    LOGD_TRY_ASSIGN(const std::size_t got, file.read_at(block.data(), block.size(), digests.bytes));
    if (got == 0) break;
    sha256.add(block.data(), got);
    md5.add(block.data(), got);
    digests.bytes += got;
  }
  const auto long_digest = sha256.take();
  const auto short_digest = md5.take();
  if (long_digest.empty() || short_digest.empty())
    return fail(ErrorCode::limit, "no digest of a segment: OpenSSL cannot");
  digests.sha256 = fmt::format("{:02x}", fmt::join(long_digest, ""));
  digests.md5 = base64(short_digest);
  return digests;
}

}  // namespace logd
