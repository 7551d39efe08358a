#include "http/connection_options.h"

#include "base/text.h"
#include "http/characters.h"

namespace fastgate::http {
namespace {

struct Options {
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
};

/// Whether it is one of those that mean something here.
bool read_option(std::string_view option, Options& options) {
  if (equals_ignoring_case(option, "close")) {
    options.close = true;
  } else if (equals_ignoring_case(option, "keep-alive")) {
    options.keep_alive = true;
  } else if (equals_ignoring_case(option, "upgrade")) {
    options.upgrade = true;
  } else {
    return false;
  }
  return true;
}

void read_options(std::string_view value, Options& options) {
  // Mostly it is one option, which needs not be looked for in a list.
  if (read_option(value, options)) return;
  while (const auto option = next_list_element(value)) read_option(*option, options);
}

bool is_kept_alive(const Head& head, const Options& options) {
  if (options.close) return false;
  return head.minor_version == 1 || options.keep_alive;
}

/// Form: `/` and a token, or nothing (RFC 9110 section 7.8).
bool is_protocol_version(std::string_view text) {
  if (text.empty()) return true;
  return text.size() > 1 && text.front() == '/' && find_token_end(text, 1) == text.size();
}

/// Whether an Upgrade value names protocols and none of them is HTTP or TLS itself, a draft of them
/// such as `h2c-14`, or a spelling that another reader may take for one.
bool is_foreign_protocol(std::string_view value) {
  bool any = false;
  while (const auto protocol = next_list_element(value)) {
    any = true;
    const std::string_view name = protocol->substr(0, find_token_end(*protocol, 0));
    const std::string_view version = protocol->substr(name.size());
    if (name.empty() || !is_protocol_version(version)) return false;
    for (const std::string_view own : {"h2", "h3", "http", "tls"}) {
      if (equals_ignoring_case(name.substr(0, own.size()), own)) return false;
    }
  }
  return any;
}

bool has_body(const Head& head) {
  return head.framing == BodyFraming::Chunked ||
         (head.framing == BodyFraming::ContentLength && head.content_length > 0);
}

bool is_continue_only(std::string_view value) {
  while (const auto expectation = next_list_element(value)) {
    if (!equals_ignoring_case(*expectation, "100-continue")) return false;
  }
  return true;
}

bool names_protocol(const RequestHead& request, std::string_view protocol) {
  for (std::size_t i = 0; i < request.fields.size(); ++i) {
    if (request.fields.id_at(i) != FieldId::Upgrade) continue;
    std::string_view list = request.field(i).value;
    while (const auto asked = next_list_element(list)) {
      if (equals_ignoring_case(*asked, protocol)) return true;
    }
  }
  return false;
}

}  // namespace

Checked<void> read_connection_options(RequestHead& head) {
  constexpr FieldIdSet kRead(FieldId::Connection, FieldId::Upgrade, FieldId::Expect);
  Options options;
  if (!head.fields.contains_any(kRead)) {
    head.keep_alive = is_kept_alive(head, options);
    return {};
  }
  bool foreign = false;
  bool any_upgrade = false;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    switch (head.fields.id_at(i)) {
      case FieldId::Connection:
        read_options(head.field(i).value, options);
        break;
      case FieldId::Upgrade:
        foreign = (foreign || !any_upgrade) && is_foreign_protocol(head.field(i).value);
        any_upgrade = true;
        break;
      case FieldId::Expect:
        if (!is_continue_only(head.field(i).value)) {
          return std::unexpected(
              Fault{ErrorKind::ExpectationFailed, "an expectation other than 100-continue"});
        }
        head.expects_continue = head.minor_version == 1 && !head.field(i).value.empty();
        break;
      default:
        break;
    }
  }
  head.keep_alive = is_kept_alive(head, options);
  head.upgrade = head.minor_version == 1 && options.upgrade && foreign && !has_body(head);
  return {};
}

bool is_asked_upgrade(const RequestHead& request, const ResponseHead& response) {
  for (std::size_t i = 0; i < response.fields.size(); ++i) {
    if (response.fields.id_at(i) != FieldId::Upgrade) continue;
    std::string_view list = response.field(i).value;
    while (const auto protocol = next_list_element(list)) {
      if (!names_protocol(request, *protocol)) return false;
    }
  }
  return true;
}

void read_connection_options(ResponseHead& head) {
  Options options;
  const std::size_t count = head.fields.contains(FieldId::Connection) ? head.fields.size() : 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (head.fields.id_at(i) == FieldId::Connection) read_options(head.field(i).value, options);
  }
  head.keep_alive = is_kept_alive(head, options) && head.framing != BodyFraming::UntilClose;
  head.upgrade = head.status == 101;
}

}  // namespace fastgate::http
