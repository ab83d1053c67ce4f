// Meters of Austria. Layouts, lengths and quirks follow messages of real ones; names, numbers,
// titles and keys are the simulator's own.
#include "sim/items.hpp"

namespace meterpipe::sim {
namespace austria {

using namespace items;

constexpr std::array kNested{kClock, kSerial, kDevice, kU1,    kU2,     kU3,    kI1,    kI2,
                             kI3,    kPlusP,  kMinusP, kPlusA, kMinusA, kPlusR, kMinusR};
constexpr std::array kOnePhase{kClock,  kSerial, kDevice, kU1,    kI1,    kPlusP,
                               kMinusP, kPlusA,  kMinusA, kPlusR, kMinusR};
constexpr std::array kEvn{
    without_code(kClock), kPlusA, kMinusA, kPlusP, kMinusP, kU1, kU2, kU3, kI1, kI2, kI3, kFactor,
    without_code(kSerial)};
constexpr std::array kEvnOnePhase{
    without_code(kClock), kPlusA, kMinusA, kPlusP, kMinusP, kU1, kI1, kFactor,
    without_code(kSerial)};
constexpr std::array kElster{without_code(kClock), kPlusA, kPlusR};

constexpr std::array kBurgenland = without_codes(
    std::array{u16(now(32), Q::voltage_1), u16(now(52), Q::voltage_2), u16(now(72), Q::voltage_3),
               kI1, kI2, kI3, kPlusP, kMinusP, kPlusA, kMinusA, at(kFactor, now(33)),
               at(kFactor, now(53)), at(kFactor, now(73)), kSerial});

constexpr std::array kWien = without_codes(
    std::array{kClock, kPlusA, kMinusA, kPlusR, kMinusR, kPlusP, kMinusP, kPlusQ, kMinusQ});
constexpr std::array kWienNamed = without_codes(std::array{
    kDevice, kClock, kPlusA, kMinusA, kPlusR, kMinusR, kPlusP, kMinusP, kPlusQ, kMinusQ});

// The code in front is the list's own, not the serial's.
constexpr Item kList = with(text({0, 6, 25, 9, 0, 255}, Q::logical_name), Code::none);
constexpr std::array kWels = without_codes(
    std::array{kList, kSerial, kTime, kDate, kPlusA, kMinusA, kPlusR, kMinusR, kPlusP, kMinusP});
constexpr std::array kKaernten =
    without_codes(std::array{kList, kSerial, kTime, kDate, kPlusA, kMinusA, kPlusR, kMinusR, kPlusP,
                             kMinusP, kEmpty, kEmpty});

constexpr std::array kSteiermark{without_code(kClock),
                                 kPlusA,
                                 kPlusA1,
                                 kPlusA2,
                                 kPlusP,
                                 kMinusA,
                                 kMinusA1,
                                 kMinusA2,
                                 kMinusP,
                                 kPlusR,
                                 kPlusR1,
                                 kPlusR2,
                                 kPlusQ,
                                 kMinusR,
                                 kMinusR1,
                                 kMinusR2,
                                 kMinusQ};

constexpr Item line(Item item, std::string_view unit) {
  item.text = unit;
  item.size = 9;
  return item;
}
constexpr std::array kTelegram{fixed_text({1, 3, 0, 2, 8, 255}, "50"),
                               kClock,
                               line(kPlusA, "Wh"),
                               line(kPlusA1, "Wh"),
                               line(kPlusA2, "Wh"),
                               line(kPlusP, "W"),
                               line(kMinusA, "Wh"),
                               line(kMinusA1, "Wh"),
                               line(kMinusA2, "Wh"),
                               line(kMinusP, "W"),
                               line(kPlusR, "varh"),
                               line(kPlusR1, "varh"),
                               line(kPlusR2, "varh"),
                               line(kPlusQ, "var"),
                               line(kMinusR, "varh"),
                               line(kMinusR1, "varh"),
                               line(kMinusR2, "varh"),
                               line(kMinusQ, "var")};

constexpr LinkForm kOverflow{.mbus = {.length = 257}};
constexpr LinkForm kHdlcIskra{.link = Link::hdlc,
                              .hdlc = {.destination = {0xcf}, .source = {0x02, 0x23}}};
constexpr LinkForm kHdlcSiemens{
    .link = Link::hdlc, .hdlc = {.destination = {0xcf}, .source = {0x00, 0x02, 0x00, 0x23}}};
constexpr LinkForm kHdlcLandis{.link = Link::hdlc,
                               .hdlc = {.destination = {0xce, 0xff}, .source = {0x03}}};
constexpr LinkForm kBlocksLandis{.link = Link::hdlc,
                                 .hdlc = {.destination = {0xce, 0xff}, .source = {0x03}},
                                 .blocks = {.size = 0x7a, .free_behind = 6, .less_in_first = 3}};

constexpr ClockForm kNoZone{.hundredths = 0xff, .deviation = false, .dst_bit = false};
constexpr ClockForm kNoZoneInvalid{.hundredths = 0xff, .deviation = false, .status = 0x01};

constexpr std::array kMeters{
    Meter{
        .name = "kaifa-salzburg",
        .operators = "Salzburg Netz",
        .description = "Kaifa MA309M: three phases, nested list, 21",
        .title = {'K', 'F', 'M', 0x10, 0x20, 0x89, 0x54, 0x41},
        .serial = "1KFM0209000001",
        .device_name = "KFM1200209000001",
        .items = kNested,
        .house = {3, 5000, 1'243'817, 310'462, 8'229, 402'351},
    },
    Meter{
        .name = "kaifa-1phase",
        .operators = "Salzburg Netz",
        .description = "Kaifa MA110M: one phase, nested list, 21",
        .title = {'K', 'F', 'M', 0x10, 0x10, 0x89, 0x54, 0x42},
        .serial = "1KFM0109000002",
        .device_name = "KFM1100109000002",
        .items = kOnePhase,
        .house = {1, 800, 418'926, 9'681, 2'117, 96'403},
    },
    Meter{
        .name = "kaifa-tinetz",
        .operators = "TINETZ, IKB, Schwaz, Kufstein, Reutte",
        .description = "Kaifa MA309M: as kaifa-salzburg",
        .title = {'K', 'F', 'M', 0x10, 0x20, 0x89, 0x54, 0x45},
        .serial = "1KFM0209000005",
        .device_name = "KFM1200209000005",
        .items = kNested,
        .house = {3, 0, 933'410, 0, 7'204, 288'107},
    },
    Meter{
        .name = "kaifa-vkw",
        .operators = "Vorarlberger Energienetze",
        .description = "Kaifa MA309M: as kaifa-salzburg",
        .title = {'K', 'F', 'M', 0x10, 0x20, 0x89, 0x54, 0x46},
        .serial = "1KFM0209000006",
        .device_name = "KFM1200209000006",
        .items = kNested,
        .house = {3, 9000, 3'744'082, 2'929'988, 13'445, 1'313'360},
    },
    Meter{
        .name = "elster-vkw",
        .operators = "Vorarlberger Energienetze",
        .description = "Honeywell/Elster: two counters as flat triples, one segment, 20",
        .title = {'E', 'L', 'S', 0x65, 0x70, 0x89, 0x54, 0x47},
        .layout = Layout::triples,
        .items = kElster,
        .house = {3, 0, 2'210'945, 0, 20'118, 611'872},
        .control = 0x20,
    },
    Meter{
        .name = "kaifa-evn",
        .operators = "Netz NÖ (EVN)",
        .description = "Kaifa MA309M: three phases, flat triples, 20",
        .title = {'K', 'F', 'M', 0x67, 0x50, 0x89, 0x54, 0x43},
        .serial = "181299000003",
        .layout = Layout::triples,
        .items = kEvn,
        .house = {3, 0, 2'875'143, 0, 12'084, 733'290},
        .control = 0x20,
        .priority = 0x80000000,
    },
    Meter{
        .name = "sagemcom-t210d",
        .operators = "Netz NÖ (EVN)",
        .description = "Sagemcom T210-D: as kaifa-evn, first segment of L = 257 sent as 01",
        .title = {'S', 'A', 'G', 0x59, 0x05, 0x89, 0x54, 0x44},
        .serial = "178299000004",
        .layout = Layout::triples,
        .items = kEvn,
        .house = {3, 8000, 6'120'738, 5'483'196, 41'372, 1'902'645},
        .control = 0x20,
        .priority = 0x80000000,
        .clock = {.status = 0x02},
        .link = kOverflow,
    },
    Meter{
        .name = "sagemcom-s210",
        .operators = "Netz NÖ (EVN)",
        .description = "Sagemcom S210: one phase, the same list without L2 and L3",
        .title = {'S', 'A', 'G', 0x57, 0x05, 0x89, 0x54, 0x48},
        .serial = "177299000008",
        .layout = Layout::triples,
        .items = kEvnOnePhase,
        .house = {1, 800, 512'877, 14'020, 3'303, 118'254},
        .control = 0x20,
        .priority = 0x80000000,
        .clock = {.status = 0x02},
        .link = kOverflow,
    },
    Meter{
        .name = "e450-burgenland",
        .operators = "Netz Burgenland",
        .description = "L+G E450: 14 values by place, HDLC on an M-Bus line, 30",
        .title = {'L', 'G', 'Z', 0x67, 0x74, 0x89, 0x54, 0x49},
        .serial = "LGZ1030699000009",
        .layout = Layout::positional,
        .items = kBurgenland,
        .house = {3, 6000, 4'018'332, 1'772'406, 22'061, 903'117},
        .control = 0x30,
        .clock = kNoZone,
        .link = kHdlcLandis,
    },
    Meter{
        .name = "am550-wien",
        .operators = "Wiener Netze",
        .description = "Iskraemeco AM550: 9 values by place, HDLC, 20",
        .line = "9600-8N1",
        .title = {'I', 'S', 'K', 0x69, 0x74, 0x89, 0x54, 0x4a},
        .layout = Layout::positional,
        .items = kWien,
        .house = {3, 0, 10'870'819, 0, 96'027, 1'216},
        .control = 0x20,
        .link = kHdlcIskra,
    },
    Meter{
        .name = "e450-wien",
        .operators = "Wiener Netze",
        .description = "L+G E450: as am550-wien, a clock without a zone",
        .line = "9600-8N1",
        .title = {'L', 'G', 'Z', 0x67, 0x72, 0x89, 0x54, 0x4b},
        .layout = Layout::positional,
        .items = kWien,
        .house = {3, 3000, 55'073, 7'601, 8'090, 7'397},
        .control = 0x20,
        .clock = kNoZone,
        .body_clock = kNoZoneInvalid,
        .link = kHdlcLandis,
    },
    Meter{
        .name = "im350-wien",
        .operators = "Wiener Netze",
        .description = "Siemens IM350: as am550-wien behind the device name, 20",
        .line = "9600-8N1",
        .title = {'S', 'M', 'S', 0x67, 0x70, 0x89, 0x54, 0x4c},
        .device_name = "SMS1030789000012",
        .layout = Layout::positional,
        .items = kWienNamed,
        .house = {3, 0, 6'331'207, 0, 71'100, 822'640},
        .control = 0x20,
        .link = kHdlcSiemens,
    },
    Meter{
        .name = "am550-kaernten",
        .operators = "Kärnten Netz",
        .description = "Iskraemeco AM550: list name, serial, time, date, values by place, 20",
        .line = "115200-8N1",
        .title = {'I', 'S', 'K', 0x69, 0x74, 0x89, 0x54, 0x4d},
        .serial = "1121290000013",
        .layout = Layout::positional,
        .items = kKaernten,
        .house = {3, 7000, 9'534'290, 2'896'624, 726'595, 2'561'341},
        .control = 0x20,
        .link = kHdlcIskra,
    },
    Meter{
        .name = "im350-kaernten",
        .operators = "Kärnten Netz",
        .description = "Siemens IM350: as am550-kaernten, an HDLC address of 4 bytes",
        .line = "115200-8N1",
        .title = {'S', 'M', 'S', 0x67, 0x70, 0x89, 0x54, 0x4e},
        .serial = "2221290000014",
        .layout = Layout::positional,
        .items = kKaernten,
        .house = {3, 0, 2'946'830, 0, 887, 2'116'972},
        .control = 0x20,
        .link = kHdlcSiemens,
    },
    Meter{
        .name = "im350-wels",
        .operators = "Wels Strom",
        .description = "Siemens IM350: as im350-kaernten without the two empty strings",
        .line = "115200-8N1",
        .title = {'S', 'M', 'S', 0x67, 0x70, 0x89, 0x54, 0x4f},
        .serial = "18900015",
        .layout = Layout::positional,
        .items = kWels,
        .house = {3, 0, 3'532'035, 0, 392'175, 282'673},
        .control = 0x20,
        .link = kHdlcSiemens,
    },
    Meter{
        .name = "t210d-steiermark",
        .operators = "Energienetze Steiermark, Stromnetz Graz",
        .description = "Sagemcom T210-D-r: a P1 telegram in a bare ciphered APDU, 30",
        .line = "115200-8N1",
        .title = {'S', 'A', 'G', '5', 0x00, 0x89, 0x54, 0x50},
        .device_name = "EST5\\253799016_A",
        .layout = Layout::telegram,
        .items = kTelegram,
        .house = {3, 5000, 14'159'934, 7'086'646, 3'866, 19'308'370},
        .control = 0x30,
        .link = {.link = Link::none},
    },
    Meter{
        .name = "e450-steiermark",
        .operators = "Energienetze Steiermark, Stromnetz Graz",
        .description = "L+G E450: pairs without scaler, block transfer over HDLC, 30",
        .title = {'L', 'G', 'Z', 0x67, 0x73, 0x89, 0x54, 0x51},
        .layout = Layout::pairs,
        .items = kSteiermark,
        .house = {3, 4000, 4'408'736, 210'700, 1'591'784, 1'401'005},
        .control = 0x30,
        .clock = kNoZone,
        .link = kBlocksLandis,
    },
};

}  // namespace austria

std::span<const Meter> austrian_meters() { return austria::kMeters; }

}  // namespace meterpipe::sim
