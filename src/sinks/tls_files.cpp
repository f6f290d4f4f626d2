// SPDX-License-Identifier: Apache-2.0
#include "sinks/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace logd {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Instead of OpenSSL's, which asks the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Bio bio_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

Certificate first_certificate(const std::string& text) {
  const Bio bio = bio_of(text);
  return {bio ? PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr) : nullptr, X509_free};
}

// libcurl reads the errors of this thread, too.
struct ForgetsErrors {
  ~ForgetsErrors() { ERR_clear_error(); }
};

}  // namespace

Result<void> check_certificate_and_key(const std::string& certificate, const std::string& key) {
  const ForgetsErrors forgets;
  const Certificate own = first_certificate(certificate);
  if (!own) return fail(ErrorCode::invalid, "holds no certificate (PEM)");
  const Bio bio = bio_of(key);
  const Key its(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr,
                EVP_PKEY_free);
  if (!its) return fail(ErrorCode::invalid, "no key (PEM) without a passphrase belongs to it");
  if (X509_check_private_key(own.get(), its.get()) != 1)
    return fail(ErrorCode::invalid, "the key is another certificate's");
  return {};
}

Result<void> check_authorities(const std::string& certificates) {
  const ForgetsErrors forgets;
  if (!first_certificate(certificates))
    return fail(ErrorCode::invalid, "holds no certificate (PEM)");
  return {};
}

}  // namespace logd
