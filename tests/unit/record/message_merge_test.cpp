#include "record/message_merge.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace fastgate::record {
namespace {

std::string merged(const std::vector<std::string>& events, std::size_t most = 10'000) {
  json::DocumentParser parser;
  MessageMerge merge(parser, most);
  for (const std::string& event : events) merge.add(event);
  std::string body;
  if (merge.is_recognised()) merge.append_body(body);
  return body;
}

std::string chunk(const std::string& choices, const std::string& more = "") {
  return R"({"id":"c1","object":"chat.completion.chunk","created":17,"model":"m",)" + more +
         R"("choices":[)" + choices + "]}";
}

std::string delta(const std::string& members, const std::string& more = "") {
  return R"({"index":0,"delta":{)" + members + "}" + more + "}";
}

TEST_CASE("a chat completion: role, content, finish_reason, usage") {
  CHECK(merged({chunk(delta(R"("role":"assistant","content":"")")),
                chunk(delta(R"("content":"Hel")")), chunk(delta(R"("content":"lo \"x\"\n")")),
                chunk(delta("", R"(,"finish_reason":"stop")")),
                chunk("", R"("usage":{"prompt_tokens":3,"completion_tokens":2},)"), "[DONE]"}) ==
        R"({"object":"chat.completion","id":"c1","created":17,"model":"m",)"
        R"("usage":{"prompt_tokens":3,"completion_tokens":2},)"
        R"("choices":[{"index":0,"message":{"role":"assistant","content":"Hello \"x\"\n"},)"
        R"("finish_reason":"stop"}]})");
}

TEST_CASE("tool calls are merged by index, whatever the order") {
  const auto call = [](const std::string& part) {
    return chunk(delta("\"tool_calls\":[" + part + "]"));
  };
  CHECK(
      merged(
          {call(R"({"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}})"),
           call(R"({"index":0,"id":"a","type":"function","function":{"name":"f"}})"),
           call(
               R"({"index":1,"function":{"arguments":"{\"y\":"}},{"index":0,"function":{"arguments":"{}"}})"),
           call(R"({"index":1,"function":{"arguments":"2}"}})"),
           chunk(delta("", R"(,"finish_reason":"tool_calls")"))}) ==
      R"({"object":"chat.completion","id":"c1","created":17,"model":"m","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":null,"tool_calls":[)"
      R"({"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},)"
      R"({"id":"b","type":"function","function":{"name":"g","arguments":"{\"y\":2}"}}]},)"
      R"("finish_reason":"tool_calls"}]})");
}

TEST_CASE("the older function call") {
  CHECK(merged({chunk(delta(R"("function_call":{"name":"f","arguments":"{"})")),
                chunk(delta(R"("function_call":{"arguments":"}"})"))})
            .find(R"("content":null,"function_call":{"name":"f","arguments":"{}"}})") !=
        std::string::npos);
}

TEST_CASE("several choices stand by their index") {
  CHECK(merged({chunk(R"({"index":1,"delta":{"content":"b"}})"),
                chunk(R"({"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"c"}})"),
                chunk(R"({"index":1,"delta":{},"finish_reason":"length"})")}) ==
        R"({"object":"chat.completion","id":"c1","created":17,"model":"m","choices":[)"
        R"({"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":null},)"
        R"({"index":1,"message":{"role":"assistant","content":"bc"},"finish_reason":"length"}]})");
}

TEST_CASE("other texts of a message are kept by their names") {
  CHECK(merged({chunk(delta(R"("role":"assistant","reasoning_content":"hm")")),
                chunk(delta(R"("reasoning_content":"m","content":null)")),
                chunk(delta(R"("content":"ok","refusal":null)"))})
            .find(R"({"role":"assistant","reasoning_content":"hmm","content":"ok"})") !=
        std::string::npos);
}

TEST_CASE("text completions") {
  const auto text = [](const std::string& part, const std::string& reason) {
    return R"({"id":"t","object":"text_completion","choices":[{"index":0,"text":")" + part +
           R"(","finish_reason":)" + reason + "}]}";
  };
  CHECK(merged({text("once ", "null"), text("upon", "\"length\"")}) ==
        R"({"object":"text_completion","id":"t","choices":[{"index":0,"text":"once upon",)"
        R"("finish_reason":"length"}]})");
}

TEST_CASE("the Responses API: the last event's response, or the text so far") {
  const std::vector<std::string> begun = {R"({"type":"response.created","response":{"id":"r"}})",
                                          R"({"type":"response.output_text.delta","delta":"Hel"})",
                                          R"({"type":"response.output_text.delta","delta":"lo"})"};
  CHECK(merged(begun) == R"({"object":"response","id":"r","output_text":"Hello"})");
  std::vector<std::string> whole = begun;
  whole.emplace_back(R"({"type":"response.completed","response":{"id":"r","output":["Hello"]}})");
  CHECK(merged(whole) == R"({"id":"r","output":["Hello"]})");
}

TEST_CASE("white space before an event's object does not hide it") {
  for (const std::string space : {" ", "\n", "\t\r\n "}) {
    CHECK(merged({space + chunk(delta(R"("content":"text")"))}) ==
          merged({chunk(delta(R"("content":"text")"))}));
  }
}

