/// The store's main file, as its writer uses it: rollups of days whose files are not written any
/// more, so that they outlast those files and are found without opening them.
///
/// Owned by AuditStore; one thread. Another process may write it at the same time, for its slot.
#pragma once

#include <string>

#include "base/error.h"
#include "record/audit_files.h"
#include "record/audit_segment.h"
#include "record/sqlite.h"

namespace fastgate::record {

class AuditCatalog {
 public:
  /// Opens or makes the file, and looks into each of its tables. Errors: Io.
  [[nodiscard]] static Result<AuditCatalog> open(const std::string& path);

  [[nodiscard]] Result<bool> is_sealed(SegmentName name);
  /// Takes over the day's rollups. The file must not change until unseal().
  [[nodiscard]] Result<void> seal(SegmentName name, AuditSegment& segment);
  /// Before the file is written again.
  [[nodiscard]] Result<void> unseal(SegmentName name);
  /// Forgets sealed days before `day`.
  [[nodiscard]] Result<void> forget_before(AuditDay day);
  /// Whether the error says that this file is damaged, and not that of a segment.
  [[nodiscard]] bool is_damaged_by(const Error& error) const {
    return connection_.is_damaged_by(error);
  }

 private:
  [[nodiscard]] Result<void> copy(SegmentName name, AuditSegment& segment);

  Sqlite connection_;
};

}  // namespace fastgate::record
