#include "json/schema_uri.h"

#include <charconv>

namespace fastgate::json {
namespace {

/// Views into one URI reference. The flags tell an empty part from an absent one.
struct UriParts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;
  std::string_view query;
  std::string_view fragment;
  bool has_scheme = false;
  bool has_authority = false;
  bool has_query = false;
  bool has_fragment = false;
};

UriParts parse_parts(std::string_view text) {
  UriParts parts;
  if (const auto at = text.find('#'); at != std::string_view::npos) {
    parts.has_fragment = true;
    parts.fragment = text.substr(at + 1);
    text = text.substr(0, at);
  }
  if (const auto at = text.find('?'); at != std::string_view::npos) {
    parts.has_query = true;
    parts.query = text.substr(at + 1);
    text = text.substr(0, at);
  }
  const auto colon = text.find_first_of(":/");
  if (colon != std::string_view::npos && colon != 0 && text[colon] == ':') {
    parts.has_scheme = true;
    parts.scheme = text.substr(0, colon);
    text = text.substr(colon + 1);
  }
  if (text.starts_with("//")) {
    parts.has_authority = true;
    const auto end = text.find('/', 2);
    parts.authority = text.substr(2, end == std::string_view::npos ? end : end - 2);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  }
  parts.path = text;
  return parts;
}

/// RFC 3986 section 5.2.4, segment by segment.
std::string remove_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = path.find('/', 1);
    const std::string_view segment = path.substr(0, end);
    const bool is_last = end == std::string_view::npos;
    path = is_last ? std::string_view{} : path.substr(end);
    if (segment == "/." || segment == ".") {
      if (is_last) out.push_back('/');
    } else if (segment == "/.." || segment == "..") {
      const auto slash = out.rfind('/');
      out.erase(slash == std::string::npos ? 0 : slash);
      if (is_last) out.push_back('/');
    } else {
      out.append(segment);
    }
  }
  return out;
}

/// RFC 3986 section 5.2.3.
std::string merge_paths(const UriParts& base, std::string_view path) {
  if (base.has_authority && base.path.empty()) return "/" + std::string(path);
  const auto slash = base.path.rfind('/');
  if (slash == std::string_view::npos) return std::string(path);
  return std::string(base.path.substr(0, slash + 1)).append(path);
}

void append_authority(std::string& out, const UriParts& parts) {
  if (parts.has_authority) out.append("//").append(parts.authority);
}

void append_query(std::string& out, const UriParts& parts) {
  if (parts.has_query) out.append("?").append(parts.query);
}

}  // namespace

std::string resolve_uri(std::string_view base, std::string_view reference) {
  const UriParts target = parse_parts(reference);
  const UriParts from = parse_parts(base);
  std::string out;
  if (target.has_scheme) {
    out.append(target.scheme).append(":");
    append_authority(out, target);
    out.append(target.has_authority ? remove_dot_segments(target.path) : std::string(target.path));
    append_query(out, target);
  } else {
    if (from.has_scheme) out.append(from.scheme).append(":");
    if (target.has_authority) {
      append_authority(out, target);
      out.append(remove_dot_segments(target.path));
      append_query(out, target);
    } else {
      append_authority(out, from);
      if (target.path.empty()) {
        out.append(from.path);
        append_query(out, target.has_query ? target : from);
      } else {
        const bool is_absolute = target.path.starts_with('/');
        out.append(remove_dot_segments(is_absolute ? std::string(target.path)
                                                   : merge_paths(from, target.path)));
        append_query(out, target);
      }
    }
  }
  if (target.has_fragment) out.append("#").append(target.fragment);
  return out;
}

SplitUri split_fragment(std::string_view uri) {
  const auto at = uri.find('#');
  if (at == std::string_view::npos) return {uri, {}};
  return {uri.substr(0, at), uri.substr(at + 1)};
}

std::string decode_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && text.size() - i > 2 &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr ==
            text.data() + i + 3) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string escape_pointer_token(std::string_view token) {
  std::string out;
  for (const char c : token) {
    if (c == '~') {
      out.append("~0");
    } else if (c == '/') {
      out.append("~1");
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string unescape_pointer_token(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool is_escape = token[i] == '~' && i + 1 < token.size();
    if (is_escape && (token[i + 1] == '0' || token[i + 1] == '1')) {
      out.push_back(token[++i] == '0' ? '~' : '/');
    } else {
      out.push_back(token[i]);
    }
  }
  return out;
}

}  // namespace fastgate::json
