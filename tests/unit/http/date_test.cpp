#include "http/date.h"

#include <doctest/doctest.h>

namespace fastgate::http {
namespace {

WallTime at_second(std::int64_t second) {
  return WallTime(std::chrono::seconds(second));
}

std::string date_of(WallTime time) {
  return std::string(DateCache().http_date(time));
}

TEST_CASE("a time is written as an IMF-fixdate") {
  CHECK(date_of(at_second(784111777)) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(date_of(at_second(0)) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(date_of(at_second(951782400)) == "Tue, 29 Feb 2000 00:00:00 GMT");
  CHECK(date_of(at_second(4102444799)) == "Thu, 31 Dec 2099 23:59:59 GMT");
}

TEST_CASE("a fraction of a second is cut off, before 1970 too") {
  CHECK(date_of(WallTime(std::chrono::milliseconds(1999))) == "Thu, 01 Jan 1970 00:00:01 GMT");
  CHECK(date_of(WallTime(std::chrono::milliseconds(-1))) == "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST_CASE("the cache follows the clock in both directions") {
  DateCache cache;
  CHECK(cache.http_date(at_second(-1)) == "Wed, 31 Dec 1969 23:59:59 GMT");
  CHECK(cache.http_date(at_second(784111777)) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(cache.http_date(at_second(784111777) + std::chrono::milliseconds(999)) ==
        "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(cache.http_date(at_second(784111778)) == "Sun, 06 Nov 1994 08:49:38 GMT");
  CHECK(cache.http_date(at_second(784111776)) == "Sun, 06 Nov 1994 08:49:36 GMT");
}

}  // namespace
}  // namespace fastgate::http
