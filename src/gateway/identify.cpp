#include "gateway/identify.h"

#include "base/text.h"

namespace fastgate::gateway {
namespace {

constexpr std::string_view kPrefix = "fg_";
constexpr std::string_view kScheme = "Bearer";

/// What one of the two fields says, over all its occurrences.
struct Presented {
  std::size_t count = 0;
  std::string_view value;  ///< of the first occurrence that holds a gateway key
  bool has_gateway_key = false;
};

/// The token of `Bearer TOKEN` (RFC 6750 section 2.1: one space; RFC 9110 section 11.4 lets more
/// through); empty for another scheme.
std::string_view bearer_token(std::string_view value) {
  if (value.size() <= kScheme.size() || value[kScheme.size()] != ' ') return {};
  if (!equals_ignoring_case(value.substr(0, kScheme.size()), kScheme)) return {};
  return trim(value.substr(kScheme.size()));
}

void note(Presented& presented, std::string_view value) {
  ++presented.count;
  if (presented.has_gateway_key || !value.starts_with(kPrefix)) return;
  presented.value = value;
  presented.has_gateway_key = true;
}

/// A key's state at this moment.
void judge(Identity& identity, const KeyBook::Found& found, WallTime now) {
  if (found.key == nullptr) {
    identity.refusal = "unknown";
    identity.is_unknown = true;
    return;
  }
  const Key& key = *found.key;
  if (!key.is_active) {
    identity.refusal = "inactive";
  } else if (key.expires_at <= now) {
    identity.refusal = "expired";
  } else if (found.by_previous_hash &&
             key.config->previous_expires_at.value_or(WallTime::max()) <= now) {
    identity.refusal = "expired";
  } else {
    identity.key = found.key;
  }
}

}  // namespace

Identity identify(const RequestFacts& facts, const KeyBook& keys, WallTime now) {
  Identity identity;
  Presented authorization;
  Presented api_key;
  const http::RequestHead& head = *facts.head;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const http::FieldId id = head.fields.id_at(i);
    if (id == http::FieldId::Authorization) note(authorization, bearer_token(head.field(i).value));
    if (id == http::FieldId::XApiKey) note(api_key, head.field(i).value);
  }
  if (authorization.has_gateway_key) identity.carriers.insert(http::FieldId::Authorization);
  if (api_key.has_gateway_key) identity.carriers.insert(http::FieldId::XApiKey);
  const bool use_authorization = authorization.has_gateway_key;
  if (use_authorization) identity.field = KeyField::Authorization;
  if (!use_authorization && api_key.has_gateway_key) identity.field = KeyField::XApiKey;

  if (authorization.count > 1 || api_key.count > 1) {
    identity.refusal = "ambiguous";
    return identity;
  }
  if (identity.field == KeyField::None) return identity;
  const std::string_view value = use_authorization ? authorization.value : api_key.value;
  judge(identity, value.size() > kMaxKeyLength ? KeyBook::Found{} : keys.find(value), now);
  return identity;
}

}  // namespace fastgate::gateway
