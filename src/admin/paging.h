/// Lists as `{"items": […], "total": N}`, a page of them at a time. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "admin/api.h"
#include "json/writer.h"

namespace fastgate::admin {

/// A page: entries `[begin, end)` out of a list.
struct Page {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// From `skip` and `limit` (default 1000, at most 10000). Errors: 422.
[[nodiscard]] std::expected<Page, ApiError> page_of(const Query& query, std::size_t total);
/// A whole number of the query. Errors: 422.
[[nodiscard]] std::expected<std::optional<std::uint64_t>, ApiError> number_of(const Query& query,
                                                                              std::string_view name,
                                                                              std::uint64_t most);
/// `true`, `false`, `1` or `0`. Errors: 422.
[[nodiscard]] std::expected<std::optional<bool>, ApiError> flag_of(const Query& query,
                                                                   std::string_view name);

/// The page that the call asks for, each item written by `append`; with an ETag.
[[nodiscard]] Answer list_reply(const Call& call, std::size_t total,
                                const std::function<void(json::JsonWriter&, std::size_t)>& append);

}  // namespace fastgate::admin
