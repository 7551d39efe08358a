// Event streams: any split counts the same, and as a slow reader written straight from the
// standard.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/event_stream.h"

namespace {

using namespace fastgate::http;

/// Counts by cutting the whole stream into lines first.
std::uint64_t count_slowly(std::string text) {
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  std::uint64_t events = 0;
  bool has_data = false;
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' && text[i] != '\n') {
      line += text[i];
      continue;
    }
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    if (line.empty()) {
      events += has_data ? 1 : 0;
      has_data = false;
    } else if (line.substr(0, line.find(':')) == "data") {
      has_data = true;
    }
    line.clear();
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  EventCounter whole;
  whole.feed(text);
  EventCounter bytewise;
  EventCounter halves;
  for (const char c : text) bytewise.feed({&c, 1});
  halves.feed(std::string_view(text).substr(0, size / 2));
  halves.feed(std::string_view(text).substr(size / 2));
  FG_ASSERT(whole.data_events() == count_slowly(text));
  FG_ASSERT(whole.data_events() == bytewise.data_events());
  FG_ASSERT(whole.data_events() == halves.data_events());
  FG_ASSERT(whole.at_boundary() == bytewise.at_boundary());
  FG_ASSERT(whole.at_boundary() == halves.at_boundary());
  FG_ASSERT(!is_event_stream(text) || size >= 17);
  return 0;
}
