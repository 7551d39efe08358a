#include "net/resolver.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <netdb.h>
#include <uv.h>

#include "net/socket_address.h"
#include "net/uv_error.h"

namespace fastgate::net {
namespace {

using Addresses = std::vector<IpAddress>;
using Outcome = Result<Addresses>;

constexpr std::size_t kMaxAddresses = 64;

Addresses addresses_of(const addrinfo* list) {
  Addresses out;
  for (; list != nullptr && out.size() < kMaxAddresses; list = list->ai_next) {
    const auto address = SocketAddress::from_system(*list->ai_addr);
    if (address && std::ranges::find(out, address->address) == out.end()) {
      out.push_back(address->address);
    }
  }
  return out;
}

std::unexpected<Error> cannot_resolve(const std::string& name, const std::string& reason) {
  constexpr std::size_t kLongestName = 253;
  return fail(ErrorKind::ConnectFailed,
              "cannot resolve \"" + name.substr(0, kLongestName) + "\": " + reason,
              RetrySafety::Always);
}

/// `status` is the look-up's; 0 where it found no address.
std::unexpected<Error> look_up_failure(const std::string& name, int status) {
  if (is_shortage(status)) {
    return fail(ErrorKind::Overloaded, "the gateway can look no name up: " + uv_error_text(status),
                RetrySafety::Always);
  }
  return cannot_resolve(name, uv_error_text(status != 0 ? status : UV_EAI_NODATA));
}

}  // namespace

struct Resolver::State {
  class Call;
  struct LookUp;
  struct Entry {
    Addresses addresses;        ///< empty until the first answer
    MonotonicTime asked_at{};   ///< start of the last look-up
    LookUp* look_up = nullptr;  ///< under way
    std::vector<Call*> waiting;
    bool is_literal = false;  ///< the name is an address, known for good
  };

  State(Loop& owner, const Pace& how_often) : loop(owner), pace(how_often) {}

  /// Null if all places are taken by names that are being looked up.
  Entry* find_or_make(const std::string& name);
  void look_up(const std::string& name, Entry& entry);
  void answered(const std::string& name, Outcome outcome);
  void forget_oldest();
  void end();

  Loop& loop;
  const Pace pace;
  std::unordered_map<std::string, Entry> entries;
};

/// One call of getaddrinfo; libuv's until on_done(), which ends it whether or not the resolver is
/// still there.
struct Resolver::State::LookUp {
  static void on_done(uv_getaddrinfo_t* request, int status, addrinfo* list);

