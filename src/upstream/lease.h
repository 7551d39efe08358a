/// An upstream connection on loan for one attempt.
#pragma once

#include <cstdint>
#include <memory>

#include "net/stream.h"

namespace fastgate::upstream {

class Group;

/// Owned by an attempt. Gives the connection back to its group's pool, or closes it when destroyed.
class Lease {
 public:
  Lease() = default;
  Lease(std::shared_ptr<Group> group, std::uint32_t server, std::unique_ptr<net::Stream> stream,
        std::uint32_t uses);
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  [[nodiscard]] explicit operator bool() const { return stream_ != nullptr; }
  [[nodiscard]] net::Stream& stream() const { return *stream_; }
  [[nodiscard]] std::uint32_t server() const { return server_; }

  /// The answer was complete and the connection may serve another request.
  void give_back();
  /// Closes the connection. Safe inside its own event: the stream ends in a later turn.
  void close();

 private:
  std::shared_ptr<Group> group_;
  std::unique_ptr<net::Stream> stream_;
  std::uint32_t server_ = 0;
  std::uint32_t uses_ = 0;  ///< requests that this connection served before
};

}  // namespace fastgate::upstream
