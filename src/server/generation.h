/// Everything that one configuration brings to the process, built and checked before any worker
/// sees it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admin/config_control.h"
#include "config/diagnostics.h"
#include "config/load.h"
#include "gateway/admit.h"
#include "gateway/key_usage.h"
#include "gateway/snapshot.h"
#include "net/tls.h"
#include "proxy/local_service.h"
#include "record/recorder.h"
#include "server/log_files.h"
#include "upstream/group_plan.h"

namespace fastgate::server {

/// Built on the main thread, handed to the workers as a whole; immutable.
struct Generation {
  std::shared_ptr<const gateway::Snapshot> snapshot;
  std::shared_ptr<const std::vector<admin::LoadedFile>> files;  ///< what it was loaded from
  upstream::GroupPlan groups;                                   ///< after the running one's
  /// Handed on from generation to generation, so that clients resume sessions across a reload.
  std::shared_ptr<const net::TlsTicketKeys> ticket_keys;
  std::shared_ptr<const net::TlsServerContext> server_tls;  ///< null without certificates
  record::RecorderSettings recording;
  // Set by the server before it is in force.
  std::shared_ptr<proxy::LocalService> local_service;
  std::shared_ptr<const gateway::AdmissionLimits> limits;
  std::vector<std::shared_ptr<const gateway::WorkerKeyUsage>> key_usage;  ///< by worker
};

/// Where a configuration comes from and what relative paths start from.
struct ConfigPlace {
  std::string file;
  std::string prefix;  ///< "" for the current folder
  /// `path` joined with the prefix unless it is absolute, `off`, `-` or empty.
  [[nodiscard]] std::string resolve(const std::string& path) const;
};

/// Loads, checks and compiles; reads certificates. Everything wrong goes to `diagnostics` with its
/// place; null if there was any error. `running` is the generation in force, or null: its client
/// contexts whose settings and files are unchanged are kept with their sessions. Changes nothing
/// outside; the logs are opened by open_logs(). The first generation seals tickets with
/// `ticket_keys`, or with new ones.
[[nodiscard]] std::shared_ptr<Generation> build_generation(
    const ConfigPlace& place, const Generation* running, config::Diagnostics& diagnostics,
    std::shared_ptr<const net::TlsTicketKeys> ticket_keys = nullptr);
/// The same from other sources than the system's files.
[[nodiscard]] std::shared_ptr<Generation> build_generation(
    const ConfigPlace& place, const config::Sources& sources, const Generation* running,
    config::Diagnostics& diagnostics,
    std::shared_ptr<const net::TlsTicketKeys> ticket_keys = nullptr);

/// Opens the generation's log files. Errors: Io.
[[nodiscard]] Result<void> open_logs(Generation& generation, const ConfigPlace& place,
                                     LogFiles& files);

}  // namespace fastgate::server
