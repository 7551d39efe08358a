#include "http/message.h"

#include <array>

namespace fastgate::http {
namespace {

struct NamedMethod {
  std::string_view name;
  Method method = Method::Other;
};

constexpr std::array kMethods = std::to_array<NamedMethod>({
    {"GET", Method::Get},
    {"POST", Method::Post},
    {"HEAD", Method::Head},
    {"PUT", Method::Put},
    {"DELETE", Method::Delete},
    {"PATCH", Method::Patch},
    {"OPTIONS", Method::Options},
    {"CONNECT", Method::Connect},
    {"TRACE", Method::Trace},
});

void clear_head(Head& head) {
  head.text.clear();
  head.fields.clear();
  head.minor_version = 1;
  head.framing = BodyFraming::None;
  head.content_length = 0;
  head.keep_alive = true;
  head.upgrade = false;
}

}  // namespace

Method method_of(std::string_view name) {
  for (const NamedMethod& known : kMethods) {
    if (known.name == name) return known.method;
  }
  return Method::Other;
}

bool is_idempotent(Method method) {
  switch (method) {
    case Method::Get:
    case Method::Head:
    case Method::Put:
    case Method::Delete:
    case Method::Options:
    case Method::Trace:
      return true;
    case Method::Other:
    case Method::Post:
    case Method::Connect:
    case Method::Patch:
      return false;
  }
  return false;
}

void RequestHead::clear() {
  clear_head(*this);
  method = Method::Other;
  method_length = 0;
  target_offset = 0;
  target_length = 0;
  expects_continue = false;
}

void ResponseHead::clear() {
  clear_head(*this);
  status = 0;
  reason_offset = 0;
  reason_length = 0;
}

}  // namespace fastgate::http
