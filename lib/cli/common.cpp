#include "cli/common.hpp"

#include <algorithm>

#include "os/log.hpp"

namespace meterpipe::cli {

bool Common::reads_stdin() const {
  return files.empty() || std::find(files.begin(), files.end(), "-") != files.end();
}

void add_log_options(Options& options, Common& common) {
  options.flag("-q,--quiet", common.quiet, "no messages but errors");
  options.count("-v,--verbose", common.verbose,
                "more messages (-vv: the age of each message, too)");
}

void add_stats_option(Options& options, Common& common) {
  options.flag_or_time("--stats", common.stats.wanted, common.stats.every_ms,
                       "at the end one JSON line of counters on stderr; with a TIME every so "
                       "often, too (SIGUSR1: at once)");
}

void add_filter_options(Options& options, Common& common, const std::string& counted) {
  options.choice("-i,--input", common.input, {"auto", "hexdump", "bin"},
                 "form of the input: told from the input itself, a hex dump with offsets, or raw "
                 "bytes");
  add_reader_options(options, common, counted);
}

void add_reader_options(Options& options, Common& common, const std::string& counted) {
  options.positional("FILE", common.files, "files to read instead of standard input (-: stdin)");
  options.number("-n,--count", common.count, "N", "stop after N " + counted);
  options.flag("--follow", common.follow, "at the end of the last FILE wait for more");
  options.flag("--strict", common.strict, "end with status 65 if there was trouble with the data");
  add_log_options(options, common);
}

void add_link_options(Options& options, std::string& link, bool& no_fcs) {
  options.choice("--link", link, {"auto", "mbus", "hdlc", "wrapper", "p1", "llc", "none"},
                 "the link of the line: auto tells it from the bytes (default); none: bare APDUs");
  options.flag("--no-fcs", no_fcs, "take HDLC frames whose check sequences are wrong");
}

void apply_log_options(const std::string& tool, const Common& common) {
  os::Log::open(tool, common.quiet         ? os::Level::error
                      : common.verbose > 2 ? os::Level::trace
                      : common.verbose > 0 ? os::Level::debug
                                           : os::Level::info);
}

}  // namespace meterpipe::cli
