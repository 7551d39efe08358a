#include "config/check.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "config/yaml_text.h"

namespace fastgate::config {

namespace {

std::string place_text(const Diagnostics& diagnostics, Mark mark) {
  const std::string file =
      mark.file < diagnostics.files().size() ? diagnostics.files()[mark.file] : "";
  return file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

/// Names of one kind with their first places; a second one of the same name is an error there.
class NameBook {
 public:
  NameBook(std::string_view field, Diagnostics& diagnostics)
      : field_(field), diagnostics_(diagnostics) {}

  void add(std::string_view name, Mark mark) {
    const auto [known, is_new] = first_.try_emplace(name, mark);
    if (is_new) return;
    diagnostics_.error(mark, "duplicate " + std::string(field_) + " `" + shortened(name) +
                                 "`; the first is at " + place_text(diagnostics_, known->second));
  }
  [[nodiscard]] bool has(std::string_view name) const { return first_.contains(name); }
  /// `; did you mean …?` or nothing.
  [[nodiscard]] std::string hint(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const auto& [known, mark] : first_) {
      if (names.size() < 1000) names.push_back(known);
    }
    const auto near = nearest_name(name, names);
    return near ? "; did you mean `" + std::string(*near) + "`?" : "";
  }

 private:
  std::string_view field_;
  Diagnostics& diagnostics_;
  std::unordered_map<std::string_view, Mark> first_;
};

void check_routes(const Config& config, const NameBook& upstreams, Diagnostics& diagnostics) {
  for (const RouteConfig& route : config.routes) {
    const Located<std::string>& name = route.upstream;
    if (name.mark.line == 0 || upstreams.has(name.value)) continue;
    diagnostics.error(name.mark, "`upstream`: there is no upstream named `" +
                                     shortened(name.value) + "`" + upstreams.hint(name.value));
  }
}

void check_keys(const Config& config, const NameBook& routes, Diagnostics& diagnostics) {
  std::unordered_map<std::string_view, Mark> digests;
  for (const KeyConfig& key : config.keys) {
    for (const std::string& id : key.allowed_routes) {
      if (routes.has(id)) continue;
      diagnostics.warning(key.mark, "`allowed_routes`: there is no route `" + shortened(id) + "`" +
                                        routes.hint(id));
    }
    const std::string_view digest{reinterpret_cast<const char*>(key.key_sha256.data()),
                                  key.key_sha256.size()};
    if (key.key_sha256 == Sha256{}) continue;  // missing or broken: told already
    const auto [known, is_new] = digests.try_emplace(digest, key.mark);
    if (is_new) continue;
    diagnostics.error(
        key.mark, "has the `key_sha256` of the key at " + place_text(diagnostics, known->second));
  }
}

void check_listeners(const ServerConfig& server, const AdminConfig& admin,
                     Diagnostics& diagnostics) {
  bool has_tls = false;
  const auto need_certificate = [&](const ListenConfig& listen) {
    has_tls |= listen.tls;
    if (listen.tls && server.tls.empty()) {
      diagnostics.error(listen.mark, "a `tls` listener needs `server.tls` with a certificate");
    }
  };
  for (const ListenConfig& listen : server.listen) {
    need_certificate(listen);
    if (admin.listen && listen.port != 0 && admin.listen->port == listen.port &&
        admin.listen->host == listen.host) {
      diagnostics.error(admin.listen->mark, "`listen`: the server listens at this address already");
    }
  }
  if (admin.listen) need_certificate(*admin.listen);
  if (!server.tls.empty() && !has_tls) {
    diagnostics.warning(server.tls.front().certificate.mark,
                        "`tls` has no effect: no entry of `listen` ends in ` tls`");
  }
}

}  // namespace

void check_across(const Config& config, Diagnostics& diagnostics) {
  NameBook upstreams("upstream name", diagnostics);
  for (const UpstreamConfig& upstream : config.upstreams) {
    if (!upstream.name.value.empty()) upstreams.add(upstream.name.value, upstream.name.mark);
  }
  NameBook routes("route_id", diagnostics);
  for (const RouteConfig& route : config.routes)
    routes.add(route.route_id.value, route.route_id.mark);
  NameBook keys("key_id", diagnostics);
  for (const KeyConfig& key : config.keys) {
    if (!key.key_id.value.empty() && key.key_sha256 != Sha256{}) {
      keys.add(key.key_id.value, key.key_id.mark);
    }
  }
  check_listeners(config.server, config.admin, diagnostics);
  check_routes(config, upstreams, diagnostics);
  check_keys(config, routes, diagnostics);
}

}  // namespace fastgate::config
