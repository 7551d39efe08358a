#include "base/ip_address.h"

#include <doctest/doctest.h>

namespace fastgate {
namespace {

IpAddress address_of(std::string_view text) {
  const auto parsed = IpAddress::parse(text);
  INFO(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

IpNetwork network_of(std::string_view text) {
  const auto parsed = IpNetwork::parse(text);
  INFO(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

TEST_CASE("addresses are read in every form and shown in the canonical one") {
  struct Row {
    std::string_view text;
    std::string_view canonical;
  };
  const Row rows[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"192.168.10.255", "192.168.10.255"},
      {"255.255.255.255", "255.255.255.255"},
      {"::ffff:10.1.2.3", "10.1.2.3"},
      {"::FFFF:0a01:0203", "10.1.2.3"},
      {"[::ffff:10.1.2.3]", "10.1.2.3"},
      {"::", "::"},
      {"[::]", "::"},
      {"::1", "::1"},
      {"[::1]", "::1"},
      {"1::", "1::"},
      {"2001:DB8::1", "2001:db8::1"},
      {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},  // the first of two runs
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one group is not shortened
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run
      {"0:0:1:0:0:0:0:0", "0:0:1::"},
      {"fe80:0:0:0:1::", "fe80::1:0:0:0"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
      {"abcd:ef01:2345:6789:abcd:ef01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"},
      {"::1.2.3.4", "::102:304"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"0000:0000:0000:0000:0000:ffff:255.255.255.255", "255.255.255.255"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const IpAddress address = address_of(row.text);
    CHECK(address.text() == row.canonical);
    CHECK(address_of(row.canonical) == address);
  }
}

TEST_CASE("what is no address is refused") {
  for (const std::string_view bad : {"",
                                     " ",
                                     "1",
                                     "1.2.3",
                                     "1.2.3.4.5",
                                     "256.1.1.1",
                                     "1.2.3.-4",
                                     "1.2.3.4 ",
                                     " 1.2.3.4",
                                     "01.2.3.4",
                                     "1.2.3.4:80",
                                     "[1.2.3.4]",
                                     "[::1",
                                     "::1]",
                                     "[]",
                                     "[[::1]]",
                                     "[::1]:80",
                                     "fe80::1%eth0",
                                     "1::2::3",
                                     ":::",
                                     ":",
                                     "12345::",
                                     "1:2:3:4:5:6:7",
                                     "1:2:3:4:5:6:7:8:9",
                                     "::g",
                                     "localhost",
                                     "0x7f.0.0.1",
                                     "2130706433",
                                     "1.2.3.4/32",
                                     "::ffff:1.2.3",
                                     "::ffff:1.2.3.256"}) {
    INFO(bad);
    const auto parsed = IpAddress::parse(bad);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().kind == ErrorKind::Config);
  }
  CHECK_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)).has_value());
  CHECK_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0.evil", 13)).has_value());
  const auto monster = IpAddress::parse(std::string(100'000, ':'));
  REQUIRE_FALSE(monster.has_value());
  CHECK(monster.error().text.size() < 200);
}

TEST_CASE("IPv4 and its mapped IPv6 form are one address") {
  CHECK(address_of("10.0.0.1") == address_of("::ffff:10.0.0.1"));
  CHECK(IpAddress::v4(0x0a000001) == address_of("10.0.0.1"));
  CHECK(address_of("::ffff:10.0.0.1").is_v4());
  CHECK_FALSE(address_of("::10.0.0.1").is_v4());
  CHECK_FALSE(IpAddress().is_v4());
  CHECK(address_of("10.0.0.1") < address_of("10.0.0.2"));
  std::string out = "from ";
  address_of("10.0.0.1").append_to(out);
  CHECK(out == "from 10.0.0.1");
}

TEST_CASE("every octet is written as it is read") {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string digits = std::to_string(octet);
    const std::string text = digits + ".0." + digits + "." + digits;
    std::string out;
    address_of(text).append_to(out);
    CHECK(out == text);
  }
}

TEST_CASE("loopback") {
  for (const std::string_view yes : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"}) {
    INFO(yes);
    CHECK(address_of(yes).is_loopback());
  }
  for (const std::string_view no :
       {"126.0.0.1", "128.0.0.1", "::", "::2", "1::1", "::127.0.0.1", "0.0.0.1"}) {
    INFO(no);
    CHECK_FALSE(address_of(no).is_loopback());
  }
}

TEST_CASE("networks hold what lies behind their prefix") {
  struct Row {
    std::string_view network;
    std::string_view inside;   ///< empty: none to check
    std::string_view outside;  ///< empty: none to check
  };
  const Row rows[] = {
      {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
      {"10.0.0.0/8", "::ffff:10.9.8.7", "::10.9.8.7"},
      {"::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"},
      {"192.168.4.0/22", "192.168.7.255", "192.168.8.0"},
      {"192.168.4.0/22", "192.168.4.0", "192.168.3.255"},
      {"10.0.0.128/25", "10.0.0.128", "10.0.0.127"},
      {"10.0.0.7", "10.0.0.7", "10.0.0.6"},
      {"10.0.0.7/32", "10.0.0.7", "10.0.0.8"},
      {"10.0.0.6/31", "10.0.0.7", "10.0.0.8"},
      {"0.0.0.0/0", "255.255.255.255", "::1"},
      {"0.0.0.0/0", "0.0.0.0", "2001:db8::1"},
      {"128.0.0.0/1", "128.0.0.0", "127.255.255.255"},
      {"::/0", "2001:db8::1", "10.0.0.1"},  // an IPv6 network is IPv6 only
      {"::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:10.0.0.1"},
      {"::/64", "::1", "10.0.0.1"},
      {"::ffff:0:0/96", "10.0.0.1", "::1"},
      {"2001:db8::/32", "2001:db8:ffff::", "2001:db9::"},
      {"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
      {"[::1]/128", "::1", "::2"},
      {"::1", "::1", "::"},
      {"fe80::/10", "febf::1", "fec0::1"},
  };
  for (const Row& row : rows) {
    INFO(row.network, " ", row.inside, " ", row.outside);
    const IpNetwork network = network_of(row.network);
    CHECK(network.contains(address_of(row.inside)));
    CHECK_FALSE(network.contains(address_of(row.outside)));
  }
}

TEST_CASE("networks count their prefix in the mapped form and show it as written") {
  CHECK(network_of("10.0.0.0/8").prefix_bits == 104);
  CHECK(network_of("0.0.0.0/0").prefix_bits == 96);
  CHECK(network_of("10.0.0.1").prefix_bits == 128);
  CHECK(network_of("10.0.0.0/8").text() == "10.0.0.0/8");
  CHECK(network_of("::ffff:10.0.0.0/104").text() == "10.0.0.0/8");
  CHECK(network_of("10.0.0.1").text() == "10.0.0.1/32");
  CHECK(network_of("0.0.0.0/0").text() == "0.0.0.0/0");
  CHECK(network_of("::/0").text() == "::/0");
  CHECK(network_of("::1").text() == "::1/128");
  CHECK(network_of("2001:DB8::/32").text() == "2001:db8::/32");
}

TEST_CASE("bad networks are refused, each with its reason") {
  struct Row {
    std::string_view text;
    std::string_view reason;
  };
  const Row rows[] = {
      {"", "not an IP address or network"},
      {"/8", "not an IP address or network"},
      {"10/8", "not an IP address or network"},
      {"10.0.0.0/", "prefix length of 0 to 32"},
      {"10.0.0.0/33", "prefix length of 0 to 32"},
      {"10.0.0.0/-1", "prefix length of 0 to 32"},
      {"10.0.0.0/+8", "prefix length of 0 to 32"},
      {"10.0.0.0/8 ", "prefix length of 0 to 32"},
      {"10.0.0.0/8/8", "prefix length of 0 to 32"},
      {"10.0.0.0/0008", "prefix length of 0 to 32"},
      {"10.0.0.0/255.0.0.0", "prefix length of 0 to 32"},
      {"10.0.0.0/4294967304", "prefix length of 0 to 32"},
      {"::/129", "prefix length of 0 to 128"},
      {"::/256", "prefix length of 0 to 128"},
      {"10.0.0.1/8", "set behind the prefix"},
      {"10.0.0.1/31", "set behind the prefix"},
      {"0.0.0.1/0", "set behind the prefix"},
      {"2001:db8::1/64", "set behind the prefix"},
      {"::1/0", "set behind the prefix"},
      {"::ffff:0:0/90", "set behind the prefix"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto parsed = IpNetwork::parse(row.text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().kind == ErrorKind::Config);
    INFO(parsed.error().text);
    CHECK(parsed.error().text.find(row.reason) != std::string::npos);
  }
}

TEST_CASE("a list of networks") {
  const std::vector<IpNetwork> networks{network_of("10.0.0.0/8"), network_of("::1")};
  CHECK(contains(networks, address_of("10.2.3.4")));
  CHECK(contains(networks, address_of("::1")));
  CHECK_FALSE(contains(networks, address_of("192.0.2.1")));
  CHECK_FALSE(contains({}, address_of("::1")));
}

}  // namespace
}  // namespace fastgate
