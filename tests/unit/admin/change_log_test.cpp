#include "admin/change_log.h"

#include <filesystem>

#include <doctest/doctest.h>

#include "record/audit_files.h"
#include "unit/record/store_folder.h"

namespace fastgate::admin {
namespace {

TEST_CASE("change log: it goes on in the catalog that took the place of one that was set aside") {
  const record::StoreFolder folder;
  const std::string path = folder.sqlite_path();
  ManualClock clock;
  AppLog log{clock, nullptr, LogLevel::Info};
  ChangeLog changes(log);
  const ChangeOrigin origin{.actor = "ops", .source = "api", .ip_address = "127.0.0.1"};
  changes.append(path, origin, "before", clock.wall_now(), {});
  record::AuditFiles::set_aside(path);
  // The audit store makes it anew; what it writes stands in the new file's log.
  auto store = record::ConfigHistory::open(path);
  REQUIRE(store.has_value());
  record::ConfigChange change;
  change.summary = "of the store";
  REQUIRE((*store)->append(change).has_value());
  changes.append(path, origin, "after", clock.wall_now(), {});

  const auto page = (*store)->list(0, 10);
  REQUIRE(page.has_value());
  REQUIRE(page->total == 2);
  CHECK(page->items[0].summary == "after");
  CHECK(page->items[1].summary == "of the store");
  store->reset();
  CHECK(record::ConfigHistory::open(path).value()->list(0, 10)->total == 2);
  CHECK(changes.open(path)->list(0, 10)->total == 2);
}

TEST_CASE("change log: a catalog that somebody removed is made anew") {
  const record::StoreFolder folder;
  ManualClock clock;
  AppLog log{clock, nullptr, LogLevel::Info};
  ChangeLog changes(log);
  const record::ConfigHistory* const first = changes.open(folder.sqlite_path());
  REQUIRE(first != nullptr);
  CHECK(first->is_in_place());
  CHECK(changes.open(folder.sqlite_path()) == first);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    std::filesystem::remove(entry.path());
  }
  CHECK_FALSE(first->is_in_place());
  REQUIRE(changes.open(folder.sqlite_path()) != nullptr);
  CHECK(std::filesystem::exists(folder.sqlite_path()));
}

}  // namespace
}  // namespace fastgate::admin
