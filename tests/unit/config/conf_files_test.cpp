// Runs over tests/conf and conf: what a configuration means, and what is told about a bad one,
// stands in files beside it.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <doctest/doctest.h>

#include "config_fixture.h"

namespace fastgate::config {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = FASTGATE_SOURCE_DIR;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<fs::path> files_in(const fs::path& folder, const std::string& extension) {
  std::set<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) paths.insert(entry.path());
  }
  return paths;
}

/// Sources over the files below `base`, so that errors name them the same way everywhere.
Sources sources_below(const fs::path& base) {
  Sources sources = Sources::system();
  const auto read = sources.read_file;
  const auto glob = sources.glob;
  sources.read_file = [=](const std::string& path) { return read((base / path).string()); };
  sources.glob = [=](const std::string& pattern) {
    std::vector<std::string> paths = glob((base / pattern).string());
    for (std::string& path : paths) path = path.substr(base.string().size() + 1);
    return paths;
  };
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "CANARY") return "canary-7f3a";
    if (name == "PORT") return "8123";
    if (name == "EMPTY") return "";
    if (name == "NEWLINE") return "canary\nX";
    return std::nullopt;
  };
  return sources;
}

Loaded load_below(const fs::path& base, const std::string& path) {
  Loaded out;
  out.config = load(path, sources_below(base), out.diagnostics);
  return out;
}

/// Loads what print() wrote; `${file:…}` in it is read from where the original file stood.
Loaded load_printed(const fs::path& base, const std::string& path, const std::string& printed) {
  Sources sources = sources_below(base);
  const auto read = sources.read_file;
  sources.read_file = [=](const std::string& wanted) -> Result<std::string> {
    if (wanted == path) return printed;
    return read(wanted);
  };
  Loaded out;
  out.config = load(path, sources, out.diagnostics);
  return out;
}

TEST_CASE("good configurations mean what stands beside them, and print reads back") {
  const fs::path base = kSource / "tests/conf";
  const auto paths = files_in(base / "good", ".yaml");
  CHECK(paths.size() >= 10);
  for (const fs::path& path : paths) {
    const std::string name = "good/" + path.filename().string();
    INFO(name);
    const Loaded loaded = load_below(base, name);
    CHECK(loaded.messages() == "");
    const std::string printed = print(loaded.config);
    CHECK(printed == text_of(fs::path(path).replace_extension(".expected")));
    CHECK(printed.find("canary") == std::string::npos);

    const Loaded again = load_printed(base, name, printed);
    CHECK(again.messages() == "");
    CHECK(print(again.config) == printed);
  }
}

TEST_CASE("bad configurations are told with all their places") {
  const fs::path base = kSource / "tests/conf";
  const auto paths = files_in(base / "bad", ".yaml");
  CHECK(paths.size() >= 60);
  for (const fs::path& path : paths) {
    const std::string name = "bad/" + path.filename().string();
    INFO(name);
    const Loaded loaded = load_below(base, name);
    CHECK(loaded.diagnostics.has_errors());
    CHECK(loaded.messages() == text_of(fs::path(path).replace_extension(".errors")));
    CHECK_FALSE(loaded.says("canary"));
  }
}

TEST_CASE("no expectation stands without its configuration") {
  for (const auto& [folder, extension] :
       {std::pair{"good", ".expected"}, std::pair{"bad", ".errors"}}) {
    for (const fs::path& path : files_in(kSource / "tests/conf" / folder, extension)) {
      INFO(path.string());
      CHECK(fs::exists(fs::path(path).replace_extension(".yaml")));
    }
  }
}

TEST_CASE("all that is shipped loads without errors and warnings, and prints and reads back") {
  std::set<fs::path> paths = files_in(kSource / "conf", ".yaml");
  paths.merge(files_in(kSource / "conf/examples", ".yaml"));
  paths.merge(files_in(kSource / "conf/conf.d", ".yaml"));
  CHECK(paths.size() >= 13);
  for (const fs::path& path : paths) {
    const std::string name = path.string().substr(kSource.string().size() + 1);
    INFO(name);
    const Loaded loaded = load_below(kSource, name);
    CHECK(loaded.messages() == "");
    CHECK_FALSE(loaded.config.routes.empty());
    const std::string printed = print(loaded.config);
    const Loaded again = load_printed(kSource, name, printed);
    CHECK(again.messages() == "");
    CHECK(print(again.config) == printed);
  }
}

/// The default configuration with every commented-out field switched on.
std::string with_comments_on(const std::string& text) {
  std::string out;
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t end = text.find('\n', from);
    std::string line = text.substr(from, end - from);
    from = end + 1;
    const std::size_t hash = line.find_first_not_of(' ');
    const bool is_field = hash != line.npos && line[hash] == '#' && line.size() > hash + 2 &&
                          (line.find(": ", hash) != line.npos || line.ends_with(':'));
    if (is_field) line.erase(hash, 2);
    out += line + "\n";
  }
  return out;
}

TEST_CASE("the default configuration names the defaults that are in force") {
  const std::string text = text_of(kSource / "conf/fastgate.yaml");
  // Sections that stand there as comments only, and whose values all are defaults.
  for (const std::string_view section :
       {"# database:", "# proxy:", "# rate_limiting:", "# logging:", "# pid_file:"}) {
    INFO(section);
    const std::size_t at = text.find("\n" + std::string(section));
    REQUIRE(at != text.npos);
    const std::string part = text.substr(at + 1, text.find("\n\n", at + 1) - at);
    Config plain = load_text("").config;
    const Loaded loaded = load_text(with_comments_on(part));
    CHECK(loaded.messages() == "");
    plain.proxy.first_byte_timeout = loaded.config.proxy.first_byte_timeout;
    CHECK(print(loaded.config) == print(plain));
  }
}

}  // namespace
}  // namespace fastgate::config
