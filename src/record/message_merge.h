/// Merges the events of an OpenAI stream into the one body that the same request would have brought
/// without `stream: true`. Contract section 7: of an event stream the merged message.
///
/// Owned by an exchange's capture; fed as the events pass by, so that nothing is held up and no
/// stream is kept. Single-threaded, bounded in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/document.h"

namespace fastgate::json {
class JsonWriter;
}

namespace fastgate::record {

/// Knows chat completions (role, content and other texts, tool calls by index, finish_reason,
/// several choices, usage), text completions, and the Responses API (its last event holds the whole
/// response; without it the text so far).
class MessageMerge {
 public:
  /// `parser` must outlive this; its texts are read within add() only. At most `most` bytes are
  /// kept of texts and of what holds them, and of the rest (ids, model, finish_reason, usage) up to
  /// kReserve more: where the texts are cut it is still told how they ended and what they cost. The
  /// merged body then says `"truncated": true`.
  MessageMerge(json::DocumentParser& parser, std::size_t most) : parser_(parser), room_(most) {}

  static constexpr std::size_t kReserve = 4096;

  /// The data of one event. What is not understood is passed over.
  void add(std::string_view data);
  /// Whether any event was understood; without one there is nothing to append.
  [[nodiscard]] bool is_recognised() const { return form_ != Form::Unknown; }
  /// Appends the body as compact JSON.
  void append_body(std::string& out) const;

 private:
  enum class Form : std::uint8_t { Unknown, Chat, Text, Response };
  struct ToolCall {
    std::int64_t index = 0;
    std::string id;
    std::string type;
    std::string name;
    std::string arguments;
  };
  using NamedText = std::pair<std::string, std::string>;
  struct Choice {
    std::int64_t index = 0;
    std::string role;
    std::vector<NamedText> texts;  ///< content, reasoning_content, refusal, … in order of coming
    std::vector<ToolCall> tool_calls;
    std::vector<ToolCall> function_call;  ///< the older form: one at most
    std::string finish_reason;
  };

  void add_choices(json::ValueView choices);
  void add_delta(Choice& choice, json::ValueView delta);
  void add_tool_call(std::vector<ToolCall>& calls, json::ValueView part, std::int64_t index);
  void add_response_event(std::string_view type, json::ValueView event);
  /// Keeps a top-level member as its JSON text; the last one of a name counts.
  void keep(std::string_view name, json::ValueView value);
  /// Keeps the members of `object` that tell how an answer ended and what it cost.
  void keep_facts(json::ValueView object);
  /// Of a text, as much as there is room for; behind a cut, nothing more of any text.
  void append(std::string& text, std::string_view part);
  void append_member(std::string& text, json::ValueView object, std::string_view name);
  /// Of anything else, the whole or nothing.
  void append_fact(std::string& fact, std::string_view part);
  void append_fact_of(std::string& fact, json::ValueView object, std::string_view name);
  /// Whether there is room for so much more that is no text, which is taken then.
  [[nodiscard]] bool take_room(std::size_t size);
  [[nodiscard]] Choice* choice_of(json::ValueView entry);
  static void write_choice(json::JsonWriter& writer, const Choice& choice, Form form);
  static void write_message(json::JsonWriter& writer, const Choice& choice);

  json::DocumentParser& parser_;
  std::size_t room_;
  std::size_t reserve_ = kReserve;  ///< for what is no text
  bool texts_are_cut_ = false;
  Form form_ = Form::Unknown;
  bool is_truncated_ = false;
  std::vector<NamedText> kept_;  ///< JSON texts by name: id, created, model, usage, …
  std::vector<Choice> choices_;
  std::string response_;       ///< Responses API: the whole response, as JSON
  std::string response_text_;  ///< Responses API: the text so far
};

}  // namespace fastgate::record
