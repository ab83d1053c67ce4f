// The line of an operator's preset yields to what the wire shows: where so much came at it, and not
// one frame, that it cannot be that, what the line is set to is found out, as by mbus-read
// --detect, and taken, with one warning. One that the file or the command line sets stands, and so
// does the one behind a connection, which is set there.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "meterpipe/configuration.hpp"
#include "meterpipe/counts.hpp"
#include "os/log.hpp"
#include "os/pipeline.hpp"

namespace meterpipe::runner {

class PresetLine {
 public:
  explicit PresetLine(const Configuration& configuration);
  // `preset`: where it alone says what the line is; nullptr: it does not.
  PresetLine(const std::string& port, const config::Operator* preset);

  // The preset alone says it, and nobody has looked yet: what is found then is what there is.
  bool may_yield() const { return preset_ != nullptr; }
  // In so long a whole message has come, whenever somebody begins to listen; 0 without a preset.
  long long patience_ms() const;
  // What was counted of one pipe at this line. Where it is late, by patience_ms, any byte does.
  bool is_wrong(const Counts& counts, bool is_late) const;

  // One pipe at the line as it is set now.
  struct Attempt {
    os::Pipeline::Outcome outcome;
    bool is_wrong = false;
  };
  struct Ways {
    long long timeout_ms = 0;  // of all together; 0: none
    // A pipe, for so long at most (0: for ever); it is run again with what was found.
    std::function<Attempt(long long)> attempt;
    std::function<void(const std::string&)> take;
    // While it is found out.
    os::Pipeline::Timer timer{};
    // What is said; without it the log has it.
    std::function<void(os::Level, const std::string&)> say = nullptr;
  };
  // The outcome of the last attempt.
  os::Pipeline::Outcome run(const Ways& ways);
  // Ends the pipe, whose counts come to `counts`, where the line is wrong, and says so; early
  // enough to find out within `left_ms` (0: for ever) what it is. All of them must outlive it.
  os::Pipeline::Timer look(os::Pipeline& pipeline, const Counts& counts, long long left_ms,
                           bool& is_wrong) const;
  // What the wire shows, where that is another line. It may not yield again.
  std::optional<std::string> find(long long most_ms, const Ways& ways);

 private:
  std::string port_;
  const config::Operator* preset_ = nullptr;
};

// Takes what was found for the preset's.
void set_line(config::Settings& settings, const std::string& line);

}  // namespace meterpipe::runner
