#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <algorithm>
#include <chrono>

#include <pcre2.h>

namespace fastgate {
namespace {

constexpr std::uint32_t kAnchoredSteps = 5'000'000;
constexpr std::uint32_t kStepsPerStart = 100'000;
constexpr std::uint32_t kHeapKibibytes = 8U << 10;
constexpr std::size_t kJitStackFirst = 32U << 10;
constexpr std::size_t kJitStackMost = 1U << 20;
// A search from n places looks at up to n times the text: these bound one uninterrupted slice.
constexpr std::size_t kStartsPerSlice = 64;
constexpr std::size_t kBytesPerSlice = 64U << 20;
constexpr std::chrono::milliseconds kTimeBudget{50};

std::uint32_t compile_flags(const RegexOptions& options) {
  std::uint32_t flags = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;
  if (options.letter_case == RegexCase::Insensitive) flags |= PCRE2_CASELESS;
  if (options.text == RegexText::Utf8) {
    flags |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
  } else {
    flags |= PCRE2_NEVER_UTF;
  }
  if (options.syntax == RegexSyntax::Ecma) {
    flags |= PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF;
  }
  if (options.extent == RegexExtent::Full) flags |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
  return flags;
}

std::unexpected<Error> compile_error(std::string_view pattern, int code, std::size_t offset) {
  std::array<PCRE2_UCHAR8, 256> message{};
  pcre2_get_error_message(code, message.data(), message.size());
  std::string text = "regular expression '";
  text.append(pattern.substr(0, 200)).append("': ");
  for (const PCRE2_UCHAR8 c : message) {
    if (c == 0) break;
    text.push_back(static_cast<char>(c));
  }
  text.append(" (at character ").append(std::to_string(offset + 1)).append(")");
  return fail(ErrorKind::Config, std::move(text));
}

}  // namespace

std::optional<std::string_view> RegexCaptures::at(std::size_t group) const {
  if (group >= count_ || groups_[group].data() == nullptr) return std::nullopt;
  return groups_[group];
}

void RegexScratch::Free::operator()(pcre2_real_match_data_8* data) const {
  pcre2_match_data_free(data);
}
void RegexScratch::Free::operator()(pcre2_real_match_context_8* context) const {
  pcre2_match_context_free(context);
}
void RegexScratch::Free::operator()(pcre2_real_jit_stack_8* stack) const {
  pcre2_jit_stack_free(stack);
}

RegexScratch::RegexScratch()
    : data_(pcre2_match_data_create(RegexCaptures::kMaxGroups, nullptr)),
      context_(pcre2_match_context_create(nullptr)),
      // Null where there is no JIT; searches then use the interpreter or 32 KiB of machine stack.
      stack_(pcre2_jit_stack_create(kJitStackFirst, kJitStackMost, nullptr)) {
  FG_ASSERT(data_ && context_);
  pcre2_set_heap_limit(context_.get(), kHeapKibibytes);
  if (stack_) pcre2_jit_stack_assign(context_.get(), nullptr, stack_.get());
}
RegexScratch::~RegexScratch() = default;
RegexScratch::RegexScratch(RegexScratch&&) noexcept = default;
RegexScratch& RegexScratch::operator=(RegexScratch&&) noexcept = default;

void Regex::Free::operator()(pcre2_real_code_8* code) const {
  pcre2_code_free(code);
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

Result<Regex> Regex::compile(std::string_view pattern, RegexOptions options) {
  if (pattern.size() > kMaxPattern) {
    return fail(ErrorKind::Config,
                "regular expression: longer than " + std::to_string(kMaxPattern) + " bytes");
  }
  const std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context(
      pcre2_compile_context_create(nullptr), &pcre2_compile_context_free);
  FG_ASSERT(context != nullptr);
  if (options.syntax == RegexSyntax::Ecma) {
    pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_ALT_BSUX);
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);
  } else {
    // What `.` does not match is not left to how the system's library was built.
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  }
  int code = 0;
  std::size_t offset = 0;
  Regex regex;
  regex.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR8>(pattern.data()), pattern.size(),
                                  compile_flags(options), &code, &offset, context.get()));
  if (!regex.code_) return compile_error(pattern, code, offset);
  regex.pattern_ = pattern;
  // A system that forbids memory that is writable and executable leaves the interpreter.
  static_cast<void>(pcre2_jit_compile(regex.code_.get(), PCRE2_JIT_COMPLETE));
  regex.read_facts();
  return regex;
}

