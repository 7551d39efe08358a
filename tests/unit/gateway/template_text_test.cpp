#include "gateway/template_text.h"

#include "request_scene.h"

namespace fastgate::gateway {
namespace {

using test::RequestScene;

std::string rendered(std::string_view text, std::string_view pattern_text, std::string_view path,
                     Escape escape = Escape::Header) {
  INFO(text);
  const PathPattern pattern = PathPattern::parse(pattern_text).value();
  const auto parsed = TemplateText::parse(text, pattern, TemplateText::Unknown::IsLiteral);
  REQUIRE(parsed.has_value());
  const RequestScene scene("PUT " + std::string(path) + " HTTP/1.1\nHost: Example.com:81");
  Captures captures;
  REQUIRE(pattern.match(scene.target.match_path, captures));
  std::string out = ">";
  parsed->append_to(out, {&scene.facts, &captures, "fg_key", "team/a"}, escape);
  return out.substr(1);
}

TEST_CASE("placeholders take their values from the request") {
  const struct {
    std::string_view text;
    std::string_view result;
  } rows[] = {
      {"plain", "plain"},
      {"", ""},
      {"{request_id}", "req_0123456789abcdef01234567"},
      {"<{client_ip}>", "<192.0.2.7>"},
      {"{key_id}/{source_path}", "fg_key/team/a"},
      {"{host} {method} {path}", "Example.com PUT /u/42"},
      {"{id}{id}", "4242"},
      {"{unknown}", "{unknown}"},
      {"{\"a\":{\"b\":{}}}", "{\"a\":{\"b\":{}}}"},
      {"{\"id\":\"{id}\"}", "{\"id\":\"42\"}"},
      {"{{id}}", "{id}"},
      {"{{{id}}}", "{{id}}"},
      {"{{unknown}}", "{{unknown}}"},
      {"{id", "{id"},
      {"id}", "id}"},
      {"{", "{"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(rendered(row.text, "/u/{id}", "/u/42") == row.result);
  }
}

TEST_CASE("what a client's certificate says is empty where no client is known") {
  CHECK(rendered("<{client_certificate_subject}>", "/", "/") == "<>");
  CHECK(rendered("<{client_certificate_verify}>", "/", "/") == "<>");
}

TEST_CASE("values are made to fit the place they stand in") {
  const std::string_view path = "/u/a%0Ab%22%20%25%3F";
  CHECK(rendered("{id}", "/u/{id}", path, Escape::Header) == "ab\" %?");
  CHECK(rendered("{id}", "/u/{id}", path, Escape::None) == "a\nb\" %?");
  CHECK(rendered("{id}", "/u/{id}", path, Escape::Path) == "a%0Ab%22%20%25%3F");
  CHECK(rendered("{id}", "/u/{id}", path, Escape::Json) == "a\\nb\\\" %?");
  CHECK(rendered("{path}", "/u/{id}", "/u/%C3%A4", Escape::Path) == "/u/%C3%A4");
}

TEST_CASE("the request's target is put in as it came") {
  CHECK(rendered("https://x{request_uri}", "/u/*", "/u/a%20b?q=%2F&r") ==
        "https://x/u/a%20b?q=%2F&r");
  CHECK(rendered("{request_uri}", "/u/*", "/u/./a?") == "/u/./a?");
  CHECK(rendered("{request_uri}", "/u/*", "/u/a?b=\"c", Escape::Json) == "/u/a?b=\\\"c");
  CHECK(rendered("{request_uri}", "/{request_uri}", "/own?q") == "own");
}

TEST_CASE("captures go before host, method and path") {
  CHECK(rendered("{path}", "/files/{path}", "/files/x") == "x");
}

TEST_CASE("target_path refuses unknown names") {
  const PathPattern pattern = PathPattern::parse("/u/{id}").value();
  const auto parsed = TemplateText::parse("/x/{no}", pattern, TemplateText::Unknown::IsError);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().text.contains("{no}"));
  const auto uri = TemplateText::parse("/x/{request_uri}", pattern, TemplateText::Unknown::IsError);
  REQUIRE_FALSE(uri.has_value());
  CHECK(uri.error().text.contains("{request_uri}"));
  CHECK(TemplateText::parse("/x/{id}", pattern, TemplateText::Unknown::IsError).has_value());
}

TEST_CASE("a brace that is said to be literal opens nothing") {
  const PathPattern pattern = PathPattern::parse("/u/{id}").value();
  const std::string_view text = "{{id}{id}{{id}}";
  const auto parse = [&](std::initializer_list<std::uint32_t> braces) {
    return TemplateText::parse(text, pattern, TemplateText::Unknown::IsLiteral, braces).value();
  };
  std::string out;
  CHECK(parse({0, 1, 5, 9, 10}).is_constant());
  parse({0, 1, 5, 9, 10}).append_to(out, {});
  CHECK(out == text);
  CHECK_FALSE(parse({0, 5, 9}).is_constant());
  out.clear();
  parse({0, 1, 5}).append_to(out, {});
  CHECK(out == "{{id}{id}{id}");
}

TEST_CASE("constant texts and captures are told apart") {
  const PathPattern pattern = PathPattern::parse("/u/{id}").value();
  const auto parse = [&](std::string_view text) {
    return TemplateText::parse(text, pattern, TemplateText::Unknown::IsLiteral).value();
  };
  CHECK(parse("abc").is_constant());
  CHECK_FALSE(parse("{host}").is_constant());
  CHECK_FALSE(parse("{host}").has_capture());
  CHECK(parse("{id}").has_capture());
}

}  // namespace
}  // namespace fastgate::gateway
