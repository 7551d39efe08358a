#include "cli/build_facts.h"

#include "net/library_versions.h"

namespace fastgate::cli {

std::string build_facts() {
  std::string text = "fastgate/" FASTGATE_VERSION "\n";
#if defined(__clang__)
  text += "built by clang " __clang_version__ "\n";
#else
  text += "built by gcc " __VERSION__ "\n";
#endif
  text += "built with " + net::library_versions() + "\n";
  text += "default configuration: /etc/fastgate/fastgate.yaml, in a checkout conf/fastgate.yaml\n";
  return text;
}

}  // namespace fastgate::cli
