/// Which files a store consists of, and who may write them.
///
/// `data/fastgate.db` (the catalog: sealed days, history of the configuration) and beside it one
/// SQLite file a day and slot: `data/fastgate-2026-01-31.db` of slot 0, `…-2026-01-31.1.db` of
/// slot 1. A writer holds one slot for its life, so each of these files has one writer; a second
/// slot is used only while two processes overlap (a binary upgrade). Any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "record/audit_id.h"

namespace fastgate::record {

/// One day's file of one slot.
struct SegmentName {
  AuditDay day = 0;
  std::uint32_t slot = 0;
  auto operator<=>(const SegmentName&) const = default;
};

class AuditFiles {
 public:
  static constexpr std::uint32_t kSlots = 64;

  explicit AuditFiles(std::string sqlite_path);

  [[nodiscard]] const std::string& catalog() const { return catalog_; }
  [[nodiscard]] std::string path_of(SegmentName name) const;
  [[nodiscard]] std::string lock_path_of(std::uint32_t slot) const;
  /// The files that exist, by day and slot.
  [[nodiscard]] std::vector<SegmentName> list() const;
  /// Bytes on disk, with the log of what is not yet in the file. 0 if there is none.
  [[nodiscard]] std::uint64_t bytes_of(SegmentName name) const;
  [[nodiscard]] std::uint64_t catalog_bytes() const;
  /// Gone, with its log. Readers that have it open go on reading what was there.
  void remove(SegmentName name) const;
  /// Renames the file and its log to end with `.damaged`, in place of an older such one. No
  /// connection may have it open for writing.
  static void set_aside(const std::string& path);

 private:
  [[nodiscard]] std::optional<SegmentName> parse(std::string_view file_name) const;

  std::string catalog_;
  std::string folder_;
  std::string stem_;       ///< `fastgate-`
  std::string extension_;  ///< `.db`
};

/// By which a file is told from another that took its place; 0 if there is none.
[[nodiscard]] ino_t inode_of(const std::string& path);
/// Whether the file of that inode was removed from its path or replaced; not where that cannot be
/// told just now.
[[nodiscard]] bool is_gone(const std::string& path, ino_t inode);

/// A slot that this object alone may write, in all processes of the machine.
class SlotLock {
 public:
  /// Nothing if another holds it, or the lock file cannot be made.
  [[nodiscard]] static std::optional<SlotLock> try_claim(const AuditFiles& files,
                                                         std::uint32_t slot);
  /// The lowest free slot.
  [[nodiscard]] static std::optional<SlotLock> try_claim_any(const AuditFiles& files);
  SlotLock(SlotLock&& other) noexcept;
  SlotLock& operator=(SlotLock&& other) noexcept;
  SlotLock(const SlotLock&) = delete;
  SlotLock& operator=(const SlotLock&) = delete;
  ~SlotLock();

  [[nodiscard]] std::uint32_t slot() const { return slot_; }
  /// Whether the lock still stands where others look for it.
  [[nodiscard]] bool is_in_place(const AuditFiles& files) const;

 private:
  SlotLock(int fd, std::uint32_t slot) : fd_(fd), slot_(slot) {}
  int fd_ = -1;
  std::uint32_t slot_ = 0;
};

}  // namespace fastgate::record
