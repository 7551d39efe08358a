#include "net/tls.h"

#include <sys/socket.h>

#include "unit/net/fixture.h"

namespace fastgate::net::testing {
namespace {

std::shared_ptr<const TlsServerContext> server_context(
    const std::vector<CertificateFiles>& certificates, const TlsTicketKeys* keys = nullptr) {
  auto made = TlsServerContext::make(certificates, keys);
  REQUIRE(made.has_value());
  return *made;
}

std::shared_ptr<const TlsClientContext> client_context(const TlsClientSettings& settings) {
  auto made = TlsClientContext::make(settings);
  REQUIRE(made.has_value());
  return *made;
}

/// A client by plain OpenSSL calls over a memory pair's near end: says what the server chose.
class PlainClient final : public StreamOwner {
 public:
  PlainClient(TestLoop& test, std::unique_ptr<Stream> transport, int version = 0)
      : test_(test), transport_(std::move(transport)), context_(SSL_CTX_new(TLS_client_method())) {
    if (version != 0) SSL_CTX_set_max_proto_version(context_.get(), version);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_set_app_data(context_.get(), this);
    SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* ssl, SSL_SESSION* fresh) {
      auto* self = static_cast<PlainClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
      self->session.reset(fresh);
      return 1;
    });
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
    transport_->start(this);
  }
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;
  virtual ~PlainClient() = default;

  bool shake() {
    for (int i = 0; i < 100; ++i) {
      const int result = SSL_do_handshake(ssl_.get());
      send();
      if (result == 1) return true;
      if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ || is_closed) return false;
      test_.loop().run_once();
    }
    return false;
  }
  void write(std::string_view bytes) {
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    send();
  }
  std::string read() {
    std::string out(20'000, '\0');
    const int size = SSL_read(ssl_.get(), out.data(), static_cast<int>(out.size()));
    out.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    send();
    return out;
  }
  void shut_down() {
    SSL_shutdown(ssl_.get());
    send();
  }
  [[nodiscard]] bool got_close_notify() {
    read();
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  [[nodiscard]] SSL* ssl() { return ssl_.get(); }
  [[nodiscard]] Stream& transport() { return *transport_; }
  void close_transport() { transport_.reset(); }

  void on_bytes(std::string_view bytes) override {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
  }
  void on_drained() override {}
  void on_end() override { is_closed = true; }
  void on_failed(Error) override { is_closed = true; }

  bool is_closed = false;
  SslSessionPtr session;

 private:
  void send() {
    std::string out(64 * 1024, '\0');
    const int size = BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
    if (size > 0 && transport_ != nullptr && !transport_->is_failed()) {
      transport_->write(std::string_view(out).substr(0, static_cast<std::size_t>(size)));
    }
  }
  TestLoop& test_;
  std::unique_ptr<Stream> transport_;
  SslCtxPtr context_;
  SslPtr ssl_;
};

/// A TLS 1.2 server by plain OpenSSL calls that speaks first: its greeting comes in one write with
/// the end of the handshake.
class GreetingServer final : public StreamOwner {
 public:
  GreetingServer(std::unique_ptr<Stream> transport, const CertificateFiles& files)
      : transport_(std::move(transport)), context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_use_certificate_chain_file(context_.get(), files.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), files.private_key.c_str(), SSL_FILETYPE_PEM);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
    transport_->start(this);
  }
  GreetingServer(const GreetingServer&) = delete;
  GreetingServer& operator=(const GreetingServer&) = delete;

  void on_bytes(std::string_view bytes) override {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    if (SSL_do_handshake(ssl_.get()) == 1) SSL_write(ssl_.get(), "220 ready", 9);
    std::string out(64 * 1024, '\0');
    const int size = BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
    if (size > 0)
      transport_->write(std::string_view(out).substr(0, static_cast<std::size_t>(size)));
  }
  void on_drained() override {}
  void on_end() override {}
  void on_failed(Error) override {}

 private:
  std::unique_ptr<Stream> transport_;
  SslCtxPtr context_;
  SslPtr ssl_;
};

/// A TLS server's stream with its owner, and the transport of whoever calls.
struct Server {
  Server(TestLoop& test, std::shared_ptr<const TlsServerContext> context) {
    StreamPair pair = make_memory_pair(test);
    caller = std::move(pair.near);
    stream = make_tls_server_stream(test.loop(), std::move(pair.far), std::move(context));
    stream->start(&owner);
  }
  std::unique_ptr<Stream> caller;
  std::unique_ptr<Stream> stream;
  TestOwner owner;
};

