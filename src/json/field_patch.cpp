#include "json/field_patch.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "json/text_scanner.h"
#include "json/writer.h"

namespace fastgate::json {

/// A member whose name a rule has, and where its neighbours stand.
struct FieldPatch::Touched {
  MemberPlace place;
  std::size_t rule = 0;
  std::size_t ordinal = 0;
  std::size_t previous_end = 0;  ///< of the value before it; behind the `{` for the first member
  std::size_t next_begin = 0;    ///< of the name after it; 0 for the last member
  bool is_replaced = false;      ///< else it goes
};

struct FieldPatch::Scan {
  std::vector<Touched> touched;
  std::vector<bool> is_present;  ///< by rule
  std::size_t member_count = 0;
  std::size_t tail_begin = 0;   ///< behind the last member that stays; where new ones go
  std::size_t tail_resume = 0;  ///< where the text goes on behind the members that go at the end
  std::size_t tail_first = 0;   ///< index in `touched` of the first of those
  bool keeps_any = false;       ///< whether any member stays
};

std::string_view PatchedText::piece(std::size_t index) const {
  const Piece& piece = pieces_[index];
  return (piece.is_own ? std::string_view(own_) : text_).substr(piece.begin, piece.length);
}

void PatchedText::append_to(std::string& out) const {
  out.reserve(out.size() + size_);
  for (std::size_t i = 0; i < pieces_.size(); ++i) out.append(piece(i));
}

void PatchedText::take(std::size_t begin, std::size_t end) {
  FG_ASSERT(begin <= end && end <= text_.size());
  if (begin == end) return;
  pieces_.push_back({begin, end - begin, false});
  size_ += end - begin;
}

void PatchedText::take_own(std::size_t own_begin) {
  const std::size_t length = own_.size() - own_begin;
  if (length == 0) return;
  pieces_.push_back({own_begin, length, true});
  size_ += length;
}

Result<FieldPatch> FieldPatch::compile(const FieldChanges& changes) {
  FieldPatch patch;
  for (const AddedField& field : changes.add) {
    auto value = ValueTemplate::compile(field.value, changes.placeholders);
    if (!value) {
      return fail(ErrorKind::Config, "body field '" + field.name + "': " + value.error().text);
    }
    Rule rule{.name = field.name, .is_removal = false, .name_token = {}, .value = {}};
    append_json_string(rule.name_token, field.name);
    rule.value = std::move(*value);
    patch.rules_.push_back(std::move(rule));
  }
  for (const std::string& name : changes.remove) {
    patch.rules_.push_back({.name = name, .is_removal = true, .name_token = {}, .value = {}});
  }
  std::ranges::sort(patch.rules_, {}, &Rule::name);
  const auto twice = std::ranges::adjacent_find(patch.rules_, {}, &Rule::name);
  if (twice != patch.rules_.end()) {
    return fail(ErrorKind::Config, "body field '" + twice->name + "' is added or removed twice");
  }
  for (const AddedField& field : changes.add) patch.additions_.push_back(patch.rule_of(field.name));
  return patch;
}

bool FieldPatch::uses_placeholder(std::size_t index) const {
  return std::ranges::any_of(rules_, [&](const Rule& rule) { return rule.value.uses(index); });
}

std::size_t FieldPatch::rule_of(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      rules_, name, {}, [](const Rule& rule) { return std::string_view(rule.name); });
  if (found == rules_.end() || found->name != name) return kNoRule;
  return static_cast<std::size_t>(found - rules_.begin());
}

/// Finds the members that change and decides which of them go.
Result<FieldPatch::Scan> FieldPatch::scan(std::string_view text) const {
  TextScanner scanner(text);
  auto begin = scanner.begin();
  if (!begin) return std::unexpected(std::move(begin.error()));
  Scan scan;
  scan.is_present.resize(rules_.size());
  std::size_t previous_end = *begin;
  MemberPlace place;
  std::string scratch;
  for (;; ++scan.member_count, previous_end = place.value_end) {
    auto more = scanner.next(place);
    if (!more) return std::unexpected(std::move(more.error()));
    if (!*more) break;
    if (!scan.touched.empty() && scan.touched.back().ordinal + 1 == scan.member_count) {
      scan.touched.back().next_begin = place.name_begin;
    }
    const std::string_view token = text.substr(place.name_begin, place.name_end - place.name_begin);
    const std::size_t rule = rule_of(unescape(token, scratch));
    if (rule == kNoRule) continue;
    if (scan.touched.size() == kMaxTouched) {
      return fail(ErrorKind::Malformed, "the JSON object repeats a field too often");
    }
    scan.is_present[rule] = true;
    scan.touched.push_back(
        {.place = place, .rule = rule, .ordinal = scan.member_count, .previous_end = previous_end});
  }
  settle(scan, previous_end);
  return scan;
}

/// Decides which members go and where the ones that go at the end begin. `end` is behind the last
/// value.
void FieldPatch::settle(Scan& scan, std::size_t end) const {
  // From the back: the last member of an added name stays, with its new value.
  std::vector<bool> is_settled(rules_.size());
  for (Touched& touched : scan.touched | std::views::reverse) {
    touched.is_replaced = !rules_[touched.rule].is_removal && !is_settled[touched.rule];
    is_settled[touched.rule] = true;
  }
  scan.tail_begin = scan.tail_resume = end;
  scan.tail_first = scan.touched.size();
  std::size_t remaining = scan.member_count;
  while (scan.tail_first > 0) {
    const Touched& touched = scan.touched[scan.tail_first - 1];
    if (touched.is_replaced || touched.ordinal + 1 != remaining) break;
    // Without a member before it, the space behind the `{` stays and the cut begins at the name.
    scan.tail_begin = touched.ordinal == 0 ? touched.place.name_begin : touched.previous_end;
    --remaining;
    --scan.tail_first;
  }
  scan.keeps_any = remaining > 0;
}

void FieldPatch::append_new_fields(PatchedText& out, const Scan& scan,
                                   std::span<const std::string_view> texts) const {
  const std::size_t begin = out.own_.size();
  bool needs_comma = scan.keeps_any;
  for (const std::size_t index : additions_) {
    if (scan.is_present[index]) continue;
    if (needs_comma) out.own_.push_back(',');
    needs_comma = true;
    out.own_.append(rules_[index].name_token).push_back(':');
    rules_[index].value.append_to(out.own_, texts);
  }
  out.take_own(begin);
}

Result<PatchedText> FieldPatch::apply(std::string_view text,
                                      std::span<const std::string_view> texts) const {
  auto scanned = scan(text);
  if (!scanned) return std::unexpected(std::move(scanned.error()));
  const Scan& scan = *scanned;
  PatchedText out;
  out.text_ = text;
  std::size_t from = 0;
  for (std::size_t i = 0; i < scan.tail_first; ++i) {
    const Touched& touched = scan.touched[i];
    if (touched.is_replaced) {
      out.take(from, touched.place.value_begin);
      const std::size_t begin = out.own_.size();
      rules_[touched.rule].value.append_to(out.own_, texts);
      out.take_own(begin);
      from = touched.place.value_end;
    } else {
      out.take(from, touched.place.name_begin);
      from = touched.next_begin;
    }
  }
  out.take(from, scan.tail_begin);
  append_new_fields(out, scan, texts);
  out.take(scan.tail_resume, text.size());
  return out;
}

}  // namespace fastgate::json
