#include "json/document.h"

#include <cstring>
#include <utility>

#include "json/code_unit.h"
#include "json/tape.h"
#include "json/wide_numbers.h"

namespace fastgate::json {
namespace {

constexpr std::size_t kMostBytes = 1U << 30;
constexpr std::size_t kFirstCapacity = 4096;

}  // namespace

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::Null:
      return "null";
    case Kind::Boolean:
      return "boolean";
    case Kind::Number:
      return "number";
    case Kind::String:
      return "string";
    case Kind::Array:
      return "array";
    case Kind::Object:
      return "object";
  }
  return "value";
}

Kind ValueView::kind() const {
  return Tape::kind(*this);
}

bool ValueView::boolean() const {
  const auto type = Tape::ref(*this).tape_ref_type();
  FG_ASSERT(type == TapeType::TRUE_VALUE || type == TapeType::FALSE_VALUE);
  return type == TapeType::TRUE_VALUE;
}

Number ValueView::number() const {
  const auto ref = Tape::ref(*this);
  switch (ref.tape_ref_type()) {
    case TapeType::INT64:
      return Number::of_signed(ref.next_tape_value<std::int64_t>());
    case TapeType::UINT64:
      return Number::of_unsigned(ref.next_tape_value<std::uint64_t>());
    case TapeType::DOUBLE:
      return Number::of_real(ref.next_tape_value<double>());
    default:
      FG_ASSERT(false);
      return {};
  }
}

std::string_view ValueView::string() const {
  FG_ASSERT(kind() == Kind::String);
  return Tape::text(*this);
}

std::optional<ValueView> ValueView::find(std::string_view name) const {
  if (kind() != Kind::Object) return std::nullopt;
  const std::size_t index = Tape::find(*this, name);
  if (index == 0) return std::nullopt;
  return Tape::at(*this, index);
}

ItemRange ValueView::items() const {
  if (kind() != Kind::Array) return {*this, *this};
  return {Tape::first_inside(*this), Tape::end_inside(*this)};
}

MemberRange ValueView::members() const {
  if (kind() != Kind::Object) return {*this, *this};
  return {Tape::first_inside(*this), Tape::end_inside(*this)};
}

std::size_t ValueView::size() const {
  const Kind own = kind();
  if (own != Kind::Array && own != Kind::Object) return 0;
  constexpr std::size_t kSaturated = 0xFFFFFF;
  std::size_t count = Tape::ref(*this).scope_count();
  if (count < kSaturated) return count;
  count = 0;
  if (own == Kind::Array) {
    for ([[maybe_unused]] const ValueView item : items()) ++count;
  } else {
    for ([[maybe_unused]] const Member member : members()) ++count;
  }
  return count;
}

ItemIterator& ItemIterator::operator++() {
  at_ = Tape::after(at_);
  return *this;
}

Member MemberIterator::operator*() const {
  return {Tape::text(name_), Tape::at(name_, Tape::index(name_) + 1)};
}

MemberIterator& MemberIterator::operator++() {
  name_ = Tape::after(Tape::at(name_, Tape::index(name_) + 1));
  return *this;
}

DocumentParser::DocumentParser(ParseLimits limits) : limits_(limits) {
  if (limits_.max_size > kMostBytes) limits_.max_size = kMostBytes;
}
DocumentParser::~DocumentParser() = default;
DocumentParser::DocumentParser(DocumentParser&&) noexcept = default;
DocumentParser& DocumentParser::operator=(DocumentParser&&) noexcept = default;

void DocumentParser::shrink() {
  if (capacity_ <= kKeptSize) return;
  parser_.reset();
  buffer_.reset();
  capacity_ = 0;
}

Result<Document> DocumentParser::parse(std::string_view text) {
  if (text.size() > limits_.max_size) {
    return fail(ErrorKind::BodyTooLarge, "JSON text of " + std::to_string(text.size()) +
                                             " bytes is longer than " +
                                             std::to_string(limits_.max_size));
  }
  if (text.size() <= kKeptSize) shrink();
  if (text.size() > capacity_ || !buffer_) {
    capacity_ = std::max(text.size(), std::min(std::max(capacity_ * 2, kFirstCapacity), kKeptSize));
    buffer_ = std::make_unique_for_overwrite<char[]>(capacity_ + simdjson::SIMDJSON_PADDING);
  }
  if (!parser_) {
    auto parser = make_dom_parser(limits_.max_depth);
    if (!parser) return std::unexpected(std::move(parser.error()));
    parser_ = std::move(*parser);
  }
  if (!text.empty()) std::memcpy(buffer_.get(), text.data(), text.size());
  std::memset(buffer_.get() + text.size(), 0, simdjson::SIMDJSON_PADDING);
  auto parsed = parse_padded(*parser_, parser_->doc, {buffer_.get(), text.size()});
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return Document(Tape::view(&parser_->doc, 1));
}

Result<std::unique_ptr<simdjson::dom::parser>> make_dom_parser(std::size_t max_depth) {
  auto parser = std::make_unique<simdjson::dom::parser>(kMostBytes);
  if (parser->allocate(kFirstCapacity, max_depth) != simdjson::SUCCESS) {
    return fail(ErrorKind::Overloaded, "no memory to parse JSON");
  }
  return parser;
}

Result<void> parse_padded(simdjson::dom::parser& parser, simdjson::dom::document& document,
                          std::span<char> text) {
  auto error = parser.parse_into_document(document, text.data(), text.size(), false).error();
  const bool is_mendable = error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR;
  // Both, for what simdjson names is only the first.
  if (is_mendable && narrow_wide_numbers(text) + replace_half_pairs(text) > 0) {
    error = parser.parse_into_document(document, text.data(), text.size(), false).error();
  }
  if (error == simdjson::SUCCESS) return {};
  if (error == simdjson::MEMALLOC || error == simdjson::CAPACITY) {
    return fail(ErrorKind::Overloaded, "no memory to parse JSON");
  }
  if (error == simdjson::DEPTH_ERROR) {
    return fail(ErrorKind::Malformed,
                "JSON is nested deeper than " + std::to_string(parser.max_depth()) + " levels");
  }
  return fail(ErrorKind::Malformed,
              std::string("malformed JSON: ") + simdjson::error_message(error));
}

}  // namespace fastgate::json
