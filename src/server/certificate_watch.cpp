#include "server/certificate_watch.h"

#include <chrono>
#include <utility>

namespace fastgate::server {
namespace {

constexpr std::chrono::days kEnough{14};
constexpr std::chrono::days kPause{1};

}  // namespace

std::optional<std::string> expiry_warning(const net::TlsServerContext* certificates, WallTime now) {
  if (certificates == nullptr || certificates->not_after() - now >= kEnough) return std::nullopt;
  const WallTime end = certificates->not_after();
  std::string text = "certificate " + certificates->first_to_expire();
  if (end <= now) {
    text.append(" has expired, at ");
  } else {
    const auto days = std::chrono::floor<std::chrono::days>(end - now).count();
    text.append(" expires in ").append(std::to_string(days));
    text.append(days == 1 ? " day, at " : " days, at ");
  }
  append_iso_time(text, end);
  return text;
}

void CertificateWatch::look(const net::TlsServerContext* certificates,
                            const config::SecretTexts& secrets) {
  if (clock_.now() - looked_ < kPause) return;
  looked_ = clock_.now();
  if (auto text = expiry_warning(certificates, clock_.wall_now())) {
    log_.warn(secrets.masked(std::move(*text)));
  }
}

}  // namespace fastgate::server
