#include "poll/read_out.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "record/fault_text.hpp"

namespace meterpipe::poll {
namespace {

using serial::Trouble;

constexpr char kStx = 0x02, kEtx = 0x03;
constexpr std::int64_t kReactionUs = 220'000;  // a meter has 200 ms before it listens again
constexpr std::int64_t kLeaveUs = 10'000;      // from the driver onto the line
constexpr std::size_t kLongestAnswer = 64 * 1024;

// The rate that an identification offers, and whether it wants to be told that it is taken.
struct Offer {
  std::uint32_t baud;
  bool is_asked;
};
Offer offer_of(std::string_view identification, std::uint32_t baud) {
  constexpr std::size_t kSpeedAt = 4;
  const char z = identification.size() > kSpeedAt ? identification[kSpeedAt] : ' ';
  if (z >= '0' && z <= '6') return {300U << (z - '0'), true};
  if (z >= 'A' && z <= 'F') return {600U << (z - 'A'), false};
  return {baud, false};
}

bool has_right_bcc(Bytes bytes, std::size_t stx) {
  std::uint8_t bcc = 0;
  for (const std::uint8_t byte : bytes.subspan(stx + 1)) bcc ^= byte;
  return bcc == 0;
}

}  // namespace

bool is_device_address(std::string_view text) {
  return text.size() <= kLongestDevice && std::ranges::all_of(text, [](char c) {
           return c == ' ' || is_letter_or_digit(static_cast<unsigned char>(c));
         });
}

ReadOut::ReadOut(std::unique_ptr<serial::Port> port, serial::World world,
                 const ReadOutOptions& options)
    : port_(std::move(port)), world_(std::move(world)), options_(options), line_(options.line) {}

void ReadOut::lose(const Trouble& trouble) {
  trouble_ = trouble;
  close();
}

void ReadOut::close() {
  port_->close();
  is_open_ = false;
}

tl::expected<void, Trouble> ReadOut::open() {
  if (is_open_) return {};
  unmarker_ = {};
  if (auto opened = serial::open_now(*port_, world_); !opened) {
    lose(opened.error());
    return opened;
  }
  is_open_ = true;
  line_ = options_.line;
  return {};
}

ReadOutAnswer ReadOut::read() {
  for (unsigned n = 1;; ++n) {
    ReadOutAnswer answer = once();
    if (answer.kind == ReadOutAnswer::Kind::whole) return answer;
    if (!is_open_) {
      answer.kind = ReadOutAnswer::Kind::lost;
      return answer;
    }
    if (world_.is_stopped()) {
      answer.kind = ReadOutAnswer::Kind::stopped;
      return answer;
    }
    if (n >= options_.tries) return answer;
    ++counts_.repeats;
    // What is still on its way is of no use, and a meter that talks does not listen.
    idle_until(world_.now().steady_us + kReactionUs);
  }
}

ReadOutAnswer ReadOut::once() {
  ReadOutAnswer answer;
  answer.line = line_;
  while (is_open_ && (port_->has_early_bytes() || world_.wait(*port_, 0))) {
    if (!receive() || received_.size() > kLongestAnswer) break;
  }
  received_.clear();
  marks_.clear();
  arrivals_.clear();
  begin_ = end_ = 0;
  ++counts_.requests;
  if (!set_rate(options_.line.baud) || !say("/?" + options_.address + "!\r\n")) return answer;
  const bool is_known = listen(Until::identification);
  if (!is_known) {
    answer.stray = received_.size();
    counts_.stray += answer.stray;
    return answer;
  }
  const std::size_t start = begin_, identified = end_;
  const std::string_view identification = as_text(received_).substr(start, identified - start);
  Offer offer = offer_of(identification, line_.baud);
  const char speed = port_->sets_rate() ? identification[4] : '0';
  if (!port_->sets_rate()) offer.baud = line_.baud;
  begin_ = identified;
  if (offer.is_asked) {
    idle_until(world_.now().steady_us + kReactionUs);
    if (!say(fmt::format("\x06"
                         "0{}0\r\n",
                         speed)))
      return answer;
    idle_until(world_.now().steady_us + line_.micros(6) + kLeaveUs);
  }
  is_framed_ = offer.is_asked;
  bool is_whole = is_open_ && set_rate(offer.baud) && listen(Until::data);
  if (!is_whole) {
    end_ = received_.size();
    // Silence behind the end of a text without STX is an end, too.
    const std::string_view rest = as_text(received_).substr(begin_);
    is_whole = is_open_ && !world_.is_stopped() && rest.ends_with("!\r\n") &&
               rest.find(kStx) == std::string_view::npos;
  }
  answer.line = line_;
  const auto add = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (marks_[i]) answer.marked.push_back(static_cast<std::uint32_t>(answer.bytes.size()));
      answer.bytes.push_back(received_[i]);
    }
  };
  add(start, identified);
  add(begin_, end_);  // from STX
  answer.first = arrivals_[start];
  const std::int64_t us = arrivals_[end_ - 1].steady_us - answer.first.steady_us;
  answer.ms = static_cast<std::uint64_t>((us + 500) / 1000);
  answer.stray = start + (begin_ - identified) + (received_.size() - end_);
  counts_.stray += answer.stray;
  const std::string_view text = as_text(answer.bytes);
  const std::size_t stx = text.find(kStx);
  const bool is_right = stx == std::string_view::npos || has_right_bcc(answer.bytes, stx);
  answer.kind = is_whole && is_right ? ReadOutAnswer::Kind::whole : ReadOutAnswer::Kind::damaged;
  return answer;
}

