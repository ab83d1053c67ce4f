// A serial port behind a network: the raw bytes of ser2net, esp-link or socat. Neither a name nor
// the connection is waited for.
#pragma once

#include <string>
#include <vector>

#include "os/resolver.hpp"
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
  tl::expected<void, Trouble> write(Bytes bytes) override;
  void close() override;
  const std::string& name() const override { return name_; }
  // Names are looked up as this machine is set to do it.
  os::Kept needs() const override {
    return {os::Calls::network, {.read = {"/"}, .connects = true}};
  }
  std::string source() const override { return "tcp:" + name_.substr(6); }

  int slack_ms() const override { return 1000; }  // a lost packet is sent again after 0.2 to 1 s

 private:
  tl::expected<Progress, Trouble> connect_next();
  tl::unexpected<Trouble> cannot_connect(const std::string& why) const;

  TcpAddress address_;
  std::string name_;
  // An address of the loopback is as good as any here.
  os::Resolver resolver_{os::Resolver::of_all_families};
  std::vector<std::string> addresses_;  // still to be tried, the next one last
  std::string last_error_;
  int fd_ = -1;
  bool connected_ = false;
};

}  // namespace meterpipe::serial
