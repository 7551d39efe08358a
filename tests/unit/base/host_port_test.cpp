#include "base/host_port.h"

#include <doctest/doctest.h>

namespace fastgate {
namespace {

TEST_CASE("a host and its port are one text, an IPv6 address in brackets") {
  struct Row {
    const char* host;
    std::uint16_t port;
    const char* alone;
    const char* text;
  };
  const Row rows[] = {
      {"api.example.com", 443, "api.example.com", "api.example.com:443"},
      {"192.0.2.1", 0, "192.0.2.1", "192.0.2.1:0"},
      {"2001:db8::1", 65535, "[2001:db8::1]", "[2001:db8::1]:65535"},
      {"", 80, "", ":80"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(host_text(row.host) == row.alone);
    CHECK(host_port_text(row.host, row.port) == row.text);
  }
}

}  // namespace
}  // namespace fastgate
