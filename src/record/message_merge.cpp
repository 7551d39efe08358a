#include "record/message_merge.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/utf8.h"
#include "json/value.h"
#include "json/writer.h"

namespace fastgate::record {
namespace {

using json::Kind;
using json::ValueView;

// An upstream may send any index and any name; what is kept of them has a bound in number too.
constexpr std::size_t kMostChoices = 128;
constexpr std::size_t kMostToolCalls = 128;
constexpr std::size_t kMostTexts = 16;
/// What a choice or a tool call takes without its texts: an upstream may send many empty ones.
constexpr std::size_t kEntrySize = 128;

/// Members of a chunk, or of a response, that are kept as they are; of several the last that is not
/// null.
constexpr auto kKept = std::to_array<std::string_view>(
    {"id", "created", "created_at", "model", "system_fingerprint", "service_tier", "status",
     "incomplete_details", "usage", "error"});

std::optional<std::string_view> string_of(ValueView object, std::string_view name) {
  const std::optional<ValueView> member = object.find(name);
  if (!member || !member->is(Kind::String)) return std::nullopt;
  return member->string();
}

std::int64_t index_of(ValueView entry, std::int64_t otherwise) {
  const std::optional<ValueView> index = entry.find("index");
  if (!index || !index->is(Kind::Number)) return otherwise;
  return index->number().as_signed().value_or(otherwise);
}

/// The longest part of at most `size` bytes that ends between two characters.
std::string_view cut(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && is_utf8_continuation(text[size])) --size;
  return text.substr(0, size);
}

void write_function(json::JsonWriter& writer, std::string_view name, std::string_view arguments) {
  writer.begin_object().key("name").value(name).key("arguments").value(arguments).end_object();
}

}  // namespace

void MessageMerge::append(std::string& text, std::string_view part) {
  if (texts_are_cut_) return;
  const std::string_view fits = cut(part, room_);
  if (fits.size() < part.size()) texts_are_cut_ = is_truncated_ = true;
  room_ -= fits.size();
  text += fits;
}

void MessageMerge::append_fact(std::string& fact, std::string_view part) {
  if (take_room(part.size())) fact += part;
}

bool MessageMerge::take_room(std::size_t size) {
  if (size <= room_) {
    room_ -= size;
    return true;
  }
  if (size <= reserve_) {
    reserve_ -= size;
    return true;
  }
  is_truncated_ = true;
  return false;
}

void MessageMerge::append_fact_of(std::string& fact, ValueView object, std::string_view name) {
  if (const auto part = string_of(object, name)) append_fact(fact, *part);
}

void MessageMerge::append_member(std::string& text, ValueView object, std::string_view name) {
  if (const auto part = string_of(object, name)) append(text, *part);
}

void MessageMerge::add(std::string_view data) {
  // Not `[DONE]`, nor what else is no object.
  const std::size_t begin = data.find_first_not_of(" \t\r\n");
  if (begin == data.npos || data[begin] != '{') return;
  const Result<json::Document> parsed = parser_.parse(data);
  if (!parsed) return;
  const ValueView event = parsed->root();
  if (const auto type = string_of(event, "type"); type && type->starts_with("response.")) {
    return add_response_event(*type, event);
  }
  const std::optional<ValueView> choices = event.find("choices");
  const std::optional<ValueView> error = event.find("error");
  if (!(choices && choices->is(Kind::Array)) && !error) return;
  if (form_ == Form::Unknown) {
    form_ = string_of(event, "object") == "text_completion" ? Form::Text : Form::Chat;
  }
  keep_facts(event);
  if (choices) add_choices(*choices);
}

void MessageMerge::keep_facts(ValueView object) {
  for (const std::string_view name : kKept) {
    const std::optional<ValueView> member = object.find(name);
    if (member && !member->is(Kind::Null)) keep(name, *member);
  }
}

void MessageMerge::keep(std::string_view name, ValueView value) {
  const auto found =
      std::ranges::find(kept_, name, [](const NamedText& entry) { return entry.first; });
  std::string text;
  json::append_json(text, value);
  if (found != kept_.end()) {
    if (found->second == text) return;
    room_ += found->second.size();
  }
  if (!take_room(text.size())) {
    if (found != kept_.end()) kept_.erase(found);
    return;
  }
  if (found != kept_.end()) {
    found->second = std::move(text);
  } else {
    kept_.emplace_back(name, std::move(text));
  }
}

MessageMerge::Choice* MessageMerge::choice_of(ValueView entry) {
  const std::int64_t index = index_of(entry, 0);
  auto found = std::ranges::lower_bound(choices_, index, {}, &Choice::index);
  if (found != choices_.end() && found->index == index) return &*found;
  if (choices_.size() == kMostChoices) {
    is_truncated_ = true;
    return nullptr;
  }
  // However small the limit, there is one.
  if (!choices_.empty() && !take_room(kEntrySize)) return nullptr;
  found = choices_.emplace(found);
  found->index = index;
  return &*found;
}

