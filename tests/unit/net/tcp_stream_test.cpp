#include "net/tcp_stream.h"

#include "unit/net/fixture.h"

namespace fastgate::net::testing {
namespace {

TEST_CASE("a connection over the loopback carries bytes both ways") {
  for (const char* host : {"127.0.0.1", "::1"}) {
    INFO("host ", host);
    TestLoop test;
    StreamPair pair = make_tcp_pair(test, host);
    CHECK(pair.near->peer_address() == IpAddress::parse(host).value());
    CHECK(pair.far->peer_address() == IpAddress::parse(host).value());
    CHECK(pair.far->peer_port() != 0);
    TestOwner near;
    TestOwner far;
    pair.near->start(&near);
    pair.far->start(&far);
    pair.near->write("ping");
    REQUIRE(test.run_until([&] { return far.received == "ping"; }));
    pair.far->write("pong");
    REQUIRE(test.run_until([&] { return near.received == "pong"; }));
  }
}

}  // namespace
}  // namespace fastgate::net::testing
