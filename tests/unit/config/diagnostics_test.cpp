#include "config/diagnostics.h"

#include <doctest/doctest.h>

namespace fastgate::config {
namespace {

TEST_CASE("diagnostics are told as FILE:LINE:COLUMN, in the order of places") {
  Diagnostics diagnostics;
  const std::uint32_t first = diagnostics.add_file("a.yaml");
  const std::uint32_t second = diagnostics.add_file("b.yaml");
  diagnostics.error({second, 1, 1}, "third");
  diagnostics.warning({first, 9, 2}, "second");
  CHECK(diagnostics.has_errors());
  diagnostics.error({first, 2, 30}, "first");
  diagnostics.finish();
  REQUIRE(diagnostics.entries().size() == 3);
  CHECK(diagnostics.entries()[0].text() == "a.yaml:2:30: first");
  CHECK(diagnostics.entries()[1].text() == "a.yaml:9:2: warning: second");
  CHECK(diagnostics.entries()[2].text() == "b.yaml:1:1: third");
}

TEST_CASE("a place that is none is the file's beginning") {
  Diagnostics diagnostics;
  const std::uint32_t file = diagnostics.add_file("a.yaml");
  diagnostics.warning({.file = file}, "odd");
  CHECK(diagnostics.entries()[0].text() == "a.yaml:1:1: warning: odd");
  CHECK_FALSE(diagnostics.has_errors());
}

TEST_CASE("what came through a substitution is in no message") {
  Diagnostics diagnostics;
  const std::uint32_t file = diagnostics.add_file("a.yaml");
  diagnostics.secrets().add("s3cr3t-k3y");
  diagnostics.error({file, 1, 1}, "bad pattern `/v1/S3CR3T-k3y`");
  diagnostics.warning({file, 2, 1}, "cannot read `s3cr3t-…`");
  CHECK(diagnostics.entries()[0].message == "bad pattern `/v1/***`");
  CHECK(diagnostics.entries()[1].message == "cannot read `***…`");
}

TEST_CASE("entries are bounded and the rest is counted") {
  Diagnostics diagnostics;
  const std::uint32_t file = diagnostics.add_file("a.yaml");
  for (std::uint32_t i = 0; i < Diagnostics::kMaxEntries + 7; ++i) {
    diagnostics.error({file, i + 1, 1}, "wrong");
  }
  diagnostics.finish();
  REQUIRE(diagnostics.entries().size() == Diagnostics::kMaxEntries + 1);
  CHECK(diagnostics.entries().back().message == "and 7 more");
}

}  // namespace
}  // namespace fastgate::config
