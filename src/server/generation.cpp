#include "server/generation.h"

#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <sys/stat.h>

#include "config/yaml_tree.h"
#include "server/certificate_watch.h"

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
          diagnostics.error(spec.mark, made.error().text);
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

/// The place of the pair that `failure` tells of, which names a file of it.
config::Mark place_of_failure(const std::vector<config::CertificateConfig>& pairs,
                              const std::vector<net::CertificateFiles>& files,
                              std::string_view failure) {
  const auto is_named = [failure](const std::string& file) {
    const std::size_t at = failure.find(" " + file);
    const std::string_view rest = at == failure.npos ? "x" : failure.substr(at + 1 + file.size());
    return rest.empty() || rest.front() == ':' || rest.front() == ' ';
  };
  // Pairs may share a file, so one that is named whole goes before one of which a half is.
  std::optional<config::Mark> half;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool has_key = is_named(files[i].private_key);
    const bool has_certificate = is_named(files[i].certificate);
    if (has_key && has_certificate) return pairs[i].private_key.mark;
    if (half || (!has_key && !has_certificate)) continue;
    half = has_key ? pairs[i].private_key.mark : pairs[i].certificate.mark;
  }
  return half.value_or(pairs.front().certificate.mark);
}

void build_server_tls(Generation& generation, const ConfigPlace& place, Diagnostics& diagnostics) {
  const config::ServerConfig& server = generation.snapshot->config.server;
  if (server.tls.empty()) return;
  std::vector<net::CertificateFiles> files;
  files.reserve(server.tls.size());
  for (const config::CertificateConfig& pair : server.tls) {
    files.push_back({.certificate = place.resolve(pair.certificate.value),
                     .private_key = place.resolve(pair.private_key.value)});
  }
  Result<std::shared_ptr<const net::TlsServerContext>> made =
      net::TlsServerContext::make(files, generation.ticket_keys.get());
  if (!made) {
    const config::Mark mark = place_of_failure(server.tls, files, made.error().text);
    return diagnostics.error(mark, made.error().text);
  }
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

/// Where `logging.name` stands in the text, as `LINE:COLUMN`; its beginning if it does not.
std::string place_of_logging(std::string_view text, std::string_view name) {
  const auto tree = config::parse_yaml(text);
  std::uint32_t at = tree ? tree->root() : config::YamlNode::kNone;
  for (const std::string_view wanted : {std::string_view("logging"), name}) {
    if (at == config::YamlNode::kNone) break;
    std::uint32_t key = tree->at(at).first_child;
    while (key != config::YamlNode::kNone && tree->at(key).text != wanted) {
      key = tree->next(tree->next(key));
    }
    at = key == config::YamlNode::kNone ? key : tree->next(key);
  }
  if (at == config::YamlNode::kNone) return "1:1";
  return std::to_string(tree->at(at).line) + ":" + std::to_string(tree->at(at).column);
}

/// `reason` with the place of `logging.name`. The path in it may have come through `${…}`.
std::string log_error(const Generation& generation, const ConfigPlace& place,
                      const std::string& name, const std::string& reason) {
  return place.file + ":" + place_of_logging(generation.files->front().text, name) + ": `logging." +
         name + "`: " + generation.snapshot->config.secrets.masked(reason);
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
  if (diagnostics.has_errors()) return nullptr;
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
    if (!sink) sink.error().text = log_error(generation, place, name, sink.error().text);
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

std::vector<std::string> check_logs(const Generation& generation, const ConfigPlace& place) {
  const config::Config& config = generation.snapshot->config;
  std::vector<std::string> errors;
  for (const auto& [name, path] : {std::pair{"access_log", &config.logging.access_log},
                                   std::pair{"file", &config.logging.file}}) {
    const Result<void> checked = LogSink::check(place.resolve(*path));
    if (!checked) errors.push_back(log_error(generation, place, name, checked.error().text));
  }
  return errors;
}

}  // namespace fastgate::server
