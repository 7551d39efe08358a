#include "cli/key_command.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <signal.h>

#include "cli/key_list.h"
#include "config/edit.h"
#include "config/edit_file.h"
#include "config/iso_time.h"
#include "config/load.h"
#include "gateway/new_key.h"
#include "gateway/snapshot.h"
#include "json/writer.h"
#include "server/generation.h"
#include "server/pid_file.h"

namespace fastgate::cli {
namespace {

using config::EditFields;
using config::EditValue;

/// One run of a sub-command.
class KeyCommand {
 public:
  KeyCommand(const KeyCommandOptions& options, std::ostream& out, std::ostream& err)
      : options_(options), out_(out), err_(err), sources_(config::Sources::system()) {}

  int create();
  int list();
  int revoke();

 private:
  [[nodiscard]] EditFields entry_of(const gateway::NewKey& key, WallTime now) const;
  [[nodiscard]] Result<void> check(const config::Sources& sources, const std::string& path) const;
  [[nodiscard]] std::optional<config::Config> load();
  [[nodiscard]] Result<std::string> revoked(std::string_view text,
                                            const config::KeyConfig& key) const;
  [[nodiscard]] bool print_created(const gateway::NewKey& key) const;
  void reload() const;
  int failed(const Error& error) const;

  const KeyCommandOptions& options_;
  std::ostream& out_;
  std::ostream& err_;
  const config::Sources sources_;
};

int KeyCommand::failed(const Error& error) const {
  err_ << "fastgate: " << error.text << '\n';
  return 1;
}

/// The configuration as it stands; nothing, and everything that is wrong told, if it has errors.
std::optional<config::Config> KeyCommand::load() {
  config::Diagnostics diagnostics;
  config::Config config = config::load(options_.config_file, sources_, diagnostics);
  if (!diagnostics.has_errors()) return config;
  for (const config::Diagnostic& entry : diagnostics.entries()) err_ << entry.text() << '\n';
  err_ << "fastgate: the configuration has errors\n";
  return std::nullopt;
}

/// Whether the whole configuration is good with the edit in place, and reads the edited file. Tells
/// all errors, and the warnings of that file.
Result<void> KeyCommand::check(const config::Sources& sources, const std::string& path) const {
  config::Diagnostics diagnostics;
  config::Config config = config::load(options_.config_file, sources, diagnostics);
  const std::vector<std::string> files = config.files;
  if (!diagnostics.has_errors()) (void)gateway::compile(std::move(config), diagnostics);
  for (const config::Diagnostic& entry : diagnostics.entries()) {
    const bool is_error = entry.severity == config::Severity::Error;
    if (is_error || config::is_same_file(entry.file, path)) err_ << entry.text() << '\n';
  }
  if (diagnostics.has_errors()) {
    return fail(ErrorKind::Config, "the configuration would have errors; nothing was written");
  }
  const bool is_read = std::any_of(files.begin(), files.end(), [&](const std::string& file) {
    return config::is_same_file(file, path);
  });
  if (is_read) return {};
  return fail(ErrorKind::Config, "no `include` of " + options_.config_file + " reads " + path +
                                     ": add `include: [conf.d/*.yaml]` to it");
}

EditFields KeyCommand::entry_of(const gateway::NewKey& key, WallTime now) const {
  EditFields entry{{"key_id", EditValue::of(key.key_id)},
                   {"key_sha256", EditValue::of(to_hex(key.digest))},
                   {"source_path", EditValue::of(options_.source_path)}};
  const auto add_number = [&](const char* name, const std::optional<std::uint32_t>& number) {
    if (number) entry.emplace_back(name, EditValue::of(*number));
  };
  const auto add_list = [&](const char* name, const std::vector<std::string>& list) {
    if (!list.empty()) entry.emplace_back(name, EditValue::of(list));
  };
  if (!options_.description.empty()) {
    entry.emplace_back("description", EditValue::of(options_.description));
  }
  add_list("permissions", options_.permissions);
  add_number("rate_limit", options_.rate_limit);
  add_number("burst", options_.burst);
  add_number("max_concurrency", options_.max_concurrency);
  add_list("allowed_ips", options_.allowed_ips);
  add_list("allowed_routes", options_.allowed_routes);
  add_list("allowed_models", options_.allowed_models);
  entry.emplace_back("created_at", EditValue::of(config::format_iso_time(now)));
  if (!options_.expires_at.empty()) {
    entry.emplace_back("expires_at", EditValue::of(options_.expires_at));
  }
  add_number("expires_days", options_.expires_days);
  return entry;
}

/// False if the value, of which there is no other copy, cannot have arrived.
bool KeyCommand::print_created(const gateway::NewKey& key) const {
  if (options_.is_json) {
    std::string text;
    json::JsonWriter writer(text);
    writer.begin_object().key("key_id").value(key.key_id).key("key_value").value(key.value);
    writer.key("source_path").value(options_.source_path).end_object();
    out_ << text << '\n';
  } else {
    out_ << "key_id: " << key.key_id << "\nkey_value: " << key.value << '\n';
  }
  if (!out_.flush()) {
    err_ << "fastgate: the key " << key.key_id
         << " is stored, but its value could not be written and is lost: take it away with "
            "`fastgate key revoke "
         << key.key_id << "`\n";
    return false;
  }
  if (!options_.is_json) {
    err_ << "Keep the value now: only its SHA-256 is stored, it cannot be shown again.\n";
  }
  return true;
}

/// Asks the running gateway to take the change in. That nobody runs is no error: the next start
/// will read it.
void KeyCommand::reload() const {
  if (options_.no_reload) return;
  config::Diagnostics diagnostics;
  const config::Config config = config::load(options_.config_file, sources_, diagnostics);
  const server::ConfigPlace place{.file = options_.config_file, .prefix = options_.prefix};
  const Result<pid_t> pid = server::PidFile::read(place.resolve(config.pid_file));
  if (!pid) {
    err_ << "fastgate: not reloaded: " << pid.error().text << '\n';
  } else if (::kill(*pid, SIGHUP) != 0) {
    err_ << "fastgate: cannot tell process " << *pid
         << " to reload: " << std::generic_category().message(errno) << '\n';
  }
}

int KeyCommand::create() {
  if (options_.source_path.empty()) {
    return failed(fail(ErrorKind::Config, "--source-path is needed: whose key is it?").error());
  }
  const gateway::NewKey key = gateway::NewKey::make();
  const EditFields entry = entry_of(key, sources_.now);
  const std::string path = config::admin_file_of(options_.config_file);
  const config::FileEdit edit{
      .config_path = options_.config_file,
      .path = path,
      .edit =
          [&](std::string_view text) {
            return config::append_entry(text, config::EditList::Keys, entry);
          },
      .check = [&](const config::Sources& sources) { return check(sources, path); }};
  if (auto done = config::edit_file(edit, sources_); !done) return failed(done.error());
  const bool is_printed = print_created(key);
  reload();
  return is_printed ? 0 : 1;
}

int KeyCommand::list() {
  const auto config = load();
  if (!config) return 1;
  const KeyListing listing{*config, options_.source_path, sources_.now};
  out_ << (options_.is_json ? key_list_json(listing) : key_list_text(listing));
  return 0;
}

/// The entry is found again in the text that was read under the lock, by its id or, where that was
/// made from the digest, by its digest.
Result<std::string> KeyCommand::revoked(std::string_view text, const config::KeyConfig& key) const {
  const std::string digest = to_hex(key.key_sha256);
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::string_view>{"key_id", key.key_id.value},
        {"key_sha256", digest}}) {
    const auto place = config::find_entry(text, config::EditList::Keys, name, value);
    if (!place) return std::unexpected(place.error());
    if (!*place) continue;
    if (!options_.is_kept) return config::delete_entry(text, **place);
    return config::change_entry(text, **place, {{"is_active", EditValue::no()}});
  }
  return fail(ErrorKind::Config, "the key's entry cannot be found in its file: edit it by hand");
}

