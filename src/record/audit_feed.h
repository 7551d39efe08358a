/// One worker's way to the audit store: rows gathered in a batch, which goes to the writer now and
/// then. Contract section 7: the three stages, and `async_audit`.
///
/// Owned by the worker's recorder; single-threaded. A request that is still running when the batch
/// goes is told of as begun (and with its first byte); a short one is told of once, complete.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "config/model.h"
#include "net/later_call.h"
#include "net/loop.h"
#include "net/timer_wheel.h"
#include "record/audit_batch.h"
#include "record/exchange_record.h"

namespace fastgate::record {

/// What of the feed follows the configuration.
struct AuditSettings {
  /// Null: no records are kept. Must live until the feed has another one, or is gone.
  AuditIntake* intake = nullptr;
  config::OnFull on_full = config::OnFull::Wait;
  std::chrono::milliseconds flush_interval{200};
  /// When an answer may end: `proxy.async_audit`.
  enum class Answers : std::uint8_t { EndAtOnce, EndOnceStored } answers = Answers::EndAtOnce;
};

class AuditFeed {
 public:
  /// A batch goes early when it holds so much: it stays in the processor's caches, and one full of
  /// captured bodies does not grow on.
  static constexpr std::size_t kFlushRows = 512;
  static constexpr std::size_t kFlushText = 256 * 1024;
  /// While the store is full rows are held here, up to so much text; then they are dropped.
  static constexpr std::size_t kMostHeld = 8 << 20;

  /// `loop` may be null (tests): then answers never wait. `first_number` keeps the exchanges of
  /// different workers, and of different lives of the process, apart.
  AuditFeed(net::TimerWheel& timers, net::Loop* loop, std::uint64_t first_number);
  /// Hands over what waits. Answers that are held are forgotten.
  ~AuditFeed();
  AuditFeed(const AuditFeed&) = delete;
  AuditFeed& operator=(const AuditFeed&) = delete;

  /// What waits goes to the intake in force so far.
  void adopt(const AuditSettings& settings);

  void begin(ExchangeRecord& record);
  void first_byte(ExchangeRecord& record);
  void finish(ExchangeRecord& record);
  void flush();

  [[nodiscard]] bool is_on() const { return settings_.intake != nullptr; }
  /// Whether new requests have to wait until the store takes more (`audit.on_full: wait`).
  [[nodiscard]] bool holds_requests() const {
    return settings_.intake != nullptr && settings_.on_full == config::OnFull::Wait &&
           settings_.intake->is_full();
  }
  /// Makes the call once holds_requests() is over.
  template <auto Method, class Owner>
  void when_taking(net::LaterCall& call, Owner* owner) {
    held_requests_.add(call, [](void* o) { (static_cast<Owner*>(o)->*Method)(); }, owner);
    look_again_soon();
  }

  /// Whether an answer may end only once its record is durable.
  [[nodiscard]] bool holds_answers() const {
    return settings_.intake != nullptr && loop_ != nullptr &&
           settings_.answers == AuditSettings::Answers::EndOnceStored;
  }
  /// Makes the call once the exchange that finish() is told of next is stored, or the disk has
  /// refused it; never from inside.
  template <auto Method, class Owner>
  void when_stored(net::LaterCall& call, Owner* owner) {
    filling().calls.add(call, [](void* o) { (static_cast<Owner*>(o)->*Method)(); }, owner);
  }

 private:
  /// The answers that wait for one batch.
  struct HeldAnswers {
    std::uint64_t batch = 0;  ///< 0 while it is being filled
    net::LaterCalls calls;
  };
  /// How the writer's thread finds the loop while there is one.
  struct Door;
  enum class Pressure : std::uint8_t { Heeded, Ignored };

  [[nodiscard]] HeldAnswers& filling() { return held_answers_.back(); }
  void append_row(const ExchangeRecord& record, AuditStage stage);
  void append_caller(AuditRow& row, const AdminCaller& caller);
  void append_captured(AuditRow& row, const ExchangeRecord& record);
  void tell_of_running();
  void row_added();
  void arm_timer();
  void submit(Pressure pressure);
  [[nodiscard]] bool yields_to_pressure();
  void look_again_soon();
  void on_pressure_timer();
  void on_batch_stored(std::uint64_t batch);

  net::TimerWheel& timers_;
  net::Loop* loop_;
  AuditSettings settings_;
  AuditBatch batch_;
  AuditTrace news_;  ///< head of the ring of exchanges that there is news of
  std::uint64_t last_number_;
  std::uint64_t batches_ = 0;
  std::string masked_;
  net::Timer timer_;
  net::Timer pressure_timer_;
  net::LaterCall submit_call_;
  net::LaterCalls held_requests_;
  std::list<HeldAnswers> held_answers_;  ///< the last one: of the batch that is being filled
  std::shared_ptr<Door> door_;
};

}  // namespace fastgate::record
