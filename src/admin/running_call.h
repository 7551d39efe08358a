/// A call of the admin API between the worker's loop that took it and the lane that works on it.
#pragma once

#include <functional>
#include <memory>

#include "admin/api.h"
#include "admin/job_lane.h"
#include "proxy/local_service.h"
#include "proxy/worker_context.h"

namespace fastgate::admin {

/// Runs `work` on the lane, or at once without one, and gives its answer to `answer` on the
/// worker's loop. The returned call is null if all was done at once.
[[nodiscard]] std::unique_ptr<proxy::LocalCall> run_call(
    proxy::WorkerContext& worker, JobLane* lane, std::string request_id,
    std::function<Answer()> work, std::function<void(proxy::LocalReply)> answer);

}  // namespace fastgate::admin
