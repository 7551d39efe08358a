#include "config/substitute.h"

#include <string>

#include <doctest/doctest.h>

#include "config_fixture.h"

namespace fastgate::config {
namespace {

const MemoryFiles kWorld = {.files = {{"conf/token", "secret\n"},
                                      {"/run/token", "absolute\r\n"},
                                      {"conf/lines", "a\nb\n\n"},
                                      {"conf/large", std::string((1U << 20) + 1, 'x')},
                                      {"conf/mebibyte", std::string(1U << 20, 'x')}},
                            .variables = {{"NAME", "value"}, {"EMPTY", ""}, {"BRACES", "${NAME}"}}};

TEST_CASE("expand puts in variables, defaults and files") {
  const Sources sources = kWorld.sources();
  SecretTexts secrets;
  Substitution substitution(sources, secrets);
  struct Row {
    std::string_view text;
    std::string_view result;
    bool is_substituted;
  };
  const Row rows[] = {
      {"plain $5 {a} $", "plain $5 {a} $", false},
      {"${NAME}", "value", true},
      {"<${NAME}|${NAME}>", "<value|value>", true},
      {"${NONE:-default}", "default", true},
      {"${EMPTY:-default}", "default", true},
      {"${NAME:-default}", "value", true},
      {"${NONE:-}", "", true},
      {"${NONE:-a:-b}", "a:-b", true},
      {"${EMPTY}", "", true},
      {"${BRACES}", "${NAME}", true},
      {"$${NAME}", "${NAME}", false},
      {"a$${NAME}b${NAME}$${", "a${NAME}bvalue${", true},
      {"$$${NAME}", "$${NAME}", false},
      {"${file:token}", "secret", true},
      {"Bearer ${file:token}!", "Bearer secret!", true},
      {"${file:/run/token}", "absolute", true},
      {"${file:lines}", "a\nb\n", true},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto expanded = substitution.expand(row.text, "conf/");
    REQUIRE(expanded);
    CHECK(expanded->text == row.result);
    CHECK(expanded->is_substituted == row.is_substituted);
  }
}

TEST_CASE("expand refuses what it cannot put in, without telling a value") {
  const Sources sources = kWorld.sources();
  SecretTexts secrets;
  Substitution substitution(sources, secrets);
  struct Row {
    std::string_view text;
    std::string_view part;
  };
  const Row rows[] = {
      {"${NONE}", "the environment variable NONE is not set"},
      {"${remote_addr}",
       "the environment variable remote_addr is not set; a literal `${` is written `$${`"},
      {"${NAME", "without a `}`"},
      {"a ${NAME} ${", "without a `}`"},
      {"${}", "no variable name"},
      {"${1A}", "no variable name"},
      {"${A B}", "no variable name"},
      {"${:-x}", "no variable name"},
      {"${NONE:-${NAME}}", "cannot hold another"},
      {"${file:}", "needs a path"},
      {"${file:none}", "cannot read none: No such file or directory"},
      {"${file:large}", "larger than 1 MiB"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto expanded = substitution.expand(row.text, "conf/");
    REQUIRE_FALSE(expanded);
    CHECK(expanded.error().kind == ErrorKind::Config);
    CHECK(expanded.error().text.find(row.part) != std::string::npos);
    CHECK(expanded.error().text.find("value") == std::string::npos);
  }
}

TEST_CASE("all substitutions of one load together are bounded") {
  const Sources sources = kWorld.sources();
  SecretTexts secrets;
  Substitution substitution(sources, secrets);
  std::size_t done = 0;
  while (done < 100 && substitution.expand("${file:mebibyte}", "conf/")) ++done;
  CHECK(done == 64);
}

TEST_CASE(
    "values from outside are remembered as secrets; defaults that the file spells out are not") {
  const Sources sources = kWorld.sources();
  SecretTexts secrets;
  Substitution substitution(sources, secrets);
  REQUIRE(substitution.expand("${NONE:-default}", "conf/").has_value());
  REQUIRE(substitution.expand("${NAME:-value}", "conf/").has_value());
  CHECK(secrets.is_empty());
  REQUIRE(substitution.expand("x ${NAME} y ${file:token}", "conf/").has_value());
  CHECK(secrets.masked("a value and a secret and more") == "a *** and a *** and more");
}

TEST_CASE("braces that came from outside are told apart from the file's own") {
  const Sources sources = kWorld.sources();
  SecretTexts secrets;
  Substitution substitution(sources, secrets);
  const auto braces = [&](std::string_view text) {
    return substitution.expand(text, "conf/").value().literal_braces;
  };
  CHECK(braces("{a} $${b} ${NAME}").empty());
  CHECK(braces("{a}${BRACES}{b} ${BRACES}") == std::vector<std::uint32_t>{4, 15});
}

}  // namespace
}  // namespace fastgate::config
