/// How often a property is tried with random inputs.
#pragma once

namespace fastgate::test {

/// `plain`, or a fifth of it under a sanitizer: each round takes many times as long there, and what
/// the first ones do not show of memory and threads the others do not either.
constexpr int rounds(int plain) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return plain / 5;
#endif
#endif
  return plain;
}

}  // namespace fastgate::test
