/// Whether the kernel may write this process's memory to a file when it crashes. The memory holds
/// backends' keys, and core files end up with people and services that must not see those.
#pragma once

#include <cstdint>

namespace fastgate::server {

enum class CoreDumps : std::uint8_t { Forbidden, Allowed };

/// Takes effect at once, for the whole process and for those that it starts.
/// Forbidden: the limit of a core file's size is 0, and no part of the memory is one that a core
/// holds, which also goes for cores that are piped to a program, to which the limit does not apply.
/// Allowed: the limit is what the process may have at most. Other readers of the memory, such as
/// debuggers, and the owner of /proc/PID are the same either way (PR_SET_DUMPABLE would change
/// both). Failures are ignored: neither can be refused by a kernel that runs the gateway.
/// Source: core(5), "Controlling which mappings are written to the core dump".
void set_core_dumps(CoreDumps which);

}  // namespace fastgate::server
