/// What the JSON of a call asks to change in an entry of `routes` or `keys`.
///
/// What a caller leaves out stays as it is; `null` takes a field away; `***` leaves in place what
/// stands there. Pure functions of values, on the lane of writes.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api.h"
#include "config/edit.h"

namespace fastgate::admin {

/// What a JSON object asks to change in an entry. `raw` is the entry as it was written, `shown` the
/// JSON that its reader saw. Errors: 422, for `***` where nothing stands; 403 for `${…}` by a
/// caller who is no admin.
[[nodiscard]] std::expected<std::vector<config::FieldChange>, ApiError> asked_changes(
    const config::EditFields& raw, json::ValueView shown, json::ValueView given,
    const Caller& caller);

/// The fields of a new entry: those of the object that are not null. Errors: as asked_changes().
[[nodiscard]] std::expected<config::EditFields, ApiError> new_fields(json::ValueView given,
                                                                     const Caller& caller);

/// Takes a field away. One that `<<` brings as well goes only by a null of the entry's own.
void remove_field(std::vector<config::FieldChange>& changes, const config::EditFields& raw,
                  const std::string& name);
[[nodiscard]] bool is_removal(const config::FieldChange& change);
/// Where `name` is set and its rival stands in the entry, the rival goes.
void replace_rival(std::vector<config::FieldChange>& changes, const config::EditFields& raw,
                   std::string_view name, std::string_view rival);

}  // namespace fastgate::admin
