/// Which fields concern one connection only and are not passed on (RFC 9110 section 7.6.1).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace fastgate::http {

/// The fields of one head that must be taken off. Reused from message to message.
class HopByHop {
 public:
  /// Looks at Connection's nominations and the fixed list (Connection, Keep-Alive,
  /// Proxy-Connection, Proxy-Authenticate, Proxy-Authorization, TE, Trailer, Transfer-Encoding,
  /// Upgrade). A nomination of a field without which the message would mean something else (Host,
  /// Content-Length, Transfer-Encoding) is ignored; all others are obeyed, Authorization and
  /// X-Forwarded-* too. Complexity: one pass when Connection is absent or only says close,
  /// keep-alive or upgrade; else the nominations times the logarithm of the fields.
  void inspect(const Head& head);
  /// Of the head that was inspected last.
  [[nodiscard]] bool is_taken_off(std::size_t field_index) const;

 private:
  void nominate(const Head& head, std::string_view name);
  void sort_names(const Head& head);
  void take_off(std::size_t field_index);

  std::vector<std::uint64_t> taken_off_;  ///< a bit a field
  std::vector<std::uint16_t> by_name_;  ///< fields without an id sorted by name; filled when needed
};

}  // namespace fastgate::http