bool ReadOut::say(std::string_view text) {
  echo_ = text;
  if (const auto written = port_->write(as_bytes(text)); !written) lose(written.error());
  return is_open_;
}

bool ReadOut::set_rate(std::uint32_t baud) {
  if (!is_open_) return false;
  serial::LineSettings wanted = options_.line;
  wanted.baud = baud;
  if (wanted == line_ || !port_->sets_rate()) return true;
  if (const auto set = port_->set(wanted); !set) {
    lose(set.error());
    return false;
  }
  line_ = wanted;
  return true;
}

// Until it is there, or nothing has come for the time of an answer.
bool ReadOut::listen(Until until) {
  std::int64_t end_us = world_.now().steady_us + options_.timeout_us;
  if (until == Until::identification) {
    end_us += line_.micros(options_.address.size() + 5);  // the sign-on is on its way yet
  }
  for (;;) {
    drop_echo();
    if (is_there(until)) return true;
    if (!is_open_ || world_.is_stopped() || received_.size() > kLongestAnswer) return false;
    const std::int64_t left_us = end_us - world_.now().steady_us;
    if (left_us <= 0) return false;
    const std::size_t before = received_.size();
    if (port_->has_early_bytes() || world_.wait(*port_, left_us)) receive();
    if (received_.size() != before) end_us = world_.now().steady_us + options_.timeout_us;
  }
}

bool ReadOut::receive() {
  ByteVector bytes;
  std::vector<std::size_t> marked;
  const auto n = serial::read_unmarked(*port_, unmarker_, bytes, marked);
  if (!n) {
    lose(n.error());
    return false;
  }
  const serial::Arrival arrival = world_.now();
  counts_.bytes += bytes.size();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    received_.push_back(bytes[i]);
    marks_.push_back(std::ranges::find(marked, i) != marked.end());
    arrivals_.push_back(arrival);
  }
  return true;
}

// An echo is all of what was sent, and comes before all else.
void ReadOut::drop_echo() {
  if (echo_.empty()) return;
  const std::string_view there = as_text(received_).substr(begin_);
  const std::size_t size = std::min(echo_.size(), there.size());
  if (there.substr(0, size) != std::string_view(echo_).substr(0, size)) return echo_.clear();
  if (size < echo_.size()) return;
  const auto from = static_cast<std::ptrdiff_t>(begin_);
  const auto to = from + static_cast<std::ptrdiff_t>(size);
  received_.erase(received_.begin() + from, received_.begin() + to);
  marks_.erase(marks_.begin() + from, marks_.begin() + to);
  arrivals_.erase(arrivals_.begin() + from, arrivals_.begin() + to);
  counts_.echoed += size;
  echo_.clear();
}

bool ReadOut::is_there(Until until) {
  if (!echo_.empty()) return false;
  const std::string_view text = as_text(received_);
  if (until == Until::identification) {
    // `/` and what can be no sign-on of another: its second is a letter of the maker.
    for (std::size_t at = text.find('/'); at != std::string_view::npos;
         at = text.find('/', at + 1)) {
      const std::size_t end = text.find("\r\n", at);
      if (end == std::string_view::npos) return false;
      constexpr std::size_t kShortest = 5;
      if (end - at < kShortest || !is_letter(static_cast<unsigned char>(text[at + 1]))) continue;
      begin_ = at;
      end_ = end + 2;
      return true;
    }
    return false;
  }
  const std::size_t stx = text.find(kStx, begin_);
  if (stx == std::string_view::npos) {
    // Of mode C a text without STX may be one whose beginning was lost: then ETX is to follow.
    const std::size_t end = text.find("!\r\n", begin_);
    if (is_framed_ || end == std::string_view::npos) return false;
    end_ = end + 3;
    return true;
  }
  begin_ = stx;
  const std::size_t etx = text.find(kEtx, stx);
  if (etx == std::string_view::npos || etx + 1 >= text.size()) return false;
  end_ = etx + 2;
  return true;
}

void ReadOut::idle_until(std::int64_t steady_us) {
  while (!world_.is_stopped()) {
    const std::int64_t left_us = steady_us - world_.now().steady_us;
    if (left_us <= 0) return;
    if (!is_open_) {
      world_.wait(*port_, left_us);
    } else if (port_->has_early_bytes() || world_.wait(*port_, left_us)) {
      receive();
      drop_echo();
    }
  }
}

Error error_of(const ReadOutAnswer&, const ReadOutOptions& options) {
  return {Fault::no_answer, 0, static_cast<std::uint64_t>(options.timeout_us / 1000),
          options.tries};
}

std::string text_of(const ReadOutAnswer& answer, const ReadOutOptions& options) {
  std::string text = options.address.empty() ? "read-out: " : "meter " + options.address + ": ";
  text += record::describe(error_of(answer, options));
  if (answer.stray != 0) {
    text += fmt::format(" ({} bytes came that are none: noise, or another rate?)", answer.stray);
  }
  return text;
}

}  // namespace meterpipe::poll
