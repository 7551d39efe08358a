/// Services that answer on the gateway's own paths: health, metrics, the admin API.
///
/// Implemented in admin/ and lent to every worker; they replace steps 10 to 12 of the request path.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/reply.h"
#include "gateway/request_facts.h"
#include "net/loop.h"
#include "record/exchange_record.h"

namespace fastgate::proxy {

struct WorkerContext;

/// What a service sees of one exchange. Views live until `answer` was called or the call was
/// dropped.
struct LocalRequest {
  const gateway::RequestFacts* facts = nullptr;
  std::string_view body{};          ///< collected whole, at most inspect_limit
  WorkerContext* worker = nullptr;  ///< whose loop the answer is given on; outlives the call
};

/// A service under way; destroying it forgets the call (the client left).
class LocalCall : public net::Disposable {};

/// Part of a body that is made while it is sent.
struct LocalPiece {
  enum class State : std::uint8_t {
    More,
    Last,
    Broken,  ///< nothing more can be made: the answer is cut, never completed falsely
  };
  std::string bytes;
  State state = State::More;
};

/// Where such a body comes from. Asked for one piece at a time, and only once the client has taken
/// most of what came before, so that an answer of any size needs little memory.
class LocalBody : public net::Disposable {
 public:
  /// `take` is called once, in a later turn of the same loop, unless this object was destroyed
  /// before.
  virtual void next(std::function<void(LocalPiece)> take) = 0;
};

/// An answer: whole, or a head (whose `body` is empty) and what follows it.
struct LocalReply {
  // Implicit, so that a service with whole answers need not know of others.
  LocalReply(gateway::Reply reply)  // NOLINT(google-explicit-constructor)
      : head(std::move(reply)) {}
  LocalReply(gateway::Reply reply, std::unique_ptr<LocalBody> following)
      : head(std::move(reply)), body(std::move(following)) {}
  gateway::Reply head;
  std::unique_ptr<LocalBody> body;
  /// Who turned out to make the call, where caller_of() could not tell; null: as it told.
  std::unique_ptr<record::AdminCaller> caller;
};

class LocalService {
 public:
  virtual ~LocalService() = default;
  /// Whether this request is the service's, by its path and the listener it came by alone; called
  /// for every request, so it must cost no more than a few comparisons. Contract section 6: these
  /// paths win over routes.
  [[nodiscard]] virtual bool wants(const gateway::RequestFacts& facts) const = 0;
  /// Whether begin() needs the request's body.
  [[nodiscard]] virtual bool needs_body(const gateway::RequestFacts& facts) const = 0;
  /// Who makes this call, if the audit store is to keep it; null otherwise. Asked once, before the
  /// body is taken in.
  [[nodiscard]] virtual std::unique_ptr<record::AdminCaller> caller_of(
      const gateway::RequestFacts& facts) const {
    static_cast<void>(facts);
    return nullptr;
  }
  /// Answers through `answer`, exactly once: from inside, or in a later turn of the same loop while
  /// the returned call lives (null if it was answered from inside). Must not block.
  [[nodiscard]] virtual std::unique_ptr<LocalCall> begin(
      const LocalRequest& request, std::function<void(LocalReply)> answer) = 0;
};

}  // namespace fastgate::proxy
