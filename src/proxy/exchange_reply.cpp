// The part of an exchange that answers with what the gateway made itself: step 14 by returning.

#include <array>
#include <utility>

#include "http/http1_parser.h"
#include "proxy/exchange.h"

namespace fastgate::proxy {
namespace {

/// The head at the start of an answer that the gateway made; null if it is none by HTTP's rules.
std::unique_ptr<const http::ResponseHead> read_own_head(std::string_view answer) {
  auto head = std::make_unique<http::ResponseHead>();
  http::Http1ResponseParser parser({.max_head_bytes = UINT32_MAX, .max_fields = UINT32_MAX});
  parser.begin(*head, http::Method::Get);
  if (!parser.feed_head(answer) || !parser.head_complete()) return nullptr;
  return head;
}

}  // namespace

void Exchange::reply_error(const Error& error) {
  record_.error_message = error.text;
  record_.error_kind = error.kind;
  if (relay_.has_begun()) {
    const bool end_looks_whole = relay_.framing().framing == http::BodyFraming::UntilClose;
    return finish(end_looks_whole ? ExchangeEnd::Reset : ExchangeEnd::Break);
  }
  gateway::Reply answer = gateway::error_reply(error, record_.request_id);
  // A server may be free, or found well, at any moment.
  if (error.kind == ErrorKind::NoServer) answer.headers.emplace_back("Retry-After", "1");
  reply(std::move(answer));
}

bool Exchange::may_keep_after(const gateway::Reply& answer) const {
  // What is left of the client's body has to be read to find the next request: only a short one is.
  constexpr std::uint64_t kReadableRest = 64 * 1024;
  const bool rest_is_short =
      body_.is_complete() ||
      (head_.framing == http::BodyFraming::ContentLength && !head_.expects_continue &&
       head_.content_length - body_.received() <= kReadableRest);
  return !answer.close && rest_is_short && may_keep_client();
}

/// Its head, and its body where that is inside, into the worker's scratch.
void Exchange::make_reply_text(gateway::Reply& answer, bool keep, gateway::ReplyBody body) {
  if (active_->snapshot->config.proxy.server_timing) {
    answer.headers.emplace_back("Server-Timing", server_timing_text());
  }
  worker_.head_scratch.clear();
  gateway::append_reply(worker_.head_scratch, answer,
                        {.method = head_.method,
                         .client_minor_version = head_.minor_version,
                         .keep_alive = keep,
                         .request_id = record_.request_id,
                         .http_date = worker_.dates.http_date(worker_.loop.wall_now()),
                         .body = body});
  if (!worker_.recorder.reads_own_response()) return;
  own_response_ = read_own_head(worker_.head_scratch);
  record_.own_response = own_response_.get();
}

void Exchange::reply(gateway::Reply answer) {
  const bool keep = may_keep_after(answer);
  record_.status = answer.status;
  if (rate_) gateway::append_rate_fields(answer.headers, *rate_);
  if (record_.error_kind) add_route_fields(answer);
  if (record_.capture != nullptr) {
    const bool has_body = head_.method != http::Method::Head;
    record_.capture->reply(answer.content_type, answer.headers, has_body ? answer.body : "");
  }
  make_reply_text(answer, keep, gateway::ReplyBody::Inside);
  note_first_byte();
  if (head_.method != http::Method::Head) record_.response_size = answer.body.size();
  record_.bytes_sent += worker_.head_scratch.size();
  if (holds_end_) {
    store_wait().held_end = worker_.head_scratch;
  } else {
    const std::array<std::string_view, 1> pieces{worker_.head_scratch};
    client_->write(pieces);
  }
  finish(keep ? ExchangeEnd::KeepAlive : ExchangeEnd::Close);
}

}  // namespace fastgate::proxy
