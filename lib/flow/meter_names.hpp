// Whose a record is: the first stage. A reading's meter is what the record says, else its source,
// else "unknown". A meter that has a system title keeps the name under which it was seen first: a
// later message with another number for the same title does not move its topics (a line says so).
// An error has the meter that was seen with its system title, else the title, else its source.
#pragma once

#include <map>
#include <set>
#include <string>

#include "flow/stage.hpp"
#include "state/persistent.hpp"

namespace meterpipe::flow {

class MeterNames : public PassingStage, public state::Persistent {
 public:
  using PassingStage::PassingStage;
  void reading(record::Line& line, const record::ReadingRecord& reading) override;
  void error(record::Line& line, std::string_view meter) override;

  // The meter of any record with `security` or an `id`, else its source, else "unknown".
  std::string_view meter_of(record::Line& line) const;

  void save_changes(const Save& save) override;
  void restore(std::string_view key, std::string_view text) override;

 private:
  std::map<std::string, std::string, std::less<>> meter_of_title_;
  std::set<std::string> changed_;  // titles
  std::set<std::string, std::less<>> said_;
};

}  // namespace meterpipe::flow
