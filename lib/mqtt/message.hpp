// One message on its way to the broker, and where messages go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

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
  // Bytes of memory, about.
  std::size_t cost() const { return sizeof *this + text_.capacity() + 32; }

 private:
  std::string text_;
  std::size_t topic_size_ = 0;
  bool retain_ = false;
};

class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void put(Message message) = 0;
  // Several messages follow one another: between true and false they may share packets.
  virtual void gather(bool /*on*/) {}
};

}  // namespace meterpipe::mqtt
