#include <chrono>

#include "config/iso_time.h"
#include "config/readers.h"

namespace fastgate::config {

namespace {

constexpr std::size_t kIdDigits = 12;

bool is_key_id(std::string_view text) {
  return text.size() == 3 + kIdDigits && text.starts_with("fg_") &&
         text.substr(3).find_first_not_of("0123456789abcdef") == text.npos;
}

void read_time(YamlMapping& fields, std::string_view name, std::optional<WallTime>& out) {
  const auto value = fields.find(name);
  if (!value) return;
  out = parse_iso_time(value->text());
  if (!out) value->error_expected("a time such as `2026-12-31T23:59:59Z`");
}

void read_digest(YamlMapping& fields, KeyConfig& out) {
  if (const auto value = fields.find("key")) {
    value->error("is never kept in a file: give `key_sha256` (`fastgate key create` writes it)");
  }
  const auto digest = fields.find("key_sha256");
  if (digest) {
    read_value(*digest, out.key_sha256);
  } else if (fields.is_valid() && !fields.has("key_sha256")) {
    fields.value().error("needs `key_sha256`");
  }
  fields.read("previous_sha256", out.previous_sha256);
  read_time(fields, "previous_expires_at", out.previous_expires_at);
}

void read_id(YamlMapping& fields, KeyConfig& out) {
  const auto id = fields.find("key_id");
  if (!id) {
    // Made from the digest, so that it stays the same from load to load.
    out.key_id = {"fg_" + to_hex(out.key_sha256).substr(0, kIdDigits), fields.mark()};
  } else if (read_value(*id, out.key_id) && !is_key_id(out.key_id.value)) {
    // Not quoted: a key's value begins with `fg_` as well and may have been put here.
    id->error("must be `fg_` and 12 lower-case hex digits");
  }
}

void read_expiry(YamlMapping& fields, KeyConfig& out, WallTime now) {
  read_time(fields, "created_at", out.created_at);
  read_time(fields, "expires_at", out.expires_at);
  const auto days = fields.find("expires_days");
  std::uint32_t count = 0;
  if (!days || !read_value(*days, count, NumberRange{1, 36500})) return;
  if (fields.has("expires_at")) return days->error("stands beside `expires_at`: keep one of them");
  if (!out.created_at) {
    days->warning("counts from `created_at`; without it every load begins anew");
  }
  out.expires_at = out.created_at.value_or(now) + std::chrono::hours(24) * count;
}

void read_limits(YamlMapping& fields, KeyConfig& out) {
  fields.read("rate_limit", out.rate_limit, kRateRange);
  fields.read("burst", out.burst, kRateRange);
  fields.read("max_concurrency", out.max_concurrency, kConcurrencyRange);
}

void read_key(const YamlValue& entry, KeyConfig& out, WallTime now) {
  YamlMapping fields(entry, "keys");
  out.mark = entry.mark();
  read_digest(fields, out);
  read_id(fields, out);
  fields.read("source_path", out.source_path);
  fields.read("description", out.description);
  fields.read("permissions", out.permissions);
  read_limits(fields, out);
  fields.read("allowed_ips", out.allowed_ips);
  fields.read("allowed_routes", out.allowed_routes);
  fields.read("allowed_models", out.allowed_models);
  read_expiry(fields, out, now);
  fields.read("is_active", out.is_active);
  fields.finish();
}

}  // namespace

void read_keys(const YamlValue& list, std::vector<KeyConfig>& out, WallTime now) {
  out.reserve(out.size() + count_entries(list));
  for_each_entry(
      list, [&](const YamlValue& entry) { read_key(entry, out.emplace_back(), now); }, out.size());
}

}  // namespace fastgate::config
