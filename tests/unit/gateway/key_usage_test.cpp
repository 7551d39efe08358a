#include "gateway/key_usage.h"

#include <thread>

#include <doctest/doctest.h>

#include "support/times.h"

namespace fastgate::gateway {
namespace {

using fastgate::test::kNow;
using std::chrono::seconds;

constexpr WallTime kLater{seconds(1'700'000'060)};

TEST_CASE("a key's usage is the sum over the workers, last used the latest") {
  KeyUsageBook book(3);
  CHECK(book.usage("a") == KeyUsage{});
  book.cell(0, "a")->add({1, 0, 10, 100, kLater});
  book.cell(2, "a")->add({2, 1, 20, 200, kNow});
  book.cell(2, "b")->add({1, 1, 0, 0, kNow});
  CHECK(book.usage("a") == KeyUsage{3, 1, 30, 300, kLater});
  CHECK(book.usage("b") == KeyUsage{1, 1, 0, 0, kNow});
  CHECK(book.cell(0, "a") == book.cell(0, "a"));
  CHECK(book.cell(0, "a") != book.cell(1, "a"));
}

TEST_CASE("a worker finds the cells of its snapshot's keys; counts outlive the snapshot") {
  std::vector<config::KeyConfig> configs(2);
  configs[0].key_id.value = "a";
  configs[1].key_id.value = "b";
  configs[1].key_sha256[0] = 1;
  const KeyBook keys(configs);
  KeyUsageBook book(1);
  const WorkerKeyUsage old(keys, book, 0);
  const auto cell = old.cell_of(keys.keys()[1]);
  cell->add({1, 0, 0, 0, kNow});

  const KeyBook fewer({configs[1]});
  const WorkerKeyUsage adopted(fewer, book, 0);
  CHECK(adopted.cell_of(fewer.keys()[0]) == cell);
  book.cell(0, "a")->add({1, 0, 0, 0, kNow});
  book.keep_only(fewer);
  CHECK(book.usage("b").requests == 1);
  CHECK(book.usage("a").requests == 0);
}

TEST_CASE("usage survives a restart and goes on from there") {
  KeyUsageBook before(2);
  before.cell(0, "fg_a")->add({5, 1, 6, 7, kNow});
  before.cell(1, "odd %\n id")->add({1, 0, 0, 0, kNow});
  (void)before.cell(0, "unused");
  const std::string saved = before.save();
  CHECK(saved.find("unused") == std::string::npos);

  KeyUsageBook after(4);
  after.restore(saved);
  CHECK(after.usage("fg_a") == KeyUsage{5, 1, 6, 7, kNow});
  CHECK(after.usage("odd %\n id").requests == 1);
  CHECK(after.save() == saved);
  after.cell(3, "fg_a")->add({1, 0, 1, 1, kLater});
  CHECK(after.usage("fg_a") == KeyUsage{6, 1, 7, 8, kLater});
}

TEST_CASE("what was counted beyond an earlier book is what another one lacks") {
  KeyUsageBook book(1);
  book.cell(0, "a")->add({2, 1, 10, 20, kNow});
  book.cell(0, "b")->add({1, 0, 0, 0, kNow});
  KeyUsageBook earlier(0);
  earlier.restore(book.save());
  CHECK(book.save_beyond(earlier).empty());
  book.cell(0, "a")->add({3, 0, 1, 2, kLater});
  book.cell(0, "c")->add({1, 1, 0, 0, kLater});
  KeyUsageBook other(1);
  other.restore(earlier.save());
  other.cell(0, "a")->add({100, 0, 0, 0, kNow});
  other.restore(book.save_beyond(earlier));
  CHECK(other.usage("a") == KeyUsage{105, 1, 11, 22, kLater});
  CHECK(other.usage("b") == KeyUsage{1, 0, 0, 0, kNow});
  CHECK(other.usage("c") == KeyUsage{1, 1, 0, 0, kLater});
}

TEST_CASE("what was not saved by a book is ignored") {
  const std::pair<const char*, std::uint64_t> rows[] = {
      {"fastgate-usage 1\nkey a 1 2 3 4 5\n", 1},
      {"fastgate-usage 1\nkey a 1 2 3 4 5\nkey a 1 2 3 4 5\n", 2},
      {"fastgate-usage 1\nkey a 1 2 3 4 5", 0},
      {"fastgate-usage 2\nkey a 1 2 3 4 5\n", 0},
      {"key a 1 2 3 4 5\n", 0},
      {"fastgate-usage 1\nkey a 1 2 3 4\nkey a 1 2 3 4 5 6\nkey a -1 2 3 4 5\n", 0},
      {"fastgate-usage 1\nkey a 1 2 3 4 18446744073709551615\nkey a 1 x 3 4 5\n", 0},
      {"fastgate-usage 1\nkey %4 1 2 3 4 5\nnote a 1 2 3 4 5\n\n  \n", 0},
      {"", 0},
  };
  for (const auto& [text, requests] : rows) {
    INFO(text);
    KeyUsageBook book(1);
    book.restore(text);
    CHECK(book.usage("a").requests == requests);
  }
}

TEST_CASE("no count is lost while others read and save") {
  KeyUsageBook book(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t worker = 0; worker < 4; ++worker) {
      threads.emplace_back([&book, worker] {
        const auto cell = book.cell(worker, "a");
        for (int i = 0; i < 5000; ++i) cell->add({1, 0, 2, 3, kNow});
      });
    }
    std::uint64_t last = 0;
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t seen = book.usage("a").requests;
      CHECK(seen >= last);
      last = seen;
      (void)book.save();
    }
  }
  CHECK(book.usage("a") == KeyUsage{20'000, 0, 40'000, 60'000, kNow});
}

}  // namespace
}  // namespace fastgate::gateway
