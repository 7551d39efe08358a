/// Random documents made of pieces whose owners are known: each edit must change its own piece and
/// no other byte.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.h"
#include "config/edit.h"

namespace fastgate::config {
namespace {

struct FieldPiece {
  std::string name;
  std::string written_name;
  std::string before_value;  ///< from behind the colon
  std::string value;
  std::string behind;  ///< up to the next field: tail, line end, comments
  bool is_below = false;
};

struct EntryPiece {
  std::string above;  ///< comments before the dash
  std::string dash;   ///< indent and dash, up to the first field
  std::vector<FieldPiece> fields;
  std::string indent;
};

struct DocumentPieces {
  std::string head;
  std::string list_name;  ///< with its colon
  std::string list_tail;
  std::string list_indent;
  std::vector<EntryPiece> entries;
  std::string tail;
};

std::string text_of(const FieldPiece& field) {
  return field.written_name + ":" + field.before_value + field.value + field.behind;
}

std::string text_of(const EntryPiece& entry) {
  std::string text = entry.dash;
  for (std::size_t i = 0; i < entry.fields.size(); ++i) {
    text += (i == 0 ? "" : entry.indent) + text_of(entry.fields[i]);
  }
  return text;
}

std::string text_of(const DocumentPieces& document) {
  std::string text = document.head + document.list_name + document.list_tail;
  for (const EntryPiece& entry : document.entries) text += entry.above + text_of(entry);
  return text + document.tail;
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  DocumentPieces document() {
    DocumentPieces document;
    document.head = pick({"", "# head\n", "server: {port: 1}  # a\n\n", "---\n", "\xef\xbb\xbf",
                          "routes:\n- route_id: x  # y\n\n\n"});
    document.list_name = pick({"keys:", "\"keys\":", "keys :", "keys: &list"});
    document.list_tail = pick({"\n", "  # all of them\n", "\n# column 0\n"});
    document.list_indent = std::string(2 * random_.below(3), ' ');
    const std::size_t count = 1 + random_.below(4);
    for (std::size_t i = 0; i < count; ++i) document.entries.push_back(entry(document, i));
    document.tail = pick({"", "# end\n", "other: [1, 'x # y', {a: b}]  # z\n\n# end\n", "\n\n",
                          "upstreams:\n  - name: |\n      keys:\n        - a: 1\n"});
    return document;
  }

  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

 private:
  std::string pick(std::vector<std::string> choices) {
    return choices[random_.below(choices.size())];
  }

  EntryPiece entry(const DocumentPieces& document, std::size_t index) {
    EntryPiece entry;
    const std::string& indent = document.list_indent;
    if (index > 0) entry.above = pick({"", "", indent + "# next\n", indent + "# a\n\n# b\n"});
    const std::size_t spaces = 1 + random_.below(3);
    entry.indent = indent + std::string(spaces + 1, ' ');
    entry.dash = indent + "-" + std::string(spaces, ' ');
    if (random_.below(5) == 0) entry.dash = indent + "-  # alone\n" + entry.indent;
    const std::size_t count = 1 + random_.below(5);
    for (std::size_t i = 0; i < count; ++i) entry.fields.push_back(field(entry, index, i));
    return entry;
  }

  FieldPiece field(const EntryPiece& entry, std::size_t index, std::size_t number) {
    FieldPiece field;
    field.name = "f" + std::to_string(number);
    field.written_name = pick({field.name, "'" + field.name + "'", '"' + field.name + '"'});
    field.before_value = pick({" ", "   "});
    const std::string deeper = "\n" + entry.indent + "  ";
    const std::string tail = pick({"\n", "  # tail\n", " # '\"\n"});
    field.behind = tail;
    switch (random_.below(14)) {
      case 0:
        field.value = "word#12";
        break;
      case 1:
        field.value = "'single ''q'' # x: y'";
        break;
      case 2:
        field.value = R"("double \" # \\")";
        break;
      case 3:
        field.value = "\"first" + deeper + "- second # x\\" + deeper + "'third\"";
        break;
      case 4:
        field.value = "first" + deeper + "second#x" + deeper + "- third";
        break;
      case 5:
        field.value = "|" + deeper + "# text\n" + deeper + "  - more \"";
        field.behind = "\n";
        break;
      case 6:
        field.value = ">-  # folded" + deeper + "a: b # c" + deeper + "'";
        field.behind = "\n";
        break;
      case 7:
        field.value = "[a, 'b]', {c: d, \"e\": [\"}\"]},  # x ]" + deeper + "f ]";
        break;
      case 8:
        below(field, deeper + "- a  # b" + deeper + "- - 'c # d'" + deeper + "  - e", tail);
        break;
      case 9:
        below(field, deeper + "a: 1  # x" + deeper + "b: {c: d}", tail);
        break;
      case 10:
        field.before_value.clear();
        break;
      case 11:
        field.value = "${NAME:-x y}";
        break;
      case 12:
        field.value = "&a" + std::to_string(index * 10 + number) + " !!str ü 5";
        break;
      default:
        field.value = "~";
    }
    if (random_.below(4) == 0) field.behind += entry.indent + "# note: [\n";
    return field;
  }

