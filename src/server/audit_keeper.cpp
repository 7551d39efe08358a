#include "server/audit_keeper.h"

#include <system_error>
#include <utility>

namespace fastgate::server {
namespace {

record::AuditWriterSettings settings_of(const config::Config& config, const ConfigPlace& place) {
  const config::DatabaseConfig& database = config.database;
  return {.sqlite_path = place.resolve(database.sqlite_path.value),
          .retention = database.retention,
          .max_size = database.max_size,
          // A part of the interval: the workers' batches take another.
          .flush_interval = database.flush_interval / 4,
          .durability = config.proxy.async_audit ? record::AuditDurability::Process
                                                 : record::AuditDurability::Disk};
}

}  // namespace

Result<void> AuditKeeper::prepare(const config::Config& config, const ConfigPlace& place) {
  give_up_next();
  if (!config.database.enabled) return {};
  const record::AuditWriterSettings settings = settings_of(config, place);
  if (writer_ && path_ == settings.sqlite_path) return {};
  try {
    next_ = std::make_unique<record::AuditWriter>(settings, clock_, log_, left_);
  } catch (const std::system_error& error) {
    return fail(ErrorKind::Io,
                std::string("cannot start the thread of the audit store: ") + error.what());
  }
  left_ = {};
  return {};
}

void AuditKeeper::give_up_next() {
  if (!next_) return;
  left_ = next_->end();
  next_.reset();
}

record::AuditSettings AuditKeeper::take(const config::Config& config, const ConfigPlace& place) {
  using Answers = record::AuditSettings::Answers;
  record::AuditSettings settings{
      .intake = nullptr,
      .on_full = config.database.on_full,
      .flush_interval = config.database.flush_interval,
      .answers = config.proxy.async_audit ? Answers::EndAtOnce : Answers::EndOnceStored};
  if (config.database.enabled) {
    settings.intake = writer_for(settings_of(config, place));
  } else {
    const std::lock_guard lock(mutex_);
    previous_ = std::move(writer_);
    is_replaced_ = false;
    path_.clear();
  }
  return settings;
}

record::AuditIntake* AuditKeeper::writer_for(const record::AuditWriterSettings& settings) {
  if (writer_ && path_ == settings.sqlite_path) {
    writer_->adopt(settings);
    return writer_.get();
  }
  FG_ASSERT(next_ != nullptr);
  const std::lock_guard lock(mutex_);
  previous_ = std::exchange(writer_, std::move(next_));
  is_replaced_ = true;
  path_ = settings.sqlite_path;
  return writer_.get();
}

void AuditKeeper::end_previous() {
  if (!previous_) return;
  if (is_replaced_) {
    previous_->end_for_another_store();
  } else {
    left_ = previous_->end();
  }
  previous_.reset();
}

void AuditKeeper::close() {
  give_up_next();
  end_previous();
  std::unique_ptr<record::AuditWriter> writer;
  {
    const std::lock_guard lock(mutex_);
    writer = std::move(writer_);
  }
}

std::optional<record::AuditWriterFacts> AuditKeeper::facts() const {
  const std::lock_guard lock(mutex_);
  if (!writer_) return std::nullopt;
  return writer_->facts();
}

}  // namespace fastgate::server
