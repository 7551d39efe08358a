#include "gateway/text_table.h"

#include "gateway/text_hash.h"

namespace fastgate::gateway {
namespace {

constexpr std::size_t kFirstSize = 8;

std::uint64_t hash_of(TextTable::Scope scope, std::string_view text) {
  return text_hash(text, std::uint64_t{scope.place} << 8 | scope.kind);
}

}  // namespace

TextTable::TextTable() : slots_(kFirstSize), hashes_(kFirstSize) {}

bool TextTable::holds(const Slot& slot, std::uint64_t hash, Scope scope,
                      std::string_view text) const {
  return slot.hash == static_cast<std::uint32_t>(hash >> 32) && slot.scope == scope &&
         std::string_view(text_).substr(slot.text_offset, slot.text_length) == text;
}

std::uint32_t TextTable::find(Scope scope, std::string_view text) const {
  const std::uint64_t hash = hash_of(scope, text);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.value == kNone || holds(slot, hash, scope, text)) return slot.value;
  }
}

std::uint32_t& TextTable::at(Scope scope, std::string_view text) {
  if ((used_ + 1) * 2 > slots_.size()) grow();
  const std::uint64_t hash = hash_of(scope, text);
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; slots_[i].value != kNone; i = (i + 1) & mask) {
    if (holds(slots_[i], hash, scope, text)) return slots_[i].value;
  }
  hashes_[i] = hash;
  Slot& slot = slots_[i];
  slot.hash = static_cast<std::uint32_t>(hash >> 32);
  slot.scope = scope;
  slot.text_offset = static_cast<std::uint32_t>(text_.size());
  slot.text_length = static_cast<std::uint32_t>(text.size());
  text_.append(text);
  ++used_;
  return slot.value;
}

void TextTable::grow() {
  std::vector<Slot> slots(slots_.size() * 2);
  std::vector<std::uint64_t> hashes(slots.size());
  const std::size_t mask = slots.size() - 1;
  for (std::size_t old = 0; old < slots_.size(); ++old) {
    if (slots_[old].value == kNone) continue;
    std::size_t i = hashes_[old] & mask;
    while (slots[i].value != kNone) i = (i + 1) & mask;
    slots[i] = slots_[old];
    hashes[i] = hashes_[old];
  }
  slots_ = std::move(slots);
  hashes_ = std::move(hashes);
}

}  // namespace fastgate::gateway
