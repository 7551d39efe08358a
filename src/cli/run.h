/// From arguments to an exit status.
#pragma once

namespace fastgate::cli {

[[nodiscard]] int run(int argc, char** argv);

}  // namespace fastgate::cli
