/// The files that an AuditReader has open.
///
/// Only for record/'s reading files; one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <sys/types.h>

#include "record/audit_files.h"
#include "record/audit_query.h"
#include "record/segment_reader.h"

namespace fastgate::record {

struct AuditReader::State {
  explicit State(std::string sqlite_path) : files(std::move(sqlite_path)) {}

  /// The file's reader, opened if need be; null if there is no such file, or it has just been made.
  /// Valid until the next call of trim(). Errors: Io.
  [[nodiscard]] Result<SegmentReader*> segment(SegmentName name);
  /// Whether the file is there, with nothing in it, although its day was sealed. Errors: Io.
  [[nodiscard]] Result<bool> is_emptied(SegmentName name);
  /// Closes what was used longest ago, but for kMaxOpen. Between two questions only.
  void trim();
  /// The catalog; null if there is none yet, or it holds no sealed days. Errors: Io.
  [[nodiscard]] Result<Sqlite*> catalog();

  static constexpr std::size_t kMaxOpen = 40;

  struct Open {
    std::unique_ptr<SegmentReader> reader;
    ino_t inode = 0;
    std::uint64_t last_use = 0;
  };
  AuditFiles files;
  std::map<SegmentName, Open> open;
  Sqlite catalog_connection;
  ino_t catalog_inode = 0;
  std::uint64_t uses = 0;
};

}  // namespace fastgate::record
