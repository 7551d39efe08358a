// Any text as a schema: it compiles or has a fault with a reason, and what compiled can be matched.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "json/schema.h"
#include "json/value.h"

using namespace fastgate::json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 20'000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto schema = Schema::compile(text);
  if (!schema) {
    FG_ASSERT(!schema.error().reason.empty());
    return 0;
  }
  SchemaScratch scratch;
  for (const std::string_view instance : {"null", "true", "3", "2.5", "\"text\"", "[1,\"a\",[],{}]",
                                          R"({"model":"x","stream":true,"a":{"b":[1]},"a":1})"}) {
    const auto value = Value::parse(instance);
    FG_ASSERT(value.has_value());
    const MatchOutcome first = schema->match(value->view(), scratch);
    // A schema that is matched twice says the same.
    FG_ASSERT(schema->match(value->view(), scratch) == first);
    if (first == MatchOutcome::NoMatch)
      FG_ASSERT(scratch.failed_at().empty() || scratch.failed_at().find('/') != std::string::npos);
  }
  return 0;
}
