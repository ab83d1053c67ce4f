#include "serial/tcp_port.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

#include "base/host_port.hpp"

namespace meterpipe::serial {
namespace {

void set_number(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

}  // namespace

TcpPort::TcpPort(TcpAddress address)
    : address_(std::move(address)),
      name_("tcp://" + host_port_text(address_.host, address_.port)) {}

TcpPort::~TcpPort() { TcpPort::close(); }

tl::unexpected<Trouble> TcpPort::cannot_connect(const std::string& why) const {
  return trouble(Trouble::Kind::missing, "{}: cannot connect: {} (is ser2net running there?)",
                 name_, why);
}

tl::expected<Progress, Trouble> TcpPort::open() {
  close();
  if (os::numeric_endpoint(address_.host, address_.port)) {
    addresses_ = {address_.host};
    return connect_next();
  }
  try {
    resolver_.start(address_.host, address_.port);
  } catch (const std::system_error& error) {
    return cannot_connect(error.what());
  }
  return Progress::pending;
}

tl::expected<Progress, Trouble> TcpPort::connect_next() {
  while (!addresses_.empty()) {
    const auto to = os::numeric_endpoint(addresses_.back(), address_.port);
    addresses_.pop_back();
    if (!to) continue;
    if (fd_ >= 0) ::close(fd_);
    fd_ = ::socket(to->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
      last_error_ = std::strerror(errno);
      continue;
    }
    // A peer that lost its power says nothing more: ask after 30 s of silence, 3 times.
    set_number(fd_, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_number(fd_, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set_number(fd_, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set_number(fd_, IPPROTO_TCP, TCP_KEEPCNT, 3);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to->address), to->size) == 0) {
      connected_ = true;
      return Progress::opened;
    }
    if (errno == EINPROGRESS) return Progress::pending;
    last_error_ = std::strerror(errno);
  }
  close();
  return cannot_connect(last_error_);
}

tl::expected<Progress, Trouble> TcpPort::proceed() {
  if (fd_ < 0) {  // the name was being looked up
    const auto answer = resolver_.take();
    if (!answer) return Progress::pending;
    if (answer->addresses.empty()) {
      close();
      return cannot_connect(fmt::format("name {}: {}", address_.host, answer->error));
    }
    addresses_.assign(answer->addresses.rbegin(), answer->addresses.rend());
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
  if (fd_ < 0) return {resolver_.fd(), POLLIN, 0};
  // While it connects POLLOUT says that it is done.
  return {fd_, static_cast<short>(connected_ ? POLLIN : POLLOUT), 0};
}

tl::expected<std::size_t, Trouble> TcpPort::read(std::span<std::uint8_t> to) {
  const ssize_t n = ::recv(fd_, to.data(), to.size(), 0);
  if (n > 0) return static_cast<std::size_t>(n);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  return trouble(Trouble::Kind::gone, "{}: connection lost ({})", name_,
                 n == 0 ? "closed by the other side" : std::strerror(errno));
}

tl::expected<void, Trouble> TcpPort::write(Bytes bytes) {
  const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n == static_cast<ssize_t>(bytes.size())) return {};
  return trouble(Trouble::Kind::failed, "{}: cannot write ({})", name_,
                 n >= 0 ? "the other side does not take it" : std::strerror(errno));
}

void TcpPort::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  connected_ = false;
  resolver_.cancel();
  addresses_.clear();
}

}  // namespace meterpipe::serial
