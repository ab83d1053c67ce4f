#include "cli/filter.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/containment.hpp"
#include "io/input.hpp"
#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "record/fault_text.hpp"

namespace meterpipe::cli {
namespace {

std::string files_text(const std::vector<std::string>& files) {
  return files.size() == 1 ? files[0] : fmt::format("{} files", files.size());
}

}  // namespace

int Filter::run() {
  io::Input input(common_.files, common_.follow);
  output_.watch_reader();
  const io::Stats stats(common_.stats,
                        record::stats_line([this](json::Writer& json) { write_stats(json); }));
  contain_reader(common_);
  record::InputSplitter splitter(common_.form, *this);
  splitter.set_times(common_.times);
  while (!done()) {
    std::optional<io::Input::Chunk> chunk;
    try {
      chunk = input.read(output_);
    } catch (const os::Fatal&) {  // no such file, say: what came before it is not lost
      output_.flush();
      throw;
    }
    if (!chunk) break;
    source_ = input.name();
    splitter.set_live(common_.follow || !input.is_file());
    if (chunk->ends_file) {
      splitter.end_line();
    } else if (!chunk->ends_source) {
      splitter.push(chunk->text);
    } else {
      splitter.finish();
      source_ends();
    }
  }
  splitter.finish();
  source_ends();
  say_only_bytes();
  output_.close();
  if (gave_nothing()) {
    os::log_error("{}: nothing in it could be read{}", files_text(common_.files),
                  first_error_.empty() ? "" : ", first " + first_error_);
    return os::kData;
  }
  const bool trouble = trouble_ || (start_trouble_ && counted_ == 0);
  return trouble && common_.strict ? os::kData : os::kOk;
}

// Of FILE arguments that were not empty.
bool Filter::gave_nothing() const {
  if (common_.reads_stdin() || common_.follow || common_.count == 0) return false;
  const std::uint64_t good = counted_ + other_goods() + passed_ - passed_errors_;
  return good == 0 && (!first_error_.empty() || read_nothing_);
}

void Filter::note_error(bool start, std::string_view code, std::string_view text) {
  (start ? start_trouble_ : trouble_) = true;
  if (first_error_.empty()) first_error_ = fmt::format("{}: {}", code, text);
}

void Filter::source_ends() {
  if (!file_.empty() && !done()) {
    const record::Meta nothing_said;
    const ByteVector whole = std::move(file_);
    file_.clear();
    handle_piece({record::InputPiece::Kind::line, whole, nothing_said, 0}, {{}, source_, {}});
  }
  if (!done()) end_of_source();
}

void Filter::write_stats(json::Writer& json) const {
  add_stats(json);
  json.member_number("passed", passed_);
  record::add_counts(json, "errors", errors_);
  record::add_ages(json, "age", ages_);
}

// As the record goes into the output's buffer, which is written before this program waits.
void Filter::take_times(const record::Head& head, std::string_view what) {
  const Micros now = os::wall_clock();
  const auto first = parse_timestamp(head.ts);
  if (first) ages_.add(now - *first);
  if (!common_.says_times()) return;
  const auto last = last_byte();
  std::string text(head.src);
  if (head.seq) text += fmt::format("{}{}", text.empty() ? "" : " ", *head.seq);
  text += fmt::format("{}{}", text.empty() ? "" : ": ", what);
  if (last || first) {
    text +=
        fmt::format(", {} ms since its {} byte", record::thousandths(now - (last ? *last : *first)),
                    last ? "last" : "first");
  }
  os::log_debug("{}, {} ms here", text, record::thousandths(os::monotonic_us() - taken_us_));
}

void Filter::give_error(const record::ErrorRecord& error) {
  note_error(error.start, error.code, error.text);
  errors_.add(error.code);
  if (passes_records()) {
    record::write(buffer(), error);
    output_.record_done();
    return;
  }
  if (error.start) return;
  // The error stands where it would in the stream: what came before it goes out first.
  output_.flush();
  std::string where;
  if (!error.head.src.empty()) where += fmt::format("{}: ", error.head.src);
  if (error.security != nullptr) {
    where += fmt::format("title {} counter {}: ", to_hex(error.security->title),
                         error.security->counter);
  }
  os::log_error("{}{}: {}", where, error.code, error.text);
}

bool Filter::take_unsplit(std::string_view line) {
  if (common_.wants_times() || !handle_unsplit(line)) return false;
  has_messages_ = true;
  return true;
}

void Filter::give_error(const record::Head& head, const Error& error, Bytes bytes,
                        const apdu::Security* security) {
  record::ErrorRecord record = record::error_record(head, tool_, error, bytes);
  record.security = security;
  give_error(record);
}

void Filter::on_record(record::Line& line, std::uint64_t number) {
  if (common_.says_times()) taken_us_ = os::monotonic_us();
  if (line.type() != record::Type::unknown && line.version() > record::kVersion) {
    trouble_ = true;
    if (!said_version_) {
      os::log_warning("{}:{}: record of version {}, this program knows {}: passed on unchanged",
                      source_, number, line.version(), record::kVersion);
      said_version_ = true;
    }
  } else {
    const auto handled = handle(line);
    if (!handled) return on_bad_line(handled.error(), number, line.text());
    if (*handled) {
      has_messages_ = true;
      return;
    }
    look_for_frames(line);
  }
  const bool is_error = line.type() == record::Type::error;
  const bool is_start = is_error && record::is_start(line);
  ++passed_;
  if (is_error) {
    ++passed_errors_;
    const std::string code(line.find("code") == nullptr ? "error"
                                                        : line.text_at("code").value_or(""));
    const std::string text(line.text_at("text").value_or(""));
    note_error(is_start, code, text);
    if (!passes_records() && !is_start) {
      output_.flush();
      os::log_error("{}: {}", code, text);
    }
  }
  if (!passes_records()) {
    if (line.type() == record::Type::reading && !std::exchange(said_reading_, true)) {
      os::log_warning("{}: a reading is decoded already and left out: only -o json passes it on",
                      source_);
    }
    return;
  }
  buffer().add(line.text(), '\n');
  output_.record_done();
}

// Frames are put together by mbus-frame: without it nothing is done here, all the time.
void Filter::look_for_frames(const record::Line& line) {
  constexpr std::uint64_t kEnough = 20;  // of a line that is read: it may never end
  if (line.type() != record::Type::bytes) {
    has_messages_ =
        has_messages_ || line.type() == record::Type::apdu || line.type() == record::Type::reading;
  } else if (++bytes_passed_ == kEnough) {
    say_only_bytes();
  }
}

void Filter::say_only_bytes() {
  if (bytes_passed_ == 0 || has_messages_ || said_only_bytes_) return;
  said_only_bytes_ = true;
  os::log_warning("{}: records of bytes and no message: is mbus-frame in the pipe?", source_);
}

void Filter::on_piece(const record::InputPiece& piece) {
  has_messages_ = true;
  if (common_.says_times()) taken_us_ = os::monotonic_us();
  constexpr std::size_t kLargestFile = std::size_t{16} << 20;
  if (piece.kind == record::InputPiece::Kind::stream && wants_whole_files()) {
    if (file_.size() + piece.bytes.size() <= kLargestFile) return append(file_, piece.bytes);
    throw os::Fatal(os::kData, source_ + ": more than 16 MiB of raw bytes are no APDU");
  }
  record::Head head;
  std::string ts;
  if (const auto time = parse_timestamp(piece.meta.ts)) {
    ts = format_timestamp(*time);
    head.ts = ts;
  }
  head.src = piece.meta.src.empty() ? std::string_view(source_) : piece.meta.src;
  handle_piece(piece, head);
}

void Filter::on_end(const record::TakenFor& taken) {
  read_nothing_ |= taken.found.skipped != 0;
  if (const std::string text = taken.text(); !text.empty()) os::log_info("{}: {}", source_, text);
}

void Filter::on_bad_line(const Error& error, std::uint64_t number, std::string_view text) {
  record::ErrorRecord record;
  record.head.src = source_;
  record.by = tool_;
  record.code = record::code_of(error.fault);
  record.text =
      fmt::format("line {}: {}: {}", number, record::describe(error), record::shown(text));
  give_error(record);
}

}  // namespace meterpipe::cli
