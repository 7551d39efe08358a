/// The query of an admin call: names and values, decoded. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fastgate::admin {

class Query {
 public:
  /// Most parameters that are read; further ones are not seen.
  static constexpr std::size_t kMaxParameters = 64;

  Query() = default;
  /// Form: `a=b&c=d`; `%XX` and `+` are decoded, a broken `%` stays as it is.
  explicit Query(std::string_view text);

  /// The first value of that name; an empty one counts as absent, as forms send it.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
  /// Whether the name stands there at all, be it without a value.
  [[nodiscard]] bool names(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& parameters() const {
    return parameters_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// Percent-decoding of one component; `+` is a space in a query only.
enum class PlusSign : std::uint8_t { Space, Literal };
[[nodiscard]] std::string percent_decoded(std::string_view text, PlusSign plus);

}  // namespace fastgate::admin
