#include "json/schema.h"

#include <utility>

#include "json/schema_compiler.h"
#include "json/schema_keywords.h"
#include "json/schema_matcher.h"
#include "json/schema_node.h"
#include "json/tape.h"

namespace fastgate::json {
namespace {

/// Steps of a match: for small values, and more for every word that the value takes.
constexpr std::uint64_t kFreeSteps = 1'000'000;
constexpr std::uint64_t kStepsPerWord = 4;

}  // namespace

std::string SchemaFault::text() const {
  return "JSON Schema, at " + (pointer.empty() ? std::string("its top") : pointer) + ": " + reason;
}

SchemaScratch::SchemaScratch() : parts_(std::make_unique<Parts>()) {}
SchemaScratch::~SchemaScratch() = default;
SchemaScratch::SchemaScratch(SchemaScratch&&) noexcept = default;
SchemaScratch& SchemaScratch::operator=(SchemaScratch&&) noexcept = default;

std::string SchemaScratch::failed_at() const {
  if (parts_->failed_node == nullptr) return {};
  std::string pointer = parts_->failed_node->pointer;
  if (!parts_->failed_keyword.empty()) pointer.append("/").append(parts_->failed_keyword);
  return pointer;
}

Schema::Schema(std::unique_ptr<const CompiledSchema> compiled) : compiled_(std::move(compiled)) {}
Schema::~Schema() = default;
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;

std::expected<Schema, SchemaFault> Schema::compile(std::string_view json) {
  auto source = Value::parse(json);
  if (!source) return std::unexpected(SchemaFault{"", std::move(source.error().text)});
  auto compiled = std::make_unique<CompiledSchema>(std::move(*source));
  if (auto result = SchemaCompiler::run(*compiled); !result) {
    return std::unexpected(std::move(result.error()));
  }
  return Schema(std::move(compiled));
}

MatchOutcome Schema::match(ValueView instance, SchemaScratch& scratch) const {
  const std::uint64_t words = Tape::index(Tape::after(instance)) - Tape::index(instance);
  SchemaScratch::Parts& parts = *scratch.parts_;
  parts.failed_node = nullptr;
  SchemaMatcher matcher(parts, kFreeSteps + words * kStepsPerWord);
  return matcher.run(*compiled_->root, instance);
}

bool is_json_schema(ValueView rule) {
  if (rule.is(Kind::Boolean)) return true;
  for (const Member member : rule.members()) {
    const Keyword* keyword = find_keyword(member.name);
    if (keyword == nullptr) continue;
    if (keyword->role == Role::Rule || member.name == "$schema") return true;
  }
  return false;
}

}  // namespace fastgate::json
