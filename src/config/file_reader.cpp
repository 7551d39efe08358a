#include "config/file_reader.h"

#include <filesystem>
#include <vector>

#include "config/paths.h"
#include "config/readers.h"
#include "config/yaml_tree.h"

namespace fastgate::config {

namespace {

bool is_glob(std::string_view pattern) {
  return pattern.find_first_of("*?[") != pattern.npos;
}

/// How errors name a file that `pattern` included from the file `from`: without what `${…}` gave.
std::string shown_path(const YamlValue& pattern, const std::string& found,
                       const std::string& from) {
  const std::string& folder = pattern.context().folder;
  const std::string shown_folder = folder_of(from);
  if (!pattern.is_substituted()) {
    // The including file's own folder may have come through `${…}`.
    return found.starts_with(folder) ? shown_folder + found.substr(folder.size()) : found;
  }
  const std::string written(pattern.context().tree.at(pattern.node()).text);
  const std::string base =
      written.starts_with('/') || written.starts_with("${") ? "" : shown_folder;
  const std::string last = written.substr(folder_of(written).size());
  if (!is_glob(last) || last.find("${") != last.npos) return base + written;
  return base + folder_of(written) + found.substr(folder_of(found).size());
}

constexpr std::string_view kMainOnly[] = {"server",        "admin",   "database", "proxy",
                                          "rate_limiting", "logging", "pid_file", "audit"};

}  // namespace

void FileReader::read_main(const std::string& path) {
  // What an absent section means, where it is not the struct's own default.
  config_.server.listen = {{.host = "0.0.0.0", .port = 8000}};
  for (const std::string_view network : {"127.0.0.0/8", "::1/128"}) {
    config_.admin.allow.push_back(IpNetwork::parse(network).value());
  }
  read_file({.path = path, .shown = path});
}

void FileReader::read_file(const Include& file) {
  if (!seen_.insert(std::filesystem::path(file.path).lexically_normal().string()).second) return;
  const bool is_main = file.mark.line == 0;
  auto text = sources_.read_file(file.path);
  if (!text && !is_main) {
    return diagnostics_.error(file.mark, "cannot read " + file.shown + ": " + text.error().text);
  }
  const std::uint32_t index = diagnostics_.add_file(file.shown);
  config_.files.push_back(file.path);
  if (!text) return diagnostics_.error({.file = index}, "cannot read: " + text.error().text);

  const ParsedYaml tree = YamlText(*text, sources_.trees).parse();
  if (!tree) {
    return diagnostics_.error({index, tree.error().line, tree.error().column},
                              tree.error().message);
  }
  ReadContext context{.tree = **tree,
                      .file = index,
                      .folder = folder_of(file.path),
                      .diagnostics = diagnostics_,
                      .substitution = substitution_,
                      .substituted = config_.substituted,
                      .catalog = catalog_};
  const YamlValue root(context, (*tree)->root(), {});
  if (!root.is_null() && !root.is_broken()) read_sections(root, file);
}

void FileReader::read_sections(const YamlValue& root, const Include& file) {
  const bool is_main = file.mark.line == 0;
  YamlMapping fields(root, "");
  if (!fields.is_valid()) return;
  if (is_main) {
    read_main_sections(fields);
  } else {
    for (const std::string_view name : kMainOnly) {
      if (const auto section = fields.find(name)) {
        section->error(
            "may stand in the main file only; an included file holds routes, keys, upstreams");
      }
    }
  }
  read_lists(fields);
  read_includes(fields, file);
  fields.finish();
}

void FileReader::read_main_sections(YamlMapping& fields) {
  if (const auto section = fields.find("server")) read_server(*section, config_.server);
  if (const auto section = fields.find("admin")) read_admin(*section, config_.admin);
  if (const auto section = fields.find("database")) read_database(*section, config_.database);
  if (const auto section = fields.find("audit")) read_audit_store(*section, config_.database);
  if (const auto section = fields.find("proxy")) read_proxy(*section, config_.proxy);
  if (const auto section = fields.find("rate_limiting")) {
    read_rate_limiting(*section, config_.rate_limiting);
  }
  if (const auto section = fields.find("logging")) read_logging(*section, config_.logging);
  fields.read("pid_file", config_.pid_file);
}

void FileReader::read_lists(YamlMapping& fields) {
  if (const auto list = fields.find("upstreams")) read_upstreams(*list, config_.upstreams);
  if (const auto list = fields.find("routes")) read_routes(*list, config_.routes);
  if (const auto list = fields.find("keys")) read_keys(*list, config_.keys, sources_.now);
}

void FileReader::read_includes(YamlMapping& fields, const Include& file) {
  const auto includes = fields.find("include");
  if (!includes) return;
  const auto take = [&](const YamlValue& pattern) { read_include(pattern, file); };
  if (includes->kind() == YamlKind::Scalar) return take(*includes);
  for_each_entry(*includes, take);
}

void FileReader::read_include(const YamlValue& pattern, const Include& file) {
  std::string path;
  if (!read_value(pattern, path)) return;
  if (path.empty()) return pattern.error("must not be empty");
  if (file.depth >= kMaxDepth) return pattern.error("files include each other more than 8 deep");
  if (!path.starts_with('/')) path.insert(0, pattern.context().folder);
  const std::vector<std::string> paths =
      is_glob(path) ? sources_.glob(path) : std::vector<std::string>{path};
  for (const std::string& found : paths) {
    if (seen_.size() >= kMaxFiles) return pattern.error("more files than a configuration may have");
    read_file({.path = found,
               .shown = shown_path(pattern, found, file.shown),
               .mark = pattern.mark(),
               .depth = file.depth + 1});
  }
}

}  // namespace fastgate::config
