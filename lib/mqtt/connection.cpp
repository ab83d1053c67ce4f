#include "mqtt/connection.hpp"

#include <linux/tcp.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe::mqtt {
namespace {

// Once per process. 2.0.11 keeps its own count; nothing is gained by cleaning up at the exit.
void start_library() {
  static const int result = mosquitto_lib_init();
  if (result != MOSQ_ERR_SUCCESS) throw os::Fatal(os::kSoftware, "libmosquitto does not start");
}

constexpr std::size_t kLongestReceived =
    256 * 1024;  // bytes; the largest is a configuration of ours

void must(int result, const char* what) {
  if (result == MOSQ_ERR_SUCCESS) return;
  throw os::Fatal(os::kSoftware, "libmosquitto refuses {}: {}", what, mosquitto_strerror(result));
}

// Whether the other side has ever been there: it has acknowledged what we sent.
bool has_answered(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_bytes_acked != 0;
}

}  // namespace

void adapt_will(ConnectionSettings& settings, int answer) {
  if (answer == MQTT_RC_RETAIN_NOT_SUPPORTED) {
    settings.will = Message(settings.will.topic(), settings.will.payload(), false);
  } else if (answer == MQTT_RC_QOS_NOT_SUPPORTED) {
    settings.will_qos = 0;
  }
}

// They run inside libmosquitto's functions, which must not be called again from here: they note.
struct Connection::Callbacks {
  static void connected(mosquitto*, void* self, int answer, int, const mosquitto_property* list) {
    auto& connection = *static_cast<Connection*>(self);
    Limits& limits = connection.limits_;
    std::uint8_t byte = 0;
    std::uint16_t number = 0;
    if (mosquitto_property_read_byte(list, MQTT_PROP_MAXIMUM_QOS, &byte, false) != nullptr) {
      limits.maximum_qos = byte;
    }
    if (mosquitto_property_read_byte(list, MQTT_PROP_RETAIN_AVAILABLE, &byte, false) != nullptr) {
      limits.retain = byte != 0;
    }
    if (mosquitto_property_read_int16(list, MQTT_PROP_RECEIVE_MAXIMUM, &number, false) != nullptr) {
      limits.receive_maximum = number;
    }
    mosquitto_property_read_int32(list, MQTT_PROP_MAXIMUM_PACKET_SIZE, &limits.maximum_packet,
                                  false);
    connection.answer_ = answer;
  }

  static void disconnected(mosquitto*, void* self, int reason, const mosquitto_property*) {
    if (is_failure(reason)) static_cast<Connection*>(self)->ended_by_broker_ = reason;
  }

  static void published(mosquitto*, void* self, int id, int reason, const mosquitto_property*) {
    static_cast<Connection*>(self)->finished(id, reason);
  }

  static void subscribed(mosquitto*, void* self, int id, int count, const int* granted,
                         const mosquitto_property*) {
    static_cast<Connection*>(self)->subscribed(id, count > 0 ? granted[0] : 0);
  }

  static void received(mosquitto*, void* self, const mosquitto_message* message,
                       const mosquitto_property*) {
    const auto size = static_cast<std::size_t>(message->payloadlen);
    if (size > kLongestReceived) {
      return os::log_debug("{} bytes on {}: left out", size, message->topic);
    }
    static_cast<Connection*>(self)->received_.push_back(
        {message->topic, std::string(static_cast<const char*>(message->payload), size),
         message->retain});
  }
};

void Connection::Destroy::operator()(mosquitto* instance) const { mosquitto_destroy(instance); }

Connection::Connection(const ConnectionSettings& settings)
    : version_(settings.version), limits_(settings.limits) {
  start_library();
  mosquitto_.reset(mosquitto_new(settings.client_id.c_str(), true, this));
  mosquitto* const m = mosquitto_.get();
  if (m == nullptr) throw os::Fatal(os::kSoftware, "libmosquitto refuses the client id");
  // Every answer is looked at: a TLS setting that failed unseen would go on in plain text.
  if (settings.tls != nullptr) {
    must(mosquitto_void_option(m, MOSQ_OPT_SSL_CTX, settings.tls->get()), "the TLS context");
    must(mosquitto_int_option(m, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0), "the TLS context as it is");
    settings.tls->start_attempt();
  }
  must(mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY");
  // Before all that depends on it.
  must(mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION,
                            version_ == Version::v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311),
       "the version of MQTT");
  must(mosquitto_max_inflight_messages_set(m, 0), "the number of messages in flight");
  if (!settings.user.empty()) {
    must(mosquitto_username_pw_set(m, settings.user.c_str(),
                                   settings.password ? settings.password->c_str() : nullptr),
         "user and password");
  }
  if (!settings.will.topic().empty()) set_will(settings.will, settings.will_qos);
  // The callbacks of MQTT 5 serve 3.1.1, too, without properties.
  mosquitto_connect_v5_callback_set(m, Callbacks::connected);
  mosquitto_disconnect_v5_callback_set(m, Callbacks::disconnected);
  mosquitto_publish_v5_callback_set(m, Callbacks::published);
  mosquitto_subscribe_v5_callback_set(m, Callbacks::subscribed);
  mosquitto_message_v5_callback_set(m, Callbacks::received);
  mosquitto_log_callback_set(
      m, [](mosquitto*, void*, int, const char* text) { os::log_trace("libmosquitto: {}", text); });
  keepalive_ = settings.keepalive;
}

