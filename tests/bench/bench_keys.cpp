// What keys and limits add to a request in the core: whose key it is, whether it may, the fields
// that tell of its rate, and what is counted of it.
//   bench_keys [--keys 1000] [--rounds 15] [--requests 100000] [--only none|keys|limits]
// The same request head is judged again and again, each time with the value of another key, in
// random order. `none` is a route without auth and a configuration without keys; `keys` wants one;
// `limits` has a rate and a concurrency for each key as well. Times are CPU time, the best of
// interleaved rounds; writing the value into the head is measured apart and taken off. For
// instructions:
//   valgrind --tool=callgrind --toggle-collect='*judge_all*' bench_keys --only limits --rounds 1
#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <time.h>

#include "bench/bench_arguments.h"
#include "config/load.h"
#include "gateway/admit.h"
#include "gateway/identify.h"
#include "gateway/key_usage.h"
#include "gateway/request_facts.h"
#include "gateway/snapshot.h"
#include "http/http1_parser.h"

namespace {

using namespace fastgate;
using fastgate::bench::Arguments;

std::string value_of(std::size_t i) {
  std::string value = "fg_" + std::string(43, 'x');
  const std::string number = std::to_string(i);
  value.replace(value.size() - number.size(), number.size(), number);
  return value;
}

std::string yaml_of(std::string_view kind, std::size_t keys) {
  const bool has_keys = kind != "none";
  std::string yaml =
      "routes:\n  - {route_id: r, match_path: /v1/*, target_host: \"127.0.0.1:9\", auth: ";
  yaml += has_keys ? "required, permissions: [chat]}\n" : "none}\n";
  if (!has_keys) return yaml;
  yaml += "keys:\n";
  for (std::size_t i = 0; i < keys; ++i) {
    char id[24];
    std::snprintf(id, sizeof id, "fg_%012zx", i);
    yaml += "  - {key_id: " + std::string(id) + ", key_sha256: '" + to_hex(sha256(value_of(i))) +
            "', source_path: bench, permissions: [chat]";
    if (kind == "limits") yaml += ", rate_limit: 4000000, burst: 4000000, max_concurrency: 64";
    yaml += "}\n";
  }
  return yaml;
}

std::shared_ptr<gateway::Snapshot> snapshot_of(const std::string& yaml) {
  config::Sources sources;
  sources.read_file = [&](const std::string&) -> Result<std::string> { return yaml; };
  sources.glob = [](const std::string&) { return std::vector<std::string>{}; };
  sources.environment = [](const std::string&) { return std::optional<std::string>(); };
  config::Diagnostics diagnostics;
  auto snapshot = gateway::compile(config::load("bench.yaml", sources, diagnostics), diagnostics);
  if (snapshot == nullptr) {
    for (const auto& entry : diagnostics.entries()) std::puts(entry.text().c_str());
    std::exit(1);
  }
  return snapshot;
}

/// CPU time of this thread in nanoseconds.
double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

enum class Work : std::uint8_t { Nothing, Judge };

/// One configuration, and a request that is judged by it.
class Judge {
 public:
  Judge(std::string_view kind, std::size_t keys, std::size_t requests)
      : kind_(kind),
        snapshot_(snapshot_of(yaml_of(kind, keys))),
        limits_(*snapshot_, book_),
        usage_(snapshot_->keys, usage_book_, 0) {
    read_head();
    for (std::size_t i = 0; i < keys; ++i) values_.push_back(value_of(i));
    std::mt19937_64 random(42);
    for (std::size_t i = 0; i < requests; ++i) {
      order_.push_back(static_cast<std::uint32_t>(random() % keys));
    }
  }

  /// Nanoseconds a request.
  [[gnu::noinline]] double judge_all(Work work) {
    const double start = cpu_now();
    for (const std::uint32_t key : order_) {
      head_.text.replace(value_at_, values_[key].size(), values_[key]);
      if (work == Work::Judge) judge_one();
    }
    return (cpu_now() - start) / static_cast<double>(order_.size());
  }

  [[nodiscard]] const std::string& kind() const { return kind_; }
  std::size_t refused = 0;  ///< must stay 0
  std::vector<double> rounds;

 private:
  void read_head() {
    const std::string text =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway.test\r\n"
        "User-Agent: bench\r\nAccept: */*\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer " +
        value_of(0) + "\r\nContent-Length: 0\r\n\r\n";
    http::Http1RequestParser parser{http::ParserLimits{}};
    parser.begin(head_);
    if (!parser.feed_head(text) || !http::parse_target(head_.method, head_.target(), target_)) {
      std::exit(1);
    }
    value_at_ = head_.text.find(value_of(0));
    facts_ = gateway::make_facts(
        head_, target_,
        {.peer = IpAddress::v4(0x7f000001), .trusted_proxies = &trusted_, .request_id = "req_1"});
  }

  void judge_one() {
    now_ += std::chrono::microseconds(20);
    const gateway::Identity identity = gateway::identify(facts_, snapshot_->keys, now_);
    {
      const gateway::Admitted admitted =
          gateway::Admission::admit(limits_, {.snapshot = snapshot_.get(),
                                              .route = snapshot_->routes.data(),
                                              .identity = &identity,
                                              .facts = &facts_,
                                              .model = std::nullopt,
                                              .now = now_});
      if (admitted.refusal) ++refused;
      answer_.clear();
      if (admitted.rate) gateway::append_rate_lines(answer_, *admitted.rate);
    }
    if (identity.key == nullptr) return;
    usage_.cell_of(*identity.key)
        ->add({.requests = 1, .errors = 0, .bytes_in = 1024, .bytes_out = 1024, .last_used = now_});
  }

  std::string kind_;
  std::shared_ptr<gateway::Snapshot> snapshot_;
  gateway::LimitBook book_;
  gateway::KeyUsageBook usage_book_{1};
  gateway::AdmissionLimits limits_;
  gateway::WorkerKeyUsage usage_;
  http::RequestHead head_;
  http::Target target_;
  std::vector<IpNetwork> trusted_;
  gateway::RequestFacts facts_;
  std::size_t value_at_ = 0;
  std::vector<std::string> values_;
  std::vector<std::uint32_t> order_;
  std::string answer_;
  WallTime now_{std::chrono::seconds(1'700'000'000)};
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  const std::string only = arguments.text("only", "");
  const std::size_t keys = arguments.number("keys", 1000);
  std::vector<std::unique_ptr<Judge>> judges;
  for (const char* kind : {"none", "keys", "limits"}) {
    if (!only.empty() && only != kind) continue;
    judges.push_back(std::make_unique<Judge>(kind, keys, arguments.number("requests", 100'000)));
  }
  for (std::uint64_t round = arguments.number("rounds", 15); round > 0; --round) {
    for (const auto& judge : judges) {
      const double nothing = judge->judge_all(Work::Nothing);
      judge->rounds.push_back(judge->judge_all(Work::Judge) - nothing);
    }
  }
  std::printf("ns a request; %zu keys\n\n", keys);
  for (const auto& judge : judges) {
    std::printf("%-8s %6.1f\n", judge->kind().c_str(), std::ranges::min(judge->rounds));
    if (judge->refused != 0) std::printf("%zu requests were refused\n", judge->refused);
  }
}
