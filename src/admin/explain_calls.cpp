#include "admin/admin_parts.h"
#include "admin/call_body.h"
#include "admin/calls.h"
#include "admin/described_request.h"
#include "gateway/limit_book.h"
#include "gateway/trace.h"
#include "json/writer.h"

namespace fastgate::admin {

Answer explain_request(const CallContext& context, const Call& call) {
  std::optional<json::Value> holder;
  const auto given = body_object(call, holder);
  if (!given) return std::unexpected(given.error());
  const LoadedConfig running = context.parts.control.running();
  gateway::DryRequest request;
  if (auto read = read_request(*given, *running.snapshot, request); !read) {
    return std::unexpected(read.error());
  }
  request.client = call.caller.client;
  request.now = call.now;
  // A book of its own: explaining takes nothing from anybody's limit.
  gateway::LimitBook book;
  const gateway::AdmissionLimits limits(*running.snapshot, book);
  request.limits = &limits;
  const gateway::Explanation explanation = gateway::explain(*running.snapshot, request);
  std::string trace;
  gateway::append_text(trace, explanation);
  std::string text;
  gateway::append_json(text, explanation);
  // The same object as `fastgate explain --json` prints, with two members more.
  while (!text.empty() && text.back() != '}') text.pop_back();
  text.pop_back();
  text += ",\"candidates\":";
  json::JsonWriter candidates(text);
  candidates.begin_array();
  if (explanation.route_id) candidates.value(*explanation.route_id);
  for (const std::string& id : explanation.failover) candidates.value(id);
  candidates.end_array();
  text += ",\"trace\":";
  json::append_json_string(text, trace);
  text += '}';
  return json_reply(std::move(text));
}

}  // namespace fastgate::admin