void Regex::read_facts() {
  std::uint32_t groups = 0;
  std::uint32_t names = 0;
  std::uint32_t entry_size = 0;
  std::uint32_t flags = 0;
  PCRE2_SPTR8 table = nullptr;
  pcre2_pattern_info(code_.get(), PCRE2_INFO_CAPTURECOUNT, &groups);
  pcre2_pattern_info(code_.get(), PCRE2_INFO_NAMECOUNT, &names);
  pcre2_pattern_info(code_.get(), PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
  pcre2_pattern_info(code_.get(), PCRE2_INFO_NAMETABLE, &table);
  pcre2_pattern_info(code_.get(), PCRE2_INFO_ALLOPTIONS, &flags);
  group_count_ = groups;
  is_anchored_ = (flags & PCRE2_ANCHORED) != 0;
  // An entry is the group's number in two bytes, highest first, then the name with a NUL.
  for (std::uint32_t i = 0; i < names; ++i) {
    const PCRE2_SPTR8 entry = table + static_cast<std::size_t>(i) * entry_size;
    const std::size_t number = static_cast<std::size_t>(entry[0]) << 8 | entry[1];
    names_.emplace_back(reinterpret_cast<const char*>(entry + 2), number);
  }
}

RegexOutcome Regex::search(std::string_view text, RegexScratch& scratch) const {
  const int code = run(text, scratch);
  if (code >= 0) return RegexOutcome::Match;
  return code == PCRE2_ERROR_NOMATCH ? RegexOutcome::NoMatch : RegexOutcome::LimitReached;
}

RegexOutcome Regex::search(std::string_view text, RegexScratch& scratch,
                           RegexCaptures& captures) const {
  captures.count_ = 0;
  const RegexOutcome outcome = search(text, scratch);
  if (outcome != RegexOutcome::Match) return outcome;
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(scratch.data_.get());
  captures.count_ = std::min(group_count_ + 1, RegexCaptures::kMaxGroups);
  for (std::size_t i = 0; i < captures.count_; ++i) {
    const PCRE2_SIZE begin = ends[2 * i];
    const PCRE2_SIZE end = ends[2 * i + 1];
    const bool is_set = begin != PCRE2_UNSET && end >= begin && end <= text.size();
    captures.groups_[i] = is_set ? text.substr(begin, end - begin) : std::string_view{};
    // An empty text may have no address; a set group must have one.
    if (is_set && captures.groups_[i].data() == nullptr) captures.groups_[i] = "";
  }
  return outcome;
}

bool Regex::matches(std::string_view text) const {
  RegexScratch scratch;
  return matches(text, scratch);
}

int Regex::run(std::string_view text, RegexScratch& scratch) const {
  if (!is_anchored_) return run_in_slices(text, scratch);
  pcre2_set_match_limit(scratch.context_.get(), kAnchoredSteps);
  pcre2_set_offset_limit(scratch.context_.get(), PCRE2_UNSET);
  const auto* subject = reinterpret_cast<PCRE2_SPTR8>(text.empty() ? "" : text.data());
  return pcre2_match(code_.get(), subject, text.size(), 0, 0, scratch.data_.get(),
                     scratch.context_.get());
}

/// PCRE2 counts steps a starting place, not in all, and does not count the inside of simple
/// repeats. Offering it few places at a time lets the clock bound the sum.
int Regex::run_in_slices(std::string_view text, RegexScratch& scratch) const {
  pcre2_set_match_limit(scratch.context_.get(), kStepsPerStart);
  const auto* subject = reinterpret_cast<PCRE2_SPTR8>(text.empty() ? "" : text.data());
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::size_t start = 0;
  for (;;) {
    const std::size_t length = text.size() - start;
    const std::size_t starts =
        std::clamp<std::size_t>(kBytesPerSlice / (length + 1), 1, kStartsPerSlice);
    const bool is_last = length < starts;
    pcre2_set_offset_limit(scratch.context_.get(), is_last ? PCRE2_UNSET : start + starts - 1);
    const int code = pcre2_match(code_.get(), subject, text.size(), start, 0, scratch.data_.get(),
                                 scratch.context_.get());
    if (code != PCRE2_ERROR_NOMATCH || is_last) return code;
    start += starts;
    const auto now = std::chrono::steady_clock::now();
    if (!deadline) deadline = now + kTimeBudget;
    if (now > *deadline) return PCRE2_ERROR_MATCHLIMIT;
  }
}

}  // namespace fastgate
