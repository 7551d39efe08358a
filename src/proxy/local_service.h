/// Services that answer on the gateway's own paths: health, metrics, the admin API.
///
/// Implemented in admin/ and lent to every worker; they replace steps 10 to 12 of the request path.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "gateway/reply.h"
#include "gateway/request_facts.h"
#include "net/loop.h"

namespace fastgate::proxy {

/// What a service sees of one exchange. Views live until `answer` was called or the call was
/// dropped.
struct LocalRequest {
  const gateway::RequestFacts* facts = nullptr;
  std::string_view body{};  ///< collected whole, at most inspect_limit
};

/// A service under way; destroying it forgets the call (the client left).
class LocalCall : public net::Disposable {};

class LocalService {
 public:
  virtual ~LocalService() = default;
  /// Whether this request is the service's, by its path alone; called for every request, so it must
  /// cost no more than a few comparisons. Contract section 6: these paths win over routes.
  [[nodiscard]] virtual bool wants(const gateway::RequestFacts& facts) const = 0;
  /// Whether begin() needs the request's body.
  [[nodiscard]] virtual bool needs_body(const gateway::RequestFacts& facts) const = 0;
  /// Answers through `answer`, exactly once: from inside, or in a later turn of the same loop while
  /// the returned call lives (null if it was answered from inside). Must not block.
  [[nodiscard]] virtual std::unique_ptr<LocalCall> begin(
      const LocalRequest& request, std::function<void(gateway::Reply)> answer) = 0;
};

}  // namespace fastgate::proxy
