// Profiles: what the places of a list without OBIS codes mean. They are data, one file each in
// profiles/, compiled in; meter-profiles(5) describes the format and profile_parser.hpp its
// grammar.
//
// A profile is applied by itself only where the message has its shape and its strings (KFM_001,
// ISK…). The most specific one counts; two that are equally specific count as none. Then its sums
// are checked: where total and tariffs, or import, export and the phases contradict each other, it
// is the wrong profile, and the values stay by place. Some lists have codes but neither scaler nor
// unit: profiles by code give them. One that says which layout and which values a list has is
// applied by itself (Swiss object lists); any other only if named, since the bytes do not tell
// (Kamstrup).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "cosem/obis.hpp"
#include "readings/infer.hpp"

namespace meterpipe::readings {

// Which data may stand at a place: a bit per A-XDR type (by its row in axdr::kTypes) and per kind.
using TypeSet = std::uint64_t;
namespace kind {
inline constexpr TypeSet any = TypeSet{1} << 40;
inline constexpr TypeSet number = TypeSet{1} << 41;  // an integer of any size, no enum
inline constexpr TypeSet string = TypeSet{1} << 42;  // octet-, visible- or utf8-string
inline constexpr TypeSet text = TypeSet{1} << 43;    // one that is printable and not empty
inline constexpr TypeSet clock = TypeSet{1} << 44;   // date-time, or an octet-string of 12 like it
inline constexpr TypeSet time = TypeSet{1} << 45;    // time, or an octet-string of 4
inline constexpr TypeSet date = TypeSet{1} << 46;    // date, or an octet-string of 5
}  // namespace kind

struct Scale {
  std::int8_t scaler = 0;
  std::uint8_t unit = 255;
};

struct PlaceRule {
  std::uint32_t pos = 0;    // among the elements of the body, from 0
  std::uint32_t place = 0;  // inside that element, from 1; 0: itself
  TypeSet types = 0;
  std::optional<std::string>
      pattern;  // of its text or digits: * anything, ? one character, # one digit
  std::optional<cosem::Obis> code;
  std::optional<Scale> scale;
};

// A value that must be there, or must not.
struct PresenceRule {
  cosem::ObisPattern code;
  TypeSet types = kind::any;
  std::optional<std::string> pattern;
  bool absent = false;
};

struct CodeRule {
  cosem::ObisPattern code;
  Scale scale;
};

struct Term {
  cosem::Obis code;
  bool minus = false;
};

struct Sum {
  std::vector<Term> left, right;
};

// A message that the profile's author has seen, and what must come out of it.
struct ProfileTest {
  struct Given {
    std::size_t line = 0;     // of the file, from 1
    std::string key;          // a code as records write it, or a place
    std::string value, unit;  // the number's digits or the text; unit may be empty
  };
  std::size_t line = 0;
  ByteVector message;  // a plain APDU
  std::vector<Given> gives;
};

// Whose records on wired M-Bus a profile is about.
struct MbusMeter {
  std::string manufacturer;  // three letters
  std::optional<std::uint8_t> version;
  std::string medium;  // as records say it; empty: any
};

// What a maker means by a record, against the standard or beyond it.
struct RecordRule {
  std::string key;  // DIB and VIB in hex
  std::optional<cosem::Obis> code;
  bool is_unsigned = false;  // its integer, where type B has a sign
  std::string name;          // or empty
};

struct Profile {
  std::string name, about;
  std::optional<MbusMeter> mbus;  // then it has records, and is about no list
  std::vector<RecordRule> records;
  std::uint32_t elements = 0;        // 0: by code
  std::optional<cosem::Obis> list;   // the list's own name in front
  bool tagged_time = false;          // the date-time has the illegal tag of Kaifa NO/SE
  std::optional<Layout> layout;      // by code: applied by itself to lists of this layout
  std::vector<PresenceRule> values;  // by code: what the list has and has not
  std::vector<PlaceRule> places;     // in their order
  std::vector<CodeRule> codes;
  std::vector<Sum> sums;
  std::vector<ProfileTest> tests;

  bool by_code() const { return elements == 0; }
  bool only_if_named() const { return by_code() && !layout; }
};

struct Message {
  const axdr::Nodes& nodes;
  Bytes bytes;
  const Inferred& inferred;
  bool tagged_time = false;
};

bool matches(const Profile& profile, const Message& message);
// Whether it is about this meter on M-Bus.
bool is_about(const Profile& profile, std::string_view manufacturer, std::uint8_t version,
              std::string_view medium);
// How much it asks of a message; compare only profiles that match the same one.
std::uint32_t specificity(const Profile& profile);
// Gives `values` of the message the profile's codes, scalers and units; what was sent stays.
void apply(const Profile& profile, const Message& message, std::vector<Value>& values);
// Whether the sums of named values hold, within one unit per term. What is missing is not checked.
bool sums_hold(const Profile& profile, const Message& message, const std::vector<Value>& values);

struct Choice {
  const Profile* profile = nullptr;  // the one that fits; nullptr: none
  const Profile* rival = nullptr;    // fits as well: neither is taken
  bool refused = false;              // its sums contradict
  bool by_numbers = false;           // with other numbers the choice might be another
};

class ProfileSet {
 public:
  // Those that are compiled in count too; they are read when they are first needed, and one that
  // was added with the same name wins.
  void use_builtin() {
    builtin_pending_ = true;
    layouts_ |= bit(Layout::positional) | bit(Layout::object_list) | bit(Layout::descriptors) |
                bit(Layout::pairs);
  }
  // Replaces one of the same name.
  void add(Profile profile);
  // To be preferred to all that are not named; those by code count only so. False: no such name.
  bool prefer(const std::string& name);

  // Whether choose() can say anything of a message with this layout: a cheap question.
  bool concerns(Layout layout) const {
    return any_preferred_ || (layouts_ >> static_cast<unsigned>(layout) & 1U) != 0;
  }
  // `values` gets what the profile makes of the message's values; it is left alone if none fits.
  Choice choose(const Message& message, std::vector<Value>& values);

  // Those by code that were named and ask for nothing else: for telegrams, which have codes.
  std::vector<const Profile*> preferred_by_code();

  const std::vector<Profile>& all();

  // Those of meters on M-Bus: compiled in, and those that were added, which go before them.
  const std::vector<Profile>& of_meters();

 private:
  void load();
  Choice best(const Message& message, bool preferred) const;
  static std::uint32_t bit(Layout layout) { return 1U << static_cast<unsigned>(layout); }

  std::vector<Profile> profiles_, meters_;
  std::vector<bool> preferred_;
  bool any_preferred_ = false, builtin_pending_ = false, meters_pending_ = true;
  std::uint32_t layouts_ = 0;  // a bit for each of which a profile may speak by itself
};

// A profile for the shape of a message without names, to be filled in: loadable as it is.
// `number` goes into its name.
std::string skeleton(const Message& message, std::size_t number);
// The same for the same shape.
std::string shape_of(const Message& message);

}  // namespace meterpipe::readings
