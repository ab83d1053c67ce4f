// The file of counters (lib/keys/counter_state): what was written is read again; where bytes of the
// file are damaged or missing, a counter is one that was written before, or none, and never
// another; and a file of any contents is read or refused.
#include "keys/counter_state.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>

#include "fuzz/fuzz.hpp"
#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe::fuzz {

namespace {

using keys::CounterState;
namespace fs = std::filesystem;

constexpr std::size_t kMeters = 3;

const fs::path& file() {
  static const fs::path path =
      fs::temp_directory_path() / ("fuzz-counters-" + std::to_string(::getpid()));
  return path;
}

void write_file(Bytes bytes) {
  std::ofstream(file(), std::ios::binary | std::ios::trunc) << as_text(bytes);
  ::chmod(file().c_str(), 0600);
}

struct Kept {
  std::uint32_t last = 0;
  std::set<std::uint32_t> written{0};
};

class Check {
 public:
  explicit Check(Bytes input) : taker_(input) {
    fs::remove(file());
    state_.emplace(file());
  }
  ~Check() {
    state_.reset();
    fs::remove(file());
  }

  void run() {
    for (int step = 0; step < 64 && !taker_.rest().empty(); ++step) {
      switch (taker_.below(8)) {
        case 0: reopen(); break;
        case 1: damage(); break;
        case 2: shorten(); break;
        case 3: write(); break;
        default: message();
      }
    }
    reopen();
  }

 private:
  static CounterState::Meter meter(std::size_t which) { return {which + 1, 7 * which + 1}; }

  void message() {
    const std::size_t which = taker_.below(kMeters);
    const bool verified = taker_.below(4) != 0;
    const std::optional<std::size_t> place = state_->place_of(meter(which));
    REQUIRE(place.has_value());
    const std::uint32_t before = state_->highest(*place);
    const auto step = static_cast<std::uint32_t>(taker_.below(65536));
    const std::uint32_t counter = before + step - 16;
    const bool is_replay = state_->is_replay(*place, counter, verified);
    const std::uint32_t after = state_->highest(*place);
    REQUIRE(after >= before);
    REQUIRE((after == before || after == counter));
    if (verified && !is_replay) REQUIRE(after == counter);
    if (before != 0 && counter <= before) REQUIRE(is_replay);
    REQUIRE((is_replay || state_->is_replay(*place, counter, verified)));
    kept_[which].last = state_->highest(*place);
    // It writes by itself what is new.
    kept_[which].written.insert(kept_[which].last);
  }

  void write() { state_->write(); }

  void close() {
    state_.reset();
    for (Kept& one : kept_) one.written.insert(one.last);
  }

  void reopen() {
    close();
    state_.emplace(file());
    for (std::size_t which = 0; which < kMeters; ++which) {
      const std::optional<std::size_t> place = state_->place_of(meter(which));
      REQUIRE(place.has_value());
      const std::uint32_t highest = state_->highest(*place);
      if (!is_damaged_) REQUIRE(highest == kept_[which].last);
      REQUIRE(kept_[which].written.contains(highest));
      kept_[which].last = highest;
    }
    is_damaged_ = false;
  }

  // The header is not touched: without it the file is refused.
  void damage() {
    close();
    std::string text = read();
    if (text.size() > kHeaderPage) {
      const std::size_t at = kHeaderPage + taker_.below(2) * kHeaderPage + taker_.below(256);
      const auto bits = static_cast<char>(taker_.byte());
      if (at < text.size() && bits != 0) {
        text[at] = static_cast<char>(text[at] ^ bits);
        write_file(as_bytes(text));
        is_damaged_ = true;
      }
    }
    reopen();
  }

  void shorten() {
    close();
    const std::string text = read();
    if (text.size() > kHeaderPage) {
      const std::size_t size = kHeaderPage + taker_.below(text.size() - kHeaderPage);
      write_file(as_bytes(text).first(size));
      is_damaged_ = true;
    }
    reopen();
  }

  static std::string read() {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  static constexpr std::size_t kHeaderPage = 4096;
  Taker taker_;
  std::optional<CounterState> state_;
  std::array<Kept, kMeters> kept_;
  bool is_damaged_ = false;
};

// Any contents.
void check_contents(Bytes input) {
  write_file(input);
  try {
    CounterState state{file()};
    REQUIRE(state.size() <= CounterState::kMostMeters);
    for (std::size_t place = 0; place < state.size(); ++place) state.highest(place);
  } catch (const os::Fatal& fatal) {
    REQUIRE(std::string(fatal.what()).starts_with(file().string()));
  }
  fs::remove(file());
}

}  // namespace

void check(Bytes input) {
  os::Log::open("fuzz", os::Level::error);
  if (!input.empty() && input[0] == 'm') return check_contents(input);
  Check(input).run();
}

}  // namespace meterpipe::fuzz
