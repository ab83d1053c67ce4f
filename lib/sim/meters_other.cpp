// Meters of the Czech Republic, Luxembourg and the Netherlands, and pushes over UDP.
#include "sim/items.hpp"

namespace meterpipe::sim {
namespace others {

using namespace items;

// Attribute descriptors in front of the values: class, code and attribute without tags.
constexpr Item enumerated(Obis obis, std::uint32_t number, std::uint16_t of_class = 70) {
  return of(fixed_number(obis, Tag::enum_, number), of_class, 3);
}
constexpr Item relay(std::uint8_t b, std::uint32_t state) {
  return enumerated({0, b, 96, 3, 10, 255}, state);
}
constexpr Item kLimiter =
    of(fixed_number({0, 0, 17, 0, 0, 255}, Tag::double_long_unsigned, 0), 71, 3);
constexpr Item idle(std::uint8_t e) {
  Item item = fixed_number(energy(1, e), Tag::double_long_unsigned, 0);
  item.unit = kWh;
  return item;
}
constexpr std::array kXt211{fixed_text({0, 0, 42, 0, 0, 255}, "EGD099001"),
                            of(text({0, 2, 25, 9, 0, 255}, Q::logical_name), 40, 1),
                            kSerial,
                            relay(0, 1),
                            kLimiter,
                            relay(1, 1),
                            relay(2, 1),
                            relay(3, 0),
                            relay(4, 0),
                            relay(5, 0),
                            relay(6, 0),
                            fixed_text({0, 0, 96, 14, 0, 255}, "T1"),
                            kPlusP,
                            kPlusP1,
                            kPlusP2,
                            kPlusP3,
                            kMinusP,
                            kMinusP1,
                            kMinusP2,
                            kMinusP3,
                            kPlusA,
                            kPlusA1,
                            kPlusA2,
                            idle(3),
                            idle(4),
                            kMinusA,
                            fixed_text({0, 0, 96, 13, 0, 255}, "")};
constexpr std::array kZpa{fixed_text({0, 0, 42, 0, 0, 255}, "CEZ099002"),
                          kSerial,
                          relay(0, 1),
                          kLimiter,
                          relay(1, 0),
                          fixed_text({0, 0, 96, 14, 0, 255}, "T2"),
                          kPlusP,
                          kMinusP,
                          kPlusA,
                          kPlusA1,
                          kPlusA2,
                          kMinusA,
                          fixed_text({0, 0, 96, 13, 0, 255}, "")};

// Telegrams
constexpr Item line(Item item, std::string_view unit, std::uint8_t size, std::uint8_t decimals) {
  item.text = unit;
  item.size = size;
  item.decimals = decimals;
  return item;
}
constexpr Item kilo_hours(Item item, std::string_view unit = "kWh") {
  return line(item, unit, 9, 3);
}
constexpr Item kilo(Item item, std::string_view unit = "kW") { return line(item, unit, 5, 3); }
constexpr Item volts(Item item) { return line(item, "V", 4, 1); }
constexpr Item amperes(Item item) {
  item.scaler = 0;
  return line(item, "A", 3, 0);
}
constexpr Item kGas = line(u32({0, 1, 24, 2, 1, 255}, Q::gas, -3), "m3", 8, 3);

constexpr std::array kDsmr{
    fixed_text({1, 3, 0, 2, 8, 255}, "50"),
    kClock,
    fixed_text({0, 0, 96, 1, 1, 255}, "4539393030303033303939303031323239"),
    kilo_hours(kPlusA1),
    kilo_hours(kPlusA2),
    kilo_hours(kMinusA1),
    kilo_hours(kMinusA2),
    fixed_text({0, 0, 96, 14, 0, 255}, "0002"),
    kilo(kPlusP),
    kilo(kMinusP),
    fixed_text({0, 0, 96, 7, 21, 255}, "00004"),
    fixed_text({0, 0, 96, 7, 9, 255}, "00002"),
    fixed_text({1, 0, 99, 97, 0, 255},
               "2)(0-0:96.7.19)(200104152415W)(0000000240*s)(200711151004S)(0000000301*s"),
    fixed_text({1, 0, 32, 32, 0, 255}, "00002"),
    fixed_text({1, 0, 32, 36, 0, 255}, "00000"),
    fixed_text({0, 0, 96, 13, 0, 255}, ""),
    volts(kU1),
    volts(kU2),
    volts(kU3),
    amperes(kI1),
    amperes(kI2),
    amperes(kI3),
    kilo(kPlusP1),
    kilo(kPlusP2),
    kilo(kPlusP3),
    kilo(kMinusP1),
    kilo(kMinusP2),
    kilo(kMinusP3),
    fixed_text({0, 1, 24, 1, 0, 255}, "003"),
    fixed_text({0, 1, 96, 1, 0, 255}, "4737393030303033303939303031323239"),
    kGas};
constexpr std::array kSmarty{fixed_text({1, 3, 0, 2, 8, 255}, "42"),
                             kClock,
                             fixed_text({0, 0, 42, 0, 0, 255}, "53414731303330373939303030303031"),
                             kilo_hours(kPlusA),
                             kilo_hours(kMinusA),
                             kilo_hours(kPlusR, "kvarh"),
                             kilo_hours(kMinusR, "kvarh"),
                             kilo(kPlusP),
                             kilo(kMinusP),
                             kilo(kPlusQ, "kvar"),
                             kilo(kMinusQ, "kvar"),
                             fixed_text({0, 0, 17, 0, 0, 255}, "27.1*kVA"),
                             fixed_text({0, 0, 96, 3, 10, 255}, "1"),
                             fixed_text({0, 0, 96, 7, 21, 255}, "00002"),
                             fixed_text({0, 0, 96, 13, 0, 255}, ""),
                             volts(kU1),
                             volts(kU2),
                             volts(kU3),
                             amperes(kI1),
                             amperes(kI2),
                             amperes(kI3),
                             kilo(kPlusP1),
                             kilo(kPlusP2),
                             kilo(kPlusP3),
                             kilo(kMinusP1),
                             kilo(kMinusP2),
                             kilo(kMinusP3)};
// All Smarty meters of Luxembourg share it; it is published, and no secret.
constexpr std::array<std::uint8_t, 16> kSmartyAk{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                                 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

// Pushes and events: structures without codes.
constexpr Item plain(Item item) { return with(item, Code::none); }
constexpr Item number(std::uint32_t value) {
  return plain(fixed_number({}, Tag::long_unsigned, value));
}
constexpr std::array kGateway{plain(kSerial),
                              number(1),
                              group(4),
                              plain(kClock),
                              number(2),
                              number(0),
                              plain(fixed_text({}, "Power up"))};
constexpr std::array kEvent{
    plain(kSerial), plain(kClock), number(0), number(0xc2),
    plain(
        fixed_text({}, "G3 : Node [0223:7EFF:FEFD:5489] [0x0099] has registered on the network"))};
constexpr std::array kGasPush{at(kSerial, {7, 0, 0, 0, 0, 255}), kClock,
                              u32({7, 0, 3, 0, 0, 255}, Q::gas, -3)};

constexpr LinkForm kWrapper{.link = Link::wrapper};
constexpr LinkForm kBare{.link = Link::none};

constexpr std::array kMeters{
    Meter{
        .name = "xt211-czech",
        .operators = "EG.D, Czech Republic",
        .description = "Sagemcom XT211: descriptors without tags, bare APDUs, not ciphered",
        .line = "9600-8N1",
        .title = {'S', 'A', 'G', 0x41, 0x05, 0x89, 0x58, 0x01},
        .serial = "1099000001",
        .layout = Layout::descriptors,
        .items = kXt211,
        .house = {3, 5000, 8'221'007, 2'114'000, 0, 0},
        .control = std::nullopt,
        .time = TimeForm::none,
        .counts_invoke = true,
        .link = kBare,
    },
    Meter{
        .name = "zpa-czech",
        .operators = "ČEZ, Czech Republic",
        .description = "ZPA: a shorter list of descriptors without tags",
        .line = "9600-8N1",
        .title = {'Z', 'P', 'A', 0x41, 0x05, 0x89, 0x58, 0x02},
        .serial = "1099000002",
        .layout = Layout::descriptors,
        .items = kZpa,
        .house = {3, 0, 5'110'450, 0, 0, 0},
        .control = std::nullopt,
        .time = TimeForm::none,
        .link = kBare,
    },
    Meter{
        .name = "t210d-luxembourg",
        .operators = "Creos, Luxembourg",
        .description = "Sagemcom T210-D Smarty: a P1 telegram in a bare ciphered APDU, 30",
        .line = "115200-8N1",
        .title = {'S', 'A', 'G', 0x67, 0x70, 0x89, 0x58, 0x03},
        .device_name = "Lux5\\253799003_D",
        .layout = Layout::telegram,
        .items = kSmarty,
        .house = {3, 5000, 2'841'220, 1'100'387, 18'402, 690'511},
        .control = 0x30,
        .fixed_ak = kSmartyAk,
        .link = kBare,
    },
    Meter{
        .name = "dsmr-p1",
        .operators = "Netherlands",
        .description = "a P1 telegram of DSMR 5 with checksum and a gas meter, not ciphered",
        .line = "115200-8N1",
        .title = {'X', 'M', 'X', 0x00, 0x00, 0x89, 0x58, 0x04},
        .device_name = "XMX5LGBBFFB231299004",
        .layout = Layout::telegram,
        .items = kDsmr,
        .house = {3, 4000, 4'523'189, 1'022'871, 0, 0, 2'310'402},
        .control = std::nullopt,
        .link = kBare,
    },
    Meter{
        .name = "gas-push",
        .operators = "pushes over UDP",
        .description = "a gas meter: array with scaler and unit, wrapper, 30",
        .title = {'P', 'F', 'I', 0x19, 0x91, 0x89, 0x58, 0x05},
        .serial = "PFI899000005",
        .layout = Layout::array,
        .items = kGasPush,
        .house = {.phases = 1, .pv_peak = 0, .gas_at_start = 1'204'118},
        .control = 0x30,
        .link = kWrapper,
    },
    Meter{
        .name = "gateway-push",
        .operators = "pushes over UDP",
        .description = "a gateway: a notification of nested structures, wrapper, 30",
        .title = {'E', 'L', 'S', 0x73, 0x00, 0x89, 0x58, 0x06},
        .serial = "34157399000006",
        .layout = Layout::positional,
        .items = kGateway,
        .control = 0x30,
        .link = kWrapper,
    },
    Meter{
        .name = "gateway-event",
        .operators = "pushes over UDP",
        .description = "a gateway: an event-notification, wrapper, 20",
        .title = {'D', 'C', '0', '5', '9', 0x89, 0x58, 0x07},
        .serial = "660-059F43-9907",
        .layout = Layout::positional,
        .items = kEvent,
        .control = 0x20,
        .event = EventHead{.timed = false,
                           .interface_class = 0x4e2c,
                           .name = {0, 0, 128, 0, 12, 255},
                           .attribute = 3},
        .link = kWrapper,
    },
};

}  // namespace others

std::span<const Meter> other_meters() { return others::kMeters; }

}  // namespace meterpipe::sim
