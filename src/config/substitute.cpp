#include "config/substitute.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"

namespace fastgate::config {

namespace {

constexpr std::string_view kFilePrefix = "file:";
constexpr std::string_view kDefaultMark = ":-";

bool is_name_character(char c) {
  return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || is_digit(c) || c == '_';
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.size() <= 256 && !is_digit(name[0]) &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

/// Names in lower case are seldom of the environment, but those of the access log's variables are.
std::unexpected<Error> not_set(const std::string& name) {
  const bool is_lower = name == to_lower(name);
  return fail(ErrorKind::Config, "the environment variable " + name + " is not set" +
                                     (is_lower ? "; a literal `${` is written `$${`" : ""));
}

}  // namespace

Result<Expanded> Substitution::expand(std::string_view text, std::string_view folder) {
  std::size_t at = text.find("${");
  if (at == text.npos) return Expanded{.text = text};
  std::string out;
  Expanded expanded;
  while (at != text.npos) {
    if (at > 0 && text[at - 1] == '$') {  // `$${`: the first dollar sign escapes
      out.append(text.substr(0, at - 1)).append("${");
      text.remove_prefix(at + 2);
    } else {
      const std::size_t end = text.find('}', at);
      if (end == text.npos) {
        return fail(ErrorKind::Config, "`${` without a `}`; a literal `${` is written `$${`");
      }
      auto value = value_of(text.substr(at + 2, end - at - 2), folder);
      if (!value) return std::unexpected(std::move(value.error()));
      out.append(text.substr(0, at));
      for (std::size_t brace = value->find('{'); brace != text.npos;
           brace = value->find('{', brace + 1)) {
        expanded.literal_braces.push_back(static_cast<std::uint32_t>(out.size() + brace));
      }
      out.append(*value);
      expanded.is_substituted = true;
      text.remove_prefix(end + 1);
    }
    if (total_ + out.size() > kMaxTotal) {
      return fail(ErrorKind::Config, "substitutions grow beyond what is allowed");
    }
    at = text.find("${");
  }
  out.append(text);
  total_ += out.size();
  expanded.text = arena_.keep(out);
  return expanded;
}

Result<std::string> Substitution::value_of(std::string_view expression, std::string_view folder) {
  if (expression.starts_with(kFilePrefix)) {
    return file(expression.substr(kFilePrefix.size()), folder);
  }
  return variable(expression);
}

Result<std::string> Substitution::variable(std::string_view expression) {
  const std::size_t mark = expression.find(kDefaultMark);
  const std::string name(expression.substr(0, mark));
  if (!is_variable_name(name)) {
    return fail(ErrorKind::Config,
                "`${…}` holds no variable name; write ${NAME}, ${NAME:-default} or ${file:PATH}, "
                "and `$${` for a literal `${`");
  }
  const std::optional<std::string> value = sources_.environment(name);
  if (mark == expression.npos) {
    if (!value) return not_set(name);
    secrets_.add(*value);
    return *value;
  }
  const std::string_view fallback = expression.substr(mark + kDefaultMark.size());
  if (fallback.find("${") != fallback.npos) {
    return fail(ErrorKind::Config, "the default of ${" + name + ":-…} cannot hold another ${…}");
  }
  if (!value || value->empty()) return std::string(fallback);
  // A default is written in the file for everybody to read.
  if (*value != fallback) secrets_.add(*value);
  return *value;
}

Result<std::string> Substitution::file(std::string_view path, std::string_view folder) {
  if (path.empty()) return fail(ErrorKind::Config, "${file:…} needs a path");
  std::string full(path.starts_with('/') ? "" : folder);
  full.append(path);
  if (const auto known = file_contents_.find(full); known != file_contents_.end()) {
    return known->second;
  }
  auto content = sources_.read_file(full);
  if (!content) {
    return fail(ErrorKind::Config,
                "${file:…}: cannot read " + std::string(path) + ": " + content.error().text);
  }
  if (content->size() > kMaxFile) {
    return fail(ErrorKind::Config, "${file:…}: " + std::string(path) + " is larger than 1 MiB");
  }
  if (content->ends_with('\n')) {
    content->pop_back();
    if (content->ends_with('\r')) content->pop_back();
  }
  secrets_.add(*content);
  return file_contents_.emplace(std::move(full), std::move(*content)).first->second;
}

}  // namespace fastgate::config
