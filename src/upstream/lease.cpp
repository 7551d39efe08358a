#include "upstream/lease.h"

#include <utility>

#include "upstream/group.h"

namespace fastgate::upstream {

Lease::Lease(std::shared_ptr<Group> group, std::uint32_t server,
             std::unique_ptr<net::Stream> stream, std::uint32_t uses)
    : group_(std::move(group)), stream_(std::move(stream)), server_(server), uses_(uses) {}

Lease::Lease(Lease&& other) noexcept = default;

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  close();
  group_ = std::move(other.group_);
  stream_ = std::move(other.stream_);
  server_ = other.server_;
  uses_ = other.uses_;
  return *this;
}

Lease::~Lease() {
  close();
}

void Lease::give_back() {
  if (!stream_) return;
  const std::shared_ptr<Group> group = std::move(group_);
  group->lease_ended(server_);
  group->take_back(server_, std::move(stream_), uses_ + 1);
}

void Lease::close() {
  if (!stream_) return;
  const std::shared_ptr<Group> group = std::move(group_);
  group->lease_ended(server_);
  group->close_connection(std::move(stream_));
}

}  // namespace fastgate::upstream
