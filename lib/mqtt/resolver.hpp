// Names to addresses without stopping the loop: getaddrinfo has no time limit of its own worth the
// name, and libmosquitto calls it in the caller's thread. One query runs in a thread of its own; a
// descriptor becomes readable when it is over. A thread that still waits for a dead name server is
// left behind: it owns what it needs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace meterpipe::mqtt {

class Resolver {
 public:
  ~Resolver() { cancel(); }

  // Throws std::system_error where no thread can be had.
  void start(const std::string& host, std::uint16_t port);
  void cancel() { query_.reset(); }

  int fd() const;  // to poll for reading; -1: no query runs

  struct Answer {
    std::vector<std::string> addresses;  // numeric, in the order to be tried
    std::string error;                   // where there are none
  };
  // After fd() became readable; ends the query.
  Answer take();

 private:
  struct Query;
  std::shared_ptr<Query> query_;
};

}  // namespace meterpipe::mqtt
