// The client's side of net/tls: verification, files, handshakes that are given up.

#include "unit/net/tls_peers.h"

namespace fastgate::net::testing {
namespace {

TEST_CASE("verification refuses what it should, and says why") {
  TestLoop test;
  TestAuthority authority;
  TestAuthority other;
  const auto good = authority.issue("good", "DNS:good.example,IP:127.0.0.1,IP:::1");
  const auto expired = authority.issue("good", "DNS:good.example", std::chrono::hours(1));
  TlsClientSettings trusting = client_settings(authority, "wrong.example");
  trusting.verify = false;
  struct Row {
    const char* what;
    CertificateFiles certificate;
    TlsClientSettings settings;
    const char* reason;  ///< empty: must succeed
  };
  const std::vector<Row> rows{
      {"good", good, client_settings(authority, "good.example"), ""},
      {"good by address", good, client_settings(authority, "127.0.0.1"), ""},
      {"good by v6 address", good, client_settings(authority, "::1"), ""},
      {"other name", good, client_settings(authority, "bad.example"), "hostname mismatch"},
      {"other address", good, client_settings(authority, "127.0.0.2"), "IP address mismatch"},
      {"unknown authority", good, client_settings(other, "good.example"),
       "unable to get local issuer certificate"},
      {"expired", expired, client_settings(authority, "good.example"), "certificate has expired"},
      {"not verified", good, trusting, ""},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.what));
    const TlsHandshake shaken =
        shake_hands(test, make_tcp_pair(test),
                    {server_context({row.certificate}), client_context(row.settings)});
    CHECK((shaken.client != nullptr) == (*row.reason == '\0'));
    if (shaken.client != nullptr) continue;
    CHECK(shaken.client_error.kind == ErrorKind::TlsFailed);
    CHECK(shaken.client_error.side == ErrorSide::Upstream);
    CHECK(shaken.client_error.retry == RetrySafety::Always);
    CHECK(shaken.client_error.text ==
          "the TLS handshake with " + row.settings.server_name +
              " (127.0.0.1) failed: the certificate is not valid: " + row.reason);
    REQUIRE(test.run_until([&] { return shaken.server_owner->failed == 1; }));
  }
}

TEST_CASE("the system's roots do not know our test authority") {
  TestLoop test;
  TestAuthority authority;
  TlsClientSettings settings = client_settings(authority, "a.example");
  settings.ca_file.clear();
  const TlsHandshake shaken = shake_hands(
      test, make_tcp_pair(test),
      {server_context({authority.issue("a", "DNS:a.example")}), client_context(settings)});
  CHECK(shaken.client == nullptr);
  CHECK(shaken.client_error.text.find("unable to get local issuer") != std::string::npos);
}

TEST_CASE("files that cannot be used are named") {
  TestAuthority authority;
  const CertificateFiles good = authority.issue("a", "DNS:a.example");
  const CertificateFiles another = authority.issue("b", "DNS:b.example");
  authority.write_file("text.pem", "not a certificate\n");
  const std::string text = authority.path("text.pem");
  const std::string missing = authority.path("missing.pem");
  struct Row {
    CertificateFiles files;
    std::string expected;
  };
  const std::vector<Row> rows{
      {{missing, good.private_key},
       "cannot read certificate " + missing + ": No such file or directory"},
      {{text, good.private_key},
       "cannot read certificate " + text + ": no start line (not what PEM"},
      {{good.certificate, missing},
       "cannot read private key " + missing + ": No such file or directory"},
      {{good.certificate, text}, "cannot read private key " + text + ": "},
      {{good.certificate, another.private_key},
       "private key " + another.private_key + " does not fit certificate " + good.certificate},
  };
  for (const Row& row : rows) {
    INFO(row.expected);
    const auto made = TlsServerContext::make({row.files});
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().kind == ErrorKind::Config);
    CHECK(made.error().text.starts_with(row.expected));
  }
  CHECK_FALSE(TlsServerContext::make({}).has_value());
  TlsClientSettings settings = client_settings(authority, "a.example");
  settings.ca_file = missing;
  auto made = TlsClientContext::make(settings);
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().text.starts_with("cannot read certificate authorities " + missing));
  settings = client_settings(authority, "");
  CHECK_FALSE(TlsClientContext::make(settings).has_value());
  settings = client_settings(authority, "a.example");
  settings.certificate_file = good.certificate;
  settings.private_key_file = another.private_key;
  CHECK_FALSE(TlsClientContext::make(settings).has_value());
}

