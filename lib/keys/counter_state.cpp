#include "keys/counter_state.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <optional>

#include "apdu/digest.hpp"
#include "base/fnv.hpp"
#include "base/secret.hpp"
#include "base/whole_number.hpp"
#include "os/clock.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe::keys {
namespace {

constexpr std::string_view kHeader = "meterpipe counters 1\n";
constexpr std::size_t kPage = 4096, kEntryBytes = 32, kSummed = 24;
constexpr std::size_t kPerPage = kPage / kEntryBytes;
constexpr long long kWriteEveryMs = 5 * 60 * 1000;
constexpr std::uint32_t kGenerations = 1u << 24;
constexpr std::uint32_t kKnown = 1, kVerified = 2;  // flags
// Without a tag: so many messages may be missing between two, and between three that agree.
constexpr std::uint32_t kFewMissing = 16, kAgreeing = 65'536;
constexpr int kInRow = 3;

using EntryBytes = std::array<std::uint8_t, kEntryBytes>;

off_t offset_of(std::size_t place, std::uint32_t generation) {
  const std::size_t page = 1 + 2 * (place / kPerPage) + generation % 2;
  return static_cast<off_t>(page * kPage + place % kPerPage * kEntryBytes);
}

std::uint64_t checksum_of(Bytes bytes) { return fnv1a_64(as_text(bytes.first(kSummed))); }

// Which of two generations is later; they begin again.
bool is_later(std::uint32_t a, std::uint32_t b) {
  return (a - b) % kGenerations != 0 && (a - b) % kGenerations < kGenerations / 2;
}

}  // namespace

std::uint64_t CounterState::fingerprint_of(Bytes key) {
  SecretBytes bytes = secret(as_bytes("meterpipe"));
  append(bytes, key);
  const std::uint64_t print =
      whole_number<std::uint64_t>(apdu::short_digest(bytes), 16).value_or(0);
  return print;
}

CounterState::CounterState(const std::string& path) : path_(path), written_ms_(os::monotonic_ms()) {
  os::check_own_file(path);
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd_ < 0) throw os::file_error(path, errno);
  try {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) throw os::file_error(path, errno);
    if (!S_ISREG(status.st_mode)) {
      throw os::Fatal(os::kConfig, path + ": a file was expected, this is none");
    }
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      throw os::Fatal(os::kIoError, path + ": is in use by another program");
    }
    read();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

CounterState::~CounterState() {
  write();
  ::close(fd_);
}

void CounterState::read() {
  constexpr std::size_t kWhole = kPage + 2 * kMostMeters * kEntryBytes;
  const std::string text = os::read_all(fd_, path_, kWhole);
  const bool is_blank = text.find_first_not_of('\0') == std::string::npos;
  if (is_blank && text.size() <= kPage) {
    std::string header(kHeader);
    header.resize(kPage, '\0');
    const auto written = ::pwrite(fd_, header.data(), header.size(), 0);
    if (written != static_cast<ssize_t>(header.size())) {
      throw os::file_error(path_, written < 0 ? errno : ENOSPC);
    }
    return;
  }
  if (!text.starts_with(kHeader) || text.size() > kWhole) {
    throw os::Fatal(os::kConfig,
                    path_ + ": no file of counters (dlms-decrypt --counter-state makes one)");
  }
  const Bytes bytes = as_bytes(text);
  const std::size_t places = bytes.size() / kPage * kPerPage / 2 + kPerPage;
  for (std::size_t place = 0; place < std::min(places, kMostMeters); ++place) take(bytes, place);
  if (damaged_ != 0) {
    os::log_warning(
        "{}: {} entries are damaged; of what cannot be read the counter before it counts", path_,
        damaged_);
  }
}

// The later one of an entry's two copies.
void CounterState::take(Bytes bytes, std::size_t place) {
  std::optional<Entry> found;
  bool is_damaged = false;
  for (std::uint32_t copy = 0; copy < 2; ++copy) {
    const auto at = static_cast<std::size_t>(offset_of(place, copy));
    if (at + kEntryBytes > bytes.size()) continue;
    const Bytes entry = bytes.subspan(at, kEntryBytes);
    if (std::ranges::all_of(entry, [](std::uint8_t byte) { return byte == 0; })) continue;
    if (integer_of(entry.subspan(kSummed)) != checksum_of(entry)) {
      is_damaged = true;
      continue;
    }
    Entry read;
    read.meter = {integer_of(entry.first(8)), integer_of(entry.subspan(8, 8))};
    read.counter = static_cast<std::uint32_t>(integer_of(entry.subspan(16, 4)));
    const auto word = static_cast<std::uint32_t>(integer_of(entry.subspan(20, 4)));
    read.generation = word >> 8;
    read.is_known = (word & kKnown) != 0;
    read.verified = (word & kVerified) != 0;
    if (!found || is_later(read.generation, found->generation)) found = read;
  }
  damaged_ += is_damaged;
  if (!found) return;
  // Those behind a hole keep their places.
  while (entries_.size() < place) entries_.emplace_back();
  places_.emplace(found->meter, entries_.size());
  entries_.push_back(*found);
}

