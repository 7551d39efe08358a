/// Work that takes a while beside the workers' loops: building a configuration, freeing one.
///
/// Called on the main thread. Where there are as many workers as processors, whatever else computes
/// takes the place of one of them; this gives way to them, and at once when they wake.
#pragma once

#include <functional>

namespace fastgate::server {

/// Runs `work` on a thread of its own at a low priority, and returns once it is done. A priority
/// that was lowered cannot be raised again without privileges, so no other thread is used; the
/// caller's is where the system gives no further one.
void run_aside(const std::function<void()>& work);

}  // namespace fastgate::server
