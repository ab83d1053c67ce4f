// Names to addresses without stopping the loop: getaddrinfo has no time limit of its own worth the
// name, and libmosquitto calls it in the caller's thread. One query runs in a thread of its own; a
// descriptor becomes readable when it is over. A thread that still waits for a dead name server is
// left behind: it owns what it needs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace meterpipe::mqtt {

class Resolver {
 public:
  struct Answer {
    std::vector<std::string> addresses;  // numeric, in the order to be tried
    std::string error;                   // where there are none
  };
  // Called in the thread; takes its time. by_system: getaddrinfo.
  using LookUp = std::function<Answer(const std::string& host, std::uint16_t port)>;
  static Answer by_system(const std::string& host, std::uint16_t port);

  explicit Resolver(LookUp look_up = by_system) : look_up_(std::move(look_up)) {}
  ~Resolver() { cancel(); }

  // Throws std::system_error where no thread can be had.
  void start(const std::string& host, std::uint16_t port);
  void cancel() { query_.reset(); }

  int fd() const;  // to poll for reading; -1: no query runs

  // After fd() became readable; ends the query.
  Answer take();

 private:
  struct Query;
  LookUp look_up_;
  std::shared_ptr<Query> query_;
};

}  // namespace meterpipe::mqtt
