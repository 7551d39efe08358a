/// How simdjson holds a parsed text: the one header that sees simdjson, for sources of src/json
/// only.
///
/// The tape is an array of words. A word's highest byte is the type; an object or array names the
/// index behind its end; a number takes a second word. Reading it directly keeps the schema matcher
/// free of calls between folders of code and of simdjson's checked accessors.
#pragma once

#include <memory>
#include <span>

#include <simdjson.h>

#include "json/document.h"

namespace fastgate::json {

using TapeType = simdjson::internal::tape_type;

/// Access to the inside of ValueView.
class Tape {
 public:
  static ValueView view(const simdjson::dom::document* document, std::size_t index) {
    return {document, index};
  }
  static simdjson::internal::tape_ref ref(const ValueView& value) {
    return {value.document_, value.index_};
  }
  static std::size_t index(const ValueView& value) { return value.index_; }
  /// Tells places apart across documents.
  static const void* key(const ValueView& value) {
    return value.document_->tape.get() + value.index_;
  }
  static ValueView at(const ValueView& value, std::size_t index) {
    return {value.document_, index};
  }
  static ValueView after(const ValueView& value) {
    return {value.document_, ref(value).after_element()};
  }
  /// First item or name inside a container, and the place behind the last one.
  static ValueView first_inside(const ValueView& value) {
    return {value.document_, value.index_ + 1};
  }
  static ValueView end_inside(const ValueView& value) {
    return {value.document_, ref(value).after_element() - 1};
  }
  static std::string_view text(const ValueView& value) { return ref(value).get_string_view(); }

  /// The member of that name of an object, the last of several; index 0 if there is none.
  static std::size_t find(const ValueView& object, std::string_view name) {
    std::size_t found = 0;
    simdjson::internal::tape_ref at = ref(object);
    const std::size_t end = at.after_element() - 1;
    for (at.json_index += 1; at.json_index != end; at.json_index = at.after_element()) {
      const bool is_same = at.get_string_view() == name;
      ++at.json_index;
      if (is_same) found = at.json_index;
    }
    return found;
  }

  static Kind kind(const ValueView& value) {
    switch (ref(value).tape_ref_type()) {
      case TapeType::NULL_VALUE:
        return Kind::Null;
      case TapeType::TRUE_VALUE:
      case TapeType::FALSE_VALUE:
        return Kind::Boolean;
      case TapeType::STRING:
        return Kind::String;
      case TapeType::START_ARRAY:
        return Kind::Array;
      case TapeType::START_OBJECT:
        return Kind::Object;
      default:
        return Kind::Number;
    }
  }
};

/// Parses `size` bytes at `text`, behind which SIMDJSON_PADDING bytes may be read, into `document`.
/// `text` may be respelled (see wide_numbers.h). Errors: as DocumentParser::parse.
[[nodiscard]] Result<void> parse_padded(simdjson::dom::parser& parser,
                                        simdjson::dom::document& document, std::span<char> text);

/// A parser for texts nested up to `max_depth`. Errors: Overloaded, without memory.
[[nodiscard]] Result<std::unique_ptr<simdjson::dom::parser>> make_dom_parser(std::size_t max_depth);

}  // namespace fastgate::json
