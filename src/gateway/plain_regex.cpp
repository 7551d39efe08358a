#include "gateway/plain_regex.h"

#include <bitset>
#include <cstring>
#include <vector>

#include "base/text.h"

namespace fastgate::gateway {
namespace {

/// What a byte of the program says.
enum class Op : char {
  Match,    ///< done
  End,      ///< `$`
  Literal,  ///< a length, then so many bytes
  One,      ///< a set
  Many,     ///< a set, once or more often
  Any,      ///< a set, as often as it comes
};

/// In a program: the number of ranges, then the first and last byte of each.
using Set = std::bitset<256>;

std::size_t byte_of(char c) {
  return static_cast<unsigned char>(c);
}

bool is_letter(char c) {
  return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}

struct Item {
  Set set;
  Op op = Op::One;
};

void add_range(Set& set, char first, char last) {
  for (std::size_t c = byte_of(first); c <= byte_of(last); ++c) set.set(c);
}

/// The set of `\d` and `\w`, or of a character that an escape makes literal; none for any other.
Set escaped(char c) {
  Set set;
  if (c == 'd' || c == 'w') add_range(set, '0', '9');
  if (c == 'w') {
    add_range(set, 'a', 'z');
    add_range(set, 'A', 'Z');
    set.set('_');
  }
  if (c > ' ' && c < '\x7f' && !is_letter(c) && !is_digit(c)) set.set(byte_of(c));
  return set;
}

/// Takes a pattern apart. Each step says false where the pattern is not plain.
class Reader {
 public:
  explicit Reader(std::string_view pattern) : left_(pattern) {}

  bool read() {
    if (!take('~')) return false;
    ignores_case_ = take('*');
    while (take(' ')) continue;
    if (!take('^')) return false;
    while (!left_.empty()) {
      if (left_ == "$") {
        has_end_ = true;
        break;
      }
      if (!read_part()) return false;
    }
    return depth_ == 0 && ends_are_plain();
  }

  [[nodiscard]] std::string program() const {
    std::string out;
    std::string literal;
    const auto flush = [&] {
      if (literal.empty()) return;
      out.push_back(static_cast<char>(Op::Literal));
      out.push_back(static_cast<char>(literal.size()));
      out.append(literal);
      literal.clear();
    };
    for (const Item& item : items_) {
      if (item.op == Op::One && item.set.count() == 1) {
        for (std::size_t c = 0; c < item.set.size(); ++c) {
          if (item.set.test(c)) literal.push_back(static_cast<char>(c));
        }
        if (literal.size() == 0xff) flush();
        continue;
      }
      flush();
      out.push_back(static_cast<char>(item.op));
      append_set(out, item.set);
    }
    flush();
    out.push_back(static_cast<char>(has_end_ ? Op::End : Op::Match));
    return out;
  }

 private:
  bool take(char c) {
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }

  /// The next character, which is there.
  char next() {
    const char c = left_.front();
    left_.remove_prefix(1);
    return c;
  }

  bool read_part() {
    if (take('(')) return open_group();
    if (take(')')) {
      return depth_-- > 0 && (left_.empty() || !std::string_view("*+?{").contains(left_.front()));
    }
    Item item;
    if (!read_set(item.set) || item.set.none()) return false;
    if (ignores_case_) add_other_case(item.set);
    if (take('+')) {
      item.op = Op::Many;
    } else if (take('*')) {
      item.op = Op::Any;
    }
    if (!left_.empty() && std::string_view("*+?{").contains(left_.front())) return false;
    items_.push_back(item);
    return true;
  }

  /// `(`, `(?:`, `(?<name>` and `(?P<name>`.
  bool open_group() {
    ++depth_;
    if (left_.starts_with('*')) return false;
    if (!take('?') || take(':')) return true;
    static_cast<void>(take('P'));
    if (!take('<')) return false;
    while (!left_.empty() &&
           (is_letter(left_.front()) || is_digit(left_.front()) || left_.front() == '_')) {
      left_.remove_prefix(1);
    }
    return take('>');
  }

  bool read_set(Set& set) {
    const char c = next();
    switch (c) {
      case '\\':
        if (left_.empty()) return false;
        set = escaped(next());
        return true;
      case '[':
        return read_class(set);
      case '.':
        set.set().reset('\n');
        return true;
      case '^':
      case '$':
      case '|':
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
        return false;
      default:
        set.set(byte_of(c));
        return true;
    }
  }