TEST_CASE("a response that is no object is left out") {
  for (const std::string_view response : {"\"lo\"", "[{}]", "7", "null"}) {
    INFO(response);
    const std::string last =
        R"({"type":"response.completed","response":)" + std::string(response) + "}";
    CHECK(merged({R"({"type":"response.output_text.delta","delta":"Hello"})", last}) ==
          R"({"object":"response","output_text":"Hello"})");
  }
}

TEST_CASE("an error within a stream is kept") {
  CHECK(merged({chunk(delta(R"("content":"a")")), R"({"error":{"message":"overloaded"}})"})
            .find(R"("error":{"message":"overloaded"})") != std::string::npos);
}

TEST_CASE("what is no OpenAI event is not understood") {
  CHECK(merged({"[DONE]", "", "hello", "{", "{}", "[1]", R"({"n":1})", R"({"choices":7})",
                R"({"type":"other"})"})
            .empty());
}

TEST_CASE("hostile members break nothing") {
  const std::string body =
      merged({chunk("7"), chunk(R"("x")"), chunk("[]"), chunk(R"({"index":"x"})"),
              chunk(R"({"index":-5,"delta":7})"), chunk(R"({"index":1e99,"delta":[]})"),
              chunk(delta(R"("role":7,"content":{},"tool_calls":{},"function_call":"f")")),
              chunk(delta(R"("tool_calls":[7,"x",{},{"index":null,"function":7}])"))});
  CHECK(body.starts_with("{"));
  json::DocumentParser parser;
  CHECK(parser.parse(body).has_value());
}

TEST_CASE("no more than the limit is kept, and it is told") {
  std::vector<std::string> events;
  for (int i = 0; i < 1000; ++i) events.push_back(chunk(delta(R"("content":"0123456789€")")));
  const std::string body = merged(events, 1000);
  CHECK(body.size() < 1300);
  CHECK(body.ends_with(R"("truncated":true})"));
  json::DocumentParser parser;
  CHECK(parser.parse(body).has_value());

  events.clear();
  for (int i = 0; i < 2000; ++i) {
    events.push_back(chunk(R"({"index":)" + std::to_string(i) +
                           R"(,"delta":{"tool_calls":[{"index":)" + std::to_string(i) + R"(}]}})"));
    events.push_back(chunk(delta(R"("tool_calls":[{"index":)" + std::to_string(i) + "}]")));
    events.push_back(chunk(delta("\"name" + std::to_string(i) + R"(":"")")));
  }
  const std::string many = merged(events, 1000);
  CHECK(many.size() < 100'000);
  CHECK(parser.parse(many).has_value());
}

TEST_CASE("where the texts are cut it is still told how the answer ended and what it cost") {
  const auto usage = [](int tokens) {
    return R"("usage":{"completion_tokens":)" + std::to_string(tokens) + "},";
  };
  std::vector<std::string> events{chunk(delta(R"("role":"assistant","content":"")"))};
  // The numbers grow and shrink: what they give back is for no later text.
  for (int i = 0; i < 1000; ++i) {
    events.push_back(chunk(delta(R"("content":"0123456789")"), usage(i % 3 == 0 ? 1'000'000 : i)));
  }
  events.push_back(chunk(delta(
      R"("tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}])")));
  events.push_back(chunk(delta("", R"(,"finish_reason":"length")")));
  events.push_back(chunk("", usage(1000)));
  std::string text;
  while (text.size() < 300) text += "0123456789";
  const std::string body = merged(events, 300);
  CHECK(body.starts_with(
      R"({"object":"chat.completion","id":"c1","created":17,"model":"m","usage":{"completion_tokens":1000},)"));
  CHECK(body.ends_with(
      R"("tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]},)"
      R"("finish_reason":"length"}],"truncated":true})"));
  const std::size_t begin = body.find(R"("content":")") + 11;
  const std::string kept = body.substr(begin, body.find('"', begin) - begin);
  CHECK(kept.size() > 100);
  CHECK(text.starts_with(kept));
}

TEST_CASE("a whole response beyond the limit leaves what it cost and how it ended") {
  const std::string rest = R"(,"model":"m","output":[],"created_at":5,"status":)";
  const std::string created =
      R"({"type":"response.created","response":{"id":"r1")" + rest + "\"in_progress\"}}";
  const std::string text =
      R"({"type":"response.output_text.delta","delta":")" + std::string(500, 'x') + "\"}";
  const std::string head = R"({"object":"response","id":"r1","created_at":5,"model":"m","status":)";
  const std::string cut = merged({created, text}, 60);
  CHECK(cut.starts_with(head + "\"in_progress\",\"output_text\":\"xx"));
  const std::string ended = merged(
      {created, text,
       R"({"type":"response.completed","response":{"id":"r1")" + rest +
           R"("completed","usage":{"total_tokens":9},"text":")" + std::string(500, 'x') + "\"}}"},
      60);
  CHECK(ended.starts_with(head + R"("completed","usage":{"total_tokens":9},"output_text":"xx)"));
  CHECK(ended.ends_with(R"(x","truncated":true})"));
}

TEST_CASE("a response beyond the limit leaves the text") {
  const std::string body = merged(
      {R"({"type":"response.output_text.delta","delta":"Hello"})",
       R"({"type":"response.completed","response":{"x":")" + std::string(5000, 'x') + "\"}}"},
      100);
  CHECK(body == R"({"object":"response","output_text":"Hello","truncated":true})");
}

}  // namespace
}  // namespace fastgate::record
