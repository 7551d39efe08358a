/// All calls of the admin API in one table: what is served, who may, where it runs. The OpenAPI
/// document is made from the same table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/access.h"
#include "admin/api.h"

namespace fastgate::admin {

struct AdminParts;

/// Where a call runs.
enum class Lane : std::uint8_t {
  Loop,    ///< on the worker's loop: it neither waits nor takes long
  Writes,  ///< one after another, on the lane that the configuration has
  Reads,   ///< on the lane that the audit store has
};

/// What a call takes as body.
enum class BodyKind : std::uint8_t { None, Json, Yaml };

/// What every call function is given.
struct CallContext {
  AdminParts& parts;
  const Access& access;
};

struct CallEntry {
  http::Method method = http::Method::Get;
  std::string_view pattern;  ///< below admin.path: `/keys/{key_id}`; a last `*` takes the rest
  Role role = Role::Admin;   ///< at least
  Lane lane = Lane::Loop;
  BodyKind body = BodyKind::None;
  Answer (*function)(const CallContext& context, const Call& call) = nullptr;
  std::string_view operation;  ///< OpenAPI's operationId
  std::string_view summary;
};

[[nodiscard]] std::span<const CallEntry> call_table();

struct FoundCall {
  const CallEntry* entry = nullptr;  ///< null: no such call
  std::vector<std::string> captures;
  std::string allow;  ///< without an entry: the methods that this path takes; empty: none
};

/// The call for a method and a path below admin.path. HEAD finds GET.
[[nodiscard]] FoundCall find_call(std::span<const CallEntry> table, http::Method method,
                                  std::string_view path);

/// As the table spells it.
[[nodiscard]] std::string_view name_of(http::Method method);

}  // namespace fastgate::admin
