#include "admin/admin_parts.h"
#include "admin/calls.h"

namespace fastgate::admin {

void append_store_status(json::JsonWriter& json, const CallContext& context) {
  const std::string path = context.parts.control.store_path();
  json.key("store").begin_object().key("enabled").value(!path.empty());
  json.key("state").value(path.empty() ? "off" : "ok").key("path").value(path).end_object();
}

}  // namespace fastgate::admin
