#include "record/block_summary.h"

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace fastgate::record {
namespace {

/// What a hash is about. Stored in files: never renumber.
enum class About : std::uint8_t {
  Method = 1,
  Key = 2,
  Source = 3,
  Route = 4,
  Status = 5,
  StatusClass = 6,
  Stream = 7,
  HasError = 8,
  Path = 9,
  PathStart = 10,
  Client = 11,
  RequestId = 12,
  Admin = 13,
  Actor = 14,
};

constexpr int kProbes = 8;
constexpr std::size_t kMaxValueBytes = 16 * 1024;
constexpr std::size_t kMaxPathBytes = 32 * 1024;
constexpr std::size_t kMaxClientBytes = 8 * 1024;
constexpr std::size_t kMaxIdBytes = 8 * 1024;
/// The lengths at which beginnings of paths are summarised.
constexpr std::array<std::size_t, 10> kStarts{2, 4, 6, 8, 12, 16, 24, 32, 48, 64};

/// FNV-1a, with a last stirring: its low bits alone are weak.
constexpr std::uint64_t start_of(About about) {
  return 0xcbf29ce484222325ULL ^ (static_cast<std::uint64_t>(about) * 0x9e3779b97f4a7c15ULL);
}
constexpr std::uint64_t step(std::uint64_t state, char c) {
  return (state ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
}
constexpr std::uint64_t stir(std::uint64_t state) {
  state ^= state >> 33;
  state *= 0xff51afd7ed558ccdULL;
  state ^= state >> 33;
  state *= 0xc4ceb9fe1a85ec53ULL;
  return state ^ (state >> 33);
}

std::uint64_t hash_of(About about, std::string_view text) {
  std::uint64_t state = start_of(about);
  for (const char c : text) state = step(state, c);
  return stir(state);
}

std::uint64_t hash_of(About about, std::uint64_t number) {
  return stir(start_of(about) + number * 0x9e3779b97f4a7c15ULL);
}

std::uint64_t pair_of(std::uint64_t a, std::uint64_t b) {
  return stir(a + std::rotl(b, 23));
}

/// The longest summarised beginning of a prefix; 0 if it is shorter than all of them.
std::size_t start_within(std::size_t length) {
  std::size_t longest = 0;
  for (const std::size_t start : kStarts) {
    if (start <= length) longest = start;
  }
  return longest;
}

/// Names with what was asked of how they went; and a route with a key.
void append_pairs(std::vector<std::uint64_t>& out, const std::vector<std::uint64_t>& names,
                  const std::vector<std::uint64_t>& outcomes) {
  for (const std::uint64_t name : names) {
    for (const std::uint64_t outcome : outcomes) out.push_back(pair_of(name, outcome));
  }
  out.insert(out.end(), names.begin(), names.end());
  out.insert(out.end(), outcomes.begin(), outcomes.end());
}

std::vector<std::uint64_t> outcomes_of(const AuditFilter& filter) {
  std::vector<std::uint64_t> outcomes;
  if (filter.status && filter.status->low == filter.status->high) {
    outcomes.push_back(hash_of(About::Status, filter.status->low));
  } else if (filter.status && filter.status->low / 100 == filter.status->high / 100) {
    outcomes.push_back(hash_of(About::StatusClass, filter.status->low / 100U));
  }
  if (filter.is_stream) outcomes.push_back(hash_of(About::Stream, *filter.is_stream ? 1U : 0U));
  if (filter.has_error) outcomes.push_back(hash_of(About::HasError, *filter.has_error ? 1U : 0U));
  return outcomes;
}

std::string bits_of(const auto& hashes, std::size_t max_bytes) {
  BloomFilter filter(hashes.size(), max_bytes);
  for (const std::uint64_t hash : hashes) filter.add(hash);
  return filter.bits();
}

}  // namespace

BloomFilter::BloomFilter(std::size_t elements, std::size_t max_bytes)
    : bits_(std::clamp<std::size_t>(elements * 2, 16, max_bytes), '\0') {}

void BloomFilter::add(std::uint64_t hash) {
  const std::uint64_t size = bits_.size() * 8;
  const std::uint64_t stride = hash >> 32 | 1;
  for (int i = 0; i < kProbes; ++i, hash += stride * 0x9e3779b97f4a7c15ULL) {
    const std::uint64_t bit = (hash >> 16) % size;
    bits_[bit / 8] = static_cast<char>(bits_[bit / 8] | (1 << (bit % 8)));
  }
}

bool BloomFilter::may_hold(std::string_view bits, std::uint64_t hash) {
  if (bits.empty()) return true;
  const std::uint64_t size = bits.size() * 8;
  const std::uint64_t stride = hash >> 32 | 1;
  for (int i = 0; i < kProbes; ++i, hash += stride * 0x9e3779b97f4a7c15ULL) {
    const std::uint64_t bit = (hash >> 16) % size;
    if ((static_cast<unsigned char>(bits[bit / 8]) >> (bit % 8) & 1) == 0) return false;
  }
  return true;
}

std::vector<std::uint64_t> value_hashes(const SummarisedRow& row) {
  const std::vector<std::uint64_t> names{
      hash_of(About::Method, row.method), hash_of(About::Key, row.key_id),
      hash_of(About::Source, row.source_path), hash_of(About::Route, row.route_id)};
  const std::vector<std::uint64_t> outcomes{hash_of(About::Status, row.status),
                                            hash_of(About::StatusClass, row.status / 100U),
                                            hash_of(About::Stream, row.is_stream ? 1U : 0U),
                                            hash_of(About::HasError, row.has_error ? 1U : 0U)};
  std::vector<std::uint64_t> hashes;
  append_pairs(hashes, names, outcomes);
  hashes.push_back(pair_of(names[1], names[3]));
  if (row.kind == AuditKind::Admin) {
    hashes.push_back(hash_of(About::Admin, 1U));
    hashes.push_back(hash_of(About::Actor, row.actor));
  }
  return hashes;
}

void BlockSummary::add(const SummarisedRow& row) {
  first_time_ = std::min(first_time_, row.time);
  last_time_ = std::max(last_time_, row.time);
  const std::uint64_t flags =
      row.status * 4U + (row.is_stream ? 2U : 0U) + (row.has_error ? 1U : 0U);
  std::uint64_t combination = hash_of(About::Status, flags);
  for (const std::string_view part : {row.method, row.key_id, row.source_path, row.route_id}) {
    combination = pair_of(combination, hash_of(About::Key, part));
  }
  if (row.kind == AuditKind::Admin) {
    combination = pair_of(combination, hash_of(About::Actor, row.actor));
  }
  if (combinations_.insert(combination).second) {
    for (const std::uint64_t hash : value_hashes(row)) values_.insert(hash);
  }
  add_path(row.path);
  clients_.insert(hash_of(About::Client, row.client));
  request_ids_.push_back(hash_of(About::RequestId, row.request_id));
}

void BlockSummary::add_path(std::string_view path) {
  const std::uint64_t whole = hash_of(About::Path, path);
  if (!whole_paths_.insert(whole).second) return;
  paths_.insert(whole);
  std::uint64_t state = start_of(About::PathStart);
  auto start = kStarts.begin();
  for (std::size_t i = 0; i < path.size() && start != kStarts.end(); ++i) {
    state = step(state, path[i]);
    if (i + 1 != *start) continue;
    paths_.insert(stir(state));
    ++start;
  }
}

void BlockSummary::clear() {
  first_time_ = INT64_MAX;
  last_time_ = INT64_MIN;
  for (Hashes* hashes : {&combinations_, &values_, &whole_paths_, &paths_, &clients_}) {
    hashes->clear();
  }
  request_ids_.clear();
}

std::string BlockSummary::value_bits() const {
  return bits_of(values_, kMaxValueBytes);
}
std::string BlockSummary::path_bits() const {
  return bits_of(paths_, kMaxPathBytes);
}
std::string BlockSummary::client_bits() const {
  return bits_of(clients_, kMaxClientBytes);
}
std::string BlockSummary::request_id_bits() const {
  return bits_of(request_ids_, kMaxIdBytes);
}

BlockQuestion::BlockQuestion(const AuditFilter& filter) {
  std::vector<std::uint64_t> names;
  if (filter.method) names.push_back(hash_of(About::Method, *filter.method));
  if (filter.key_id) names.push_back(hash_of(About::Key, *filter.key_id));
  if (filter.source_path) names.push_back(hash_of(About::Source, *filter.source_path));
  if (filter.route_id) names.push_back(hash_of(About::Route, *filter.route_id));
  append_pairs(values, names, outcomes_of(filter));
  if (filter.key_id && filter.route_id) {
    values.push_back(
        pair_of(hash_of(About::Key, *filter.key_id), hash_of(About::Route, *filter.route_id)));
  }
  // Blocks of days before there were admin calls in the store hold neither.
  if (filter.kinds == AuditKinds::Admin) values.push_back(hash_of(About::Admin, 1U));
  if (filter.actor) values.push_back(hash_of(About::Actor, *filter.actor));
  if (filter.path && !filter.is_path_prefix) path = hash_of(About::Path, *filter.path);
  if (filter.path && filter.is_path_prefix) {
    const std::size_t length = start_within(filter.path->size());
    if (length != 0) {
      path = hash_of(About::PathStart, std::string_view(*filter.path).substr(0, length));
    }
  }
  if (filter.ip_address) client = hash_of(About::Client, stored_client(*filter.ip_address));
  if (filter.request_id) {
    std::array<char, 12> room{};
    request_id = hash_of(About::RequestId, stored_request_id(*filter.request_id, room));
  }
}

std::string_view stored_client(const IpAddress& address) {
  const auto* start = reinterpret_cast<const char*>(address.bytes().data());
  return address.is_v4() ? std::string_view(start + 12, 4) : std::string_view(start, 16);
}

std::string_view stored_request_id(std::string_view id, std::array<char, 12>& room) {
  constexpr std::string_view kPrefix = "req_";
  if (!id.starts_with(kPrefix) || id.size() != kPrefix.size() + 2 * room.size()) return id;
  const std::string_view digits = id.substr(kPrefix.size());
  const auto value_of = [](char c) { return is_digit(c) ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (!is_digit(digits[i]) && (digits[i] < 'a' || digits[i] > 'f')) return id;
    const int value = value_of(digits[i]);
    room[i / 2] = static_cast<char>(i % 2 == 0 ? value << 4 : room[i / 2] | value);
  }
  return {room.data(), room.size()};
}

std::string request_id_text(std::string_view stored) {
  std::string text = "req_";
  for (const char c : stored) {
    text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

}  // namespace fastgate::record
