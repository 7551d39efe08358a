#include "proxy/exchange.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace fastgate::proxy {
namespace {

constexpr std::uint32_t bit(ExchangeState state) {
  return 1U << static_cast<unsigned>(state);
}

/// Which states may follow, by state.
constexpr std::array<std::uint32_t, 14> kFollowers = [] {
  using enum ExchangeState;
  std::array<std::uint32_t, 14> table{};
  const auto at = [&](ExchangeState state) -> std::uint32_t& {
    return table.at(static_cast<std::size_t>(state));
  };
  const std::uint32_t ends = bit(Storing) | bit(Flushing) | bit(Done);
  at(Idle) = bit(Deciding) | ends;
  at(Deciding) = bit(AwaitingStore) | bit(CollectingBody) | bit(Waiting) | bit(Connecting) |
                 bit(Replying) | ends;
  at(AwaitingStore) = bit(Deciding) | ends;
  at(Waiting) = bit(Deciding) | ends;
  at(CollectingBody) = bit(Deciding) | ends;
  at(Connecting) = bit(Connecting) | bit(AwaitingHead) | bit(Deciding) | ends;
  at(AwaitingHead) =
      bit(Connecting) | bit(Deciding) | bit(HoldingBack) | bit(Relaying) | bit(Tunnelling) | ends;
  at(HoldingBack) = bit(Connecting) | bit(Deciding) | bit(Relaying) | ends;
  at(Relaying) = ends;
  at(Tunnelling) = ends;
  at(Replying) = ends;
  at(Storing) = bit(Flushing);
  at(Flushing) = bit(Done);
  at(Done) = bit(Idle);
  return table;
}();

constexpr const char* kCutOff = "cut off by a fast stop";

/// The largest head text that a pooled exchange keeps memory for.
constexpr std::size_t kKeptHeadCapacity = 4 * 1024;

void trim_capacity(std::string& text) {
  text.clear();
  if (text.capacity() > kKeptHeadCapacity) std::string().swap(text);
}

/// A fresh value in place: assigning one would build it elsewhere first. For types whose default
/// allocates nothing, so that it cannot fail.
template <class T>
void renew(T& value) {
  std::destroy_at(&value);
  std::construct_at(&value);
}

}  // namespace

Exchange::Exchange(WorkerContext& worker)
    : worker_(worker), attempt_(*this, worker.loop, worker.body_pieces) {}

Exchange::~Exchange() {
  // Destroyed in the middle only when the worker itself ends at once: the record is still written.
  if (state_ == ExchangeState::Idle || state_ == ExchangeState::Done) return;
  record_.error_message = kCutOff;
  record_.finished = worker_.loop.now();
  if (!is_recorded_) worker_.recorder.store(record_);
  worker_.recorder.tell(record_);
}

void Exchange::reset() {
  FG_ASSERT(state_ == ExchangeState::Done);
  enter(ExchangeState::Idle);
  client_ = nullptr;
  active_.reset();
  head_.clear();
  if (head_.text.capacity() > kKeptHeadCapacity) std::string().swap(head_.text);
  target_.clear();
  renew(facts_);
  renew(identity_);
  usage_ = nullptr;
  candidates_.routes.clear();
  candidate_ = 0;
  route_ = nullptr;
  permit_.release();
  rate_.reset();
  refusal_.reset();
  left_.reset();
  model_.reset();
  trim_capacity(upstream_request_.head);
  changed_body_.reset();
  body_was_collected_ = false;
  body_is_invited_ = false;
  body_.reset();
  group_ = nullptr;
  tried_.clear();
  tries_ = 0;
  request_is_sent_ = false;
  pending_seen_ = 0;
  held_beginning_.reset();
  relay_.reset();
  local_.reset();
  end_ = ExchangeEnd::KeepAlive;
  client_half_closed_ = false;
  upstream_half_closed_ = false;
  renew(record_);
  own_response_.reset();
  capture_.reset();
  is_recorded_ = false;
  holds_end_ = false;
  if (store_wait_) trim_capacity(store_wait_->held_end);
  waiting_since_.reset();
}

void Exchange::on_cut() {
  if (record_.error_message.empty()) record_.error_message = kCutOff;
  on_client_gone();
}

void Exchange::enter(ExchangeState next) {
  FG_ASSERT((kFollowers.at(static_cast<std::size_t>(state_)) & bit(next)) != 0);
  state_ = next;
}

