#include "admin/session_book.h"

#include <algorithm>
#include <array>

#include "base/base64url.h"
#include "base/random.h"

namespace fastgate::admin {
namespace {

std::string secret_text() {
  std::array<std::uint8_t, 32> bytes{};
  fill_secret_random(bytes);
  return base64url_encode(bytes);
}

}  // namespace

SessionBook::Opened SessionBook::open(const Sha256& token_sha256, WallTime now) {
  Opened opened{.cookie = secret_text(), .csrf_token = secret_text()};
  Entry entry{.cookie_sha256 = sha256(opened.cookie),
              .login = {.token_sha256 = token_sha256, .csrf_token = opened.csrf_token},
              .opened = now,
              .used = now};
  const std::lock_guard lock(mutex_);
  if (entries_.size() < kMost) {
    entries_.push_back(std::move(entry));
  } else {
    *std::ranges::min_element(entries_, {}, &Entry::used) = std::move(entry);
  }
  return opened;
}

std::optional<Login> SessionBook::find(std::string_view cookie, WallTime now) {
  const Sha256 digest = sha256(cookie);
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) {
    return now - entry.used > kIdle || now - entry.opened > kWhole;
  });
  for (Entry& entry : entries_) {
    if (!equals_in_constant_time(entry.cookie_sha256, digest)) continue;
    entry.used = now;
    return entry.login;
  }
  return std::nullopt;
}

void SessionBook::close(std::string_view cookie) {
  const Sha256 digest = sha256(cookie);
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) {
    return equals_in_constant_time(entry.cookie_sha256, digest);
  });
}

}  // namespace fastgate::admin
