#include "config/yaml_tree.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "config/yaml_text.h"

namespace fastgate::config {

std::string_view TextArena::keep(std::string_view text) {
  if (text.size() > left_) {
    const std::size_t size = std::max(kChunk, text.size());
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    next_ = chunks_.back().get();
    left_ = size;
  }
  if (text.empty()) return {};
  std::memcpy(next_, text.data(), text.size());
  const std::string_view kept{next_, text.size()};
  next_ += text.size();
  left_ -= text.size();
  return kept;
}

/// Turns the parser's events into nodes. After the first failure every further event is ignored:
/// the parser has no way to be stopped but an exception.
class YamlTreeBuilder final : public YAML::EventHandler {
 public:
  explicit YamlTreeBuilder(std::size_t text_size) {
    tree_.nodes_.reserve(std::min(text_size / 10 + 16, YamlLimits::kMaxNodes));
  }

  [[nodiscard]] const std::optional<YamlFailure>& failure() const { return failure_; }
  [[nodiscard]] YamlTree take() {
    if (tree_.nodes_.empty()) tree_.nodes_.push_back({.line = 1, .column = 1});
    return std::move(tree_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) fail(mark, "a second YAML document: a file holds one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, YamlKind::Null, {.anchor = anchor});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (failure_) return;
    if (anchor >= anchors_.size() || anchors_[anchor].node == YamlNode::kNone) {
      return fail(mark, "an alias within the value that it stands for");
    }
    const Anchor target = anchors_[anchor];
    const std::uint32_t index = add(mark, YamlKind::Alias, {target.weight, target.height});
    if (index != YamlNode::kNone) tree_.nodes_[index].target = target.node;
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (failure_) return;
    const bool is_text = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (!is_text && tag != "?" && !is_core_scalar_tag(tag))
      return fail(mark, "an unknown YAML tag");
    const std::uint32_t index =
        add(mark, YamlKind::Scalar, {.weight = value.size(), .anchor = anchor});
    if (index == YamlNode::kNone) return;
    tree_.nodes_[index].text = tree_.texts_.keep(value);
    tree_.nodes_[index].is_plain = !is_text;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, YamlKind::Sequence, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, YamlKind::Mapping, tag, anchor);
  }
  void OnMapEnd() override { close(); }

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
    YAML::anchor_t anchor = 0;
    std::uint64_t weight = 0;
    std::size_t height = 1;
  };
  struct Cost {
    std::uint64_t weight = 0;
    std::size_t height = 1;
    YAML::anchor_t anchor = 0;
  };

  static bool is_core_scalar_tag(const std::string& tag) {
    return tag == "tag:yaml.org,2002:int" || tag == "tag:yaml.org,2002:float" ||
           tag == "tag:yaml.org,2002:bool" || tag == "tag:yaml.org,2002:null";
  }

  void fail(const YAML::Mark& mark, std::string message) {
    if (failure_) return;
    failure_ = YamlFailure{static_cast<std::uint32_t>(mark.line) + 1,
                           static_cast<std::uint32_t>(mark.column) + 1, std::move(message)};
  }

  std::uint32_t add(const YAML::Mark& mark, YamlKind kind, const Cost& cost) {
    if (failure_) return YamlNode::kNone;
    if (tree_.nodes_.size() >= YamlLimits::kMaxNodes) {
      fail(mark, "more values than a file may hold");
      return YamlNode::kNone;
    }
    if (frames_.size() + cost.height > YamlLimits::kMaxDepth) {
      fail(mark, "values nested too deep");
      return YamlNode::kNone;
    }
    const auto index = static_cast<std::uint32_t>(tree_.nodes_.size());
    tree_.nodes_.push_back({.kind = kind,
                            .line = static_cast<std::uint32_t>(mark.line) + 1,
                            .column = static_cast<std::uint32_t>(mark.column) + 1});
    attach(mark, index, cost);
    if (cost.anchor != 0 && kind != YamlKind::Sequence && kind != YamlKind::Mapping) {
      remember(cost.anchor, {index, cost.weight + YamlLimits::kNodeWeight, 1});
    }
    return index;
  }

  void attach(const YAML::Mark& mark, std::uint32_t index, const Cost& cost) {
    if (frames_.empty()) {
      tree_.root_ = index;
      return;
    }
    Frame& parent = frames_.back();
    if (parent.last_child == YamlNode::kNone) {
      tree_.nodes_[parent.node].first_child = index;
    } else {
      tree_.nodes_[parent.last_child].next = index;
    }
    parent.last_child = index;
    parent.height = std::max(parent.height, cost.height + 1);
    parent.weight += cost.weight + YamlLimits::kNodeWeight;
    if (parent.weight > YamlLimits::kMaxWeight) fail(mark, "aliases grow beyond what is allowed");
  }

  void open(const YAML::Mark& mark, YamlKind kind, const std::string& tag, YAML::anchor_t anchor) {
    if (failure_) return;
    if (tag != "?" && tag != "!" && !tag.empty() && tag != "tag:yaml.org,2002:map" &&
        tag != "tag:yaml.org,2002:seq") {
      return fail(mark, "an unknown YAML tag");
    }
    const std::uint32_t index = add(mark, kind, {});
    if (index == YamlNode::kNone) return;
    if (anchor != 0) remember(anchor, {});
    frames_.push_back({.node = index, .anchor = anchor});
    mark_ = mark;
  }

  void close() {
    if (failure_) return;
    const Frame done = frames_.back();
    frames_.pop_back();
    if (done.anchor != 0) remember(done.anchor, {done.node, done.weight, done.height});
    if (frames_.empty()) return;
    Frame& parent = frames_.back();
    parent.height = std::max(parent.height, done.height + 1);
    parent.weight += done.weight;
    if (parent.weight > YamlLimits::kMaxWeight) fail(mark_, "aliases grow beyond what is allowed");
  }

  void remember(YAML::anchor_t anchor, const Anchor& value) {
    if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
    anchors_[anchor] = value;
  }

  YamlTree tree_;
  std::vector<Frame> frames_;
  std::vector<Anchor> anchors_;  ///< by the parser's number of the anchor
  std::optional<YamlFailure> failure_;
  YAML::Mark mark_;
  std::size_t documents_ = 0;
};

namespace {

/// The usual slip: `{a: ${B}}`, where the first `}` ends the mapping.
std::string hint_for(std::string_view text, std::uint32_t line) {
  for (; line > 1; --line) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  const bool has_substitution = text.substr(0, text.find('\n')).find("${") != text.npos;
  return has_substitution ? " (inside `{ }` or `[ ]` a `${…}` must stand in quotes)" : "";
}

YamlFailure failure_of(const YAML::Exception& broken, std::string_view text) {
  if (broken.mark.is_null()) return {1, 1, "not valid YAML: " + broken.msg};
  const auto line = static_cast<std::uint32_t>(broken.mark.line) + 1;
  return {line, static_cast<std::uint32_t>(broken.mark.column) + 1,
          "not valid YAML: " + broken.msg + hint_for(text, line)};
}

}  // namespace

std::expected<YamlTree, YamlFailure> parse_yaml(std::string_view text) {
  if (auto bad = find_bad_text(text)) return std::unexpected(std::move(*bad));
  YamlTreeBuilder builder(text.size());
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    // A file of comments alone has no document at all.
    while (!builder.failure() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& broken) {
    if (!builder.failure()) return std::unexpected(failure_of(broken, text));
  }
  if (builder.failure()) return std::unexpected(*builder.failure());
  return builder.take();
}

}  // namespace fastgate::config
