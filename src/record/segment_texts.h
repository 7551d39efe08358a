/// Texts that repeat within a day (routes, keys, user agents, …), stored once and named by number.
///
/// The writing side; belongs to one AuditSegment and its thread. A text that may be anything gets a
/// number only when it comes a second time, and there is room for few: what a client invents cannot
/// crowd out what repeats.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "record/audit_schema.h"
#include "record/sqlite.h"

namespace fastgate::record {

/// Where a text comes from.
enum class TextOrigin : std::uint8_t {
  Configuration,  ///< routes, keys: few
  Traffic,        ///< user agents, target URLs, messages: any number
};

class SegmentTexts final : public TextSource {
 public:
  static constexpr std::size_t kMaxTexts = 40'000;
  static constexpr std::size_t kMaxOfTraffic = 20'000;
  static constexpr std::size_t kMaxLength = 512;

  /// Reads what is there. `connection` must outlive the object. Errors: Io.
  [[nodiscard]] Result<void> open(Sqlite& connection);
  /// The text's number; nothing if it is stored where it stands. Errors: Io.
  [[nodiscard]] Result<std::optional<std::int64_t>> number_of(std::string_view text,
                                                              TextOrigin origin);
  [[nodiscard]] std::string_view text_of(std::int64_t number) override;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  [[nodiscard]] bool is_worth_a_number(std::string_view text, TextOrigin origin);

  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> numbers_;
  std::unordered_map<std::int64_t, std::string> texts_;
  std::array<std::size_t, 4096> seen_once_{};  ///< hashes, by their low bits
  std::int64_t last_ = 0;
  SqliteStatement insert_;
};

}  // namespace fastgate::record
