#include "serial/tcp_port.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace meterpipe::serial {
namespace {

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

tl::unexpected<Trouble> unexpected(Trouble trouble) {
  return tl::unexpected<Trouble>(std::move(trouble));
}

void set_number(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

}  // namespace

struct TcpPort::Lookup {
  Lookup() : done_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Lookup() { ::close(done_fd); }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  void run(const TcpAddress& address, int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* found = nullptr;
    error = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
    for (const addrinfo* one = found; error == 0 && one != nullptr; one = one->ai_next) {
      Endpoint& endpoint = endpoints.emplace_back();
      std::memcpy(&endpoint.address, one->ai_addr, one->ai_addrlen);
      endpoint.size = one->ai_addrlen;
    }
    if (found != nullptr) ::freeaddrinfo(found);
  }

  int done_fd;
  std::atomic<bool> done = false;
  int error = 0;
  std::vector<Endpoint> endpoints;
};

TcpPort::TcpPort(TcpAddress address)
    : address_(std::move(address)),
      name_(address_.host.find(':') == std::string::npos
                ? fmt::format("tcp://{}:{}", address_.host, address_.port)
                : fmt::format("tcp://[{}]:{}", address_.host, address_.port)) {}

TcpPort::~TcpPort() { close(); }

Trouble TcpPort::cannot_connect(const std::string& why) const {
  return {Trouble::Kind::missing,
          fmt::format(
              "{}: cannot connect: {} (is ser2net running there? mbus-read --wait waits for it)",
              name_, why)};
}

tl::expected<Progress, Trouble> TcpPort::open() {
  close();
  lookup_ = std::make_shared<Lookup>();
  if (lookup_->done_fd < 0) return unexpected(cannot_connect(std::strerror(errno)));
  lookup_->run(address_, AI_NUMERICHOST);
  if (lookup_->error == 0) {
    lookup_->done = true;
    return connect_next();
  }
  std::thread([lookup = lookup_, address = address_] {
    lookup->run(address, 0);
    lookup->done = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(lookup->done_fd, &one, sizeof one);
  }).detach();
  return Progress::pending;
}

tl::expected<Progress, Trouble> TcpPort::connect_next() {
  while (next_ < lookup_->endpoints.size()) {
    const Endpoint& to = lookup_->endpoints[next_++];
    if (fd_ >= 0) ::close(fd_);
    fd_ = ::socket(to.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
      last_error_ = std::strerror(errno);
      continue;
    }
    // A peer that lost its power says nothing more: ask after 30 s of silence, 3 times.
    set_number(fd_, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_number(fd_, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set_number(fd_, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set_number(fd_, IPPROTO_TCP, TCP_KEEPCNT, 3);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to.address), to.size) == 0) {
      connected_ = true;
      return Progress::opened;
    }
    if (errno == EINPROGRESS) return Progress::pending;
    last_error_ = std::strerror(errno);
  }
  close();
  return unexpected(cannot_connect(last_error_));
}

tl::expected<Progress, Trouble> TcpPort::proceed() {
  if (fd_ < 0) {  // the name was being looked up
    if (!lookup_->done) return Progress::pending;
    if (lookup_->error != 0) {
      const std::string why =
          fmt::format("name {}: {}", address_.host, ::gai_strerror(lookup_->error));
      close();
      return unexpected(cannot_connect(why));
    }
    return connect_next();
  }
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) {
    connected_ = true;
    return Progress::opened;
  }
  last_error_ = std::strerror(error);
  return connect_next();
}

pollfd TcpPort::waits_for() const {
  if (fd_ < 0) return {lookup_ ? lookup_->done_fd : -1, POLLIN, 0};
  // While it connects POLLOUT says that it is done.
  return {fd_, static_cast<short>(connected_ ? POLLIN : POLLOUT), 0};
}

tl::expected<std::size_t, Trouble> TcpPort::read(std::span<std::uint8_t> to) {
  const ssize_t n = ::recv(fd_, to.data(), to.size(), 0);
  if (n > 0) return static_cast<std::size_t>(n);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  return unexpected({Trouble::Kind::gone,
                     fmt::format("{}: connection lost ({})", name_,
                                 n == 0 ? "closed by the other side" : std::strerror(errno))});
}

void TcpPort::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  connected_ = false;
  lookup_.reset();
  next_ = 0;
}

}  // namespace meterpipe::serial
