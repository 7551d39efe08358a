#include "http/fields.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "http/characters.h"

namespace fastgate::http {
namespace {

struct KnownName {
  std::string_view name;
  FieldId id = FieldId::Other;
};

constexpr std::array kKnownNames = std::to_array<KnownName>({
    {"te", FieldId::Te},
    {"date", FieldId::Date},
    {"host", FieldId::Host},
    {"cookie", FieldId::Cookie},
    {"expect", FieldId::Expect},
    {"origin", FieldId::Origin},
    {"server", FieldId::Server},
    {"referer", FieldId::Referer},
    {"trailer", FieldId::Trailer},
    {"upgrade", FieldId::Upgrade},
    {"forwarded", FieldId::Forwarded},
    {"x-api-key", FieldId::XApiKey},
    {"x-real-ip", FieldId::XRealIp},
    {"connection", FieldId::Connection},
    {"keep-alive", FieldId::KeepAlive},
    {"set-cookie", FieldId::SetCookie},
    {"user-agent", FieldId::UserAgent},
    {"retry-after", FieldId::RetryAfter},
    {"content-type", FieldId::ContentType},
    {"x-request-id", FieldId::XRequestId},
    {"authorization", FieldId::Authorization},
    {"content-length", FieldId::ContentLength},
    {"accept-encoding", FieldId::AcceptEncoding},
    {"x-forwarded-for", FieldId::XForwardedFor},
    {"content-encoding", FieldId::ContentEncoding},
    {"proxy-connection", FieldId::ProxyConnection},
    {"x-forwarded-host", FieldId::XForwardedHost},
    {"transfer-encoding", FieldId::TransferEncoding},
    {"x-forwarded-proto", FieldId::XForwardedProto},
    {"proxy-authenticate", FieldId::ProxyAuthenticate},
    {"proxy-authorization", FieldId::ProxyAuthorization},
});

constexpr std::size_t kLongestName = 19;

/// Where the names of each length begin in kKnownNames; the entry behind the last length is the
/// end.
constexpr auto kLengthBegins = [] {
  std::array<std::uint8_t, kLongestName + 2> begins{};
  for (std::size_t length = 0; length < begins.size(); ++length) {
    std::uint8_t index = 0;
    while (index < kKnownNames.size() && kKnownNames[index].name.size() < length) ++index;
    begins[length] = index;
  }
  return begins;
}();

static_assert(std::ranges::is_sorted(kKnownNames, {},
                                     [](const KnownName& k) { return k.name.size(); }));

/// Whether the bytes at `name` are those at `known` in any case. `known` consists of a-z and '-',
/// for which setting bit 5 maps just the two cases of a letter, '-', and CR, which is in no name.
template <class Word>
bool is_same_word(const char* name, const char* known) {
  constexpr Word kCaseBits = static_cast<Word>(0x2020202020202020);
  Word ours = 0;
  Word theirs = 0;
  std::memcpy(&ours, name, sizeof(Word));
  std::memcpy(&theirs, known, sizeof(Word));
  return (ours | kCaseBits) == theirs;
}

/// Words at both ends of a name, which overlap, and for the longest names a third one for the gap
/// between them.
bool is_known(std::string_view name, std::string_view known) {
  const std::size_t length = name.size();
  const char* a = name.data();
  const char* b = known.data();
  if (length < 4) return is_same_word<std::uint16_t>(a, b);
  if (length < 8) {
    return is_same_word<std::uint32_t>(a, b) &&
           is_same_word<std::uint32_t>(a + length - 4, b + length - 4);
  }
  return is_same_word<std::uint64_t>(a, b) &&
         is_same_word<std::uint64_t>(a + length - 8, b + length - 8) &&
         (length <= 16 || is_same_word<std::uint32_t>(a + 8, b + 8));
}

static_assert(kKnownNames.front().name.size() == 2 && kKnownNames[1].name.size() == 4);

}  // namespace

FieldId field_id(std::string_view name) {
  if (name.size() > kLongestName) return FieldId::Other;
  for (std::size_t i = kLengthBegins[name.size()]; i < kLengthBegins[name.size() + 1]; ++i) {
    if (is_known(name, kKnownNames[i].name)) return kKnownNames[i].id;
  }
  return FieldId::Other;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && find_token_end(name, 0) == name.size();
}

bool is_field_value(std::string_view value) {
  return find_control(value, 0) == value.size();
}

std::optional<std::string_view> FieldList::find(std::string_view text, FieldId id) const {
  if (!contains(id)) return std::nullopt;
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    if (spans_[i].id == id) return at(text, i).value;
  }
  return std::nullopt;
}

std::optional<std::string_view> FieldList::find(std::string_view text,
                                                std::string_view name) const {
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    const Field field = at(text, i);
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t FieldList::count(FieldId id) const {
  if (!contains(id)) return 0;
  return static_cast<std::size_t>(std::ranges::count(spans_, id, &Span::id));
}

}  // namespace fastgate::http
