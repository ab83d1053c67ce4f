#include "mqtt/resolver.hpp"

#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

namespace meterpipe::mqtt {

struct Resolver::Query {
  Query() : fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~Query() { ::close(fd); }

  int fd;
  std::mutex mutex;
  Answer answer;
};

Resolver::Answer Resolver::by_system(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(port);
  int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found);
  if (error == EAI_NONAME || error == EAI_ADDRFAMILY) {
    // AI_ADDRCONFIG does not count the loopback: without a network it would hide 127.0.0.1.
    hints.ai_flags = 0;
    error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found);
  }
  Resolver::Answer answer;
  if (error != 0) {
    answer.error = error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error);
    return answer;
  }
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0,
                      NI_NUMERICHOST) != 0) {
      continue;
    }
    if (std::find(answer.addresses.begin(), answer.addresses.end(), text) ==
        answer.addresses.end()) {
      answer.addresses.emplace_back(text);
    }
  }
  ::freeaddrinfo(found);
  if (answer.addresses.empty()) answer.error = "no address";
  return answer;
}

void Resolver::start(const std::string& host, std::uint16_t port) {
  query_ = std::make_shared<Query>();
  // SIGINT and SIGTERM are blocked here (io/signals.hpp), and so they are in the thread.
  std::thread([query = query_, look_up = look_up_, host, port] {
    Answer answer = look_up(host, port);
    const std::lock_guard lock(query->mutex);
    query->answer = std::move(answer);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(query->fd, &one, sizeof one);
  }).detach();
}

int Resolver::fd() const { return query_ ? query_->fd : -1; }

Resolver::Answer Resolver::take() {
  Answer answer;
  {
    const std::lock_guard lock(query_->mutex);
    answer = std::move(query_->answer);
  }
  query_.reset();
  return answer;
}

}  // namespace meterpipe::mqtt
