// The doctor: of any input there is a diagnosis, its report is printable and its JSON is JSON.
#include <string>

#include "base/utf8.hpp"
#include "doctor/report.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/keys.hpp"
#include "json/fields.hpp"
#include "meter-doctor/patient.hpp"

namespace meterpipe::fuzz {

void check(Bytes input) {
  static const keys::KeyRing ring = test::Rings::parsed(key_lines());
  readings::ProfileSet profiles;
  profiles.use_builtin();
  const decode::FrameSettings frames;
  doctor::MessageSettings messages;
  messages.keys = &ring;
  doctor::Examination examination(frames, messages, std::move(profiles));
  tool::Patient patient(examination, std::nullopt);
  patient.set_source("fuzz");
  record::InputSplitter splitter(record::Form::automatic, patient);
  splitter.push(as_text(input));
  splitter.finish();
  examination.end_of_source();
  const doctor::Diagnosis diagnosis = examination.diagnose();
  REQUIRE(diagnosis.confidence >= 0);
  REQUIRE(diagnosis.confidence <= 1);
  Buffer json, text;
  doctor::write_json(json, diagnosis);
  doctor::write_text(text, diagnosis);
  json::Fields fields;
  REQUIRE(fields.parse(json.view().substr(0, json.size() - 1)).has_value());
  std::string flat(text.view());
  for (char& c : flat) c = c == '\n' ? ' ' : c;
  REQUIRE(is_printable_utf8(flat));
}

}  // namespace meterpipe::fuzz
