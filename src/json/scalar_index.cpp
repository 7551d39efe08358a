#include "json/scalar_index.h"

#include <utility>

#include "json/equality.h"

namespace fastgate::json {
namespace {

bool is_scalar(ValueView value) {
  return !value.is(Kind::Array) && !value.is(Kind::Object);
}

}  // namespace

bool ScalarIndex::Literal::equals(std::uint64_t other_hash, ValueView value) const {
  if (hash != other_hash || !value.is(kind)) return false;
  switch (kind) {
    case Kind::Boolean:
      return boolean == value.boolean();
    case Kind::Number:
      return number == value.number();
    case Kind::String:
      return text == value.string();
    default:
      return true;
  }
}

/// The cell that holds the equal literal, or the empty one where it would go.
std::size_t ScalarIndex::cell_of(std::uint64_t hash, ValueView value) const {
  const std::size_t mask = cells_.size() - 1;
  std::size_t cell = hash & mask;
  while (cells_[cell] != kEmpty && !literals_[cells_[cell]].equals(hash, value)) {
    cell = (cell + 1) & mask;
  }
  return cell;
}

std::optional<std::uint32_t> ScalarIndex::find(ValueView value) const {
  if (cells_.empty() || !is_scalar(value)) return std::nullopt;
  const std::uint32_t slot = cells_[cell_of(hash(value), value)];
  if (slot == kEmpty) return std::nullopt;
  return slot;
}

std::optional<std::uint32_t> ScalarIndex::add(ValueView value) {
  if (!is_scalar(value)) return std::nullopt;
  if ((literals_.size() + 1) * 2 > cells_.size()) grow();
  Literal literal{.hash = hash(value), .kind = value.kind()};
  const std::size_t cell = cell_of(literal.hash, value);
  if (cells_[cell] != kEmpty) return cells_[cell];
  if (literal.kind == Kind::Boolean) literal.boolean = value.boolean();
  if (literal.kind == Kind::Number) literal.number = value.number();
  if (literal.kind == Kind::String) literal.text = value.string();
  cells_[cell] = static_cast<std::uint32_t>(literals_.size());
  literals_.push_back(std::move(literal));
  return cells_[cell];
}

void ScalarIndex::grow() {
  cells_.assign(cells_.empty() ? 8 : cells_.size() * 2, kEmpty);
  const std::size_t mask = cells_.size() - 1;
  for (std::uint32_t slot = 0; slot < literals_.size(); ++slot) {
    std::size_t cell = literals_[slot].hash & mask;
    while (cells_[cell] != kEmpty) cell = (cell + 1) & mask;
    cells_[cell] = slot;
  }
}

}  // namespace fastgate::json
