/// A second reading of a head by llhttp, which must find the same as the first. The one place that
/// sees llhttp.
///
/// Two independent readers that agree are what keeps a request from meaning one thing here and
/// another behind the gateway. llhttp reads heads only, within one call from its initial state, so
/// nothing of it outlives the call and open connections carry no llhttp state.
#pragma once

#include <cstdint>

#include "http/body_framing.h"
#include "http/fault.h"
#include "http/message.h"

namespace fastgate::http {

/// Which field lines llhttp is given.
enum class LlhttpReads : std::uint8_t {
  /// Those whose value means something to llhttp: Connection, Proxy-Connection, Content-Length,
  /// Transfer-Encoding and Upgrade, told by the length and the first letter of their names. Others
  /// are whole lines that the first reading took apart strictly; without them llhttp is in the same
  /// state, which the fuzz targets prove by reading both ways.
  Framing,
  Everything,
};

/// Errors: Malformed where llhttp (strict, no lenient flag) refuses the head, or reads another
/// target, another field, or another framing than `head` and `declared` say. Form: llhttp is told
/// POST for methods without an entry in Method, since it knows a fixed list; nothing in the grammar
/// of a head depends on those.
[[nodiscard]] Checked<void> confirm_by_llhttp(const RequestHead& head, const DeclaredBody& declared,
                                              LlhttpReads reads = LlhttpReads::Framing);
[[nodiscard]] Checked<void> confirm_by_llhttp(const ResponseHead& head,
                                              const DeclaredBody& declared,
                                              LlhttpReads reads = LlhttpReads::Framing);

}  // namespace fastgate::http
