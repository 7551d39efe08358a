/// The text form in which limits and usage outlive a restart: lines of words with a space between.
/// Pure. Whoever reads it checks every word: the file may have been cut short or edited.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fastgate::gateway {

/// Appends a name as one word: space, `%`, control characters and non-ASCII as `%XX`.
void append_encoded(std::string& out, std::string_view name);
/// The name of such a word; nothing for a broken `%`.
[[nodiscard]] std::optional<std::string> decoded(std::string_view word);

/// A whole number without sign in base 10 or 16, nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_saved(std::string_view word, int base = 10);
void append_hex(std::string& out, std::uint64_t value);

/// Most bytes that are read of a saved text.
inline constexpr std::size_t kMaxSavedText = std::size_t{64} << 20;

/// Calls `on_line` with the words of each line behind the first, which must be `title`; otherwise
/// nothing is read. Empty lines and a last line without its end are left out.
void read_saved(std::string_view text, std::string_view title,
                const std::function<void(const std::vector<std::string_view>&)>& on_line);

}  // namespace fastgate::gateway
