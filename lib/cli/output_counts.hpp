// What a program that reads a line counts of its output, for its stats record (meter-records(5)).
#pragma once

#include "io/record_queue.hpp"
#include "json/writer.hpp"
#include "record/stats.hpp"

namespace meterpipe::cli {

// "queue": what waits for the next program, in records and bytes; null: an output without one.
void add_queue(json::Writer& json, const io::RecordQueue* queue);
// "passed" and "errors": nothing passes as it came, and what was dropped is an error.
void add_errors(json::Writer& json, const io::RecordQueue& queue, record::CodeCounts errors = {});

}  // namespace meterpipe::cli
