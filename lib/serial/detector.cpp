#include "serial/detector.hpp"

#include <fmt/format.h>

#include "os/status.hpp"

namespace meterpipe::serial {
namespace {

Trial refused(const LineSettings& line, std::string why) {
  Trial trial;
  trial.line = line;
  trial.verdict = Verdict::refused;
  trial.refusal = std::move(why);
  return trial;
}

class Attempt final : public Receiver {
 public:
  Attempt(const DetectOptions& options, const Surroundings& surroundings, const Search& search,
          const LineSettings& line)
      : options_(options),
        with_(surroundings),
        search_(search),
        line_(line),
        port_(surroundings.port(line)) {
    trial_.line = line;
  }

  Trial run() {
    Reception reception(*port_, with_.world, *this);
    reception.open();
    reception.run();
    reception.close();
    return listener_ ? listener_->trial() : trial_;
  }

 private:
  void on_open() override {
    const auto got = port_->set_to();
    if (got && !is_same_rate(line_.baud, got->baud)) {
      trial_ = refused(line_, fmt::format("the port is set to {} baud instead", got->baud));
      return;
    }
    if (got && got->data_bits != line_.data_bits && !port_->is_pseudo()) {
      trial_ =
          refused(line_, fmt::format("the port is set to {} data bits instead", got->data_bits));
      return;
    }
    const std::int64_t patience_us = search_.patience_us(options_.listen_us);
    if (with_.trying) with_.trying(line_, patience_us);
    listener_.emplace(Listener::Setup{.line = line_,
                                      .link = options_.link,
                                      .checks_parity = port_->checks_parity(),
                                      .is_pseudo = port_->is_pseudo(),
                                      .gap_ms = gap_ms(line_, port_->slack_ms()),
                                      .wait_us = patience_us,
                                      .start_us = with_.world.now().steady_us});
  }
  // One setting that the driver does not know is no reason to give up.
  void on_not_opened(const Trouble& trouble) override {
    if (trouble.kind != Trouble::Kind::failed) throw fatal(trouble);
    trial_ = refused(line_, trouble.text);
  }
  void on_lost(const Trouble& trouble) override { throw fatal(trouble); }
  void on_bytes(Bytes bytes, const std::vector<std::size_t>& marked,
                const Arrival& arrival) override {
    listener_->push(bytes, marked, arrival.steady_us);
  }
  void on_time(std::int64_t now_us) override {
    if (listener_) listener_->look_at_clock(now_us);
  }
  std::int64_t due_us() const override { return listener_ ? listener_->due_us() : kNever; }
  bool is_done() const override {
    return listener_ ? listener_->is_done() : trial_.verdict == Verdict::refused;
  }

  const DetectOptions& options_;
  const Surroundings& with_;
  const Search& search_;
  LineSettings line_;
  std::unique_ptr<Port> port_;
  Trial trial_;  // where it was not listened to
  std::optional<Listener> listener_;
};

}  // namespace

Conclusion detect(const DetectOptions& options, const Surroundings& surroundings) {
  Search search(options.first);
  bool was_open = false;
  std::string refusal;
  while (!surroundings.world.is_stopped()) {
    const auto line = search.next();
    if (!line) break;
    const Trial trial = Attempt(options, surroundings, search, *line).run();
    search.add(trial);
    surroundings.tried(trial);
    was_open |= trial.verdict != Verdict::refused;
    if (refusal.empty()) refusal = trial.refusal;
  }
  if (!was_open && !refusal.empty()) throw os::Fatal(os::kIoError, refusal);
  return search.conclusion();
}

}  // namespace meterpipe::serial
