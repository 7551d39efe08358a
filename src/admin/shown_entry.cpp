#include "admin/shown_entry.h"

#include <algorithm>

#include "config/secret_names.h"
#include "config/secret_query.h"

namespace fastgate::admin {

using config::is_secret_name;
using config::kMask;

bool ShownEntry::is_hidden(std::string_view name) const {
  const std::string pointer = base_ + "/" + std::string(name);
  return config_.substituted.contains(pointer);
}

std::vector<std::string> ShownEntry::substituted() const {
  std::vector<std::string> names;
  const std::string prefix = base_ + "/";
  for (auto at = config_.substituted.lower_bound(prefix); at != config_.substituted.end(); ++at) {
    const std::string_view pointer = at->first;
    if (!pointer.starts_with(prefix)) break;
    const std::string_view rest = pointer.substr(prefix.size());
    std::string name(rest.substr(0, rest.find('/')));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

void ShownEntry::text(std::string_view name, std::string_view value) {
  json_.key(name).value(is_hidden(name) ? kMask : value);
}

void ShownEntry::url(std::string_view name, std::string_view value) {
  text(name, config::holds_secret(value) ? kMask : value);
}

void ShownEntry::number(std::string_view name, std::uint64_t value) {
  json_.key(name);
  if (is_hidden(name)) {
    json_.value(kMask);
  } else {
    json_.value(value);
  }
}

void ShownEntry::signed_number(std::string_view name, std::int64_t value) {
  json_.key(name);
  if (is_hidden(name)) {
    json_.value(kMask);
  } else {
    json_.value(value);
  }
}

void ShownEntry::flag(std::string_view name, bool value) {
  json_.key(name);
  if (is_hidden(name)) {
    json_.value(kMask);
  } else {
    json_.value(value);
  }
}

void ShownEntry::seconds(std::string_view name, std::chrono::milliseconds value) {
  json_.key(name);
  if (is_hidden(name)) {
    json_.value(kMask);
  } else if (value.count() % 1000 == 0) {
    json_.value(std::int64_t{value.count() / 1000});
  } else {
    json_.value(static_cast<double>(value.count()) / 1000);
  }
}

void ShownEntry::list(std::string_view name, const std::vector<std::string>& values) {
  json_.key(name).begin_array();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool hides = is_hidden(std::string(name) + "/" + std::to_string(i)) || is_hidden(name);
    json_.value(hides ? kMask : std::string_view(values[i]));
  }
  json_.end_array();
}

void ShownEntry::names(std::string_view name,
                       const std::vector<config::Located<std::string>>& values) {
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const config::Located<std::string>& value : values) texts.push_back(value.value);
  list(name, texts);
}

void ShownEntry::headers(std::string_view name, const std::vector<config::NamedText>& values) {
  json_.key(name).begin_object();
  for (const config::NamedText& header : values) {
    const bool hides = header.value.is_substituted || is_secret_name(header.name) ||
                       config::holds_secret(header.value.value);
    json_.key(header.name).value(hides ? kMask : std::string_view(header.value.value));
  }
  json_.end_object();
}

void ShownEntry::masked(std::string_view name, const config::Text& value) {
  json_.key(name).value(value.is_substituted ? kMask : std::string_view(value.value));
}

void ShownEntry::json(std::string_view name, const config::Json& value) {
  json_.key(name);
  if (is_secret_name(name)) {
    json_.value(kMask);
  } else {
    json_.raw(value.is_substituted ? value.masked : value.text);
  }
}

}  // namespace fastgate::admin
