#include "mqtt/connection.hpp"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "io/log.hpp"
#include "io/status.hpp"

namespace meterpipe::mqtt {
namespace {

// Once per process. 2.0.11 keeps its own count; nothing is gained by cleaning up at the exit.
void start_library() {
  static const int result = mosquitto_lib_init();
  if (result != MOSQ_ERR_SUCCESS) throw io::Fatal(io::kSoftware, "libmosquitto does not start");
}

void must(int result, const char* what) {
  if (result == MOSQ_ERR_SUCCESS) return;
  throw io::Fatal(io::kSoftware,
                  fmt::format("libmosquitto refuses {}: {}", what, mosquitto_strerror(result)));
}

}  // namespace

void Connection::Destroy::operator()(mosquitto* instance) const { mosquitto_destroy(instance); }

Connection::Connection(const ConnectionSettings& settings) {
  start_library();
  mosquitto_.reset(mosquitto_new(settings.client_id.c_str(), true, this));
  mosquitto* const m = mosquitto_.get();
  if (m == nullptr) throw io::Fatal(io::kSoftware, "libmosquitto refuses the client id");
  // Every answer is looked at: a TLS setting that failed unseen would go on in plain text.
  if (settings.tls != nullptr) {
    must(mosquitto_void_option(m, MOSQ_OPT_SSL_CTX, settings.tls->get()), "the TLS context");
    must(mosquitto_int_option(m, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0), "the TLS context as it is");
    settings.tls->start_attempt();
  }
  must(mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY");
  must(mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V311), "MQTT 3.1.1");
  must(mosquitto_max_inflight_messages_set(m, 0), "the number of messages in flight");
  if (!settings.user.empty()) {
    must(mosquitto_username_pw_set(m, settings.user.c_str(),
                                   settings.password ? settings.password->c_str() : nullptr),
         "user and password");
  }
  const std::string_view payload = settings.will.payload();
  must(mosquitto_will_set(m, settings.will.topic_c_str(), static_cast<int>(payload.size()),
                          payload.data(), settings.will_qos, settings.will.retain()),
       "the last will");
  mosquitto_connect_callback_set(m, [](mosquitto*, void* self, int answer) {
    static_cast<Connection*>(self)->answer_ = answer;
  });
  mosquitto_publish_callback_set(m, [](mosquitto*, void* self, int id) {
    static_cast<Connection*>(self)->done_.push_back(id);
  });
  mosquitto_log_callback_set(
      m, [](mosquitto*, void*, int, const char* text) { io::log_debug("libmosquitto: {}", text); });
  keepalive_ = settings.keepalive;
}

Connection::~Connection() = default;

int Connection::open(const std::string& address, std::uint16_t port) {
  errno = 0;
  const int result = mosquitto_connect_async(mosquitto_.get(), address.c_str(), port, keepalive_);
  errno_ = errno;
  return result;
}

int Connection::fd() const { return mosquitto_socket(mosquitto_.get()); }

short Connection::events() const {
  const bool write = !tcp_is_up_ || mosquitto_want_write(mosquitto_.get());
  return static_cast<short>(POLLIN | (write ? POLLOUT : 0));
}

int Connection::handle(short revents) {
  mosquitto* const m = mosquitto_.get();
  if (!tcp_is_up_ && (revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    // A refusal that came while the library was still in connect has been read by its first try at
    // a TLS handshake, which takes it for a pause.
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    if (error == 0 && ::getpeername(fd(), reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) {
      error = ECONNREFUSED;
    }
    if (error != 0) {
      // Reset: it was up, and what we sent first was not to the other side's liking.
      tcp_is_up_ = error == ECONNRESET || error == EPIPE;
      errno_ = error;
      return MOSQ_ERR_ERRNO;
    }
    tcp_is_up_ = true;
  }
  // A broker leaves Nagle's algorithm on: each PUBACK would wait for a delayed TCP acknowledgement
  // of ours, 40 ms. The option holds for a while only; failing does no harm.
  const int on = 1;
  ::setsockopt(fd(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  errno = 0;
  int result = MOSQ_ERR_SUCCESS;
  if ((revents & (POLLIN | POLLERR | POLLHUP)) != 0) result = mosquitto_loop_read(m, 1);
  if (result == MOSQ_ERR_SUCCESS && (revents & POLLOUT) != 0) result = mosquitto_loop_write(m, 1);
  errno_ = errno;
  if (result == MOSQ_ERR_SUCCESS && fd() < 0) result = MOSQ_ERR_CONN_LOST;
  return result;
}

int Connection::tick() {
  errno = 0;
  const int result = mosquitto_loop_misc(mosquitto_.get());
  errno_ = errno;
  return result;
}

int Connection::publish(const Message& message, int qos, int& id) {
  const std::string_view payload = message.payload();
  errno = 0;
  const int result =
      mosquitto_publish(mosquitto_.get(), &id, message.topic_c_str(),
                        static_cast<int>(payload.size()), payload.data(), qos, message.retain());
  errno_ = errno;
  return result;
}

int Connection::disconnect() { return mosquitto_disconnect(mosquitto_.get()); }

void Connection::gather(bool on) {
  const int value = on ? 1 : 0;
  ::setsockopt(fd(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

std::vector<int> Connection::take_done() { return std::exchange(done_, {}); }

std::string Connection::error_text(int error) const {
  if (error == MOSQ_ERR_ERRNO && errno_ == EPROTO) return "TLS or protocol error";
  if (error == MOSQ_ERR_ERRNO && errno_ != 0) return std::strerror(errno_);
  return mosquitto_strerror(error);
}

bool Connection::is_broken_off(int error) const {
  return error == MOSQ_ERR_ERRNO && (errno_ == EPROTO || errno_ == ECONNRESET || errno_ == EPIPE);
}

bool Connection::is_about_message(int error) {
  return error == MOSQ_ERR_INVAL || error == MOSQ_ERR_PAYLOAD_SIZE ||
         error == MOSQ_ERR_MALFORMED_UTF8 || error == MOSQ_ERR_OVERSIZE_PACKET;
}

std::string answer_text(int answer) { return mosquitto_connack_string(answer); }

bool is_refusal(int answer) {
  return answer == CONNACK_REFUSED_BAD_USERNAME_PASSWORD ||
         answer == CONNACK_REFUSED_NOT_AUTHORIZED;
}

}  // namespace meterpipe::mqtt