Connection::~Connection() = default;

void Connection::set_will(const Message& will, int qos) {
  const std::string_view payload = will.payload();
  PropertyList list;
  if (version_ == Version::v5) list.add(payload, {});
  must(mosquitto_will_set_v5(mosquitto_.get(), will.topic_c_str(), static_cast<int>(payload.size()),
                             payload.data(), qos, will.retain(), list.get()),
       "the last will");
  list.release();  // libmosquitto's, once it has taken it
}

int Connection::open(const std::string& address, std::uint16_t port) {
  errno = 0;
  const int result = mosquitto_connect_async(mosquitto_.get(), address.c_str(), port, keepalive_);
  // Where the connection is there at once the library begins with TLS, and may see it fail.
  tcp_is_up_ = result == MOSQ_ERR_TLS;
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
    // What came while the library was still in connect has been read by its first try at a TLS
    // handshake, which takes it for a pause: a refusal, or the end that a broker without TLS made.
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    if (error == 0 && ::getpeername(fd(), reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) {
      error = has_answered(fd()) ? ECONNRESET : ECONNREFUSED;
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

int Connection::publish(const Message& message, const Properties& properties, int qos, int& id) {
  const std::string_view payload = message.payload();
  const int granted = std::min(qos, limits_.maximum_qos);
  PropertyList list;
  if (version_ == Version::v5) {
    list.add(payload, properties);
    // libmosquitto counts one byte less.
    if (limits_.maximum_packet != 0 &&
        packet_size(message, granted, list.size()) > limits_.maximum_packet) {
      return MOSQ_ERR_OVERSIZE_PACKET;
    }
  }
  errno = 0;
  const int result = mosquitto_publish_v5(mosquitto_.get(), &id, message.topic_c_str(),
                                          static_cast<int>(payload.size()), payload.data(), granted,
                                          message.retain() && limits_.retain, list.get());
  errno_ = errno;
  if (result == MOSQ_ERR_SUCCESS && version_ == Version::v5 && granted != 0) {
    topics_[id] = message.topic();
  }
  return result;
}

int Connection::subscribe(const std::string& topic, int& id) {
  errno = 0;
  const int result = mosquitto_subscribe_v5(mosquitto_.get(), &id, topic.c_str(), 1, 0, nullptr);
  errno_ = errno;
  if (result == MOSQ_ERR_SUCCESS) topics_[id] = topic;
  return result;
}

void Connection::finished(int id, int reason) {
  const auto topic = topics_.extract(id);
  const bool failed = version_ == Version::v5 && is_failure(reason);
  done_.push_back({id, failed ? reason : 0});
  if (!failed) return;
  refused_.push_back({Refused::What::message, topic ? std::move(topic.mapped()) : "", reason});
}

void Connection::subscribed(int id, int reason) {
  const auto topic = topics_.extract(id);
  done_.push_back({id, 0});
  if (!is_failure(reason)) return;
  refused_.push_back({Refused::What::subscription, topic ? std::move(topic.mapped()) : "", reason});
}

int Connection::disconnect() { return mosquitto_disconnect(mosquitto_.get()); }

void Connection::gather(bool on) {
  const int value = on ? 1 : 0;
  ::setsockopt(fd(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

std::vector<Done> Connection::take_done() { return std::exchange(done_, {}); }
std::vector<Refused> Connection::take_refused() { return std::exchange(refused_, {}); }
std::vector<Received> Connection::take_received() { return std::exchange(received_, {}); }

std::string Connection::error_text(int error) const {
  if (ended_by_broker_ != 0) {
    return fmt::format("the broker ends it: {}", reason_text(ended_by_broker_));
  }
  if (error == MOSQ_ERR_ERRNO && errno_ == EPROTO) return "TLS or protocol error";
  if (error == MOSQ_ERR_ERRNO && errno_ != 0) return std::strerror(errno_);
  // The library has used up the reason: what it says then is "Success".
  if (error == MOSQ_ERR_ERRNO) return mosquitto_strerror(MOSQ_ERR_CONN_LOST);
  return mosquitto_strerror(error);
}

bool Connection::is_broken_off(int error) const {
  return error == MOSQ_ERR_ERRNO && (errno_ == EPROTO || errno_ == ECONNRESET || errno_ == EPIPE);
}

bool Connection::is_by_broker(int error) const {
  // A protocol error: what libmosquitto makes of a PUBREC that refuses a message (QoS 2, MQTT 5).
  return error == MOSQ_ERR_CONN_LOST || error == MOSQ_ERR_PROTOCOL || is_broken_off(error);
}

bool Connection::is_old_answer(int error) const {
  return version_ == Version::v5 && error == MOSQ_ERR_MALFORMED_PACKET;
}

bool Connection::is_about_message(int error) {
  return error == MOSQ_ERR_INVAL || error == MOSQ_ERR_PAYLOAD_SIZE ||
         error == MOSQ_ERR_MALFORMED_UTF8 || error == MOSQ_ERR_OVERSIZE_PACKET;
}

}  // namespace meterpipe::mqtt
