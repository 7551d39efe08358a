#include "record/top_list.h"

#include <algorithm>

#include "record/varint.h"

namespace fastgate::record {

void TopList::add(std::string_view name, bool is_error) {
  name = name.substr(0, kMaxName);
  auto place = entries_.find(name);
  if (place == entries_.end()) place = entries_.emplace(std::string(name), Count{}).first;
  ++place->second.requests;
  if (is_error) ++place->second.errors;
}

void TopList::merge(const TopList& other) {
  // A name that one side does not list may have had up to that side's floor.
  for (auto& [name, count] : entries_) {
    if (other.entries_.contains(name)) continue;
    count.requests += other.floor_;
    count.requests_error += other.floor_;
  }
  for (const auto& [name, theirs] : other.entries_) {
    const auto [place, is_new] = entries_.try_emplace(name);
    Count& count = place->second;
    if (is_new) count.requests = count.requests_error = floor_;
    count.requests += theirs.requests;
    count.errors += theirs.errors;
    count.requests_error += theirs.requests_error;
  }
  floor_ += other.floor_;
  shrink();
}

void TopList::shrink() {
  if (entries_.size() <= kCapacity) return;
  std::vector<TopEntry> all = sorted();
  floor_ = std::max(floor_, all[kCapacity].requests);
  for (std::size_t i = kCapacity; i < all.size(); ++i) entries_.erase(all[i].name);
}

std::vector<TopEntry> TopList::sorted() const {
  std::vector<TopEntry> all;
  all.reserve(entries_.size());
  for (const auto& [name, count] : entries_) {
    all.push_back({.name = name,
                   .requests = count.requests,
                   .errors = count.errors,
                   .requests_error = count.requests_error});
  }
  std::sort(all.begin(), all.end(), [](const TopEntry& a, const TopEntry& b) {
    return a.requests != b.requests ? a.requests > b.requests : a.name < b.name;
  });
  return all;
}

void TopList::append_to(std::string& out) const {
  append_varint(out, floor_);
  for (const auto& [name, count] : entries_) {
    append_varint(out, count.requests);
    append_varint(out, count.errors);
    append_varint(out, count.requests_error);
    append_varint(out, name.size());
    out += name;
  }
}

TopList TopList::parse(std::string_view bytes) {
  TopList list;
  const auto floor = take_varint(bytes);
  if (!floor) return {};
  list.floor_ = *floor;
  while (!bytes.empty()) {
    const auto requests = take_varint(bytes);
    const auto errors = take_varint(bytes);
    const auto error = take_varint(bytes);
    const auto length = take_varint(bytes);
    if (!requests || !errors || !error || !length || *length > bytes.size()) return {};
    list.entries_[std::string(bytes.substr(0, *length))] = {
        .requests = *requests, .errors = *errors, .requests_error = *error};
    bytes.remove_prefix(*length);
  }
  return list;
}

}  // namespace fastgate::record
