/// Trees of texts that were parsed before: a text that stays as it is costs one parse over all that
/// look at it, an edit's checks and the loads that follow.
///
/// A text is known again by its SHA-256, never by its path or its time, so that no change of a file
/// goes unseen. One thread at a time.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/sha256.h"
#include "config/yaml_tree.h"

namespace fastgate::config {

using ParsedYaml = std::expected<std::shared_ptr<const YamlTree>, YamlFailure>;

class YamlCache {
 public:
  /// As parse_yaml(); a failure is not kept.
  [[nodiscard]] ParsedYaml parse(std::string_view text);
  /// Forgets what was not asked for since the last call.
  void forget_unused();
  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  struct Known {
    std::shared_ptr<const YamlTree> tree;
    bool is_used = true;
  };
  std::map<Sha256, Known> known_;
};

/// A text to parse, and where its tree may be known from; null: nowhere. Both outlive it.
struct YamlText {
  // Any text may stand for one that is known from nowhere.
  // NOLINTBEGIN(google-explicit-constructor)
  YamlText(std::string_view written, YamlCache* known = nullptr) : text(written), cache(known) {}
  YamlText(const std::string& written) : text(written) {}
  YamlText(const char* written) : text(written) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] ParsedYaml parse() const;

  std::string_view text;
  YamlCache* cache = nullptr;
};

}  // namespace fastgate::config
