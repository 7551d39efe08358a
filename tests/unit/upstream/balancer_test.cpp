#include "upstream/balancer.h"

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "upstream/tried_servers.h"

namespace fastgate::upstream {
namespace {

struct Fleet {
  explicit Fleet(const std::vector<std::uint32_t>& weights) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      config::UpstreamServerConfig config;
      config.host = "10.0.0." + std::to_string(i + 1);
      config.port = 80;
      config.weight = weights[i];
      servers.emplace_back(config, 3, std::chrono::seconds(10));
      all.push_back(static_cast<std::uint32_t>(i));
    }
  }
  std::vector<Server> servers;
  std::vector<std::uint32_t> all;
};

config::UpstreamConfig balanced(config::Balance balance) {
  config::UpstreamConfig config;
  config.balance = balance;
  return config;
}

}  // namespace

TEST_CASE("round robin gives each server its weight, within 2 % of 10,000, and spreads them") {
  FastRandom random(1);
  Fleet fleet({5, 3, 2});
  const auto balancer = make_balancer(balanced(config::Balance::RoundRobin), random);
  std::vector<int> counts(3);
  std::uint32_t last = 9;
  int longest_run = 0;
  int run = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint32_t picked = balancer->pick(fleet.servers, fleet.all, {});
    ++counts[picked];
    run = picked == last ? run + 1 : 1;
    longest_run = std::max(longest_run, run);
    last = picked;
  }
  CHECK(counts[0] == 5000);
  CHECK(counts[1] == 3000);
  CHECK(counts[2] == 2000);
  CHECK(longest_run <= 2);
}

TEST_CASE("random2 keeps the weights roughly and prefers the server with less in hand") {
  FastRandom random(7);
  Fleet fleet({1, 1, 1, 1});
  const auto balancer = make_balancer(balanced(config::Balance::Random2), random);
  std::vector<int> counts(4);
  for (int i = 0; i < 10'000; ++i) ++counts[balancer->pick(fleet.servers, fleet.all, {})];
  for (const int count : counts) CHECK(std::abs(count - 2500) < 250);
  fleet.servers[2].in_use = 100;
  counts.assign(4, 0);
  for (int i = 0; i < 1000; ++i) ++counts[balancer->pick(fleet.servers, fleet.all, {})];
  CHECK(counts[2] == 0);
}

TEST_CASE("least_conn takes the server with least in hand for its weight") {
  FastRandom random(1);
  Fleet fleet({1, 4, 1});
  const auto balancer = make_balancer(balanced(config::Balance::LeastConn), random);
  fleet.servers[0].in_use = 1;
  fleet.servers[1].in_use = 3;
  fleet.servers[2].in_use = 1;
  CHECK(balancer->pick(fleet.servers, fleet.all, {}) == 1);
  fleet.servers[1].in_use = 5;
  CHECK(balancer->pick(fleet.servers, fleet.all, {}) != 1);
  fleet.servers[2].in_use = 0;
  CHECK(balancer->pick(fleet.servers, fleet.all, {}) == 2);
}

TEST_CASE("hash keeps a key at its server, and a server that leaves moves only its own keys") {
  FastRandom random(1);
  Fleet fleet({1, 1, 1, 1, 1});
  const auto balancer = make_balancer(balanced(config::Balance::Hash), random);
  const std::vector<std::uint32_t> without_2{0, 1, 3, 4};
  int moved = 0;
  std::vector<int> counts(5);
  constexpr int kKeys = 10'000;
  for (int i = 0; i < kKeys; ++i) {
    const PickContext key{.now = {}, .hash = std::hash<std::string>{}("key" + std::to_string(i))};
    const std::uint32_t before = balancer->pick(fleet.servers, fleet.all, key);
    CHECK(before == balancer->pick(fleet.servers, fleet.all, key));
    const std::uint32_t after = balancer->pick(fleet.servers, without_2, key);
    ++counts[before];
    if (before != after) {
      ++moved;
      CHECK(before == 2);
    }
  }
  CHECK(moved == counts[2]);
  for (const int count : counts) CHECK(std::abs(count - kKeys / 5) < kKeys / 50);
}

TEST_CASE("hash gives heavier servers more keys") {
  FastRandom random(1);
  Fleet fleet({1, 3});
  const auto balancer = make_balancer(balanced(config::Balance::Hash), random);
  int heavy = 0;
  for (int i = 0; i < 10'000; ++i) {
    heavy += balancer->pick(fleet.servers, fleet.all,
                            {.now = {}, .hash = std::hash<int>{}(i) * 0x9e3779b97f4a7c15ULL}) == 1;
  }
  CHECK(std::abs(heavy - 7500) < 200);
}

TEST_CASE("tried servers are known beyond the 64th") {
  TriedServers tried;
  CHECK(tried.is_empty());
  for (const std::uint32_t server : {0U, 63U, 64U, 200U}) {
    CHECK_FALSE(tried.has(server));
    tried.add(server);
    CHECK(tried.has(server));
    CHECK_FALSE(tried.has(server + 1));
  }
  CHECK_FALSE(tried.is_empty());
  tried.clear();
  CHECK(tried.is_empty());
  CHECK_FALSE(tried.has(64));
}

TEST_CASE("a server that came back starts slowly") {
  Fleet fleet({10, 1});
  const MonotonicTime back(std::chrono::seconds(100));
  fleet.servers[0].back_since = back;
  const std::chrono::milliseconds slow(10'000);
  const auto weight_after = [&](std::size_t server, int seconds) {
    return effective_weight(fleet.servers[server], slow, back + std::chrono::seconds(seconds));
  };
  CHECK(weight_after(0, 0) == kWeightUnit / 10);
  CHECK(weight_after(0, 5) == 5 * kWeightUnit);
  CHECK(weight_after(0, 10) == 10 * kWeightUnit);
  CHECK(effective_weight(fleet.servers[0], std::chrono::milliseconds(0), back) == 10 * kWeightUnit);
  // It is out until then.
  CHECK(weight_after(0, -5) == kWeightUnit / 10);
  // Weights of 1, as all are by default, are no exception.
  fleet.servers[1].back_since = back;
  CHECK(weight_after(1, 0) == kWeightUnit / 100);
  CHECK(weight_after(1, 5) == kWeightUnit / 2);
}

TEST_CASE(
    "max_fails within fail_timeout take a server out for fail_timeout, once more at the next") {
  FailureWindow window(2, std::chrono::seconds(10));
  const MonotonicTime start(std::chrono::seconds(100));
  window.on_failure(start);
  CHECK_FALSE(window.is_out(start));
  window.on_failure(start + std::chrono::seconds(1));
  CHECK(window.is_out(start + std::chrono::seconds(10)));
  CHECK_FALSE(window.is_out(start + std::chrono::seconds(11)));
  window.on_failure(start + std::chrono::seconds(12));
  CHECK(window.is_out(start + std::chrono::seconds(13)));
  window.forget();
  CHECK_FALSE(window.is_out(start + std::chrono::seconds(13)));

  FailureWindow apart(2, std::chrono::seconds(10));
  apart.on_failure(start);
  apart.on_failure(start + std::chrono::seconds(11));
  CHECK_FALSE(apart.is_out(start + std::chrono::seconds(11)));
  FailureWindow never(0, std::chrono::seconds(10));
  for (int i = 0; i < 9; ++i) never.on_failure(start);
  CHECK_FALSE(never.is_out(start));
}

}  // namespace fastgate::upstream
