#include <memory>

#include "admin/admin_parts.h"
#include "admin/calls.h"
#include "config/secret_names.h"

namespace fastgate::admin {

std::unexpected<ApiError> store_is_off() {
  return refuse(503, "store_off", "the audit store is switched off (database.enabled)");
}

std::expected<record::AuditReader*, ApiError> open_store(const CallContext& context) {
  const std::string path = context.parts.control.store_path();
  if (path.empty()) return store_is_off();
  StoreReader& store = context.parts.store;
  if (!store.reader || store.path != path) {
    store.reader = std::make_unique<record::AuditReader>(path);
    store.path = path;
  }
  return store.reader.get();
}

void append_store_status(json::JsonWriter& json, const CallContext& context) {
  const std::string path = context.parts.control.store_path();
  json.key("store").begin_object().key("enabled").value(!path.empty());
  const auto reader = open_store(context);
  std::string_view state = path.empty() ? "off" : "ok";
  Result<record::AuditReader::Size> size = record::AuditReader::Size{};
  if (reader) size = (*reader)->size();
  if (!size) state = "failing";
  const StoreFacts facts = context.parts.facts.store_facts();
  if (!path.empty() && facts.is_failing) state = "failing";
  // As a printed configuration does not show it either.
  const LoadedConfig running = context.parts.control.running();
  const bool is_hidden = running.snapshot->config.database.sqlite_path.is_substituted;
  json.key("state").value(state).key("path").value(
      is_hidden && !path.empty() ? config::kMask : std::string_view(path));
  if (reader && size) {
    json.key("size_bytes").value(size->bytes).key("records").value(size->records);
  }
  json.key("queued").value(facts.queued).key("dropped").value(facts.dropped).end_object();
}

}  // namespace fastgate::admin
