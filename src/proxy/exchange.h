/// The single owner of one request: from its head to its record.
///
/// Owned by a DownstreamConnection, taken from the worker's pool; single-threaded. `src/README.md`
/// names the steps; decide_by_head() is what the head alone decides (4 and 5), decide() and
/// try_candidate() are the rest (7 to 9).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "gateway/admit.h"
#include "gateway/choose.h"
#include "gateway/reply.h"
#include "gateway/request_facts.h"
#include "gateway/upstream_request.h"
#include "http/message.h"
#include "http/target.h"
#include "net/timer_wheel.h"
#include "proxy/attempt.h"
#include "proxy/exchange_owner.h"
#include "proxy/frame_body.h"
#include "proxy/local_service.h"
#include "proxy/preamble.h"
#include "proxy/request_body.h"
#include "proxy/response_relay.h"
#include "proxy/retry.h"
#include "proxy/worker_context.h"
#include "record/audit_capture.h"
#include "record/exchange_record.h"

namespace fastgate::proxy {

/// Where an exchange stands. Every change goes through enter(), which checks it against a table.
enum class ExchangeState : std::uint8_t {
  Idle,  ///< in the pool, or waiting for a whole head
  Deciding,
  AwaitingStore,   ///< the audit store is full (`audit.on_full: wait`)
  Waiting,         ///< for a place at a route with `queue`
  CollectingBody,  ///< a route or a local service wants the body
  Connecting,
  AwaitingHead,  ///< the request is being sent, no answer yet
  HoldingBack,   ///< an event stream has begun that may still be replaced by another one
  Relaying,
  Tunnelling,
  Replying,  ///< a local service works on the answer
  Storing,   ///< the answer's last bytes are held back until its record is durable
  Flushing,  ///< the answer is made; the client has not taken all of it
  Done,
};

class Exchange final : public AttemptOwner {
 public:
  explicit Exchange(WorkerContext& worker);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Makes it fit for another request; called by the pool.
  void reset();

  /// The connection saw the first byte of a request; its head will be parsed into request_head().
  void open(ExchangeOwner& client);
  [[nodiscard]] http::RequestHead& request_head() { return head_; }

  /// The head is complete; `first` is what of the body came with it.
  void begin(const BodyPart& first);
  /// No valid head came: answers with the error (400, 408, 414, 431…) and ends.
  void refuse(const Error& error);
  /// The head is complete, but what of the body came with it breaks the framing: the same.
  void refuse_body(const Error& error);

  /// The connection ended before there was a head: nothing to record.
  void abandon();

  /// The client waits for `100 Continue` before it sends its body.
  [[nodiscard]] bool is_body_uninvited() const {
    return head_.expects_continue && !body_is_invited_ && body_.received() == 0;
  }
  void on_request_body(const BodyPart& part);
  /// The body's framing is broken, or it came too slowly.
  void on_request_body_failed(const Error& error);
  void on_client_drained();
  /// The client closed or reset its connection.
  void on_client_gone();
  /// The client took nothing for too long.
  void on_client_stalled();
  /// The worker ends at once, and the client's connection with it.
  void on_cut();
  void on_tunnel_bytes_from_client(std::string_view bytes);
  void on_tunnel_end_from_client();

  // Called by WaitingLines while it waits for a place.
  void set_waiting_token(std::uint64_t token) { waiting_token_ = token; }
  [[nodiscard]] std::uint64_t waiting_token() const { return waiting_token_; }
  /// Asks again. False: still no place. True: on_turn() follows, with a place or a final refusal.
  [[nodiscard]] bool try_turn();
  void on_turn();
  void on_wait_over();

  // AttemptOwner
  void on_attempt_connected() override;
  void on_interim_response(const http::ResponseHead& head) override;
  void on_answer_begins() override;
  void on_response(std::span<const std::string_view> body, bool is_complete) override;
  void on_response_body(std::span<const std::string_view> body, bool is_complete) override;
  void on_tunnel_bytes(std::string_view bytes) override;
  void on_tunnel_end() override;
  void on_upstream_drained() override;
  void on_attempt_failed(Error error) override;

 private:
  void enter(ExchangeState next);

  /// What became of a candidate. Settled: it took the request, or that is answered; the exchange
  /// may be over, and touches nothing of itself. PassedOver: candidate_ is the next one.
  enum class Step : std::uint8_t { Settled, PassedOver };

  // Deciding: exchange.cpp
  [[nodiscard]] Result<void> take_head();
  [[nodiscard]] Result<void> read_facts();
  /// What was asked for where it is refused: who looks for attacks finds it in the records. Of a
  /// whole URL nothing is, for it may name a user.
  void record_target();
  void decide_by_head();
  void find_route();
  void refuse_without_key();
  void collect_body();
  void on_body_collected();
  void decide();
  [[nodiscard]] Result<void> take_body_change(const gateway::Route& route);
  [[nodiscard]] std::optional<Error> check_body_size(const gateway::Route& route) const;
  void invite_body();
  [[nodiscard]] const gateway::CollectedBody& read_body();
  [[nodiscard]] bool may_inspect_body() const;
  [[nodiscard]] static Error too_large_to_inspect();