  /// A value on the lines below its name; the tail stands behind the name.
  void below(FieldPiece& field, const std::string& lines, const std::string& tail) {
    field.is_below = true;
    field.before_value = tail.substr(0, tail.size() - 1);
    field.value = lines;
    field.behind = "\n";
  }

  FastRandom random_;
};

/// How the same document is spelled: line ends, and whether the last one is there.
struct Spelling {
  bool is_crlf = false;
  bool lacks_line_end = false;

  [[nodiscard]] std::string operator()(std::string text) const {
    if (lacks_line_end && text.ends_with('\n')) text.pop_back();
    if (!is_crlf) return text;
    std::string out;
    for (const char c : text) {
      if (c == '\n') out += '\r';
      out += c;
    }
    return out;
  }
};

std::string result_of(const Result<std::string>& result) {
  return result ? *result : "error: " + result.error().text;
}

void check_delete(const DocumentPieces& document, std::size_t index, const Spelling& spelling) {
  DocumentPieces expected = document;
  expected.entries[index].dash.clear();
  expected.entries[index].fields.clear();
  if (document.entries.size() == 1) expected.list_name += " []";
  // A blank line behind the last entry may go or stay; that is looked at in edit_test.cpp.
  if (document.tail.starts_with('\n') && index + 1 == document.entries.size()) return;
  CHECK(result_of(delete_entry(spelling(text_of(document)), {EditList::Keys, index})) ==
        spelling(text_of(expected)));
}

void check_append(const DocumentPieces& document, const Spelling& spelling) {
  // A block scalar that ends with the file has no line end of its own; an entry behind it would
  // give it one, which is refused.
  const bool ends_in_scalar = document.entries.back().fields.back().value.starts_with("|");
  if (ends_in_scalar && document.tail.empty() && spelling.lacks_line_end) return;
  DocumentPieces expected = document;
  EntryPiece entry;
  entry.dash = document.list_indent + "- id: \"1\"\n";
  entry.dash += document.list_indent + "  list:\n" + document.list_indent + "    - a: b\n";
  expected.entries.push_back(entry);
  const EditFields fields{
      {"id", EditValue::of("1")},
      {"list", EditValue::from_json(R"([{"a": "b"}])", Placeholders::Literal).value()}};
  CHECK(result_of(append_entry(spelling(text_of(document)), EditList::Keys, fields)) ==
        spelling(text_of(expected)));
}

void check_set(const DocumentPieces& document, const EntryPlace& place, std::size_t number,
               const Spelling& spelling) {
  DocumentPieces expected = document;
  FieldPiece& field = expected.entries[place.index].fields[number];
  if (field.is_below) {
    field.value.clear();
    field.before_value = " new" + field.before_value;
  } else {
    field.value = field.value.empty() ? " new" : "new";
  }
  CHECK(result_of(change_entry(spelling(text_of(document)), place,
                               {{field.name, EditValue::of("new")}})) ==
        spelling(text_of(expected)));
}

void check_remove(const DocumentPieces& document, const EntryPlace& place, std::size_t number,
                  const Spelling& spelling) {
  const FieldPiece& old = document.entries[place.index].fields[number];
  // The first field and comments behind a field are looked at in edit_test.cpp.
  if (number == 0 || old.behind.find('[') != std::string::npos) return;
  DocumentPieces expected = document;
  auto& fields = expected.entries[place.index].fields;
  fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(number));
  CHECK(result_of(change_entry(spelling(text_of(document)), place, {{old.name, std::nullopt}})) ==
        spelling(text_of(expected)));
}

TEST_CASE("edits of random documents change nothing but what they are to change") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Generator generator(seed);
    const DocumentPieces document = generator.document();
    const Spelling spelling{generator.below(3) == 0, generator.below(3) == 0};
    INFO("seed ", seed, "\n", text_of(document));
    const EntryPlace place{EditList::Keys, generator.below(document.entries.size())};
    const std::size_t number = generator.below(document.entries[place.index].fields.size());
    check_delete(document, place.index, spelling);
    check_append(document, spelling);
    check_set(document, place, number, spelling);
    check_remove(document, place, number, spelling);
  }
}

}  // namespace
}  // namespace fastgate::config
