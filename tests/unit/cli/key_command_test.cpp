#include "cli/key_command.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "config/load.h"
#include "gateway/key_book.h"
#include "json/document.h"

namespace fastgate::cli {
namespace {

namespace fs = std::filesystem;
using Action = KeyCommandOptions::Action;

constexpr std::string_view kMain =
    "# mine\n"
    "include: [conf.d/*.yaml]\n"
    "pid_file: run/gateway.pid\n"
    "routes:\n"
    "  - route_id: all  # everything\n"
    "    match_path: /*\n"
    "    respond: {status: 200}\n";

/// A folder with a configuration, and the key command run on it.
class Place {
 public:
  Place() : folder_((fs::temp_directory_path() / "fastgate-key-XXXXXX").string()) {
    REQUIRE(::mkdtemp(folder_.data()) != nullptr);
    write("fastgate.yaml", kMain);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { fs::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) const {
    fs::create_directories(fs::path(file(name)).parent_path());
    std::ofstream(file(name), std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(file(name), std::ios::binary).rdbuf();
    return text.str();
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }

  /// Parses `arguments` as a command line and runs it. The output is in `out` and `err`.
  int run(const std::vector<std::string>& arguments) {
    KeyCommandOptions options;
    CLI::App app("test", "fastgate");
    add_key_command(app, options);
    std::vector<const char*> argv{"fastgate", "key"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    out.clear();
    err.clear();
    try {
      app.parse(static_cast<int>(argv.size()), argv.data());
    } catch (const CLI::ParseError& error) {
      err = error.what();
      return 2;
    }
    options.config_file = file("fastgate.yaml");
    options.prefix = folder_;
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    const int status = run_key_command(options, out_stream, err_stream);
    out = out_stream.str();
    err = err_stream.str();
    return status;
  }

  [[nodiscard]] config::Config load() const {
    config::Diagnostics diagnostics;
    config::Config config =
        config::load(file("fastgate.yaml"), config::Sources::system(), diagnostics);
    for (const auto& entry : diagnostics.entries()) MESSAGE(entry.text());
    CHECK_FALSE(diagnostics.has_errors());
    return config;
  }

  std::string out;
  std::string err;

 private:
  std::string folder_;
};

/// What follows `name: ` in the output.
std::string field(const std::string& out, const std::string& name) {
  const std::size_t at = out.find(name + ": ");
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + name.size() + 2;
  return out.substr(begin, out.find('\n', begin) - begin);
}

TEST_CASE("a created key is in the configuration, and its value only in the output") {
  Place place;
  REQUIRE(place.run({"create", "--source-path", "team a", "--permissions", "chat,models",
                     "--rate-limit", "60", "--burst", "5", "--max-concurrency", "2", "--expires-at",
                     "2099-01-31T12:00Z", "--allowed-ips", "10.0.0.0/8,::1", "--allowed-models",
                     "gpt-*", "--description", "for: # \"tests\""}) == 0);
  const std::string value = field(place.out, "key_value");
  const std::string text = place.read("conf.d/admin.yaml");
  CHECK(text.find(value) == std::string::npos);
  CHECK(place.err.find(value) == std::string::npos);
  CHECK(place.out.find(value) == place.out.rfind(value));
  CHECK(place.read("fastgate.yaml") == kMain);
  struct stat status{};
  REQUIRE(::stat(place.file("conf.d/admin.yaml").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);

  const config::Config config = place.load();
  const gateway::KeyBook book(config.keys);
  const gateway::Key* key = book.find(value).key;
  REQUIRE(key != nullptr);
  CHECK(key->config->key_id.value == field(place.out, "key_id"));
  CHECK(key->config->source_path == "team a");
  CHECK(key->config->description == "for: # \"tests\"");
  CHECK(key->config->permissions == std::vector<std::string>{"chat", "models"});
  CHECK(key->config->rate_limit == 60);
  CHECK(key->config->burst == 5);
  CHECK(key->config->max_concurrency == 2);
  CHECK(key->config->allowed_ips.size() == 2);
  CHECK(key->config->allowed_models == std::vector<std::string>{"gpt-*"});
  CHECK(key->config->created_at.has_value());
  CHECK(key->config->expires_at.has_value());
}

TEST_CASE("keys are listed without their values, and revoked by their ids") {
  Place place;
  REQUIRE(place.run({"create", "--source-path", "a"}) == 0);
  const std::string first = field(place.out, "key_id");
  REQUIRE(place.run({"create", "--source-path", "b", "--expires-days", "10"}) == 0);
  const std::string second = field(place.out, "key_id");
  const std::string both = place.read("conf.d/admin.yaml");

  REQUIRE(place.run({"list"}) == 0);
  CHECK(place.out.find(first) != std::string::npos);
  CHECK(place.out.find(second) != std::string::npos);
  CHECK(place.out.find(to_hex(place.load().keys[0].key_sha256)) == std::string::npos);
  REQUIRE(place.run({"list", "--source-path", "b", "--json"}) == 0);
  json::DocumentParser parser;
  const auto listed = parser.parse(place.out);
  REQUIRE(listed);
  REQUIRE(listed->find("items")->size() == 1);
  CHECK((*listed->find("items")->items().begin()).find("key_id")->string() == second);
  CHECK(place.out.find("key_sha256") == std::string::npos);

  REQUIRE(place.run({"revoke", first}) == 0);
  REQUIRE(place.load().keys.size() == 1);
  CHECK(place.load().keys[0].key_id.value == second);
  REQUIRE(place.run({"revoke", second, "--keep"}) == 0);
  CHECK_FALSE(place.load().keys[0].is_active);
  REQUIRE(place.run({"list"}) == 0);
  CHECK(place.out.find("inactive") != std::string::npos);
  REQUIRE(place.run({"revoke", second}) == 0);
  CHECK(place.read("conf.d/admin.yaml") == "keys: []\n");
}

TEST_CASE("a key is revoked where it stands, comments and all else left alone") {
  Place place;
  const std::string digest = to_hex(sha256("fg_x"));
  const std::string keys = "keys:\n  # Alice\n  - key_sha256: " + digest + "  # hers\n  # Bob\n";
  place.write("conf.d/team.yaml", keys + "  - {key_sha256: " + to_hex(sha256("fg_y")) + "}\n");
  REQUIRE(place.run({"revoke", "fg_" + to_hex(sha256("fg_y")).substr(0, 12)}) == 0);
  CHECK(place.read("conf.d/team.yaml") == keys);
  CHECK(place.run({"revoke", "fg_000000000000"}) == 1);
  CHECK(place.run({"revoke", "fg_secret_value_in_the_wrong_place"}) == 1);
  CHECK(place.err.find("wrong_place") == std::string::npos);
  CHECK(place.read("conf.d/team.yaml") == keys);
}

TEST_CASE("what would break the configuration is not written") {
  Place place;
  CHECK(place.run({"create", "--source-path", "a", "--allowed-ips", "300.0.0.1"}) == 1);
  CHECK(place.err.find("admin.yaml:") != std::string::npos);
  CHECK(place.run({"create", "--source-path", "a", "--expires-at", "soon"}) == 1);
  place.write("fastgate.yaml", std::string(kMain) + "    surprise: 1\n");
  CHECK(place.run({"create", "--source-path", "a"}) == 1);
  CHECK(place.err.find("surprise") != std::string::npos);
  CHECK(place.run({"list"}) == 1);
  place.write("fastgate.yaml", "routes: []\n");
  CHECK(place.run({"create", "--source-path", "a"}) == 1);
  CHECK(place.err.find("include") != std::string::npos);
  CHECK(place.out.empty());
  CHECK_FALSE(fs::exists(place.file("conf.d")));
}

TEST_CASE("what is odd about a new key is told") {
  Place place;
  CHECK(place.run({"create", "--source-path", "a", "--allowed-routes", "al"}) == 0);
  CHECK(place.err.find("warning: ") != std::string::npos);
  CHECK(place.err.find("all") != std::string::npos);
}

TEST_CASE("wrong command lines") {
  Place place;
  const std::vector<std::vector<std::string>> rows = {
      {},
      {"create"},
      {"create", "--source-path", "a", "--rate-limit", "-1"},
      {"create", "--source-path", "a", "--rate-limit", "many"},
      {"create", "--source-path", "a", "--expires-at", "2099-01-01", "--expires-days", "1"},
      {"revoke"},
      {"remove", "fg_000000000000"},
  };
  for (const auto& arguments : rows) {
    INFO(arguments.size());
    CHECK(place.run(arguments) == 2);
  }
  std::ostringstream out;
  CHECK(run_key_command({}, out, out) == 1);
}

TEST_CASE("the running gateway is told, unless that is not wanted") {
  Place place;
  sigset_t hup;
  sigset_t before;
  sigemptyset(&hup);
  sigaddset(&hup, SIGHUP);
  REQUIRE(::pthread_sigmask(SIG_BLOCK, &hup, &before) == 0);
  const auto was_told = [&] {
    const timespec none{};
    return ::sigtimedwait(&hup, nullptr, &none) == SIGHUP;
  };
  place.write("run/gateway.pid", std::to_string(::getpid()) + "\n");
  CHECK(place.run({"create", "--source-path", "a", "--no-reload"}) == 0);
  CHECK_FALSE(was_told());
  CHECK(place.run({"create", "--source-path", "a"}) == 0);
  CHECK(was_told());
  CHECK(place.run({"create", "--source-path", "a", "--expires-at", "never"}) == 1);
  CHECK_FALSE(was_told());
  CHECK(place.run({"revoke", place.load().keys[0].key_id.value}) == 0);
  CHECK(was_told());
  fs::remove(place.file("run/gateway.pid"));
  CHECK(place.run({"create", "--source-path", "a"}) == 0);
  CHECK(place.err.find("not reloaded") != std::string::npos);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace fastgate::cli
