#include "config/edit_file.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fnmatch.h>

#include "config/atomic_file.h"
#include "config/paths.h"

namespace fastgate::config {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLockPatience{5};

std::string normal(const std::string& path) {
  std::error_code failed;
  const fs::path absolute = fs::absolute(path, failed);
  return (failed ? fs::path(path) : absolute).lexically_normal().string();
}

/// Links resolved as far as the path exists.
std::string canonical(const std::string& path) {
  std::error_code failed;
  const fs::path real = fs::weakly_canonical(normal(path), failed);
  return failed ? normal(path) : real.string();
}

bool fits(const std::string& pattern, const std::string& path) {
  return ::fnmatch(normal(pattern).c_str(), normal(path).c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
}

}  // namespace

std::string admin_file_of(const std::string& config_path) {
  return folder_of(config_path) + "conf.d/admin.yaml";
}

bool is_same_file(const std::string& a, const std::string& b) {
  return normal(a) == normal(b) || canonical(a) == canonical(b);
}

Sources with_text(const Sources& base, const std::string& path, std::string text) {
  Sources sources = base;
  sources.read_file = [base, path, text = std::move(text)](const std::string& wanted) {
    return is_same_file(wanted, path) ? Result<std::string>(text) : base.read_file(wanted);
  };
  sources.glob = [base, path](const std::string& pattern) {
    std::vector<std::string> found = base.glob(pattern);
    const auto is_it = [&](const std::string& one) { return is_same_file(one, path); };
    if (fits(pattern, path) && std::none_of(found.begin(), found.end(), is_it)) {
      found.push_back(path);
      std::sort(found.begin(), found.end());
    }
    return found;
  };
  return sources;
}

Result<void> edit_file(const FileEdit& edit, const Sources& sources) {
  const auto lock = WriterLock::take(folder_of(edit.config_path), kLockPatience);
  if (!lock) return std::unexpected(lock.error());
  const auto old = read_versioned(edit.path);
  if (!old) return std::unexpected(old.error());
  auto text = edit.edit(old->text);
  if (!text) return std::unexpected(text.error());
  if (auto checked = edit.check(with_text(sources, edit.path, *text)); !checked) return checked;
  return replace_file(edit.path, *text, old->version);
}

}  // namespace fastgate::config