  // A local service answers: exchange_local.cpp
  void take_local(LocalService& service);
  void begin_local();
  void on_local_reply(LocalReply answer);
  void ask_for_local_piece();
  void on_local_piece(const LocalPiece& piece);
  void go_on_with_local_body();

  // Asking for a place: exchange_admission.cpp
  enum class Admission : std::uint8_t { Granted, MayWait, Refused };
  [[nodiscard]] Admission admit(const gateway::Route& route);
  [[nodiscard]] gateway::AdmissionRequest admission_request(const gateway::Route& route) const;
  [[nodiscard]] std::size_t next_candidate() const;
  void read_model(const gateway::CollectedBody& body);
  [[nodiscard]] Step wait_for_place();
  [[nodiscard]] bool stands_in_line();
  [[nodiscard]] Step reply_refusal();
  [[nodiscard]] const gateway::Route* route_of_error();
  void add_route_fields(gateway::Reply& answer);
  void on_refusal_pause_over();

  // Coming to the next route: exchange_failover.cpp
  [[nodiscard]] bool may_fail_over(std::uint16_t status);
  [[nodiscard]] Step fail_over(const Error& failure, RetryDecision otherwise);
  [[nodiscard]] Step go_to_next();
  [[nodiscard]] Step refuse_candidate(const Error& refusal);
  [[nodiscard]] bool may_read_rules() const;
  void read_rules();
  [[nodiscard]] Step await_body();
  [[nodiscard]] Step go_on_with_body();

  // Trying: exchange_attempts.cpp
  void try_candidates();
  [[nodiscard]] Step try_candidate();
  void go_on_after(Step step);
  void take_route(const gateway::Route& route);
  [[nodiscard]] Step go_on_admitted();
  [[nodiscard]] Step start_attempt(std::uint32_t server, AttemptTarget::Reuse reuse);
  [[nodiscard]] std::optional<std::uint64_t> known_length() const;
  void note_attempt_begun();
  [[nodiscard]] std::size_t replay_limit() const;
  void send_request();
  void send_body(const BodyPart& part);
  void after_failure(const FailedAttempt& failed, RetryDecision decision);
  [[nodiscard]] Step settle_failure(const FailedAttempt& failed, RetryDecision decision);
  [[nodiscard]] Step stay(RetryDecision decision, const Error& failure,
                          std::chrono::milliseconds least);
  /// What the upstream's answer of this status asks to wait; zero where there is no answer.
  [[nodiscard]] std::chrono::seconds asked_wait(std::uint16_t status) const;
  /// How long it may wait for a server at most: total_timeout would cut a longer wait.
  [[nodiscard]] std::chrono::seconds longest_wait() const;
  void note_server_failure(std::uint32_t server, std::string_view reason);
  /// A failure by its status, for the log.
  [[nodiscard]] static std::string status_reason(std::uint16_t status) {
    return "it answers " + std::to_string(status);
  }
  void pause_before_retry(std::chrono::milliseconds least);
  void on_retry_pause_over();
  [[nodiscard]] FailedAttempt failed_attempt(const Error* error, std::uint16_t status);
  void arm_upstream_timer();
  void on_upstream_timeout();
  void arm_total_timer();
  void on_total_timeout();
  void on_sse_keepalive();
  void arm_sse_timer();
  [[nodiscard]] std::uint64_t balance_hash();

  // Holding an answer's beginning back: exchange_preamble.cpp
  [[nodiscard]] bool is_to_be_held_back(const http::ResponseHead& response) const;
  void hold_back(std::span<const std::string_view> body, BodyEnd end);
  void hold_back_more(std::span<const std::string_view> body, BodyEnd end);
  void pass_preamble_on(BodyEnd end);
  void on_preamble_time_over();

  // Answering: exchange_answer.cpp
  void relay_response(std::span<const std::string_view> body, BodyEnd end);
  void begin_tunnel(std::string_view early);
  void response_complete();
  void finish(ExchangeEnd end);
  void flush_answer();
  void complete();
  void disarm_timers();
  void settle_for_long();
  void tunnel_complete();
  void note_first_byte();
  [[nodiscard]] std::string server_timing_text() const;
  void limit_upstream_reading();
  [[nodiscard]] gateway::TemplateValues template_values() { return template_values(route_); }
  [[nodiscard]] gateway::TemplateValues template_values(const gateway::Route* route);
  [[nodiscard]] bool may_keep_client() const;
  [[nodiscard]] bool is_answered() const {
    return state_ == ExchangeState::Storing || state_ == ExchangeState::Flushing;
  }

  // Answering in the gateway's own name: exchange_reply.cpp
  void reply_error(const Error& error);
  void reply(gateway::Reply answer);
  void make_reply_text(gateway::Reply& answer, bool keep, gateway::ReplyBody body);
  [[nodiscard]] bool may_keep_after(const gateway::Reply& answer) const;

