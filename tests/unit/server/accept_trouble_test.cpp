#include "server/accept_trouble.h"

#include <doctest/doctest.h>

#include "unit/record/sink_file.h"

namespace fastgate::server {

TEST_CASE("trouble with accepting is told once, and once more when it is over") {
  record::SinkFile file;
  const SystemClock clock;
  AppLog log(clock, file.sink(), LogLevel::Info);
  AcceptTrouble trouble;
  const auto lines = [&file](std::string_view text) {
    const std::string content = file.content();
    std::size_t count = 0;
    for (std::size_t at = content.find(text); at != std::string::npos;
         at = content.find(text, at + 1)) {
      ++count;
    }
    return count;
  };
  const auto at = [](int seconds) { return MonotonicTime(std::chrono::seconds(100 + seconds)); };
  trouble.look(log, at(0));
  CHECK(file.content().empty());
  for (int second = 0; second < 20; ++second) {
    trouble.failed(log, "too many open files", at(second));
    trouble.look(log, at(second + 1));
  }
  CHECK(lines("ERROR client connections cannot be accepted reason=\"too many open files\"") == 1);
  trouble.look(log, at(23));
  CHECK(lines("again") == 0);
  trouble.look(log, at(24));
  trouble.look(log, at(40));
  CHECK(lines("INFO client connections are accepted again failed=20") == 1);
  trouble.failed(log, "too many open files", at(50));
  CHECK(lines("ERROR") == 2);
}

}  // namespace fastgate::server
