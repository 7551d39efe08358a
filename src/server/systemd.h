/// What systemd offers a service: readiness messages and sockets opened beforehand. Both protocols
/// are plain environment variables and descriptors; nothing happens where they are not set.
#pragma once

#include <string_view>
#include <vector>

#include "net/listen_socket.h"

namespace fastgate::server {

/// Sends `state` (for example "READY=1") to NOTIFY_SOCKET. Source: sd_notify(3). Never fails: a
/// manager that is not there is no error.
void notify_service_manager(std::string_view state);

/// The listening sockets of LISTEN_FDS, if LISTEN_PID is this process; the variables are taken out
/// of the environment. Source: sd_listen_fds(3).
[[nodiscard]] std::vector<net::ListenSocket> take_activated_sockets();

}  // namespace fastgate::server
