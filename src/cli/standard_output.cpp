#include "cli/standard_output.h"

#include <cerrno>
#include <cstring>
#include <iostream>

#include <unistd.h>

namespace fastgate::cli {

StandardOutput::StandardOutput() : before_(std::cout.rdbuf(this)) {
  setp(held_.data(), held_.data() + held_.size());
}

StandardOutput::~StandardOutput() {
  sync();
  std::cout.rdbuf(before_);
}

int StandardOutput::sync() {
  for (const char* from = pbase(); error_ == 0 && from != pptr();) {
    const ssize_t count = ::write(STDOUT_FILENO, from, static_cast<std::size_t>(pptr() - from));
    if (count >= 0) {
      from += count;
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  setp(held_.data(), held_.data() + held_.size());
  return error_ == 0 ? 0 : -1;
}

StandardOutput::int_type StandardOutput::overflow(int_type next) {
  if (sync() != 0) return traits_type::eof();
  if (!traits_type::eq_int_type(next, traits_type::eof())) {
    *pptr() = traits_type::to_char_type(next);
    pbump(1);
  }
  return traits_type::not_eof(next);
}

Result<void> StandardOutput::finish() {
  if (sync() == 0) return {};
  return fail(ErrorKind::Io,
              std::string("cannot write to standard output: ") + std::strerror(error_));
}

}  // namespace fastgate::cli
