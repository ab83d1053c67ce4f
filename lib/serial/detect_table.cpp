#include "serial/detect_table.hpp"

#include <fmt/format.h>

#include "base/shell.hpp"

namespace meterpipe::serial {
namespace {

std::string_view name_of(const std::optional<link::FrameKind>& kind) {
  if (!kind) return "";
  switch (*kind) {
    case link::FrameKind::hdlc:
    case link::FrameKind::hdlc_fill: return "HDLC";
    case link::FrameKind::p1: return "P1";
    case link::FrameKind::wrapper: return "wrapper";
    case link::FrameKind::llc:
    case link::FrameKind::bare: return "bare APDUs";
    default: return "M-Bus";
  }
}

std::string words(const Trial& trial) {
  switch (trial.verdict) {
    case Verdict::clean: return fmt::format("{}, no errors: found", name_of(trial.kind));
    case Verdict::marked:
      return fmt::format("{}, with errors: the parity may be another", name_of(trial.kind));
    case Verdict::garbage: return "no frame, many errors: not these settings";
    case Verdict::no_frame: return "no frame";
    case Verdict::few: return "too few bytes to tell";
    case Verdict::silent: return trial.bytes == 0 ? "nothing came" : "nothing but a disturbance";
    case Verdict::refused: return "not tried: " + trial.refusal;
    case Verdict::interrupted: return "interrupted";
  }
  return "";
}

}  // namespace

std::string detect_head() {
  return fmt::format("{:<12} {:>7} {:>7} {:>6} {:>7}  {}\n", "LINE", "BYTES", "MARKED", "SHARE",
                     "FRAMES", "WHAT CAME");
}

std::string detect_row(const Trial& trial) {
  const std::string share = trial.bytes == 0 || !trial.checks_parity
                                ? "-"
                                : fmt::format("{} %", trial.marked * 100 / trial.bytes);
  return fmt::format("{:<12} {:>7} {:>7} {:>6} {:>7}  {}\n", to_string(trial.line), trial.bytes,
                     trial.marked, share, trial.frames, words(trial));
}

std::string detect_end(const Conclusion& conclusion, const std::string& port, bool is_stopped,
                       std::int64_t listened_us) {
  const std::string name = shell_word(port);
  if (conclusion.line) {
    const std::string line = to_string(*conclusion.line);
    std::string text = "\n";
    if (conclusion.outcome == Outcome::disturbed) {
      text +=
          "Frames verify, but some of their bytes have a parity or framing error: the line is "
          "disturbed.\n";
    }
    if (conclusion.is_parity_guessed) {
      text += fmt::format(
          "{} does not check parity: {}.\nWhich parity the meter has cannot be told from it; {} is "
          "the most likely setting.\n",
          port, conclusion.is_pseudo ? "it is a pseudo terminal" : "the adapter cannot do it",
          line);
    }
    text += fmt::format("mbus-read -p {} --line {}\nLINE={}\n", name, line, line);
    return text;
  }
  if (is_stopped) return "\nStopped before anything was found.\n";
  switch (conclusion.outcome) {
    case Outcome::nothing:
      return fmt::format(
          "\nNothing was received at any setting. Is the meter's customer interface activated by "
          "the operator,\nthe adapter the right one for it and wired to the right pins? A meter "
          "that sends less than once in\n{:.3g} s needs a longer --detect-time.\n",
          static_cast<double>(listened_us) / 1e6);
    case Outcome::fell_silent:
      return fmt::format(
          "\nToo little was received to tell the settings. A meter that sends seldom needs a "
          "longer --detect-time;\nis the contact loose? meter-doctor -p {} looks at what comes.\n",
          name);
    default: break;
  }
  if (conclusion.unmarked) {
    return fmt::format(
        "\nBytes came, and a frame at no setting. At {0} nearly all characters came without an "
        "error:\nthat may be the line, inverted or with another protocol on it. meter-doctor -p "
        "{1} --line {0}\nsays which.\n",
        to_string(*conclusion.unmarked), name);
  }
  return fmt::format(
      "\nBytes came, and a frame at no setting. meter-doctor -p {} says what is wrong: the line "
      "may be\ninverted, the adapter made for another interface (RS-485 or P1 for M-Bus, a master "
      "for a slave),\nor the meter speaks something else.\n",
      name);
}

}  // namespace meterpipe::serial