void MessageMerge::add_choices(ValueView choices) {
  for (const ValueView entry : choices.items()) {
    Choice* const choice = choice_of(entry);
    if (choice == nullptr) continue;
    const auto reason = string_of(entry, "finish_reason");
    if (reason && *reason != choice->finish_reason) {
      choice->finish_reason.clear();
      append_fact(choice->finish_reason, *reason);
    }
    if (form_ == Form::Text) {
      if (choice->texts.empty()) choice->texts.emplace_back("text", "");
      append_member(choice->texts.front().second, entry, "text");
    } else if (const std::optional<ValueView> delta = entry.find("delta")) {
      add_delta(*choice, *delta);
    }
  }
}

void MessageMerge::add_delta(Choice& choice, ValueView delta) {
  for (const json::Member member : delta.members()) {
    if (member.name == "tool_calls") {
      std::int64_t at = 0;
      for (const ValueView part : member.value.items()) {
        add_tool_call(choice.tool_calls, part, index_of(part, at));
        ++at;
      }
    } else if (member.name == "function_call") {
      add_tool_call(choice.function_call, member.value, 0);
    } else if (member.value.is(Kind::String)) {
      if (member.name == "role") {
        if (choice.role.empty()) append_fact(choice.role, member.value.string());
        continue;
      }
      auto text = std::ranges::find(choice.texts, member.name, &NamedText::first);
      if (text == choice.texts.end()) {
        if (choice.texts.size() == kMostTexts) {
          is_truncated_ = true;
          continue;
        }
        if (!take_room(member.name.size())) continue;
        text = choice.texts.emplace(text, member.name, "");
      }
      append(text->second, member.value.string());
    }
  }
}

void MessageMerge::add_tool_call(std::vector<ToolCall>& calls, ValueView part, std::int64_t index) {
  auto call = std::ranges::lower_bound(calls, index, {}, &ToolCall::index);
  if (call == calls.end() || call->index != index) {
    if (calls.size() == kMostToolCalls) {
      is_truncated_ = true;
      return;
    }
    if (!take_room(kEntrySize)) return;
    call = calls.emplace(call);
    call->index = index;
  }
  if (call->id.empty()) append_fact_of(call->id, part, "id");
  if (call->type.empty()) append_fact_of(call->type, part, "type");
  const ValueView function = part.find("function").value_or(part);
  append_fact_of(call->name, function, "name");
  append_member(call->arguments, function, "arguments");
}

void MessageMerge::add_response_event(std::string_view type, ValueView event) {
  form_ = Form::Response;
  if (type == "response.output_text.delta") return append_member(response_text_, event, "delta");
  const std::optional<ValueView> whole = event.find("response");
  if (!whole || !whole->is(Kind::Object)) return;
  const bool is_last =
      type == "response.completed" || type == "response.incomplete" || type == "response.failed";
  if (!is_last) return keep_facts(*whole);
  std::string text;
  json::append_json(text, *whole);
  // It holds the text that came before once more.
  if (text.size() > room_ + response_text_.size()) {
    is_truncated_ = true;
    return keep_facts(*whole);
  }
  response_ = std::move(text);
}

void MessageMerge::write_message(json::JsonWriter& writer, const Choice& choice) {
  writer.begin_object();
  writer.key("role").value(choice.role.empty() ? "assistant" : choice.role);
  if (std::ranges::find(choice.texts, "content", &NamedText::first) == choice.texts.end()) {
    writer.key("content").null();
  }
  for (const auto& [name, text] : choice.texts) writer.key(name).value(text);
  if (!choice.tool_calls.empty()) {
    writer.key("tool_calls").begin_array();
    for (const ToolCall& call : choice.tool_calls) {
      writer.begin_object().key("id").value(call.id);
      writer.key("type").value(call.type.empty() ? "function" : call.type).key("function");
      write_function(writer, call.name, call.arguments);
      writer.end_object();
    }
    writer.end_array();
  }
  for (const ToolCall& call : choice.function_call) {
    writer.key("function_call");
    write_function(writer, call.name, call.arguments);
  }
  writer.end_object();
}

void MessageMerge::write_choice(json::JsonWriter& writer, const Choice& choice, Form form) {
  writer.begin_object().key("index").value(choice.index);
  if (form == Form::Text) {
    writer.key("text").value(choice.texts.empty() ? std::string() : choice.texts.front().second);
  } else {
    writer.key("message");
    write_message(writer, choice);
  }
  writer.key("finish_reason");
  if (choice.finish_reason.empty()) {
    writer.null();
  } else {
    writer.value(choice.finish_reason);
  }
  writer.end_object();
}

void MessageMerge::append_body(std::string& out) const {
  if (!response_.empty()) {
    out += response_;
    return;
  }
  json::JsonWriter writer(out);
  writer.begin_object();
  constexpr std::array<std::string_view, 4> kObjects{"", "chat.completion", "text_completion",
                                                     "response"};
  writer.key("object").value(kObjects.at(static_cast<std::size_t>(form_)));
  for (const auto& [name, text] : kept_) writer.key(name).raw(text);
  if (form_ == Form::Response) writer.key("output_text").value(response_text_);
  if (form_ != Form::Response) {
    writer.key("choices").begin_array();
    for (const Choice& choice : choices_) write_choice(writer, choice, form_);
    writer.end_array();
  }
  if (is_truncated_) writer.key("truncated").value(true);
  writer.end_object();
}

}  // namespace fastgate::record
