/// Header fields of one head: names and values as offsets into the head's text, with well-known
/// names recognised once. Part of a RequestHead or ResponseHead; single-threaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fastgate::http {

/// Field names that the gateway treats specially. Other covers the rest.
enum class FieldId : std::uint8_t {
  Other,
  AcceptEncoding,
  Authorization,
  Connection,
  ContentEncoding,
  ContentLength,
  ContentType,
  Cookie,
  Date,
  Expect,
  Forwarded,
  Host,
  KeepAlive,
  Origin,
  ProxyAuthenticate,
  ProxyAuthorization,
  ProxyConnection,
  Referer,
  RetryAfter,
  Server,
  SetCookie,
  Te,
  Trailer,
  TransferEncoding,
  Upgrade,
  UserAgent,
  XApiKey,
  XForwardedFor,
  XForwardedHost,
  XForwardedProto,
  XRealIp,
  XRequestId,
};

/// A set of FieldIds in one word.
class FieldIdSet {
 public:
  constexpr FieldIdSet() = default;
  template <class... Ids>
  constexpr explicit FieldIdSet(Ids... ids) : bits_((bit(ids) | ...)) {}
  constexpr void insert(FieldId id) { bits_ |= bit(id); }
  [[nodiscard]] constexpr bool contains(FieldId id) const { return (bits_ & bit(id)) != 0; }
  [[nodiscard]] constexpr bool intersects(FieldIdSet other) const {
    return (bits_ & other.bits_) != 0;
  }
  constexpr bool operator==(const FieldIdSet&) const = default;

 private:
  static constexpr std::uint64_t bit(FieldId id) {
    return std::uint64_t{1} << static_cast<unsigned>(id);
  }
  std::uint64_t bits_ = 0;
};

/// The id of a name in any case; Other if it is not one of the above. Complexity: by length, then
/// at most two comparisons.
[[nodiscard]] FieldId field_id(std::string_view name);

/// Whether `name` is a field name (RFC 9110 section 5.1: a token).
[[nodiscard]] bool is_field_name(std::string_view name);
/// Whether `value` may stand in a field: no CR, LF, NUL or other control but HTAB (RFC 9110 section
/// 5.5); obs-text (0x80-0xff) passes.
[[nodiscard]] bool is_field_value(std::string_view value);

/// One header field as views into the head's text.
struct Field {
  std::string_view name;   ///< as it was spelled
  std::string_view value;  ///< without white space at both ends
  FieldId id = FieldId::Other;
};

/// The fields of a head in the order they came. Lifetime: views are valid while the `text` given to
/// the call lives unchanged; the list holds offsets only, so the owner may move.
class FieldList {
 public:
  struct Span {
    std::uint32_t name_offset = 0;
    std::uint32_t value_offset = 0;
    std::uint32_t value_length = 0;
    std::uint16_t name_length = 0;
    FieldId id = FieldId::Other;
  };

  void clear() {
    spans_.clear();
    ids_ = {};
  }
  void add(const Span& span) {
    spans_.push_back(span);
    ids_.insert(span.id);
  }
  /// Whether there is a field of that id.
  [[nodiscard]] bool contains(FieldId id) const { return ids_.contains(id); }
  /// Whether there is a field of any of these ids.
  [[nodiscard]] bool contains_any(FieldIdSet ids) const { return ids_.intersects(ids); }
  [[nodiscard]] std::size_t size() const { return spans_.size(); }
  [[nodiscard]] Field at(std::string_view text, std::size_t index) const {
    const Span& s = spans_[index];
    return {text.substr(s.name_offset, s.name_length), text.substr(s.value_offset, s.value_length),
            s.id};
  }
  [[nodiscard]] FieldId id_at(std::size_t index) const { return spans_[index].id; }
  [[nodiscard]] const Span& span_at(std::size_t index) const { return spans_[index]; }
  /// The first field of that id; nothing if there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view text, FieldId id) const;
  /// The first field of that name in any case.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view text,
                                                     std::string_view name) const;
  [[nodiscard]] std::size_t count(FieldId id) const;

 private:
  std::vector<Span> spans_;
  FieldIdSet ids_;  ///< of the spans
};

}  // namespace fastgate::http
