#include "config/yaml_writer.h"

#include "config/secret_names.h"
#include "config/yaml_text.h"

namespace fastgate::config {

namespace {
constexpr std::size_t kIndent = 2;
}

void YamlWriter::begin_line() {
  if (at_entry_start_) {
    out_.append(indent_ - kIndent, ' ').append("- ");
    at_entry_start_ = false;
  } else {
    out_.append(indent_, ' ');
  }
}

void YamlWriter::begin_field(std::string_view name) {
  begin_line();
  append_yaml_scalar(out_, name);
  out_ += ':';
}

void YamlWriter::open(std::string_view name) {
  begin_field(name);
  out_ += '\n';
  std::string pointer = levels_.back().pointer + "/";
  append_pointer_name(pointer, name);
  levels_.push_back({std::move(pointer)});
  indent_ += kIndent;
}

void YamlWriter::close() {
  levels_.pop_back();
  indent_ -= kIndent;
}

void YamlWriter::open_entry() {
  levels_.push_back({levels_.back().pointer + "/" + std::to_string(levels_.back().next_index++)});
  indent_ += kIndent;
  at_entry_start_ = true;
}

void YamlWriter::close_entry() {
  if (at_entry_start_) {  // nothing was written: an empty mapping keeps the entry's place
    begin_line();
    out_ += "{}\n";
  }
  close();
}

const std::string* YamlWriter::written_as(std::string_view name) const {
  if (substituted_.empty()) return nullptr;
  std::string pointer = levels_.back().pointer + "/";
  append_pointer_name(pointer, name);
  const auto found = substituted_.find(pointer);
  return found == substituted_.end() ? nullptr : &found->second;
}

bool YamlWriter::is_substituted(std::string_view name) const {
  return written_as(name) != nullptr;
}

void YamlWriter::text(std::string_view name, std::string_view value) {
  begin_field(name);
  out_ += ' ';
  if (const std::string* written = written_as(name)) {
    append_json_string(out_, *written);
  } else {
    append_yaml_scalar(out_, value);
  }
  out_ += '\n';
}

void YamlWriter::plain(std::string_view name, std::string_view value) {
  const std::string* written = written_as(name);
  begin_field(name);
  out_.append(" ").append(written != nullptr ? *written : value).append("\n");
}

void YamlWriter::number(std::string_view name, std::int64_t value) {
  plain(name, std::to_string(value));
}

void YamlWriter::flag(std::string_view name, bool value) {
  plain(name, value ? "true" : "false");
}

void YamlWriter::duration(std::string_view name, milliseconds value) {
  text_or_plain(name, format_duration(value));
}

void YamlWriter::size(std::string_view name, Bytes value) {
  text_or_plain(name, format_size(value));
}

void YamlWriter::text_or_plain(std::string_view name, std::string_view value) {
  if (is_substituted(name)) {
    text(name, value);
  } else {
    plain(name, value);
  }
}

void YamlWriter::list(std::string_view name, const std::vector<std::string>& values) {
  if (is_substituted(name)) return text(name, "");
  if (values.empty()) return verbatim(name, "[]");
  open(name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    out_.append(indent_, ' ').append("- ");
    if (const std::string* written = written_as(std::to_string(i))) {
      append_json_string(out_, *written);
    } else {
      append_yaml_scalar(out_, values[i]);
    }
    out_ += '\n';
  }
  close();
}

void YamlWriter::verbatim(std::string_view name, std::string_view yaml) {
  begin_field(name);
  out_.append(" ").append(escape_substitution(yaml)).append("\n");
}

void YamlWriter::masked(std::string_view name, const Text& value) {
  begin_field(name);
  out_ += ' ';
  append_yaml_scalar(out_, value.is_substituted ? kMask : std::string_view(value.value));
  out_ += '\n';
}

void YamlWriter::comment(std::string_view words) {
  out_.pop_back();
  out_.append("  # ").append(words).append("\n");
}

}  // namespace fastgate::config
