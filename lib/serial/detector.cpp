#include "serial/detector.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "serial/parmrk.hpp"

namespace meterpipe::serial {
namespace {

constexpr std::int64_t kOpenUs = 10'000'000;

bool is_other_rate(std::uint32_t wanted, std::uint32_t got) {
  const std::uint32_t off = wanted > got ? wanted - got : got - wanted;
  return std::uint64_t{off} * 50 > wanted;
}

Trial refused(const LineSettings& line, std::string why) {
  Trial trial;
  trial.line = line;
  trial.verdict = Verdict::refused;
  trial.refusal = std::move(why);
  return trial;
}

class Attempt {
 public:
  Attempt(const DetectOptions& options, const Surroundings& surroundings, const LineSettings& line)
      : options_(options), with_(surroundings), line_(line), port_(surroundings.port(line)) {}

  Trial run(const Search& search) {
    if (auto trouble = open()) {
      // One setting that the driver does not know is no reason to give up.
      if (trouble->kind != Trouble::Kind::failed) throw fatal(*trouble);
      return refused(line_, trouble->text);
    }
    const auto got = port_->set_to();
    if (got && is_other_rate(line_.baud, got->baud)) {
      port_->close();
      return refused(line_, fmt::format("the port is set to {} baud instead", got->baud));
    }
    if (got && got->data_bits != line_.data_bits && !port_->is_pseudo()) {
      port_->close();
      return refused(line_, fmt::format("the port is set to {} data bits instead", got->data_bits));
    }
    const std::int64_t patience_us = search.patience_us(options_.listen_us);
    if (with_.trying) with_.trying(line_, patience_us);
    Listener listener({.line = line_,
                       .link = options_.link,
                       .checks_parity = port_->checks_parity(),
                       .is_pseudo = port_->is_pseudo(),
                       .gap_ms = gap_ms(line_, port_->slack_ms()),
                       .wait_us = patience_us,
                       .start_us = with_.now_us()});
    while (!listener.is_done() && !with_.is_stopped()) {
      if (!port_->has_early_bytes()) {
        with_.wait(*port_, std::max<std::int64_t>(0, listener.due_us() - with_.now_us()));
      }
      read(listener);
      listener.look_at_clock(with_.now_us());
    }
    port_->close();
    return listener.trial();
  }

 private:
  std::optional<Trouble> open() {
    auto progress = port_->open();
    const std::int64_t until = with_.now_us() + kOpenUs;
    while (progress && *progress == Progress::pending) {
      if (with_.now_us() >= until || with_.is_stopped()) {
        return Trouble{Trouble::Kind::missing, port_->name() + ": no answer"};
      }
      with_.wait(*port_, until - with_.now_us());
      progress = port_->proceed();
    }
    if (!progress) return progress.error();
    return std::nullopt;
  }

  void read(Listener& listener) {
    std::uint8_t room[4096];
    const auto n = port_->read(room);
    if (!n) throw fatal(n.error());
    bytes_.clear();
    marked_.clear();
    if (port_->marks_errors()) {
      unmarker_.push(Bytes(room, *n), bytes_, marked_);
    } else {
      append(bytes_, Bytes(room, *n));
    }
    listener.push(bytes_, marked_, with_.now_us());
  }

  const DetectOptions& options_;
  const Surroundings& with_;
  LineSettings line_;
  std::unique_ptr<Port> port_;
  Unmarker unmarker_;
  ByteVector bytes_;
  std::vector<std::size_t> marked_;
};

}  // namespace

Conclusion detect(const DetectOptions& options, const Surroundings& surroundings) {
  Search search(options.first);
  bool was_open = false;
  std::string refusal;
  while (!surroundings.is_stopped()) {
    const auto line = search.next();
    if (!line) break;
    const Trial trial = Attempt(options, surroundings, *line).run(search);
    search.add(trial);
    surroundings.tried(trial);
    was_open |= trial.verdict != Verdict::refused;
    if (refusal.empty()) refusal = trial.refusal;
  }
  if (!was_open && !refusal.empty()) throw os::Fatal(os::kIoError, refusal);
  return search.conclusion();
}

}  // namespace meterpipe::serial
