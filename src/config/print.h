/// Parts of print() in config/load.h: upstreams, routes, keys and what they are made of; some of
/// them are shown by the admin API too.
#pragma once

#include "config/model.h"
#include "config/yaml_writer.h"

namespace fastgate::config {

void print_upstream(YamlWriter& out, const UpstreamConfig& upstream);
void print_route(YamlWriter& out, const RouteConfig& route);
void print_key(YamlWriter& out, const KeyConfig& key);

/// Header fields as a mapping; values of secret names, and URLs with secret parameters, are masked.
/// Nothing is written for an empty list.
void print_headers(YamlWriter& out, std::string_view name, const std::vector<NamedText>& headers);

/// `failover_preamble` as a mapping, or `off`.
void print_preamble(YamlWriter& out, const PreambleConfig& preamble);

/// The texts of networks.
[[nodiscard]] std::vector<std::string> texts_of(const std::vector<IpNetwork>& networks);

}  // namespace fastgate::config
