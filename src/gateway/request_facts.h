/// What the pure core knows of one request: views of its head and who sent it. Made by the
/// exchange, lives while the exchange does. Single-threaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/regex.h"
#include "http/message.h"
#include "http/target.h"

namespace fastgate::gateway {

enum class Scheme : std::uint8_t { Http, Https };

/// Which listener a request came by: one for traffic, or the admin API's own (`admin.listen`).
enum class Door : std::uint8_t { Traffic, Admin };

/// What the client's TLS handshake says of its certificate. Asked only where a route wants it.
class ClientCertificate {
 public:
  /// By RFC 2253, printable ASCII; "" without one. Made anew at each call.
  [[nodiscard]] virtual std::string subject() const = 0;
  /// `SUCCESS`, `NONE`, and "" without TLS.
  [[nodiscard]] virtual std::string_view verify() const = 0;

 protected:
  ~ClientCertificate() = default;
};

struct RequestFacts {
  const http::RequestHead* head = nullptr;
  const http::Target* target = nullptr;
  std::string_view host;       ///< without port, as spelled; empty on HTTP/1.0 without Host
  std::string_view host_port;  ///< the port's digits in Host, or empty
  std::string_view authority;  ///< the Host field's value, or the absolute target's authority
  IpAddress peer;              ///< the connection's other end
  IpAddress client;  ///< the real client: behind trusted proxies by X-Forwarded-For, else `peer`
  std::string_view request_id;  ///< the client's acceptable X-Request-Id, or a fresh one
  RegexScratch* scratch =
      nullptr;  ///< the worker's; null: each search makes its own (explain, tests)
  const ClientCertificate* certificate = nullptr;  ///< null: not known (explain, tests)
  bool peer_is_trusted = false;                    ///< `peer` is one of `trusted_proxies`
  Scheme scheme = Scheme::Http;  ///< of the listener, or X-Forwarded-Proto of a trusted proxy
  Door door = Door::Traffic;
};

/// How a request arrived: what its head does not say.
struct Arrival {
  IpAddress peer;
  Scheme listener_scheme = Scheme::Http;
  const std::vector<IpNetwork>* trusted_proxies = nullptr;  ///< null: nobody
  std::string_view request_id;
  RegexScratch* scratch = nullptr;
  const ClientCertificate* certificate = nullptr;
  Door door = Door::Traffic;
};

/// The facts of one request. `head` and `target` must outlive them. Form: the head is
/// one that the parser took, so its Host can be taken apart. Source: RFC 9112
/// section 3.2.2: the authority of an absolute target goes before Host.
[[nodiscard]] RequestFacts make_facts(const http::RequestHead& head, const http::Target& target,
                                      const Arrival& arrival);

/// The real client's address: `peer`, or, if `peer` is trusted, the right-most address in
/// X-Forwarded-For that is not itself trusted (the left-most if all are). Unparsable elements end
/// the walk. All X-Forwarded-For fields count as one list.
[[nodiscard]] IpAddress real_client(const http::RequestHead& head, const IpAddress& peer,
                                    const std::vector<IpNetwork>& trusted);

}  // namespace fastgate::gateway
