// The part of an exchange that lets a local service answer in place of steps 10 to 12.

#include <array>
#include <utility>

#include "proxy/exchange.h"

namespace fastgate::proxy {

void Exchange::take_local(LocalService& service) {
  local_ = std::make_unique<LocalAnswer>(service, service.caller_of(facts_));
  worker_.recorder.mark_local(record_);
  holds_end_ = false;
  record_.admin_caller = local_->caller.get();
  if (service.needs_body(facts_) && head_.framing != http::BodyFraming::None) return collect_body();
  begin_local();
}

void Exchange::begin_local() {
  enter(ExchangeState::Replying);
  std::unique_ptr<LocalCall> call =
      local_->service.begin({.facts = &facts_, .body = body_.held(), .worker = &worker_},
                            [this, ticket = std::weak_ptr(local_->ticket)](LocalReply answer) {
                              if (!ticket.expired()) on_local_reply(std::move(answer));
                            });
  // Null where the answer was given from inside, and all may be over.
  if (call) local_->call = std::move(call);
}

void Exchange::on_local_reply(LocalReply answer) {
  if (answer.caller) {
    local_->caller = std::move(answer.caller);
    record_.admin_caller = local_->caller.get();
  }
  if (!answer.body) return reply(std::move(answer.head));
  local_->body = std::move(answer.body);
  const bool is_chunked = head_.minor_version >= 1;
  const bool keep = is_chunked && may_keep_after(answer.head);
  record_.status = answer.head.status;
  make_reply_text(answer.head, keep,
                  is_chunked ? gateway::ReplyBody::Chunked : gateway::ReplyBody::UntilClose);
  const bool is_head_only = head_.method == http::Method::Head;
  const http::BodyFraming framing = is_head_only ? http::BodyFraming::None
                                    : is_chunked ? http::BodyFraming::Chunked
                                                 : http::BodyFraming::UntilClose;
  relay_.begin({.framing = framing, .keep_alive = keep}, ResponseRelay::Kind::Plain, record_,
               nullptr);
  note_first_byte();
  relay_.write_head(worker_, *client_, worker_.head_scratch, {});
  if (is_head_only) return finish(keep ? ExchangeEnd::KeepAlive : ExchangeEnd::Close);
  ask_for_local_piece();
}

void Exchange::ask_for_local_piece() {
  local_->is_piece_awaited = true;
  local_->body->next([this, ticket = std::weak_ptr(local_->ticket)](const LocalPiece& piece) {
    if (!ticket.expired()) on_local_piece(piece);
  });
}

void Exchange::on_local_piece(const LocalPiece& piece) {
  local_->is_piece_awaited = false;
  const bool ends_by_close = relay_.framing().framing == http::BodyFraming::UntilClose;
  if (piece.state == LocalPiece::State::Broken) {
    record_.error_message = "the answer could not be made to its end";
    return finish(ends_by_close ? ExchangeEnd::Reset : ExchangeEnd::Break);
  }
  const bool is_last = piece.state == LocalPiece::State::Last;
  const std::array<std::string_view, 1> pieces{piece.bytes};
  relay_.write_body(worker_, *client_,
                    {.pieces = piece.bytes.empty() ? std::span<const std::string_view>() : pieces,
                     .end = is_last ? BodyEnd::Last : BodyEnd::More});
  if (is_last) {
    return finish(relay_.framing().keep_alive ? ExchangeEnd::KeepAlive : ExchangeEnd::Close);
  }
  // on_client_drained() goes on.
  if (client_->pending() > active_->snapshot->config.proxy.buffer_limit.count) return;
  ask_for_local_piece();
}

void Exchange::go_on_with_local_body() {
  if (local_->body && !local_->is_piece_awaited) ask_for_local_piece();
}

}  // namespace fastgate::proxy