TEST_CASE("an upstream cut without close_notify is an upstream's reset") {
  TestLoop test;
  TestAuthority authority;
  StreamPair pair = make_tcp_pair(test);
  TlsHandshake shaken = shake_hands(test, std::move(pair), make_tls_contexts(authority));
  REQUIRE(shaken.client != nullptr);
  TestOwner owner;
  shaken.client->start(&owner);
  shaken.server.reset();  // closes the transport only
  REQUIRE(test.run_until([&] { return owner.failed == 1; }));
  CHECK(owner.ended == 0);
  CHECK(owner.failure.kind == ErrorKind::UpstreamReset);
  CHECK(owner.failure.retry == RetrySafety::IfIdempotent);
}

TEST_CASE("a server that speaks first is heard after start()") {
  TestLoop test;
  TestAuthority authority;
  const TlsPairOptions contexts = make_tls_contexts(authority);
  StreamPair pair = make_tcp_pair(test);
  TestOwner server_owner;
  auto server = make_tls_server_stream(test.loop(), std::move(pair.far), contexts.server);
  server->start(&server_owner);
  const std::string source = numbered_bytes(500'000);
  server->write(source);
  std::unique_ptr<Stream> client;
  auto connecting = connect_tls(test.loop(), std::move(pair.near), kPeer, contexts.client,
                                [&client](auto made) { client = std::move(made).value(); });
  REQUIRE(test.run_until([&client] { return client != nullptr; }));
  test.settle(10);
  TestOwner owner;
  client->start(&owner);
  CHECK(owner.received.empty());
  REQUIRE(test.run_until([&] { return owner.received.size() == source.size(); }));
  CHECK(owner.received == source);
}

TEST_CASE("a greeting that comes with the end of the handshake waits for start()") {
  TestLoop test;
  TestAuthority authority;
  const auto context = client_context(client_settings(authority, "a.example"));
  for (int round = 0; round < 2; ++round) {
    INFO("round ", round);
    StreamPair pair = make_memory_pair(test);
    const GreetingServer server(std::move(pair.far), authority.issue("a", "DNS:a.example"));
    std::unique_ptr<Stream> client;
    auto connecting = connect_tls(test.loop(), std::move(pair.near), kPeer, context,
                                  [&client](auto made) { client = std::move(made).value(); });
    REQUIRE(test.run_until([&client] { return client != nullptr; }));
    test.settle();
    TestOwner owner;
    client->start(&owner);
    CHECK(owner.received.empty());
    REQUIRE(test.run_until([&] { return owner.received == "220 ready"; }));
    CHECK(owner.reads == 1);
  }
}

/// Hands on what arrives although it is paused, as a stream may for what came in the turn of the
/// pause.
class Unstoppable final : public Stream {
 public:
  explicit Unstoppable(std::unique_ptr<Stream> inner) : inner_(std::move(inner)) {}
  void start(StreamOwner* owner) override { inner_->start(owner); }
  void set_owner(StreamOwner* owner) override { inner_->set_owner(owner); }
  void pause_reading() override {}
  void resume_reading() override { inner_->resume_reading(); }
  void write(std::span<const std::string_view> pieces) override { inner_->write(pieces); }
  [[nodiscard]] std::size_t pending() const override { return inner_->pending(); }
  void set_high_mark(std::size_t bytes) override { inner_->set_high_mark(bytes); }
  void end_writing() override { inner_->end_writing(); }
  void reset_on_close() override { inner_->reset_on_close(); }
  [[nodiscard]] bool is_failed() const override { return inner_->is_failed(); }
  [[nodiscard]] bool nothing_acknowledged_of_last(std::size_t length) const override {
    return inner_->nothing_acknowledged_of_last(length);
  }

 private:
  std::unique_ptr<Stream> inner_;
};

TEST_CASE("more than one read can bring waits for start() and comes whole") {
  TestLoop test;
  TestAuthority authority;
  const TlsPairOptions contexts = make_tls_contexts(authority);
  StreamPair pair = make_tcp_pair(test);
  TestOwner server_owner;
  auto server = make_tls_server_stream(test.loop(), std::move(pair.far), contexts.server);
  server->start(&server_owner);
  const std::string source = numbered_bytes(3 * Loop::kReadBufferSize);
  server->write(source);
  std::unique_ptr<Stream> client;
  auto connecting =
      connect_tls(test.loop(), std::make_unique<Unstoppable>(std::move(pair.near)), kPeer,
                  contexts.client, [&client](auto made) { client = std::move(made).value(); });
  REQUIRE(test.run_until([&] { return client != nullptr && server->pending() == 0; }));
  test.settle();
  TestOwner owner;
  owner.on_bytes_hook = [&] {
    client->pause_reading();
    client->resume_reading();
  };
  client->start(&owner);
  CHECK(owner.received.empty());
  REQUIRE(test.run_until([&] { return owner.received.size() == source.size(); }));
  CHECK(owner.received == source);
}

TEST_CASE("giving a handshake up, and ending inside its report") {
  TestLoop test;
  TestAuthority authority;
  const TlsPairOptions contexts = make_tls_contexts(authority);
  int calls = 0;
  {
    StreamPair pair = make_tcp_pair(test);
    auto connecting = connect_tls(test.loop(), std::move(pair.near), kPeer, contexts.client,
                                  [&calls](auto) { ++calls; });
    test.settle(2);
    connecting.reset();
    test.settle();
    CHECK(calls == 0);
  }
  {
    StreamPair pair = make_tcp_pair(test);
    TestOwner owner;
    auto server = make_tls_server_stream(test.loop(), std::move(pair.far), contexts.server);
    server->start(&owner);
    std::unique_ptr<TlsConnecting> connecting;
    connecting =
        connect_tls(test.loop(), std::move(pair.near), kPeer, contexts.client, [&](auto made) {
          ++calls;
          connecting.reset();
          made->reset();
        });
    REQUIRE(test.run_until([&calls] { return calls == 1; }));
    test.settle();
  }
  {
    StreamPair pair = make_tcp_pair(test);
    pair.far.reset();
    Error error;
    std::unique_ptr<TlsConnecting> connecting;
    connecting =
        connect_tls(test.loop(), std::move(pair.near), kPeer, contexts.client, [&](auto made) {
          ++calls;
          REQUIRE_FALSE(made.has_value());
          error = made.error();
          connecting.reset();
        });
    REQUIRE(test.run_until([&calls] { return calls == 2; }));
    CHECK(error.kind == ErrorKind::TlsFailed);
    CHECK(error.retry == RetrySafety::Always);
  }
}

TEST_CASE("what was not acknowledged is told by the records' bytes") {
  TestLoop test;
  TestAuthority authority;
  TlsHandshake shaken = shake_hands(test, make_tcp_pair(test), make_tls_contexts(authority));
  REQUIRE(shaken.client != nullptr);
  TestOwner owner;
  shaken.client->start(&owner);
  shaken.client->write("first");
  REQUIRE(test.run_until([&] { return shaken.server_owner->received == "first"; }));
  CHECK_FALSE(shaken.client->nothing_acknowledged_of_last(5));
  shaken.server.reset();
  shaken.client->write("second");
  shaken.client->write("third");
  REQUIRE(test.run_until([&] { return owner.failed == 1; }));
  CHECK(shaken.client->nothing_acknowledged_of_last(11));
  CHECK(shaken.client->nothing_acknowledged_of_last(5));
  CHECK_FALSE(shaken.client->nothing_acknowledged_of_last(12));
  CHECK_FALSE(shaken.client->nothing_acknowledged_of_last(1000));
}

}  // namespace
}  // namespace fastgate::net::testing
