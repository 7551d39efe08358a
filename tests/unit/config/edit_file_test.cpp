#include "config/edit_file.h"

#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include "config/atomic_file.h"
#include "config_fixture.h"

namespace fastgate::config {
namespace {

namespace fs = std::filesystem;

TEST_CASE("new entries go beside the configuration file") {
  CHECK(admin_file_of("/etc/fastgate/fastgate.yaml") == "/etc/fastgate/conf.d/admin.yaml");
  CHECK(admin_file_of("fastgate.yaml") == "conf.d/admin.yaml");
}

TEST_CASE("a text in place of a file is read, and found by the globs that would find it") {
  MemoryFiles files{.files = {{"conf/conf.d/a.yaml", "a"}, {"conf/conf.d/z.yaml", "z"}},
                    .variables = {}};
  const Sources sources = with_text(files.sources(), "conf/conf.d/admin.yaml", "new");
  CHECK(sources.read_file("conf/conf.d/admin.yaml").value() == "new");
  CHECK(sources.read_file("conf/./conf.d/admin.yaml").value() == "new");
  CHECK(sources.read_file("conf/conf.d/a.yaml").value() == "a");
  CHECK_FALSE(sources.read_file("conf/admin.yaml"));
  using Paths = std::vector<std::string>;
  CHECK(sources.glob("conf/conf.d/*.yaml") ==
        Paths{"conf/conf.d/a.yaml", "conf/conf.d/admin.yaml", "conf/conf.d/z.yaml"});
  CHECK(sources.glob("conf/conf.d/ad*.yaml") == Paths{"conf/conf.d/admin.yaml"});
  CHECK(sources.glob("conf/./conf.d/b*.yaml").empty());
  CHECK(sources.glob("conf/*.yaml").empty());
  CHECK(sources.glob("other/conf.d/*.yaml").empty());

  files.files["conf/conf.d/admin.yaml"] = "old";
  const Sources again = with_text(files.sources(), "conf/conf.d/admin.yaml", "new");
  CHECK(again.glob("conf/conf.d/*.yaml").size() == 3);
  CHECK(again.read_file("conf/conf.d/admin.yaml").value() == "new");
}

TEST_CASE("a file is written only when the whole configuration is good with it") {
  std::string folder = (fs::temp_directory_path() / "fastgate-file-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string main_file = folder + "/fastgate.yaml";
  REQUIRE(replace_file(main_file, "include: [conf.d/*.yaml]\n", {}));
  const std::string path = admin_file_of(main_file);
  FileEdit edit{.config_path = main_file, .path = path, .edit = nullptr, .check = nullptr};
  edit.check = [&](const Sources& sources) -> Result<void> {
    Diagnostics diagnostics;
    const Config config = load(main_file, sources, diagnostics);
    CHECK(config.files.size() == 2);
    if (diagnostics.has_errors()) return fail(ErrorKind::Config, diagnostics.entries()[0].text());
    return {};
  };

  edit.edit = [](std::string_view) -> Result<std::string> { return "keys: nonsense\n"; };
  const auto refused = edit_file(edit, Sources::system());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("admin.yaml:1:7") != std::string::npos);
  CHECK_FALSE(fs::exists(path));

  edit.edit = [](std::string_view text) -> Result<std::string> {
    CHECK(text.empty());
    return "keys: []\n";
  };
  REQUIRE(edit_file(edit, Sources::system()));
  CHECK(read_versioned(path)->text == "keys: []\n");

  edit.edit = [](std::string_view text) -> Result<std::string> {
    CHECK(text == "keys: []\n");
    return fail(ErrorKind::Config, "no");
  };
  CHECK_FALSE(edit_file(edit, Sources::system()));
  edit.edit = [&](std::string_view text) -> Result<std::string> {
    CHECK(replace_file(path, "routes: []\n", read_versioned(path)->version));
    return std::string(text) + "# mine\n";
  };
  const auto late = edit_file(edit, Sources::system());
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == ErrorKind::Overloaded);
  CHECK(read_versioned(path)->text == "routes: []\n");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace fastgate::config
