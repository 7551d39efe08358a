/// What the cases of this folder share: run over both kinds of client connections.
#pragma once

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "support/proxy_scene.h"

namespace fastgate::test {

/// Runs the case once over memory streams and once over sockets.
#define FOR_BOTH_CLIENTS(kind)          \
  ClientKind kind = ClientKind::Memory; \
  SUBCASE("memory") {                   \
    kind = ClientKind::Memory;          \
  }                                     \
  SUBCASE("socket") {                   \
    kind = ClientKind::Socket;          \
  }                                     \
  CAPTURE(static_cast<int>(kind))

inline std::string route_to(const FakeUpstream& upstream, const std::string& further = "") {
  return "routes:\n  - {route_id: r, match_path: \"/*\", auth: none, target_host: \"" +
         upstream.address() + "\"" + (further.empty() ? "" : ", " + further) + "}\n";
}

/// A request; `fields` are whole lines.
inline std::string get(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

inline bool ends_with_head(std::string_view text) {
  return text.find("\r\n\r\n") != std::string_view::npos;
}

inline bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Waits for the n-th upstream connection (from 0) to hold a whole head.
inline Endpoint& asked(ProxyScene& scene, FakeUpstream& upstream, std::size_t index = 0) {
  REQUIRE(scene.until([&] {
    return upstream.connections.size() > index &&
           ends_with_head(upstream.connections[index]->received);
  }));
  return *upstream.connections[index];
}

}  // namespace fastgate::test
