#include "cli/output_counts.hpp"

namespace meterpipe::cli {

void add_queue(json::Writer& json, const io::RecordQueue* queue) {
  json.begin_object("queue");
  json.member_number("records", queue == nullptr ? 0 : queue->size());
  json.member_number("bytes", queue == nullptr ? 0 : queue->bytes());
  json.end_object();
}

void add_errors(json::Writer& json, const io::RecordQueue& queue, record::CodeCounts errors) {
  json.member_number("passed", 0);
  if (const auto n = queue.overruns(); n != 0) errors.add("overrun", n);
  record::add_counts(json, "errors", errors);
}

}  // namespace meterpipe::cli
