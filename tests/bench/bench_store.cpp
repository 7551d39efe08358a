// What the audit store costs: rows a second, pages by each filter, statistics, a day dropped.
//   bench_store [--rows 1000000] [--days 4] [--folder DIR]     the full run: --rows 20000000
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include <stdlib.h>

#include "base/app_log.h"
#include "bench/bench_net.h"
#include "record/audit_query.h"
#include "record/audit_writer.h"
#include "unit/record/row_maker.h"

namespace fastgate::record {
namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

void time_call(const char* name, const std::function<std::size_t()>& call) {
  const Steady::time_point start = Steady::now();
  const std::size_t found = call();
  const double first = seconds_since(start) * 1000;
  double best = first;
  for (int i = 0; i < 4; ++i) {
    const Steady::time_point again = Steady::now();
    (void)call();
    best = std::min(best, seconds_since(again) * 1000);
  }
  std::printf("%-44s %8.2f ms first, %8.2f ms best (%zu)\n", name, first, best, found);
}

void fill(AuditWriter& writer, std::uint64_t rows, std::uint64_t days) {
  RowMaker maker(1, RowMaker::kNoon - std::chrono::days(days) + std::chrono::hours(12));
  maker.step_us = 2 * days * 86'400'000'000ULL / rows;
  AuditBatch batch;
  const Steady::time_point start = Steady::now();
  for (std::uint64_t i = 0; i < rows; ++i) {
    maker.next().put_into(batch);
    if (batch.rows.size() < 256) continue;
    while (writer.is_full()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    batch = writer.submit(std::move(batch));
  }
  (void)writer.submit(std::move(batch));
  writer.flush();
  const double cpu = static_cast<double>(writer.facts().cpu_us) / 1e6;
  std::printf("%llu rows: %.0f a second of wall time, %.0f a second of the writer's CPU time\n",
              static_cast<unsigned long long>(rows),
              static_cast<double>(rows) / seconds_since(start), static_cast<double>(rows) / cpu);
}

void time_pages(AuditReader& reader) {
  for (const char* query : {"",
                            "status_code=500",
                            "status_code=418",
                            "status_code=4xx",
                            "method=POST",
                            "method=PUT",
                            "path=/v1/chat",
                            "path=/v1/users/77",
                            "path=/v1/users/*",
                            "path=/none/*",
                            "api_key=fg_100000000007",
                            "api_key=fg_none",
                            "source_path=team-3",
                            "route_id=route-5",
                            "route_id=none",
                            "is_stream=true",
                            "has_error=true",
                            "ip_address=10.0.0.7",
                            "ip_address=10.9.9.9",
                            "request_id=req_000000000000000000000000",
                            "api_key=fg_100000000007&status_code=503",
                            "order=asc"}) {
    const auto filter = parse_audit_filter(query);
    time_call(query, [&] { return reader.find(*filter)->items.size(); });
  }
}

int run(const bench::Arguments& arguments) {
  const std::uint64_t rows = arguments.number("rows", 1'000'000);
  const std::uint64_t days = arguments.number("days", 4);
  std::string folder = arguments.text("folder", "/tmp") + "/bench-store-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) bench::die("mkdtemp");
  ManualClock clock;
  clock.advance(RowMaker::kNoon - clock.wall_now());
  AppLog log(clock, nullptr, LogLevel::Info);
  AuditWriterSettings settings;
  settings.sqlite_path = folder + "/audit.db";
  {
    AuditWriter writer(settings, clock, log);
    fill(writer, rows, days);
    writer.maintain();
    AuditReader reader(settings.sqlite_path);
    std::printf("%.0f bytes a row\n",
                static_cast<double>(reader.size()->bytes) / static_cast<double>(rows));
    time_pages(reader);
    time_call("summary of all time", [&] { return reader.summary_of_all_time()->routes.size(); });
    time_call("daily, 7", [&] { return reader.daily(7, RowMaker::kNoon)->size(); });
    time_call("hourly, 24", [&] { return reader.hourly(24, RowMaker::kNoon)->size(); });
    time_call("minutely, 60", [&] { return reader.minutely(60, RowMaker::kNoon)->size(); });
    settings.retention = std::chrono::hours(24 * days - 36);
    writer.adopt(settings);
    const Steady::time_point start = Steady::now();
    writer.maintain();
    std::printf("oldest day dropped in %.3f s\n", seconds_since(start));
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return 0;
}

}  // namespace
}  // namespace fastgate::record

int main(int argc, char** argv) {
  return fastgate::record::run(fastgate::bench::Arguments(argc, argv));
}
