// What the tools share on their command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "io/stats.hpp"
#include "link/frame.hpp"
#include "record/input.hpp"

namespace meterpipe::cli {

struct Common {
  std::vector<std::string> files;
  record::Form form = record::Form::automatic;
  bool times = false;  // of the input, before its bytes
  std::optional<std::uint64_t> count;
  bool follow = false;
  bool strict = false;
  bool quiet = false;
  int verbose = 0;
  bool no_sandbox = false;
  io::StatsSettings stats;

  // -vv: a line for each message.
  bool says_times() const { return verbose >= 2 && !quiet; }
  // Somebody wants to know how old messages are: only then a clock is asked.
  bool wants_times() const { return stats.wanted || says_times(); }

  // Whether standard input is among the files.
  bool reads_stdin() const;
};

// -q, -v and --no-sandbox; every tool has them.
void add_log_options(Options& options, Common& common);
// --stats; for programs that count.
void add_stats_option(Options& options, Common& common);
// FILE…, --follow, --strict, -n and those above; for the programs that read records.
void add_reader_options(Options& options, Common& common, const std::string& counted);
// The same and -i; for those that read hex and raw bytes, too.
void add_filter_options(Options& options, Common& common, const std::string& counted);
// -i alone.
void add_input_option(Options& options, Common& common);
// What a filter writes of an APDU.
enum class OutputForm : std::uint8_t { json, hex, bin };
void add_output_option(Options& options, OutputForm& form);
// --link and --no-fcs; for those that look for frames.
struct LinkOptions {
  link::Link link = link::Link::automatic;
  bool no_fcs = false;

  link::LinkSettings settings() const { return {link, !no_fcs}; }
};
void add_link_options(Options& options, LinkOptions& link);
// Sets the log level, and whether this process may be contained; call after parse.
void apply_log_options(const std::string& tool, const Common& common);

}  // namespace meterpipe::cli
