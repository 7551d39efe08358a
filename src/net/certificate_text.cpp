#include "net/certificate_text.h"

#include <array>
#include <span>
#include <string_view>

#include <openssl/evp.h>

namespace fastgate::net {
namespace {

using BioPtr = std::unique_ptr<BIO, OpensslDeleter<BIO_free>>;

std::string hex(std::span<const unsigned char> bytes, std::string_view digits) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

/// RFC 2253: what is no printable ASCII is escaped.
std::string name_text(const X509_NAME* name) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (out == nullptr || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::string serial_text(const ASN1_INTEGER* serial) {
  const std::span<const unsigned char> bytes(ASN1_STRING_get0_data(serial),
                                             static_cast<std::size_t>(ASN1_STRING_length(serial)));
  const bool is_negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;
  return (is_negative ? "-" : "") + (bytes.empty() ? "00" : hex(bytes, "0123456789ABCDEF"));
}

std::string fingerprint_text(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
  if (X509_digest(&certificate, EVP_sha1(), bytes.data(), &size) != 1) return {};
  return hex({bytes.data(), size}, "0123456789abcdef");
}

}  // namespace

std::string certificate_text(const X509& certificate, CertificateField field) {
  switch (field) {
    case CertificateField::Subject:
      return name_text(X509_get_subject_name(&certificate));
    case CertificateField::Issuer:
      return name_text(X509_get_issuer_name(&certificate));
    case CertificateField::Serial:
      return serial_text(X509_get0_serialNumber(&certificate));
    case CertificateField::Fingerprint:
      break;
  }
  return fingerprint_text(certificate);
}

}  // namespace fastgate::net
