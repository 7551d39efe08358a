/// May this identity use this route now? Step 8 of the request path.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "gateway/identify.h"
#include "gateway/limit_book.h"
#include "gateway/snapshot.h"

namespace fastgate::gateway {

/// Places taken in the limits; gives them back when destroyed or released. Owned by an exchange.
class Permit {
 public:
  Permit() = default;
  Permit(Permit&& other) noexcept;
  Permit& operator=(Permit&& other) noexcept;
  ~Permit();
  void release();

 private:
  friend class Admission;
  std::shared_ptr<Limit> key_;
  std::shared_ptr<Limit> route_;
};

/// The limits of one snapshot's keys and routes, found once for all workers. Immutable.
class AdmissionLimits {
 public:
  AdmissionLimits(const Snapshot& snapshot, LimitBook& book);
  /// Asks for the memory of a key's limit, which is far away where there are thousands.
  void fetch_ahead(const Key& key) const { __builtin_prefetch(keys_[key.index].get(), 1); }

 private:
  friend class Admission;
  LimitBook* book_;
  std::vector<std::shared_ptr<Limit>> keys_;    ///< by Key::index
  std::vector<std::shared_ptr<Limit>> routes_;  ///< by Route::index; null: none
};

/// What is asked.
struct AdmissionRequest {
  const Snapshot* snapshot = nullptr;
  const Route* route = nullptr;
  const Identity* identity = nullptr;
  const RequestFacts* facts = nullptr;
  std::optional<std::string_view>
      model;  ///< named_model() of the body, if collected (allowed_models)
  WallTime now;
  /// A request that goes on to its next route has paid its key's rate already.
  enum class KeyRate : std::uint8_t { Take, TakenBefore } key_rate = KeyRate::Take;
};

/// The answer: a permit, or why not; and the rate fields to add to any answer.
struct Admitted {
  Permit permit;
  std::optional<Error> refusal;   ///< Unauthorized, Forbidden, RateLimited
  bool may_wait = false;          ///< RateLimited, and the route has a `queue`
  std::optional<RateState> rate;  ///< the tightest rate that applied
};

/// Why the request may not use the route whatever the limits say; nothing: it may. Checks in this
/// order: key required and fine (401), active route list, permissions, addresses and models of the
/// key (403). `auth: none` looks at no key; `auth: optional` takes a refused key for none. A key
/// with allowed_models may send a body only if it names one model.
[[nodiscard]] std::optional<Error> check_access(const AdmissionRequest& request);

class Admission {
 public:
  /// check_access(), then rates of client, key and route, then counts in flight (429). What was
  /// taken is given back when a later check refuses.
  [[nodiscard]] static Admitted admit(const AdmissionLimits& limits,
                                      const AdmissionRequest& request);

 private:
  /// Takes a place if there is a maximum; `held` then gives it back.
  static bool enter(const std::shared_ptr<Limit>& limit, std::uint32_t max,
                    std::shared_ptr<Limit>& held);
};

/// Whether admit() wants `model` of this key: then a request with a body has to be collected first.
[[nodiscard]] bool needs_model(const Identity& identity);

/// Appends `Retry-After` (on refusal), `RateLimit-Limit`, `-Remaining`, `-Reset` and OpenAI's
/// `x-ratelimit-limit-requests`, `-remaining-requests`, `-reset-requests` for a rate.
/// A state without a limit (too many in flight) gives only `Retry-After`.
/// Units: seconds rounded up, at least 1 for Retry-After; the last field is OpenAI's form (`1s`,
/// `6m0s`, `250ms`).
void append_rate_fields(std::vector<std::pair<std::string, std::string>>& headers,
                        const RateState& rate);

/// The same as lines of a head, for answers that are relayed.
void append_rate_lines(std::string& out, const RateState& rate);

/// Whether a holder of `held` may use a route that wants one of `wanted`: `chat` covers
/// `chat.completions`; an empty list or `*` holds all (contract section 3).
[[nodiscard]] bool is_permitted(const std::vector<std::string>& held,
                                const std::vector<std::string>& wanted);

}  // namespace fastgate::gateway
