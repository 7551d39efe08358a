#include "http/hop_by_hop.h"

#include <algorithm>

#include "base/text.h"

namespace fastgate::http {
namespace {

constexpr FieldIdSet kAlways(FieldId::Connection, FieldId::KeepAlive, FieldId::ProxyConnection,
                             FieldId::ProxyAuthenticate, FieldId::ProxyAuthorization, FieldId::Te,
                             FieldId::Trailer, FieldId::TransferEncoding, FieldId::Upgrade);

/// Without these a message would mean something else; no client may have them taken off.
constexpr FieldIdSet kKept(FieldId::Host, FieldId::ContentLength, FieldId::TransferEncoding);

bool is_lower(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(
      a, b, {}, [](char c) { return to_lower(c); }, [](char c) { return to_lower(c); });
}

bool is_plain_option(std::string_view option) {
  return equals_ignoring_case(option, "close") || equals_ignoring_case(option, "keep-alive") ||
         equals_ignoring_case(option, "upgrade");
}

}  // namespace

void HopByHop::inspect(const Head& head) {
  by_name_.clear();
  taken_off_.assign(head.fields.size() / 64 + 1, 0);
  FieldIdSet known = kAlways;
  const bool has_options = head.fields.contains(FieldId::Connection);
  for (std::size_t i = 0; has_options && i < head.fields.size(); ++i) {
    if (head.fields.id_at(i) != FieldId::Connection) continue;
    std::string_view options = head.field(i).value;
    if (is_plain_option(options)) continue;
    while (const auto option = next_list_element(options)) {
      if (is_plain_option(*option)) continue;
      const FieldId id = field_id(*option);
      if (id == FieldId::Other) {
        nominate(head, *option);
      } else if (!kKept.contains(id)) {
        known.insert(id);
      }
    }
  }
  if (!head.fields.contains_any(known)) return;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const FieldId id = head.fields.id_at(i);
    if (id != FieldId::Other && known.contains(id)) take_off(i);
  }
}

void HopByHop::nominate(const Head& head, std::string_view name) {
  if (by_name_.empty()) sort_names(head);
  const auto name_at = [&head](std::uint16_t index) { return head.field(index).name; };
  const auto same = std::ranges::equal_range(by_name_, name, is_lower, name_at);
  // A group that was nominated before is done: repeats must not cost its length again.
  if (same.empty() || is_taken_off(same.front())) return;
  for (const std::uint16_t index : same) take_off(index);
}

void HopByHop::sort_names(const Head& head) {
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    if (head.fields.id_at(i) == FieldId::Other) by_name_.push_back(static_cast<std::uint16_t>(i));
  }
  const auto name_at = [&head](std::uint16_t index) { return head.field(index).name; };
  std::ranges::sort(by_name_, is_lower, name_at);
}

void HopByHop::take_off(std::size_t field_index) {
  taken_off_[field_index / 64] |= std::uint64_t{1} << (field_index % 64);
}

bool HopByHop::is_taken_off(std::size_t field_index) const {
  return (taken_off_[field_index / 64] >> (field_index % 64) & 1) != 0;
}

}  // namespace fastgate::http
