/// Requests and snapshots made from text, for the gateway's unit tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "config/load.h"
#include "gateway/request_facts.h"
#include "gateway/route_index.h"
#include "gateway/snapshot.h"
#include "http/hop_by_hop.h"
#include "http/http1_parser.h"

namespace fastgate::gateway::test {

inline constexpr std::string_view kRequestId = "req_0123456789abcdef01234567";

/// Replaces "\n" by "\r\n" and adds the empty line.
inline std::string head_text(std::string_view lines) {
  std::string text;
  for (const char c : lines) {
    if (c == '\n') text.push_back('\r');
    text.push_back(c);
  }
  return text + "\r\n\r\n";
}

/// A parsed request with its facts. Neither copied nor moved.
struct RequestScene {
  http::RequestHead head;
  http::Target target;
  http::HopByHop hops;
  std::vector<IpNetwork> trusted;
  RequestFacts facts;

  /// `lines`: request line and fields, separated by "\n". `peer` and `proxies` as texts.
  explicit RequestScene(std::string_view lines, std::string_view peer = "192.0.2.7",
                        const std::vector<std::string>& proxies = {}) {
    http::Http1RequestParser parser{http::ParserLimits{}};
    parser.begin(head);
    const std::string text = head_text(lines);
    const auto fed = parser.feed_head(text);
    INFO(text);
    REQUIRE(fed.has_value());
    REQUIRE(parser.head_complete());
    REQUIRE(http::parse_target(head.method, head.target(), target).has_value());
    hops.inspect(head);
    for (const std::string& proxy : proxies) trusted.push_back(IpNetwork::parse(proxy).value());
    facts = make_facts(head, target,
                       {.peer = IpAddress::parse(peer).value(),
                        .trusted_proxies = &trusted,
                        .request_id = kRequestId});
  }
  RequestScene(const RequestScene&) = delete;
  RequestScene& operator=(const RequestScene&) = delete;
};

/// What came of a configuration text.
struct Compiled {
  std::shared_ptr<Snapshot> snapshot;  ///< null after errors
  config::Diagnostics diagnostics;

  [[nodiscard]] std::string text() const {
    std::string out;
    for (const auto& entry : diagnostics.entries()) out += entry.text() + "\n";
    return out;
  }
  [[nodiscard]] bool says(std::string_view part) const { return text().contains(part); }
};

inline Compiled compile_yaml(const std::string& yaml) {
  config::Sources sources;
  sources.read_file = [&](const std::string&) -> Result<std::string> { return yaml; };
  sources.glob = [](const std::string&) { return std::vector<std::string>{}; };
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "SECRET") return "s3cr3t";
    return std::nullopt;
  };
  Compiled out;
  config::Config config = config::load("test.yaml", sources, out.diagnostics);
  INFO(out.text());
  REQUIRE_FALSE(out.diagnostics.has_errors());
  out.snapshot = compile(std::move(config), out.diagnostics);
  return out;
}

/// The same where nothing may be wrong.
inline std::shared_ptr<Snapshot> snapshot_of(const std::string& yaml) {
  Compiled compiled = compile_yaml(yaml);
  INFO(compiled.text());
  REQUIRE(compiled.snapshot != nullptr);
  return compiled.snapshot;
}

}  // namespace fastgate::gateway::test
