// The merged message of an OpenAI event stream: any split gives the same body, which is valid JSON,
// within its bound, and holds the texts that a slow reader puts together.
//   input: two bytes that choose the bound, then the stream
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/event_reader.h"
#include "json/document.h"
#include "json/number.h"
#include "record/message_merge.h"

namespace {

using namespace fastgate;
using json::Kind;
using json::ValueView;

constexpr std::size_t kMostEvent = 4096;
/// Braces, names and the entries that are counted by number alone.
constexpr std::size_t kMostFrame = 4096;
/// A control character of one byte becomes an escape of six.
constexpr std::size_t kEscape = 6;

struct Outcome {
  bool is_recognised = false;
  std::string body;
  bool operator==(const Outcome&) const = default;
};

/// Feeds the stream in pieces of `piece` bytes.
Outcome merged(std::string_view stream, std::size_t most, std::size_t piece) {
  json::DocumentParser parser;
  http::EventReader reader(kMostEvent);
  record::MessageMerge merge(parser, most);
  for (std::size_t i = 0; i < stream.size(); i += piece) {
    reader.feed(stream.substr(i, piece), [&](std::string_view data) { merge.add(data); });
  }
  Outcome outcome{.is_recognised = merge.is_recognised(), .body = {}};
  if (outcome.is_recognised) merge.append_body(outcome.body);
  return outcome;
}

std::optional<std::string_view> text_of(ValueView object, std::string_view name) {
  const std::optional<ValueView> member = object.find(name);
  if (!member || !member->is(Kind::String)) return std::nullopt;
  return member->string();
}

/// The `content` of the first choice, by going through the events one by one; nothing where other
/// members of the same name make it a question which one counts.
struct SlowReader {
  json::DocumentParser parser;
  std::string content;
  bool is_plain = true;

  void add(std::string_view data) {
    const Result<json::Document> parsed = parser.parse(data);
    if (!parsed) return;
    const ValueView event = parsed->root();
    if (event.find("type") || text_of(event, "object") != "chat.completion.chunk") is_plain = false;
    const std::optional<ValueView> choices = event.find("choices");
    if (!choices) return;
    for (const ValueView choice : choices->items()) add_choice(choice);
  }
  void add_choice(ValueView choice) {
    const std::optional<ValueView> index = choice.find("index");
    if (!index || !index->is(Kind::Number) || index->number().as_signed() != 0) is_plain = false;
    const std::optional<ValueView> delta = choice.find("delta");
    if (!delta) return;
    std::size_t count = 0;
    for (const json::Member member : delta->members()) count += member.name == "content" ? 1 : 0;
    if (count > 1) is_plain = false;
    content += text_of(*delta, "content").value_or("");
  }
};

void check_content(std::string_view stream, ValueView body) {
  SlowReader slow;
  http::EventReader reader(kMostEvent);
  reader.feed(stream, [&](std::string_view data) { slow.add(data); });
  if (!slow.is_plain || body.find("truncated")) return;
  const std::optional<ValueView> choices = body.find("choices");
  FG_ASSERT(choices.has_value());
  if (choices->size() == 0) return FG_ASSERT(slow.content.empty());
  const std::optional<ValueView> message = (*choices->items().begin()).find("message");
  FG_ASSERT(message.has_value());
  FG_ASSERT(text_of(*message, "content").value_or("") == slow.content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t most = (static_cast<std::size_t>(data[0]) << 8U) | data[1];
  const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Outcome whole = merged(stream, most, std::max<std::size_t>(stream.size(), 1));
  FG_ASSERT(whole == merged(stream, most, 1));
  FG_ASSERT(whole == merged(stream, most, 7));
  if (!whole.is_recognised) return 0;
  FG_ASSERT(whole.body.size() <= kEscape * (most + record::MessageMerge::kReserve) + kMostFrame);
  json::DocumentParser parser;
  const Result<json::Document> body = parser.parse(whole.body);
  FG_ASSERT(body.has_value());
  FG_ASSERT(body->root().is(Kind::Object));
  check_content(stream, body->root());
  return 0;
}
