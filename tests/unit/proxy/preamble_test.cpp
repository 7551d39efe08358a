#include "proxy/preamble.h"

#include <array>

#include <doctest/doctest.h>

namespace fastgate::proxy {
namespace {

struct Row {
  std::string_view name;
  std::string_view data;
  EventMeaning meaning;
};

constexpr auto kNothing = EventMeaning::Nothing;
constexpr auto kContent = EventMeaning::Content;
constexpr auto kError = EventMeaning::Error;

constexpr Row kEvents[] = {
    // Errors: OpenAI, vLLM, Anthropic, Ollama, OpenAI's responses.
    {"", R"({"error": {"message": "overloaded", "type": "server_error", "code": 503}})", kError},
    {"", R"({"object": "error", "error": "no memory"})", kError},
    {"error", R"({"type": "error", "error": {"type": "overloaded_error"}})", kError},
    {"error", "not even JSON", kError},
    {"error", "", kError},
    {"", R"({"type": "error", "code": "server_error", "message": "m"})", kError},
    {"response.failed", R"({"type": "response.failed", "response": {}})", kError},
    {"", R"({"error": true})", kError},
    // Nothing is said yet.
    {"", "", kNothing},
    {"ping", R"({"type": "ping"})", kNothing},
    {"", R"({"type": "ping"})", kNothing},
    {"message_start", R"({"type": "message_start", "message": {"content": []}})", kNothing},
    {"", R"({"type": "content_block_start", "content_block": {"type": "text", "text": ""}})",
     kNothing},
    {"", R"({"type": "response.created", "response": {}})", kNothing},
    {"", R"({"id": "c", "choices": []})", kNothing},
    {"",
     R"({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "logprobs": null, "finish_reason": null}]})",
     kNothing},
    {"", R"({"choices": [{"index": 0, "delta": {"role": "assistant", "tool_calls": []}}]})",
     kNothing},
    // Content, or something that is not known.
    {"", R"({"choices": [{"index": 0, "delta": {"content": "Hi"}}]})", kContent},
    {"", R"({"choices": [{"index": 0, "delta": {"role": "assistant", "tool_calls": [{}]}}]})",
     kContent},
    {"", R"({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})", kContent},
    {"", R"({"choices": [{"index": 0, "text": ""}]})", kContent},
    {"", R"({"choices": [5]})", kContent},
    {"", R"({"error": null, "response": "Hi"})", kContent},
    {"", R"({"error": {}, "response": "Hi"})", kContent},
    {"", R"({"error": "", "x": 1})", kContent},
    {"", R"({"error": 0})", kError},
    {"", R"({"type": "content_block_start", "content_block": {"type": "tool_use"}})", kContent},
    {"", "[DONE]", kContent},
    {"", R"("error")", kContent},
    {"", R"({"error": )", kContent},
    {"", "plain text", kContent},
};

TEST_CASE("what the events of models' streams say") {
  json::DocumentParser parser;
  for (const Row& row : kEvents) {
    INFO(row.name, " ", row.data);
    CHECK(meaning_of(row.name, row.data, parser) == row.meaning);
  }
}

struct Stream {
  std::string_view bytes;
  EventMeaning meaning;  ///< before its end
  EventMeaning at_end;
};

constexpr Stream kStreams[] = {
    {"", kNothing, kNothing},
    {": hello\n\n", kNothing, kNothing},
    {": hello\n\ndata: x", kNothing, kContent},
    {"data: x\n", kNothing, kContent},
    {"data: x\n\n", kContent, kContent},
    {"data:x\r\n\r\n", kContent, kContent},
    {"data: x\r\r", kContent, kContent},
    {"event: ping\r\ndata: {}\r\n\r\n", kNothing, kNothing},
    {"event: ping\n\ndata: {\"error\":1}\n\n", kError, kError},
    {"event: error\ndata: {}\n\n", kError, kError},
    {"event: error\ndata: {}\n", kNothing, kError},
    {"data: {\"error\":\r\ndata: {\"message\": \"m\"}}\r\n\r\n", kError, kError},
    {"data: {\"error\": {\"a\": 1}}", kNothing, kError},
    {"\xef\xbb\xbf"
     "data: {\"error\": 1}\n\n",
     kError, kError},
    {"id: 1\nretry: 5\ndata\n\n", kNothing, kNothing},
    {"data: x\n\ndata: {\"error\": 1}\n\n", kContent, kContent},
    // A name belongs to its own event only.
    {"event: error\n: no data\n\n", kError, kError},
    {"event: ping\ndata: {}\n\ndata: {\"a\": 1}\n\n", kContent, kContent},
};

TEST_CASE("a stream says the same in any pieces, and is kept byte for byte") {
  json::DocumentParser parser;
  for (const Stream& stream : kStreams) {
    INFO(stream.bytes);
    for (std::size_t step = 1; step <= stream.bytes.size() + 1; ++step) {
      Preamble preamble(http::EventForm::ServerSent);
      for (std::size_t at = 0; at < stream.bytes.size(); at += step) {
        const std::array<std::string_view, 2> pieces{stream.bytes.substr(at, step), ""};
        static_cast<void>(preamble.feed(pieces, parser));
      }
      CHECK(preamble.meaning() == stream.meaning);
      CHECK(preamble.finish(parser) == stream.at_end);
      CHECK(preamble.held() == stream.bytes);
    }
  }
}

TEST_CASE("lines of JSON: the first one decides") {
  json::DocumentParser parser;
  const auto told = [&](std::string_view bytes) {
    Preamble preamble(http::EventForm::Lines);
    const std::array<std::string_view, 1> pieces{bytes};
    static_cast<void>(preamble.feed(pieces, parser));
    return preamble.finish(parser);
  };
  CHECK(told("{\"error\": \"no memory\"}\n") == kError);
  CHECK(told("\n\r\n{\"error\": \"no memory\"}") == kError);
  CHECK(told("{\"response\": \"Hi\"}\n{\"error\": \"x\"}\n") == kContent);
  CHECK(told("\n") == kNothing);
}

}  // namespace
}  // namespace fastgate::proxy
