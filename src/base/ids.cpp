#include "base/ids.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace fastgate {
namespace {

constexpr std::size_t kMaxForeignLength = 128;

/// Eight hex digits in the eight bytes of a word. Their order does not matter for random bits.
std::uint64_t hex_digits(std::uint32_t bits) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::uint64_t nibbles = bits;
  nibbles = (nibbles | nibbles << 16) & 0x0000ffff0000ffff;
  nibbles = (nibbles | nibbles << 8) & 0x00ff00ff00ff00ff;
  nibbles = (nibbles | nibbles << 4) & 0x0f0f0f0f0f0f0f0f;
  const std::uint64_t is_letter = ((nibbles + kOnes * 6) >> 4) & kOnes;
  return nibbles + kOnes * '0' + is_letter * ('a' - '0' - 10);
}

bool is_id_character(char c) {
  const char lower = to_lower(c);
  if ((lower >= 'a' && lower <= 'z') || is_digit(c)) return true;
  return std::string_view("._-:/+=@").find(c) != std::string_view::npos;
}

}  // namespace

RequestId RequestId::make(FastRandom& random) {
  RequestId id;
  const std::uint64_t first = random.next();
  const std::array<std::uint64_t, 3> digits{
      hex_digits(static_cast<std::uint32_t>(first >> 32)),
      hex_digits(static_cast<std::uint32_t>(first)),
      hex_digits(static_cast<std::uint32_t>(random.next() >> 32)),
  };
  static_assert(sizeof digits + 4 == kLength);
  std::memcpy(id.text_.data() + 4, digits.data(), sizeof digits);
  return id;
}

bool is_acceptable_request_id(std::string_view text) {
  if (text.empty() || text.size() > kMaxForeignLength) return false;
  return std::all_of(text.begin(), text.end(), is_id_character);
}

}  // namespace fastgate
