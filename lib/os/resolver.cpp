#include "os/resolver.hpp"

#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

namespace meterpipe::os {
namespace {

struct Found {
  int error = 0;   // of getaddrinfo
  int number = 0;  // errno, for EAI_SYSTEM
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> first{nullptr, ::freeaddrinfo};
};

Found ask(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* first = nullptr;
  Found found;
  found.error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &first);
  found.number = errno;
  if (found.error == 0) found.first.reset(first);
  return found;
}

Resolver::Answer answer_of(const Found& found) {
  Resolver::Answer answer;
  if (found.error != 0) {
    answer.error =
        found.error == EAI_SYSTEM ? std::strerror(found.number) : ::gai_strerror(found.error);
    return answer;
  }
  for (const addrinfo* one = found.first.get(); one != nullptr; one = one->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0,
                      NI_NUMERICHOST) != 0) {
      continue;
    }
    if (std::ranges::find(answer.addresses, text) == answer.addresses.end()) {
      answer.addresses.emplace_back(text);
    }
  }
  if (answer.addresses.empty()) answer.error = "no address";
  return answer;
}

}  // namespace

struct Resolver::Query {
  Query() : fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~Query() { ::close(fd); }

  int fd;
  std::mutex mutex;
  std::optional<Answer> answer;  // nothing: not over yet
};

Resolver::Answer Resolver::by_system(const std::string& host, std::uint16_t port) {
  Found found = ask(host, port, AI_ADDRCONFIG);
  if (found.error == EAI_NONAME || found.error == EAI_ADDRFAMILY) {
    // AI_ADDRCONFIG does not count the loopback: without a network it would hide 127.0.0.1.
    found = ask(host, port, 0);
  }
  return answer_of(found);
}

Resolver::Answer Resolver::of_all_families(const std::string& host, std::uint16_t port) {
  return answer_of(ask(host, port, 0));
}

void Resolver::start(const std::string& host, std::uint16_t port) {
  query_ = std::make_shared<Query>();
  // SIGINT and SIGTERM are blocked here (os/signals.hpp), and so they are in the thread.
  std::thread([query = query_, look_up = look_up_, host, port] {
    Answer answer = look_up(host, port);
    const std::lock_guard lock(query->mutex);
    query->answer = std::move(answer);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(query->fd, &one, sizeof one);
  }).detach();
}

int Resolver::fd() const { return query_ ? query_->fd : -1; }

std::optional<Resolver::Answer> Resolver::take() {
  std::optional<Answer> answer;
  {
    const std::lock_guard lock(query_->mutex);
    answer = std::move(query_->answer);
  }
  if (answer) query_.reset();
  return answer;
}

std::optional<Endpoint> numeric_endpoint(const std::string& address, std::uint16_t port) {
  const Found found = ask(address, port, AI_NUMERICHOST);
  if (found.error != 0) return std::nullopt;
  Endpoint endpoint;
  std::memcpy(&endpoint.address, found.first->ai_addr, found.first->ai_addrlen);
  endpoint.size = found.first->ai_addrlen;
  return endpoint;
}

}  // namespace meterpipe::os
