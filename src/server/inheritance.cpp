#include "server/inheritance.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/text.h"

namespace fastgate::server {
namespace {

/// How long the other process is waited for; it only has to write two small files.
constexpr timeval kSocketPatience{.tv_sec = 20, .tv_usec = 0};

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return {};
  std::string text = value;
  ::unsetenv(name);
  return text;
}

std::optional<int> descriptor_of(std::string_view text) {
  const std::optional<std::uint64_t> number = parse_decimal(text);
  if (!number || *number > INT32_MAX) return std::nullopt;
  return static_cast<int>(*number);
}

bool prepare_channel(int fd) {
  return ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
         ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kSocketPatience, sizeof kSocketPatience) == 0;
}

std::optional<InheritedSocket> socket_of(std::string_view text) {
  const std::size_t first = text.find(',');
  const std::size_t second = first == text.npos ? first : text.find(',', first + 1);
  if (second == text.npos) return std::nullopt;
  const std::optional<int> fd = descriptor_of(text.substr(0, first));
  const std::optional<int> port = descriptor_of(text.substr(first + 1, second - first - 1));
  if (!fd || !port || *port > UINT16_MAX) return std::nullopt;
  Result<net::ListenSocket> socket = net::ListenSocket::adopt(*fd);
  if (!socket) return std::nullopt;
  return InheritedSocket{.host = std::string(text.substr(second + 1)),
                         .port = static_cast<std::uint16_t>(*port),
                         .socket = std::move(*socket)};
}

std::shared_ptr<const net::TlsTicketKeys> read_keys(int channel) {
  std::array<std::uint8_t, net::TlsTicketKeys::kSize> bytes{};
  if (::recv(channel, bytes.data(), bytes.size(), MSG_WAITALL) !=
      static_cast<ssize_t>(bytes.size())) {
    return nullptr;
  }
  auto keys = std::make_shared<const net::TlsTicketKeys>(bytes);
  ::explicit_bzero(bytes.data(), bytes.size());
  return keys;
}

}  // namespace

Inheritance Inheritance::take() {
  Inheritance taken;
  taken.state_folder_ = take_variable(kStateFolderVariable);
  const std::string text = take_variable(kInheritanceVariable);
  if (text.empty()) return taken;
  std::string_view rest = text;
  const auto next = [&rest] {
    const std::string_view part = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    return part;
  };
  const std::optional<int> channel = descriptor_of(next());
  if (!channel || !prepare_channel(*channel)) return taken;
  taken.channel_ = *channel;
  while (!rest.empty()) {
    if (std::optional<InheritedSocket> socket = socket_of(next())) {
      taken.sockets_.push_back(std::move(*socket));
    }
  }
  taken.keys_ = read_keys(taken.channel_);
  return taken;
}

Inheritance::Inheritance(Inheritance&& other) noexcept
    : channel_(std::exchange(other.channel_, -1)),
      sockets_(std::move(other.sockets_)),
      state_folder_(std::move(other.state_folder_)),
      keys_(std::move(other.keys_)) {}

Inheritance& Inheritance::operator=(Inheritance&& other) noexcept {
  std::swap(channel_, other.channel_);
  std::swap(sockets_, other.sockets_);
  std::swap(state_folder_, other.state_folder_);
  std::swap(keys_, other.keys_);
  return *this;
}

Inheritance::~Inheritance() {
  close();
}

void Inheritance::close() {
  if (channel_ >= 0) ::close(std::exchange(channel_, -1));
}

Result<void> Inheritance::wait_for_state() {
  say(kSayLoaded);
  std::string heard;
  char byte = 0;
  while (heard.size() <= kSayGo.size() && ::recv(channel_, &byte, 1, 0) == 1) {
    if (byte == '\n' && heard == kSayGo) return {};
    heard += byte;
  }
  return fail(ErrorKind::Io, "the process before this one does not hand over");
}

void Inheritance::report_failure(std::string_view why) {
  if (is_there()) say(std::string(kSayFailed) + std::string(why));
}

void Inheritance::report_serving(InheritedUse use) {
  if (!is_there()) return;
  say(use == InheritedUse::All ? kSayServing : kSayServingSome);
  close();
}

void Inheritance::say(std::string_view line) {
  const std::string text = std::string(line) + '\n';
  // The other side may be gone: this process then goes on by itself.
  static_cast<void>(::send(channel_, text.data(), text.size(), MSG_NOSIGNAL));
}

}  // namespace fastgate::server
