#include "http/llhttp_reading.h"

#include <string>

#include <doctest/doctest.h>

#include "http/http1_parser.h"

namespace fastgate::http {
namespace {

constexpr DeclaredBody kNoBody{};
constexpr DeclaredBody kFive{.framing = BodyFraming::ContentLength, .content_length = 5};
constexpr DeclaredBody kChunked{.framing = BodyFraming::Chunked};

/// A head as the first reading leaves it.
RequestHead request_of(const std::string& lines) {
  Http1RequestParser parser{ParserLimits{}};
  RequestHead head;
  parser.begin(head);
  REQUIRE(parser.feed_head("POST /x HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n"));
  return head;
}

ResponseHead response_of(const std::string& lines) {
  Http1ResponseParser parser{ParserLimits{}};
  ResponseHead head;
  parser.begin(head, Method::Get);
  REQUIRE(parser.feed_head("HTTP/1.1 200 Fine\r\n" + lines + "\r\n"));
  return head;
}

/// The same head with its fields changed by `change`.
template <class Change>
RequestHead with_fields(const RequestHead& head, Change change) {
  RequestHead changed = head;
  changed.fields.clear();
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    FieldList::Span span = head.fields.span_at(i);
    change(i, span);
    changed.fields.add(span);
  }
  return changed;
}

TEST_CASE("llhttp confirms what is unambiguous") {
  CHECK(confirm_by_llhttp(request_of(""), kNoBody));
  CHECK(confirm_by_llhttp(request_of("X:\r\nY: \t b  \r\n"), kNoBody));
  CHECK(confirm_by_llhttp(request_of("Content-Length: 5\r\n"), kFive));
  CHECK(confirm_by_llhttp(request_of("Transfer-Encoding: chunked\r\n"), kChunked));
  CHECK(confirm_by_llhttp(response_of(""), kNoBody));
  CHECK(confirm_by_llhttp(response_of("Content-Length: 5\r\n"), kFive));
}

TEST_CASE("lines that llhttp does not look into change nothing, wherever they stand") {
  const std::string plain = "X-One: 1\r\n";
  const std::string framing = "Content-Length: 5\r\n";
  const std::string empty = "Connection:\r\n";
  const std::string options = "Connection: a, \t close \t\r\n";
  for (const std::string& lines :
       {framing, plain + framing, framing + plain, plain + framing + plain, empty + plain + framing,
        framing + empty + plain, options + plain + plain + framing + "User-Agent:  x \t\r\n",
        plain + options + framing, framing + options}) {
    INFO(lines);
    for (const LlhttpReads reads : {LlhttpReads::Framing, LlhttpReads::Everything}) {
      CHECK(confirm_by_llhttp(request_of(lines), kFive, reads));
      CHECK(confirm_by_llhttp(response_of(lines), kFive, reads));
      CHECK(!confirm_by_llhttp(request_of(lines), kNoBody, reads));
      CHECK(!confirm_by_llhttp(response_of(lines), kChunked, reads));
    }
  }
}

TEST_CASE("another framing is not confirmed") {
  for (const std::string lines : {"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    INFO(lines);
    int confirmed = 0;
    for (const DeclaredBody& declared : {kNoBody, kFive, kChunked}) {
      confirmed += confirm_by_llhttp(request_of(lines), declared) ? 1 : 0;
      confirmed += confirm_by_llhttp(response_of(lines), declared) ? 1 : 0;
    }
    CHECK(confirmed == 2);
  }
  const DeclaredBody six{.framing = BodyFraming::ContentLength, .content_length = 6};
  CHECK(!confirm_by_llhttp(request_of("Content-Length: 5\r\n"), six));
}

/// What llhttp says of the head with its fields changed, given every line.
template <class Change>
bool is_confirmed_with(const RequestHead& head, Change change) {
  return confirm_by_llhttp(with_fields(head, change), kNoBody, LlhttpReads::Everything).has_value();
}

TEST_CASE("another field, target, reason or version is not confirmed") {
  const RequestHead head = request_of("X: bcd\r\nY: e\r\n");
  CHECK(is_confirmed_with(head, [](std::size_t, FieldList::Span&) {}));
  CHECK(!is_confirmed_with(head, [](std::size_t i, FieldList::Span& span) {
    if (i == 1) ++span.value_offset;
  }));
  CHECK(!is_confirmed_with(head, [](std::size_t i, FieldList::Span& span) {
    if (i == 2) --span.name_offset;
  }));
  CHECK(!is_confirmed_with(head, [](std::size_t i, FieldList::Span& span) {
    if (i == 1) span.value_length += 8;
  }));

  RequestHead more = head;
  more.fields.add(head.fields.span_at(0));
  CHECK(!confirm_by_llhttp(more, kNoBody));
  RequestHead fewer = head;
  fewer.fields.clear();
  CHECK(!confirm_by_llhttp(fewer, kNoBody));
  // Fields that llhttp looks into are compared in either reading, whatever the first one took them
  // for.
  const RequestHead options = request_of("X: a\r\nConnection: x\r\nY: b\r\nUPGRADE: a\r\n");
  const auto change_field = [&options](std::size_t index, auto change) {
    const RequestHead changed = with_fields(options, [&](std::size_t i, FieldList::Span& span) {
      span.id = FieldId::Other;
      if (i == index) change(span);
    });
    return confirm_by_llhttp(changed, kNoBody).has_value();
  };
  CHECK(change_field(2, [](FieldList::Span&) {}));
  CHECK(!change_field(2, [](FieldList::Span& span) { ++span.value_offset; }));
  CHECK(!change_field(4, [](FieldList::Span& span) { span.value_length += 4; }));
  RequestHead target = head;
  --target.target_length;
  CHECK(!confirm_by_llhttp(target, kNoBody));
  RequestHead version = head;
  version.minor_version = 0;
  CHECK(!confirm_by_llhttp(version, kNoBody));

  ResponseHead reason = response_of("");
  --reason.reason_length;
  CHECK(!confirm_by_llhttp(reason, kNoBody));
  ResponseHead status = response_of("");
  status.status = 201;
  CHECK(!confirm_by_llhttp(status, kNoBody));
}

TEST_CASE("a text that goes on behind the head, or stops before its end, is not confirmed") {
  RequestHead longer = request_of("");
  longer.text += "GET / HTTP/1.1\r\n\r\n";
  CHECK(!confirm_by_llhttp(longer, kNoBody));
  RequestHead shorter = request_of("");
  shorter.text.resize(shorter.text.size() - 1);
  CHECK(!confirm_by_llhttp(shorter, kNoBody));
}

}  // namespace
}  // namespace fastgate::http
