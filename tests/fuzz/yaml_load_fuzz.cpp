// Loads arbitrary bytes as a configuration, with files and variables from memory. What loads must
// print, and what was printed must load again to the same text.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/load.h"

namespace {

using namespace fastgate;
using namespace fastgate::config;

constexpr std::string_view kSecret = "canary-7f3a";

Sources sources_of(const std::string& text) {
  Sources sources;
  sources.read_file = [&text](const std::string& path) -> Result<std::string> {
    if (path == "main.yaml") return text;
    if (path == "d/other.yaml") return "routes: [{match_path: /other, target_host: a}]\n";
    if (path == "secret") return std::string(kSecret) + "\n";
    return fail(ErrorKind::Io, "No such file or directory");
  };
  sources.glob = [](const std::string&) { return std::vector<std::string>{"d/other.yaml"}; };
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "S") return std::string(kSecret);
    if (name == "N") return "5";
    return std::nullopt;
  };
  sources.now = WallTime(std::chrono::seconds(1'767'225'600));
  return sources;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const bool names_secret = text.find(kSecret.substr(0, 6)) != text.npos;
  Diagnostics diagnostics;
  const Config config = load("main.yaml", sources_of(text), diagnostics);
  for (const Diagnostic& entry : diagnostics.entries()) {
    FG_ASSERT(entry.line > 0 && entry.column > 0);
    FG_ASSERT(names_secret || entry.text().find(kSecret) == std::string::npos);
  }
  if (diagnostics.has_errors()) return 0;

  const std::string printed = print(config);
  FG_ASSERT(names_secret || printed.find(kSecret) == std::string::npos);
  Diagnostics again;
  const Config reloaded = load("main.yaml", sources_of(printed), again);
  FG_ASSERT(!again.has_errors());
  FG_ASSERT(print(reloaded) == printed);
  return 0;
}
