#include "base/units.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>

#include "base/text.h"

namespace fastgate {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 6> kDurationUnits{{
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1'000},
    {"ms", 1},
    {"", 1'000},
}};
constexpr std::array<Unit, 11> kSizeUnits{{
    {"gib", 1U << 30},
    {"mib", 1U << 20},
    {"kib", 1U << 10},
    {"g", 1U << 30},
    {"m", 1U << 20},
    {"k", 1U << 10},
    {"gb", 1'000'000'000},
    {"mb", 1'000'000},
    {"kb", 1'000},
    {"b", 1},
    {"", 1},
}};

/// Far beyond any timeout, and small enough for arithmetic in nanoseconds never to overflow.
constexpr std::uint64_t kMaxDuration = std::uint64_t{36'500} * 86'400'000;
constexpr std::uint64_t kMaxSize = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMaxFractionDigits = 9;
constexpr std::uint64_t kFractionScale = 1'000'000'000;

constexpr std::string_view kDurationForms =
    "a number of seconds, or a number with ms, s, m, h or d";
constexpr std::string_view kSizeForms =
    "a whole number of bytes, or a number with B, KB, MB, GB, KiB, MiB or GiB";

/// `12.5KiB` taken apart; `fraction` counts billionths.
struct Quantity {
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0;
  bool has_fraction = false;
  std::string_view unit;
};

enum class QuantityFault : std::uint8_t { Form, TooLarge };

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

std::expected<Quantity, QuantityFault> parse_quantity(std::string_view text) {
  Quantity quantity;
  const std::size_t digits = count_digits(text);
  if (digits == 0) return std::unexpected(QuantityFault::Form);
  const auto whole = parse_decimal(text.substr(0, digits));
  if (!whole) return std::unexpected(QuantityFault::TooLarge);
  quantity.whole = *whole;
  text.remove_prefix(digits);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::size_t places = count_digits(text);
    if (places == 0 || places > kMaxFractionDigits) return std::unexpected(QuantityFault::Form);
    quantity.has_fraction = true;
    quantity.fraction = parse_decimal(text.substr(0, places)).value_or(0);
    for (std::size_t i = places; i < kMaxFractionDigits; ++i) quantity.fraction *= 10;
    text.remove_prefix(places);
  }
  quantity.unit = text;
  return quantity;
}

/// The quantity in units of one, rounded down; nothing beyond `limit`.
std::optional<std::uint64_t> scale(const Quantity& quantity, std::uint64_t factor,
                                   std::uint64_t limit) {
  if (quantity.whole > limit / factor) return std::nullopt;
  // No factor passes 2^30 and no fraction 10^9, so neither the product nor the sum overflows.
  const std::uint64_t value = quantity.whole * factor + quantity.fraction * factor / kFractionScale;
  if (value > limit) return std::nullopt;
  return value;
}

/// The text of an error, in which a hostile input is shown cut short.
std::string describe(std::string_view what, std::string_view text, std::string_view rest) {
  constexpr std::size_t kShown = 40;
  std::string out(what);
  out += " \"";
  out += text.substr(0, kShown);
  if (text.size() > kShown) out += "…";
  out += "\" ";
  out += rest;
  return out;
}

std::unexpected<Error> bad_form(std::string_view what, std::string_view text,
                                std::string_view forms) {
  return fail(ErrorKind::Config, describe(what, text, "is not " + std::string(forms)));
}

std::string format_with(std::uint64_t value, std::string_view unit) {
  std::string out;
  append_decimal(out, value);
  out += unit;
  return out;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto too_long = [&] {
    return fail(ErrorKind::Config, describe("duration", text, "is longer than 36500d"));
  };
  const auto quantity = parse_quantity(text);
  if (!quantity) {
    if (quantity.error() == QuantityFault::TooLarge) return too_long();
    return bad_form("duration", text, kDurationForms);
  }
  for (const Unit& unit : kDurationUnits) {
    if (quantity->unit != unit.name) continue;
    const auto value = scale(*quantity, unit.factor, kMaxDuration);
    if (!value) return too_long();
    // Zero often means "off", which a very short time must not turn into.
    if (*value == 0 && quantity->fraction != 0) {
      return fail(ErrorKind::Config, describe("duration", text, "is shorter than 1ms"));
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
  }
  return bad_form("duration", text, kDurationForms);
}

Result<Bytes> parse_size(std::string_view text) {
  const auto too_large = [&] {
    return fail(ErrorKind::Config, describe("size", text, "is larger than 2^63 - 1 bytes"));
  };
  const auto quantity = parse_quantity(text);
  if (!quantity) {
    if (quantity.error() == QuantityFault::TooLarge) return too_large();
    return bad_form("size", text, kSizeForms);
  }
  for (const Unit& unit : kSizeUnits) {
    if (!equals_ignoring_case(quantity->unit, unit.name)) continue;
    if (quantity->has_fraction && unit.factor == 1) return bad_form("size", text, kSizeForms);
    const auto value = scale(*quantity, unit.factor, kMaxSize);
    if (!value) return too_large();
    if (*value == 0 && quantity->fraction != 0) {
      return fail(ErrorKind::Config, describe("size", text, "is less than one byte"));
    }
    return Bytes{*value};
  }
  return bad_form("size", text, kSizeForms);
}

bool is_too_long(std::string_view text) {
  const auto quantity = parse_quantity(text);
  if (!quantity) return quantity.error() == QuantityFault::TooLarge;
  return std::ranges::any_of(kDurationUnits, [&](const Unit& unit) {
    return quantity->unit == unit.name && !scale(*quantity, unit.factor, kMaxDuration);
  });
}

bool is_too_large(std::string_view text) {
  const auto quantity = parse_quantity(text);
  if (!quantity) return quantity.error() == QuantityFault::TooLarge;
  return std::ranges::any_of(kSizeUnits, [&](const Unit& unit) {
    return equals_ignoring_case(quantity->unit, unit.name) &&
           !scale(*quantity, unit.factor, kMaxSize);
  });
}

std::string format_duration(std::chrono::milliseconds value) {
  const bool is_negative = value.count() < 0;
  const auto bits = static_cast<std::uint64_t>(value.count());
  const std::uint64_t count = is_negative ? 0 - bits : bits;
  if (count == 0) return "0s";
  for (const Unit& unit : kDurationUnits) {
    if (count % unit.factor != 0) continue;
    return (is_negative ? "-" : "") + format_with(count / unit.factor, unit.name);
  }
  return format_with(count, "ms");
}

std::string format_size(Bytes value) {
  constexpr std::array<Unit, 3> kShownUnits{
      {{"GiB", 1U << 30}, {"MiB", 1U << 20}, {"KiB", 1U << 10}}};
  for (const Unit& unit : kShownUnits) {
    if (value.count != 0 && value.count % unit.factor == 0) {
      return format_with(value.count / unit.factor, unit.name);
    }
  }
  return format_with(value.count, "");
}

}  // namespace fastgate
