// Meters of Austria. Layouts, lengths and quirks follow messages of real ones; names, numbers,
// titles and keys are the simulator's own.
#include "sim/items.hpp"

namespace meterpipe::sim {
namespace austria {

using namespace items;

constexpr auto kNested = list(kClock, kSerial, kDevice, kU1, kU2, kU3, kI1, kI2, kI3, kPlusP,
                              kMinusP, kPlusA, kMinusA, kPlusR, kMinusR);
constexpr auto kOnePhase =
    list(kClock, kSerial, kDevice, kU1, kI1, kPlusP, kMinusP, kPlusA, kMinusA, kPlusR, kMinusR);
constexpr auto kEvn = list(without_code(kClock), kPlusA, kMinusA, kPlusP, kMinusP, kU1, kU2, kU3,
                           kI1, kI2, kI3, kFactor, without_code(kSerial));
constexpr auto kEvnOnePhase = list(without_code(kClock), kPlusA, kMinusA, kPlusP, kMinusP, kU1, kI1,
                                   kFactor, without_code(kSerial));
constexpr auto kElster = list(without_code(kClock), kPlusA, kPlusR);

constexpr auto kBurgenland =
    by_place(scaled(kU1, 0), scaled(kU2, 0), scaled(kU3, 0), kI1, kI2, kI3, kPlusP, kMinusP, kPlusA,
             kMinusA, at(kFactor, now(33)), at(kFactor, now(53)), at(kFactor, now(73)), kSerial);

constexpr auto kWien =
    by_place(kClock, kPlusA, kMinusA, kPlusR, kMinusR, kPlusP, kMinusP, kPlusQ, kMinusQ);
constexpr auto kWienNamed =
    by_place(kDevice, kClock, kPlusA, kMinusA, kPlusR, kMinusR, kPlusP, kMinusP, kPlusQ, kMinusQ);

// The code in front is the list's own, not the serial's.
constexpr Item kList = plain(text({0, 6, 25, 9, 0, 255}, Q::logical_name));
constexpr auto kWels =
    by_place(kList, kSerial, kTime, kDate, kPlusA, kMinusA, kPlusR, kMinusR, kPlusP, kMinusP);
constexpr auto kKaernten = by_place(kList, kSerial, kTime, kDate, kPlusA, kMinusA, kPlusR, kMinusR,
                                    kPlusP, kMinusP, kEmpty, kEmpty);

constexpr auto kSteiermark =
    list(without_code(kClock), kPlusA, kPlusA1, kPlusA2, kPlusP, kMinusA, kMinusA1, kMinusA2,
         kMinusP, kPlusR, kPlusR1, kPlusR2, kPlusQ, kMinusR, kMinusR1, kMinusR2, kMinusQ);

constexpr Item whole(Item item, std::string_view unit) { return line(item, unit, 9, 0); }
constexpr auto kTelegram =
    list(kDsmr5, kClock, whole(kPlusA, "Wh"), whole(kPlusA1, "Wh"), whole(kPlusA2, "Wh"),
         whole(kPlusP, "W"), whole(kMinusA, "Wh"), whole(kMinusA1, "Wh"), whole(kMinusA2, "Wh"),
         whole(kMinusP, "W"), whole(kPlusR, "varh"), whole(kPlusR1, "varh"), whole(kPlusR2, "varh"),
         whole(kPlusQ, "var"), whole(kMinusR, "varh"), whole(kMinusR1, "varh"),
         whole(kMinusR2, "varh"), whole(kMinusQ, "var"));

constexpr LinkForm kHdlcLandis = hdlc_landis(0xff, {});
constexpr LinkForm kHdlcSiemens = hdlc({0xcf}, {0x00, 0x02, 0x00, 0x23});

constexpr Meter kKaifa{};
constexpr Meter kTriples{.layout = Layout::triples, .control = 0x20, .priority = 0x80000000};
constexpr Meter kSagemcom{.layout = Layout::triples,
                          .control = 0x20,
                          .priority = 0x80000000,
                          .clock = {.status = 0x02},
                          .link = {.mbus = {.length = 257}}};
constexpr Meter places(std::string_view line, LinkForm link) {
  return {.line = line, .layout = Layout::positional, .control = 0x20, .link = link};
}

constexpr std::string_view kSalzburg = "Salzburg Netz", kVorarlberg = "Vorarlberger Energienetze",
                           kNoe = "Netz NÖ (EVN)", kWienNetz = "Wiener Netze",
                           kKaerntenNetz = "Kärnten Netz",
                           kSteiermarkNetz = "Energienetze Steiermark, Stromnetz Graz";

constexpr std::array kMeters{
    like(kKaifa,
         {"kaifa-salzburg", kSalzburg, "Kaifa MA309M: three phases, nested list, 21",
          title("KFM", 0x1020895441), "1KFM0209000001", "KFM1200209000001"},
         kNested, {3, 5000, 1'243'817, 310'462, 8'229, 402'351}),
    like(kKaifa,
         {"kaifa-1phase", kSalzburg, "Kaifa MA110M: one phase, nested list, 21",
          title("KFM", 0x1010895442), "1KFM0109000002", "KFM1100109000002"},
         kOnePhase, {1, 800, 418'926, 9'681, 2'117, 96'403}),
    like(
        kKaifa,
        {"kaifa-tinetz", "TINETZ, IKB, Schwaz, Kufstein, Reutte", "Kaifa MA309M: as kaifa-salzburg",
         title("KFM", 0x1020895445), "1KFM0209000005", "KFM1200209000005"},
        kNested, {3, 0, 933'410, 0, 7'204, 288'107}),
    like(kKaifa,
         {"kaifa-vkw", kVorarlberg, "Kaifa MA309M: as kaifa-salzburg", title("KFM", 0x1020895446),
          "1KFM0209000006", "KFM1200209000006"},
         kNested, {3, 9000, 3'744'082, 2'929'988, 13'445, 1'313'360}),
    like({.layout = Layout::triples, .control = 0x20},
         {"elster-vkw", kVorarlberg,
          "Honeywell/Elster: two counters as flat triples, one segment, 20",
          title("ELS", 0x6570895447)},
         kElster, {3, 0, 2'210'945, 0, 20'118, 611'872}),
    like(kTriples,
         {"kaifa-evn", kNoe, "Kaifa MA309M: three phases, flat triples, 20",
          title("KFM", 0x6750895443), "181299000003"},
         kEvn, {3, 0, 2'875'143, 0, 12'084, 733'290}),
    like(kSagemcom,
         {"sagemcom-t210d", kNoe,
          "Sagemcom T210-D: as kaifa-evn, first segment of L = 257 sent as 01",
          title("SAG", 0x5905895444), "178299000004"},
         kEvn, {3, 8000, 6'120'738, 5'483'196, 41'372, 1'902'645}),
    like(kSagemcom,
         {"sagemcom-s210", kNoe, "Sagemcom S210: one phase, the same list without L2 and L3",
          title("SAG", 0x5705895448), "177299000008"},
         kEvnOnePhase, {1, 800, 512'877, 14'020, 3'303, 118'254}),
    like({.layout = Layout::positional, .control = 0x30, .clock = kNoZone, .link = kHdlcLandis},
         {"e450-burgenland", "Netz Burgenland",
          "L+G E450: 14 values by place, HDLC on an M-Bus line, 30", title("LGZ", 0x6774895449),
          "LGZ1030699000009"},
         kBurgenland, {3, 6000, 4'018'332, 1'772'406, 22'061, 903'117}),
    like(places("9600-8N1", hdlc_iskra()),
         {"am550-wien", kWienNetz, "Iskraemeco AM550: 9 values by place, HDLC, 20",
          title("ISK", 0x697489544a)},
         kWien, {3, 0, 10'870'819, 0, 96'027, 1'216}),
    like({.line = "9600-8N1",
          .layout = Layout::positional,
          .control = 0x20,
          .clock = kNoZone,
          .body_clock = kNoZoneInvalid,
          .link = kHdlcLandis},
         {"e450-wien", kWienNetz, "L+G E450: as am550-wien, a clock without a zone",
          title("LGZ", 0x677289544b)},
         kWien, {3, 3000, 55'073, 7'601, 8'090, 7'397}),
    like(places("9600-8N1", kHdlcSiemens),
         {"im350-wien", kWienNetz, "Siemens IM350: as am550-wien behind the device name, 20",
          title("SMS", 0x677089544c), "", "SMS1030789000012"},
         kWienNamed, {3, 0, 6'331'207, 0, 71'100, 822'640}),
    like(places("115200-8N1", hdlc_iskra()),
         {"am550-kaernten", kKaerntenNetz,
          "Iskraemeco AM550: list name, serial, time, date, values by place, 20",
          title("ISK", 0x697489544d), "1121290000013"},
         kKaernten, {3, 7000, 9'534'290, 2'896'624, 726'595, 2'561'341}),
    like(places("115200-8N1", kHdlcSiemens),
         {"im350-kaernten", kKaerntenNetz,
          "Siemens IM350: as am550-kaernten, an HDLC address of 4 bytes",
          title("SMS", 0x677089544e), "2221290000014"},
         kKaernten, {3, 0, 2'946'830, 0, 887, 2'116'972}),
    like(places("115200-8N1", kHdlcSiemens),
         {"im350-wels", "Wels Strom",
          "Siemens IM350: as im350-kaernten without the two empty strings",
          title("SMS", 0x677089544f), "18900015"},
         kWels, {3, 0, 3'532'035, 0, 392'175, 282'673}),
    like({.line = "115200-8N1", .layout = Layout::telegram, .control = 0x30, .link = kBare},
         {"t210d-steiermark", kSteiermarkNetz,
          "Sagemcom T210-D-r: a P1 telegram in a bare ciphered APDU, 30",
          title("SAG", 0x3500895450), "", "EST5\\253799016_A"},
         kTelegram, {3, 5000, 14'159'934, 7'086'646, 3'866, 19'308'370}),
    like({.layout = Layout::pairs,
          .control = 0x30,
          .clock = kNoZone,
          .link = hdlc_landis(0xff, kE450Blocks)},
         {"e450-steiermark", kSteiermarkNetz,
          "L+G E450: pairs without scaler, block transfer over HDLC, 30",
          title("LGZ", 0x6773895451)},
         kSteiermark, {3, 4000, 4'408'736, 210'700, 1'591'784, 1'401'005})};

}  // namespace austria

std::span<const Meter> austrian_meters() { return austria::kMeters; }

}  // namespace meterpipe::sim
