#include "admin/text_reads.h"

#include <doctest/doctest.h>

namespace fastgate::admin {
namespace {

const std::vector<LoadedFile> kRunning = {
    {.path = "fastgate.yaml",
     .text = "admin: {token: \"${TOKEN:-}\"}\ninclude: [conf.d/*.yaml]\nroutes:\n"
             "  - {match_path: /a, add_headers: {X-Key: \"${KEY}\"}, target_tls: {ca: a.pem}}\n",
     .digest = {}},
    {.path = "conf.d/a.yaml",
     .text = "include: more.yaml\nroutes: [{match_path: \"/${B}\", description: \"${file:text}\",\n"
             "  add_headers: {X-File: \"${file:/etc/key}\"}}]\n",
     .digest = {}},
};

bool reads_no_more(std::string_view text) {
  return admin::reads_no_more(text, kRunning);
}

TEST_CASE("text reads: what the running files hold may be checked, in whichever entry") {
  CHECK(reads_no_more(""));
  CHECK(reads_no_more("routes: [{match_path: /x, target_host: a}]"));
  for (const LoadedFile& file : kRunning)
    CHECK(reads_no_more(file.text) == (&file == &kRunning[0]));
  CHECK(reads_no_more("include: conf.d/*.yaml"));
  CHECK(
      reads_no_more("routes: [{match_path: /x}, {match_path: \"/${B}\"}, {match_path: /y, "
                    "add_headers: {X-Key: \"${KEY}\"}, target_tls: {ca: a.pem}}]"));
  CHECK(reads_no_more("<<: {include: conf.d/*.yaml}"));
  CHECK(reads_no_more("routes: [{add_headers: {<<: [{X-File: \"${file:/etc/key}\"}]}}]"));
  CHECK(reads_no_more("routes: [broken ${KEY}"));
}

TEST_CASE("text reads: other variables, other places of the same ones, and other files may not") {
  const std::string_view texts[] = {
      "admin: {token: \"${OTHER}\"}",
      "routes: [{add_headers: {X-Key: \"${KEY}x\"}}]",
      "routes: [{add_headers: {X-Other: \"${KEY}\"}}]",
      "routes: [{tests: [{request: {path: \"/${KEY}\"}, expect: {route_id: a}}]}]",
      "x: &a \"${KEY}\"\nroutes: [{route_id: *a}]",
      "\"${KEY}\"",
      "include: [/etc/passwd]",
      "include: more.yaml",
      "<<: {include: [/etc/passwd]}",
      "<<: [{include: /etc/passwd}]",
      "<<: {<<: {include: /etc/passwd}}",
      "routes: [{description: \"${file:text}\"}]",
      "include: [[/etc/passwd]]",
      "server: {tls: [{certificate: /etc/passwd, private_key: b}]}",
      "routes: [{target_tls: {ca: \"${file:/etc/passwd}\"}}]",
      "routes: [{target_tls: {client_key: /etc/passwd}}]",
      "server: {client_tls: {crl: /etc/passwd}}",
  };
  for (const std::string_view text : texts) {
    INFO(text);
    CHECK_FALSE(reads_no_more(text));
  }
}

}  // namespace
}  // namespace fastgate::admin
