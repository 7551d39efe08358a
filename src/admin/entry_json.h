/// Routes and keys as JSON under the names that YAML uses, with `***` for what came through `${…}`
/// and for values of secret names. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/model.h"
#include "json/writer.h"

namespace fastgate::admin {

/// All fields of a route but where it stands: durations in seconds, sizes in bytes; optional ones
/// that are absent are left out. What comes with the same configuration comes as the same text.
void append_route_fields(json::JsonWriter& json, const config::Config& config, std::size_t index);
/// Its place: `file`, `line`, and `is_substituted`, the names of fields that came through `${…}`.
void append_route_place(json::JsonWriter& json, const config::Config& config, std::size_t index);

void append_key_fields(json::JsonWriter& json, const config::Config& config, std::size_t index);

/// One object with those fields alone: what updates are held against.
[[nodiscard]] std::string route_text(const config::Config& config, std::size_t index);
[[nodiscard]] std::string key_text(const config::Config& config, std::size_t index);

/// The ETag of an entry: of what is masked as well, so that a changed secret or a rotated key is
/// noticed. `salt` is what keeps a short secret from being guessed by the tag.
[[nodiscard]] std::string route_tag(const config::Config& config, std::size_t index,
                                    std::string_view salt);
[[nodiscard]] std::string key_tag(const config::Config& config, std::size_t index,
                                  std::string_view salt);
/// A random one.
[[nodiscard]] std::string make_tag_salt();

/// The entry as YAML, secrets masked, `${…}` as it was written.
[[nodiscard]] std::string route_yaml(const config::Config& config, std::size_t index);

}  // namespace fastgate::admin
