// What a stage saves, so that it goes on after a restart where it was.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace meterpipe::state {

// What must outlive the process (kill -9 loses nothing): a spool keeps it beside the messages that
// came of it, in the same transaction. Keys are a stage's own: "schedule/METER".
class Persistent {
 public:
  using Save = std::function<void(const std::string& key, const std::string& text)>;

  virtual ~Persistent() = default;
  // What has changed since the last call; empty text: forget the key.
  virtual void save_changes(const Save& save) = 0;
  // What save_changes gave in an earlier run. A key or a text that it does not know is left alone.
  virtual void restore(std::string_view key, std::string_view text) = 0;
};

}  // namespace meterpipe::state
