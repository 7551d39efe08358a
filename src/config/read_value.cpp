#include <limits>
#include <string>

#include "base/text.h"
#include "config/yaml_cursor.h"
#include "config/yaml_text.h"

namespace fastgate::config {

namespace {

/// Longest text of a field that is a name, a path or a description.
constexpr std::size_t kMaxString = 16 * 1024;
/// Longest text of a field that may hold more: a header's value, a fixed body.
constexpr std::size_t kMaxValueText = 8U << 20;

bool check_text(const YamlValue& value, std::size_t limit) {
  if (value.kind() != YamlKind::Scalar) {
    value.error_expected("a text");
    return false;
  }
  if (value.text().find('\0') != std::string_view::npos) {
    value.error("must not hold a NUL character");
    return false;
  }
  if (value.text().size() > limit) {
    value.error("is longer than " + format_size(Bytes{limit}));
    return false;
  }
  return true;
}

/// Whether the text may be a number or a flag: without quotes, or from `${…}`, which has to stand
/// in quotes inside brackets and braces, and in JSON.
bool is_bare(const YamlValue& value) {
  return value.kind() == YamlKind::Scalar && (value.is_plain() || value.is_substituted());
}

std::optional<std::int64_t> parse_integer(const YamlValue& value) {
  if (!is_bare(value)) return std::nullopt;
  std::string_view text = value.text();
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const auto number = parse_decimal(text);
  if (!number || *number > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  const auto magnitude = static_cast<std::int64_t>(*number);
  return is_negative ? -magnitude : magnitude;
}

std::string range_text(std::string_view what, std::string_view min, std::string_view max) {
  return std::string(what) + " from " + std::string(min) + " to " + std::string(max);
}

}  // namespace

bool read_value(const YamlValue& value, bool& out) {
  if (is_bare(value) && plain_type(value.text()) == PlainType::Boolean) {
    out = to_lower(value.text()[0]) == 't';
    return true;
  }
  value.error_expected("true or false");
  return false;
}

bool read_value(const YamlValue& value, std::int64_t& out, const NumberRange& range) {
  const auto number = parse_integer(value);
  if (!number || *number < range.min || *number > range.max) {
    value.error_expected(
        range_text("a whole number", std::to_string(range.min), std::to_string(range.max)));
    return false;
  }
  out = *number;
  return true;
}

bool read_value(const YamlValue& value, milliseconds& out, const DurationRange& range) {
  const auto duration = value.kind() == YamlKind::Scalar
                            ? parse_duration(value.text())
                            : Result<milliseconds>(fail(ErrorKind::Config, ""));
  const bool is_beyond = !duration && value.kind() == YamlKind::Scalar && is_too_long(value.text());
  if (!duration && !is_beyond) {
    value.error_expected("a duration: seconds as a number, or `500ms`, `30s`, `5m`, `1h`, `30d`");
    return false;
  }
  if (is_beyond || *duration < range.min || *duration > range.max) {
    value.error_expected(
        range_text("a duration", format_duration(range.min), format_duration(range.max)));
    return false;
  }
  out = *duration;
  return true;
}

bool read_value(const YamlValue& value, Bytes& out, const SizeRange& range) {
  const auto size = value.kind() == YamlKind::Scalar ? parse_size(value.text())
                                                     : Result<Bytes>(fail(ErrorKind::Config, ""));
  const bool is_beyond = !size && value.kind() == YamlKind::Scalar && is_too_large(value.text());
  if (!size && !is_beyond) {
    value.error_expected("a size: bytes as a number, or `64KiB`, `8MiB`, `1GiB`");
    return false;
  }
  if (is_beyond || *size < range.min || *size > range.max) {
    value.error_expected(range_text("a size", format_size(range.min), format_size(range.max)));
    return false;
  }
  out = *size;
  return true;
}

bool read_value(const YamlValue& value, std::string& out) {
  if (!check_text(value, kMaxString)) return false;
  out = value.text();
  return true;
}

bool read_value(const YamlValue& value, Text& out) {
  if (!check_text(value, kMaxValueText)) return false;
  out = {std::string(value.text()), value.mark(), value.is_substituted(), value.literal_braces()};
  return true;
}

bool read_value(const YamlValue& value, Located<std::string>& out) {
  if (!read_value(value, out.value)) return false;
  out.mark = value.mark();
  return true;
}

bool read_value(const YamlValue& value, std::vector<std::string>& out) {
  out.clear();
  for_each_entry(value, [&](const YamlValue& entry) {
    std::string text;
    if (read_value(entry, text)) out.push_back(std::move(text));
  });
  return true;
}

bool read_value(const YamlValue& value, std::vector<Located<std::string>>& out) {
  out.clear();
  for_each_entry(value, [&](const YamlValue& entry) {
    Located<std::string> text;
    if (read_value(entry, text)) out.push_back(std::move(text));
  });
  return true;
}

bool read_value(const YamlValue& value, std::vector<IpNetwork>& out) {
  out.clear();
  for_each_entry(value, [&](const YamlValue& entry) {
    const auto network = entry.kind() == YamlKind::Scalar
                             ? IpNetwork::parse(entry.text())
                             : Result<IpNetwork>(fail(ErrorKind::Config, ""));
    if (network) {
      out.push_back(*network);
    } else {
      entry.error_expected("an address or a network such as `10.0.0.0/8` or `::1/128`");
    }
  });
  return true;
}

bool read_value(const YamlValue& value, Sha256& out) {
  const auto digest =
      value.kind() == YamlKind::Scalar ? sha256_from_hex(value.text()) : std::nullopt;
  if (!digest) {
    // The value is not quoted: a key pasted into the wrong field must not reach a log.
    value.error("must be a SHA-256 digest: 64 hex digits");
    return false;
  }
  out = *digest;
  return true;
}

void error_choice(const YamlValue& value, const std::vector<std::string_view>& names) {
  std::string what = names.size() == 1 ? "" : "one of ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    what += (i == 0 ? "`" : ", `") + std::string(names[i]) + "`";
  }
  const auto near = value.is_substituted() || value.kind() != YamlKind::Scalar
                        ? std::nullopt
                        : nearest_name(value.text().substr(0, 64), names);
  value.error_expected(what, near ? "; did you mean `" + std::string(*near) + "`?" : "");
}

}  // namespace fastgate::config
