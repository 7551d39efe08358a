#include "gateway/identify.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "support/times.h"

namespace fastgate::gateway {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
using fastgate::test::kNow;
using http::FieldId;
using std::chrono::hours;

/// A head with these fields, put together by hand: no parser is under test here.
http::RequestHead head_of(const Fields& fields) {
  http::RequestHead head;
  for (const auto& [name, value] : fields) {
    http::FieldList::Span span;
    span.name_offset = static_cast<std::uint32_t>(head.text.size());
    span.name_length = static_cast<std::uint16_t>(name.size());
    span.value_offset = static_cast<std::uint32_t>(head.text.size() + name.size() + 2);
    span.value_length = static_cast<std::uint32_t>(value.size());
    if (name == "Authorization") span.id = FieldId::Authorization;
    if (name == "X-API-Key") span.id = FieldId::XApiKey;
    head.fields.add(span);
    head.text += name + ": " + value + "\r\n";
  }
  return head;
}

KeyBook sample_book() {
  std::vector<config::KeyConfig> keys(6);
  const char* values[] = {"fg_good", "fg_off", "fg_late", "fg_ends_now", "fg_new", "fg_other"};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys[i].key_id.value = "fg_id" + std::to_string(i);
    keys[i].key_sha256 = sha256(values[i]);
    keys[i].source_path = "team-" + std::to_string(i);
  }
  keys[1].is_active = false;
  keys[2].expires_at = kNow - hours(1);
  keys[3].expires_at = kNow;
  keys[4].previous_sha256 = sha256("fg_old");
  keys[4].previous_expires_at = kNow + hours(1);
  keys[5].previous_sha256 = sha256("fg_older");
  keys[5].previous_expires_at = kNow - hours(1);
  return KeyBook(keys);
}

Identity identity_of(const KeyBook& book, const Fields& fields) {
  const http::RequestHead head = head_of(fields);
  RequestFacts facts;
  facts.head = &head;
  return identify(facts, book, kNow);
}

TEST_CASE("a good key is found in either field, however the scheme is spelled") {
  const KeyBook book = sample_book();
  const struct {
    Fields fields;
    KeyField field;
  } rows[] = {
      {{{"Authorization", "Bearer fg_good"}}, KeyField::Authorization},
      {{{"Authorization", "bearer fg_good"}}, KeyField::Authorization},
      {{{"Authorization", "BEARER    fg_good"}}, KeyField::Authorization},
      {{{"X-API-Key", "fg_good"}}, KeyField::XApiKey},
      {{{"Authorization", "Bearer sk-theirs"}, {"X-API-Key", "fg_good"}}, KeyField::XApiKey},
      {{{"Authorization", "Basic Zm9v"}, {"X-API-Key", "fg_good"}}, KeyField::XApiKey},
      {{{"X-API-Key", "fg_off"}, {"Authorization", "Bearer fg_good"}}, KeyField::Authorization},
  };
  for (const auto& row : rows) {
    const Identity identity = identity_of(book, row.fields);
    INFO(row.fields[0].first, ": ", row.fields[0].second);
    CHECK(identity.key == book.find("fg_good").key);
    CHECK(identity.refusal.empty());
    CHECK(identity.field == row.field);
    CHECK(identity.key_id() == "fg_id0");
    CHECK(identity.source_path() == "team-0");
  }
}

