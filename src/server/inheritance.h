/// What a new binary takes over from the process that started it (USR2): listening sockets and the
/// keys of TLS session tickets, and the channel on which both speak until the new one serves.
///
/// Taken by the Server when it is made, in the main thread, before any other thread is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/listen_socket.h"
#include "net/tls.h"

namespace fastgate::server {

/// Names the descriptors of an inheritance. Form: `CHANNEL;FD,PORT,HOST;FD,PORT,HOST…`, port and
/// host as configured; without host it is a socket of the service manager.
inline constexpr const char* kInheritanceVariable = "FASTGATE_INHERITED";

/// Names the folder where the old process saves what outlives it, which the new one's configuration
/// may name no more.
inline constexpr const char* kStateFolderVariable = "FASTGATE_INHERITED_STATE";

/// What either side says on the channel, a line each. The old process first sends the ticket keys'
/// bytes.
inline constexpr std::string_view kSayLoaded = "loaded";    ///< new: all but the state is ready
inline constexpr std::string_view kSayGo = "go";            ///< old: the state is saved
inline constexpr std::string_view kSayServing = "serving";  ///< new: accepts connections on all
inline constexpr std::string_view kSayServingSome = "serving some";  ///< new: on some sockets
inline constexpr std::string_view kSayFailed = "failed ";  ///< new: and why; may come repeatedly

/// A listening socket with the `listen` entry that it was opened for.
struct InheritedSocket {
  std::string host;        ///< as configured
  std::uint16_t port = 0;  ///< as configured; 0: any
  net::ListenSocket socket;
};

/// What a new process is started with.
struct Bequest {
  std::vector<InheritedSocket> sockets;
  std::string state_folder;
};

/// Whether a new process listens on all sockets that it inherited.
enum class InheritedUse : std::uint8_t { All, Some };

/// The new process's side. Empty in a process that was started in the usual way.
class Inheritance {
 public:
  /// Reads the variables and takes them out of the environment.
  [[nodiscard]] static Inheritance take();
  Inheritance() = default;
  Inheritance(Inheritance&& other) noexcept;
  Inheritance& operator=(Inheritance&& other) noexcept;
  ~Inheritance();

  [[nodiscard]] bool is_there() const { return channel_ >= 0; }
  [[nodiscard]] std::vector<InheritedSocket> take_sockets() { return std::move(sockets_); }
  /// Where the old process saves its state; empty if it does not say so.
  [[nodiscard]] const std::string& state_folder() const { return state_folder_; }
  /// Null if none came.
  [[nodiscard]] std::shared_ptr<const net::TlsTicketKeys> ticket_keys() const { return keys_; }

  /// Nothing else can fail now: waits until the old process has saved what this one restores.
  /// Errors: Io when it is gone or says nothing for long.
  [[nodiscard]] Result<void> wait_for_state();
  /// Tells the old process why this one does not start. Does nothing if there is none.
  void report_failure(std::string_view why);
  /// The old process may drain.
  void report_serving(InheritedUse use);

 private:
  void say(std::string_view line);
  void close();
  int channel_ = -1;
  std::vector<InheritedSocket> sockets_;
  std::string state_folder_;
  std::shared_ptr<const net::TlsTicketKeys> keys_;
};

}  // namespace fastgate::server
