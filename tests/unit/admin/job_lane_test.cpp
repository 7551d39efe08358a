#include "admin/job_lane.h"

#include <future>
#include <string>
#include <thread>

#include <doctest/doctest.h>

namespace fastgate::admin {

TEST_CASE("a lane that is stopped drops what waits, but for duties") {
  JobLane lane(1'000'000);
  std::promise<void> begun;
  std::promise<void> go;
  std::string done;
  REQUIRE(lane.post([&] {
    begun.set_value();
    go.get_future().wait();
    done += "in hand, ";
  }));
  begun.get_future().wait();
  REQUIRE(lane.post([&] { done += "waiting, "; }));
  lane.post_duty([&] { done += "duty"; });
  std::thread stopping([&] { lane.stop(); });
  while (lane.post([] {})) std::this_thread::yield();
  go.set_value();
  stopping.join();
  lane.post_duty([&] { done += ", too late"; });
  CHECK(done == "in hand, duty");
}

}  // namespace fastgate::admin
