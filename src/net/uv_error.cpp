#include "net/uv_error.h"

#include <array>
#include <cerrno>

#include <uv.h>

namespace fastgate::net {

std::string uv_error_text(int code) {
  // uv_strerror() leaks for codes it does not know.
  std::array<char, 128> text{};
  uv_strerror_r(code, text.data(), text.size());
  return text.data();
}

std::string system_error_text() {
  return uv_error_text(uv_translate_sys_error(errno));
}

bool is_shortage(int code) {
  return code == UV_EMFILE || code == UV_ENFILE || code == UV_ENOBUFS || code == UV_ENOMEM;
}

}  // namespace fastgate::net