std::string common_name(SSL* ssl) {
  const CertificatePtr certificate(SSL_get1_peer_certificate(ssl));
  std::array<char, 100> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                            name.size());
  return name.data();
}

TEST_CASE("the certificate is chosen by name: exact, then wildcard, else the first") {
  TestLoop test;
  TestAuthority authority;
  const auto context = server_context(
      {authority.issue("first", "DNS:first.example"),
       authority.issue("wild", "DNS:*.wild.example,DNS:Other.Example"),
       authority.issue("exact", "DNS:exact.wild.example"), authority.issue("cn-only.example", "")});
  for (const auto& [name, expected] : {std::pair{"first.example", "first"},
                                       {"a.wild.example", "wild"},
                                       {"OTHER.example", "wild"},
                                       {"exact.wild.example", "exact"},
                                       {"a.b.wild.example", "first"},
                                       {"wild.example", "first"},
                                       {"cn-only.example", "cn-only.example"},
                                       {"unknown", "first"},
                                       {"", "first"}}) {
    INFO("name ", std::string(name));
    Server server(test, context);
    PlainClient client(test, std::move(server.caller));
    if (*name != '\0') SSL_set_tlsext_host_name(client.ssl(), name);
    REQUIRE(client.shake());
    CHECK(common_name(client.ssl()) == expected);
  }
}

TEST_CASE("TLS 1.2 and 1.3 are spoken, older ones refused, http/1.1 agreed on") {
  TestLoop test;
  TestAuthority authority;
  const auto context = server_context({authority.issue("a", "DNS:a.example")});
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    INFO("version ", version);
    Server server(test, context);
    PlainClient client(test, std::move(server.caller), version);
    const std::string_view offered = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(client.ssl(), reinterpret_cast<const unsigned char*>(offered.data()),
                        offered.size());
    REQUIRE(client.shake());
    CHECK(SSL_version(client.ssl()) == version);
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
    CHECK(std::string_view(reinterpret_cast<const char*>(chosen), size) == "http/1.1");
    client.write("hello");
    REQUIRE(test.run_until([&] { return server.owner.received == "hello"; }));
    server.stream->write("you too");
    std::string answer;
    REQUIRE(test.run_until([&] { return !(answer = client.read()).empty(); }));
    CHECK(answer == "you too");
    CHECK(server.stream->is_tls());
  }
  SUBCASE("TLS 1.1") {
    Server server(test, context);
    PlainClient client(test, std::move(server.caller), TLS1_1_VERSION);
    SSL_set_security_level(client.ssl(), 0);
    CHECK_FALSE(client.shake());
    REQUIRE(test.run_until([&] { return server.owner.failed == 1; }));
    CHECK(server.owner.failure.kind == ErrorKind::TlsFailed);
    CHECK(server.owner.failure.side == ErrorSide::Client);
  }
  SUBCASE("only h2") {
    Server server(test, context);
    PlainClient client(test, std::move(server.caller));
    const std::string_view offered = "\x02h2";
    SSL_set_alpn_protos(client.ssl(), reinterpret_cast<const unsigned char*>(offered.data()),
                        offered.size());
    CHECK_FALSE(client.shake());
    CHECK(server.owner.failed == 1);
  }
}

TEST_CASE("a client resumes, also across a new context with the same ticket keys") {
  TestLoop test;
  TestAuthority authority;
  const std::vector<CertificateFiles> files{authority.issue("a", "DNS:a.example"),
                                            authority.issue("b", "DNS:b.example")};
  const TlsTicketKeys keys;
  const auto first = server_context(files, &keys);
  const auto reloaded = server_context(files, &keys);
  const auto foreign = server_context(files);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const char* name : {"a.example", "b.example"}) {
      INFO("version ", version, " name ", std::string(name));
      Server server(test, first);
      PlainClient client(test, std::move(server.caller), version);
      SSL_set_tlsext_host_name(client.ssl(), name);
      REQUIRE(client.shake());
      REQUIRE(test.run_until([&client] {
        client.read();
        return client.session != nullptr;
      }));
      client.shut_down();
      for (const auto& [context, resumes] :
           {std::pair{first, true}, {reloaded, true}, {foreign, false}}) {
        Server again(test, context);
        PlainClient returning(test, std::move(again.caller), version);
        SSL_set_tlsext_host_name(returning.ssl(), name);
        // OpenSSL forbids using a session of TLS 1.3 twice, so each gets a copy.
        const SslSessionPtr copy(SSL_SESSION_dup(client.session.get()));
        SSL_set_session(returning.ssl(), copy.get());
        REQUIRE(returning.shake());
        CHECK((SSL_session_reused(returning.ssl()) == 1) == resumes);
      }
    }
  }
}

