#include "server/log_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "unit/record/store_folder.h"

namespace fastgate::server {
namespace {

namespace fs = std::filesystem;

class Scene {
 public:
  Scene() : log(clock, nullptr, LogLevel::Info) {
    log.redirect(open("app.log"), LogLevel::Info);
    fs::create_symlink("/dev/full", folder.path() / "access.log");
    access = open("access.log");
  }
  LogSink* open(const std::string& name) {
    const Result<LogSink*> sink = files.open((folder.path() / name).string());
    REQUIRE(sink.has_value());
    return *sink;
  }
  void write(std::string line) const { access->submit(line); }
  void look() {
    access->flush();
    files.look(log, secrets);
  }
  /// Lines of the application log that hold `text`.
  [[nodiscard]] std::size_t count(std::string_view text) {
    log.sink()->flush();
    std::ifstream file(folder.path() / "app.log");
    std::size_t found = 0;
    for (std::string line; std::getline(file, line);)
      found += line.find(text) != std::string::npos ? 1 : 0;
    return found;
  }

  record::StoreFolder folder;
  ManualClock clock;
  config::SecretTexts secrets;
  LogFiles files;
  AppLog log;
  LogSink* access = nullptr;
};

TEST_CASE("a log file on a full disk is told once, counted, and told again when there is room") {
  Scene scene;
  scene.look();
  CHECK(scene.count("ERROR") == 0);
  for (int round = 0; round < 3; ++round) {
    scene.write("lost\n");
    scene.look();
  }
  CHECK(scene.count("ERROR log file: lines cannot be written") == 1);
  CHECK(scene.count("No space left on device") == 1);
  CHECK(scene.files.facts().failing == 1);
  CHECK(scene.files.facts().dropped == 3);

  fs::remove(scene.folder.path() / "access.log");
  scene.files.reopen_all();
  scene.write("kept\n");
  scene.look();
  scene.look();
  CHECK(scene.count("INFO log file: lines are written again") == 1);
  CHECK(scene.count("dropped_batches=3") == 1);
  CHECK(scene.files.facts().failing == 0);
  CHECK(scene.files.facts().dropped == 3);
}

TEST_CASE("a secret in a log file's path is not told") {
  Scene scene;
  scene.secrets.add("access.log");
  scene.write("lost\n");
  scene.look();
  CHECK(scene.count("lines cannot be written") == 1);
  CHECK(scene.count("access.log") == 0);
}

}  // namespace
}  // namespace fastgate::server
