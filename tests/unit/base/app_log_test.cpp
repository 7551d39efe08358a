#include "base/app_log.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/random.h"

namespace fastgate {
namespace {

using std::chrono::nanoseconds;

std::string value_of(std::string_view value) {
  std::string out;
  append_log_value(out, value);
  return out;
}

std::string iso(std::int64_t ns) {
  std::string out;
  append_iso_time(out, WallTime(nanoseconds(ns)));
  return out;
}

TEST_CASE("times are UTC with milliseconds") {
  constexpr std::int64_t kSecond = 1'000'000'000;
  struct Row {
    std::int64_t ns;
    std::string_view expected;
  };
  const Row rows[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {1'700'000'000 * kSecond, "2023-11-14T22:13:20.000Z"},
      {1'700'000'000 * kSecond + 999'999'999, "2023-11-14T22:13:20.999Z"},
      {951'782'399 * kSecond, "2000-02-28T23:59:59.000Z"},
      {951'782'400 * kSecond, "2000-02-29T00:00:00.000Z"},
      {951'868'800 * kSecond, "2000-03-01T00:00:00.000Z"},
      {4'107'542'400 * kSecond, "2100-03-01T00:00:00.000Z"},  // 2100 is no leap year
      {1'767'225'599 * kSecond + 1'000'000, "2025-12-31T23:59:59.001Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {-kSecond, "1969-12-31T23:59:59.000Z"},
  };
  for (const Row& row : rows) {
    INFO(row.expected);
    CHECK(iso(row.ns) == row.expected);
  }
}

TEST_CASE("times agree with the C library's calendar") {
  FastRandom random(11);
  for (int i = 0; i < 2000; ++i) {
    const auto seconds = static_cast<std::time_t>(random.below(7'258'118'400));  // to 2200
    std::tm parts{};
    REQUIRE(gmtime_r(&seconds, &parts) != nullptr);
    std::string expected(32, '\0');
    expected.resize(
        std::strftime(expected.data(), expected.size(), "%Y-%m-%dT%H:%M:%S.000Z", &parts));
    REQUIRE(iso(seconds * 1'000'000'000) == expected);
  }
}

TEST_CASE("values are bare where they are plain, else quoted and escaped") {
  using namespace std::string_view_literals;
  struct Row {
    std::string_view value;
    std::string_view expected;
  };
  const Row rows[] = {
      {"plain", "plain"},
      {"/a?b=c&d=%20", "/a?b=c&d=%20"},
      {"caf\xc3\xa9", "caf\xc3\xa9"},
      {"\xe2\x80\x93\xe2\x82\xac", "\xe2\x80\x93\xe2\x82\xac"},  // a dash and the euro
      {"\xc2\xa0", "\xc2\xa0"},
      {"", R"("")"},
      {"two words", R"("two words")"},
      {R"(say "hi")", R"("say \"hi\"")"},
      {R"(C:\dir)", R"("C:\\dir")"},
      {"a\nb", R"("a\nb")"},
      {"a\r\n2026-01-31T12:00:00.123Z ERROR forged",
       R"("a\r\n2026-01-31T12:00:00.123Z ERROR forged")"},
      {"tab\there", R"("tab\there")"},
      {"\x1b[31mred", R"("\u001b[31mred")"},
      {"del\x7f", R"("del\u007f")"},
      {"nul\0!"sv, R"("nul\u0000!")"},
      {"next\xc2\x85line", R"("next\u0085line")"},
      {"csi\xc2\x9b", R"("csi\u009b")"},
      {"\xe2\x80\xa8", R"("\u2028")"},
      {"\xe2\x80\xa9 \xe2\x80\xaa", "\"\\u2029 \xe2\x80\xaa\""},
      {"\xff\xfe\xc3(", "\xff\xfe\xc3("},  // invalid UTF-8 passes
      {"cut\xc2", "cut\xc2"},
      {"cut\xe2\x80", "cut\xe2\x80"},
      {"\" level=ERROR x=\"", R"("\" level=ERROR x=\"")"},
      {"\\\"", R"("\\\"")"},
  };
  for (const Row& row : rows) {
    INFO(row.expected);
    CHECK(value_of(row.value) == row.expected);
  }
}

TEST_CASE("no value, whatever its bytes, puts a control character into a line") {
  FastRandom random(23);
  for (int i = 0; i < 3000; ++i) {
    std::string value;
    for (std::uint64_t length = random.below(12); length > 0; --length) {
      constexpr std::string_view kSpicy = "\n\r\x1b\x7f\"\\ \xc2\x85\xe2\x80\xa8\x9b=a";
      value += random.below(2) == 0 ? kSpicy[random.below(kSpicy.size())]
                                    : static_cast<char>(random.below(256));
    }
    const std::string written = value_of(value);
    REQUIRE_FALSE(written.empty());
    for (const char c : written) REQUIRE((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    REQUIRE(written.find("\xc2\x85") == std::string::npos);
    REQUIRE(written.find("\xe2\x80\xa8") == std::string::npos);
    if (written.front() != '"') {
      REQUIRE(written == value);
      REQUIRE(written.find_first_of(" \"\\") == std::string::npos);
      continue;
    }
    // The first quote that no backslash precedes is the last character.
    std::size_t at = 1;
    while (written[at] != '"') at += written[at] == '\\' ? 2 : 1;
    REQUIRE(at == written.size() - 1);
  }
}

TEST_CASE("a line has time, level, message and fields, and ends once") {
  const WallTime time(std::chrono::milliseconds(1'769'860'800'123));
  std::string out = "before\n";
  format_log_line(out, time, LogLevel::Info, "Request forwarded",
                  {{"request_id", "req_1"}, {"path", "/a b"}, {"status_code", "200"}});
  CHECK(out ==
        "before\n2026-01-31T12:00:00.123Z INFO Request forwarded request_id=req_1 path=\"/a b\" "
        "status_code=200\n");

  out.clear();
  format_log_line(out, time, LogLevel::Warn, "no \"quotes\" here\n2026 ERROR forged\x1b", {});
  CHECK(out == "2026-01-31T12:00:00.123Z WARN no \"quotes\" here\\n2026 ERROR forged\\u001b\n");
  out.clear();
  format_log_line(out, time, LogLevel::Error, "x", {});
  CHECK(out.substr(24) == " ERROR x\n");
  out.clear();
  format_log_line(out, time, LogLevel::Debug, "x", {});
  CHECK(out.substr(24) == " DEBUG x\n");
}

/// Two log files that vanish at the end.
class AppLogFiles {
 public:
  AppLogFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fastgate-app-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    first = open("first.log");
    second = open("second.log");
  }
  ~AppLogFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  AppLogFiles(const AppLogFiles&) = delete;
  AppLogFiles& operator=(const AppLogFiles&) = delete;

  static std::string written(LogSink& sink) {
    sink.flush();
    std::ifstream file(sink.path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::unique_ptr<LogSink> first;
  std::unique_ptr<LogSink> second;

 private:
  std::unique_ptr<LogSink> open(std::string_view name) {
    auto sink = LogSink::open((folder_ / name).string());
    REQUIRE(sink.has_value());
    return std::move(*sink);
  }
  std::filesystem::path folder_;
};

TEST_CASE("events below the level are left out; a redirect changes sink and level") {
  AppLogFiles files;
  ManualClock clock;
  AppLog log(clock, files.first.get(), LogLevel::Warn);
  CHECK(log.sink() == files.first.get());
  CHECK(log.is_on(LogLevel::Error));
  CHECK(log.is_on(LogLevel::Warn));
  CHECK_FALSE(log.is_on(LogLevel::Info));
  log.error("e", {{"k", "v"}});
  log.warn("w");
  log.info("i");
  log.debug("d");
  CHECK(AppLogFiles::written(*files.first) ==
        "2023-11-14T22:13:20.000Z ERROR e k=v\n2023-11-14T22:13:20.000Z WARN w\n");

  log.redirect(files.second.get(), LogLevel::Debug);
  CHECK(log.sink() == files.second.get());
  clock.advance(std::chrono::milliseconds(1001));
  log.debug("d");
  CHECK(AppLogFiles::written(*files.second) == "2023-11-14T22:13:21.001Z DEBUG d\n");
  CHECK(AppLogFiles::written(*files.first).find(" d\n") == std::string::npos);
}

TEST_CASE("without a sink nothing is written and nothing breaks") {
  const ManualClock clock;
  AppLog log(clock, nullptr, LogLevel::Debug);
  log.error("nobody hears it");
  CHECK(log.sink() == nullptr);
}

TEST_CASE("events from several threads, redirected meanwhile, arrive whole and once") {
  constexpr int kThreads = 3;
  constexpr int kEvents = 200;
  AppLogFiles files;
  const ManualClock clock;
  AppLog log(clock, files.first.get(), LogLevel::Info);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&log] {
      for (int i = 0; i < kEvents; ++i) log.info("event", {{"value", "two words"}});
    });
  }
  for (int i = 0; i < 50; ++i) {
    log.redirect(i % 2 == 0 ? files.second.get() : files.first.get(), LogLevel::Info);
  }
  for (std::thread& thread : threads) thread.join();
  const std::string all = AppLogFiles::written(*files.first) + AppLogFiles::written(*files.second);
  const std::string line = "2023-11-14T22:13:20.000Z INFO event value=\"two words\"\n";
  REQUIRE(all.size() == line.size() * kThreads * kEvents);
  for (std::size_t at = 0; at < all.size(); at += line.size()) {
    REQUIRE(all.substr(at, line.size()) == line);
  }
}

}  // namespace
}  // namespace fastgate
