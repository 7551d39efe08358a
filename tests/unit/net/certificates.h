/// Certificates made on the spot: an authority, and files that it signed, in a folder that goes
/// with the object.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "net/openssl.h"
#include "net/tls.h"

namespace fastgate::net::testing {

using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, OpensslDeleter<X509_free>>;

class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  /// `alternatives` as OpenSSL's configuration spells them: `DNS:a.example,IP:127.0.0.1`; empty for
  /// none. Valid for `lifetime` from yesterday.
  CertificateFiles issue(const std::string& common_name, const std::string& alternatives,
                         std::chrono::hours lifetime = std::chrono::hours(72));
  [[nodiscard]] const std::string& ca_file() const { return ca_file_; }
  /// A path in the folder, for files of the test's own.
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  void write_file(const std::string& name, const std::string& text) const;

 private:
  struct Subject {
    std::string common_name;
    std::string alternatives;
    std::chrono::hours lifetime;
  };
  CertificatePtr make(const Subject& subject, EVP_PKEY& key) const;

  std::filesystem::path folder_;
  std::string ca_file_;
  KeyPtr key_;
  CertificatePtr certificate_;
  int issued_ = 0;
};

}  // namespace fastgate::net::testing
