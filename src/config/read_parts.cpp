#include <algorithm>
#include <string>

#include "base/text.h"
#include "config/readers.h"
#include "http/fields.h"
#include "http/target.h"

namespace fastgate::config {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view digits, std::uint64_t min) {
  const auto port = parse_decimal(digits);
  if (!port || *port < min || *port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

bool is_field_name_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view known) { return equals_ignoring_case(known, name); });
}

}  // namespace

std::optional<HostPort> read_host_port(const YamlValue& value) {
  if (value.kind() != YamlKind::Scalar) {
    value.error_expected("`host` or `host:port`");
    return std::nullopt;
  }
  const std::string_view text = value.text();
  if (text.find("://") != text.npos) {
    value.error(
        "takes `host` or `host:port` without a scheme; https is chosen by `target_protocol: "
        "https`");
    return std::nullopt;
  }
  if (text.find('@') != text.npos) {  // not quoted: a password may stand before it
    value.error("takes `host` or `host:port` without a user or password");
    return std::nullopt;
  }
  if (text.find('/') != text.npos) {
    value.error("takes `host` or `host:port` without a path; the path goes to `target_path`");
    return std::nullopt;
  }
  const auto parts = http::parse_host(text);
  if (!parts || parts->host.empty() || text.size() > 300) {
    value.error_expected("`host` or `host:port`, an IPv6 address in brackets");
    return std::nullopt;
  }
  HostPort out{.host = std::string(parts->host), .port = std::nullopt};
  if (text.ends_with(':') || !parts->port.empty()) {
    out.port = parse_port(parts->port, 1);
    if (!out.port) {
      value.error("has a port that is not a number from 1 to 65535");
      return std::nullopt;
    }
  }
  return out;
}

std::optional<ListenConfig> read_listen(const YamlValue& value) {
  static constexpr std::string_view kForm = "`HOST:PORT` or `HOST:PORT tls`";
  if (value.kind() != YamlKind::Scalar) {
    value.error_expected(kForm);
    return std::nullopt;
  }
  std::string_view address = trim(value.text());
  ListenConfig out{.host = "0.0.0.0", .port = 0, .tls = false, .mark = value.mark()};
  if (const std::size_t space = address.find(' '); space != address.npos) {
    if (trim(address.substr(space)) != "tls") {
      value.error_expected(kForm);
      return std::nullopt;
    }
    out.tls = true;
    address = address.substr(0, space);
  }
  const std::size_t colon = address.rfind(':');
  const std::string_view host = colon == address.npos ? "" : address.substr(0, colon);
  const auto port = parse_port(colon == address.npos ? address : address.substr(colon + 1), 0);
  const auto parts = http::parse_host(host);
  const bool is_any = host.empty() || host == "*";
  if (!port || (!is_any && (!parts || !parts->port.empty() || parts->host.empty()))) {
    value.error_expected(kForm);
    return std::nullopt;
  }
  out.port = *port;
  if (!is_any) out.host = std::string(parts->host);
  return out;
}

bool check_header_name(const YamlValue& value, std::string_view name, HeaderUse use) {
  if (!http::is_field_name(name) || name.size() > 256) {
    value.error("is no name of a header field: letters, digits and `-` only");
    return false;
  }
  if (use == HeaderUse::Match) return true;
  if (is_field_name_of(name, {"Connection", "Content-Length", "Keep-Alive", "Proxy-Connection",
                              "TE", "Trailer", "Transfer-Encoding", "Upgrade"})) {
    value.error("belongs to the connection or the framing, which the gateway sets itself");
    return false;
  }
  if (use == HeaderUse::AddToResponse && equals_ignoring_case(name, "Host")) {
    value.error("is a field of requests");
    return false;
  }
  return true;
}

void read_headers(const YamlValue& value, std::vector<NamedText>& out, HeaderUse use) {
  out.clear();
  const YamlMapping fields(value, "");
  fields.for_each([&](std::string_view name, Mark name_mark, const YamlValue& field) {
    NamedText header{.name = std::string(name), .name_mark = name_mark, .value = {}};
    if (!check_header_name(field, name, use)) return;
    if (field.is_null()) return field.error("needs a value; an empty one is written \"\"");
    if (!read_value(field, header.value)) return;
    if (!http::is_field_value(header.value.value)) {
      return field.error(
          "has a value that cannot stand in a header: a line end or control character");
    }
    const auto same = std::find_if(out.begin(), out.end(), [&](const NamedText& other) {
      return equals_ignoring_case(other.name, name);
    });
    if (same != out.end()) return field.error("stands here twice, spelled differently");
    out.push_back(std::move(header));
  });
}

void read_header_names(const YamlValue& value, std::vector<Located<std::string>>& out) {
  out.clear();
  for_each_entry(value, [&](const YamlValue& entry) {
    Located<std::string> name;
    if (!read_value(entry, name)) return;
    if (equals_ignoring_case(name.value, "Host")) {
      return entry.error("cannot take off `Host`: every request needs it");
    }
    if (check_header_name(entry, name.value, HeaderUse::AddToRequest)) {
      out.push_back(std::move(name));
    }
  });
}

namespace {

/// Whether requests can name the path: they are looked at without dot segments and escapes.
bool can_be_asked_for(std::string_view path) {
  const std::vector<std::string_view> segments = split(path, '/');
  return path.find_first_of("%\\") == path.npos &&
         std::none_of(segments.begin(), segments.end(),
                      [](std::string_view segment) { return segment == "." || segment == ".."; });
}

}  // namespace

void read_own_path(const YamlValue& value, std::string& out) {
  std::string path;
  if (!read_value(value, path)) return;
  if (path.empty() || path == "off" || path == "false") {
    out.clear();
  } else if (!path.starts_with('/') || path.find_first_of("?#* {}\t\r\n") != path.npos) {
    value.error_expected("a path that begins with `/`, or `off`");
  } else if (!can_be_asked_for(path)) {
    value.error("must not hold dot segments, `%` or `\\`: no request would reach it");
  } else {
    out = path;
  }
}

}  // namespace fastgate::config
