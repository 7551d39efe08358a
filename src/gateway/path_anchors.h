/// By how many of their first bytes the wildcard literals of one node are looked up.
///
/// What follows `/abc` in a path is not known to be the end of the literal, so literals cannot be
/// looked up as a whole. An anchor is a length that parts them well enough: those that are as long
/// or longer are found under their first so many bytes, few under the same ones. Shorter ones need
/// a shorter anchor. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fastgate::gateway {

/// Most anchors of one node: a look-up asks for each of them once.
inline constexpr std::size_t kMostAnchors = 16;

/// The anchors of literals, shortest first. Form: the literals are sorted and distinct, none is
/// empty; a literal belongs to the longest anchor that is not longer than itself. There is one for
/// every literal. Complexity: by the number of literals times that of their different lengths.
[[nodiscard]] std::vector<std::uint32_t> anchors_of(std::span<const std::string> literals);

}  // namespace fastgate::gateway
