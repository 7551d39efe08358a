/// What one configuration is at run time: everything compiled, immutable, shared by all workers.
///
/// Held by `std::shared_ptr<const Snapshot>`: the server, each worker, and each exchange that began
/// under it. Built off the loops by gateway/compile. What must survive a reload (limits, pools,
/// health) lives outside and is found again by the keys given here.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/regex.h"
#include "config/diagnostics.h"
#include "config/model.h"
#include "gateway/key_book.h"
#include "gateway/path_pattern.h"
#include "gateway/route_policy.h"
#include "gateway/template_text.h"
#include "http/fields.h"
#include "json/field_patch.h"
#include "json/schema.h"
#include "json/value.h"

namespace fastgate::gateway {

using std::chrono::milliseconds;

/// Index of a group in Snapshot::groups.
enum class GroupIndex : std::uint32_t { None = 0xffffffff };

/// A group of upstream servers as configured: an `upstreams` entry, or a single `target_host`.
struct GroupSpec {
  /// What makes two groups of two snapshots the same, so that pool and health carry over: name,
  /// addresses, protocol, TLS settings, options; not how its servers share the requests.
  std::string identity;
  std::string host_header;  ///< Host of the upstream request: the target as configured; empty: the
                            ///< server's own
  config::UpstreamConfig upstream;
  config::Protocol protocol = config::Protocol::Http;
  config::TargetTlsConfig tls;
  bool is_named = false;  ///< an `upstreams` entry
  config::Mark mark{};    ///< for errors met later, e.g. a CA file that cannot be read
};

/// A condition on a request header field.
struct HeaderRule {
  std::string name;
  http::FieldId id = http::FieldId::Other;
  std::string value;  ///< compared without regard to case, unless `regex`
  std::optional<Regex> regex;
  std::string text;        ///< as configured, for `explain`
  bool is_secret = false;  ///< `text` came through `${…}`
};

/// A condition on the request's Host.
struct HostRule {
  enum class Kind : std::uint8_t { Any, Exact, Wildcard } kind = Kind::Any;
  std::string host;  ///< lower case; of a wildcard the part from the dot
  std::string port;  ///< digits; empty: any
};

/// One field of a simple body rule and the value that it must equal.
struct BodyField {
  std::string name;
  json::Value value;
};

/// `match_body_schema` compiled: the simple form or JSON Schema.
struct BodyRule {
  std::optional<json::Schema> schema;
  std::vector<BodyField> fields;  ///< the simple form; empty with `schema`
  bool is_secret = false;         ///< some part came through `${…}`
};

/// `respond` compiled.
struct FixedAnswer {
  std::uint16_t status = 200;
  std::vector<FieldTemplate> headers;
  TemplateText body;
  bool is_json = false;
  bool is_secret = false;  ///< some part of the body came through `${…}`
};

/// Among thousands of routes the one that a request takes is in no cache: what every request reads
/// of it stands together in front, two lines of memory; the rest of that is in its policy, which
/// most routes share, and what few routes have is behind pointers.
struct alignas(64) Route {
  /// Bytes from the start that nearly every request reads: up to `add_headers`.
  static constexpr std::size_t kReadAlways = 128;

  std::uint32_t index = 0;  ///< in Snapshot::routes
  std::uint32_t rank = 0;   ///< order of choice: smaller first; unique
  GroupIndex group = GroupIndex::None;
  bool target_path_takes_rest = false;  ///< it ended in `*`
  bool target_path_is_secret = false;   ///< some part came through `${…}`
  bool strip_path_prefix = false;
  bool needs_captures = false;           ///< some template, or the `*` of target_path, reads them
  const RoutePolicy* policy = nullptr;   ///< one of Snapshot::policies; never null once compiled
  std::unique_ptr<const BodyRule> body;  ///< null: none
  std::unique_ptr<const json::FieldPatch> body_patch;  ///< null: none
  std::unique_ptr<const FixedAnswer> respond;          ///< null: there is a target
  std::unique_ptr<const TemplateText> target_path;     ///< without the `*`; null: none
  std::string id;
  std::vector<FieldTemplate> add_headers;

  std::uint32_t methods = 0;  ///< bit per http::Method; 0: any
  PathPattern pattern;
  std::string name;
  std::vector<std::string> other_methods;  ///< allowed methods without a bit
  HostRule host;
  std::vector<HeaderRule> headers;
  std::vector<TemplateText>
      body_placeholders;  ///< what body_patch's placeholders stand for, by index
  const config::RouteConfig* config = nullptr;  ///< as configured, in Snapshot::config

  /// Whether choosing or changing needs the body collected.
  [[nodiscard]] bool reads_body() const { return body != nullptr || body_patch != nullptr; }
};

class RouteIndex;

struct Snapshot {
  std::uint64_t generation = 0;  ///< counts reloads; set by the server
  config::Config config;
  std::vector<Route> routes;  ///< active ones only, by rank
  RoutePolicies policies;     ///< of all routes, and of inactive ones
  std::vector<GroupSpec> groups;
  KeyBook keys;
  std::unique_ptr<const RouteIndex> index;
  Snapshot();
  ~Snapshot();
};

/// Compiles a configuration that loaded without errors. More errors (patterns, regular expressions,
/// schemas, templates, groups) go to `diagnostics` with their places, all of them, and so do failed
/// `tests` and warnings about routes that no request can reach. Null if there is any error.
/// Complexity: 10,000 routes in well under a second.
[[nodiscard]] std::shared_ptr<Snapshot> compile(config::Config config,
                                                config::Diagnostics& diagnostics);

/// Finds what is wrong with the routes of a configuration that has other errors, so that all of
/// them are told at once.
void check_routes(const config::Config& config, config::Diagnostics& diagnostics);

}  // namespace fastgate::gateway
