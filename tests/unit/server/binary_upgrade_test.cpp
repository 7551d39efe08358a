// The old process's side of an upgrade, with programs that are no gateway.
#include "server/binary_upgrade.h"

#include <chrono>
#include <csignal>
#include <thread>

#include <doctest/doctest.h>

using namespace fastgate;
using namespace fastgate::server;
using namespace std::chrono_literals;

namespace {

using Stage = BinaryUpgrade::Stage;

Launch shell(const std::string& script) {
  return {.program = "/bin/bash", .arguments = {"bash", "-c", script}};
}

/// Looks until something has become of it.
Stage outcome(BinaryUpgrade& upgrade, MonotonicTime now) {
  for (Stage stage = upgrade.look(now);; stage = upgrade.look(now)) {
    if (stage != Stage::Starting && stage != Stage::Going) return stage;
    std::this_thread::sleep_for(1ms);
  }
}

const std::string kSpeak =
    "channel=${FASTGATE_INHERITED%%;*}; eval \"exec 9<&$channel 8>&$channel\"; ";

}  // namespace

TEST_CASE("a program that cannot be started is an error at once") {
  const net::TlsTicketKeys keys;
  const auto upgrade = BinaryUpgrade::start({.program = "/no/such/program", .arguments = {"x"}}, {},
                                            keys, MonotonicTime{});
  REQUIRE(!upgrade);
  CHECK(upgrade.error().text == "cannot start /no/such/program: No such file or directory");
}

TEST_CASE("a program that ends has failed, by its status or signal") {
  const net::TlsTicketKeys keys;
  auto ends = BinaryUpgrade::start(shell("exit 7"), {}, keys, MonotonicTime{});
  REQUIRE(ends);
  CHECK(outcome(**ends, MonotonicTime{}) == Stage::Failed);
  CHECK((*ends)->reasons() == std::vector<std::string>{"it ended with status 7"});
  auto killed = BinaryUpgrade::start(shell("kill -9 $$"), {}, keys, MonotonicTime{});
  REQUIRE(killed);
  CHECK(outcome(**killed, MonotonicTime{}) == Stage::Failed);
  CHECK((*killed)->reasons() == std::vector<std::string>{"it was ended by signal 9"});
}

TEST_CASE("a program that hangs is given up after the patience, and ended") {
  const net::TlsTicketKeys keys;
  auto upgrade = BinaryUpgrade::start(shell("exec sleep 600"), {}, keys, MonotonicTime{});
  REQUIRE(upgrade);
  CHECK((*upgrade)->look(MonotonicTime{29s}) == Stage::Starting);
  CHECK((*upgrade)->look(MonotonicTime{31s}) == Stage::Failed);
  CHECK((*upgrade)->reasons() == std::vector<std::string>{"it takes too long"});
  CHECK(::kill((*upgrade)->pid(), 0) != 0);
}

TEST_CASE("what it says moves it on, only in order") {
  const net::TlsTicketKeys keys;
  auto upgrade = BinaryUpgrade::start(
      shell(kSpeak + "echo serving >&8; echo loaded >&8; head -c 80 <&9 >/dev/null; read word <&9; "
                     "[ $word = go ] && echo serving some >&8; exec sleep 600"),
      {}, keys, MonotonicTime{});
  REQUIRE(upgrade);
  CHECK(outcome(**upgrade, MonotonicTime{}) == Stage::Loaded);
  (*upgrade)->go(MonotonicTime{});
  CHECK(outcome(**upgrade, MonotonicTime{}) == Stage::Serving);
  CHECK((*upgrade)->inherited() == InheritedUse::Some);
  ::kill((*upgrade)->pid(), SIGKILL);
}

TEST_CASE("its own words of why come before its end") {
  const net::TlsTicketKeys keys;
  auto upgrade =
      BinaryUpgrade::start(shell(kSpeak + "echo failed one >&8; echo failed two words >&8; exit 1"),
                           {}, keys, MonotonicTime{});
  REQUIRE(upgrade);
  CHECK(outcome(**upgrade, MonotonicTime{}) == Stage::Failed);
  CHECK((*upgrade)->reasons() ==
        std::vector<std::string>{"one", "two words", "it ended with status 1"});
}
