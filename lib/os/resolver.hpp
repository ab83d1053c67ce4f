// Names to addresses without stopping the loop: getaddrinfo has no time limit of its own worth the
// name, and libmosquitto calls it in the caller's thread. One query runs in a thread of its own; a
// descriptor becomes readable when it is over. A thread that still waits for a dead name server is
// left behind: it owns what it needs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

namespace meterpipe::os {

class Resolver {
 public:
  struct Answer {
    std::vector<std::string> addresses;  // numeric, in the order to be tried
    std::string error;                   // where there are none
  };
  // Called in the thread; takes its time.
  using LookUp = std::function<Answer(const std::string& host, std::uint16_t port)>;
  // What getaddrinfo finds, of the families that this machine has an address of; of all families
  // where that leaves none.
  static Answer by_system(const std::string& host, std::uint16_t port);
  // The same of all families: an address of the loopback, too, of a family that nothing else has.
  static Answer of_all_families(const std::string& host, std::uint16_t port);

  explicit Resolver(LookUp look_up = by_system) : look_up_(std::move(look_up)) {}
  ~Resolver() { cancel(); }

  // Throws std::system_error where no thread can be had.
  void start(const std::string& host, std::uint16_t port);
  void cancel() { query_.reset(); }

  int fd() const;  // to poll for reading; -1: no query runs

  // Ends the query. Nothing: it is not over yet, fd() will become readable.
  std::optional<Answer> take();

 private:
  struct Query;
  LookUp look_up_;
  std::shared_ptr<Query> query_;
};

// An address to connect to, from numbers alone, without asking anybody; nothing where it is a name.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};
std::optional<Endpoint> numeric_endpoint(const std::string& address, std::uint16_t port);

}  // namespace meterpipe::os
