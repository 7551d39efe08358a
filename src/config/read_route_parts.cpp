#include "config/read_route_parts.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "config/option_names.h"
#include "config/readers.h"
#include "config/yaml_json.h"
#include "http/fields.h"

namespace fastgate::config {

namespace {

/// The elements of a list, or of a text with commas: each goes to `each(text, value)`.
template <class Each>
void for_each_word(const YamlValue& value, Each each) {
  const auto take = [&](const YamlValue& words) {
    if (words.kind() != YamlKind::Scalar) return words.error_expected("a text");
    for (const std::string_view word : split(words.text(), ',')) each(trim(word), words);
  };
  if (value.kind() == YamlKind::Scalar) return take(value);
  for_each_entry(value, take);
}

bool is_method(std::string_view name) {
  return name.size() <= 32 && http::is_field_name(name) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
         });
}

void read_test_request(const YamlValue& value, RouteTestConfig& out) {
  YamlMapping fields(value, "routes.tests.request");
  if (const auto method = fields.find("method"); method && read_value(*method, out.method)) {
    if (!http::is_field_name(out.method)) method->error_expected("a method such as `POST`");
  }
  if (const auto path = fields.find("path"); path && read_value(*path, out.path)) {
    if (!out.path.starts_with('/') || out.path.find_first_of(" \t\r\n") != std::string::npos) {
      path->error_expected("a path that begins with `/`, with or without a query");
    }
  }
  if (const auto headers = fields.find("headers")) {
    read_headers(*headers, out.headers, HeaderUse::Match);
  }
  if (const auto body = fields.find("body")) {
    if (body->kind() == YamlKind::Scalar && !body->is_plain()) {
      out.body_text = std::string(body->text());
    } else {
      out.body_json = json_of(*body, NamedSecrets::Masked);
    }
  }
  fields.read("key", out.key_id);
  fields.finish();
}

void read_test_expect(const YamlValue& value, RouteTestConfig& out) {
  YamlMapping fields(value, "routes.tests.expect");
  fields.read("route_id", out.expect_route_id);
  fields.read("target_url", out.expect_target_url);
  fields.read("status", out.expect_status, NumberRange{100, 599});
  if (const auto headers = fields.find("headers")) {
    read_headers(*headers, out.expect_headers, HeaderUse::Match);
  }
  if (const auto body = fields.find("body")) {
    out.expect_body = json_of(*body, NamedSecrets::Masked);
  }
  fields.finish();
}

}  // namespace

void read_methods(const YamlValue& value, std::vector<std::string>& out) {
  out.clear();
  bool is_any = false;
  for_each_word(value, [&](std::string_view word, const YamlValue& place) {
    std::string method = to_upper(word);
    if (method == "ANY") {
      is_any = true;
    } else if (!is_method(method)) {
      place.error_expected("`ANY`, or methods such as `GET,POST`");
    } else if (std::find(out.begin(), out.end(), method) == out.end()) {
      out.push_back(std::move(method));
    }
  });
  if (is_any) out.clear();
}

void read_retry_on(const YamlValue& value, RetryOn& out) {
  out = RetryOn{.connect = false, .is_explicit = true};
  for_each_word(value, [&](std::string_view word, const YamlValue& place) {
    const auto known = std::ranges::find(kRetryNames, word, &RetryName::name);
    if (known != kRetryNames.end()) {
      out.*(known->flag) = true;
      return;
    }
    if (word.empty() && value.kind() == YamlKind::Scalar) return;
    place.error_expected("cases out of `connect`, `timeout`, `reset`, `429`, `502`, `503`, `504`");
  });
}

void read_target_tls(const YamlValue& value, TargetTlsConfig& out) {
  YamlMapping fields(value, "routes.target_tls");
  fields.read("ca", out.ca);
  fields.read("server_name", out.server_name);
  fields.read("verify", out.verify);
  const bool has_certificate = fields.read("client_certificate", out.client_certificate);
  const bool has_key = fields.read("client_key", out.client_key);
  fields.finish();
  if (has_certificate != has_key) {
    value.error("needs `client_certificate` and `client_key` together");
  }
}

RespondConfig read_respond(const YamlValue& value) {
  RespondConfig out;
  YamlMapping fields(value, "routes.respond");
  fields.read("status", out.status, NumberRange{200, 599});
  if (const auto headers = fields.find("headers")) {
    read_headers(*headers, out.headers, HeaderUse::AddToResponse);
  }
  if (const auto body = fields.find("body")) {
    if (body->kind() == YamlKind::Scalar) {
      read_value(*body, out.body);
    } else if (auto json = json_of(*body)) {
      out.body = {std::move(json->text), json->mark, json->is_substituted};
      out.is_json = true;
    }
    const bool is_empty = out.status == 204 || out.status == 304;
    if (is_empty && !out.body.value.empty()) body->error("cannot go with status 204 or 304");
  }
  fields.finish();
  return out;
}

QueueConfig read_queue(const YamlValue& value) {
  QueueConfig out;
  YamlMapping fields(value, "routes.queue");
  fields.read("max_wait", out.max_wait, DurationRange{milliseconds(1), std::chrono::minutes(10)});
  fields.read("size", out.size, NumberRange{1, 1'000'000});
  fields.finish();
  return out;
}

void read_audit(const YamlValue& value, AuditConfig& out) {
  static constexpr SizeRange kCapture{Bytes{0}, mebibytes(64)};
  YamlMapping fields(value, "routes.audit");
  fields.read("headers", out.headers);
  fields.read("request_body", out.request_body, kCapture);
  fields.read("response_body", out.response_body, kCapture);
  fields.finish();
}

void read_route_tests(const YamlValue& list, std::vector<RouteTestConfig>& out) {
  for_each_entry(list, [&](const YamlValue& entry) {
    RouteTestConfig test;
    test.mark = entry.mark();
    YamlMapping fields(entry, "routes.tests");
    if (const auto request = fields.find("request")) {
      read_test_request(*request, test);
    } else if (fields.is_valid() && !fields.has("request")) {
      entry.error("needs `request`");
    }
    if (const auto expect = fields.find("expect")) {
      read_test_expect(*expect, test);
    } else if (fields.is_valid() && !fields.has("expect")) {
      entry.error("needs `expect`");
    }
    fields.finish();
    out.push_back(std::move(test));
  });
}

}  // namespace fastgate::config
