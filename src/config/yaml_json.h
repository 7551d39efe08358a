/// A YAML value as JSON text with the places of its parts: schemas, body fields, bodies of tests.
#pragma once

#include <cstdint>
#include <optional>

#include "config/model.h"
#include "config/yaml_cursor.h"

namespace fastgate::config {

/// What to do with members whose names say that they are secrets (secret_names.h), at whatever
/// depth. Masked: Json::masked hides them like what came through `${…}`. MaskedInSchema: the value
/// may be a JSON Schema, which stays one; of a secret's own schema the values that it compares with
/// are hidden.
enum class NamedSecrets : std::uint8_t { Shown, Masked, MaskedInSchema };

/// Form: compact JSON; see Json for how scalars are typed. Reports what JSON has no form for (.inf,
/// .nan, numbers beyond 64 bits in hexadecimal) and fields that stand twice; then nothing is
/// returned.
[[nodiscard]] std::optional<Json> json_of(const YamlValue& value,
                                          NamedSecrets secrets = NamedSecrets::Shown);

}  // namespace fastgate::config
