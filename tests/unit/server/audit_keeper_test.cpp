#include "server/audit_keeper.h"

#include <doctest/doctest.h>

#include "unit/record/store_folder.h"
#include "unit/server/own_process.h"

namespace fastgate::server {
namespace {

TEST_CASE("without a thread for another store the one in use goes on") {
  const record::StoreFolder folder;
  CHECK(holds_in_own_process([&] {
    SystemClock clock;
    AppLog log(clock, nullptr, LogLevel::Info);
    AuditKeeper keeper(clock, log);
    const ConfigPlace place;
    config::Config before;
    before.database.sqlite_path.value = folder.sqlite_path();
    if (!keeper.prepare(before, place)) return false;
    const record::AuditSettings used = keeper.take(before, place);
    if (!allow_no_further_thread()) return false;
    config::Config after = before;
    after.database.sqlite_path.value = folder.sqlite_path() + "2";
    const Result<void> prepared = keeper.prepare(after, place);
    if (prepared || prepared.error().kind != ErrorKind::Io) return false;
    return keeper.prepare(before, place) && keeper.take(before, place).intake == used.intake;
  }));
}

}  // namespace
}  // namespace fastgate::server
