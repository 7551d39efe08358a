#include "record/audit_filter.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "config/iso_time.h"

namespace fastgate::record {
namespace {

using Read = Result<void> (*)(AuditFilter& filter, std::string_view value);

struct Parameter {
  std::string_view name;
  Read read;
};

constexpr std::size_t kMaxText = 4096;  ///< longest value that is looked for
constexpr std::size_t kDateLength = 10;

std::unexpected<Error> bad(std::string_view what) {
  return fail(ErrorKind::Malformed, std::string(what));
}

/// The `+` of a zone that nobody encoded came as a space.
Result<WallTime> read_time(std::string_view name, std::string_view value) {
  std::optional<WallTime> time = config::parse_iso_time(value);
  const std::size_t space = value.rfind(' ');
  if (!time && space != value.npos && space > kDateLength) {
    std::string mended(value);
    mended[space] = '+';
    time = config::parse_iso_time(mended);
  }
  if (time) return *time;
  return bad(std::string(name) + " must be a date or a time in ISO 8601, as 2026-01-31T12:00:00Z");
}

Result<void> read_start(AuditFilter& filter, std::string_view value) {
  const Result<WallTime> time = read_time("start_time", value);
  if (!time) return std::unexpected(time.error());
  filter.start = *time;
  return {};
}

/// A date means its whole day; a time its millisecond, which is what records show.
Result<void> read_end(AuditFilter& filter, std::string_view value) {
  const Result<WallTime> time = read_time("end_time", value);
  if (!time) return std::unexpected(time.error());
  const bool is_date = value.size() == kDateLength;
  filter.end = *time + (is_date ? std::chrono::milliseconds(std::chrono::days(1))
                                : std::chrono::milliseconds(1));
  return {};
}

std::optional<StatusRange> parse_status(std::string_view value) {
  const auto number = [](std::string_view text) -> std::optional<std::uint16_t> {
    const auto parsed = parse_decimal(text);
    if (!parsed || *parsed > 999) return std::nullopt;
    return static_cast<std::uint16_t>(*parsed);
  };
  if (value.size() == 3 && is_digit(value[0]) && equals_ignoring_case(value.substr(1), "xx")) {
    const auto low = static_cast<std::uint16_t>((value[0] - '0') * 100);
    return StatusRange{low, static_cast<std::uint16_t>(low + 99)};
  }
  const std::size_t dash = value.find('-');
  const auto low = number(value.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : number(value.substr(dash + 1));
  if (!low || !high || *low > *high) return std::nullopt;
  return StatusRange{*low, *high};
}

/// Whether a record may have a status of it: a request without an answer has 0.
bool can_be_recorded(const StatusRange& range) {
  return range.low == 0 || (range.high >= 100 && range.low <= 599);
}

Result<void> read_status(AuditFilter& filter, std::string_view value) {
  filter.status = parse_status(value);
  if (!filter.status) return bad("status_code must be as 500, 5xx or 400-499");
  if (!can_be_recorded(*filter.status)) return bad("status_code must be between 100 and 599");
  return {};
}

/// Methods are told apart by their case, but the gateway takes none that is not upper case.
Result<void> read_method(AuditFilter& filter, std::string_view value) {
  filter.method = to_upper(value);
  return {};
}

Result<void> read_path(AuditFilter& filter, std::string_view value) {
  filter.is_path_prefix = value.ends_with('*');
  while (value.ends_with('*')) value.remove_suffix(1);
  filter.path = std::string(value);
  return {};
}

Result<void> read_flag(std::optional<bool>& flag, std::string_view name, std::string_view value) {
  if (equals_ignoring_case(value, "true") || value == "1") {
    flag = true;
  } else if (equals_ignoring_case(value, "false") || value == "0") {
    flag = false;
  } else {
    return bad(std::string(name) + " must be true or false");
  }
  return {};
}

Result<void> read_address(AuditFilter& filter, std::string_view value) {
  const Result<IpAddress> address = IpAddress::parse(value);
  if (!address) return bad("ip_address must be an IP address");
  filter.ip_address = *address;
  return {};
}

Result<void> read_kind(AuditFilter& filter, std::string_view value) {
  if (value == "traffic") {
    filter.kinds = AuditKinds::Traffic;
  } else if (value == "admin") {
    filter.kinds = AuditKinds::Admin;
  } else if (value == "all") {
    filter.kinds = AuditKinds::All;
  } else {
    return bad("kind must be traffic, admin or all");
  }
  return {};
}

/// Only admin calls have one.
Result<void> read_actor(AuditFilter& filter, std::string_view value) {
  filter.actor = std::string(value);
  filter.kinds = AuditKinds::Admin;
  return {};
}

Result<void> read_order(AuditFilter& filter, std::string_view value) {
  if (value != "asc" && value != "desc") return bad("order must be asc or desc");
  filter.order = value == "asc" ? AuditOrder::OldestFirst : AuditOrder::NewestFirst;
  return {};
}

Result<void> read_limit(AuditFilter& filter, std::string_view value) {
  const auto number = parse_decimal(value);
  if (!number || *number == 0) return bad("limit must be a number from 1 on");
  filter.limit =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(*number, AuditFilter::kMaxLimit));
  return {};
}

Result<void> read_skip(AuditFilter& filter, std::string_view value) {
  const auto number = parse_decimal(value);
  if (!number || *number > AuditFilter::kMaxSkip) {
    return bad("skip must be a number up to " + std::to_string(AuditFilter::kMaxSkip) +
               "; further on, follow next_cursor");
  }
  filter.skip = *number;
  return {};
}

/// A parameter that is kept as its text.
template <auto kMember>
Result<void> keep(AuditFilter& filter, std::string_view value) {
  filter.*kMember = std::string(value);
  return {};
}

constexpr std::array kParameters{
    Parameter{"start_time", read_start},
    Parameter{"end_time", read_end},
    Parameter{"status_code", read_status},
    Parameter{"method", read_method},
    Parameter{"path", read_path},
    Parameter{"api_key", keep<&AuditFilter::key_id>},
    Parameter{"key_id", keep<&AuditFilter::key_id>},
    Parameter{"source_path", keep<&AuditFilter::source_path>},
    Parameter{"route_id", keep<&AuditFilter::route_id>},
    Parameter{"is_stream",
              [](AuditFilter& filter, std::string_view value) {
                return read_flag(filter.is_stream, "is_stream", value);
              }},
    Parameter{"has_error",
              [](AuditFilter& filter, std::string_view value) {
                return read_flag(filter.has_error, "has_error", value);
              }},
    Parameter{"ip_address", read_address},
    Parameter{"request_id", keep<&AuditFilter::request_id>},
    Parameter{"kind", read_kind},
    Parameter{"actor", read_actor},
    Parameter{"order", read_order},
    Parameter{"limit", read_limit},
    Parameter{"skip", read_skip},
    Parameter{"cursor", keep<&AuditFilter::cursor>},
};

/// Undoes the encoding of a form: `+` is a space. A `%` that encodes nothing is an error.
Result<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return bad("a % in the query encodes nothing");
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

bool is_parameter(std::string_view name) {
  return std::ranges::find(kParameters, name, &Parameter::name) != kParameters.end();
}

bool belongs_to_others(std::string_view name) {
  return name == "token" || name == "format" || name == "fields";
}

}  // namespace

Result<void> set_audit_filter(AuditFilter& filter, std::string_view name, std::string_view value) {
  if (value.size() > kMaxText) return bad(std::string(name) + " is too long");
  for (const Parameter& parameter : kParameters) {
    if (parameter.name == name) return parameter.read(filter, value);
  }
  std::vector<std::string_view> names;
  names.reserve(kParameters.size());
  for (const Parameter& parameter : kParameters) names.push_back(parameter.name);
  std::string text = "no parameter is called " + std::string(name.substr(0, 64));
  if (const auto near = nearest_name(name, names)) {
    text.append("; did you mean ").append(*near).append("?");
  }
  return bad(text);
}

std::expected<AuditFilter, FilterProblem> parse_audit_filter(std::string_view query) {
  AuditFilter filter;
  for (const std::string_view part : split(query, '&')) {
    const std::size_t equals = part.find('=');
    const Result<std::string> name = decode(part.substr(0, equals));
    if (!name) return std::unexpected(FilterProblem{{}, name.error().text});
    if (equals == std::string_view::npos || equals + 1 == part.size()) continue;
    if (belongs_to_others(*name)) continue;
    const Result<std::string> value = decode(part.substr(equals + 1));
    if (!value) return std::unexpected(FilterProblem{{}, value.error().text});
    if (const auto set = set_audit_filter(filter, *name, *value); !set) {
      return std::unexpected(FilterProblem{is_parameter(*name) ? *name : "", set.error().text});
    }
  }
  return filter;
}

}  // namespace fastgate::record
