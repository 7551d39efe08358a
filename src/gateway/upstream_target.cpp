#include "gateway/upstream_target.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace fastgate::gateway {
namespace {

/// The end of `raw` that spells `decoded` from position `skip` on; nothing if `raw` does not spell
/// `decoded` letter by letter (it holds dot segments).
std::optional<std::string_view> raw_tail(std::string_view raw, std::string_view decoded,
                                         std::size_t skip) {
  if (raw == decoded) return raw.substr(skip);
  std::size_t at = 0;
  std::size_t begin = raw.size();
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    if (i == skip) begin = at;
    if (at >= raw.size()) return std::nullopt;
    char c = raw[at];
    // Its digits were checked when the target was taken apart.
    if (c == '%' && at + 2 < raw.size()) {
      c = static_cast<char>(hex_value(raw[at + 1]) << 4 | hex_value(raw[at + 2]));
      at += 2;
    }
    if (c != decoded[i]) return std::nullopt;
    ++at;
  }
  if (at != raw.size()) return std::nullopt;
  return raw.substr(skip == decoded.size() ? raw.size() : begin);
}

enum class Join : std::uint8_t {
  AsIs,      ///< one behind the other, but never two slashes where they meet
  OneSlash,  ///< exactly one slash where they meet
};

/// Appends the path's end from `skip` (in the decoded path) on.
void append_tail(std::string& out, const http::Target& target, std::size_t skip, Join join) {
  const std::string_view decoded = target.match_path;
  const std::string_view tail = decoded.substr(skip);
  const auto raw = raw_tail(target.raw_path, decoded, skip);
  std::string_view text = raw.value_or(tail);
  const bool had_slash = text.starts_with('/') || (skip > 0 && decoded[skip - 1] == '/');
  if (join == Join::OneSlash || out.ends_with('/')) {
    text.remove_prefix(std::min(text.find_first_not_of('/'), text.size()));
  }
  if (join == Join::OneSlash && !out.ends_with('/') && (!text.empty() || had_slash)) {
    out.push_back('/');
  }
  if (raw) {
    out.append(text);
  } else {
    append_path_encoded(out, text);
  }
}

bool takes_client_path(const Route& route) {
  return route.target_path_takes_rest || route.strip_path_prefix;
}

Result<void> append_rewritten_path(const Route& route, const RequestFacts& facts,
                                   const TemplateValues& values, std::string& out) {
  const http::Target& target = *facts.target;
  const std::size_t size = target.match_path.size();
  const std::size_t begin = out.size();
  if (route.target_path) route.target_path->append_to(out, values, Escape::Path);
  if (route.target_path_takes_rest) {
    const std::string_view rest = values.captures->rest;
    if (route.pattern.kind() == PatternKind::Suffix) {
      append_path_encoded(out, out.ends_with('/') && rest.starts_with('/') ? rest.substr(1) : rest);
    } else {
      append_tail(out, target, size - rest.size(), Join::AsIs);
    }
  } else if (route.strip_path_prefix) {
    const std::size_t prefix = std::min(route.pattern.literal_prefix().size(), size);
    append_tail(out, target, prefix, Join::OneSlash);
  }
  if (!std::string_view(out).substr(begin).starts_with('/')) out.insert(begin, 1, '/');
  // What is put together may hold dot segments that its parts do not: `/v2../x` behind `/v2`.
  const bool is_fixed =
      route.target_path && route.target_path->is_constant() && !takes_client_path(route);
  if (!is_fixed && http::has_dot_segment(std::string_view(out).substr(begin))) {
    return fail(ErrorKind::Malformed, "the path would leave its place in the target");
  }
  return {};
}

}  // namespace

Result<void> append_target(const Route& route, const RequestFacts& facts,
                           const TemplateValues& values, std::string& out) {
  const http::Target& target = *facts.target;
  if (!route.target_path && !route.strip_path_prefix) {
    out.append(target.raw_path);
  } else if (auto built = append_rewritten_path(route, facts, values, out); !built) {
    return built;
  }
  if (target.has_query) out.append("?").append(target.query);
  return {};
}

}  // namespace fastgate::gateway
