/// What one event at the beginning of a model's answer says: nothing yet, content, or an error.
/// Pure; step 12 of the request path, where `failover_preamble` is on.
#pragma once

#include <cstdint>
#include <string_view>

#include "json/document.h"

namespace fastgate::proxy {

enum class EventMeaning : std::uint8_t {
  Nothing,  ///< a sign of life, or the announcement of an answer: no word of it yet
  Content,  ///< part of the answer, or something that is not known
  Error,    ///< there will be no answer
};

/// Form: `name` is the event's `event` field, "" without one; `data` its data lines joined. An
/// error is an event named `error`, or JSON data with an `error` that is neither null, false nor
/// empty, or with the `type` of a failure. Nothing are pings, events without data, and the first
/// events of OpenAI's and Anthropic's streams, which hold a role and no text.
[[nodiscard]] EventMeaning meaning_of(std::string_view name, std::string_view data,
                                      json::DocumentParser& parser);

}  // namespace fastgate::proxy
