#include "record/config_history.h"

#include <doctest/doctest.h>

#include "unit/record/store_folder.h"

namespace fastgate::record {
namespace {

ConfigChange sample_change(std::string summary) {
  ConfigChange change;
  change.time = WallTime(std::chrono::milliseconds(1'764'000'000'123));
  change.actor = "ops";
  change.source = "api";
  change.ip_address = "127.0.0.1";
  change.summary = std::move(summary);
  change.diff = "-a\n+b\n";
  change.files = {{.path = "conf/a.yaml", .text = "a: 1\n"}, {.path = "b", .text = std::nullopt}};
  return change;
}

TEST_CASE("config history: changes come back newest first, with their files") {
  StoreFolder folder;
  auto history = ConfigHistory::open(folder.sqlite_path());
  REQUIRE(history.has_value());
  CHECK((*history)->append(sample_change("one")).value() == 1);
  CHECK((*history)->append(sample_change("two")).value() == 2);
  // Another process's eyes.
  auto second = ConfigHistory::open(folder.sqlite_path());
  REQUIRE(second.has_value());
  const auto page = (*second)->list(0, 10);
  REQUIRE(page.has_value());
  CHECK(page->total == 2);
  REQUIRE(page->items.size() == 2);
  CHECK(page->items[0].summary == "two");
  CHECK(page->items[1].summary == "one");
  REQUIRE(page->items[0].files.size() == 2);
  CHECK(page->items[0].files[0].path == "conf/a.yaml");
  CHECK_FALSE(page->items[0].files[0].text.has_value());

  const auto change = (*second)->get(1);
  REQUIRE(change.has_value());
  REQUIRE(change->has_value());
  CHECK((*change)->time == sample_change("").time);
  CHECK((*change)->actor == "ops");
  CHECK((*change)->source == "api");
  CHECK((*change)->ip_address == "127.0.0.1");
  CHECK((*change)->diff == "-a\n+b\n");
  CHECK((*change)->files[0].text == "a: 1\n");
  CHECK_FALSE((*change)->files[1].text.has_value());
  CHECK_FALSE((*second)->get(3).value().has_value());

  CHECK((*second)->list(1, 1)->items.at(0).summary == "one");
  CHECK((*second)->list(2, 1)->items.empty());
}

TEST_CASE("config history: the oldest changes go where the texts of all take too much") {
  StoreFolder folder;
  constexpr std::uint64_t kMostText = 10'000;
  const auto add = [](ConfigHistory& history, std::size_t text) {
    ConfigChange change = sample_change(std::to_string(text));
    change.files = {{.path = "a", .text = std::string(text, 'a')}};
    REQUIRE(history.append(change).has_value());
  };
  {
    auto history = ConfigHistory::open(folder.sqlite_path(), kMostText);
    REQUIRE(history.has_value());
    for (int i = 0; i < 5; ++i) add(**history, 2400);
    CHECK((*history)->list(0, 10)->total == 4);
  }
  auto history = ConfigHistory::open(folder.sqlite_path(), kMostText);
  REQUIRE(history.has_value());
  add(**history, 4000);
  const auto page = (*history)->list(0, 10);
  CHECK(page->total == 3);
  CHECK(page->items.back().id == 4);
  CHECK((*history)->get(4).value()->files.at(0).text->size() == 2400);
  CHECK_FALSE((*history)->get(3).value().has_value());
  // The last stays, whatever it takes.
  add(**history, 20'000);
  CHECK((*history)->list(0, 10)->total == 1);
  CHECK((*history)->get(7).value()->files.at(0).text->size() == 20'000);
}

TEST_CASE("config history: a place that cannot be opened is an error with its path") {
  const auto history = ConfigHistory::open("/proc/nowhere/audit.db");
  REQUIRE_FALSE(history.has_value());
  CHECK(history.error().kind == ErrorKind::Io);
  CHECK(history.error().text.find("/proc/nowhere/audit.db") != std::string::npos);
}

}  // namespace
}  // namespace fastgate::record
