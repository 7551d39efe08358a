#include "http/event_stream.h"

#include <vector>

#include <doctest/doctest.h>

namespace fastgate::http {
namespace {

struct StreamCase {
  std::string_view name;
  std::string_view bytes;
  std::uint64_t events;
  bool boundary;
};

std::vector<StreamCase> stream_cases() {
  return {
      {"nothing", "", 0, true},
      {"one event", "data: x\n\n", 1, true},
      {"an open event", "data: x\n", 0, false},
      {"an open line", "data: x", 0, false},
      {"two events", "data: x\n\ndata: y\n\n", 2, true},
      {"several data lines", "data: x\ndata: y\n\n", 1, true},
      {"CRLF", "data: x\r\n\r\ndata: y\r\n\r\n", 2, true},
      {"CR", "data: x\r\rdata: y\r\r", 2, true},
      {"CR and LF mixed", "data: x\n\rdata: y\r\n\n", 2, true},
      {"comment only", ": ping\n\n", 0, true},
      {"event without data", "event: x\nid: 1\n\n", 0, true},
      {"other fields around data", "event: x\ndata: y\nid: 1\n\n", 1, true},
      {"data without a colon", "data\n\n", 1, true},
      {"data without a value", "data:\n\n", 1, true},
      {"longer name", "datax: y\n\n", 0, true},
      {"shorter name", "dat: y\n\n", 0, true},
      {"name with a space", "data : y\n\n", 0, true},
      {"space before the name", " data: y\n\n", 0, true},
      {"name in capitals", "Data: y\n\n", 0, true},
      {"data within another value", "x: data: y\n\n", 0, true},
      {"many empty lines", "\n\n\ndata: y\n\n\n\n", 1, true},
      {"empty lines of CRLF", "\r\n\r\n", 0, true},
      {"byte order mark",
       "\xef\xbb\xbf"
       "data: y\n\n",
       1, true},
      {"two byte order marks",
       "\xef\xbb\xbf\xef\xbb\xbf"
       "data: y\n\n",
       0, true},
      {"broken byte order mark",
       "\xef\xbb"
       "data: y\n\n",
       0, true},
      {"only a byte order mark", "\xef\xbb\xbf", 0, true},
      {"byte order mark later",
       "data: x\n\n\xef\xbb\xbf"
       "data: y\n\n",
       1, true},
      {"byte order mark on the second line",
       "\n\xef\xbb\xbf"
       "data: y\n\n",
       0, true},
      {"end of an OpenAI stream", "data: {\"a\":1}\n\ndata: [DONE]\n\n", 2, true},
      {"comment between events", "data: x\n\n: ping\n\ndata: y\n\n", 2, true},
      {"open comment", "data: x\n\n: pi", 1, false},
      {"comment line without its end", "data: x\n\n: ping\n", 1, false},
      {"long line", "data: 0123456789012345678901234567890123456789\rdata: 0123456789\n\n", 1,
       true},
  };
}

TEST_CASE("events with data are counted") {
  for (const StreamCase& row : stream_cases()) {
    INFO(row.name);
    EventCounter counter;
    counter.feed(row.bytes);
    CHECK(counter.data_events() == row.events);
    CHECK(counter.at_boundary() == row.boundary);
  }
}

TEST_CASE("any split of the stream gives the same count") {
  for (const StreamCase& row : stream_cases()) {
    INFO(row.name);
    for (std::size_t first = 0; first <= row.bytes.size(); ++first) {
      EventCounter counter;
      counter.feed(row.bytes.substr(0, first));
      counter.feed({});
      counter.feed(row.bytes.substr(first));
      CHECK(counter.data_events() == row.events);
      CHECK(counter.at_boundary() == row.boundary);
    }
    EventCounter counter;
    for (const char c : row.bytes) counter.feed({&c, 1});
    CHECK(counter.data_events() == row.events);
    CHECK(counter.at_boundary() == row.boundary);
  }
}

TEST_CASE("the boundary is left with the next event's first byte") {
  EventCounter counter;
  CHECK(counter.at_boundary());
  counter.feed("d");
  CHECK(!counter.at_boundary());
  counter.feed("ata: x\n");
  CHECK(!counter.at_boundary());
  counter.feed("\r");
  CHECK(counter.at_boundary());
  CHECK(counter.data_events() == 1);
  counter.feed("\n");
  CHECK(counter.at_boundary());
  CHECK(counter.data_events() == 1);
}

TEST_CASE("lines count as events where the type says so") {
  EventCounter counter(EventForm::Lines);
  counter.feed("{\"a\":1}\n{\"b\":");
  CHECK(counter.data_events() == 1);
  CHECK(!counter.at_boundary());
  counter.feed("2}\r\n\n\r\n{}");
  CHECK(counter.data_events() == 2);
  counter.feed("\n");
  CHECK(counter.data_events() == 3);
  CHECK(counter.at_boundary());
}

TEST_CASE("stream types are told by the media type alone") {
  for (const std::string_view type :
       {"text/event-stream", "Text/Event-Stream; charset=utf-8", " text/event-stream ;x",
        "application/x-ndjson", "application/jsonl", "application/stream+json",
        "APPLICATION/X-NDJSON"}) {
    INFO(type);
    CHECK(is_event_stream(type));
  }
  for (const std::string_view type :
       {"", ";", "text/plain", "text/event-streams", "text/event", "application/json",
        "x text/event-stream", "text/plain; text/event-stream"}) {
    INFO(type);
    CHECK(!is_event_stream(type));
  }
  CHECK(event_form_of("TEXT/event-stream;x") == EventForm::ServerSent);
  CHECK(event_form_of("application/jsonl") == EventForm::Lines);
}

}  // namespace
}  // namespace fastgate::http
