/// Ownership of libuv's handles: a forgotten uv_close is impossible.
#pragma once

#include <memory>

#include <uv.h>

namespace fastgate::net {

/// Closes an initialised handle; its memory goes when libuv is done with it.
struct UvHandleCloser {
  template <class Handle>
  void operator()(Handle* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle), [](uv_handle_t* closed) {
      std::unique_ptr<Handle>(reinterpret_cast<Handle*>(closed)).reset();
    });
  }
};

template <class Handle>
using UvHandle = std::unique_ptr<Handle, UvHandleCloser>;

}  // namespace fastgate::net
