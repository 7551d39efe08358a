#include "proxy/preamble_event.h"

#include <algorithm>
#include <array>

namespace fastgate::proxy {
namespace {

/// Values of `type`, of Anthropic's messages and OpenAI's responses.
constexpr std::array<std::string_view, 2> kFailures = {"error", "response.failed"};
constexpr std::array<std::string_view, 5> kAnnouncements = {
    "ping", "message_start", "response.created", "response.in_progress", "response.queued"};

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& texts) {
  return std::ranges::find(texts, text) != texts.end();
}

/// Whether a value says nothing: null, false, or an empty text, list or object.
bool is_blank(const json::ValueView& value) {
  switch (value.kind()) {
    case json::Kind::Null:
      return true;
    case json::Kind::Boolean:
      return !value.boolean();
    case json::Kind::String:
      return value.string().empty();
    case json::Kind::Array:
    case json::Kind::Object:
      return value.size() == 0;
    case json::Kind::Number:
      break;
  }
  return false;
}

std::string_view text_of(const json::ValueView& object, std::string_view name) {
  const auto member = object.find(name);
  return member && member->is(json::Kind::String) ? member->string() : std::string_view();
}

/// A choice whose delta holds a role at most.
bool is_empty_choice(const json::ValueView& choice) {
  for (const json::Member& member : choice.members()) {
    if (member.name == "index" || member.name == "delta") continue;
    if (!is_blank(member.value)) return false;
  }
  const auto delta = choice.find("delta");
  if (!delta || !delta->is(json::Kind::Object)) return false;
  for (const json::Member& member : delta->members()) {
    if (member.name != "role" && !is_blank(member.value)) return false;
  }
  return true;
}

bool is_empty_chunk(const json::ValueView& event) {
  const auto choices = event.find("choices");
  if (!choices || !choices->is(json::Kind::Array)) return false;
  for (const json::ValueView choice : choices->items()) {
    if (!is_empty_choice(choice)) return false;
  }
  return true;
}

/// Anthropic's: a block of text that has no text yet.
bool is_empty_block(const json::ValueView& event) {
  if (text_of(event, "type") != "content_block_start") return false;
  const auto block = event.find("content_block");
  return block && text_of(*block, "type") == "text" && text_of(*block, "text").empty();
}

}  // namespace

EventMeaning meaning_of(std::string_view name, std::string_view data,
                        json::DocumentParser& parser) {
  if (name == "error") return EventMeaning::Error;
  if (data.empty() || name == "ping") return EventMeaning::Nothing;
  const Result<json::Document> parsed = parser.parse(data);
  if (!parsed || !parsed->root().is(json::Kind::Object)) return EventMeaning::Content;
  const json::ValueView event = parsed->root();
  const std::string_view type = text_of(event, "type");
  const auto error = event.find("error");
  if ((error && !is_blank(*error)) || is_one_of(type, kFailures)) return EventMeaning::Error;
  const bool says_nothing =
      is_one_of(type, kAnnouncements) || is_empty_block(event) || is_empty_chunk(event);
  return says_nothing ? EventMeaning::Nothing : EventMeaning::Content;
}

}  // namespace fastgate::proxy
