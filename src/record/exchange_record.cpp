#include "record/exchange_record.h"

namespace fastgate::record {

bool upstream_failed(const ExchangeRecord& record) {
  if (record.error_message.empty()) return false;
  if (record.error_kind) {
    return side_of(*record.error_kind) == ErrorSide::Upstream ||
           *record.error_kind == ErrorKind::NoServer;
  }
  return record.status >= 502 && record.status <= 504;
}

std::string target_url(const ExchangeRecord& record) {
  std::string url;
  if (record.upstream_address.empty()) return url;
  url.append(record.upstream_scheme).append("://").append(record.upstream_address);
  url.append(record.upstream_target);
  return url;
}

}  // namespace fastgate::record
