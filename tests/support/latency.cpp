// How long the whole pipe takes: from the last byte of a message on the line to its JSON at a
// subscriber, less what the broker itself takes for a message of that size, in the same run.
//
//   latency PORT LINK < MESSAGES     each line a message in hex
//
// Plays the meter on a pty with the symbolic link LINK and subscribes at the broker on
// 127.0.0.1:PORT. The pipe is started by the caller; when it is online, each message is written but
// for its last byte, and that one when the rest has been read. Behind each, the JSON that has come
// is published by ourselves, which gives the broker's own hop.
//
// The medians are printed beside the design's target: they are those of this machine and of what
// else runs on it. It fails where even the quickest message took as long as a timer does: a delayed
// acknowledgement of TCP, which each message would wait for, takes 40 ms.
#include <fcntl.h>
#include <fmt/format.h>
#include <mosquitto.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kPatience = 240'000;  // ms, for what must come: as in wait.bash
constexpr double kTimer = 35;       // ms

double now_ms() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

[[noreturn]] void give_up(std::string_view why) {
  fmt::print(stderr, "latency: {}\n", why);
  std::exit(1);
}

void check(bool good, std::string_view what) {
  if (!good) give_up(what);
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

class Line {
 public:
  explicit Line(const char* link) : link_(link) {
    master_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    check(master_ >= 0 && grantpt(master_) == 0 && unlockpt(master_) == 0, "no pty");
    termios settings{};
    const char* slave = ptsname(master_);
    const int fd = open(slave, O_RDWR | O_NOCTTY);
    check(fd >= 0 && tcgetattr(fd, &settings) == 0, "the pty cannot be opened");
    cfmakeraw(&settings);
    tcsetattr(fd, TCSANOW, &settings);
    close(fd);
    unlink(link);
    check(symlink(slave, link) == 0, "the link cannot be made");
  }
  ~Line() {
    unlink(link_);
    close(master_);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  bool has_reader() const {
    pollfd at{master_, POLLOUT, 0};
    return poll(&at, 1, 0) >= 0 && (at.revents & POLLHUP) == 0;
  }
  void write(std::string_view bytes) const {
    check(::write(master_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "the pty took less than a message");
  }

 private:
  const char* link_;
  int master_ = -1;
};

// A client without a thread: it lives while run_until() polls.
class Client {
 public:
  Client(const char* id, int port) : mosquitto_(mosquitto_new(id, true, this)) {
    mosquitto_int_option(mosquitto_, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_message_callback_set(mosquitto_,
                                   [](mosquitto*, void* self, const mosquitto_message* message) {
                                     static_cast<Client*>(self)->take(*message);
                                   });
    mosquitto_subscribe_callback_set(mosquitto_, [](mosquitto*, void* self, int, int, const int*) {
      static_cast<Client*>(self)->subscribed = true;
    });
    mosquitto_publish_callback_set(mosquitto_, [](mosquitto*, void* self, int) {
      ++static_cast<Client*>(self)->acknowledged;
    });
    mosquitto_connect_callback_set(mosquitto_, [](mosquitto*, void* self, int answer) {
      static_cast<Client*>(self)->connected = answer == 0;
    });
    check(mosquitto_connect(mosquitto_, "127.0.0.1", port, 60) == 0, "no broker");
    check(run_until([this] { return connected; }), "the broker does not answer");
  }
  ~Client() { mosquitto_destroy(mosquitto_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void subscribe(const char* filter) {
    subscribed = false;
    check(mosquitto_subscribe(mosquitto_, nullptr, filter, 0) == 0, "subscribing failed");
    check(run_until([this] { return subscribed; }), "the broker does not take a subscription");
  }

  void publish(const char* topic, const std::string& payload) {
    // As obis-mqtt does by default: QoS 1, retained.
    check(mosquitto_publish(mosquitto_, nullptr, topic, static_cast<int>(payload.size()),
                            payload.data(), 1, true) == 0,
          "publishing failed");
  }

  // Also without a message: to let the library breathe for so long.
  template <typename Condition>
  bool run_until(Condition condition, int patience_ms = kPatience) {
    const double end = now_ms() + patience_ms;
    while (!condition()) {
      const double left = end - now_ms();
      if (left <= 0) return false;
      const bool writes = mosquitto_want_write(mosquitto_);
      pollfd at{mosquitto_socket(mosquitto_), static_cast<short>(POLLIN | (writes ? POLLOUT : 0)),
                0};
      if (poll(&at, 1, static_cast<int>(left) + 1) <= 0) continue;
      if ((at.revents & POLLOUT) != 0) mosquitto_loop_write(mosquitto_, 1);
      if ((at.revents & POLLIN) != 0)
        check(mosquitto_loop_read(mosquitto_, 1) == 0, "the connection was lost");
    }
    return true;
  }

  bool connected = false, subscribed = false, online = false;
  int acknowledged = 0;
  int jsons = 0, hops = 0;
  double came_at = 0;
  std::string json;

 private:
  void take(const mosquitto_message& message) {
    const double at = now_ms();
    const std::string_view topic = message.topic;
    const std::string_view payload(static_cast<const char*>(message.payload),
                                   static_cast<std::size_t>(message.payloadlen));
    if (topic == "latency/hop") {
      ++hops;
      came_at = at;
    } else if (topic.ends_with("/json")) {
      ++jsons;
      came_at = at;
      json = payload;
    } else if (payload == "online") {
      online = true;
    }
  }

  mosquitto* mosquitto_;
};

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

std::string row(const std::vector<double>& values) {
  return fmt::format("median {:.3f} ms, 90 % below {:.3f} ms, worst {:.3f} ms",
                     quantile(values, 0.5), quantile(values, 0.9), quantile(values, 1));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) give_up("usage: latency PORT LINK < MESSAGES");
  const int port = std::atoi(argv[1]);
  std::vector<std::string> messages;
  for (std::string text; std::getline(std::cin, text);) messages.push_back(bytes_of(text));
  check(!messages.empty(), "no messages");

  mosquitto_lib_init();
  Client subscriber("latency-subscriber", port);
  for (const char* filter : {"meterpipe/+/json", "meterpipe/bridge/+", "latency/hop"})
    subscriber.subscribe(filter);
  Client publisher("latency-publisher", port);
  const Line line(argv[2]);

  check(subscriber.run_until([&] { return subscriber.online; }), "the pipe did not come online");
  for (const double end = now_ms() + kPatience; !line.has_reader();) {
    check(now_ms() < end, "nobody reads the line");
    usleep(1000);
  }

  std::vector<double> whole, hop;
  for (const std::string& message : messages) {
    line.write(std::string_view(message).substr(0, message.size() - 1));
    subscriber.run_until([] { return false; }, 4);
    check(subscriber.jsons == static_cast<int>(whole.size()),
          "a reading came before its last byte");

    double began = now_ms();
    line.write(std::string_view(message).substr(message.size() - 1));
    const int due = static_cast<int>(whole.size()) + 1;
    check(subscriber.run_until([&] { return subscriber.jsons == due; }), "a message did not come");
    whole.push_back(subscriber.came_at - began);

    subscriber.run_until([] { return false; }, 12);  // the values behind it
    began = now_ms();
    publisher.publish("latency/hop", subscriber.json);
    check(subscriber.run_until([&] { return subscriber.hops == due; }),
          "the broker lost a message");
    hop.push_back(subscriber.came_at - began);
    check(publisher.run_until([&] { return publisher.acknowledged == due; }), "no PUBACK");
    subscriber.run_until([] { return false; }, 4);
  }
  const double own = quantile(whole, 0.5) - quantile(hop, 0.5);
  fmt::print("counted: latency last byte to JSON at a subscriber, {} messages: {}\n", whole.size(),
             row(whole));
  fmt::print("counted: latency of the broker's own hop, {} messages of {} bytes: {}\n", hop.size(),
             subscriber.json.size(), row(hop));
  fmt::print("counted: latency of the pipe (difference of the medians): {:.3f} ms, target 0.7 ms\n",
             own);
  mosquitto_lib_cleanup();
  check(quantile(whole, 0) - quantile(hop, 0) < kTimer, "each message waits for a timer");
  return 0;
}