void Exchange::open(ExchangeOwner& client) {
  FG_ASSERT(state_ == ExchangeState::Idle);
  client_ = &client;
  active_ = worker_.active;
  const ConnectionFacts& connection = client.facts();
  record_.request_time = worker_.loop.wall_now();
  record_.started = worker_.loop.now();
  record_.peer = connection.peer;
  record_.client = connection.peer;
  record_.peer_port = connection.peer_port;
  record_.server_port = connection.server_port;
  record_.connection_number = connection.number;
  record_.connection_requests = connection.requests;
  record_.client_stream = &client.stream();
  certificate_.stream = record_.client_stream;
  record_.scheme = connection.scheme == gateway::Scheme::Https ? "https" : "http";
  own_request_id_ = RequestId::make(worker_.random);
  record_.request_id = own_request_id_.text();
}

void Exchange::refuse(const Error& error) {
  record_.refused = &head_;
  begin_record();
  end_ = ExchangeEnd::Close;
  reply_error(error);
}

void Exchange::abandon() {
  FG_ASSERT(state_ == ExchangeState::Idle);
  enter(ExchangeState::Done);
}

void Exchange::begin(const BodyPart& first) {
  body_.begin(head_.content_length);
  body_.add(first, RequestBody::Sent::No);
  worker_.retry_budget.on_request();
  if (const Result<void> facts = take_head(); !facts) {
    end_ = ExchangeEnd::Close;
    return reply_error(facts.error());
  }
  decide_by_head();
}

void Exchange::refuse_body(const Error& error) {
  body_.begin(head_.content_length);
  const Result<void> facts = take_head();
  end_ = ExchangeEnd::Close;
  reply_error(facts ? error : facts.error());
}

Result<void> Exchange::take_head() {
  enter(ExchangeState::Deciding);
  record_.request = &head_;
  record_.request_head_size = head_.text.size();
  record_.request_size = body_.received();
  Result<void> facts = read_facts();
  begin_record();
  return facts;
}

Result<void> Exchange::read_facts() {
  const std::optional<std::string_view> given = head_.find(http::FieldId::XRequestId);
  if (given && is_acceptable_request_id(*given)) record_.request_id = *given;
  const Result<void> parsed = http::parse_target(head_.method, head_.target(), target_);
  if (!parsed) {
    record_target();
    return parsed;
  }
  const ConnectionFacts& connection = client_->facts();
  facts_ =
      gateway::make_facts(head_, target_,
                          {.peer = connection.peer,
                           .listener_scheme = connection.scheme,
                           .trusted_proxies = &active_->snapshot->config.server.trusted_proxies,
                           .request_id = record_.request_id,
                           .scratch = &worker_.regex_scratch,
                           .certificate = &certificate_,
                           .door = connection.door});
  record_.client = facts_.client;
  record_.path = target_.raw_path;
  record_.query = target_.query;
  record_.host = facts_.host;
  return {};
}

void Exchange::record_target() {
  const std::string_view target = head_.target();
  if (!target.starts_with('/')) return;
  record_.path = target.substr(0, target.find('?'));
  record_.query = target.substr(std::min(record_.path.size() + 1, target.size()));
}

void Exchange::decide_by_head() {
  if (active_->local_service && active_->local_service->wants(facts_)) {
    return take_local(*active_->local_service);
  }
  if (worker_.recorder.audit().holds_requests()) return await_store();
  find_route();
}

void Exchange::find_route() {
  const gateway::Snapshot& snapshot = *active_->snapshot;
  snapshot.index->shortlist(facts_, worker_.shortlist);
  if (worker_.shortlist.empty()) {
    return reply_error(gateway::no_route(facts_, gateway::Misfit::Head));
  }
  identity_ = gateway::identify(facts_, snapshot.keys, worker_.loop.wall_now());
  record_.key_id = identity_.key_id();
  record_.source_path = identity_.source_path();
  if (identity_.key != nullptr) {
    active_->limits->fetch_ahead(*identity_.key);
    usage_ = active_->key_usage->cell_of(*identity_.key).get();
  }
  // A body is not taken in from somebody whom every route would turn away.
  if (worker_.shortlist.wants_key() && identity_.key == nullptr) {
    return refuse_without_key();
  }
  if ((worker_.shortlist.needs_body() || gateway::needs_model(identity_)) &&
      head_.framing != http::BodyFraming::None && gateway::may_be_json(head_)) {
    return collect_body();
  }
  decide();
}

void Exchange::refuse_without_key() {
  const gateway::Shortlist& shortlist = worker_.shortlist;
  const bool is_route_known = !shortlist.routes.empty();
  // Which one of a table it would be is for the body to say; all of them refuse alike.
  const gateway::Route* route =
      is_route_known ? shortlist.routes.front() : shortlist.tables.front()->routes.front().front();
  if (is_route_known) {
    take_route(*route);
    begin_capture();
  }
  static_cast<void>(admit(*route));
  if (refusal_) return go_on_after(reply_refusal());
  reply_error(fail(ErrorKind::Unauthorized, "an API key is required").error());
}

