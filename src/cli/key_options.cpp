#include <CLI/CLI.hpp>

#include "cli/key_command.h"

namespace fastgate::cli {
namespace {

using KeyAction = KeyCommandOptions::Action;

void add_create(CLI::App& key, KeyCommandOptions& options) {
  CLI::App* create = key.add_subcommand("create", "make a key and print its value, once");
  create->callback([&options] { options.action = KeyAction::Create; });
  create->add_option("--source-path", options.source_path, "whose key it is")
      ->type_name("NAME")
      ->required();
  create->add_option("--description", options.description, "for people")->type_name("TEXT");
  const auto add_list = [&](const char* name, std::vector<std::string>& list, const char* help) {
    create->add_option(name, list, help)->type_name("A,B")->delimiter(',');
  };
  add_list("--permissions", options.permissions, "what it may use; none: everything");
  add_list("--allowed-ips", options.allowed_ips, "addresses or networks it may be used from");
  add_list("--allowed-routes", options.allowed_routes, "route ids it may use");
  add_list("--allowed-models", options.allowed_models, "models it may ask for, as in gpt-*");
  const auto add_number = [&](const char* name, std::optional<std::uint32_t>& number,
                              const char* help) {
    return create->add_option(name, number, help)->type_name("N");
  };
  add_number("--rate-limit", options.rate_limit, "requests a minute; 0: no limit");
  add_number("--burst", options.burst, "requests at once; default: as --rate-limit");
  add_number("--max-concurrency", options.max_concurrency, "requests under way at a time");
  CLI::Option* days = add_number("--expires-days", options.expires_days, "days until it expires");
  create->add_option("--expires-at", options.expires_at, "when it expires, as in 2030-01-31T12:00Z")
      ->type_name("TIME")
      ->excludes(days);
}

}  // namespace

void add_key_command(CLI::App& app, KeyCommandOptions& options) {
  CLI::App* key = app.add_subcommand("key", "create, list and revoke API keys");
  key->require_subcommand(1);
  key->fallthrough();
  add_create(*key, options);
  CLI::App* list = key->add_subcommand("list", "show the keys, without their values");
  list->callback([&options] { options.action = KeyAction::List; });
  list->add_option("--source-path", options.source_path, "only those of one owner")
      ->type_name("NAME");
  CLI::App* revoke = key->add_subcommand("revoke", "remove a key");
  revoke->callback([&options] { options.action = KeyAction::Revoke; });
  revoke->add_option("key_id", options.key_id, "as `key list` shows it")->required();
  revoke->add_flag("--keep", options.is_kept, "leave its entry in the file, switched off");
  for (CLI::App* command : key->get_subcommands({})) {
    command->fallthrough();
    command->add_flag("--json", options.is_json, "print JSON");
    if (command == list) continue;
    command->add_flag("--no-reload", options.no_reload, "do not tell the running gateway");
  }
}

}  // namespace fastgate::cli
