// A serial port behind a network: the raw bytes of ser2net, esp-link or socat. Names are resolved
// on a thread of their own, since getaddrinfo() blocks, and the connection is made without waiting.
#pragma once

#include "serial/port.hpp"
#include "serial/tcp_address.hpp"

namespace meterpipe::serial {

class TcpPort : public Port {
 public:
  explicit TcpPort(TcpAddress address);
  ~TcpPort() override;
  TcpPort(const TcpPort&) = delete;
  TcpPort& operator=(const TcpPort&) = delete;

  tl::expected<Progress, Trouble> open() override;
  tl::expected<Progress, Trouble> proceed() override;
  pollfd waits_for() const override;
  tl::expected<std::size_t, Trouble> read(std::span<std::uint8_t> to) override;
  void close() override;
  const std::string& name() const override { return name_; }
  std::string source() const override { return "tcp:" + name_.substr(6); }

  int slack_ms() const override { return 1000; }  // a lost packet is sent again after 0.2 to 1 s

 private:
  struct Lookup;
  tl::expected<Progress, Trouble> connect_next();
  Trouble cannot_connect(const std::string& why) const;

  TcpAddress address_;
  std::string name_;
  std::shared_ptr<Lookup> lookup_;  // shared with its thread, which may outlive this
  std::size_t next_ = 0;            // of the addresses found
  std::string last_error_;
  int fd_ = -1;
  bool connected_ = false;
};

}  // namespace meterpipe::serial
