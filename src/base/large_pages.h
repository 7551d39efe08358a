/// Memory in large pages, for tables of which each request reads another part: with small ones the
/// way to the page is longer than the read itself.
#pragma once

#include <cstddef>

namespace fastgate {

/// Asks the system to back `size` bytes from `memory` by large pages where they are not in use yet:
/// call it before they are filled. What is smaller than a large page is left as it is, and so is
/// everything where the system has none. Never fails. Any thread.
void prefer_large_pages(const void* memory, std::size_t size);

}  // namespace fastgate
