#include "http/target.h"

#include <algorithm>

#include "base/text.h"

namespace fastgate::http {
namespace {

constexpr std::string_view kRoot = "/";

bool is_target_text(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

/// Builds the decoded path segment by segment; it always ends where the next byte belongs.
class PathBuilder {
 public:
  explicit PathBuilder(std::string& out) : out_(out) { out_ = kRoot; }

  void add(char c) { out_.push_back(c); }

  /// A slash, or the end of the path. False: the path leaves the root, or an empty segment, which
  /// servers that merge slashes do not see: for them the path climbs one further.
  [[nodiscard]] bool end_segment() {
    const std::string_view last = std::string_view(out_).substr(segment_);
    if (last == ".") {
      out_.resize(segment_);
    } else if (last == "..") {
      if (segment_ == 1 || out_[segment_ - 2] == '/') return false;
      out_.resize(out_.rfind('/', segment_ - 2) + 1);
    } else {
      return true;
    }
    segment_ = out_.size();
    return true;
  }

  [[nodiscard]] bool add_slash() {
    // A dot segment goes with the slash behind it.
    const std::string_view last = std::string_view(out_).substr(segment_);
    const bool is_dots = last == "." || last == "..";
    if (!end_segment()) return false;
    if (is_dots) return true;
    out_.push_back('/');
    segment_ = out_.size();
    return true;
  }

 private:
  std::string& out_;
  std::size_t segment_ = 1;  ///< where the last segment begins
};

/// Whether a server that takes a backslash for a slash would find a `..` in `path`.
bool climbs_by_backslash(std::string_view path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find_first_of("/\\", begin), path.size());
    if (path.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

Result<void> decode_path(std::string_view raw, std::string& out) {
  PathBuilder path(out);
  bool has_backslash = false;
  for (std::size_t i = 1; i < raw.size(); ++i) {
    char c = raw[i];
    if (c == '%') {
      const int high = i + 2 < raw.size() ? hex_value(raw[i + 1]) : -1;
      const int low = i + 2 < raw.size() ? hex_value(raw[i + 2]) : -1;
      if (high < 0 || low < 0)
        return fail(ErrorKind::Malformed, "a broken % in the request target");
      c = static_cast<char>(high * 16 + low);
      if (c == '\0') return fail(ErrorKind::Malformed, "NUL in the request target");
      has_backslash = has_backslash || c == '\\';
      i += 2;
    }
    if (c != '/') {
      path.add(c);
    } else if (!path.add_slash()) {
      return fail(ErrorKind::Malformed, "the path leaves the root or an empty segment");
    }
  }
  if (!path.end_segment())
    return fail(ErrorKind::Malformed, "the path leaves the root or an empty segment");
  if (has_backslash && climbs_by_backslash(out)) {
    return fail(ErrorKind::Malformed, "dots beside a backslash in the request target");
  }
  return {};
}

/// Takes `http://authority` off the front of `rest`.
Result<std::string_view> take_authority(std::string_view& rest) {
  const std::size_t colon = rest.find("://");
  const std::string_view scheme = rest.substr(0, std::min(colon, rest.size()));
  if (colon == std::string_view::npos ||
      !(equals_ignoring_case(scheme, "http") || equals_ignoring_case(scheme, "https"))) {
    return fail(ErrorKind::Malformed, "the request target is neither a path nor an http URL");
  }
  rest.remove_prefix(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (const auto host = parse_host(authority); !host) return std::unexpected(host.error());
  rest.remove_prefix(end);
  return authority;
}

Result<void> parse_path_and_query(std::string_view text, Target& out) {
  const std::size_t question = text.find('?');
  out.raw_path = text.substr(0, question);
  if (question != std::string_view::npos) {
    out.has_query = true;
    out.query = text.substr(question + 1);
  }
  if (out.raw_path.empty()) out.raw_path = kRoot;
  // Some servers take a backslash for a slash, so that a path could climb past a route's prefix.
  if (out.raw_path.find('\\') != std::string_view::npos) {
    return fail(ErrorKind::Malformed, "a backslash in the request target");
  }
  if (out.raw_path.find('%') == std::string_view::npos &&
      out.raw_path.find("/.") == std::string_view::npos) {
    out.match_path = out.raw_path;
    return {};
  }
  return decode_path(out.raw_path, out.match_path);
}

}  // namespace

void Target::clear() {
  raw_path = {};
  query = {};
  has_query = false;
  authority = {};
  match_path.clear();
}

bool has_dot_segment(std::string_view path) {
  if (path.find('.') == path.npos && path.find('%') == path.npos) return false;
  std::size_t length = 0;
  std::size_t dots = 0;
  for (std::size_t i = 0; i <= path.size(); ++i) {
    char c = i < path.size() ? path[i] : '/';
    if (c == '%' && i + 2 < path.size()) {
      const int high = hex_value(path[i + 1]);
      const int low = hex_value(path[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
    }
    if (c != '/' && c != '\\') {
      ++length;
      if (c == '.') ++dots;
      continue;
    }
    if (length == dots && (dots == 1 || dots == 2)) return true;
    length = dots = 0;
  }
  return false;
}

Result<void> parse_target(Method method, std::string_view text, Target& out) {
  out.clear();
  if (method == Method::Connect) return fail(ErrorKind::NotImplemented, "CONNECT is not offered");
  // Its answer is the request as the server saw it, with the fields that a route adds: backends'
  // keys.
  if (method == Method::Trace) return fail(ErrorKind::NotImplemented, "TRACE is not offered");
  if (!is_target_text(text)) {
    return fail(ErrorKind::Malformed, "a character that may not stand in a request target");
  }
  if (text.front() == '/') return parse_path_and_query(text, out);
  std::string_view rest = text;
  if (rest != "*") {
    const auto authority = take_authority(rest);
    if (!authority) return std::unexpected(authority.error());
    out.authority = *authority;
    // RFC 9112 section 3.2.4: the last proxy turns an empty path of OPTIONS into "*".
    if (!rest.empty() || method != Method::Options) return parse_path_and_query(rest, out);
  } else if (method != Method::Options) {
    return fail(ErrorKind::Malformed, "* is a target of OPTIONS only");
  }
  out.raw_path = "*";
  out.match_path = "*";
  return {};
}

}  // namespace fastgate::http
