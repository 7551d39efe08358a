/// The web pages, as they are in the binary.
///
/// The build makes them from src/admin/ui/ (scripts/cmake/ui_assets.cmake) into a generated source.
/// Constant data: any thread may read it, for as long as the process lives.
#pragma once

#include <span>
#include <string_view>

namespace fastgate::admin {

/// One file of the pages.
struct UiAsset {
  std::string_view path;          ///< below `<admin path>/ui/`, such as `main.js`
  std::string_view content_type;  ///< the field's value, with its charset
  std::string_view etag;          ///< of the content, quoted as the field wants it
  std::string_view gzip;          ///< the content with `Content-Encoding: gzip`
};

/// All files, in order of their paths. `index.html` is what `<admin path>/ui/` itself shows; its
/// links are relative, so the pages work behind any prefix.
[[nodiscard]] std::span<const UiAsset> ui_assets();

}  // namespace fastgate::admin
