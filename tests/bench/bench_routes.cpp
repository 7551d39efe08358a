// What finding a route costs with ten routes and with ten thousand, for each kind of pattern.
//   bench_routes [--routes 10000] [--rounds 15] [--kind NAME]
// For each kind and number of routes one path is asked again and again ("one path"), and then the
// paths of all routes in random order ("all in turn"), so that nothing but the tables' size tells
// the second from the first. Texts of requests stand in the order in which they are asked, and what
// handing them over costs is measured apart and taken off. Times are CPU time; a figure is the best
// of interleaved rounds, the one that the rest of the machine disturbed least. `look-up` is
// RouteIndex::shortlist; `choice` adds what is asked of it before the candidates are known.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#include <time.h>

#include "bench/bench_arguments.h"
#include "config/load.h"
#include "gateway/choose.h"
#include "gateway/request_facts.h"
#include "gateway/route_index.h"
#include "gateway/snapshot.h"

namespace {

using namespace fastgate;
using fastgate::bench::Arguments;

constexpr std::size_t kLookups = 50'000;

struct Ask {
  std::string path;
  std::string host = "gateway.test";
};

/// One kind of route table: the fields of route `i`, and a request that it fits.
struct PatternSet {
  const char* name;
  std::function<std::string(std::size_t)> fields;
  std::function<Ask(std::size_t)> ask;
};

std::string n(std::size_t i) {
  return std::to_string(i);
}

/// A word of 3 to 18 letters, the same for the same number; no two are alike.
std::string word(std::size_t i) {
  std::mt19937_64 random(i * 7919 + 1);
  std::string text;
  for (std::size_t left = 3 + random() % 12; left > 0; --left) {
    text.push_back(static_cast<char>('a' + random() % 26));
  }
  for (std::size_t left = i; left > 0; left /= 26) {
    text.push_back(static_cast<char>('a' + left % 26));
  }
  return text;
}

std::string path_field(const std::string& path) {
  return "match_path: \"" + path + "\"";
}

PatternSet mixed() {
  const auto fields = [](std::size_t i) {
    const std::string host = ", match_host: \"" + std::string(i % 2 == 0 ? "" : "*.") + "h" +
                             n(i / 40) + ".example.com\"";
    const std::string method = i % 5 == 0 ? ", match_method: \"GET,POST\"" : "";
    const std::string rest = (i % 3 == 0 ? "" : host) + method;
    switch (i % 4) {
      case 0:
        return path_field("/svc" + n(i) + "/*") + rest;
      case 1:
        return path_field("/team/" + word(i) + "/{id}") + rest;
      case 2:
        return path_field("/v1/items/" + n(i)) + rest;
      default:
        return path_field("/svc" + n(i) + "-*") + rest;
    }
  };
  const auto ask = [](std::size_t i) {
    const std::string host = (i % 2 == 0 ? "h" : "a.h") + n(i / 40) + ".example.com";
    switch (i % 4) {
      case 0:
        return Ask{"/svc" + n(i) + "/a/b", host};
      case 1:
        return Ask{"/team/" + word(i) + "/77", host};
      case 2:
        return Ask{"/v1/items/" + n(i), host};
      default:
        return Ask{"/svc" + n(i) + "-b/c", host};
    }
  };
  return {"mixed", fields, ask};
}

std::vector<PatternSet> pattern_sets() {
  std::vector<PatternSet> sets;
  const auto add = [&](const char* name, auto pattern, auto path) {
    sets.push_back({name, [=](std::size_t i) { return path_field(pattern(i)); },
                    [=](std::size_t i) { return Ask{.path = path(i)}; }});
  };
  const auto exact = [](std::size_t i) { return "/api/v1/items/" + n(i) + "/list"; };
  add("/api/v1/items/N/list", exact, exact);
  add(
      "/svcN/*", [](std::size_t i) { return "/svc" + n(i) + "/*"; },
      [](std::size_t i) { return "/svc" + n(i) + "/v1/chat"; });
  add(
      "/svcN-*", [](std::size_t i) { return "/svc" + n(i) + "-*"; },
      [](std::size_t i) { return "/svc" + n(i) + "-v1/chat"; });
  add(
      "/WORD-*", [](std::size_t i) { return "/" + word(i) + "-*"; },
      [](std::size_t i) { return "/" + word(i) + "-v1/chat"; });
  add(
      "/WORD*", [](std::size_t i) { return "/" + word(i) + "*"; },
      [](std::size_t i) { return "/" + word(i) + "/chat"; });
  add(
      "/svcN/{id}", [](std::size_t i) { return "/svc" + n(i) + "/{id}"; },
      [](std::size_t i) { return "/svc" + n(i) + "/4711"; });
  add(
      "/{tenant}/svcN/{id}/*", [](std::size_t i) { return "/{tenant}/svc" + n(i) + "/{id}/*"; },
      [](std::size_t i) { return "/acme/svc" + n(i) + "/4711/x"; });
  add(
      "*.extN", [](std::size_t i) { return "*.ext" + n(i); },
      [](std::size_t i) { return "/files/report.ext" + n(i); });
  add(
      "*-WORD.json", [](std::size_t i) { return "*-" + word(i) + ".json"; },
      [](std::size_t i) { return "/files/a-" + word(i) + ".json"; });
  add(
      "~^/svcN/v[12]/", [](std::size_t i) { return "~^/svc" + n(i) + "/v[12]/"; },
      [](std::size_t i) { return "/svc" + n(i) + "/v1/chat"; });
  const auto any_path = [](std::size_t) { return std::string("/v1/chat"); };
  sets.push_back({"host hN.example.com, /v1/*",
                  [](std::size_t i) {
                    return path_field("/v1/*") + ", match_host: h" + n(i) + ".example.com";
                  },
                  [=](std::size_t i) { return Ask{any_path(i), "h" + n(i) + ".example.com"}; }});
  sets.push_back({"host *.hN.example.com, /v1/*",
                  [](std::size_t i) {
                    return path_field("/v1/*") + ", match_host: \"*.h" + n(i) + ".example.com\"";
                  },
                  [=](std::size_t i) { return Ask{any_path(i), "a.h" + n(i) + ".example.com"}; }});
  sets.push_back({"GET and POST /svcN/*",
                  [](std::size_t i) {
                    return path_field("/svc" + n(i / 2) + "/*") +
                           (i % 2 == 0 ? ", match_method: POST" : ", match_method: \"GET,HEAD\"");
                  },
                  [](std::size_t i) { return Ask{.path = "/svc" + n(i / 2) + "/v1/chat"}; }});
  sets.push_back(mixed());
  return sets;
}

std::string yaml_of(const PatternSet& set, std::size_t count) {
  std::string yaml = "routes:\n";
  for (std::size_t i = 0; i < count; ++i) {
    yaml += "  - {route_id: r" + n(i) + ", target_host: \"127.0.0.1:9\", " + set.fields(i) + "}\n";
  }
  return yaml;
}

/// CPU time of this thread in nanoseconds.
double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// A compiled table, and how long it took.
struct Table {
  std::shared_ptr<gateway::Snapshot> snapshot;
  double read_ms = 0;
  double compile_ms = 0;
};

Table table_of(const PatternSet& set, std::size_t count) {
  const std::string yaml = yaml_of(set, count);
  config::Sources sources;
  sources.read_file = [&](const std::string&) -> Result<std::string> { return yaml; };
  sources.glob = [](const std::string&) { return std::vector<std::string>{}; };
  sources.environment = [](const std::string&) { return std::optional<std::string>(); };
  config::Diagnostics diagnostics;
  Table table;
  double start = cpu_now();
  config::Config config = config::load("bench.yaml", sources, diagnostics);
  table.read_ms = (cpu_now() - start) / 1e6;
  start = cpu_now();
  table.snapshot = gateway::compile(std::move(config), diagnostics);
  table.compile_ms = (cpu_now() - start) / 1e6;
  if (table.snapshot == nullptr) {
    for (const auto& entry : diagnostics.entries()) std::puts(entry.text().c_str());
    std::exit(1);
  }
  return table;
}

/// Texts of requests in the order in which they are asked, in one piece of memory.
class Questions {
 public:
  Questions(const PatternSet& set, const std::vector<std::size_t>& order) {
    for (const std::size_t i : order) {
      const Ask ask = set.ask(i);
      text_.append(ask.path).append(ask.host);
      lengths_.push_back({static_cast<std::uint32_t>(ask.path.size()),
                          static_cast<std::uint32_t>(ask.host.size())});
    }
  }
  template <class Visit>
  void for_each(Visit visit) const {
    const char* at = text_.data();
    for (const auto& [path, host] : lengths_) {
      visit(std::string_view(at, path), std::string_view(at + path, host));
      at += path + host;
    }
  }

