#include "config/yaml_reader.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string>

#include "base/utf8.h"

namespace fastgate::config {
namespace {

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}

struct EventDeleter {
  void operator()(yaml_event_t* event) const { yaml_event_delete(event); }
};

/// What a user is likely to have meant where libyaml's own words do not say it.
std::string_view hint_for(std::string_view problem, std::string_view text, std::size_t offset) {
  const std::size_t begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
  const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.find("${") != line.npos) {
    return " (inside `{ }` or `[ ]` a `${…}` must stand in quotes)";
  }
  if (problem.starts_with("mapping values are not allowed")) {
    return " (a value that holds `: ` must stand in quotes)";
  }
  const char sign = offset < text.size() ? text[offset] : '\0';
  if (sign == ':' && (problem.starts_with("did not find expected node content") ||
                      problem.starts_with("found unexpected ':'"))) {
    return " (inside `{ }` or `[ ]` a text with `:` at an end must stand in quotes)";
  }
  if (problem.starts_with("found character that cannot start")) {
    return sign == '\t' ? " (a tab: lines are indented by spaces)"
                        : " (a text that begins with it must stand in quotes)";
  }
  return {};
}

}  // namespace

YamlReader::YamlReader(std::string_view text, YamlBuilder& builder)
    : text_(text), builder_(builder), is_ascii_(std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
      })) {
  if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
  yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                               text.size());
}

YamlReader::~YamlReader() {
  yaml_parser_delete(&parser_);
}

bool YamlReader::read() {
  for (bool is_done = false; !is_done;) {
    yaml_event_t event;
    if (yaml_parser_parse(&parser_, &event) == 0) return fail_as_parser();
    const std::unique_ptr<yaml_event_t, EventDeleter> owner(&event);
    if (!take(event, is_done)) return false;
  }
  return true;
}

bool YamlReader::take(const yaml_event_t& event, bool& is_done) {
  switch (event.type) {
    case YAML_STREAM_END_EVENT:
      is_done = true;
      return true;
    case YAML_DOCUMENT_START_EVENT:
      return begin_document(event);
    case YAML_ALIAS_EVENT:
      return builder_.alias(place_of(event.start_mark), view(event.data.alias.anchor));
    case YAML_SCALAR_EVENT:
      return scalar(event);
    case YAML_SEQUENCE_START_EVENT:
      return open(event, YamlKind::Sequence, event.data.sequence_start.anchor,
                  event.data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
      return open(event, YamlKind::Mapping, event.data.mapping_start.anchor,
                  event.data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
      return builder_.close();
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
      return true;
  }
  return true;
}

bool YamlReader::begin_document(const yaml_event_t& event) {
  const YamlPlace place = place_of(event.start_mark);
  if (has_document_) return builder_.fail(place, "a second YAML document: a file holds one");
  has_document_ = true;
  const auto& tags = event.data.document_start.tag_directives;
  if (tags.start == tags.end) return true;
  return builder_.fail(place, "a `%TAG` line: tags of one's own mean nothing here");
}

bool YamlReader::scalar(const yaml_event_t& event) {
  const auto& data = event.data.scalar;
  const YamlPlace place = place_of(event.start_mark);
  YamlProperties found;
  if (!properties(place, data.anchor, data.tag, found)) return false;
  const std::string_view text{reinterpret_cast<const char*>(data.value), data.length};
  return builder_.scalar(place, found, builder_.keep(text), data.style == YAML_PLAIN_SCALAR_STYLE);
}

bool YamlReader::open(const yaml_event_t& event, YamlKind kind, const yaml_char_t* anchor,
                      const yaml_char_t* tag) {
  const YamlPlace place = place_of(event.start_mark);
  YamlProperties found;
  return properties(place, anchor, tag, found) && builder_.open(place, found, kind);
}

bool YamlReader::properties(YamlPlace place, const yaml_char_t* anchor, const yaml_char_t* tag,
                            YamlProperties& out) {
  out.anchor = builder_.keep(view(anchor));
  if (tag == nullptr) return true;
  constexpr std::string_view kCore = "tag:yaml.org,2002:";
  std::string_view name = view(tag);
  if (name == "!") {
    out.tag = YamlTag::Any;
    return true;
  }
  if (name.starts_with(kCore)) {
    name.remove_prefix(kCore.size());
    if (name == "str") out.tag = YamlTag::Text;
    if (name == "map") out.tag = YamlTag::Mapping;
    if (name == "seq") out.tag = YamlTag::Sequence;
    if (name == "int" || name == "float" || name == "bool" || name == "null") {
      out.tag = YamlTag::Core;
    }
  }
  return out.tag != YamlTag::None || builder_.fail(place, "an unknown YAML tag");
}

bool YamlReader::fail_as_parser() {
  if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
  const std::string_view problem = parser_.problem == nullptr ? "" : parser_.problem;
  std::string message = "not valid YAML: " + std::string(problem);
  if (parser_.error == YAML_READER_ERROR) {
    return builder_.fail(place_at(parser_.problem_offset), std::move(message));
  }
  const std::size_t offset = offset_of(parser_.problem_mark.index);
  if (parser_.context != nullptr) {
    message.append(" ").append(parser_.context);
    const yaml_mark_t& context = parser_.context_mark;
    if (context.line != parser_.problem_mark.line) {
      message += " that begins in line " + std::to_string(context.line + 1);
    }
  }
  message += hint_for(problem, text_, offset);
  return builder_.fail(place_at(offset), std::move(message));
}

std::size_t YamlReader::offset_of(std::size_t index) {
  if (is_ascii_) return std::min(index, text_.size());
  if (index < index_) index_ = offset_ = line_begin_ = 0;
  for (; index_ < index && offset_ < text_.size(); ++index_) {
    if (text_[offset_++] == '\n') line_begin_ = offset_;
    while (offset_ < text_.size() && is_utf8_continuation(text_[offset_])) ++offset_;
  }
  return offset_;
}

YamlPlace YamlReader::place_of(const yaml_mark_t& mark) {
  const auto line = static_cast<std::uint32_t>(mark.line + 1);
  if (is_ascii_) return {line, static_cast<std::uint32_t>(mark.column + 1)};
  const std::size_t offset = offset_of(mark.index);
  return {line, static_cast<std::uint32_t>(offset - line_begin_ + 1)};
}

YamlPlace YamlReader::place_at(std::size_t offset) const {
  const std::string_view before = text_.substr(0, offset);
  const std::size_t line_begin = before.rfind('\n') + 1;
  return {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
          static_cast<std::uint32_t>(before.size() - line_begin + 1)};
}

}  // namespace fastgate::config
