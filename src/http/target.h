/// The request target (RFC 9112 section 3.2) taken apart, and the path as routes see it.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace fastgate::http {

/// A request target in parts. Views live as long as the target's text; `match_path` is owned
/// because it may differ from every byte range of the target.
struct Target {
  std::string_view raw_path;   ///< as it came, begins with '/', or "*" for `OPTIONS *`
  std::string_view query;      ///< without '?'; empty if there is none
  bool has_query = false;      ///< tells `/a?` from `/a`
  std::string_view authority;  ///< of the absolute form; else empty
  std::string match_path;      ///< percent-decoded once, dot segments resolved; double slashes kept
  void clear();
};

/// Takes apart origin-form, absolute-form (http and https) and, for OPTIONS, asterisk-form.
/// authority-form (CONNECT) and TRACE are NotImplemented.
/// Form: `%2F` counts as a slash in match_path; dot segments (`.`, `..`, also written `%2e`) are
/// resolved after decoding; a query is never decoded. `out` is reused, capacity kept.
/// `OPTIONS http://host` without a path is the asterisk-form of that host (section 3.2.4).
/// Errors: Malformed for a broken `%`, a path that leaves the root, a `..` that takes back an empty
/// segment or stands beside an escaped backslash, a NUL (raw or decoded), a fragment, control
/// characters, bytes beyond ASCII, a backslash in the path, a non-http scheme, a userinfo part, an
/// empty authority.
/// Source: RFC 9112 section 3.2, RFC 3986 section 5.2.4, contract section 8.
/// Complexity: one pass without allocation when nothing is escaped and there is no "/." in the
/// path.
[[nodiscard]] Result<void> parse_target(Method method, std::string_view text, Target& out);

/// Whether a path holds a segment `.` or `..`, read as match_path is made: percent-decoded once,
/// `%2F` a slash, and a backslash one too; a broken `%` stands for itself.
[[nodiscard]] bool has_dot_segment(std::string_view path);

/// A Host value in parts. Form: reg-name, IPv4, or bracketed IPv6, with optional `:port`.
struct HostPort {
  std::string_view host;  ///< brackets kept off; as spelled
  std::string_view port;  ///< digits or empty
};
/// Errors: Malformed for anything RFC 3986 section 3.2.2 does not allow there, an empty host or one
/// of more than 255 bytes, a port beyond 65535.
[[nodiscard]] Result<HostPort> parse_host(std::string_view text);
/// The same of a text that parse_host() took before, as the parser does with every Host.
[[nodiscard]] HostPort split_host(std::string_view text);

}  // namespace fastgate::http