 private:
  struct Lengths {
    std::uint32_t path;
    std::uint32_t host;
  };
  std::string text_;
  std::vector<Lengths> lengths_;
};

enum class Work : std::uint8_t { Nothing, LookUp, Choice };

/// Asks all questions of a table.
class Asker {
 public:
  Asker() {
    head_.text = "GET / HTTP/1.1\r\n\r\n";
    head_.method = http::Method::Get;
    facts_.head = &head_;
    facts_.target = &target_;
    facts_.scratch = &scratch_;
  }

  /// Nanoseconds a question.
  double time(const gateway::Snapshot& snapshot, const Questions& questions, Work work) {
    const double start = cpu_now();
    std::size_t asked = 0;
    questions.for_each([&](std::string_view path, std::string_view host) {
      target_.match_path.assign(path);
      facts_.host = host;
      ++asked;
      if (work == Work::Nothing) return;
      snapshot.index->shortlist(facts_, shortlist_);
      if (shortlist_.empty()) ++missed;
      if (work != Work::Choice) return;
      if (shortlist_.wants_key() && shortlist_.needs_body()) ++missed;
      gateway::choose(shortlist_, nullptr, candidates_);
    });
    return (cpu_now() - start) / static_cast<double>(asked);
  }

  std::size_t missed = 0;  ///< questions without an answer: must stay 0

