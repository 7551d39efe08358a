// FieldPatch on arbitrary text: it accepts exactly the objects that DocumentParser accepts, its
// result parses, has the new values and no removed name, and a patch without effect changes no
// byte.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "json/document.h"
#include "json/equality.h"
#include "json/field_patch.h"
#include "json/value.h"

using namespace fastgate::json;

namespace {

std::string patched(const FieldChanges& changes, std::string_view text, bool& accepted) {
  const auto patch = FieldPatch::compile(changes);
  FG_ASSERT(patch.has_value());
  const auto result = patch->apply(text);
  accepted = result.has_value();
  std::string out;
  if (result) result->append_to(out);
  FG_ASSERT(!result || result->size() == out.size());
  return out;
}

void check_kept(ValueView before, ValueView after) {
  for (const Member member : before.members()) {
    if (member.name == "a" || member.name == "b") continue;
    const auto same = after.find(member.name);
    FG_ASSERT(same && equal(*same, *before.find(member.name)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  DocumentParser before_parser;
  const auto before = before_parser.parse(text);
  const bool is_object = before && before->root().is(Kind::Object);

  bool accepted = false;
  const std::string same =
      patched({.add = {}, .remove = {"\x01 absent"}, .placeholders = {}}, text, accepted);
  FG_ASSERT(accepted == is_object);
  if (!accepted) return 0;
  FG_ASSERT(before->find("\x01 absent") || same == text);

  const std::string out =
      patched({.add = {{"a", "[1]"}}, .remove = {"b"}, .placeholders = {}}, text, accepted);
  if (!accepted) return 0;
  DocumentParser after_parser;
  const auto after = after_parser.parse(out);
  FG_ASSERT(after.has_value());
  FG_ASSERT(!after->find("b"));
  const auto added = after->find("a");
  FG_ASSERT(added && to_json(*added) == "[1]");
  std::size_t count = 0;
  for (const Member member : after->root().members()) count += member.name == "a" ? 1 : 0;
  FG_ASSERT(count == 1);
  check_kept(before->root(), after->root());
  // A second run finds nothing left to change.
  FG_ASSERT(patched({.add = {{"a", "[1]"}}, .remove = {"b"}, .placeholders = {}}, out, accepted) ==
            out);
  return 0;
}
