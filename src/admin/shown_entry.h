/// Writes one entry of a list as JSON and masks what came through `${…}`. Pure; used by entry_json
/// alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "json/writer.h"

namespace fastgate::admin {

class ShownEntry {
 public:
  /// `base` is the entry's JSON pointer, `/routes/3`. All must outlive this object.
  ShownEntry(json::JsonWriter& json, const config::Config& config, std::string base)
      : json_(json), config_(config), base_(std::move(base)) {}

  void text(std::string_view name, std::string_view value);
  void text_if(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  /// A whole mask where a parameter is secret: part of one could not be put back by an update.
  void url(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  void signed_number(std::string_view name, std::int64_t value);
  void flag(std::string_view name, bool value);
  void seconds(std::string_view name, std::chrono::milliseconds value);
  void seconds(std::string_view name, const std::optional<std::chrono::milliseconds>& value) {
    if (value) seconds(name, *value);
  }
  void list(std::string_view name, const std::vector<std::string>& values);
  void names(std::string_view name, const std::vector<config::Located<std::string>>& values);
  void headers(std::string_view name, const std::vector<config::NamedText>& values);
  void masked(std::string_view name, const config::Text& value);
  void masked(std::string_view name, const std::optional<config::Text>& value) {
    if (value) masked(name, *value);
  }
  void json(std::string_view name, const config::Json& value);
  void json(std::string_view name, const std::optional<config::Json>& value) {
    if (value) json(name, *value);
  }

  /// Fields that came through `${…}`, by their first names, each once.
  [[nodiscard]] std::vector<std::string> substituted() const;
  /// A part of the entry: names count from there.
  [[nodiscard]] ShownEntry part(std::string_view name) const {
    return {json_, config_, base_ + "/" + std::string(name)};
  }
  [[nodiscard]] json::JsonWriter& writer() { return json_; }

 private:
  [[nodiscard]] bool is_hidden(std::string_view name) const;
  json::JsonWriter& json_;
  const config::Config& config_;
  std::string base_;
};

}  // namespace fastgate::admin