  /// `[abc]`, `[a-z0-9_]`, `[^/]`.
  bool read_class(Set& set) {
    const bool is_negated = take('^');
    if (left_.starts_with(']')) return false;
    while (!left_.empty() && !left_.starts_with(']')) {
      const char c = next();
      if (c == '[') return false;
      if (c == '\\') {
        if (left_.empty()) return false;
        const Set more = escaped(next());
        // A range from or to an escape is rare.
        if (more.none() || (left_.starts_with('-') && !left_.starts_with("-]"))) return false;
        set |= more;
        continue;
      }
      char last = c;
      if (left_.starts_with('-') && !left_.starts_with("-]")) {
        left_.remove_prefix(1);
        if (left_.empty()) return false;
        last = next();
        if (last == '[' || last == '\\' || byte_of(last) < byte_of(c)) return false;
      }
      add_range(set, c, last);
    }
    // Its case counts before it is negated.
    if (ignores_case_) add_other_case(set);
    if (is_negated) set.flip();
    return take(']');
  }

  static void add_other_case(Set& set) {
    for (char c = 'a'; c <= 'z'; ++c) {
      const std::size_t lower = byte_of(c);
      const std::size_t upper = byte_of(static_cast<char>(c - 'a' + 'A'));
      if (set.test(lower) || set.test(upper)) set.set(lower).set(upper);
    }
  }

  /// Whether a repetition never has to give back what it took: no character of it can begin what
  /// may follow.
  bool ends_are_plain() {
    // Without `$` the last one stops anywhere.
    if (!has_end_ && !items_.empty() && items_.back().op == Op::Many) items_.back().op = Op::One;
    while (!has_end_ && !items_.empty() && items_.back().op == Op::Any) items_.pop_back();
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].op == Op::One) continue;
      for (std::size_t j = i + 1; j < items_.size(); ++j) {
        if ((items_[i].set & items_[j].set).any()) return false;
        if (items_[j].op != Op::Any) break;
      }
    }
    return true;
  }

  static void append_set(std::string& out, const Set& set) {
    const std::size_t count_at = out.size();
    out.push_back(0);
    for (std::size_t c = 0; c < set.size(); ++c) {
      if (!set.test(c)) continue;
      const std::size_t first = c;
      while (c + 1 < set.size() && set.test(c + 1)) ++c;
      out.push_back(static_cast<char>(first));
      out.push_back(static_cast<char>(c));
      ++out[count_at];
    }
  }

  std::string_view left_;
  bool ignores_case_ = false;
  bool has_end_ = false;
  int depth_ = 0;
  std::vector<Item> items_;
};

/// A set as it stands in a program.
class SetView {
 public:
  explicit SetView(const char* at) : count_(byte_of(*at)), ranges_(at + 1) {}
  [[nodiscard]] bool holds(char c) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (byte_of(c) >= byte_of(ranges_[2 * i]) && byte_of(c) <= byte_of(ranges_[2 * i + 1])) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] const char* end() const { return ranges_ + 2 * count_; }

 private:
  std::size_t count_;
  const char* ranges_;
};

}  // namespace

std::optional<std::string> plain_regex(std::string_view pattern) {
  Reader reader(pattern);
  if (!reader.read()) return std::nullopt;
  return reader.program();
}

bool plain_regex_matches(const char* program, std::string_view text) {
  for (;;) {
    const Op op = static_cast<Op>(*program++);
    if (op == Op::Match) return true;
    if (op == Op::End) return text.empty();
    if (op == Op::Literal) {
      const std::size_t length = byte_of(*program++);
      if (text.size() < length || std::memcmp(text.data(), program, length) != 0) return false;
      program += length;
      text.remove_prefix(length);
      continue;
    }
    const SetView set(program);
    if (op != Op::Any) {
      if (text.empty() || !set.holds(text.front())) return false;
      text.remove_prefix(1);
    }
    if (op != Op::One) {
      while (!text.empty() && set.holds(text.front())) text.remove_prefix(1);
    }
    program = set.end();
  }
}

}  // namespace fastgate::gateway
