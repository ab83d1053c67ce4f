#include "poll/bus.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace meterpipe::poll {
namespace {

using serial::Trouble;

constexpr std::uint8_t kDataMask = 0xcf, kData = 0x08;  // RSP_UD, whatever ACD and DFC say
constexpr std::size_t kLongest = 2 * 261;               // bytes of an answer, and one more
constexpr std::int64_t kStandardBits = 330, kStandardMoreUs = 50'000;  // EN 13757-2, 5.7

bool is_whole(Answer::Kind kind) {
  return kind == Answer::Kind::acknowledge || kind == Answer::Kind::data;
}

}  // namespace

Bus::Bus(MakePort make, serial::World world, const BusOptions& options)
    : make_(std::move(make)),
      world_(std::move(world)),
      options_(options),
      line_(options.line),
      framer_({link::Link::mbus}) {}

tl::expected<void, Trouble> Bus::open(std::optional<std::uint32_t> baud) {
  serial::LineSettings wanted = options_.line;
  if (baud) wanted.baud = *baud;
  if (is_open_ && wanted == line_) return {};
  close();
  line_ = wanted;
  port_ = make_(line_);
  unmarker_ = {};
  if (auto opened = serial::open_now(*port_, world_); !opened) {
    lose(opened.error());
    return opened;
  }
  is_open_ = true;
  return {};
}

void Bus::close() {
  if (port_) port_->close();
  is_open_ = false;
}

void Bus::lose(const Trouble& trouble) {
  trouble_ = trouble;
  close();
}

std::int64_t Bus::gap_us() const {
  return std::int64_t{serial::gap_ms(line_, port_->slack_ms())} * 1000;
}

std::int64_t Bus::standard_timeout_us() const {
  const std::int64_t slack_us = port_ ? std::int64_t{port_->slack_ms()} * 1000 : 250'000;
  return kStandardBits * 1'000'000 / line_.baud + kStandardMoreUs + slack_us;
}

Answer Bus::ask_acknowledge(Bytes request, std::int64_t timeout_us) {
  return ask(request, false, std::nullopt, timeout_us);
}

Answer Bus::ask_data(Bytes request, std::optional<std::uint8_t> from, std::int64_t timeout_us) {
  return ask(request, true, from, timeout_us);
}

Answer Bus::insist(const std::function<Answer()>& ask) {
  std::size_t least = ~std::size_t{0};
  bool was_noisy = false;
  for (unsigned n = 1;; ++n) {
    Answer answer = ask();
    if (answer.kind != Answer::Kind::silence && answer.kind != Answer::Kind::noise) return answer;
    was_noisy |= answer.kind == Answer::Kind::noise;
    least = std::min(least, answer.stray);
    if (n >= options_.tries) {
      answer.kind = was_noisy ? Answer::Kind::noise : Answer::Kind::silence;
      answer.stray = least;
      return answer;
    }
    ++counts_.repeats;
  }
}

Answer Bus::ask(Bytes request, bool wants_data, std::optional<std::uint8_t> from,
                std::int64_t timeout_us) {
  answer_ = {};
  if (!is_open_) {
    answer_.kind = Answer::Kind::lost;
    return answer_;
  }
  wants_data_ = wants_data;
  from_ = from;
  drop_early();
  echo_.assign(request.begin(), request.end());
  is_asking_ = true;
  ++counts_.requests;
  if (const auto written = port_->write(request); !written) lose(written.error());

  // The request takes its time on the line before the meter's time begins.
  const std::int64_t end_us = world_.now().steady_us + line_.micros(request.size()) + timeout_us;
  const std::int64_t gap = is_open_ ? gap_us() : 0;
  const std::int64_t last_end_us = end_us + line_.micros(kLongest) + gap;
  last_us_ = 0;
  while (is_open_ && !world_.is_stopped()) {
    const std::int64_t now_us = world_.now().steady_us;
    const bool is_quiet = last_us_ == 0 || now_us >= last_us_ + gap;
    if (is_quiet && framer_.pending() != 0) frame_all(true);
    if (is_quiet && (is_whole(answer_.kind) || now_us >= end_us)) break;
    if (now_us >= last_end_us) break;
    std::int64_t until_us = is_quiet ? end_us : last_us_ + gap;
    until_us = std::min(until_us, last_end_us);
    if (port_->has_early_bytes() || world_.wait(*port_, until_us - now_us)) read(Keeps::all);
  }
  frame_all(true);
  is_asking_ = false;
  counts_.late += answer_.others.size();
  counts_.stray += answer_.stray;
  if (!is_open_) {
    answer_.kind = Answer::Kind::lost;
  } else if (answer_.kind == Answer::Kind::silence && world_.is_stopped()) {
    answer_.kind = Answer::Kind::stopped;
  } else if (answer_.kind == Answer::Kind::silence && answer_.stray != 0) {
    answer_.kind = Answer::Kind::noise;
  }
  return std::move(answer_);
}

