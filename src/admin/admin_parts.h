/// What all calls of the admin API share.
///
/// Owned by the server, outlives reloads and every service; the lanes are stopped before the rest
/// ends.
#pragma once

#include <memory>
#include <string>

#include "admin/change_log.h"
#include "admin/config_control.h"
#include "admin/entry_json.h"
#include "admin/job_lane.h"
#include "admin/places.h"
#include "admin/process_facts.h"
#include "admin/session_book.h"
#include "base/app_log.h"
#include "base/clock.h"
#include "gateway/failure_guard.h"
#include "gateway/key_usage.h"
#include "record/audit_query.h"

namespace fastgate::admin {

/// The audit store as it is read, opened anew when the configuration moves it.
struct StoreReader {
  std::string path;
  std::unique_ptr<record::AuditReader> reader;
};

struct AdminParts {
  /// Most calls that wait on one lane; further ones are answered 503.
  static constexpr std::size_t kMostWaiting = 512;
  /// Most exports under way, each with files of its own open; further ones are answered 503.
  static constexpr std::size_t kMostExports = 32;

  AdminParts(ConfigControl& config_control, const ProcessFactsSource& process_facts,
             const gateway::KeyUsageBook& key_usage, AppLog& process_log,
             const Clock& process_clock)
      : control(config_control),
        facts(process_facts),
        usage(key_usage),
        log(process_log),
        clock(process_clock),
        changes(process_log) {}

  ConfigControl& control;
  const ProcessFactsSource& facts;
  const gateway::KeyUsageBook& usage;
  AppLog& log;
  const Clock& clock;
  const std::string tag_salt = make_tag_salt();
  ChangeLog changes;  ///< on the lane of writes
  SessionBook sessions;
  gateway::FailureGuard guard;
  Places exports{kMostExports};
  StoreReader store;             ///< on the lane of reads
  JobLane writes{kMostWaiting};  ///< configuration: calls one after another
  JobLane reads{kMostWaiting};   ///< the audit store
};

}  // namespace fastgate::admin
