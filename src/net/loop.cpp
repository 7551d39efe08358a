#include "net/loop.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <uv.h>

#include "net/inbox.h"
#include "net/outbox.h"
#include "net/tls_scratch.h"
#include "net/uv_error.h"

namespace fastgate::net {
namespace {

// Posted work may post again while the loop ends; a circle of that must not keep it.
constexpr int kMaxClosingRounds = 10'000;

template <class Handle>
uv_handle_t* base(Handle& handle) {
  return reinterpret_cast<uv_handle_t*>(&handle);
}

MonotonicTime read_monotonic() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now());
}

WallTime read_wall() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

}  // namespace

struct Loop::Parts {
  explicit Parts(Loop& owner) : loop(owner) {}

  /// Errors: libuv's code, 0 if all is well.
  int open();
  void wake_next_turn();
  void run_posted();
  void run_later();
  void move_wakeup();
  void fire_timers();
  [[nodiscard]] bool has_work();

  Loop& loop;
  uv_async_t posted_signal{};
  uv_idle_t later_turn{};  ///< active while there is something to do in the next turn
  uv_prepare_t before_wait{};
  uv_check_t after_wait{};
  uv_timer_t wakeup{};

  std::mutex mutex;
  std::vector<std::function<void()>> posted;  ///< under mutex
  std::vector<std::function<void()>> running;
  std::vector<std::unique_ptr<Disposable>> disposables;
  LaterCalls later_calls;
  std::optional<TlsScratch> tls_scratch;

  std::atomic<std::thread::id> thread;  ///< that is inside run()
  bool has_posted_itself = false;
  std::uint64_t turn = 0;
  bool in_turn = false;  ///< inside run(): read times may be kept
  mutable bool now_known = false;
  mutable bool wall_known = false;
  mutable MonotonicTime now;
  mutable std::chrono::nanoseconds wall_ahead{};  ///< of `now`: the wall clock is read once a turn
};

int Loop::Parts::open() {
  uv_loop_t* uv = loop.uv_.get();
  const int failed = uv_async_init(uv, &posted_signal, [](uv_async_t* handle) {
    static_cast<Parts*>(handle->data)->run_posted();
  });
  if (failed != 0) return failed;
  // These cannot fail.
  uv_idle_init(uv, &later_turn);
  uv_prepare_init(uv, &before_wait);
  uv_check_init(uv, &after_wait);
  uv_timer_init(uv, &wakeup);
  posted_signal.data = later_turn.data = before_wait.data = after_wait.data = wakeup.data = this;
  uv_prepare_start(&before_wait, [](uv_prepare_t* handle) {
    auto* parts = static_cast<Parts*>(handle->data);
    parts->loop.outbox_->flush();
    parts->now_known = parts->wall_known = false;
    ++parts->turn;
  });
  uv_check_start(&after_wait, [](uv_check_t* handle) {
    static_cast<Parts*>(handle->data)->loop.inbox_->read_all();
  });
  uv_unref(base(before_wait));
  uv_unref(base(after_wait));
  uv_unref(base(wakeup));
  return 0;
}

void Loop::Parts::wake_next_turn() {
  if (uv_is_active(base(later_turn)) != 0) return;
  uv_idle_start(&later_turn, [](uv_idle_t* handle) {
    uv_idle_stop(handle);
    auto* parts = static_cast<Parts*>(handle->data);
    if (std::exchange(parts->has_posted_itself, false)) parts->run_posted();
    parts->run_later();
  });
}

void Loop::Parts::run_posted() {
  {
    const std::scoped_lock lock(mutex);
    running.swap(posted);
  }
  for (auto& work : running) work();
  running.clear();
}

void Loop::Parts::run_later() {
  later_calls.run();
  // A destructor may dispose of more: that is for the next turn.
  auto ending = std::exchange(disposables, {});
  ending.clear();
}

void Loop::Parts::move_wakeup() {
  const MonotonicTime due = loop.timers_->next_due();
  if (due == MonotonicTime::max()) {
    uv_timer_stop(&wakeup);
    return;
  }
  using std::chrono::milliseconds;
  // Counted from libuv's own idea of now, on which uv_timer_start() builds; the same clock as ours.
  const auto at = std::chrono::ceil<milliseconds>(due.time_since_epoch()).count();
  const auto now_ms = static_cast<std::int64_t>(uv_now(loop.uv_.get()));
  uv_timer_start(
      &wakeup, [](uv_timer_t* handle) { static_cast<Parts*>(handle->data)->fire_timers(); },
      at > now_ms ? static_cast<std::uint64_t>(at - now_ms) : 0, 0);
}

void Loop::Parts::fire_timers() {
  loop.refresh_time();
  loop.timers_->advance(loop.now());
  move_wakeup();
}

