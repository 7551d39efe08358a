/// Which fields concern one connection only and are not passed on (RFC 9110 section 7.6.1).
#pragma once

#include <cstdint>
#include <vector>

#include "http/message.h"

namespace fastgate::http {

/// The fields of one head that must be taken off. Reused from message to message.
class HopByHop {
 public:
  /// Looks at Connection's nominations and the fixed list (Connection, Keep-Alive, Proxy-Connection,
  /// Proxy-Authenticate, Proxy-Authorization, TE, Trailer, Transfer-Encoding, Upgrade). A nomination of
  /// Content-Length, Host, or other fields vital to the message's meaning (Authorization, Cookie,
  /// X-Forwarded-*, Content-Type, Content-Encoding…) is ignored for the vital framing fields only
  /// (Host, Content-Length, Transfer-Encoding), and obeyed for the rest.
  /// Complexity: no work beyond one pass when Connection is absent or only says close, keep-alive or
  /// upgrade.
  void inspect(const Head& head);
  [[nodiscard]] bool is_taken_off(std::size_t field_index) const;

 private:
  FieldIdSet known_;
  std::vector<std::uint16_t> nominated_;  ///< indexes of nominated fields without an id of their own
};

}  // namespace fastgate::http
