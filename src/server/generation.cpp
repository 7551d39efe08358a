#include "server/generation.h"

#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <sys/stat.h>

#include "server/certificate_watch.h"
#include "server/setting_place.h"

namespace fastgate::server {
namespace {

using config::Diagnostics;

net::TlsClientSettings client_settings(const gateway::GroupSpec& spec, const ConfigPlace& place) {
  net::TlsClientSettings settings;
  const config::TargetTlsConfig& tls = spec.tls;
  if (tls.ca) settings.ca_file = place.resolve(tls.ca->value);
  settings.verify = tls.verify;
  settings.server_name =
      tls.server_name.value_or(spec.upstream.servers.empty() ? "" : spec.upstream.servers[0].host);
  if (tls.client_certificate)
    settings.certificate_file = place.resolve(tls.client_certificate->value);
  if (tls.client_key) settings.private_key_file = place.resolve(tls.client_key->value);
  return settings;
}

/// Identity, size and time of the files a client context is made from.
std::string file_stamp(const net::TlsClientSettings& settings) {
  std::string stamp;
  for (const std::string& path :
       {settings.ca_file, settings.certificate_file, settings.private_key_file}) {
    struct stat facts{};
    if (path.empty() || ::stat(path.c_str(), &facts) != 0) {
      stamp += "-;";
      continue;
    }
    for (const auto number :
         {static_cast<long long>(facts.st_ino), static_cast<long long>(facts.st_size),
          static_cast<long long>(facts.st_mtim.tv_sec),
          static_cast<long long>(facts.st_mtim.tv_nsec)}) {
      stamp += std::to_string(number) + ",";
    }
    stamp += ";";
  }
  return stamp;
}

/// The running generation's client contexts, for those whose settings and files are unchanged.
class KnownContexts {
 public:
  explicit KnownContexts(const Generation* running) {
    if (running == nullptr) return;
    for (const upstream::GroupSettings& group : running->groups.settings) {
      if (group.tls) groups_.emplace(group.identity, &group);
    }
  }
  [[nodiscard]] std::shared_ptr<const net::TlsClientContext> find(
      const upstream::GroupSettings& wanted) const {
    const auto found = groups_.find(wanted.identity);
    if (found == groups_.end() || found->second->tls_stamp != wanted.tls_stamp) return nullptr;
    return found->second->tls;
  }

 private:
  std::unordered_map<std::string_view, const upstream::GroupSettings*> groups_;
};

/// Whether `failure`, of TLS files, tells of `file`.
bool names_file(std::string_view failure, const std::string& file) {
  const std::size_t at = failure.find(" " + file);
  const std::string_view rest = at == failure.npos ? "x" : failure.substr(at + 1 + file.size());
  return rest.empty() || rest.front() == ':' || rest.front() == ' ';
}

/// Where the file is named that `failure` tells of; the group's own place if none is.
config::Mark place_of_failure(const gateway::GroupSpec& spec, const ConfigPlace& place,
                              std::string_view failure) {
  for (const auto* file : {&spec.tls.client_key, &spec.tls.client_certificate, &spec.tls.ca}) {
    if (*file && names_file(failure, place.resolve((*file)->value))) return (*file)->mark;
  }
  return spec.mark;
}

void build_groups(Generation& generation, const ConfigPlace& place, const Generation* running,
                  Diagnostics& diagnostics) {
  const KnownContexts known(running);
  std::vector<upstream::GroupSettings> groups;
  groups.reserve(generation.snapshot->groups.size());
  for (const gateway::GroupSpec& spec : generation.snapshot->groups) {
    upstream::GroupSettings settings{
        .identity = spec.identity, .upstream = spec.upstream, .tls = nullptr, .tls_stamp = {}};
    if (spec.protocol == config::Protocol::Https) {
      const net::TlsClientSettings wanted = client_settings(spec, place);
      settings.tls_stamp = file_stamp(wanted);
      settings.tls = known.find(settings);
      if (!settings.tls) {
        Result<std::shared_ptr<const net::TlsClientContext>> made =
            net::TlsClientContext::make(wanted);
        if (!made) {
          const std::string& text = made.error().text;
          diagnostics.error(place_of_failure(spec, place, text), text);
          continue;
        }
        settings.tls = std::move(*made);
      }
    }
    groups.push_back(std::move(settings));
  }
  generation.groups =
      upstream::plan_groups(std::move(groups), running == nullptr ? nullptr : &running->groups);
}

/// One after the other, since a context ends at the first; `first` is what it said.
void tell_bad_certificates(const std::vector<config::CertificateConfig>& pairs,
                           const std::vector<net::CertificateFiles>& files, const Error& first,
                           Diagnostics& diagnostics) {
  bool is_told = false;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto made = net::TlsServerContext::make({files[i]});
    if (made) continue;
    is_told = true;
    const std::string& text = made.error().text;
    const bool is_key = names_file(text, files[i].private_key);
    diagnostics.error(is_key ? pairs[i].private_key.mark : pairs[i].certificate.mark, text);
  }
  if (!is_told) diagnostics.error(pairs.front().certificate.mark, first.text);
}

/// What clients are to show; null if they need not.
std::shared_ptr<const net::TlsClientCheck> build_client_check(
    const std::optional<config::ClientTlsConfig>& wanted, const ConfigPlace& place,
    Diagnostics& diagnostics) {
  if (!wanted) return nullptr;
  const net::TlsClientRules rules{.ca_file = place.resolve(wanted->ca.value),
                                  .crl_file = wanted->crl ? place.resolve(wanted->crl->value) : "",
                                  .depth = wanted->depth,
                                  .is_required = wanted->verify == config::ClientVerify::Required};
  auto made = net::TlsClientCheck::make(rules);
  if (made) return std::move(*made);
  const std::string& text = made.error().text;
  const bool is_crl = wanted->crl && text.starts_with("cannot read certificate revocation list ");
  diagnostics.error(is_crl ? wanted->crl->mark : wanted->ca.mark, text);
  return nullptr;
}

void build_server_tls(Generation& generation, const ConfigPlace& place, Diagnostics& diagnostics) {
  const config::ServerConfig& server = generation.snapshot->config.server;
  if (server.tls.empty()) return;
  const std::shared_ptr<const net::TlsClientCheck> clients =
      build_client_check(server.client_tls, place, diagnostics);
  std::vector<net::CertificateFiles> files;
  files.reserve(server.tls.size());
  for (const config::CertificateConfig& pair : server.tls) {
    files.push_back({.certificate = place.resolve(pair.certificate.value),
                     .private_key = place.resolve(pair.private_key.value)});
  }
  Result<std::shared_ptr<const net::TlsServerContext>> made =
      net::TlsServerContext::make(files, generation.ticket_keys.get(), clients.get());
  if (!made) return tell_bad_certificates(server.tls, files, made.error(), diagnostics);
  generation.server_tls = std::move(*made);
  if (const auto text = expiry_warning(generation.server_tls.get(), WallTime::clock::now())) {
    diagnostics.warning(server.tls.front().certificate.mark, *text);
  }
}

/// Remembers the texts that a load reads.
using ReadTexts = std::map<std::string, std::string>;

config::Sources noting(const config::Sources& sources, const std::shared_ptr<ReadTexts>& texts) {
  config::Sources noted = sources;
  noted.read_file = [read = sources.read_file, texts](const std::string& path) {
    Result<std::string> text = read(path);
    if (text) (*texts)[path] = *text;
    return text;
  };
  return noted;
}

std::shared_ptr<const std::vector<admin::LoadedFile>> files_of(const config::Config& config,
                                                               ReadTexts& texts) {
  auto files = std::make_shared<std::vector<admin::LoadedFile>>();
  for (const std::string& path : config.files) {
    std::string& text = texts[path];
    const Sha256 digest = sha256(text);
    files->push_back({.path = path, .text = std::move(text), .digest = digest});
  }
  return files;
}

}  // namespace