bool Loop::Parts::has_work() {
  const std::scoped_lock lock(mutex);
  return !posted.empty() || !disposables.empty() || !later_calls.is_empty();
}

Result<std::unique_ptr<Loop>> Loop::make() {
  auto loop = std::make_unique<Loop>(Passkey{});
  if (const int failed = loop->open(); failed != 0) {
    return fail(ErrorKind::Io, "cannot make an event loop: " + uv_error_text(failed));
  }
  return loop;
}

Loop::Loop(Passkey)
    : timers_(std::make_unique<TimerWheel>(read_monotonic())),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBufferSize)),
      inbox_(std::make_unique<Inbox>(*this)),
      outbox_(std::make_unique<Outbox>()) {}

int Loop::open() {
  auto uv = std::make_unique<uv_loop_s>();
  if (const int failed = uv_loop_init(uv.get()); failed != 0) return failed;
  uv_ = std::move(uv);
  uv_->data = this;
  auto parts = std::make_unique<Parts>(*this);
  if (const int failed = parts->open(); failed != 0) return failed;
  parts_ = std::move(parts);
  timers_->set_clock([](void* context) { return static_cast<Loop*>(context)->now(); }, this);
  timers_->set_wakeup([](void* context) { static_cast<Parts*>(context)->move_wakeup(); },
                      parts_.get());
  return 0;
}

void Loop::finish_pending() {
  for (int round = 0; parts_ != nullptr && parts_->has_work() && round < kMaxClosingRounds;
       ++round) {
    parts_->run_posted();
    parts_->run_later();
  }
}

Loop::~Loop() {
  if (uv_ == nullptr) return;
  finish_pending();
  uv_walk(
      uv_.get(),
      [](uv_handle_t* handle, void*) {
        if (uv_is_closing(handle) == 0) uv_close(handle, nullptr);
      },
      nullptr);
  uv_run(uv_.get(), UV_RUN_DEFAULT);
  const int closed = uv_loop_close(uv_.get());
  FG_ASSERT(closed == 0);
}

void Loop::run_in_mode(int mode) {
  parts_->in_turn = true;
  outbox_->open();
  parts_->thread.store(std::this_thread::get_id(), std::memory_order_relaxed);
  uv_run(uv_.get(), static_cast<uv_run_mode>(mode));
  outbox_->close();
  parts_->in_turn = parts_->now_known = parts_->wall_known = false;
  // Between runs another thread may take the loop over.
  parts_->thread.store({}, std::memory_order_relaxed);
}

void Loop::run() {
  run_in_mode(UV_RUN_DEFAULT);
}

void Loop::run_once_without_waiting() {
  run_in_mode(UV_RUN_NOWAIT);
}

void Loop::run_once() {
  run_in_mode(UV_RUN_ONCE);
}

void Loop::stop() {
  uv_stop(uv_.get());
}

void Loop::post(std::function<void()> work) {
  bool is_first = false;
  {
    const std::scoped_lock lock(parts_->mutex);
    is_first = parts_->posted.empty();
    parts_->posted.push_back(std::move(work));
  }
  if (parts_->thread.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
    // The loop is awake: it needs no system call to be woken.
    parts_->has_posted_itself = true;
    parts_->wake_next_turn();
  } else if (is_first) {
    uv_async_send(&parts_->posted_signal);
  }
}

void Loop::dispose(std::unique_ptr<Disposable> object) {
  parts_->disposables.push_back(std::move(object));
  parts_->wake_next_turn();
}

void Loop::call_later_raw(LaterCall& call, LaterCall::Callback callback, void* owner) {
  parts_->later_calls.add(call, callback, owner);
  parts_->wake_next_turn();
}

MonotonicTime Loop::now() const {
  if (!parts_->now_known) {
    parts_->now = read_monotonic();
    parts_->now_known = parts_->in_turn;
  }
  return parts_->now;
}

WallTime Loop::wall_now() const {
  if (!parts_->wall_known) {
    const MonotonicTime read_now = read_monotonic();
    parts_->wall_ahead = read_wall().time_since_epoch() - read_now.time_since_epoch();
    parts_->wall_known = parts_->in_turn;
    if (!parts_->now_known) {
      parts_->now = read_now;
      parts_->now_known = parts_->in_turn;
    }
  }
  return WallTime(now().time_since_epoch() + parts_->wall_ahead);
}

std::uint64_t Loop::turn() const {
  return parts_->turn;
}

void Loop::refresh_time() {
  parts_->now_known = false;
}

TlsScratch& Loop::tls_scratch() {
  if (!parts_->tls_scratch) parts_->tls_scratch.emplace();
  return *parts_->tls_scratch;
}

}  // namespace fastgate::net