int KeyCommand::revoke() {
  const auto config = load();
  if (!config) return 1;
  const auto& keys = config->keys;
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const config::KeyConfig& one) {
    return one.key_id.value == options_.key_id;
  });
  if (key == keys.end()) {
    // Not quoted: a key's value may have been given in place of its id.
    return failed(
        fail(ErrorKind::Config, "no key has this id; `fastgate key list` shows them").error());
  }
  const std::string path = config->files[key->mark.file];
  const config::FileEdit edit{
      .config_path = options_.config_file,
      .path = path,
      .edit = [&](std::string_view text) { return revoked(text, *key); },
      .check = [&](const config::Sources& sources) { return check(sources, path); }};
  if (auto done = config::edit_file(edit, sources_); !done) return failed(done.error());
  if (options_.is_json) {
    std::string text;
    json::JsonWriter(text).begin_object().key("revoked").value(options_.key_id).end_object();
    out_ << text << '\n';
  } else {
    out_ << "revoked: " << options_.key_id << '\n';
  }
  reload();
  return 0;
}

}  // namespace

int run_key_command(const KeyCommandOptions& options, std::ostream& out, std::ostream& err) {
  KeyCommand command(options, out, err);
  switch (options.action) {
    case KeyCommandOptions::Action::Create:
      return command.create();
    case KeyCommandOptions::Action::List:
      return command.list();
    case KeyCommandOptions::Action::Revoke:
      return command.revoke();
    case KeyCommandOptions::Action::None:
      break;
  }
  err << "fastgate: key needs one of create, list, revoke\n";
  return 1;
}

}  // namespace fastgate::cli