void Exchange::collect_body() {
  enter(ExchangeState::CollectingBody);
  if (!may_inspect_body()) return reply_error(too_large_to_inspect());
  client_awaited_since_ = worker_.loop.now();
  if (body_.is_complete()) return on_body_collected();
  invite_body();
}

void Exchange::on_body_collected() {
  body_was_collected_ = true;
  record_.client_wait += worker_.loop.now() - client_awaited_since_;
  enter(ExchangeState::Deciding);
  if (local_) return begin_local();
  if (!candidates_.routes.empty()) return go_on_after(go_on_with_body());
  active_->snapshot->index->shortlist(facts_, worker_.shortlist);
  decide();
}

void Exchange::decide() {
  if (body_.is_complete()) body_was_collected_ = true;
  const gateway::CollectedBody* body = nullptr;
  // Once for all rules, and for the key's models.
  if (body_was_collected_ && (worker_.shortlist.needs_body() || gateway::needs_model(identity_))) {
    body = &read_body();
    read_model(*body);
  }
  gateway::choose(worker_.shortlist, body, candidates_);
  if (candidates_.routes.empty()) {
    return reply_error(gateway::no_route(facts_, gateway::Misfit::Body));
  }
  candidate_ = 0;
  try_candidates();
}

const gateway::CollectedBody& Exchange::read_body() {
  const std::uint64_t limit = active_->snapshot->config.proxy.inspect_limit.count;
  const gateway::CollectedBody& body =
      worker_.body_reader.read(head_, body_.held(), static_cast<std::size_t>(limit));
  if (body.document == nullptr && !body.bytes.empty() && worker_.log.is_on(LogLevel::Debug)) {
    worker_.log.debug("the body matches no rule", {{"request_id", record_.request_id},
                                                   {"reason", "it " + std::string(body.reason)}});
  }
  return body;
}

std::optional<Error> Exchange::check_body_size(const gateway::Route& route) const {
  const std::uint64_t limit = route.policy->max_body_size;
  if (limit == 0 || (body_.content_length() <= limit && body_.received() <= limit)) return {};
  return fail(ErrorKind::BodyTooLarge,
              "the body is larger than the " + std::to_string(limit) + " bytes allowed here")
      .error();
}

Result<void> Exchange::take_body_change(const gateway::Route& route) {
  changed_body_.reset();
  if (!route.body_patch || head_.framing == http::BodyFraming::None) return {};
  const gateway::ForwardPlan plan{.snapshot = active_->snapshot.get(),
                                  .route = &route,
                                  .facts = &facts_,
                                  .identity = &identity_,
                                  .hop_by_hop = &worker_.hop_by_hop,
                                  .host = {}};
  Result<std::string> changed = gateway::change_body(plan, body_.held());
  if (!changed) return std::unexpected(std::move(changed.error()));
  changed_body_ = std::make_unique<const std::string>(std::move(*changed));
  return {};
}

void Exchange::invite_body() {
  if (!is_body_uninvited()) return;
  body_is_invited_ = true;
  const std::array<std::string_view, 1> pieces{"HTTP/1.1 100 Continue\r\n\r\n"};
  client_->write(pieces);
  client_->restart_body_time();
}

void Exchange::on_request_body(const BodyPart& part) {
  // The answer is made: what still comes of the body is for nobody.
  if (is_answered()) return;
  const bool may_pass_on =
      (state_ == ExchangeState::AwaitingHead || state_ == ExchangeState::HoldingBack ||
       state_ == ExchangeState::Relaying) &&
      !body_was_collected_;
  body_.add(part, may_pass_on ? RequestBody::Sent::Yes : RequestBody::Sent::No);
  record_.request_size = body_.received();
  if (record_.capture != nullptr) {
    for (const std::string_view piece : part.pieces) record_.capture->add_request(piece);
  }
  if (state_ == ExchangeState::CollectingBody) {
    if (body_.received() > active_->snapshot->config.proxy.inspect_limit.count) {
      return go_on_after(refuse_candidate(too_large_to_inspect()));
    }
    if (body_.is_complete()) on_body_collected();
    return;
  }
  if (route_ != nullptr) {
    if (const std::optional<Error> error = check_body_size(*route_)) {
      attempt_.stop(Attempt::Request::Unfinished);
      return reply_error(*error);
    }
  }
  if (may_pass_on) return send_body(part);
  const std::size_t limit = active_->snapshot->config.proxy.buffer_limit.count;
  if (body_.held().size() >= limit && !body_.is_complete()) client_->pause_request_body();
}

void Exchange::on_request_body_failed(const Error& error) {
  if (is_answered()) {
    if (end_ == ExchangeEnd::KeepAlive) end_ = ExchangeEnd::Close;
    return;
  }
  attempt_.stop(Attempt::Request::Unfinished);
  end_ = ExchangeEnd::Close;
  reply_error(error);
}

}  // namespace fastgate::proxy
