// Certificates of clients: who is asked, what is believed, and what a certificate says of itself.

#include <memory>
#include <string>

#include "unit/net/tls_peers.h"

namespace fastgate::net::testing {
namespace {

std::shared_ptr<const TlsServerContext> asking_context(TestAuthority& authority,
                                                       const TlsClientRules& rules) {
  const auto clients = TlsClientCheck::make(rules);
  REQUIRE(clients.has_value());
  auto made =
      TlsServerContext::make({authority.issue("a", "DNS:a.example")}, nullptr, clients->get());
  REQUIRE(made.has_value());
  return *made;
}

void show(PlainClient& client, const CertificateFiles& files) {
  REQUIRE(SSL_use_certificate_chain_file(client.ssl(), files.certificate.c_str()) == 1);
  REQUIRE(SSL_use_PrivateKey_file(client.ssl(), files.private_key.c_str(), SSL_FILETYPE_PEM) == 1);
}

TEST_CASE("a client's certificate is told of as nginx does, whatever is in it") {
  TestLoop test;
  TestAuthority authority;
  const auto context = asking_context(authority, {.ca_file = authority.ca_file(), .crl_file = {}});
  const struct {
    std::string name;
    std::string subject;
  } rows[] = {
      {"alice", "CN=alice"},
      {"a, b + \"c\"", "CN=a\\, b \\+ \\\"c\\\""},
      {"x\r\nX-Admin: yes", "CN=x\\0D\\0AX-Admin: yes"},
      {"\x7f\x1b[0m\xe4", "CN=\\7F\\1B[0m\\C3\\A4"},
  };
  for (const auto& row : rows) {
    INFO(row.subject);
    TlsServerEnd server(test, context);
    PlainClient client(test, std::move(server.caller));
    show(client, authority.issue(row.name, ""));
    REQUIRE(client.shake());
    test.settle();
    CHECK(server.stream->tls_facts().client_verify() == "SUCCESS");
    CHECK(server.stream->certificate_text(CertificateField::Subject) == row.subject);
    CHECK(server.stream->certificate_text(CertificateField::Issuer).starts_with("CN="));
    const std::string serial = server.stream->certificate_text(CertificateField::Serial);
    CHECK_FALSE(serial.empty());
    const std::string print = server.stream->certificate_text(CertificateField::Fingerprint);
    CHECK(print.size() == 40);
    CHECK(print.find_first_not_of("0123456789abcdef") == std::string::npos);
  }
}

TEST_CASE("a client without a certificate is served where it is optional, and else is not") {
  TestLoop test;
  TestAuthority authority;
  for (const bool is_required : {true, false}) {
    INFO(is_required);
    const auto context = asking_context(
        authority,
        {.ca_file = authority.ca_file(), .crl_file = {}, .depth = 1, .is_required = is_required});
    TlsServerEnd server(test, context);
    PlainClient client(test, std::move(server.caller), TLS1_2_VERSION);
    CHECK(client.shake() != is_required);
    // Told once the client has closed, or the alert could be lost.
    CHECK(server.owner.failed == 0);
    if (is_required) client.close_transport();
    test.settle();
    CHECK(server.owner.failed == (is_required ? 1 : 0));
    CHECK(server.stream->tls_facts().client_verify() == (is_required ? "" : "NONE"));
    CHECK(server.stream->certificate_text(CertificateField::Subject).empty());
  }
}

TEST_CASE("the server's own chain holds no authority of clients") {
  TestLoop test;
  TestAuthority authority;
  const auto context = asking_context(
      authority,
      {.ca_file = authority.ca_file(), .crl_file = {}, .depth = 1, .is_required = false});
  TlsServerEnd server(test, context);
  PlainClient client(test, std::move(server.caller));
  REQUIRE(client.shake());
  CHECK(sk_X509_num(SSL_get_peer_cert_chain(client.ssl())) == 1);
}

TEST_CASE("files of rules that cannot be used are named") {
  TestAuthority authority;
  authority.write_file("text", "no certificate");
  const std::string text = authority.path("text");
  const std::string missing = authority.path("missing");
  const struct {
    TlsClientRules rules;
    std::string begins;
  } rows[] = {
      {{.ca_file = missing, .crl_file = {}},
       "cannot read certificate authorities " + missing + ": "},
      {{.ca_file = text, .crl_file = {}}, "cannot read certificate authorities " + text + ": "},
      {{.ca_file = authority.ca_file(), .crl_file = missing},
       "cannot read certificate revocation list " + missing + ": "},
      {{.ca_file = authority.ca_file(), .crl_file = authority.ca_file()},
       "cannot read certificate revocation list " + authority.ca_file() + ": "},
  };
  for (const auto& row : rows) {
    const auto made = TlsClientCheck::make(row.rules);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().kind == ErrorKind::Config);
    INFO(made.error().text);
    CHECK(made.error().text.starts_with(row.begins));
  }
}

}  // namespace
}  // namespace fastgate::net::testing