TEST_CASE("our client resumes too, and offers a TLS 1.3 ticket only once") {
  TestLoop test;
  TestAuthority authority;
  const TlsPairOptions contexts = make_tls_contexts(authority);
  // What was resumed is told by the size of the server's flight: it has no certificate then.
  std::vector<std::size_t> sizes;
  for (int round = 0; round < 3; ++round) {
    StreamPair pair = make_memory_pair(test);
    StreamPair relay = make_memory_pair(test);
    std::size_t size = 0;
    TestOwner from_client;
    TestOwner from_server;
    Stream* to_server = relay.near.get();
    Stream* to_client = pair.far.get();
    std::size_t passed_up = 0;
    from_client.on_bytes_hook = [&] {
      to_server->write(std::string_view(from_client.received).substr(passed_up));
      passed_up = from_client.received.size();
    };
    from_server.on_bytes_hook = [&] {
      to_client->write(std::string_view(from_server.received).substr(size));
      size = from_server.received.size();
    };
    to_client->start(&from_client);
    to_server->start(&from_server);
    {
      TlsHandshake shaken =
          shake_hands(test, {std::move(pair.near), std::move(relay.far), {}}, contexts);
      REQUIRE(shaken.client != nullptr);
      TestOwner owner;
      shaken.client->start(&owner);
      shaken.server->write("x");
      REQUIRE(test.run_until([&owner] { return owner.received == "x"; }));
    }
    sizes.push_back(size);
  }
  CHECK(sizes[1] + 300 < sizes[0]);
  CHECK(sizes[2] + 300 < sizes[0]);
}

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
      {{text, good.private_key}, "cannot read certificate " + text + ": no start line"},
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

TEST_CASE("the expiry told is that of the first certificate to expire") {
  TestAuthority authority;
  using std::chrono::hours;
  const auto context = server_context({authority.issue("a", "DNS:a", hours(24 * 10)),
                                       authority.issue("b", "DNS:b", hours(24 * 3))});
  const auto left = context->not_after() - std::chrono::system_clock::now();
  CHECK(left > hours(24 * 2) - std::chrono::minutes(5));
  CHECK(left <= hours(24 * 2));
}

TEST_CASE("garbage, plain HTTP and silence on a TLS port fail without more") {
  TestLoop test;
  TestAuthority authority;
  const auto context = server_context({authority.issue("a", "DNS:a.example")});
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), numbered_bytes(1000),
        std::string(5, '\0'), std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'x')}) {
    Server server(test, context);
    TestOwner caller;
    server.caller->start(&caller);
    server.caller->write(bytes);
    server.caller->end_writing();
    REQUIRE(test.run_until([&] { return server.owner.failed == 1; }));
    CHECK(server.owner.failure.kind == ErrorKind::TlsFailed);
    CHECK(server.owner.failure.text.starts_with("the client's TLS handshake failed: "));
    CHECK(server.owner.received.empty());
    CHECK(server.owner.ended == 0);
  }
  Server server(test, context);
  server.caller.reset();
  REQUIRE(test.run_until([&] { return server.owner.failed == 1; }));
  CHECK(server.owner.failure.text ==
        "the client's TLS handshake failed: closed during the handshake");
}

TEST_CASE("a handshake in single bytes works") {
  TestLoop test;
  TestAuthority authority;
  StreamPair pair = make_memory_pair(test);
  auto stream = make_tls_server_stream(test.loop(), std::move(pair.far),
                                       server_context({authority.issue("a", "DNS:a.example")}));
  TestOwner owner;
  stream->start(&owner);
  // Between client and transport: passes on one byte a turn.
  auto [client_end, drip_end] = make_memory_streams(test.loop());
  TestOwner drip;
  TestOwner back;
  std::size_t dripped = 0;
  std::size_t returned = 0;
  Stream* near = pair.near.get();
  Stream* to_client = drip_end.get();
  drip_end->start(&drip);
  pair.near->start(&back);
  back.on_bytes_hook = [&] {
    to_client->write(std::string_view(back.received).substr(returned));
    returned = back.received.size();
  };
  PlainClient client(test, std::move(client_end));
  SSL_set_tlsext_host_name(client.ssl(), "a.example");
  bool has_asked = false;
  for (int i = 0; i < 5000 && owner.received != "GET"; ++i) {
    if (!has_asked && SSL_is_init_finished(client.ssl()) == 1) {
      client.write("GET");
      has_asked = true;
    } else if (!has_asked) {
      // One step: send what there is, take what came.
      const int result = SSL_do_handshake(client.ssl());
      if (result != 1) REQUIRE(SSL_get_error(client.ssl(), result) == SSL_ERROR_WANT_READ);
      client.write("");
    }
    if (dripped < drip.received.size()) near->write(drip.received.substr(dripped++, 1));
    test.loop().run_once_without_waiting();
  }
  CHECK(owner.received == "GET");
  CHECK(owner.reads == 1);
  CHECK(owner.failed == 0);
}

