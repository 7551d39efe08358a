/// The command line of the programs of the bench.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

namespace fastgate::bench {

/// `--name value` pairs of a command line.
class Arguments {
 public:
  Arguments(int count, char** words) {
    for (int i = 1; i + 1 < count; i += 2) values_[words[i]] = words[i + 1];
  }
  [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const {
    const auto found = values_.find("--" + name);
    return found == values_.end() ? otherwise : found->second;
  }
  [[nodiscard]] std::uint64_t number(const std::string& name, std::uint64_t otherwise) const {
    const std::string found = text(name, "");
    return found.empty() ? otherwise : std::strtoull(found.c_str(), nullptr, 10);
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace fastgate::bench
