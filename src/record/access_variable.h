/// The variables of access-log formats: their names, and their values for one exchange. Step 14.
/// fastgate.yaml(5) says what each is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "http/fields.h"
#include "record/exchange_record.h"
#include "record/line_times.h"

namespace fastgate::record {

/// Memory that formatting a line needs, kept from line to line. Owned by a worker's recorder;
/// single-threaded.
struct LineScratch {
  LineTimes times;
  std::array<char, 48> digits{};
  IpAddress address;  ///< whose text is `address_text`: a client sends many requests
  std::string address_text;
  std::string joined;  ///< values of fields that came more than once; decoded user names
  std::string masked;  ///< URLs without their secrets
};

enum class VariableKind : std::uint8_t {
  Text,
  Plain,     ///< text of letters, digits and marks that no format escapes
  Suffix,    ///< text that is written as nothing when it is empty
  Number,    ///< a JSON number
  Flag,      ///< `true` or `false`
  Constant,  ///< the same for the whole life of the process
};

/// What `$status` says where no answer was made.
inline constexpr std::string_view kNoStatus = "000";

/// One variable of a format. Default: none.
class AccessVariable {
 public:
  AccessVariable() = default;
  /// By its name without `$`: those of nginx, some of our own, and arg_NAME, cookie_NAME,
  /// http_NAME, sent_http_NAME and upstream_http_NAME.
  [[nodiscard]] static std::optional<AccessVariable> find(std::string_view name);
  /// All names, for messages; of the families a few examples.
  [[nodiscard]] static std::vector<std::string_view> names();

  [[nodiscard]] bool is_none() const { return entry_ == nullptr && source_ == FieldSource::None; }
  [[nodiscard]] VariableKind kind() const;
  /// Whether it is a sent_http_NAME.
  [[nodiscard]] bool is_sent_field() const { return source_ == FieldSource::Sent; }
  /// The value, not escaped, secrets masked; "" if there is none. Lifetime: until the next call
  /// with the same scratch.
  [[nodiscard]] std::string_view value(const ExchangeRecord& record, LineScratch& scratch) const;

  struct Entry;

 private:
  enum class FieldSource : std::uint8_t { None, Request, Sent, Upstream, Query, Cookie };

  const Entry* entry_ = nullptr;
  FieldSource source_ = FieldSource::None;
  http::FieldId field_ = http::FieldId::Other;
  bool is_secret_ = false;
  std::string field_name_;  ///< lower case; of a header field with '-'
};

}  // namespace fastgate::record