  // Its record: exchange_record.cpp
  void begin_record();
  void begin_capture();
  void begin_response_capture();
  struct StoreWait;
  [[nodiscard]] StoreWait& store_wait();
  void await_store();
  void on_store_takes();
  void on_store_wait_over();
  void await_record();
  void on_stored();
  void on_store_stuck();
  void lose_held_end(std::uint16_t status);
  void conclude_record();
  void count_usage();
  void begin_wait();
  void end_wait();
  void note_attempt_over();

  WorkerContext& worker_;
  ExchangeOwner* client_ = nullptr;
  std::shared_ptr<const ActiveConfig> active_;

  http::RequestHead head_;
  http::Target target_;
  struct Certificate final : gateway::ClientCertificate {
    [[nodiscard]] std::string subject() const override {
      return stream->certificate_text(net::CertificateField::Subject);
    }
    [[nodiscard]] std::string_view verify() const override {
      return stream->tls_facts().client_verify();
    }
    const net::Stream* stream = nullptr;
  };
  Certificate certificate_;
  gateway::RequestFacts facts_;
  gateway::Identity identity_;
  gateway::UsageCell* usage_ = nullptr;  ///< of the key; active_ keeps it
  gateway::Candidates candidates_;
  const gateway::Route* route_ = nullptr;
  gateway::Permit permit_;
  std::optional<gateway::RateState> rate_;
  struct Refusal {
    Error error;
    std::chrono::milliseconds pause{0};  ///< before it is told
  };
  std::unique_ptr<Refusal> refusal_;
  struct LeftRoute {
    const gateway::Route* route = nullptr;
    Error failure;
    RetryDecision otherwise{};  ///< what is done if none stands behind it after all
  };
  std::unique_ptr<LeftRoute> left_;           ///< that failover left last; null: there is none
  std::unique_ptr<const std::string> model_;  ///< of the body, if the key is bound to models
  std::uint64_t waiting_token_ = 0;
  gateway::UpstreamRequest upstream_request_;
  std::unique_ptr<const std::string> changed_body_;  ///< in the client's place; null: it is not

  RequestBody body_;
  Attempt attempt_;
  upstream::Group* group_ = nullptr;  ///< of the current candidate; active_ keeps it
  upstream::TriedServers tried_;
  MonotonicTime client_awaited_since_{};  ///< its body before an attempt, or its taking of the end
  std::size_t pending_seen_ = 0;  ///< upstream's pending bytes when its timer was last looked at

  struct HeldBeginning {
    Preamble preamble;
    net::Timer timer;
  };
  std::unique_ptr<HeldBeginning> held_beginning_;  ///< in HoldingBack only
  ResponseRelay relay_;
  struct LocalAnswer {
    /// A call and a body are disposed of, so they may still answer in a later turn, when the
    /// exchange serves another request or is gone: they must find their ticket alive.
    struct Ticket {};
    LocalService& service;
    std::unique_ptr<record::AdminCaller> caller;  ///< of a call of the admin API
    std::shared_ptr<Ticket> ticket = std::make_shared<Ticket>();
    std::unique_ptr<LocalCall> call;
    std::unique_ptr<LocalBody> body;  ///< of an answer that is made while it is sent
    bool is_piece_awaited = false;
  };
  std::unique_ptr<LocalAnswer> local_;  ///< null where no local service answers

  record::ExchangeRecord record_;
  std::unique_ptr<const http::ResponseHead> own_response_;  ///< if record_ tells of it
  std::unique_ptr<record::AuditCapture> capture_;  ///< while a route keeps headers or bodies
  struct StoreWait {
    net::LaterCall call;
    std::string held_end;  ///< last bytes of the answer, with `holds_end_`
  };
  std::unique_ptr<StoreWait> store_wait_;  ///< made when first needed, then kept
  OptionalTime waiting_since_;             ///< in a queue
  net::Timer timer_;  ///< of the state: the store, a pause, the upstream's silence
  std::unique_ptr<net::Timer> sse_timer_;  ///< of a stream whose silences are filled
  struct TotalTime {
    net::Timer timer;
    MonotonicTime ends{};
  };
  std::unique_ptr<TotalTime> total_time_;  ///< while it runs; most routes have none

  // In order of size, so that they fill their words.
  std::uint32_t candidate_ = 0;  ///< of candidates_
  std::uint32_t tries_ = 0;
  RequestId own_request_id_;
  ExchangeState state_ = ExchangeState::Idle;
  ExchangeEnd end_ = ExchangeEnd::KeepAlive;
  bool body_was_collected_ = false;
  bool body_is_invited_ = false;     ///< 100 Continue was sent
  bool request_is_sent_ = false;     ///< to its end, to the current attempt
  bool client_half_closed_ = false;  ///< tunnel
  bool upstream_half_closed_ = false;
  bool is_recorded_ = false;  ///< the audit store was told of its end
  bool holds_end_ = false;    ///< the answer ends once its record is durable
};

}  // namespace fastgate::proxy
