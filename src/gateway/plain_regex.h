/// Regular expressions of the kind that most routes have, `^/svc17/v[12]/users/\d+$`, as a few
/// bytes that are run in one pass over the path.
///
/// A general search goes through some ten pieces of memory of its own, which with thousands of
/// expressions are all far away, and costs a call that is prepared for everything. Those that need
/// nothing of it are told apart when they are compiled: anchored, without alternatives, counts or
/// options, and with repetitions whose end is plain from the next character. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fastgate::gateway {

/// The program of a pattern as configured, `~REGEX` or `~*REGEX`, that a Regex compiled; nothing if
/// it is not plain. Groups are allowed for: what they took is not told.
[[nodiscard]] std::optional<std::string> plain_regex(std::string_view pattern);

/// Whether a Regex would find the program's pattern in `text`. `program` is the first byte of what
/// plain_regex() gave. Complexity: by the text's length; never goes back in it.
[[nodiscard]] bool plain_regex_matches(const char* program, std::string_view text);

}  // namespace fastgate::gateway
