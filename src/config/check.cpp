#include "config/check.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "config/route_ids.h"
#include "config/yaml_text.h"

namespace fastgate::config {

namespace {

std::string place_text(const Diagnostics& diagnostics, Mark mark) {
  const std::string file =
      mark.file < diagnostics.files().size() ? diagnostics.files()[mark.file] : "";
  return file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

/// A name as errors may show it: one that came through `${…}` is not quoted.
struct Name {
  std::string_view text;
  Mark mark;
  bool is_hidden = false;
};

std::string quoted(const Name& name) {
  return name.is_hidden ? "what `${…}` gave" : "`" + shortened(name.text) + "`";
}

/// Names of one kind with their first places; a second one of the same name is an error there.
class NameBook {
 public:
  NameBook(std::string_view field, Diagnostics& diagnostics)
      : field_(field), diagnostics_(diagnostics) {}

  void add(const Name& name) {
    const auto [known, is_new] = first_.try_emplace(name.text, name);
    if (is_new) return;
    diagnostics_.error(name.mark, "duplicate " + std::string(field_) + " " + quoted(name) +
                                      "; the first is at " +
                                      place_text(diagnostics_, known->second.mark));
  }
  [[nodiscard]] bool has(std::string_view name) const { return first_.contains(name); }
  /// `; did you mean …?` or nothing.
  [[nodiscard]] std::string hint(const Name& name) const {
    std::vector<std::string_view> names;
    for (const auto& [known, entry] : first_) {
      if (names.size() < 1000 && !entry.is_hidden) names.push_back(known);
    }
    const auto near = name.is_hidden ? std::nullopt : nearest_name(name.text.substr(0, 128), names);
    return near ? "; did you mean `" + std::string(*near) + "`?" : "";
  }

 private:
  std::string_view field_;
  Diagnostics& diagnostics_;
  std::unordered_map<std::string_view, Name> first_;
};

void check_routes(const Config& config, const NameBook& upstreams, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const Located<std::string>& upstream = config.routes[i].upstream;
    if (upstream.mark.line == 0 || upstreams.has(upstream.value)) continue;
    const Name name{upstream.value, upstream.mark,
                    is_substituted(config, "/routes", i, "/upstream")};
    diagnostics.error(
        name.mark, "`upstream`: there is no upstream named " + quoted(name) + upstreams.hint(name));
  }
}

void check_allowed_routes(const Config& config, std::size_t key_index, const NameBook& routes,
                          Diagnostics& diagnostics) {
  const KeyConfig& key = config.keys[key_index];
  for (std::size_t i = 0; i < key.allowed_routes.size(); ++i) {
    if (routes.has(key.allowed_routes[i])) continue;
    const std::string field = "/allowed_routes/" + std::to_string(i);
    const Name name{key.allowed_routes[i], key.mark,
                    is_substituted(config, "/keys", key_index, field)};
    diagnostics.warning(key.mark,
                        "`allowed_routes`: there is no route " + quoted(name) + routes.hint(name));
  }
}

void check_keys(const Config& config, const NameBook& routes, Diagnostics& diagnostics) {
  std::unordered_map<std::string_view, Mark> digests;
  for (std::size_t i = 0; i < config.keys.size(); ++i) {
    const KeyConfig& key = config.keys[i];
    check_allowed_routes(config, i, routes, diagnostics);
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
  if (server.client_tls && !has_tls) {
    diagnostics.error(server.client_tls->mark,
                      "`client_tls` needs an entry of `listen` that ends in ` tls`");
  }
}

/// Its other calls do what is asked of the route.
void warn_of_call_name(const Located<std::string>& id, Diagnostics& diagnostics) {
  const std::string call = "POST /routes/" + id.value;
  diagnostics.warning(id.mark, "`route_id`: the admin API cannot toggle or test the route `" +
                                   id.value + "`, since `" + call + "/ID` is another call");
}

}  // namespace

void check_across(const Config& config, Diagnostics& diagnostics) {
  NameBook upstreams("upstream name", diagnostics);
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    const Located<std::string>& name = config.upstreams[i].name;
    if (name.value.empty()) continue;
    upstreams.add({name.value, name.mark, is_substituted(config, "/upstreams", i, "/name")});
  }
  NameBook routes("route_id", diagnostics);
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const Located<std::string>& id = config.routes[i].route_id;
    routes.add({id.value, id.mark, is_substituted(config, "/routes", i, "/route_id")});
    if (is_call_name(id.value)) warn_of_call_name(id, diagnostics);
  }
  NameBook keys("key_id", diagnostics);
  for (std::size_t i = 0; i < config.keys.size(); ++i) {
    const Located<std::string>& id = config.keys[i].key_id;
    if (id.value.empty() || config.keys[i].key_sha256 == Sha256{}) continue;
    keys.add({id.value, id.mark, is_substituted(config, "/keys", i, "/key_id")});
  }
  check_listeners(config.server, config.admin, diagnostics);
  check_routes(config, upstreams, diagnostics);
  check_keys(config, routes, diagnostics);
}

}  // namespace fastgate::config
