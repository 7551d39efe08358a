#include "unit/net/certificates.h"

#include <cstdio>
#include <fstream>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace fastgate::net::testing {
namespace {

using FilePtr = std::unique_ptr<std::FILE, OpensslDeleter<std::fclose>>;

FilePtr open_file(const std::string& path) {
  FilePtr file(std::fopen(path.c_str(), "w"));
  REQUIRE(file != nullptr);
  return file;
}

void add_extension(X509& certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  REQUIRE(extension != nullptr);
  REQUIRE(X509_add_ext(&certificate, extension.get(), -1) == 1);
}

}  // namespace

TestAuthority::TestAuthority() {
  std::string pattern = (std::filesystem::temp_directory_path() / "fastgate-tls-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
  key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  certificate_ =
      make({"Authority of " + folder_.filename().string(), "", std::chrono::hours(1000)}, *key_);
  ca_file_ = path("ca.pem");
  const FilePtr file = open_file(ca_file_);
  REQUIRE(PEM_write_X509(file.get(), certificate_.get()) == 1);
}

TestAuthority::~TestAuthority() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void TestAuthority::write_file(const std::string& name, const std::string& text) const {
  std::ofstream(path(name)) << text;
}

CertificatePtr TestAuthority::make(const Subject& subject, EVP_PKEY& key) const {
  CertificatePtr made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), issued_ + 1);
  constexpr long kDay = 24 * 60 * 60;
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(made.get()),
                  std::chrono::seconds(subject.lifetime).count() - kDay);
  X509_set_pubkey(made.get(), &key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(subject.common_name.c_str()),
                             -1, -1, 0);
  const bool is_authority = certificate_ == nullptr;
  X509_set_issuer_name(made.get(),
                       X509_get_subject_name(is_authority ? made.get() : certificate_.get()));
  add_extension(*made, NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!subject.alternatives.empty()) {
    add_extension(*made, NID_subject_alt_name, subject.alternatives);
  }
  REQUIRE(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0);
  return made;
}

CertificateFiles TestAuthority::issue(const std::string& common_name,
                                      const std::string& alternatives,
                                      std::chrono::hours lifetime) {
  ++issued_;
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const CertificatePtr certificate = make({common_name, alternatives, lifetime}, *key);
  CertificateFiles files{path(std::to_string(issued_) + ".pem"),
                         path(std::to_string(issued_) + ".key")};
  const FilePtr chain = open_file(files.certificate);
  REQUIRE(PEM_write_X509(chain.get(), certificate.get()) == 1);
  const FilePtr secret = open_file(files.private_key);
  REQUIRE(PEM_write_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
          1);
  return files;
}

}  // namespace fastgate::net::testing