std::vector<CounterState::Meter> CounterState::verified() const {
  std::vector<Meter> meters;
  for (const Entry& entry : entries_) {
    if (entry.verified) meters.push_back(entry.meter);
  }
  return meters;
}

std::optional<std::size_t> CounterState::place_of(const Meter& meter) {
  if (const auto found = places_.find(meter); found != places_.end()) return found->second;
  if (entries_.size() >= kMostMeters) {
    if (!is_full_) {
      os::log_warning("{}: holds {} meters, the counters of more are not kept", path_, kMostMeters);
    }
    is_full_ = true;
    return std::nullopt;
  }
  places_.emplace(meter, entries_.size());
  entries_.emplace_back().meter = meter;
  return entries_.size() - 1;
}

bool CounterState::is_replay(std::size_t place, std::uint32_t counter, bool verified) {
  Entry& entry = entries_[place];
  if (entry.is_known && counter <= entry.counter) return true;
  if (verified) {
    is_urgent_ = is_urgent_ || !entry.verified || !entry.is_known;
    entry.verified = true;
    rise(entry, counter);
  } else if (entry.is_known && counter - entry.counter <= kFewMissing) {
    rise(entry, counter);
  } else {
    if (entry.in_row > 0 && counter == entry.candidate) return true;
    const bool agrees =
        entry.in_row > 0 && counter > entry.candidate && counter - entry.candidate <= kAgreeing;
    entry.in_row = agrees ? entry.in_row + 1 : 1;
    entry.candidate = counter;
    if (entry.in_row >= kInRow) {
      is_urgent_ = is_urgent_ || !entry.is_known;
      rise(entry, counter);
    }
  }
  if (has_new_ && (is_urgent_ || os::monotonic_ms() - written_ms_ >= kWriteEveryMs)) write();
  return false;
}

void CounterState::rise(Entry& entry, std::uint32_t counter) {
  entry.counter = counter;
  entry.is_known = true;
  entry.in_row = 0;
  entry.is_new = has_new_ = true;
}

std::size_t CounterState::forget(std::uint64_t title) {
  std::size_t forgotten = 0;
  for (Entry& entry : entries_) {
    if (entry.meter.title != title || !(entry.is_known || entry.verified)) continue;
    entry.counter = 0;
    entry.is_known = entry.verified = false;
    entry.is_new = has_new_ = true;
    ++forgotten;
  }
  return forgotten;
}

void CounterState::write() {
  if (!has_new_) return;
  int error = 0;
  for (std::size_t place = 0; place < entries_.size() && error == 0; ++place) {
    Entry& entry = entries_[place];
    if (!entry.is_new) continue;
    const std::uint32_t generation = (entry.generation + 1) % kGenerations;
    EntryBytes bytes{};
    const std::span<std::uint8_t> to(bytes);
    put_integer(to.first(8), entry.meter.title);
    put_integer(to.subspan(8, 8), entry.meter.key);
    put_integer(to.subspan(16, 4), entry.counter);
    put_integer(to.subspan(20, 4),
                generation << 8 | (entry.is_known ? kKnown : 0) | (entry.verified ? kVerified : 0));
    put_integer(to.subspan(kSummed), checksum_of(bytes));
    const auto written = ::pwrite(fd_, bytes.data(), bytes.size(), offset_of(place, generation));
    if (written == static_cast<ssize_t>(bytes.size())) {
      entry.generation = generation;
      entry.is_new = false;
    } else {
      error = written < 0 ? errno : ENOSPC;
    }
  }
  if (error == 0 && ::fdatasync(fd_) != 0) error = errno;
  written_ms_ = os::monotonic_ms();
  is_urgent_ = false;
  has_new_ = error != 0;
  if (error != 0 && !is_failing_) {
    os::log_error("{}: {}; counters are kept in memory, trying again", path_, std::strerror(error));
  } else if (error == 0 && is_failing_) {
    os::log_info("{}: can be written again", path_);
  }
  is_failing_ = error != 0;
}

}  // namespace meterpipe::keys