TEST_CASE("what is no gateway key is the client's own affair") {
  const KeyBook book = sample_book();
  const Fields rows[] = {
      {},
      {{"Authorization", "Bearer sk-theirs"}},
      {{"Authorization", "Basic fg_good"}},
      {{"Authorization", "Bearerfg_good"}},
      {{"Authorization", "Bearer\tfg_good"}},
      {{"Authorization", "Bearer: fg_good"}},
      {{"Authorization", "Bearer \"fg_good\""}},
      {{"Authorization", "Token fg_good"}},
      {{"Authorization", "fg_good"}},
      {{"X-API-Key", "Bearer fg_good"}},
      {{"X-API-Key", "FG_good"}},
      {{"X_API_Key", "fg_good"}},
      {{"Proxy-Authorization", "Bearer fg_good"}},
      {{"Authorization", "Bearer"}},
      {{"Authorization", ""}},
      {{"X-API-Key", "FG_GOOD"}},
      {{"X-API-Key", ""}},
      {{"Cookie", "fg_good"}},
  };
  for (const Fields& fields : rows) {
    const Identity identity = identity_of(book, fields);
    INFO((fields.empty() ? std::string("none") : fields[0].second));
    CHECK(identity.key == nullptr);
    CHECK(identity.field == KeyField::None);
    CHECK(identity.refusal.empty());
    CHECK_FALSE(identity.is_unknown);
    CHECK(identity.key_id().empty());
    CHECK_FALSE(identity.carriers.contains(FieldId::Authorization));
  }
}

TEST_CASE("refused keys say why") {
  const KeyBook book = sample_book();
  const std::pair<const char*, const char*> rows[] = {
      {"fg_nobody", "unknown"}, {"fg_", "unknown"},     {"fg_good x", "unknown"},
      {"fg_off", "inactive"},   {"fg_late", "expired"}, {"fg_ends_now", "expired"},
      {"fg_older", "expired"},  {"fg_new", ""},         {"fg_old", ""},
      {"fg_other", ""},
  };
  for (const auto& [value, refusal] : rows) {
    const Identity identity = identity_of(book, {{"X-API-Key", value}});
    INFO(value);
    CHECK(identity.refusal == refusal);
    CHECK((identity.key != nullptr) == identity.refusal.empty());
    CHECK(identity.is_unknown == (identity.refusal == "unknown"));
    CHECK(identity.field == KeyField::XApiKey);
  }
}

TEST_CASE("a value longer than any key is unknown") {
  const std::string longest = "fg_" + std::string(kMaxKeyLength - 3, 'a');
  std::vector<config::KeyConfig> keys(2);
  keys[0].key_sha256 = sha256(longest);
  keys[1].key_sha256 = sha256(longest + "a");
  const KeyBook book(keys);
  CHECK(identity_of(book, {{"X-API-Key", longest}}).key == &book.keys()[0]);
  const Identity over = identity_of(book, {{"X-API-Key", longest + "a"}});
  CHECK(over.key == nullptr);
  CHECK(over.refusal == "unknown");
}

TEST_CASE("a field that comes twice is ambiguous") {
  const KeyBook book = sample_book();
  const Fields rows[] = {
      {{"Authorization", "Bearer fg_good"}, {"Authorization", "Bearer fg_good"}},
      {{"Authorization", "Bearer sk-theirs"}, {"Authorization", "Bearer fg_good"}},
      {{"Authorization", "Bearer fg_good"}, {"Authorization", "Basic Zm9v"}},
      {{"X-API-Key", "fg_good"}, {"X-API-Key", "fg_good"}},
      {{"X-API-Key", "fg_good"}, {"Authorization", "a"}, {"Authorization", "b"}},
  };
  for (const Fields& fields : rows) {
    const Identity identity = identity_of(book, fields);
    CHECK(identity.key == nullptr);
    CHECK(identity.refusal == "ambiguous");
    CHECK_FALSE(identity.is_unknown);
    CHECK(identity.field != KeyField::None);
  }
}

TEST_CASE("every field that carries a key is named, so that none is forwarded") {
  const KeyBook book = sample_book();
  const Identity both =
      identity_of(book, {{"Authorization", "Bearer fg_good"}, {"X-API-Key", "fg_other"}});
  CHECK(both.field == KeyField::Authorization);
  CHECK(both.carriers.contains(FieldId::Authorization));
  CHECK(both.carriers.contains(FieldId::XApiKey));
  const Identity one =
      identity_of(book, {{"Authorization", "Bearer sk-theirs"}, {"X-API-Key", "fg_nobody"}});
  CHECK_FALSE(one.carriers.contains(FieldId::Authorization));
  CHECK(one.carriers.contains(FieldId::XApiKey));
}

}  // namespace
}  // namespace fastgate::gateway
