#include "http/event_reader.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace fastgate::http {
namespace {

using Events = std::vector<std::string>;

/// Reads `text` in pieces of `size` bytes, to its end.
Events read(std::string_view text, std::size_t size, std::size_t most = 1000) {
  Events events;
  EventReader reader(most);
  const auto sink = [&](std::string_view data) { events.emplace_back(data); };
  for (std::size_t at = 0; at < text.size(); at += size) reader.feed(text.substr(at, size), sink);
  reader.end(sink);
  return events;
}

TEST_CASE("the data of events, in any split of the stream") {
  struct Row {
    const char* name;
    std::string text;
    Events events;
  };
  const std::vector<Row> rows = {
      {"one", "data: a\n\n", {"a"}},
      {"several", "data: a\n\ndata: b\n\ndata: [DONE]\n\n", {"a", "b", "[DONE]"}},
      {"lines are joined", "data: a\ndata: b\ndata\ndata:c\n\n", {"a\nb\n\nc"}},
      {"only one space goes", "data:  a \n\n", {" a "}},
      {"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", {"a", "b"}},
      {"CR", "data: a\r\rdata: b\r\r", {"a", "b"}},
      {"other fields and comments", ": hello\nevent: x\nid: 1\ndata: a\n: b\n\n", {"a"}},
      {"no data, no event", "event: x\n\n: c\n\ndata: a\n\n", {"a"}},
      {"empty data", "data\n\ndata:\n\n", {"", ""}},
      {"a name that only begins so", "database: x\ndat: y\n\ndata: a\n\n", {"a"}},
      {"byte order mark",
       "\xef\xbb\xbf"
       "data: a\n\n",
       {"a"}},
      {"the last empty line is missing", "data: a\n\ndata: b\n", {"a", "b"}},
      {"the last line's end too", "data: a\n\ndata: b", {"a", "b"}},
      {"nothing", "", {}},
  };
  for (const Row& row : rows) {
    for (const std::size_t size : {1U, 2U, 3U, 5U, 1000U}) {
      INFO(row.name, " in pieces of ", size);
      CHECK(read(row.text, size) == row.events);
    }
  }
}

TEST_CASE("what is too long is passed over, and the next event is read") {
  for (const std::size_t size : {1U, 7U, 64U, 100'000U}) {
    INFO(size);
    CHECK(read("data: " + std::string(5000, 'x') + "\n\ndata: a\n\n", size) == Events{"a"});
    std::string lines;
    for (int i = 0; i < 200; ++i) lines += "data: 0123456789\n";
    CHECK(read(lines + "\ndata: b\n\n", size) == Events{"b"});
    CHECK(read(": " + std::string(5000, 'c') + "\n\ndata: c\n\n", size) == Events{"c"});
  }
}

}  // namespace
}  // namespace fastgate::http
