#include "http/fields.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "base/text.h"
#include "http/characters.h"

namespace fastgate::http {
namespace {

struct NamedId {
  std::string_view name;
  FieldId id;
};

constexpr auto kNames = std::to_array<NamedId>({
    {"Accept-Encoding", FieldId::AcceptEncoding},
    {"Authorization", FieldId::Authorization},
    {"Connection", FieldId::Connection},
    {"Content-Encoding", FieldId::ContentEncoding},
    {"Content-Length", FieldId::ContentLength},
    {"Content-Type", FieldId::ContentType},
    {"Cookie", FieldId::Cookie},
    {"Date", FieldId::Date},
    {"Expect", FieldId::Expect},
    {"Forwarded", FieldId::Forwarded},
    {"Host", FieldId::Host},
    {"Keep-Alive", FieldId::KeepAlive},
    {"Origin", FieldId::Origin},
    {"Proxy-Authenticate", FieldId::ProxyAuthenticate},
    {"Proxy-Authorization", FieldId::ProxyAuthorization},
    {"Proxy-Connection", FieldId::ProxyConnection},
    {"Referer", FieldId::Referer},
    {"Retry-After", FieldId::RetryAfter},
    {"Server", FieldId::Server},
    {"Set-Cookie", FieldId::SetCookie},
    {"TE", FieldId::Te},
    {"Trailer", FieldId::Trailer},
    {"Transfer-Encoding", FieldId::TransferEncoding},
    {"Upgrade", FieldId::Upgrade},
    {"User-Agent", FieldId::UserAgent},
    {"X-Api-Key", FieldId::XApiKey},
    {"X-Forwarded-For", FieldId::XForwardedFor},
    {"X-Forwarded-Host", FieldId::XForwardedHost},
    {"X-Forwarded-Proto", FieldId::XForwardedProto},
    {"X-Real-IP", FieldId::XRealIp},
    {"X-Request-Id", FieldId::XRequestId},
});

TEST_CASE("every known name has its id, in any case") {
  static_assert(kNames.size() == static_cast<std::size_t>(FieldId::XRequestId));
  for (const NamedId& known : kNames) {
    INFO(known.name);
    CHECK(field_id(known.name) == known.id);
    CHECK(field_id(to_lower(std::string_view(known.name))) == known.id);
    std::string upper(known.name);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    CHECK(field_id(upper) == known.id);
  }
}

TEST_CASE("no other name of one byte's difference has an id") {
  for (const NamedId& known : kNames) {
    for (std::size_t at = 0; at < known.name.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string name(known.name);
        const char c = static_cast<char>(byte);
        if (to_lower(c) == to_lower(name[at])) continue;
        name[at] = c;
        // A CR is in no name that a parser lets through; is_field_name guards the others.
        if (!is_field_name(name)) continue;
        INFO(name);
        CHECK(field_id(name) == FieldId::Other);
      }
    }
    CHECK(field_id(std::string(known.name) + "s") == FieldId::Other);
    CHECK(field_id(known.name.substr(1)) == FieldId::Other);
  }
  CHECK(field_id("") == FieldId::Other);
  CHECK(field_id(std::string(1000, 'x')) == FieldId::Other);
}

TEST_CASE("a field name is a token") {
  CHECK(is_field_name("X"));
  CHECK(is_field_name("!#$%&'*+-.^_`|~09azAZ"));
  CHECK(!is_field_name(""));
  for (const char c : std::string_view("\0\t\r\n \"(),/:;<=>?@[\\]{}\x7f\x80\xff", 25)) {
    INFO(static_cast<int>(c));
    CHECK(!is_field_name(std::string("X") + c));
  }
}

TEST_CASE("a field value has no control characters but HTAB, wherever they stand") {
  CHECK(is_field_value(""));
  CHECK(is_field_value("a\tb \x80\xff"));
  for (std::size_t length = 1; length < 20; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string value(length, byte % 2 == 0 ? 'x' : '\t');
        value[at] = static_cast<char>(byte);
        const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
        if (is_field_value(value) == control) {
          INFO("byte " << byte << " at " << at << " of " << length);
          CHECK(is_field_value(value) != control);
        }
        if (find_control(value, 0) != (control ? at : length)) {
          INFO("byte " << byte << " at " << at << " of " << length);
          CHECK(find_control(value, 0) == (control ? at : length));
        }
      }
    }
  }
}

TEST_CASE("a list finds the first field by id and by name") {
  const std::string text = "A: 1\r\nHost: h\r\na: 2\r\nhost: i\r\n";
  FieldList fields;
  fields.add({.name_offset = 0, .value_offset = 3, .value_length = 1, .name_length = 1});
  fields.add({.name_offset = 6,
              .value_offset = 12,
              .value_length = 1,
              .name_length = 4,
              .id = FieldId::Host});
  fields.add({.name_offset = 15, .value_offset = 18, .value_length = 1, .name_length = 1});
  fields.add({.name_offset = 21,
              .value_offset = 27,
              .value_length = 1,
              .name_length = 4,
              .id = FieldId::Host});
  CHECK(fields.find(text, FieldId::Host) == "h");
  CHECK(fields.find(text, "a") == "1");
  CHECK(fields.find(text, "HOST") == "h");
  CHECK(!fields.find(text, FieldId::Date));
  CHECK(!fields.find(text, "b"));
  CHECK(fields.count(FieldId::Host) == 2);
  CHECK(fields.count(FieldId::Date) == 0);
  CHECK(fields.at(text, 2).value == "2");
  fields.clear();
  CHECK(fields.size() == 0);
}

TEST_CASE("a set of ids holds what was put in") {
  constexpr FieldIdSet set(FieldId::Host, FieldId::XRequestId);
  static_assert(set.contains(FieldId::Host) && set.contains(FieldId::XRequestId));
  static_assert(!set.contains(FieldId::Other) && !set.contains(FieldId::Date));
  FieldIdSet grown;
  CHECK(!grown.contains(FieldId::Te));
  grown.insert(FieldId::Te);
  CHECK(grown.contains(FieldId::Te));
}

}  // namespace
}  // namespace fastgate::http
