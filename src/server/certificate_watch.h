/// Tells when the server's certificates are about to expire: at every load, and once a day while
/// the process runs.
#pragma once

#include <optional>
#include <string>

#include "base/app_log.h"
#include "base/clock.h"
#include "config/secret_texts.h"
#include "net/tls.h"

namespace fastgate::server {

/// A warning where one of the certificates has less than two weeks left: whoever renews them in
/// time never sees it. `certificates` may be null.
[[nodiscard]] std::optional<std::string> expiry_warning(const net::TlsServerContext* certificates,
                                                        WallTime now);

/// The daily look; the first is a day after the start, which looks itself. Main thread.
class CertificateWatch {
 public:
  CertificateWatch(const Clock& clock, AppLog& log)
      : clock_(clock), log_(log), looked_(clock.now()) {}

  /// Called now and then; writes a WARN line at most once a day.
  void look(const net::TlsServerContext* certificates, const config::SecretTexts& secrets);

 private:
  const Clock& clock_;
  AppLog& log_;
  MonotonicTime looked_;
};

}  // namespace fastgate::server
