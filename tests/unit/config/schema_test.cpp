// Holds conf/fastgate.schema.json against the readers: both must know the same fields.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "config/file_reader.h"
#include "config/yaml_tree.h"

namespace fastgate::config {
namespace {

/// The readers' sections and where the schema describes them; "" is the schema's root.
const std::map<std::string, std::string> kSections = {{"", ""},
                                                      {"server", "server"},
                                                      {"server.tls", "certificate"},
                                                      {"server.client_tls", "client_tls"},
                                                      {"admin", "admin"},
                                                      {"admin.tokens", "admin_token"},
                                                      {"database", "database"},
                                                      {"audit", "audit_store"},
                                                      {"proxy", "proxy"},
                                                      {"failover_preamble", "preamble"},
                                                      {"rate_limiting", "rate_limiting"},
                                                      {"logging", "logging"},
                                                      {"upstreams", "upstream"},
                                                      {"upstreams.servers", "upstream_server"},
                                                      {"upstreams.health_check", "health_check"},
                                                      {"routes", "route"},
                                                      {"routes.target_tls", "target_tls"},
                                                      {"routes.respond", "respond"},
                                                      {"routes.queue", "queue"},
                                                      {"routes.audit", "audit"},
                                                      {"routes.tests", "test"},
                                                      {"routes.tests.request", "test_request"},
                                                      {"routes.tests.expect", "test_expect"},
                                                      {"keys", "key"}};

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// JSON is YAML, so the schema is read by the same parser.
class Schema {
 public:
  explicit Schema(const std::string& text) : tree_(parse_yaml(text).value()) {}

  [[nodiscard]] std::uint32_t root() const { return tree_.root(); }
  [[nodiscard]] std::uint32_t member(std::uint32_t object, std::string_view name) const {
    for (std::uint32_t key = tree_.at(object).first_child; key != YamlNode::kNone;
         key = tree_.next(tree_.next(key))) {
      if (tree_.at(key).text == name) return tree_.next(key);
    }
    return YamlNode::kNone;
  }
  [[nodiscard]] std::set<std::string> names(std::uint32_t object) const {
    std::set<std::string> out;
    for (std::uint32_t key = tree_.at(object).first_child; key != YamlNode::kNone;
         key = tree_.next(tree_.next(key))) {
      out.emplace(tree_.at(key).text);
    }
    return out;
  }
  /// Whether a `properties` below $defs describes fields.
  [[nodiscard]] bool describes_fields(const std::string& definition) const {
    const std::uint32_t found = member(member(root(), "$defs"), definition);
    return member(found, "properties") != YamlNode::kNone;
  }
  [[nodiscard]] std::uint32_t section(const std::string& definition) const {
    return definition.empty() ? root() : member(member(root(), "$defs"), definition);
  }
  [[nodiscard]] std::string_view text(std::uint32_t node) const { return tree_.at(node).text; }

 private:
  YamlTree tree_;
};

FieldCatalog known_fields() {
  FieldCatalog catalog;
  Diagnostics diagnostics;
  const Sources sources = Sources::system();
  FileReader reader(sources, diagnostics, &catalog);
  reader.read_main(std::string(FASTGATE_SOURCE_DIR) + "/tests/conf/good/everything.yaml");
  CHECK_FALSE(diagnostics.has_errors());
  // Known to the reader only to say that it is refused.
  catalog.sections["keys"].erase("key");
  return catalog;
}

std::string joined(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += name + " ";
  return out;
}

TEST_CASE("the schema and the readers know the same fields") {
  const Schema schema(text_of(std::string(FASTGATE_SOURCE_DIR) + "/conf/fastgate.schema.json"));
  const FieldCatalog catalog = known_fields();
  CHECK(catalog.sections.size() == kSections.size());
  for (const auto& [section, names] : catalog.sections) {
    INFO(section);
    REQUIRE(kSections.contains(section));
    const std::uint32_t described = schema.section(kSections.at(section));
    REQUIRE(described != YamlNode::kNone);
    CHECK(joined(schema.names(schema.member(described, "properties"))) == joined(names));
    CHECK(schema.text(schema.member(described, "additionalProperties")) == "false");
  }
}

TEST_CASE("every description of fields in the schema belongs to a section") {
  const Schema schema(text_of(std::string(FASTGATE_SOURCE_DIR) + "/conf/fastgate.schema.json"));
  for (const std::string& name : schema.names(schema.member(schema.root(), "$defs"))) {
    if (!schema.describes_fields(name)) continue;
    INFO(name);
    CHECK(std::any_of(kSections.begin(), kSections.end(),
                      [&](const auto& section) { return section.second == name; }));
  }
}

}  // namespace
}  // namespace fastgate::config
