/// Makes the nodes of a YamlTree from what YamlReader reads, in the order of the text, and refuses
/// what a text may not cost: too many values, too deep, aliases that grow beyond measure.
///
/// Every function returns false once something has failed; the reader then stops. Lives during one
/// parse_yaml(); single-threaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/yaml_tree.h"

namespace fastgate::config {

struct YamlPlace {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// What a tag says, of those that mean something here. Any is a lone `!`: a text, or the collection
/// that it stands before.
enum class YamlTag : std::uint8_t { None, Any, Text, Core, Mapping, Sequence };

/// What stands before a value: `&anchor` and `!tag`.
struct YamlProperties {
  std::string_view anchor{};
  YamlTag tag = YamlTag::None;
};

class YamlBuilder {
 public:
  /// `text_size`: bytes of the text that is read, to reserve by.
  explicit YamlBuilder(std::size_t text_size);

  /// A copy that lives as long as the tree: what the functions below are given.
  [[nodiscard]] std::string_view keep(std::string_view text) { return tree_.texts_.keep(text); }

  /// `is_plain`: without quotes.
  bool scalar(YamlPlace place, const YamlProperties& properties, std::string_view text,
              bool is_plain);
  bool alias(YamlPlace place, std::string_view anchor);
  /// Opens a mapping or a sequence; what comes next goes into it until close().
  bool open(YamlPlace place, const YamlProperties& properties, YamlKind kind);
  bool close();

  bool fail(YamlPlace place, std::string message);
  /// What was told first.
  [[nodiscard]] const YamlFailure& failure() const { return failure_; }
  [[nodiscard]] YamlTree take();

 private:
  /// What an alias needs to know; `node` is kNone while the anchored value is still open.
  struct Anchor {
    std::uint32_t node = YamlNode::kNone;
    std::uint64_t weight = 0;
    std::size_t height = 0;
  };
  struct Frame {
    std::uint32_t node = 0;
    std::uint32_t last_child = YamlNode::kNone;
    std::string_view anchor;
    YamlPlace place;
    std::uint64_t weight = 0;
    std::size_t height = 1;
  };
  struct Cost {
    std::uint64_t weight = 0;
    std::size_t height = 1;
  };

  /// The new node's index; kNone after a failure.
  std::uint32_t add(YamlPlace place, YamlKind kind, const Cost& cost);
  bool attach(YamlPlace place, std::uint32_t index, const Cost& cost);

  YamlTree tree_;
  std::vector<Frame> frames_;
  std::unordered_map<std::string_view, Anchor> anchors_;
  YamlFailure failure_;
  bool has_failed_ = false;
};

}  // namespace fastgate::config
