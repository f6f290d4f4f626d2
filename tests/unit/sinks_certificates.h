// Makes certificates and keys for one test, and a server's side of TLS with them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace logd::sinks_testing {

// A certificate with its key; its own authority without an issuer.
class Certificate {
 public:
  explicit Certificate(const std::string& name, const Certificate* issuer = nullptr)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    X509* const own = certificate_.get();
    X509_set_version(own, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(own), ::rand());
    X509_gmtime_adj(X509_getm_notBefore(own), -3600);
    X509_gmtime_adj(X509_getm_notAfter(own), 3600);
    X509_set_pubkey(own, key_.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(own), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    const Certificate& signer = issuer ? *issuer : *this;
    X509_set_issuer_name(own, X509_get_subject_name(signer.certificate_.get()));
    add_extension(NID_basic_constraints, issuer ? "CA:FALSE" : "critical,CA:TRUE");
    add_extension(NID_subject_alt_name, "DNS:" + name);
    X509_sign(own, signer.key_.get(), EVP_sha256());
  }

  std::string pem() const {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate_.get());
    return text_of(bio);
  }
  std::string key_pem(const char* passphrase = nullptr) const {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, key_.get(), passphrase ? EVP_aes_128_cbc() : nullptr,
                                  passphrase, passphrase ? 4 : 0, nullptr, nullptr);
    return text_of(bio);
  }
  X509* get() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

 private:
  void add_extension(int nid, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  static std::string text_of(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    std::string text(bytes, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

using ServerTls = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

// With `clients`, only those are let in whose certificate it has signed.
inline ServerTls server_tls(const Certificate& own, const Certificate* clients = nullptr) {
  ServerTls tls(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_use_certificate(tls.get(), own.get());
  SSL_CTX_use_PrivateKey(tls.get(), own.key());
  if (!clients) return tls;
  X509_STORE_add_cert(SSL_CTX_get_cert_store(tls.get()), clients->get());
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const unsigned char id[] = "logd";
  SSL_CTX_set_session_id_context(tls.get(), id, sizeof(id));
  return tls;
}

}  // namespace logd::sinks_testing
