#include "admin/ui_assets.h"

#include <algorithm>
#include <string_view>

#include <doctest/doctest.h>

namespace fastgate::admin {
namespace {

const UiAsset* find(std::string_view path) {
  const auto assets = ui_assets();
  const auto found = std::ranges::find(assets, path, &UiAsset::path);
  return found == assets.end() ? nullptr : &*found;
}

TEST_CASE("the pages are in the binary, compressed and with their types") {
  for (const auto& [path, type] :
       {std::pair{"index.html", "text/html; charset=utf-8"},
        std::pair{"main.js", "text/javascript; charset=utf-8"},
        std::pair{"main.css", "text/css; charset=utf-8"}, std::pair{"icon.svg", "image/svg+xml"},
        std::pair{"licences.txt", "text/plain; charset=utf-8"}}) {
    CAPTURE(path);
    const UiAsset* asset = find(path);
    REQUIRE(asset != nullptr);
    CHECK(asset->content_type == type);
    REQUIRE(asset->gzip.size() > 20);
    CHECK(asset->gzip.starts_with("\x1f\x8b"));
    REQUIRE(asset->etag.size() == 18);
    CHECK((asset->etag.starts_with('"') && asset->etag.ends_with('"')));
  }
}

TEST_CASE("the pages stand in order, each with an etag of its own") {
  const auto assets = ui_assets();
  CHECK(std::ranges::is_sorted(assets, {}, &UiAsset::path));
  for (std::size_t i = 1; i < assets.size(); ++i) CHECK(assets[i].etag != assets[i - 1].etag);
}

TEST_CASE("the pages are under 200 kB compressed") {
  std::size_t total = 0;
  for (const UiAsset& asset : ui_assets()) total += asset.gzip.size();
  CHECK(total < 200'000);
}

}  // namespace
}  // namespace fastgate::admin
