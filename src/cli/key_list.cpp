#include "cli/key_list.h"

#include <algorithm>
#include <array>
#include <vector>

#include "config/iso_time.h"
#include "config/yaml_text.h"
#include "json/writer.h"

namespace fastgate::cli {
namespace {

using Row = std::array<std::string, 6>;

std::vector<const config::KeyConfig*> chosen(const KeyListing& listing) {
  std::vector<const config::KeyConfig*> keys;
  for (const config::KeyConfig& key : listing.config.keys) {
    if (listing.source_path.empty() || key.source_path == listing.source_path) keys.push_back(&key);
  }
  return keys;
}

std::string state_of(const config::KeyConfig& key, WallTime now) {
  if (!key.is_active) return "inactive";
  return key.expires_at && *key.expires_at <= now ? "expired" : "active";
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : ",").append(text);
  return out.empty() ? "*" : out;
}

std::string rate_of(const config::KeyConfig& key) {
  if (!key.rate_limit) return "default";
  return *key.rate_limit == 0 ? "none" : std::to_string(*key.rate_limit) + "/min";
}

Row row_of(const config::KeyConfig& key, WallTime now) {
  Row row{key.key_id.value,
          state_of(key, now),
          key.expires_at ? config::format_iso_time(*key.expires_at) : "never",
          rate_of(key),
          key.source_path,
          joined(key.permissions)};
  for (std::string& cell : row) cell = config::shortened(cell);
  return row;
}

void write_texts(json::JsonWriter& writer, std::string_view name,
                 const std::vector<std::string>& texts) {
  writer.key(name).begin_array();
  for (const std::string& text : texts) writer.value(text);
  writer.end_array();
}

void write_time(json::JsonWriter& writer, std::string_view name,
                const std::optional<WallTime>& time) {
  writer.key(name);
  if (time) {
    writer.value(config::format_iso_time(*time));
  } else {
    writer.null();
  }
}

void write_key(json::JsonWriter& writer, const config::KeyConfig& key) {
  writer.begin_object().key("key_id").value(key.key_id.value);
  writer.key("source_path").value(key.source_path).key("description").value(key.description);
  write_texts(writer, "permissions", key.permissions);
  writer.key("rate_limit");
  if (key.rate_limit) {
    writer.value(*key.rate_limit);
  } else {
    writer.null();
  }
  writer.key("burst").value(key.burst).key("max_concurrency").value(key.max_concurrency);
  std::vector<std::string> networks;
  networks.reserve(key.allowed_ips.size());
  for (const IpNetwork& network : key.allowed_ips) networks.push_back(network.text());
  write_texts(writer, "allowed_ips", networks);
  write_texts(writer, "allowed_routes", key.allowed_routes);
  write_texts(writer, "allowed_models", key.allowed_models);
  write_time(writer, "created_at", key.created_at);
  write_time(writer, "expires_at", key.expires_at);
  writer.key("is_active").value(key.is_active).end_object();
}

}  // namespace

std::string key_list_text(const KeyListing& listing) {
  std::vector<Row> rows{{"KEY_ID", "STATE", "EXPIRES", "RATE", "SOURCE_PATH", "PERMISSIONS"}};
  for (const config::KeyConfig* key : chosen(listing)) rows.push_back(row_of(*key, listing.now));
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      out.append(row[i]).append(widths[i] - row[i].size() + 2, ' ');
    }
    out.append(row.back()).append("\n");
  }
  return out;
}

std::string key_list_json(const KeyListing& listing) {
  std::string out;
  json::JsonWriter writer(out);
  const auto keys = chosen(listing);
  writer.begin_object().key("items").begin_array();
  for (const config::KeyConfig* key : keys) write_key(writer, *key);
  writer.end_array().key("total").value(static_cast<std::uint64_t>(keys.size())).end_object();
  return out + "\n";
}

}  // namespace fastgate::cli
