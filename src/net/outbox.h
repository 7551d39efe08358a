/// What the streams of a loop write in one turn, kept until it ends and then sent in one go.
///
/// A send wakes whoever waits at the other end; if each event of a turn sends at once, the receiver
/// falls asleep again before the next one, and every send pays for waking it. Sends that follow
/// each other find it awake, and find the kernel's code in the caches. Owned by its Loop, on whose
/// thread it is.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace fastgate::net {

class UvTcpStream;

class Outbox {
 public:
  /// The longest write that is kept: a longer one costs more to copy than waiting saves.
  static constexpr std::size_t kMostKept = 4 * 1024;
  /// Streams that wait at most: what bounds how long the first of them does.
  static constexpr std::size_t kMostStreams = 32;

  /// From now on writes are kept: the loop runs, and calls flush() before it waits.
  void open() { is_open_ = true; }
  /// Sends what is kept; further writes are not.
  void close();

  /// Copies `pieces`, unless they are too long or nothing is to be kept now. `stream` has sent all
  /// that it was given before.
  [[nodiscard]] bool try_keep(UvTcpStream& stream, std::span<const std::string_view> pieces);
  /// Sends what is kept of `stream`, which has something here; of the others too if it was not the
  /// last to write.
  void send(UvTcpStream& stream);
  /// Sends everything, in the order of the writes. Like send() it reports to nobody from inside.
  void flush();

 private:
  struct Entry {
    UvTcpStream* stream = nullptr;
    std::size_t size = 0;  ///< bytes of `bytes_`, behind those of the entries before
  };
  static constexpr std::size_t kRoom = 64 * 1024;

  std::unique_ptr<char[]> bytes_ = std::make_unique_for_overwrite<char[]>(kRoom);
  std::size_t used_ = 0;
  std::array<Entry, kMostStreams> entries_;
  std::size_t count_ = 0;
  bool is_open_ = false;
};

}  // namespace fastgate::net
