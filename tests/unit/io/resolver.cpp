#include "os/resolver.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <future>
#include <memory>

namespace meterpipe::os {
namespace {

// The answer, once the descriptor says so.
std::optional<Resolver::Answer> answer_of(Resolver& resolver) {
  pollfd fd{resolver.fd(), POLLIN, 0};
  REQUIRE(::poll(&fd, 1, 120'000) == 1);
  return resolver.take();
}

}  // namespace

TEST_CASE("an answer comes when it is there and not before") {
  std::promise<void> go;
  Resolver resolver([went = go.get_future().share()](const std::string& host, std::uint16_t port) {
    went.wait();
    return Resolver::Answer{{host + "/" + std::to_string(port)}, ""};
  });
  CHECK(resolver.fd() == -1);
  resolver.start("broker.example", 1883);
  CHECK_FALSE(resolver.take());
  CHECK(resolver.fd() >= 0);
  go.set_value();
  const auto answer = answer_of(resolver);
  REQUIRE(answer);
  CHECK(answer->addresses == std::vector<std::string>{"broker.example/1883"});
  CHECK(resolver.fd() == -1);
}

TEST_CASE("a query that nobody waits for any longer is left behind") {
  struct Shared {  // with the thread, which may outlive the test
    std::promise<void> go, ended;
  };
  const auto shared = std::make_shared<Shared>();
  {
    Resolver resolver([shared](const std::string&, std::uint16_t) {
      shared->go.get_future().wait();
      shared->ended.set_value();
      return Resolver::Answer{};
    });
    resolver.start("dead.example", 1);
    resolver.cancel();
    CHECK(resolver.fd() == -1);
  }
  shared->go.set_value();
  shared->ended.get_future().wait();
}

TEST_CASE("localhost has addresses, of all families too; a name that cannot be has none") {
  for (const auto& look_up : {Resolver::by_system, Resolver::of_all_families}) {
    const auto local = look_up("localhost", 1883);
    CHECK(local.error.empty());
    REQUIRE_FALSE(local.addresses.empty());
    for (const std::string& address : local.addresses) {
      CHECK(numeric_endpoint(address, 1883));
    }
    const auto none = look_up("no host", 1883);
    CHECK(none.addresses.empty());
    CHECK_FALSE(none.error.empty());
  }
}

TEST_CASE("numbers need no look-up") {
  const auto four = numeric_endpoint("192.0.2.1", 2000);
  REQUIRE(four);
  CHECK(four->address.ss_family == AF_INET);
  const auto six = numeric_endpoint("::1", 2000);
  REQUIRE(six);
  CHECK(six->address.ss_family == AF_INET6);
  CHECK_FALSE(numeric_endpoint("localhost", 2000));
  CHECK_FALSE(numeric_endpoint("", 2000));
}

}  // namespace meterpipe::os
