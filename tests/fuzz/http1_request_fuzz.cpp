// Requests: any split gives the same events; what is accepted is unambiguous, and means the same
// when it is written again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../unit/http/transcript.h"
#include "http/body_framing.h"
#include "http/hop_by_hop.h"
#include "http/http1_writer.h"
#include "http/llhttp_reading.h"
#include "http/target.h"

namespace {

using namespace fastgate;
using namespace fastgate::http;

void check_head(const RequestHead& head) {
  FG_ASSERT(is_field_name(head.method_name()));
  FG_ASSERT(head.minor_version == 0 || head.fields.count(FieldId::Host) == 1);
  const std::size_t lengths = head.fields.count(FieldId::ContentLength);
  const std::size_t codings = head.fields.count(FieldId::TransferEncoding);
  FG_ASSERT(lengths + codings <= 1);
  FG_ASSERT((head.framing == BodyFraming::ContentLength) == (lengths == 1));
  FG_ASSERT((head.framing == BodyFraming::Chunked) == (codings == 1));
  HopByHop hop_by_hop;
  hop_by_hop.inspect(head);
  std::string again;
  append_request_line(again, head.method_name(), head.target());
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const Field field = head.field(i);
    FG_ASSERT(is_field_name(field.name));
    FG_ASSERT(is_field_value(field.value));
    FG_ASSERT(field.id == field_id(field.name));
    FG_ASSERT(field.id != FieldId::Connection || hop_by_hop.is_taken_off(i));
    append_field(again, field.name, field.value);
  }
  append_end_of_head(again);
  if (head.minor_version == 1) {
    Http1RequestParser parser{
        ParserLimits{.max_head_bytes = static_cast<std::uint32_t>(again.size())}};
    RequestHead second;
    parser.begin(second);
    FG_ASSERT(parser.feed_head(again) == again.size());
    FG_ASSERT(testing::start_of(second) == testing::start_of(head));
  }
  // What llhttp was not given means nothing to it either.
  const Checked<DeclaredBody> declared = read_declared_body(head);
  FG_ASSERT(declared && confirm_by_llhttp(head, *declared, LlhttpReads::Everything));
  Target target;
  if (parse_target(head.method, head.target(), target)) FG_ASSERT(!target.match_path.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ParserLimits limits{.max_head_bytes = 1024, .max_fields = 16};
  const std::string said = testing::read_requests(bytes, testing::whole(), limits, check_head);
  FG_ASSERT(said == testing::read_requests(bytes, testing::pieces_of(1), limits));
  FG_ASSERT(said == testing::read_requests(bytes, testing::random_pieces(size, 17), limits));
  return 0;
}
