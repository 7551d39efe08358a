#include "base/ip_address.h"

#include <algorithm>
#include <cstring>
#include <span>

#include <arpa/inet.h>

#include "base/text.h"

namespace fastgate {
namespace {

constexpr std::size_t kMappedBytes = 12;  // ::ffff:0:0/96
constexpr std::array<std::uint8_t, kMappedBytes> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::uint8_t kMappedBits = 96;
constexpr std::size_t kMaxTextLength = 45;  // ffff:…:ffff:255.255.255.255

std::unexpected<Error> bad(std::string_view text, std::string_view rest) {
  std::string out = "\"";
  out += text.substr(0, kMaxTextLength + 5);
  if (text.size() > kMaxTextLength + 5) out += "…";
  out += "\" ";
  out += rest;
  return fail(ErrorKind::Config, std::move(out));
}

struct Run {
  std::size_t start = 0;
  std::size_t length = 0;
};

/// The first of the longest runs of two or more zero groups (RFC 5952 section 4.2).
Run longest_zero_run(const std::array<unsigned, 8>& groups) {
  Run longest{groups.size(), 1};
  for (std::size_t i = 0; i < groups.size();) {
    std::size_t end = i;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - i > longest.length) longest = {i, end - i};
    i = end + 1;
  }
  return longest;
}

void append_group(std::string& out, unsigned group) {
  constexpr std::string_view kHex = "0123456789abcdef";
  unsigned shift = 12;
  while (shift > 0 && group >> shift == 0) shift -= 4;
  for (;; shift -= 4) {
    out += kHex[(group >> shift) & 0xf];
    if (shift == 0) return;
  }
}

void append_v6(std::string& out, const std::array<std::uint8_t, 16>& bytes) {
  std::array<unsigned, 8> groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  }
  const Run zeros = longest_zero_run(groups);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == zeros.start) {
      out += "::";
      i += zeros.length - 1;
      continue;
    }
    if (i != 0 && out.back() != ':') out += ':';
    append_group(out, groups[i]);
  }
}

/// The decimal digits of an octet and how many they are.
struct OctetText {
  std::array<char, 3> digits{};
  std::uint8_t length = 0;
};

constexpr auto kOctetTexts = [] {
  std::array<OctetText, 256> texts{};
  for (unsigned octet = 0; octet < texts.size(); ++octet) {
    OctetText& text = texts[octet];
    for (const unsigned unit : {100U, 10U, 1U}) {
      if (octet < unit && unit != 1) continue;
      text.digits[text.length++] = static_cast<char>('0' + octet / unit % 10);
    }
  }
  return texts;
}();

/// Each request writes its client's address three times or so.
void append_v4(std::string& out, std::span<const std::uint8_t, 4> octets) {
  // Three digits are written for each octet, whatever its length: the next one begins over the
  // rest.
  std::array<char, sizeof("255.255.255.255") + 3> text;
  char* end = text.data();
  for (const std::uint8_t octet : octets) {
    const OctetText& digits = kOctetTexts[octet];
    std::memcpy(end, digits.digits.data(), digits.digits.size());
    end += digits.length;
    *end++ = '.';
  }
  out.append(text.data(), end - 1);
}

/// Whether the first `bits` bits of both are the same.
bool same_prefix(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b,
                 std::size_t bits) {
  const std::size_t whole = bits / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xffU << (8 - bits % 8);
  return ((a[whole] ^ b[whole]) & mask & 0xffU) == 0;
}

/// Whether every bit behind the first `bits` is zero.
bool is_clear_behind(const std::array<std::uint8_t, 16>& bytes, std::size_t bits) {
  for (std::size_t bit = bits; bit < 128; ++bit) {
    if ((bytes[bit / 8] >> (7 - bit % 8) & 1U) != 0) return false;
  }
  return true;
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[10] = bytes[11] = 0xff;
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[kMappedBytes + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  }
  return IpAddress(bytes);
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const auto refuse = [&] { return bad(text, "is not an IP address"); };
  std::string_view bare = text;
  const bool is_v6 = bare.find(':') != std::string_view::npos;
  if (is_v6 && bare.size() > 2 && bare.front() == '[' && bare.back() == ']') {
    bare = bare.substr(1, bare.size() - 2);
  }
  // A zero byte would end the text early for inet_pton.
  if (bare.size() > kMaxTextLength || bare.find('\0') != std::string_view::npos) return refuse();
  std::array<char, kMaxTextLength + 1> terminated{};
  std::copy(bare.begin(), bare.end(), terminated.begin());
  if (is_v6) {
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) return refuse();
    return IpAddress(bytes);
  }
  std::uint32_t network_order = 0;
  if (inet_pton(AF_INET, terminated.data(), &network_order) != 1) return refuse();
  return v4(ntohl(network_order));
}

bool IpAddress::is_v4() const {
  return std::memcmp(bytes_.data(), kMapped.data(), kMappedBytes) == 0;
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[kMappedBytes] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

std::string IpAddress::text() const {
  std::string out;
  append_to(out);
  return out;
}

void IpAddress::append_to(std::string& out) const {
  if (!is_v4()) return append_v6(out, bytes_);
  append_v4(out, std::span(bytes_).subspan<kMappedBytes, 4>());
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return bad(text, "is not an IP address or network");
  if (slash == std::string_view::npos) return IpNetwork{*address, 128};

  // A prefix counts in the form that was written: ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const bool is_v6 = text.find(':') != std::string_view::npos;
  const std::string_view digits = text.substr(slash + 1);
  const auto bits = digits.size() <= 3 ? parse_decimal(digits) : std::nullopt;
  const std::uint64_t most = is_v6 ? 128 : 32;
  if (!bits || *bits > most) {
    return bad(text,
               is_v6 ? "needs a prefix length of 0 to 128" : "needs a prefix length of 0 to 32");
  }
  const auto prefix = static_cast<std::uint8_t>(*bits + (is_v6 ? 0 : kMappedBits));
  if (!is_clear_behind(address->bytes(), prefix)) {
    return bad(text, "has address bits set behind the prefix length");
  }
  return IpNetwork{*address, prefix};
}

bool IpNetwork::contains(const IpAddress& address) const {
  // An IPv6 network that happens to cover ::ffff:0:0/96, as ::/0 does, means IPv6 only.
  if (prefix_bits < kMappedBits && address.is_v4()) return false;
  return same_prefix(base.bytes(), address.bytes(), prefix_bits);
}

std::string IpNetwork::text() const {
  const bool as_v4 = base.is_v4() && prefix_bits >= kMappedBits;
  std::string out = base.text();
  out += '/';
  append_decimal(out, as_v4 ? prefix_bits - kMappedBits : prefix_bits);
  return out;
}

bool contains(const std::vector<IpNetwork>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const IpNetwork& network) { return network.contains(address); });
}

}  // namespace fastgate
