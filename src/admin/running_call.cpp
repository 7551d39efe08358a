#include "admin/running_call.h"

#include <atomic>
#include <utility>

namespace fastgate::admin {
namespace {

/// A body made on a lane, a piece at a time.
class LaneBody final : public proxy::LocalBody {
 public:
  LaneBody(net::Loop& loop, JobLane& lane, std::shared_ptr<PieceSource> source)
      : shared_(std::make_shared<Shared>(
            Shared{.loop = loop, .lane = lane, .source = std::move(source), .take = {}})) {}
  ~LaneBody() override {
    shared_->take = nullptr;
    // The source may close files: that is the lane's to do.
    shared_->lane.post_further(
        [source = std::move(shared_->source)] { static_cast<void>(source); });
  }
  LaneBody(const LaneBody&) = delete;
  LaneBody& operator=(const LaneBody&) = delete;

  void next(std::function<void(proxy::LocalPiece)> take) override {
    shared_->take = std::move(take);
    shared_->lane.post_further([shared = shared_, source = shared_->source] {
      auto piece = std::make_shared<proxy::LocalPiece>(source->next());
      shared->loop.post([shared, piece] {
        if (const auto give = std::exchange(shared->take, nullptr)) give(std::move(*piece));
      });
    });
  }

 private:
  /// `take` and `source` are touched on the loop only.
  struct Shared {
    net::Loop& loop;
    JobLane& lane;
    std::shared_ptr<PieceSource> source;
    std::function<void(proxy::LocalPiece)> take;
  };
  std::shared_ptr<Shared> shared_;
};

/// What the loop keeps of a call; touched there only, but for `is_wanted`.
struct Pending {
  proxy::WorkerContext& worker;
  JobLane* lane = nullptr;
  std::string request_id;
  std::function<void(proxy::LocalReply)> answer;
  std::unique_ptr<proxy::LocalCall> loop_call{};
  std::atomic<bool> is_wanted = true;
};

class RunningCall final : public proxy::LocalCall {
 public:
  explicit RunningCall(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}
  ~RunningCall() override {
    pending_->is_wanted = false;
    pending_->answer = nullptr;
    pending_->loop_call.reset();
  }
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

 private:
  std::shared_ptr<Pending> pending_;
};

void deliver(const std::shared_ptr<Pending>& pending, Answer& result) {
  if (!pending->answer) return;
  if (result && result->loop_work) {
    pending->loop_call = result->loop_work(pending->worker, [pending](gateway::Reply reply) {
      if (const auto give = std::exchange(pending->answer, nullptr)) give(std::move(reply));
    });
    return;
  }
  const auto give = std::exchange(pending->answer, nullptr);
  if (!result) return give(reply_of(result.error(), pending->request_id));
  proxy::LocalReply reply(std::move(result->reply));
  if (result->pieces) {
    reply.body =
        std::make_unique<LaneBody>(pending->worker.loop, *pending->lane, std::move(result->pieces));
  }
  if (result->caller) {
    reply.caller = std::make_unique<record::AdminCaller>(std::move(*result->caller));
  }
  give(std::move(reply));
}

/// The work of a call on its lane. Kept whole until it is done: further parts use what it holds.
struct LaneWork {
  std::function<Answer()> first;
  net::Loop& loop;
  JobLane& lane;
};

/// Does the next part of the work, and lets what waits on the lane go before the part after it.
void take_turn(const std::shared_ptr<Pending>& pending, const std::shared_ptr<LaneWork>& work,
               const std::shared_ptr<FurtherWork>& further) {
  if (further && !pending->is_wanted) return;
  auto result = std::make_shared<Answer>(further ? further->next() : work->first());
  if (*result && (*result)->further) {
    work->lane.post_further(
        [pending, work, next = std::move((*result)->further)] { take_turn(pending, work, next); });
    return;
  }
  work->loop.post([pending, result] { deliver(pending, *result); });
}

}  // namespace

std::unique_ptr<proxy::LocalCall> run_call(proxy::WorkerContext& worker, JobLane* lane,
                                           std::string request_id, std::function<Answer()> work,
                                           std::function<void(proxy::LocalReply)> answer) {
  auto pending = std::make_shared<Pending>(worker, lane, std::move(request_id), std::move(answer));
  if (lane == nullptr) {
    Answer result = work();
    while (result && result->further) result = std::exchange(result->further, nullptr)->next();
    deliver(pending, result);
    return pending->answer ? std::make_unique<RunningCall>(std::move(pending)) : nullptr;
  }
  auto shared = std::make_shared<LaneWork>(
      LaneWork{.first = std::move(work), .loop = worker.loop, .lane = *lane});
  if (!lane->post([pending, shared] { take_turn(pending, shared, nullptr); })) {
    ApiError busy = refuse(503, "overloaded", "too many admin calls are waiting").error();
    busy.headers.emplace_back("Retry-After", "1");
    Answer result = std::unexpected(std::move(busy));
    deliver(pending, result);
    return nullptr;
  }
  return std::make_unique<RunningCall>(std::move(pending));
}

}  // namespace fastgate::admin
