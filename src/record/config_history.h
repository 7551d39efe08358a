/// Who changed the configuration when, and how: kept beside the audit records, in `sqlite_path`.
///
/// For one thread at a time; reads and writes the disk: never on a loop. Several processes may have
/// the same history open.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fastgate::record {

/// A file of the configuration as it was before the change.
struct ConfigFileBefore {
  std::string path;
  std::optional<std::string> text;  ///< absent: it did not exist
};

struct ConfigChange {
  std::uint64_t id = 0;  ///< given by append(); rises
  WallTime time{};
  std::string actor;       ///< name of the admin token, or of the user
  std::string source;      ///< `api`, `reload` or `rollback`
  std::string ip_address;  ///< "" unless it came through the API
  std::string summary;     ///< one line
  std::string diff;        ///< unified
  std::vector<ConfigFileBefore> files;
};

class ConfigHistory {
  /// Only open() can name it, so only open() constructs.
  struct State;

 public:
  static constexpr std::uint64_t kMaxChanges = 10'000;
  static constexpr std::uint64_t kMaxText = 64U << 20;

  /// Makes the file and its folder where they are missing. The history keeps the last
  /// `kMaxChanges`, fewer where their texts are more than `max_text` bytes, but always the last.
  /// Errors: Io.
  [[nodiscard]] static Result<std::unique_ptr<ConfigHistory>> open(
      const std::string& sqlite_path, std::uint64_t max_text = kMaxText);
  explicit ConfigHistory(std::unique_ptr<State> state);
  ~ConfigHistory();
  ConfigHistory(const ConfigHistory&) = delete;
  ConfigHistory& operator=(const ConfigHistory&) = delete;

  /// Whether the file that is open still stands at its path: the audit store sets one aside that is
  /// damaged, and makes another.
  [[nodiscard]] bool is_in_place() const;

  /// Stores the change durably and returns its id; `change.id` is not looked at. Errors: Io.
  [[nodiscard]] Result<std::uint64_t> append(const ConfigChange& change);
  struct Page {
    std::vector<ConfigChange> items;  ///< newest first; `files` hold paths but no texts
    std::uint64_t total = 0;
  };
  [[nodiscard]] Result<Page> list(std::uint64_t skip, std::uint64_t limit);
  /// With the texts of its files; nothing if there is no such change.
  [[nodiscard]] Result<std::optional<ConfigChange>> get(std::uint64_t id);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace fastgate::record
