#include "record/line_batch.h"

#include <doctest/doctest.h>

#include "support/times.h"
#include "unit/record/sink_file.h"

namespace fastgate::record {
namespace {

using namespace std::chrono_literals;
using fastgate::test::kStart;

void add(LineBatch& batch, std::string_view line) {
  batch.buffer() += line;
  batch.line_added();
}

TEST_CASE("lines wait for a while after the first of them, not longer") {
  net::TimerWheel timers(kStart);
  SinkFile file;
  LineBatch batch(timers, file.sink());
  add(batch, "one\n");
  CHECK(timers.armed() == 1);
  timers.advance(kStart + 50ms);
  add(batch, "two\n");
  CHECK(file.content().empty());
  timers.advance(kStart + 100ms + 2 * net::TimerWheel::kTick);
  CHECK(file.content() == "one\ntwo\n");
  CHECK(batch.buffer().empty());
  CHECK(timers.armed() == 0);
}

TEST_CASE("a timer is armed for a batch, not for a line, and none when nothing waits") {
  net::TimerWheel timers(kStart);
  SinkFile file;
  LineBatch batch(timers, file.sink());
  CHECK(timers.armed() == 0);
  for (int i = 0; i < 10; ++i) add(batch, "line\n");
  CHECK(timers.armed() == 1);
  batch.flush();
  CHECK(timers.armed() == 0);
  CHECK(file.content().size() == 50);
}

TEST_CASE("a full batch is handed over at once") {
  net::TimerWheel timers(kStart);
  SinkFile file;
  LineBatch batch(timers, file.sink());
  const std::string line = std::string(1023, 'x') + "\n";
  for (std::size_t i = 1; i < LineBatch::kFlushSize / line.size(); ++i) add(batch, line);
  CHECK(file.content().empty());
  add(batch, line);
  CHECK(file.content().size() == LineBatch::kFlushSize);
  CHECK(batch.buffer().empty());
  CHECK(timers.armed() == 0);
}

TEST_CASE("what waits at the end or at a change goes to the file it was written for") {
  net::TimerWheel timers(kStart);
  SinkFile old_file;
  SinkFile new_file;
  {
    LineBatch batch(timers, old_file.sink());
    add(batch, "old\n");
    batch.redirect(new_file.sink());
    add(batch, "new\n");
    CHECK(old_file.content() == "old\n");
    batch.redirect(new_file.sink());
    CHECK(new_file.content().empty());
  }
  CHECK(new_file.content() == "new\n");
}

TEST_CASE("a batch that is off keeps nothing") {
  net::TimerWheel timers(kStart);
  LineBatch batch(timers, nullptr);
  CHECK_FALSE(batch.is_on());
  add(batch, "lost\n");
  CHECK(batch.buffer().empty());
  CHECK(timers.armed() == 0);
  SinkFile file;
  batch.redirect(file.sink());
  CHECK(batch.is_on());
  add(batch, "kept\n");
  batch.redirect(nullptr);
  CHECK_FALSE(batch.is_on());
  CHECK(file.content() == "kept\n");
}

}  // namespace
}  // namespace fastgate::record
