// Answers: any split gives the same events, to every kind of request. The first byte chooses the
// method.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../unit/http/transcript.h"
#include "http/body_framing.h"
#include "http/llhttp_reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastgate;
  using namespace fastgate::http;
  if (size == 0) return 0;
  const Method method = data[0] % 2 == 0 ? Method::Get : Method::Head;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ParserLimits limits{.max_head_bytes = 1024, .max_fields = 16};
  // What llhttp was not given means nothing to it either.
  const auto check_head = [](const ResponseHead& head) {
    const Checked<DeclaredBody> declared = read_declared_body(head);
    FG_ASSERT(declared && confirm_by_llhttp(head, *declared, LlhttpReads::Everything));
  };
  const std::string said =
      testing::read_responses(bytes, method, testing::whole(), limits, check_head);
  FG_ASSERT(said == testing::read_responses(bytes, method, testing::pieces_of(1), limits));
  FG_ASSERT(said ==
            testing::read_responses(bytes, method, testing::random_pieces(size, 17), limits));
  return 0;
}
