/// Owns the audit store's writer: opens it at the start, follows the configuration at each reload,
/// and drains it once the workers are gone.
///
/// Owned by the server. Main thread, but for facts(), which any thread may call.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/app_log.h"
#include "base/clock.h"
#include "base/error.h"
#include "config/model.h"
#include "record/audit_feed.h"
#include "record/audit_writer.h"
#include "server/generation.h"

namespace fastgate::server {

class AuditKeeper {
 public:
  /// Both must outlive the keeper.
  AuditKeeper(const Clock& clock, AppLog& log) : clock_(clock), log_(log) {}
  AuditKeeper(const AuditKeeper&) = delete;
  AuditKeeper& operator=(const AuditKeeper&) = delete;

  /// Makes what take() needs for the same configuration; all of it that can fail. An unusable path
  /// is no failure: the writer tries it again and again. Errors: Io, where the system gives no
  /// further thread.
  [[nodiscard]] Result<void> prepare(const config::Config& config, const ConfigPlace& place);
  /// The configuration that prepare() was asked for does not come into force: what was made for it
  /// ends.
  void give_up_next();
  /// What the workers' recorders take over with a configuration that comes into force, after
  /// prepare(). Another `sqlite_path` begins another store; the running one stays for who still
  /// uses it, until end_previous().
  [[nodiscard]] record::AuditSettings take(const config::Config& config, const ConfigPlace& place);
  /// No worker uses the store before any more: it ends once it has written what it was given.
  void end_previous();
  /// The workers are gone: what waits is written, and the store closed.
  void close();

  /// Nothing while no records are kept.
  [[nodiscard]] std::optional<record::AuditWriterFacts> facts() const;

 private:
  [[nodiscard]] record::AuditIntake* writer_for(const record::AuditWriterSettings& settings);

  const Clock& clock_;
  AppLog& log_;
  mutable std::mutex mutex_;  ///< guards writer_ against facts()
  std::unique_ptr<record::AuditWriter> writer_;
  std::string path_;
  std::unique_ptr<record::AuditWriter> next_;  ///< made by prepare(), not in use
  std::unique_ptr<record::AuditWriter> previous_;
  bool is_replaced_ = false;    ///< previous_, by writer_; else there is no store any more
  record::AuditOpenRows left_;  ///< by the last writer that ended, for one that follows it
};

}  // namespace fastgate::server
