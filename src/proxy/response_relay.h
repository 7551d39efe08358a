/// The answer on its way to the client: head, body under the client's framing, counts.
///
/// A member of its Exchange; single-threaded. Step 12 and the other half of step 11.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/response_headers.h"
#include "http/event_stream.h"
#include "proxy/exchange_owner.h"
#include "proxy/frame_body.h"
#include "record/exchange_record.h"

namespace fastgate::proxy {

struct WorkerContext;

class ResponseRelay {
 public:
  void reset();

  /// Writes the head together with the first part of the body, in one write.
  void write_head(WorkerContext& worker, ExchangeOwner& client, std::string_view head,
                  const BodyPart& first);
  /// Writes a part of the body.
  void write_body(WorkerContext& worker, ExchangeOwner& client, const BodyPart& part);
  /// A comment line that keeps a silent event stream open, if the bytes so far end between two
  /// events and the framing allows it. Source: contract section 2, sse_keepalive.
  void write_keepalive(WorkerContext& worker, ExchangeOwner& client);

  /// Whether events are counted.
  enum class Kind : std::uint8_t { Plain, EventStream };
  /// Says how the body will be framed; before write_head(). With `held_end` the part that ends the
  /// answer is put there instead of being written; with `taken_off` trailers of these names are
  /// left out. Lifetime: all outlive the answer.
  void begin(gateway::DownstreamFraming framing, Kind kind, record::ExchangeRecord& record,
             std::string* held_end, const gateway::FieldRemoval* taken_off = nullptr);

  [[nodiscard]] bool has_begun() const { return has_begun_; }
  [[nodiscard]] const gateway::DownstreamFraming& framing() const { return framing_; }

 private:
  void count(const BodyPart& part);
  void send(WorkerContext& worker, ExchangeOwner& client, BodyEnd end);
  record::ExchangeRecord* record_ = nullptr;
  std::string* held_end_ = nullptr;
  const gateway::FieldRemoval* taken_off_ = nullptr;
  http::EventCounter events_;
  gateway::DownstreamFraming framing_;
  Kind kind_ = Kind::Plain;
  bool has_begun_ = false;
};

}  // namespace fastgate::proxy
