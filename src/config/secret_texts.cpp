#include "config/secret_texts.h"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"
#include "config/secret_names.h"

namespace fastgate::config {

namespace {

using Part = std::uint64_t;  ///< kShortestPart bytes, packed
constexpr Part kPartMask = (Part{1} << (8 * SecretTexts::kShortestPart)) - 1;

/// Calls `each(part, begin)` for every run of kShortestPart bytes of the text.
template <class Each>
void for_each_part(std::string_view text, Each each) {
  Part part = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    part = (part << 8 | static_cast<unsigned char>(text[i])) & kPartMask;
    if (i + 1 >= SecretTexts::kShortestPart) each(part, i + 1 - SecretTexts::kShortestPart);
  }
}

/// The parts of one message with their places: answers fast for the many parts of large values that
/// are not in it.
class PartIndex {
 public:
  explicit PartIndex(std::string_view text) {
    for_each_part(text, [&](Part part, std::size_t begin) {
      parts_.emplace_back(part, begin);
      known_.set(slot(part));
    });
    std::sort(parts_.begin(), parts_.end());
  }

  template <class Each>
  void for_each_place(Part part, Each each) const {
    if (!known_.test(slot(part))) return;
    for (auto at = std::lower_bound(parts_.begin(), parts_.end(), std::pair(part, std::size_t{0}));
         at != parts_.end() && at->first == part; ++at) {
      each(at->second);
    }
  }

 private:
  static constexpr std::size_t kSlots = 4096;
  static std::size_t slot(Part part) { return (part * 0x9e3779b97f4a7c15ULL) >> 52; }

  std::vector<std::pair<Part, std::size_t>> parts_;
  std::bitset<kSlots> known_;
};

constexpr std::string_view kQuotes = "`'\"";
/// Where a quoted text was cut.
constexpr std::string_view kCut = "…";

void hide(std::vector<bool>& hidden, std::size_t begin, std::size_t size) {
  const auto first = hidden.begin() + static_cast<std::ptrdiff_t>(begin);
  std::fill(first, first + static_cast<std::ptrdiff_t>(size), true);
}

/// Characters that are hidden in part are hidden whole.
void widen_to_characters(std::string_view text, std::vector<bool>& hidden) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (is_utf8_continuation(text[i]) && hidden[i - 1]) hidden[i] = true;
  }
  for (std::size_t i = text.size(); i-- > 1;) {
    if (is_utf8_continuation(text[i]) && hidden[i]) hidden[i - 1] = true;
  }
}

std::string without(std::string_view text, const std::vector<bool>& hidden) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!hidden[i]) {
      out += text[i];
    } else if (i == 0 || !hidden[i - 1]) {
      out += kMask;
    }
  }
  return out;
}

}  // namespace

void SecretTexts::add(std::string_view value) {
  if (value.size() >= kShortest) values_.insert(to_lower(value));
}

void SecretTexts::mark_whole(std::string_view lower, std::vector<bool>& hidden) const {
  for (const std::string& value : values_) {
    for (std::size_t at = lower.find(value); at != lower.npos; at = lower.find(value, at + 1)) {
      hide(hidden, at, value.size());
    }
  }
}

void SecretTexts::mark_parts(std::string_view lower, std::vector<bool>& hidden) const {
  const PartIndex index(lower);
  for (const std::string& value : values_) {
    for_each_part(value, [&](Part part, std::size_t /*begin*/) {
      index.for_each_place(part, [&](std::size_t at) { hide(hidden, at, kShortestPart); });
    });
  }
}

std::string SecretTexts::masked(std::string text) const {
  if (values_.empty()) return text;
  const std::string lower = to_lower(text);
  std::vector<bool> hidden(text.size());
  mark_whole(lower, hidden);
  mark_parts(lower, hidden);
  widen_to_characters(text, hidden);
  return without(text, hidden);
}

std::string without_quotes_of(std::string_view secret, const std::string& message) {
  const std::string lower = to_lower(message);
  const std::string secret_lower = to_lower(secret);
  std::vector<bool> hidden(message.size());
  // Quotes are tried in all pairs: apostrophes and quotes inside of quotes pair up falsely.
  for (std::size_t begin = lower.find_first_of(kQuotes); begin != lower.npos;
       begin = lower.find_first_of(kQuotes, begin + 1)) {
    for (std::size_t end = lower.find(lower[begin], begin + 1); end != lower.npos;
         end = lower.find(lower[begin], end + 1)) {
      std::string_view part = std::string_view(lower).substr(begin + 1, end - begin - 1);
      if (part.ends_with(kCut)) part.remove_suffix(kCut.size());
      if (part.empty() || !secret_lower.contains(part)) continue;
      hide(hidden, begin + 1, part.size());
    }
  }
  return without(message, hidden);
}

std::string SecretTexts::masked_whole(std::string text) const {
  if (values_.empty()) return text;
  std::vector<bool> hidden(text.size());
  mark_whole(to_lower(text), hidden);
  return without(text, hidden);
}

}  // namespace fastgate::config
