// A broker for tests that does what a real one will not do on request: it answers each packet with
// what the test says, on a port of its own, one connection at a time. It has no thread of its own:
// it answers when the test lets it (serve), so that a busy machine changes nothing.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace meterpipe::fake {

enum : int {
  kConnect = 1,
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kPubrec = 5,
  kSubscribe = 8,
  kSuback = 9,
  kDisconnect = 14
};

struct Packet {
  int type = 0, flags = 0;
  std::string body;
  std::size_t size = 0;  // fixed header and all
  int connection = 0;    // from 1

  int byte(std::size_t at) const { return static_cast<unsigned char>(body.at(at)); }
  std::size_t number(std::size_t at) const {
    return static_cast<std::size_t>(byte(at)) << 8 | static_cast<std::size_t>(byte(at + 1));
  }
  // Of a PUBLISH.
  int qos() const { return flags >> 1 & 3; }
  bool retain() const { return (flags & 1) != 0; }
  std::string topic() const { return body.substr(2, number(0)); }
  std::string id() const {  // of PUBLISH or SUBSCRIBE, as it stands in the answer
    return body.substr(type == kPublish ? 2 + number(0) : 0, 2);
  }
};

inline std::string packet(int type, const std::string& body, int flags = 0) {
  std::string text(1, static_cast<char>(type << 4 | flags));
  std::size_t rest = body.size();
  do {
    const std::size_t more = rest / 128;
    text += static_cast<char>(rest % 128 | (more == 0 ? 0 : 128));
    rest = more;
  } while (rest != 0);
  return text + body;
}

inline std::string text(std::initializer_list<int> bytes) {
  std::string all;
  for (const int byte : bytes) all += static_cast<char>(byte);
  return all;
}

// properties: with their length in front where MQTT 5 is spoken, at most 127 bytes.
inline std::string connack(int reason, const std::string& properties) {
  return packet(kConnack, text({0, reason, static_cast<int>(properties.size())}) + properties);
}
inline std::string connack_311(int answer) { return packet(kConnack, text({0, answer})); }
inline std::string puback(const Packet& of, int reason = 0) {
  return packet(of.qos() == 2 ? kPubrec : kPuback, of.id() + text({reason}));
}
inline std::string message(const std::string& topic, const std::string& payload, bool retain) {
  return packet(kPublish, text({0, static_cast<int>(topic.size())}) + topic + text({0}) + payload,
                retain);
}

class Broker {
 public:
  // What is sent back; nullopt ends the connection.
  using Answer = std::function<std::optional<std::string>(const Packet&)>;

  explicit Broker(Answer answer)
      : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 8);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Broker() {
    if (connection_ >= 0) ::close(connection_);
    ::close(listener_);
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  std::uint16_t port() const { return port_; }
  std::vector<Packet> packets(int type) const {
    std::vector<Packet> some;
    for (const Packet& one : packets_) {
      if (one.type == type) some.push_back(one);
    }
    return some;
  }

  // To be called where it answers: the connection ends behind this answer.
  void end_behind_answer() { ends_ = true; }
  // Readable when there is something to serve.
  int fd() const { return connection_ < 0 ? listener_ : connection_; }
  // Answers all that has come; does not wait.
  void serve() {
    for (pollfd ready{fd(), POLLIN, 0}; ::poll(&ready, 1, 0) > 0; ready.fd = fd()) {
      if (connection_ < 0) {
        connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        bytes_.clear();
        ++connections_;
        continue;
      }
      char chunk[4096];
      const ssize_t n = ::recv(connection_, chunk, sizeof chunk, 0);
      if (n > 0) bytes_.append(chunk, static_cast<std::size_t>(n));
      if (n > 0 && answer_all()) continue;
      ::close(connection_);
      connection_ = -1;
    }
  }

 private:
  // False: the connection is to end.
  bool answer_all() {
    while (auto next = take(bytes_)) {
      next->connection = connections_;
      packets_.push_back(*next);
      const auto answer = answer_(*next);
      if (!answer) return false;
      if (!answer->empty()) ::send(connection_, answer->data(), answer->size(), MSG_NOSIGNAL);
      if (std::exchange(ends_, false)) return false;
    }
    return true;
  }

  static std::optional<Packet> take(std::string& bytes) {
    std::size_t size = 0, at = 1;
    for (unsigned shift = 0;; shift += 7, ++at) {
      if (at >= bytes.size()) return std::nullopt;
      const auto byte = static_cast<unsigned char>(bytes[at]);
      size |= static_cast<std::size_t>(byte & 127) << shift;
      if (byte < 128) break;
    }
    ++at;
    if (bytes.size() < at + size) return std::nullopt;
    Packet one;
    one.type = static_cast<unsigned char>(bytes[0]) >> 4;
    one.flags = bytes[0] & 15;
    one.body = bytes.substr(at, size);
    one.size = at + size;
    bytes.erase(0, at + size);
    return one;
  }

  Answer answer_;
  int listener_;
  std::uint16_t port_ = 0;
  int connection_ = -1;
  int connections_ = 0;
  bool ends_ = false;
  std::string bytes_;
  std::vector<Packet> packets_;
};

}  // namespace meterpipe::fake