 private:
  http::RequestHead head_;
  http::Target target_;
  RegexScratch scratch_;
  gateway::RequestFacts facts_;
  gateway::Shortlist shortlist_;
  gateway::Candidates candidates_;
};

/// Rounds of one way to ask one table.
struct Series {
  const gateway::Snapshot* snapshot;
  Questions questions;
  std::vector<double> lookups{};
  std::vector<double> choices{};
};

std::vector<std::size_t> all_in_turn(std::size_t count) {
  std::vector<std::size_t> order(kLookups);
  std::mt19937_64 random(42);
  std::vector<std::size_t> turn(count);
  std::iota(turn.begin(), turn.end(), std::size_t{0});
  for (std::size_t at = 0; at < order.size(); ++at) {
    if (at % count == 0) std::ranges::shuffle(turn, random);
    order[at] = turn[at % count];
  }
  return order;
}

void run(const PatternSet& set, std::size_t count, std::size_t rounds) {
  const Table few = table_of(set, 10);
  const Table many = table_of(set, count);
  const std::vector<std::size_t> seventh(kLookups, 7);
  const std::vector<std::size_t> one(kLookups, count * 7 / 9);
  std::vector<Series> series;
  series.push_back({few.snapshot.get(), Questions(set, seventh)});
  series.push_back({many.snapshot.get(), Questions(set, one)});
  series.push_back({few.snapshot.get(), Questions(set, all_in_turn(10))});
  series.push_back({many.snapshot.get(), Questions(set, all_in_turn(count))});
  Asker asker;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (Series& s : series) {
      const double nothing = asker.time(*s.snapshot, s.questions, Work::Nothing);
      s.lookups.push_back(asker.time(*s.snapshot, s.questions, Work::LookUp) - nothing);
      s.choices.push_back(asker.time(*s.snapshot, s.questions, Work::Choice) - nothing);
    }
  }
  const auto lookup = [&](std::size_t i) { return std::ranges::min(series[i].lookups); };
  const auto choice = [&](std::size_t i) { return std::ranges::min(series[i].choices); };
  std::printf(
      "| %-29s | %5.1f | %5.1f | %4.2f | %5.1f | %5.1f | %4.2f | %5.1f | %5.1f | %4.2f | %4.0f + "
      "%3.0f |\n",
      set.name, lookup(0), lookup(1), lookup(1) / lookup(0), lookup(2), lookup(3),
      lookup(3) / lookup(2), choice(2), choice(3), choice(3) / choice(2), many.read_ms,
      many.compile_ms);
  std::fflush(stdout);
  if (asker.missed != 0) std::printf("%zu questions found no route\n", asker.missed);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  const std::size_t count = arguments.number("routes", 10'000);
  const std::string only = arguments.text("kind", "");
  std::printf("ns a request; 10 and %zu routes\n\n", count);
  std::puts(
      "| pattern                       | one path: 10 | many | ratio | all in turn: 10 | many | "
      "ratio | with choice: 10 | many | ratio | load, ms (read + compile) |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const PatternSet& set : pattern_sets()) {
    if (only.empty() || only == set.name) run(set, count, arguments.number("rounds", 15));
  }
}
