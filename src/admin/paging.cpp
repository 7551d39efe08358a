#include "admin/paging.h"

#include <algorithm>

#include "base/text.h"

namespace fastgate::admin {
namespace {

constexpr std::uint64_t kDefaultLimit = 1000;
constexpr std::uint64_t kMostLimit = 10'000;

}  // namespace

std::expected<std::optional<std::uint64_t>, ApiError> number_of(const Query& query,
                                                                std::string_view name,
                                                                std::uint64_t most) {
  const auto text = query.find(name);
  if (!text) return std::nullopt;
  const std::optional<std::uint64_t> number = parse_decimal(*text);
  if (!number || *number > most) {
    return refuse_field(std::string(name), "must be a whole number up to " + std::to_string(most));
  }
  return number;
}

std::expected<std::optional<bool>, ApiError> flag_of(const Query& query, std::string_view name) {
  const auto text = query.find(name);
  if (!text) return std::nullopt;
  if (equals_ignoring_case(*text, "true") || *text == "1") return true;
  if (equals_ignoring_case(*text, "false") || *text == "0") return false;
  return refuse_field(std::string(name), "must be true or false");
}

std::expected<Page, ApiError> page_of(const Query& query, std::size_t total) {
  const auto skip = number_of(query, "skip", UINT32_MAX);
  if (!skip) return std::unexpected(skip.error());
  const auto limit = number_of(query, "limit", UINT32_MAX);
  if (!limit) return std::unexpected(limit.error());
  const std::size_t begin = std::min<std::size_t>(skip->value_or(0), total);
  const std::uint64_t wanted = std::min(limit->value_or(kDefaultLimit), kMostLimit);
  return Page{.begin = begin, .end = begin + std::min<std::size_t>(wanted, total - begin)};
}

Answer list_reply(const Call& call, std::size_t total,
                  const std::function<void(json::JsonWriter&, std::size_t)>& append) {
  const std::expected<Page, ApiError> page = page_of(call.query, total);
  if (!page) return std::unexpected(page.error());
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("items").begin_array();
  for (std::size_t i = page->begin; i < page->end; ++i) append(json, i);
  json.end_array().key("total").value(std::uint64_t{total}).end_object();
  const std::string tag = tag_of(text);
  return tagged_reply(call, std::move(text), tag);
}

}  // namespace fastgate::admin
