// On change: a value has a message of its own only when it is not as it was last published. A
// reading in which nothing changed goes no further; of one in which something did, the values that
// are as before are marked (ReadingValue::unchanged), and the last stage leaves them out.
//
//   numbers   change when they move by more than their dead band (none: by anything); 2.0 is 2
//   texts     change when they differ; so do null, bytes, structures
//   clocks    never count as a change, and go out with whatever does change
//
// The band is held against the value last published, so a slow drift is seen. After `refresh`, and
// when a broker is there anew that may have lost what it kept, all goes out again; what the reading
// of then does not have, when it comes next. A value seen for the first time counts as a change,
// values beyond 512 of a meter always do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/decimal.hpp"
#include "base/timestamp.hpp"
#include "cosem/obis.hpp"
#include "flow/stage.hpp"
#include "state/per_meter.hpp"
#include "state/persistent.hpp"

namespace meterpipe::flow {

// How far a number may move. Of one code, or of a unit: a band in kW holds for W and MW, too.
struct DeadBand {
  std::optional<cosem::ObisPattern> code;
  std::string unit;  // without k, M, G, m; empty where there is a code
  Decimal width;

  // band = ( unit | code ) "=" number
  //   W=10   kWh=0.01   1-0:1.7.0=25
  static std::optional<DeadBand> parse(std::string_view text);
};

struct ChangeSettings {
  std::vector<DeadBand> bands;  // a code goes before a unit, the later one before the earlier
  Micros refresh = 0;           // 0: never
};

class ChangeFilter : public PassingStage, public state::Persistent {
 public:
  static constexpr std::size_t kMostValues = 512;

  ChangeFilter(state::Meters& meters, Stage& next, ChangeSettings settings);

  void reading(record::Line& line, record::ReadingRecord& reading, state::Meter& meter) override;
  // Of each meter everything goes out again.
  void publish_all() { ++rounds_; }

  void save_changes(const Save& save) override;
  void restore(std::string_view key, std::string_view text) override;

 private:
  struct Published {
    std::string text;  // JSON text or digits; of a long one its digest
    std::string unit;
    std::uint32_t refresh = 0;  // Before::refreshes of then
  };
  struct Before {
    std::optional<Micros> refreshed;
    std::uint32_t refreshes = 0, round = 0;
    std::unordered_map<std::string, Published> values;
  };

  bool wants_refresh(const Before& before, std::optional<Micros> time) const;
  bool differs(const Published& before, const record::ReadingValue& value,
               const std::string& text) const;
  const DeadBand* band_of(const record::ReadingValue& value, Decimal& width) const;
  void remember(Before& before, const std::string& key, const record::ReadingValue& value);

  ChangeSettings settings_;
  state::SavedPerMeter<Before> before_;
  std::vector<std::string> keys_;
  std::uint32_t rounds_ = 0;  // of publish_all()
};

}  // namespace meterpipe::flow
