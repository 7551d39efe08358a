#include "gateway/request_facts.h"

#include <optional>

#include "base/text.h"

namespace fastgate::gateway {
namespace {

/// Some proxies write `1.2.3.4:5678` or `[::1]:5678`.
std::optional<IpAddress> parse_element(std::string_view element) {
  if (auto whole = IpAddress::parse(element); whole) return *whole;
  const std::size_t colon = element.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == element.size()) return std::nullopt;
  for (const char c : element.substr(colon + 1)) {
    if (!is_digit(c)) return std::nullopt;
  }
  const std::string_view address = element.substr(0, colon);
  const bool is_bracketed = address.starts_with('[') && address.ends_with(']');
  if (!is_bracketed && address.contains(':')) return std::nullopt;
  auto parsed = IpAddress::parse(address);
  if (!parsed) return std::nullopt;
  return *parsed;
}

/// Takes the last element of a comma-separated list off `list`; nothing when the list is used up.
std::optional<std::string_view> take_last(std::string_view& list) {
  while (!list.empty()) {
    const std::size_t comma = list.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const std::string_view element = trim(list.substr(begin));
    list = list.substr(0, comma == std::string_view::npos ? 0 : comma);
    if (!element.empty()) return element;
  }
  return std::nullopt;
}

/// The value that the nearest proxy wrote: the last element of the last field.
std::optional<Scheme> forwarded_scheme(const http::RequestHead& head) {
  for (std::size_t i = head.fields.size(); i-- > 0;) {
    if (head.fields.id_at(i) != http::FieldId::XForwardedProto) continue;
    std::string_view list = head.field(i).value;
    const auto last = take_last(list);
    if (!last) continue;
    if (equals_ignoring_case(*last, "https")) return Scheme::Https;
    if (equals_ignoring_case(*last, "http")) return Scheme::Http;
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

IpAddress real_client(const http::RequestHead& head, const IpAddress& peer,
                      const std::vector<IpNetwork>& trusted) {
  if (!contains(trusted, peer)) return peer;
  IpAddress client = peer;
  for (std::size_t i = head.fields.size(); i-- > 0;) {
    if (head.fields.id_at(i) != http::FieldId::XForwardedFor) continue;
    std::string_view list = head.field(i).value;
    while (const auto element = take_last(list)) {
      const auto address = parse_element(*element);
      if (!address) return client;
      client = *address;
      if (!contains(trusted, client)) return client;
    }
  }
  return client;
}

RequestFacts make_facts(const http::RequestHead& head, const http::Target& target,
                        const Arrival& arrival) {
  RequestFacts facts;
  facts.head = &head;
  facts.target = &target;
  facts.authority = target.authority;
  if (facts.authority.empty()) facts.authority = head.find(http::FieldId::Host).value_or("");
  const http::HostPort parts = http::split_host(facts.authority);
  facts.host = parts.host;
  facts.host_port = parts.port;
  facts.peer = arrival.peer;
  facts.client = arrival.peer;
  facts.scheme = arrival.listener_scheme;
  facts.request_id = arrival.request_id;
  facts.scratch = arrival.scratch;
  facts.certificate = arrival.certificate;
  facts.door = arrival.door;
  if (arrival.trusted_proxies != nullptr && contains(*arrival.trusted_proxies, arrival.peer)) {
    facts.peer_is_trusted = true;
    facts.client = real_client(head, arrival.peer, *arrival.trusted_proxies);
    facts.scheme = forwarded_scheme(head).value_or(arrival.listener_scheme);
  }
  return facts;
}

}  // namespace fastgate::gateway
