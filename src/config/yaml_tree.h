/// One YAML document as a light tree in one arena, with a place for every value.
///
/// yaml_reader reads the text by libyaml; yaml_builder makes the nodes and bounds what a text may
/// cost. Owned by whoever reads one file; single-threaded.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fastgate::config {

/// What the text of one file may cost. Beyond them a file is refused, whatever it says.
struct YamlLimits {
  static constexpr std::size_t kMaxNodes = 4'000'000;
  static constexpr std::size_t kMaxDepth = 64;  ///< with aliases followed
  /// Bytes of all texts plus kNodeWeight a node, every alias counted as what it stands for.
  static constexpr std::uint64_t kMaxWeight = 256ULL << 20;
  static constexpr std::uint64_t kNodeWeight = 16;
};

/// Texts that stay where they are until the arena ends.
class TextArena {
 public:
  [[nodiscard]] std::string_view keep(std::string_view text);
  /// Room for so many bytes, not set.
  [[nodiscard]] char* room(std::size_t size);

 private:
  static constexpr std::size_t kChunk = 64 * 1024;
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

enum class YamlKind : std::uint8_t { Null, Scalar, Sequence, Mapping, Alias };

struct YamlNode {
  static constexpr std::uint32_t kNone = 0xffffffff;

  YamlKind kind = YamlKind::Null;
  bool is_plain = false;              ///< a scalar without quotes: its text decides its type
  std::uint32_t line = 0;             ///< from 1
  std::uint32_t column = 0;           ///< from 1, in bytes; a byte order mark does not count
  std::uint32_t first_child = kNone;  ///< of a mapping: key, value, key, value…
  std::uint32_t next = kNone;         ///< the sibling behind this node
  std::uint32_t target = kNone;       ///< of an alias
  std::string_view text{};            ///< of a scalar, escapes resolved
};

/// Owns its texts.
class YamlTree {
 public:
  /// The node itself, or what the alias there stands for.
  [[nodiscard]] const YamlNode& at(std::uint32_t index) const {
    const YamlNode& node = nodes_[index];
    return node.kind == YamlKind::Alias ? nodes_[node.target] : node;
  }
  /// The sibling behind `index` in its own list, which an alias does not change.
  [[nodiscard]] std::uint32_t next(std::uint32_t index) const { return nodes_[index].next; }
  [[nodiscard]] std::uint32_t root() const { return root_; }

 private:
  friend class YamlBuilder;
  std::vector<YamlNode> nodes_;
  std::uint32_t root_ = 0;
  TextArena texts_;
};

/// Why a text is no usable YAML, with its place.
struct YamlFailure {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::string message;
};

/// Reads one document of YAML 1.2. Form: UTF-8 without control characters; an empty text gives a
/// Null root. Errors: broken YAML, a second document, an unknown tag, an alias within its own
/// anchor, and anything beyond YamlLimits. Complexity: linear in the text.
[[nodiscard]] std::expected<YamlTree, YamlFailure> parse_yaml(std::string_view text);

}  // namespace fastgate::config
