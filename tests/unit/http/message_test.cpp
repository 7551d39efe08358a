#include "http/message.h"

#include <doctest/doctest.h>

namespace fastgate::http {
namespace {

TEST_CASE("methods are told by their exact names") {
  CHECK(method_of("GET") == Method::Get);
  CHECK(method_of("HEAD") == Method::Head);
  CHECK(method_of("POST") == Method::Post);
  CHECK(method_of("PUT") == Method::Put);
  CHECK(method_of("DELETE") == Method::Delete);
  CHECK(method_of("CONNECT") == Method::Connect);
  CHECK(method_of("OPTIONS") == Method::Options);
  CHECK(method_of("TRACE") == Method::Trace);
  CHECK(method_of("PATCH") == Method::Patch);
  CHECK(method_of("get") == Method::Other);
  CHECK(method_of("GETS") == Method::Other);
  CHECK(method_of("") == Method::Other);
}

TEST_CASE("idempotent methods are those of RFC 9110") {
  for (const Method method :
       {Method::Get, Method::Head, Method::Put, Method::Delete, Method::Options, Method::Trace}) {
    CHECK(is_idempotent(method));
  }
  for (const Method method : {Method::Post, Method::Patch, Method::Connect, Method::Other}) {
    CHECK(!is_idempotent(method));
  }
}

TEST_CASE("a cleared head is as new, its capacity is kept") {
  RequestHead request;
  request.text.assign(500, 'x');
  request.fields.add({});
  request.method = Method::Post;
  request.method_length = 4;
  request.target_offset = 5;
  request.target_length = 6;
  request.minor_version = 0;
  request.framing = BodyFraming::Chunked;
  request.content_length = 7;
  request.keep_alive = false;
  request.upgrade = true;
  request.expects_continue = true;
  request.clear();
  CHECK(request.text.empty());
  CHECK(request.text.capacity() >= 500);
  CHECK(request.fields.size() == 0);
  CHECK(request.method == Method::Other);
  CHECK(request.target().empty());
  CHECK(request.method_name().empty());
  CHECK(request.minor_version == 1);
  CHECK(request.framing == BodyFraming::None);
  CHECK(request.content_length == 0);
  CHECK(request.keep_alive);
  CHECK(!request.upgrade);
  CHECK(!request.expects_continue);

  ResponseHead response;
  response.status = 200;
  response.reason_offset = 1;
  response.reason_length = 0;
  response.keep_alive = false;
  response.clear();
  CHECK(response.status == 0);
  CHECK(response.reason().empty());
  CHECK(response.keep_alive);
}

}  // namespace
}  // namespace fastgate::http
