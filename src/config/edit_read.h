/// What stands in a YAML text where an edit will be made: an entry as it was written, and the field
/// at a place. Pure.
///
/// Called by the admin API on its lane, never on a loop.
#pragma once

#include <string>
#include <string_view>

#include "config/edit.h"

namespace fastgate::config {

/// The fields of an entry as they were written, `${…}` not substituted, aliases followed; merge
/// keys (`<<`) are left as they are. Errors: Config.
[[nodiscard]] Result<EditFields> entry_fields(const YamlText& text, EntryPlace place);

/// The field that stands at a line and column of the text, below its entry of a list:
/// `match_headers.X-Team`, `tests.0.expect`; of other sections from the top: `server.port`. Empty
/// where there is none.
[[nodiscard]] std::string field_at(std::string_view text, std::uint32_t line, std::uint32_t column);

}  // namespace fastgate::config
