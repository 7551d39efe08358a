#include "config/edit.h"

#include <string>

#include <doctest/doctest.h>

#include "unit/config/edit_fixture.h"

namespace fastgate::config {
namespace {

TEST_CASE("an edit that would do more than it says is refused") {
  // The anchor is used elsewhere.
  const char* shared = "keys:\n  - a: &x [1]\n  - a: *x\n";
  CHECK(changed(shared, 0, {set("a", EditValue::of(1))}).starts_with("error: "));
  CHECK(changed(shared, 1, {set("a", EditValue::of(1))}) == "keys:\n  - a: &x [1]\n  - a: 1\n");
  CHECK(
      changed("keys:\n  - ? [a]\n    : 1\n", 0, {set("a", EditValue::of(2))}).starts_with("error"));
  CHECK(changed("keys:\n  - [a: 1]\n", 0, {set("a", EditValue::of(2))}).starts_with("error"));
  CHECK(changed("keys:\n  - a: 1\n", 0, {set("a", EditValue::of(2)), removal("a")})
            .starts_with("error: "));
  CHECK(changed("keys:\n  - a: 1\n    a: 2\n", 0, {set("a", EditValue::of(3))}) !=
        "keys:\n  - a: 3\n    a: 2\n");
  CHECK(changed("keys:\n  - a: 1\n", 1, {}).starts_with("error: `keys` has no entry 2"));
}

TEST_CASE("entries are found by a field or by their place") {
  const auto by_name = [](std::string_view name, std::string_view value) {
    const auto place = find_entry(kKeys, EditList::Keys, name, value).value();
    return place ? static_cast<int>(place->index) : -1;
  };
  CHECK(by_name("key_id", "a") == 0);
  CHECK(by_name("rate_limit", "20") == 1);
  CHECK(by_name("key_id", "${ID:-c}") == 2);
  CHECK(by_name("key_id", "c") == -1);
  CHECK(by_name("permissions", "chat") == -1);
  CHECK_FALSE(find_entry(kKeys, EditList::Upstreams, "name", "a").value());
  CHECK_FALSE(find_entry("", EditList::Keys, "name", "a").value());
  CHECK_FALSE(find_entry("keys: [", EditList::Keys, "name", "a"));
  CHECK(entry_at(kKeys, EditList::Keys, {0, 4, 5}).value()->index == 0);
  CHECK(entry_at(kKeys, EditList::Keys, {0, 18, 5}).value()->index == 2);
  CHECK_FALSE(entry_at(kKeys, EditList::Keys, {0, 4, 4}).value());
}

TEST_CASE("JSON that is no value of an entry is refused") {
  for (const char* text : {"", "{", "nope", "{\"a\": 1, \"a\": 2}", "[1] 2"}) {
    INFO(std::string(text));
    CHECK_FALSE(EditValue::from_json(text, Placeholders::Literal));
  }
  const std::string deep = std::string(70, '[') + std::string(70, ']');
  CHECK_FALSE(EditValue::from_json(deep, Placeholders::Literal));
}

}  // namespace
}  // namespace fastgate::config
