#include "proxy/response_relay.h"

#include "proxy/worker_context.h"
#include "record/audit_capture.h"

namespace fastgate::proxy {
namespace {

constexpr std::string_view kKeepAliveComment = ": keep-alive\n\n";

}  // namespace

void ResponseRelay::reset() {
  *this = ResponseRelay();
}

void ResponseRelay::begin(gateway::DownstreamFraming framing, Kind kind,
                          record::ExchangeRecord& record, std::string* held_end,
                          const gateway::FieldRemoval* taken_off) {
  framing_ = framing;
  kind_ = kind;
  record_ = &record;
  held_end_ = held_end;
  taken_off_ = taken_off;
}

void ResponseRelay::count(const BodyPart& part) {
  record_->response_size += size_of(part.pieces);
  if (record_->capture != nullptr) record_->capture->add_response(part.pieces);
  if (kind_ != Kind::EventStream) return;
  for (const std::string_view piece : part.pieces) events_.feed(piece);
  record_->stream_chunks = events_.data_events();
}

void ResponseRelay::send(WorkerContext& worker, ExchangeOwner& client, BodyEnd end) {
  if (worker.write_pieces.empty()) return;
  record_->bytes_sent += size_of(worker.write_pieces);
  if (held_end_ != nullptr && end == BodyEnd::Last) {
    for (const std::string_view piece : worker.write_pieces) held_end_->append(piece);
    return;
  }
  client.write(worker.write_pieces);
}

void ResponseRelay::write_head(WorkerContext& worker, ExchangeOwner& client, std::string_view head,
                               const BodyPart& first) {
  has_begun_ = true;
  count(first);
  worker.write_pieces.clear();
  worker.write_pieces.push_back(head);
  frame_body(framing_.framing, first, worker.frame_scratch, worker.write_pieces, taken_off_);
  send(worker, client, first.end);
}

void ResponseRelay::write_body(WorkerContext& worker, ExchangeOwner& client, const BodyPart& part) {
  count(part);
  worker.write_pieces.clear();
  frame_body(framing_.framing, part, worker.frame_scratch, worker.write_pieces, taken_off_);
  send(worker, client, part.end);
}

void ResponseRelay::write_keepalive(WorkerContext& worker, ExchangeOwner& client) {
  const bool length_is_open = framing_.framing == http::BodyFraming::Chunked ||
                              framing_.framing == http::BodyFraming::UntilClose;
  if (!has_begun_ || kind_ != Kind::EventStream || !length_is_open || !events_.at_boundary())
    return;
  const std::string_view pieces[] = {kKeepAliveComment};
  worker.write_pieces.clear();
  frame_body(framing_.framing, {.pieces = pieces}, worker.frame_scratch, worker.write_pieces);
  send(worker, client, BodyEnd::More);
}

}  // namespace fastgate::proxy