std::string ConfigPlace::resolve(const std::string& path) const {
  if (path.empty() || path == "off" || path == "-" || path.front() == '/' || prefix.empty()) {
    return path;
  }
  return prefix.back() == '/' ? prefix + path : prefix + "/" + path;
}

std::shared_ptr<Generation> build_generation(
    const ConfigPlace& place, const Generation* running, Diagnostics& diagnostics,
    std::shared_ptr<const net::TlsTicketKeys> ticket_keys) {
  return build_generation(place, config::Sources::system(), running, diagnostics,
                          std::move(ticket_keys));
}

std::shared_ptr<Generation> build_generation(
    const ConfigPlace& place, const config::Sources& sources, const Generation* running,
    Diagnostics& diagnostics, std::shared_ptr<const net::TlsTicketKeys> ticket_keys) {
  const auto texts = std::make_shared<ReadTexts>();
  config::Config config = config::load(place.file, noting(sources, texts), diagnostics);
  const bool is_loaded = !diagnostics.has_errors();
  auto generation = std::make_shared<Generation>();
  generation->files = files_of(config, *texts);
  if (running != nullptr) ticket_keys = running->ticket_keys;
  if (!ticket_keys) ticket_keys = std::make_shared<const net::TlsTicketKeys>();
  generation->ticket_keys = std::move(ticket_keys);
  const config::Located<std::string> format = config.logging.access_format;
  Result<record::AccessFormat> compiled = record::AccessFormat::parse(format.value);
  if (!compiled) {
    diagnostics.error(format.mark, compiled.error().text);
  } else {
    generation->recording.access_format =
        std::make_shared<const record::AccessFormat>(std::move(*compiled));
  }
  if (!is_loaded) {
    gateway::check_routes(config, diagnostics);
    diagnostics.finish();
    return nullptr;
  }
  std::shared_ptr<gateway::Snapshot> snapshot = gateway::compile(std::move(config), diagnostics);
  if (!snapshot) {
    diagnostics.finish();
    return nullptr;
  }
  snapshot->generation = running == nullptr ? 1 : running->snapshot->generation + 1;
  generation->snapshot = snapshot;
  build_groups(*generation, place, running, diagnostics);
  build_server_tls(*generation, place, diagnostics);
  if (diagnostics.has_errors()) {
    diagnostics.finish();
    return nullptr;
  }
  generation->recording.level = snapshot->config.logging.level;
  auto route_ids = std::make_shared<record::RouteIds>(snapshot->routes.size());
  for (const gateway::Route& route : snapshot->routes) route_ids->insert(route.id);
  generation->recording.route_ids = std::move(route_ids);
  return generation;
}

Result<void> open_logs(Generation& generation, const ConfigPlace& place, LogFiles& files) {
  const config::Config& config = generation.snapshot->config;
  const auto opened = [&](const char* name, const std::string& path) {
    Result<LogSink*> sink = files.open(place.resolve(path));
    if (!sink) {
      sink.error().text = setting_error(generation, place, {"logging", name}, sink.error().text);
    }
    return sink;
  };
  const std::string& access_log = config.logging.access_log;
  Result<LogSink*> access =
      opened("access_log", access_log == "-" ? LogSink::kStandardOutput : access_log);
  if (!access) return std::unexpected(std::move(access.error()));
  Result<LogSink*> app = opened("file", config.logging.file);
  if (!app) return std::unexpected(std::move(app.error()));
  generation.recording.access_sink = *access;
  generation.recording.app_sink = *app;
  return {};
}

}  // namespace fastgate::server
