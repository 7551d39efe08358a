#include "gateway/route_policy.h"

#include <algorithm>

#include "base/text.h"
#include "gateway/text_hash.h"

namespace fastgate::gateway {
namespace {

/// Puts what it is given into one number.
class Mixer {
 public:
  template <class Number>
  void number(Number value) {
    hash_ = mix(hash_, static_cast<std::uint64_t>(value));
  }
  void time(milliseconds value) { number(value.count()); }
  void text(std::string_view value) { hash_ = text_hash(value, hash_); }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
  }
  [[nodiscard]] std::size_t hash() const { return static_cast<std::size_t>(hash_); }

 private:
  std::uint64_t hash_ = 0;
};

}  // namespace

void FieldRemoval::insert(std::string_view name) {
  const http::FieldId id = http::field_id(name);
  if (id != http::FieldId::Other) return ids.insert(id);
  names.push_back(to_lower(name));
}

bool FieldRemoval::contains_name(std::string_view name) const {
  return std::ranges::any_of(
      names, [&](const std::string& removed) { return equals_ignoring_case(removed, name); });
}

std::size_t RoutePolicyHash::operator()(const RoutePolicy& policy) const {
  Mixer mixer;
  mixer.number(policy.auth);
  mixer.number(policy.retry_count);
  const RouteLimits& limits = policy.limits;
  for (const std::uint32_t limit : {limits.rate, limits.burst, limits.client_rate,
                                    limits.client_burst, limits.max_concurrency}) {
    mixer.number(limit);
  }
  for (const milliseconds time :
       {policy.timeout, policy.connect_timeout, policy.first_byte_timeout, policy.total_timeout,
        policy.sse_keepalive, policy.failover_preamble.time}) {
    mixer.time(time);
  }
  mixer.number(policy.failover_preamble.bytes.count);
  mixer.number(policy.max_body_size);
  mixer.texts(policy.remove_headers.names);
  mixer.texts(policy.remove_response_headers.names);
  for (const FieldTemplate& field : policy.add_response_headers) {
    mixer.text(field.name);
    mixer.number(field.value.hash());
  }
  mixer.texts(policy.permissions);
  return mixer.hash();
}

}  // namespace fastgate::gateway
