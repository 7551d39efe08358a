#include "config/secret_query.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "config/secret_names.h"

namespace fastgate::config {
namespace {

/// Besides those that end as the secret ones of header fields do. Signed URLs open what they name.
constexpr std::array<std::string_view, 6> kSecretNames = {"key", "auth",      "jwt",
                                                          "sig", "signature", "x-amz-signature"};
constexpr std::size_t kLongestName = 15;

/// Takes one character off the front, percent-decoded, in the spelling of kSecretNames.
char take_character(std::string_view& name) {
  char c = name.front();
  if (c == '%' && name.size() >= 3) {
    const int high = hex_value(name[1]);
    const int low = hex_value(name[2]);
    if (high >= 0 && low >= 0) {
      c = static_cast<char>(high << 4 | low);
      name.remove_prefix(2);
    }
  }
  name.remove_prefix(1);
  return c == '_' ? '-' : to_lower(c);
}

struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The value of the next secret parameter at or after `from`. A parameter begins behind `&`, `;` or
/// `?` as different servers have it, but a secret value ends at `&` or a space only: rather too
/// much masked.
std::optional<Extent> next_secret(std::string_view query, std::size_t from) {
  while (from < query.size()) {
    const std::size_t stop = query.find_first_of("=&;?", from);
    if (stop == std::string_view::npos) return std::nullopt;
    if (query[stop] == '=' && is_secret_parameter(query.substr(from, stop - from))) {
      return Extent{stop + 1, std::min(query.find_first_of("& ", stop), query.size())};
    }
    from = stop + 1;
    if (query[stop] != '=') continue;
    from = query.find_first_of("&;?", from);
    if (from == std::string_view::npos) return std::nullopt;
    ++from;
  }
  return std::nullopt;
}

std::string_view mask_from(std::string_view text, std::size_t from, std::string& scratch) {
  std::optional<Extent> secret = next_secret(text, from);
  if (!secret) return text;
  scratch.clear();
  std::size_t copied = 0;
  for (; secret; secret = next_secret(text, secret->end)) {
    scratch += text.substr(copied, secret->begin - copied);
    scratch += kMask;
    copied = secret->end;
  }
  scratch += text.substr(copied);
  return scratch;
}

}  // namespace

bool is_secret_parameter(std::string_view name) {
  // The end of the name, one character longer than any that is looked for.
  std::array<char, std::max(kLongestName, kLongestSecretEnd) + 1> plain{};
  std::size_t size = 0;
  while (!name.empty()) {
    if (size == plain.size()) {
      std::copy(plain.begin() + 1, plain.end(), plain.begin());
      --size;
    }
    plain.at(size++) = take_character(name);
  }
  const std::string_view end(plain.data(), size);
  return has_secret_end(end) || std::ranges::find(kSecretNames, end) != kSecretNames.end();
}

std::string_view mask_url(std::string_view url, std::string& scratch) {
  const std::size_t mark = url.find('?');
  return mark == std::string_view::npos ? url : mask_from(url, mark + 1, scratch);
}

bool holds_secret(std::string_view url) {
  const std::size_t mark = url.find('?');
  return mark != std::string_view::npos && next_secret(url, mark + 1).has_value();
}

bool names_secret(std::string_view text) {
  const auto is_name_character = [](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '_' || c == '-' ||
           c == '%';
  };
  for (std::size_t sign = text.find_first_of("=:>"); sign != std::string_view::npos;
       sign = text.find_first_of("=:>", sign + 1)) {
    // In a text within a text, quotes have backslashes before them.
    const std::size_t last = sign == 0 ? sign : text.find_last_not_of(" \t\"'\\", sign - 1);
    if (last == std::string_view::npos || last == sign) continue;
    std::size_t begin = last + 1;
    while (begin > 0 && is_name_character(text[begin - 1])) --begin;
    if (is_secret_parameter(text.substr(begin, last + 1 - begin))) return true;
  }
  return false;
}

std::string_view mask_query(std::string_view query, std::string& scratch) {
  return mask_from(query, 0, scratch);
}

}  // namespace fastgate::config
