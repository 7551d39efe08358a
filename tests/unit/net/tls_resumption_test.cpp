// Sessions that are resumed, by others' clients and by ours.

#include "unit/net/tls_peers.h"

namespace fastgate::net::testing {
namespace {

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
      TlsServerEnd server(test, first);
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
        TlsServerEnd again(test, context);
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

}  // namespace
}  // namespace fastgate::net::testing