TEST_CASE("a cut without close_notify is a failure, with one an end") {
  for (const bool is_proper : {false, true}) {
    INFO("proper ", is_proper);
    TestLoop test;
    TestAuthority authority;
    Server server(test, server_context({authority.issue("a", "DNS:a.example")}));
    PlainClient client(test, std::move(server.caller));
    REQUIRE(client.shake());
    client.write("half a requ");
    if (is_proper) client.shut_down();
    client.transport().end_writing();
    REQUIRE(test.run_until([&] { return server.owner.ended + server.owner.failed > 0; }));
    test.settle();
    CHECK(server.owner.received == "half a requ");
    CHECK(server.owner.ended == (is_proper ? 1 : 0));
    CHECK(server.owner.failed == (is_proper ? 0 : 1));
    if (is_proper) continue;
    CHECK(server.owner.failure.kind == ErrorKind::ClientGone);
    CHECK(server.owner.failure.text ==
          "the client's TLS connection broke: cut off without close_notify");
  }
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

TEST_CASE("end_writing says close_notify before the end") {
  TestLoop test;
  TestAuthority authority;
  Server server(test, server_context({authority.issue("a", "DNS:a.example")}));
  PlainClient client(test, std::move(server.caller));
  REQUIRE(client.shake());
  test.settle();
  server.stream->write("bye");
  server.stream->end_writing();
  REQUIRE(test.run_until([&] { return client.is_closed; }));
  CHECK(client.read() == "bye");
  CHECK(client.got_close_notify());
}

TEST_CASE("what is written before the handshake ends is sent after it") {
  TestLoop test;
  TestAuthority authority;
  Server server(test, server_context({authority.issue("a", "DNS:a.example")}));
  server.stream->write("HTTP/1.1 503");
  CHECK(server.stream->pending() == 12);
  server.stream->end_writing();
  PlainClient client(test, std::move(server.caller));
  REQUIRE(client.shake());
  REQUIRE(test.run_until([&] { return client.is_closed; }));
  CHECK(client.read() == "HTTP/1.1 503");
  CHECK(client.got_close_notify());
}

TEST_CASE("a changed record is refused and not delivered") {
  TestLoop test;
  TestAuthority authority;
  Server server(test, server_context({authority.issue("a", "DNS:a.example")}));
  PlainClient client(test, std::move(server.caller));
  REQUIRE(client.shake());
  client.write("good");
  REQUIRE(test.run_until([&] { return server.owner.received == "good"; }));
  std::string forged = "\x17\x03\x03";
  forged += std::string("\x00\x20", 2) + std::string(32, 'f');
  client.transport().write(forged);
  REQUIRE(test.run_until([&] { return server.owner.failed == 1; }));
  CHECK(server.owner.received == "good");
  CHECK(server.owner.failure.kind == ErrorKind::ClientGone);
  CHECK(server.owner.failure.text.find("bad record mac") != std::string::npos);
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

TEST_CASE("a client that negotiates small records gets them") {
  TestLoop test;
  TestAuthority authority;
  Server server(test, server_context({authority.issue("a", "DNS:a.example")}));
  PlainClient client(test, std::move(server.caller));
  SSL_set_tlsext_max_fragment_length(client.ssl(), TLSEXT_max_fragment_length_512);
  REQUIRE(client.shake());
  test.settle();
  const std::string source = numbered_bytes(50'000);
  server.stream->write(source);
  std::string got;
  REQUIRE(test.run_until([&] {
    for (std::string part = client.read(); !part.empty(); part = client.read()) {
      CHECK(part.size() <= 512);
      got += part;
    }
    return got.size() == source.size();
  }));
  CHECK(got == source);
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
