// Whose a record is: what the stages stand behind. A reading's meter is what the record says, else
// its source, else "unknown". A meter that has a system title keeps the name under which it was
// seen first: a later message with another number for the same title does not move its topics (a
// line says so). A meter on wired M-Bus is told by manufacturer, id, version and medium as by a
// title: the second of two with one id has another name. An error has the meter that was seen with
// its system title, else the title, else its source.
//
// Here a record's meter is looked up, by its title where it has one, and nowhere behind. Titles are
// bounded as meters are: they go with their meter.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "flow/observer.hpp"
#include "flow/stage.hpp"
#include "state/per_meter.hpp"
#include "state/persistent.hpp"

namespace meterpipe::flow {

class MeterNames : public state::Persistent {
 public:
  MeterNames(state::Meters& meters, Stage& first, const Observers& observers);

  // Sets reading.meter.
  void reading(record::Line& line, record::ReadingRecord& reading);
  void error(record::Line& line);
  void end() {
    first_.end();
    observers_.tell(&Observer::end);
  }

  // The meter of any record with `security`, or of an APDU that begins with its system title, else
  // its source, else "unknown".
  std::string meter_of(record::Line& line) const;

  // At the end of a run: how many meters were too many.
  void say_forgotten() const;

  // Keys are meter/TITLE.
  void save_changes(const Save& save) override;
  void restore(std::string_view key, std::string_view text) override;

 private:
  struct Titles {
    std::vector<std::string> known;
    std::size_t saved = 0;                    // of these
    std::set<std::string, std::less<>> said;  // other numbers that came with one of them
  };

  std::string own_name(std::string_view name, std::string_view identity) const;
  bool is_of_another(std::string_view name, std::string_view identity) const;
  state::Meter& meter_of(std::string_view name, std::string_view title);
  state::Meter& meter_of_error(record::Line& line);
  void add_title(state::Meter& meter, std::string_view title);
  void make_room(state::Meter& meter);
  void say_number(state::Meter& meter, std::string_view title, std::string_view number);
  void look_at_bound();

  state::Meters& meters_;
  Stage& first_;
  const Observers& observers_;
  state::SavedPerMeter<Titles> titles_;
  std::map<std::string, state::Meter*, std::less<>> meter_of_title_;
  bool said_full_ = false;
};

}  // namespace meterpipe::flow
