#include <optional>

#include "admin/call_table.h"
#include "base/text.h"

namespace fastgate::admin {
namespace {

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const std::vector<std::string_view> wanted = split(pattern, '/');
  const std::vector<std::string_view> given = split(path, '/');
  std::vector<std::string> captures;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i >= given.size()) return std::nullopt;
    if (wanted[i] == "*") {
      std::string rest;
      for (std::size_t k = i; k < given.size(); ++k) {
        rest.append(rest.empty() ? "" : "/").append(given[k]);
      }
      captures.push_back(std::move(rest));
      return captures;
    }
    if (wanted[i].starts_with('{')) {
      if (given[i].empty()) return std::nullopt;
      captures.emplace_back(given[i]);
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  if (given.size() != wanted.size()) return std::nullopt;
  return captures;
}

}  // namespace

std::string_view name_of(http::Method method) {
  switch (method) {
    case http::Method::Get:
      return "GET";
    case http::Method::Post:
      return "POST";
    case http::Method::Put:
      return "PUT";
    case http::Method::Delete:
      return "DELETE";
    default:
      return "";
  }
}

FoundCall find_call(std::span<const CallEntry> table, http::Method method, std::string_view path) {
  if (method == http::Method::Head) method = http::Method::Get;
  FoundCall found;
  for (const CallEntry& entry : table) {
    std::optional<std::vector<std::string>> captures = match(entry.pattern, path);
    if (!captures) continue;
    if (entry.method == method) {
      found.entry = &entry;
      found.captures = std::move(*captures);
      found.allow.clear();
      return found;
    }
    const std::string_view name = name_of(entry.method);
    if (found.allow.find(name) != std::string::npos) continue;
    found.allow.append(found.allow.empty() ? "" : ", ").append(name);
    if (entry.method == http::Method::Get) found.allow += ", HEAD";
  }
  return found;
}

}  // namespace fastgate::admin
