#include "upstream/group_plan.h"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "net/loop.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "upstream/group_table.h"

namespace fastgate::upstream {
namespace {

constexpr std::uint32_t kNew = GroupPlan::kNew;

GroupSettings group(const std::string& identity,
                    std::shared_ptr<const net::TlsClientContext> tls = nullptr) {
  GroupSettings settings{
      .identity = identity, .upstream = {}, .tls = std::move(tls), .tls_stamp = {}};
  settings.upstream.name.value = identity;
  config::UpstreamServerConfig& server = settings.upstream.servers.emplace_back();
  server.host = "::1";
  server.port = 80;
  return settings;
}

/// A context as a load makes it from files.
std::shared_ptr<const net::TlsClientContext> context() {
  net::TlsClientSettings settings;
  settings.verify = false;
  auto made = net::TlsClientContext::make(settings);
  REQUIRE(made.has_value());
  return *made;
}

class Table {
 public:
  Table()
      : loop_(net::Loop::make().value()),
        resolver_(*loop_),
        table_({.loop = loop_.get(),
                .resolver = &resolver_,
                .random = &random_,
                .connections_open = &open_}) {}
  ~Table() { table_.retire_all(); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const GroupPlan& take(std::vector<GroupSettings> settings) {
    plan_ = plan_groups(std::move(settings), plan_ ? &*plan_ : nullptr);
    table_.adopt(*plan_);
    return *plan_;
  }
  [[nodiscard]] const std::vector<std::shared_ptr<Group>>& groups() const {
    return table_.groups();
  }

 private:
  std::unique_ptr<net::Loop> loop_;
  net::Resolver resolver_;
  FastRandom random_{1};
  Counter open_;
  GroupTable table_;
  std::optional<GroupPlan> plan_;
};

}  // namespace

TEST_CASE("groups that stay are the same objects, in the order of the new configuration") {
  Table table;
  CHECK(table.take({group("a"), group("b"), group("c")}).kept ==
        std::vector<std::uint32_t>{kNew, kNew, kNew});
  const auto first = table.groups();
  const GroupPlan& next = table.take({group("c"), group("d"), group("a")});
  CHECK(next.kept == std::vector<std::uint32_t>{2, kNew, 0});
  CHECK(next.retired == std::vector<std::uint32_t>{1});
  REQUIRE(table.groups().size() == 3);
  CHECK(table.groups()[0] == first[2]);
  CHECK(table.groups()[1]->settings().identity == "d");
  CHECK(table.groups()[2] == first[0]);
  // What stayed once is found again by its place in the plan before, not in the first one.
  table.take({group("a")});
  REQUIRE(table.groups().size() == 1);
  CHECK(table.groups()[0] == first[0]);
}

TEST_CASE("a group whose servers share otherwise is kept, and takes that over") {
  Table table;
  table.take({group("a"), group("b")});
  const auto first = table.groups();
  // A failure that stays with the server.
  table.groups()[1]->report_failure(0, "refused");
  GroupSettings other = group("b");
  other.upstream.servers[0].weight = 7;
  other.upstream.servers[0].max_conns = 3;
  const GroupPlan& next = table.take({other, group("a")});
  CHECK(next.kept == std::vector<std::uint32_t>{1, 0});
  CHECK(next.changed == std::vector<std::uint32_t>{0});
  CHECK(table.groups()[0] == first[1]);
  const Server& server = table.groups()[0]->server(0);
  CHECK(server.config.weight == 7);
  CHECK(server.config.max_conns == 3);
  CHECK(server.failures.count(MonotonicTime{}) == 1);
  CHECK(table.groups()[1]->server(0).config.weight == 1);
  CHECK(table.take({other, group("a")}).changed.empty());
}

TEST_CASE("a group with another TLS context is made anew, and its old one retired") {
  Table table;
  const auto old = context();
  table.take({group("a", old), group("b", old)});
  const auto first = table.groups();
  const GroupPlan& next = table.take({group("a", context()), group("b", old)});
  CHECK(next.kept == std::vector<std::uint32_t>{kNew, 1});
  CHECK(next.retired == std::vector<std::uint32_t>{0});
  CHECK(table.groups()[0] != first[0]);
  CHECK(table.groups()[1] == first[1]);
}

TEST_CASE("a plan names its servers in order, with their groups' numbers") {
  std::vector<GroupSettings> settings{group("a"), group("b")};
  config::UpstreamServerConfig& backup = settings[1].upstream.servers.emplace_back();
  backup.host = "b";
  backup.port = 81;
  backup.weight = 3;
  backup.backup = true;
  const GroupPlan plan = plan_groups(std::move(settings), nullptr);
  REQUIRE(plan.names->size() == 3);
  const auto text = [&](std::size_t i) {
    const ServerName& name = (*plan.names)[i];
    return name.group + " " + std::to_string(name.group_number) + " " + name.address + " " +
           std::to_string(name.weight) + (name.is_backup ? " backup" : "");
  };
  CHECK(text(0) == "a 0 [::1]:80 1");
  CHECK(text(1) == "b 1 [::1]:80 1");
  CHECK(text(2) == "b 1 b:81 3 backup");
}

}  // namespace fastgate::upstream
