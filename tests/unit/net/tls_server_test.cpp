// The server's side of net/tls: what is chosen, spoken and refused.

#include <array>

#include "unit/net/tls_peers.h"

namespace fastgate::net::testing {
namespace {

std::string common_name(SSL* ssl) {
  const CertificatePtr certificate(SSL_get1_peer_certificate(ssl));
  std::array<char, 100> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                            name.size());
  return name.data();
}

/// A server and a client that have shaken hands.
struct ShakenPair {
  ShakenPair() {
    REQUIRE(client.shake());
    test.settle();
  }
  /// What the server says last.
  void say_bye() {
    server.stream->write("bye");
    server.stream->end_writing();
  }
  void check_bye() {
    CHECK(client.read() == "bye");
    CHECK(client.got_close_notify());
  }
  TestLoop test;
  TestAuthority authority;
  TlsServerEnd server{test, server_context({authority.issue("a", "DNS:a.example")})};
  PlainClient client{test, std::move(server.caller)};
};

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
    TlsServerEnd server(test, context);
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
    TlsServerEnd server(test, context);
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
    TlsServerEnd server(test, context);
    PlainClient client(test, std::move(server.caller), TLS1_1_VERSION);
    SSL_set_security_level(client.ssl(), 0);
    CHECK_FALSE(client.shake());
    REQUIRE(test.run_until([&] { return server.owner.failed == 1; }));
    CHECK(server.owner.failure.kind == ErrorKind::TlsFailed);
    CHECK(server.owner.failure.side == ErrorSide::Client);
  }
  SUBCASE("only h2") {
    TlsServerEnd server(test, context);
    PlainClient client(test, std::move(server.caller));
    const std::string_view offered = "\x02h2";
    SSL_set_alpn_protos(client.ssl(), reinterpret_cast<const unsigned char*>(offered.data()),
                        offered.size());
    CHECK_FALSE(client.shake());
    CHECK(server.owner.failed == 1);
  }
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
    TlsServerEnd server(test, context);
    TestOwner caller;
    server.caller->start(&caller);
    server.caller->write(bytes);
    server.caller->end_writing();
    REQUIRE(test.run_until([&] { return server.owner.failed == 1; }));
    CHECK(server.owner.failure.kind == ErrorKind::TlsFailed);
    CHECK(server.owner.failure.text.starts_with("the client's TLS handshake failed: "));
    CHECK(server.owner.received.empty());
    // A client that speaks in clear is heard further.
    if (!bytes.starts_with("GET ")) CHECK(server.owner.ended == 0);
  }
  TlsServerEnd server(test, context);
  server.caller.reset();
  REQUIRE(test.run_until([&] { return server.owner.failed == 1; }));
  CHECK(server.owner.failure.text ==
        "the client's TLS handshake failed: closed during the handshake");
}

/// Answers a request in clear.
class ClearOwner final : public StreamOwner {
 public:
  explicit ClearOwner(Stream& stream) : stream_(stream) {}
  void on_bytes(std::string_view bytes) override { received += bytes; }
  void on_drained() override {}
  void on_end() override { has_ended = true; }
  void on_failed(Error) override { has_failed = true; }
  void on_clear_request(Error error) override {
    text = error.text;
    stream_.write("HTTP/1.1 400");
    stream_.end_writing();
  }

  std::string received;
  std::string text;
  bool has_ended = false;
  bool has_failed = false;

 private:
  Stream& stream_;
};

TEST_CASE("an HTTP request in clear can be answered in clear, if it comes first") {
  TestLoop test;
  TestAuthority authority;
  const auto context = server_context({authority.issue("a", "DNS:a.example")});
  TlsServerEnd server(test, context);
  ClearOwner owner(*server.stream);
  server.stream->set_owner(&owner);
  TestOwner caller;
  server.caller->start(&caller);
  server.caller->write("DELETE /");
  REQUIRE(test.run_until([&] { return caller.ended == 1; }));
  CHECK(caller.received == "HTTP/1.1 400");
  CHECK(owner.text ==
        "the client's TLS handshake failed: the client sent an HTTP request in clear");
  server.caller->write("rest");
  server.caller->end_writing();
  REQUIRE(test.run_until([&] { return owner.has_ended; }));
  CHECK(owner.received == "rest");
  CHECK_FALSE(owner.has_failed);

  // Behind the beginning of a record it is none.
  TlsServerEnd broken(test, context);
  ClearOwner other(*broken.stream);
  broken.stream->set_owner(&other);
  broken.caller->start(&caller);
  broken.caller->write("\x16");
  test.settle();
  broken.caller->write("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(test.run_until([&] { return other.has_failed; }));
  CHECK(other.text.empty());
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
    TlsServerEnd server(test, server_context({authority.issue("a", "DNS:a.example")}));
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

TEST_CASE("end_writing says close_notify before the end") {
  ShakenPair pair;
  pair.say_bye();
  REQUIRE(pair.test.run_until([&] { return pair.client.is_closed; }));
  pair.check_bye();
}

TEST_CASE("what is written before the handshake ends is sent after it") {
  TestLoop test;
  TestAuthority authority;
  TlsServerEnd server(test, server_context({authority.issue("a", "DNS:a.example")}));
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
  TlsServerEnd server(test, server_context({authority.issue("a", "DNS:a.example")}));
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

TEST_CASE("a client that negotiates small records gets them") {
  TestLoop test;
  TestAuthority authority;
  TlsServerEnd server(test, server_context({authority.issue("a", "DNS:a.example")}));
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

TEST_CASE("a client may ask for new keys as often as it likes, but has to take the answers") {
  ShakenPair pair;
  const TestOwner& owner = pair.server.owner;
  const auto ask = [&](int times) {
    for (int i = 0; i < times && owner.failed == 0; ++i) {
      SSL_key_update(pair.client.ssl(), SSL_KEY_UPDATE_REQUESTED);
      pair.client.write("x");
      pair.test.loop().run_once_without_waiting();
      pair.client.read();
    }
  };
  ask(3000);
  CHECK(owner.received.size() == 3000);
  CHECK(pair.server.stream->pending() == 0);

  pair.client.transport().pause_reading();
  ask(10'000);
  CHECK(owner.failed == 1);
  CHECK(owner.failure.kind == ErrorKind::ClientGone);
}

TEST_CASE("a client may ask for new keys after the end of what it is sent, and gets none") {
  ShakenPair pair;
  const TestOwner& owner = pair.server.owner;
  pair.say_bye();
  SSL_key_update(pair.client.ssl(), SSL_KEY_UPDATE_REQUESTED);
  pair.client.write("one more thing");
  REQUIRE(pair.test.run_until([&] { return owner.received == "one more thing"; }));
  pair.check_bye();
  CHECK(owner.failed == 0);
}

}  // namespace
}  // namespace fastgate::net::testing
