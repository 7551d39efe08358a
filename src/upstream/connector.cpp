#include "upstream/connector.h"

#include <algorithm>
#include <utility>

namespace fastgate::upstream {
namespace {

class Connector final : public Connecting {
 public:
  using Done = std::function<void(Result<std::unique_ptr<net::Stream>>)>;

  Connector(net::Loop& loop, net::Resolver& resolver, ConnectorSettings settings, Done done)
      : loop_(loop), resolver_(resolver), settings_(std::move(settings)), done_(std::move(done)) {}

  void start() {
    timer_.arm<&Connector::on_timeout>(loop_.timers(), settings_.timeout, this);
    if (const std::vector<IpAddress>* known = resolver_.lookup(settings_.host)) {
      addresses_ = *known;
      try_next_address();
      return;
    }
    waiting_ =
        resolver_.resolve(settings_.host, [this](const Result<std::vector<IpAddress>>& found) {
          if (!found) return report(std::unexpected(found.error()));
          addresses_ = *found;
          try_next_address();
        });
  }

 private:
  /// An address that says nothing for so long is not waited for alone: RFC 8305 section 5.
  static constexpr std::chrono::milliseconds kHeadStart{250};

  void try_next_address() {
    const std::size_t number = tried_++;
    const IpAddress& address = addresses_[(settings_.first_address + number) % addresses_.size()];
    tcp_.push_back(
        net::connect_tcp(loop_, address, settings_.port,
                         [this, number, &address](Result<std::unique_ptr<net::Stream>> stream) {
                           if (stream) return on_connected(std::move(stream), address);
                           on_refused(number, std::move(stream));
                         }));
    next_.disarm();
    if (tried_ == addresses_.size()) return;
    next_.arm<&Connector::try_next_address>(loop_.timers(), kHeadStart, this);
  }

  void on_connected(Result<std::unique_ptr<net::Stream>> stream, const IpAddress& address) {
    give_up_connecting();
    if (settings_.tls == nullptr) return report(std::move(stream));
    tls_ = net::connect_tls(
        loop_, std::move(*stream), address, settings_.tls,
        [this](Result<std::unique_ptr<net::Stream>> secured) { report(std::move(secured)); });
  }

  void on_refused(std::size_t number, Result<std::unique_ptr<net::Stream>> failure) {
    tcp_[number].reset();
    if (tried_ < addresses_.size()) return try_next_address();
    if (std::ranges::any_of(tcp_, [](const auto& tcp) { return tcp != nullptr; })) return;
    resolver_.suspect(settings_.host);
    report(std::move(failure));
  }

  void give_up_connecting() {
    next_.disarm();
    tcp_.clear();
  }

  void on_timeout() {
    // What is under way may have its report ready for this turn.
    waiting_.reset();
    give_up_connecting();
    tls_.reset();
    resolver_.suspect(settings_.host);
    report(fail(ErrorKind::ConnectTimeout, "no connection within the time limit",
                RetrySafety::Always));
  }

  void report(Result<std::unique_ptr<net::Stream>> result) {
    timer_.disarm();
    // The callback may destroy this object: nothing is touched after the call.
    const Done done = std::move(done_);
    done(std::move(result));
  }

  net::Loop& loop_;
  net::Resolver& resolver_;
  ConnectorSettings settings_;
  Done done_;
  net::Timer timer_;
  net::Timer next_;  ///< of the address under way's head start
  std::vector<IpAddress> addresses_;
  std::size_t tried_ = 0;
  std::unique_ptr<net::Resolver::Waiting> waiting_;
  std::vector<std::unique_ptr<net::TcpConnecting>> tcp_;  ///< by number of the try; null: refused
  std::unique_ptr<net::TlsConnecting> tls_;
};

}  // namespace

std::unique_ptr<Connecting> connect_to(
    net::Loop& loop, net::Resolver& resolver, ConnectorSettings settings,
    std::function<void(Result<std::unique_ptr<net::Stream>>)> done) {
  auto connector =
      std::make_unique<Connector>(loop, resolver, std::move(settings), std::move(done));
  connector->start();
  return connector;
}

}  // namespace fastgate::upstream
