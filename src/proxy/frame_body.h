/// Body pieces into what goes on the wire under a framing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/route_policy.h"
#include "http/message.h"

namespace fastgate::proxy {

enum class BodyEnd : std::uint8_t { More, Last };

/// Part of a body to be framed.
struct BodyPart {
  std::span<const std::string_view> pieces{};
  BodyEnd end = BodyEnd::More;
  std::string_view trailers{};  ///< raw lines, with Last under chunked framing
};

/// Appends to `out` the views that make up the framed part; all pieces of a part become one chunk.
/// Framing bytes go to `frames`, which must not be touched until `out` was written. Trailers named
/// in `taken_off` are left out: some readers add them to the head.
/// Source: RFC 9112 section 7.1.
void frame_body(http::BodyFraming framing, const BodyPart& part, std::string& frames,
                std::vector<std::string_view>& out,
                const gateway::FieldRemoval* taken_off = nullptr);

[[nodiscard]] std::size_t size_of(std::span<const std::string_view> pieces);

}  // namespace fastgate::proxy