bool Bus::read(Keeps keeps) {
  ByteVector bytes;
  std::vector<std::size_t> marked;
  const auto n = serial::read_unmarked(*port_, unmarker_, bytes, marked);
  if (!n) {
    lose(n.error());
    return false;
  }
  if (*n == 0) return true;
  const serial::Arrival arrival = world_.now();
  counts_.bytes += bytes.size();
  if (keeps == Keeps::all) take(bytes, marked, arrival);
  return true;
}

// Nobody has asked for what is there: it is late, or noise. An answer among it is told with those
// of this request.
void Bus::drop_early() {
  forget();
  answer_ = {};
  is_asking_ = false;
  const std::int64_t until_us = world_.now().steady_us + line_.micros(kLongest);
  while (is_open_ && world_.now().steady_us <= until_us &&
         (port_->has_early_bytes() || world_.wait(*port_, 0))) {
    if (!read(Keeps::all)) break;
  }
  frame_all(true);
  forget();
  answer_.stray = 0;
}

void Bus::forget() {
  framer_ = link::Framer({link::Link::mbus});
  echo_.clear();
  received_.clear();
  marks_.clear();
  arrivals_.clear();
  framed_ = 0;
}

void Bus::take(Bytes bytes, const std::vector<std::size_t>& marked,
               const serial::Arrival& arrival) {
  last_us_ = arrival.steady_us;
  std::size_t next_mark = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool is_bad = next_mark < marked.size() && marked[next_mark] == i;
    if (is_bad) ++next_mark;
    received_.push_back(bytes[i]);
    marks_.push_back(is_bad);
    arrivals_.push_back(arrival);
  }
  // An echo is all of what was sent, and comes before all else.
  if (!echo_.empty()) {
    const std::size_t size = std::min(echo_.size(), received_.size());
    if (!std::equal(received_.begin(), received_.begin() + size, echo_.begin())) {
      echo_.clear();
    } else if (size < echo_.size()) {
      return;
    } else {
      counts_.echoed += size;
      received_.erase(received_.begin(), received_.begin() + size);
      marks_.erase(marks_.begin(), marks_.begin() + static_cast<std::ptrdiff_t>(size));
      arrivals_.erase(arrivals_.begin(), arrivals_.begin() + size);
      echo_.clear();
    }
  }
  frame_all(false);
}

// Half an echo at the end was none.
void Bus::frame_all(bool at_end) {
  if (at_end) echo_.clear();
  const Bytes rest = Bytes(received_).subspan(framed_);
  framed_ = received_.size();
  if (!rest.empty()) framer_.push(rest, *this);
  if (at_end) framer_.gap(*this);
}

bool Bus::is_marked(std::size_t from, std::size_t size) const {
  const auto begin = marks_.begin() + static_cast<std::ptrdiff_t>(from);
  return std::find(begin, begin + static_cast<std::ptrdiff_t>(size), true) !=
         begin + static_cast<std::ptrdiff_t>(size);
}

void Bus::on_frame(const link::Frame& frame) {
  const auto at = static_cast<std::size_t>(frame.offset);
  const std::size_t size = frame.bytes.size();
  if (frame.kind == link::FrameKind::mbus_ack) {
    if (!is_asking_ || wants_data_) return;  // late
    if (is_marked(at, 1)) {
      ++answer_.stray;
      return;
    }
    const bool is_first = answer_.kind == Answer::Kind::silence;
    answer_.kind = is_first ? Answer::Kind::acknowledge : Answer::Kind::several;
    return;
  }
  const bool is_data = frame.kind == link::FrameKind::mbus_long && (frame.c & kDataMask) == kData;
  if (!is_data) {  // of another master, or nobody's
    answer_.stray += size;
    return;
  }
  ByteVector bytes(frame.bytes.begin(), frame.bytes.end());
  if (!is_asking_ || !wants_data_ || (from_ && frame.a != *from_)) {
    answer_.others.push_back(std::move(bytes));
    return;
  }
  if (answer_.kind != Answer::Kind::silence) {
    answer_.kind = Answer::Kind::several;
    answer_.others.push_back(std::move(bytes));
    return;
  }
  answer_.kind = Answer::Kind::data;
  answer_.bytes = std::move(bytes);
  answer_.first = arrivals_[at];
  const std::int64_t us = arrivals_[at + size - 1].steady_us - answer_.first.steady_us;
  answer_.ms = static_cast<std::uint64_t>((us + 500) / 1000);
  for (std::size_t i = 0; i < size; ++i) {
    if (marks_[at + i]) answer_.marked.push_back(static_cast<std::uint32_t>(i));
  }
}

void Bus::on_skipped(const link::Skipped& skipped) { answer_.stray += skipped.bytes.size(); }

void Bus::idle_until(std::int64_t steady_us) {
  while (!world_.is_stopped()) {
    const std::int64_t left_us = steady_us - world_.now().steady_us;
    if (left_us <= 0) return;
    if (!port_) port_ = make_(line_);  // it is not open: there is nothing in it to be waited for
    const bool is_ready =
        is_open_ && port_->has_early_bytes() ? true : world_.wait(*port_, left_us);
    if (is_ready && is_open_) read(Keeps::nothing);
  }
}

}  // namespace meterpipe::poll
