#include "cli/common.hpp"

#include <algorithm>
#include <array>

#include "os/log.hpp"
#include "os/sandbox.hpp"

namespace meterpipe::cli {
namespace {

constexpr std::array kForms{Word<record::Form>{"auto", record::Form::automatic},
                            Word<record::Form>{"hexdump", record::Form::hexdump},
                            Word<record::Form>{"bin", record::Form::binary}};
constexpr std::array kOutputs{Word<OutputForm>{"json", OutputForm::json},
                              Word<OutputForm>{"hex", OutputForm::hex},
                              Word<OutputForm>{"bin", OutputForm::bin}};
constexpr std::array kLinks{Word<link::Link>{"auto", link::Link::automatic},
                            Word<link::Link>{"mbus", link::Link::mbus},
                            Word<link::Link>{"hdlc", link::Link::hdlc},
                            Word<link::Link>{"wrapper", link::Link::wrapper},
                            Word<link::Link>{"p1", link::Link::p1},
                            Word<link::Link>{"llc", link::Link::llc},
                            Word<link::Link>{"none", link::Link::none}};

}  // namespace

bool Common::reads_stdin() const {
  return files.empty() || std::ranges::find(files, "-") != files.end();
}

void add_log_options(Options& options, Common& common) {
  options.flag("-q,--quiet", common.quiet, "no messages but errors");
  options.count("-v,--verbose", common.verbose,
                "more messages (-vv: the age of each message, too)");
  options.flag("--no-sandbox", common.no_sandbox,
               "keep the rights that are not needed, for debuggers (or METERPIPE_SANDBOX=0)");
}

void add_stats_option(Options& options, Common& common) {
  options.flag_or_time("--stats", common.stats.wanted, common.stats.every_ms,
                       "at the end one JSON line of counters on stderr; with a TIME every so "
                       "often, too (SIGUSR1: at once)");
}

void add_input_option(Options& options, Common& common) {
  options.choice(
      "-i,--input", common.form, kForms,
      "form of the input: told from the input itself, dumps and logs as people paste them "
      "too; lines that all have an offset; or raw bytes");
}

void add_output_option(Options& options, OutputForm& form) {
  options.choice("-o,--output", form, kOutputs,
                 "json: records (default); hex: the APDU alone; bin: its bytes");
}

void add_filter_options(Options& options, Common& common, const std::string& counted) {
  add_input_option(options, common);
  options.flag("--times", common.times,
               "take the ISO time that stands before the bytes of a log for their ts (without an "
               "offset: UTC)");
  add_reader_options(options, common, counted);
}

void add_reader_options(Options& options, Common& common, const std::string& counted) {
  options.positional("FILE", common.files, "files to read instead of standard input (-: stdin)");
  options.number("-n,--count", common.count, "N", "stop after N " + counted);
  options.flag("--follow", common.follow, "at the end of the last FILE wait for more");
  options.flag("--strict", common.strict, "end with status 65 if there was trouble with the data");
  add_log_options(options, common);
}

void add_link_options(Options& options, LinkOptions& link) {
  options.choice("--link", link.link, kLinks,
                 "the link of the line: auto tells it from the bytes (default); none: bare APDUs");
  options.flag("--no-fcs", link.no_fcs, "take HDLC frames and P1 telegrams whose check is wrong");
}

void apply_log_options(const std::string& tool, const Common& common) {
  os::Log::open(tool, common.quiet         ? os::Level::error
                      : common.verbose > 2 ? os::Level::trace
                      : common.verbose > 0 ? os::Level::debug
                                           : os::Level::info);
  os::want_containment(!common.no_sandbox);
}

}  // namespace meterpipe::cli
