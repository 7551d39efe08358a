/// Whose key a request carries (contract section 4). Step 5 of the request path. Pure.
#pragma once

#include "base/clock.h"
#include "gateway/key_book.h"
#include "gateway/request_facts.h"
#include "http/fields.h"

namespace fastgate::gateway {

/// Where a gateway key was found; that field never reaches an upstream.
enum class KeyField : std::uint8_t { None, Authorization, XApiKey };

struct Identity {
  const Key* key = nullptr;  ///< null: nobody's
  /// Why a presented key was refused, for routes that require one; empty if none was presented or
  /// it is fine. Says unknown, inactive, expired or ambiguous; never holds the value.
  std::string_view refusal;
  /// Every field with a gateway key in it, found or not: none of them may reach an upstream.
  http::FieldIdSet carriers;
  KeyField field = KeyField::None;  ///< which field carried the key (also when it was refused)
  /// The value is nobody's: what FailureGuard counts. A key that was good once does not count.
  bool is_unknown = false;
  [[nodiscard]] std::string_view key_id() const { return key ? key->key_id : ""; }
  [[nodiscard]] std::string_view source_path() const { return key ? key->source_path : ""; }
};

/// Longer values are nobody's key.
inline constexpr std::size_t kMaxKeyLength = 256;

/// Reads `Authorization: Bearer VALUE` and `X-API-Key: VALUE` (the first wins when both are there
/// and it holds a gateway key). Only values that begin with `fg_` are looked up and hashed; another
/// bearer value is the client's own affair and leaves field == None. More than one field of the
/// same name is ambiguous: nobody's key is taken from it (RFC 9110 section 11.6.2 allows one). A
/// value beyond kMaxKeyLength is unknown without being hashed. Never fails: admit() decides.
[[nodiscard]] Identity identify(const RequestFacts& facts, const KeyBook& keys, WallTime now);

}  // namespace fastgate::gateway
