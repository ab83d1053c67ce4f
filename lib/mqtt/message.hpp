// Messages on their way to the broker, and where they go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meterpipe::mqtt {

// Topic and payload share one piece of memory, "topic NUL payload": half the allocations, and the
// topic is the C string that libmosquitto wants.
class Message {
 public:
  Message() = default;
  Message(std::string_view topic, std::string_view payload, bool retain)
      : topic_size_(topic.size()), retain_(retain) {
    text_.reserve(topic.size() + 1 + payload.size());
    text_.append(topic).append(1, '\0').append(payload);
  }

  std::string_view topic() const { return std::string_view(text_).substr(0, topic_size_); }
  const char* topic_c_str() const { return text_.c_str(); }
  std::string_view payload() const { return std::string_view(text_).substr(topic_size_ + 1); }
  bool retain() const { return retain_; }
  bool operator==(const Message&) const = default;
  // Bytes of memory, about.
  std::size_t cost() const { return sizeof *this + text_.capacity() + 32; }

 private:
  std::string text_;
  std::size_t topic_size_ = 0;
  bool retain_ = false;
};

// What one record becomes: messages on topics of their own, sent together and done together.
//
// `state`: retained or not, its topics say how things are now. Of one meter only one batch of state
// is on its way at a time: what is sent again after a lost connection is the newest that any
// subscriber may have seen, so a topic never goes back in time. An event (an error, a
// configuration) needs no such care.
struct Batch {
  enum class Kind : std::uint8_t { state, event };

  Kind kind = Kind::event;
  std::string meter;  // whose it is; empty: nobody's
  std::string id;     // the reading's, or empty
  std::string auth;   // the reading's, or empty
  std::vector<Message> messages;
  // What is sent in place of those of `messages` on whose topics a newer batch of state of this
  // meter waits already.
  std::optional<Message> history;
  // When the first byte of the meter's message came, microseconds since 1970; kNoTime: not known.
  static constexpr std::int64_t kNoTime = INT64_MIN;
  std::int64_t first_byte = kNoTime;
  // Of one message, which a newer one for its topic replaces: it is never queued twice, is not
  // dropped for want of room, and no store keeps it. Who put it does so again when a broker is
  // there anew.
  bool is_latest = false;

  std::size_t cost() const {
    std::size_t sum = sizeof *this + meter.capacity() + id.capacity();
    for (const Message& message : messages) sum += message.cost();
    return sum + (history ? history->cost() : 0);
  }
};

// An event of one message.
inline Batch event_of(std::string_view meter, Message message, std::string_view id = {},
                      std::string_view auth = {}) {
  Batch batch{Batch::Kind::event, std::string(meter), std::string(id), std::string(auth), {}, {}};
  batch.messages.push_back(std::move(message));
  return batch;
}

// An event that replaces the one before it on its topic.
inline Batch latest_of(std::string_view meter, Message message) {
  Batch batch = event_of(meter, std::move(message));
  batch.is_latest = true;
  return batch;
}

class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void put(Batch batch) = 0;
};

class NoOutlet : public Outlet {
 public:
  void put(Batch) override {}
};

}  // namespace meterpipe::mqtt