  uv_getaddrinfo_t request{};
  std::string name;
  State* state = nullptr;  ///< null once the resolver is gone
};

class Resolver::State::Call final : public Resolver::Waiting {
 public:
  Call(std::shared_ptr<State> state, std::string name, Done done)
      : state_(std::move(state)), name_(std::move(name)), done_(std::move(done)) {}
  ~Call() override {
    if (!is_waiting_) return;
    const auto entry = state_->entries.find(name_);
    if (entry != state_->entries.end()) std::erase(entry->second.waiting, this);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void wait(Entry& entry) {
    entry.waiting.push_back(this);
    is_waiting_ = true;
  }
  void answer(Outcome outcome) {
    is_waiting_ = false;
    outcome_ = std::move(outcome);
    state_->loop.call_later<&Call::report>(later_, this);
  }

 private:
  void report() {
    // `done_` may destroy this.
    const Done done = std::move(done_);
    const Outcome outcome = std::move(outcome_);
    done(outcome);
  }

  std::shared_ptr<State> state_;
  std::string name_;
  Done done_;
  Outcome outcome_;
  LaterCall later_;
  bool is_waiting_ = false;
};

Resolver::State::Entry* Resolver::State::find_or_make(const std::string& name) {
  if (const auto found = entries.find(name); found != entries.end()) return &found->second;
  if (entries.size() >= kMaxNames) forget_oldest();
  if (entries.size() >= kMaxNames) return nullptr;
  Entry& entry = entries[name];
  if (const auto address = IpAddress::parse(name)) {
    entry.addresses.push_back(*address);
    entry.is_literal = true;
  }
  return &entry;
}

void Resolver::State::forget_oldest() {
  auto oldest = entries.end();
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    if (entry->second.look_up != nullptr) continue;
    if (oldest == entries.end() || entry->second.asked_at < oldest->second.asked_at) oldest = entry;
  }
  if (oldest != entries.end()) entries.erase(oldest);
}

void Resolver::State::look_up(const std::string& name, Entry& entry) {
  auto asked = std::make_unique<LookUp>();
  asked->request.data = asked.get();
  asked->name = name;
  asked->state = this;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;  // else each address comes once for each socket type
  entry.asked_at = loop.now();
  // A NUL would cut the name off and look up another.
  const int failed = name.find('\0') != std::string::npos
                         ? UV_EINVAL
                         : uv_getaddrinfo(loop.uv(), &asked->request, LookUp::on_done, name.c_str(),
                                          nullptr, &hints);
  if (failed != 0) return answered(name, cannot_resolve(name, uv_error_text(failed)));
  entry.look_up = asked.release();
}

void Resolver::State::LookUp::on_done(uv_getaddrinfo_t* request, int status, addrinfo* list) {
  const std::unique_ptr<LookUp> ended(static_cast<LookUp*>(request->data));
  const std::unique_ptr<addrinfo, decltype(&uv_freeaddrinfo)> answer(list, uv_freeaddrinfo);
  if (ended->state == nullptr) return;
  Outcome outcome = look_up_failure(ended->name, status);
  if (Addresses found = addresses_of(list); status == 0 && !found.empty())
    outcome = std::move(found);
  ended->state->answered(ended->name, std::move(outcome));
}

/// A failure leaves what was known before in use: a name server that is down for a while breaks
/// nothing.
void Resolver::State::answered(const std::string& name, Outcome outcome) {
  const auto place = entries.find(name);
  if (place == entries.end()) return;
  Entry& entry = place->second;
  entry.look_up = nullptr;
  if (outcome) entry.addresses = *outcome;
  for (Call* call : std::exchange(entry.waiting, {})) call->answer(outcome);
  if (entry.addresses.empty()) entries.erase(place);
}

void Resolver::State::end() {
  for (auto& [name, entry] : entries) {
    if (entry.look_up == nullptr) continue;
    entry.look_up->state = nullptr;
    // Fails if it is running just now; then its answer is thrown away.
    uv_cancel(reinterpret_cast<uv_req_t*>(&entry.look_up->request));
    entry.look_up = nullptr;
  }
}

void Resolver::start_threads() {
  uv_loop_t loop;
  if (uv_loop_init(&loop) != 0) return;
  uv_work_t work;
  // All of them start with the first work, whatever it is.
  if (uv_queue_work(&loop, &work, [](uv_work_t*) {}, [](uv_work_t*, int) {}) == 0) {
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  uv_loop_close(&loop);
}

Resolver::Resolver(Loop& loop, const Pace& pace) : state_(std::make_shared<State>(loop, pace)) {}

Resolver::~Resolver() {
  state_->end();
}

const std::vector<IpAddress>* Resolver::lookup(const std::string& name) {
  State::Entry* entry = state_->find_or_make(name);
  if (entry == nullptr) return nullptr;
  if (entry->is_literal) return &entry->addresses;
  if (entry->addresses.empty()) {
    if (entry->look_up == nullptr) state_->entries.erase(name);
    return nullptr;
  }
  const bool is_fresh = state_->loop.now() - entry->asked_at < state_->pace.fresh_for;
  if (!is_fresh && entry->look_up == nullptr) state_->look_up(name, *entry);
  return &entry->addresses;
}

std::unique_ptr<Resolver::Waiting> Resolver::resolve(const std::string& name, Done done) {
  auto call = std::make_unique<State::Call>(state_, name, std::move(done));
  State::Entry* entry = state_->find_or_make(name);
  if (entry == nullptr) {
    call->answer(cannot_resolve(name, "too many names are being looked up"));
  } else if (!entry->addresses.empty()) {
    call->answer(*lookup(name));
  } else {
    call->wait(*entry);
    if (entry->look_up == nullptr) state_->look_up(name, *entry);
  }
  return call;
}

bool Resolver::is_asking() const {
  return std::ranges::any_of(state_->entries,
                             [](const auto& entry) { return entry.second.look_up != nullptr; });
}

void Resolver::suspect(const std::string& name) {
  const auto place = state_->entries.find(name);
  if (place == state_->entries.end()) return;
  State::Entry& entry = place->second;
  if (entry.is_literal || entry.look_up != nullptr) return;
  if (state_->loop.now() - entry.asked_at >= state_->pace.suspect_every)
    state_->look_up(name, entry);
}

}  // namespace fastgate::net
