/// JSON texts that are parsed once and then read without copies: request bodies, schemas, literals.
///
/// DocumentParser wraps simdjson; its headers and types stay inside src/json/*.cpp. One
/// DocumentParser a worker, reused for every body. A parsed text is read through ValueView, which
/// is two words, copied by value and safe to read from several threads while nobody parses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "json/number.h"

namespace simdjson::dom {
class document;
class parser;
}  // namespace simdjson::dom

namespace fastgate::json {

enum class Kind : std::uint8_t { Null, Boolean, Number, String, Array, Object };

/// The kind's name as JSON Schema spells it: "null", "boolean", "number", …
[[nodiscard]] std::string_view name_of(Kind kind);

struct Member;
class ItemRange;
class MemberRange;

/// A value inside a parsed text.
/// Lifetime: until its parser parses again or ends. Of an object with duplicate names the last one
/// counts, in every function here and in schemas, as in the parsers that upstream servers use.
class ValueView {
 public:
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is(Kind kind) const { return this->kind() == kind; }

  /// The value of that kind; to ask for another kind is a broken invariant.
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] Number number() const;
  /// Unescaped UTF-8, may hold NUL.
  [[nodiscard]] std::string_view string() const;

  /// The member of that name of an object; nothing if there is none or this is no object.
  /// Complexity: linear in the number of members, not in their size.
  [[nodiscard]] std::optional<ValueView> find(std::string_view name) const;
  /// Items of an array, in order; none for other kinds.
  [[nodiscard]] ItemRange items() const;
  /// Members of an object in order, duplicates included; none for other kinds.
  [[nodiscard]] MemberRange members() const;
  /// Items of an array or members of an object, duplicates included; 0 for other kinds.
  [[nodiscard]] std::size_t size() const;

  /// Whether both are the same place of the same text (not: equal values, see equality.h).
  [[nodiscard]] bool is_same_place(const ValueView& other) const {
    return document_ == other.document_ && index_ == other.index_;
  }
  bool operator==(const ValueView& other) const = delete;

 private:
  friend class Tape;
  ValueView(const simdjson::dom::document* document, std::size_t index)
      : document_(document), index_(index) {}

  const simdjson::dom::document* document_;
  std::size_t index_;
};

struct Member {
  std::string_view name;
  ValueView value;
};

/// For range-for over items. Lifetime: as the ValueView.
class ItemIterator {
 public:
  using value_type = ValueView;
  using difference_type = std::ptrdiff_t;
  explicit ItemIterator(ValueView at) : at_(at) {}
  ValueView operator*() const { return at_; }
  ItemIterator& operator++();
  bool operator==(const ItemIterator& other) const { return at_.is_same_place(other.at_); }

 private:
  ValueView at_;
};

class ItemRange {
 public:
  ItemRange(ValueView begin, ValueView end) : begin_(begin), end_(end) {}
  [[nodiscard]] ItemIterator begin() const { return ItemIterator(begin_); }
  [[nodiscard]] ItemIterator end() const { return ItemIterator(end_); }

 private:
  ValueView begin_;
  ValueView end_;
};

/// For range-for over members. Lifetime: as the ValueView.
class MemberIterator {
 public:
  using value_type = Member;
  using difference_type = std::ptrdiff_t;
  explicit MemberIterator(ValueView name) : name_(name) {}
  Member operator*() const;
  MemberIterator& operator++();
  bool operator==(const MemberIterator& other) const { return name_.is_same_place(other.name_); }

 private:
  ValueView name_;
};

class MemberRange {
 public:
  MemberRange(ValueView begin, ValueView end) : begin_(begin), end_(end) {}
  [[nodiscard]] MemberIterator begin() const { return MemberIterator(begin_); }
  [[nodiscard]] MemberIterator end() const { return MemberIterator(end_); }

 private:
  ValueView begin_;
  ValueView end_;
};

/// A whole parsed text. Lifetime: as its ValueViews.
class Document {
 public:
  explicit Document(ValueView root) : root_(root) {}
  [[nodiscard]] ValueView root() const { return root_; }
  /// The top-level member of that name, the last one of several.
  [[nodiscard]] std::optional<ValueView> find(std::string_view name) const {
    return root_.find(name);
  }

 private:
  ValueView root_;
};

struct ParseLimits {
  std::size_t max_size = 64U << 20;  ///< bytes of text; at most 1 GiB is taken
  /// Objects and arrays inside each other; equal(), hash() and append_json() need stack for each.
  std::size_t max_depth = 512;
};

/// Parses texts into memory that it keeps and reuses. Single-threaded; one a worker.
class DocumentParser {
 public:
  explicit DocumentParser(ParseLimits limits = {});
  ~DocumentParser();
  DocumentParser(DocumentParser&&) noexcept;
  DocumentParser& operator=(DocumentParser&&) noexcept;

  /// Parses one JSON text (RFC 8259); the views of the text before become invalid.
  /// Errors: Malformed (grammar, invalid UTF-8, anything behind the value, too deep), BodyTooLarge.
  /// Numbers that no double can hold are read as the largest power of ten that fits, whole numbers
  /// beyond 64 bits as the nearest double; both are valid JSON.
  [[nodiscard]] Result<Document> parse(std::string_view text);

  /// Gives back the memory that texts of unusual size needed. Invalidates all views.
  void shrink();

 private:
  /// Text size up to which the memory is kept from one parse to the next.
  static constexpr std::size_t kKeptSize = 256U << 10;

  ParseLimits limits_;
  std::unique_ptr<simdjson::dom::parser> parser_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
};

}  // namespace fastgate::json
