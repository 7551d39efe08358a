// Filters of the audit log from arbitrary query strings: what is accepted is within its bounds.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "record/audit_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fastgate::record::AuditFilter;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto filter = fastgate::record::parse_audit_filter(text);
  if (!filter) {
    FG_ASSERT(!filter.error().text.empty());
    return 0;
  }
  FG_ASSERT(filter->limit >= 1 && filter->limit <= AuditFilter::kMaxLimit);
  FG_ASSERT(filter->skip <= AuditFilter::kMaxSkip);
  if (filter->status) {
    FG_ASSERT(filter->status->low <= filter->status->high);
    FG_ASSERT(filter->status->high <= 999);
  }
  if (filter->is_path_prefix) FG_ASSERT(filter->path.has_value());
  return 0;
}
