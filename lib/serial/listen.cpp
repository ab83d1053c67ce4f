#include "serial/listen.hpp"

#include <algorithm>

#include "os/status.hpp"
#include "serial/reception.hpp"

namespace meterpipe::serial {
namespace {

class Visit final : public Receiver {
 public:
  Visit(const ListenOptions& options, int slack_ms, const World& world,
        const std::function<void(const Burst&)>& give, const std::function<bool()>& enough)
      : for_us_(static_cast<std::int64_t>(options.for_ms) * 1000),
        gap_us_(std::int64_t{gap_ms(options.line, slack_ms)} * 1000),
        world_(world),
        assembler_(
            [this, &give, &enough](const Burst& burst) {
              give(burst);
              has_enough_ = has_enough_ || enough();
            },
            options.link) {}

  void on_open() override { end_us_ = world_.now().steady_us + for_us_; }
  void on_not_opened(const Trouble& trouble) override { throw fatal(trouble); }
  void on_lost(const Trouble& trouble) override {
    if (trouble.kind != Trouble::Kind::ended) throw fatal(trouble);
    is_over_ = true;
  }
  void on_bytes(Bytes bytes, const std::vector<std::size_t>& marked,
                const Arrival& arrival) override {
    last_byte_us_ = arrival.steady_us;
    assembler_.push(bytes, marked, arrival);
  }
  void on_time(std::int64_t now_us) override {
    if (assembler_.pending() != 0 && now_us >= last_byte_us_ + gap_us_) assembler_.gap();
    is_over_ = is_over_ || now_us >= end_us_;
  }
  std::int64_t due_us() const override {
    return assembler_.pending() != 0 ? std::min(end_us_, last_byte_us_ + gap_us_) : end_us_;
  }
  bool is_done() const override { return has_enough_ || is_over_; }
  void finish() {
    if (!has_enough_) assembler_.end();
  }

 private:
  std::int64_t for_us_, gap_us_;
  const World& world_;
  Assembler assembler_;
  std::int64_t end_us_ = kNever;
  std::int64_t last_byte_us_ = 0;
  bool has_enough_ = false;
  bool is_over_ = false;
};

}  // namespace

void listen(Port& port, const ListenOptions& options, const std::function<void(const Burst&)>& give,
            const std::function<bool()>& enough) {
  const World world = real_world();
  Visit visit(options, port.slack_ms(), world, give, enough);
  Reception reception(port, world, visit);
  reception.open();
  reception.run();
  visit.finish();
  reception.close();
}

}  // namespace meterpipe::serial
