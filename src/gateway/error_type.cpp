#include "gateway/error_type.h"

namespace fastgate::gateway {

std::string_view error_type(std::uint16_t status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 429:
      return "rate_limit_error";
    default:
      return status < 500 ? "invalid_request_error" : "server_error";
  }
}

}  // namespace fastgate::gateway
