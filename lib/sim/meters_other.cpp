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
constexpr auto kXt211 =
    list(fixed_text({0, 0, 42, 0, 0, 255}, "EGD099001"),
         of(text({0, 2, 25, 9, 0, 255}, Q::logical_name), 40, 1), kSerial, relay(0, 1), kLimiter,
         relay(1, 1), relay(2, 1), relay(3, 0), relay(4, 0), relay(5, 0), relay(6, 0),
         fixed_text({0, 0, 96, 14, 0, 255}, "T1"), kPlusP, kPlusP1, kPlusP2, kPlusP3, kMinusP,
         kMinusP1, kMinusP2, kMinusP3, kPlusA, kPlusA1, kPlusA2, idle(3), idle(4), kMinusA,
         fixed_text({0, 0, 96, 13, 0, 255}, ""));
constexpr auto kZpa =
    list(fixed_text({0, 0, 42, 0, 0, 255}, "CEZ099002"), kSerial, relay(0, 1), kLimiter,
         relay(1, 0), fixed_text({0, 0, 96, 14, 0, 255}, "T2"), kPlusP, kMinusP, kPlusA, kPlusA1,
         kPlusA2, kMinusA, fixed_text({0, 0, 96, 13, 0, 255}, ""));

// Telegrams
constexpr Item amperes(Item item) { return line(scaled(item, 0), "A", 3, 0); }
constexpr Item kGas = line(u32({0, 1, 24, 2, 1, 255}, Q::gas, -3), "m3", 8, 3);

constexpr auto kDsmr =
    list(kDsmr5, kClock, fixed_text({0, 0, 96, 1, 1, 255}, "4539393030303033303939303031323239"),
         kilo_hours(kPlusA1), kilo_hours(kPlusA2), kilo_hours(kMinusA1), kilo_hours(kMinusA2),
         fixed_text({0, 0, 96, 14, 0, 255}, "0002"), kilowatts(kPlusP), kilowatts(kMinusP),
         fixed_text({0, 0, 96, 7, 21, 255}, "00004"), fixed_text({0, 0, 96, 7, 9, 255}, "00002"),
         fixed_text({1, 0, 99, 97, 0, 255},
                    "2)(0-0:96.7.19)(200104152415W)(0000000240*s)(200711151004S)(0000000301*s"),
         fixed_text({1, 0, 32, 32, 0, 255}, "00002"), fixed_text({1, 0, 32, 36, 0, 255}, "00000"),
         fixed_text({0, 0, 96, 13, 0, 255}, ""), volts(kU1), volts(kU2), volts(kU3), amperes(kI1),
         amperes(kI2), amperes(kI3), kilowatts(kPlusP1), kilowatts(kPlusP2), kilowatts(kPlusP3),
         kilowatts(kMinusP1), kilowatts(kMinusP2), kilowatts(kMinusP3),
         fixed_text({0, 1, 24, 1, 0, 255}, "003"),
         fixed_text({0, 1, 96, 1, 0, 255}, "4737393030303033303939303031323239"), kGas);
constexpr auto kSmarty =
    list(fixed_text({1, 3, 0, 2, 8, 255}, "42"), kClock,
         fixed_text({0, 0, 42, 0, 0, 255}, "53414731303330373939303030303031"), kilo_hours(kPlusA),
         kilo_hours(kMinusA), kilo_hours(kPlusR, "kvarh"), kilo_hours(kMinusR, "kvarh"),
         kilowatts(kPlusP), kilowatts(kMinusP), kilowatts(kPlusQ, "kvar"),
         kilowatts(kMinusQ, "kvar"), fixed_text({0, 0, 17, 0, 0, 255}, "27.1*kVA"),
         fixed_text({0, 0, 96, 3, 10, 255}, "1"), fixed_text({0, 0, 96, 7, 21, 255}, "00002"),
         fixed_text({0, 0, 96, 13, 0, 255}, ""), volts(kU1), volts(kU2), volts(kU3), amperes(kI1),
         amperes(kI2), amperes(kI3), kilowatts(kPlusP1), kilowatts(kPlusP2), kilowatts(kPlusP3),
         kilowatts(kMinusP1), kilowatts(kMinusP2), kilowatts(kMinusP3));
// All Smarty meters of Luxembourg share it; it is published, and no secret.
constexpr std::array<std::uint8_t, 16> kSmartyAk{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                                 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

// Pushes and events: structures without codes.
constexpr Item number(std::uint32_t value) { return unnamed(Tag::long_unsigned, value); }
constexpr auto kGateway = list(plain(kSerial), number(1), group(4), plain(kClock), number(2),
                               number(0), unnamed("Power up"));
constexpr auto kEvent =
    list(plain(kSerial), plain(kClock), number(0), number(0xc2),
         unnamed("G3 : Node [0223:7EFF:FEFD:5489] [0x0099] has registered on the network"));
constexpr auto kGasPush =
    list(at(kSerial, {7, 0, 0, 0, 0, 255}), kClock, u32({7, 0, 3, 0, 0, 255}, Q::gas, -3));

constexpr Meter kDescriptors{.line = "9600-8N1",
                             .layout = Layout::descriptors,
                             .control = std::nullopt,
                             .time = TimeForm::none,
                             .link = kBare};
constexpr Meter telegrams(std::optional<std::uint8_t> control, Bytes fixed_ak = {}) {
  return {.line = "115200-8N1",
          .layout = Layout::telegram,
          .control = control,
          .fixed_ak = fixed_ak,
          .link = kBare};
}
constexpr Meter push(Layout layout, std::uint8_t control, std::optional<EventHead> event = {}) {
  return {.layout = layout, .control = control, .event = event, .link = {.link = Link::wrapper}};
}
constexpr EventHead kEventHead{
    .timed = false, .interface_class = 0x4e2c, .name = {0, 0, 128, 0, 12, 255}, .attribute = 3};
constexpr std::string_view kOverUdp = "pushes over UDP";

constexpr std::array kMeters{
    like(kDescriptors,
         {"xt211-czech", "EG.D, Czech Republic",
          "Sagemcom XT211: descriptors without tags, bare APDUs, not ciphered",
          title("SAG", 0x4105895801), "1099000001"},
         kXt211, {3, 5000, 8'221'007, 2'114'000, 0, 0}),
    like(kDescriptors,
         {"zpa-czech", "ČEZ, Czech Republic", "ZPA: a shorter list of descriptors without tags",
          title("ZPA", 0x4105895802), "1099000002"},
         kZpa, {3, 0, 5'110'450, 0, 0, 0}),
    like(telegrams(0x30, kSmartyAk),
         {"t210d-luxembourg", "Creos, Luxembourg",
          "Sagemcom T210-D Smarty: a P1 telegram in a bare ciphered APDU, 30",
          title("SAG", 0x6770895803), "", "Lux5\\253799003_D"},
         kSmarty, {3, 5000, 2'841'220, 1'100'387, 18'402, 690'511}),
    like(telegrams(std::nullopt),
         {"dsmr-p1", "Netherlands",
          "a P1 telegram of DSMR 5 with checksum and a gas meter, not ciphered",
          title("XMX", 0x0000895804), "", "XMX5LGBBFFB231299004"},
         kDsmr, {3, 4000, 4'523'189, 1'022'871, 0, 0, 2'310'402}),
    like(push(Layout::array, 0x30),
         {"gas-push", kOverUdp, "a gas meter: array with scaler and unit, wrapper, 30",
          title("PFI", 0x1991895805), "PFI899000005"},
         kGasPush, {.phases = 1, .pv_peak = 0, .gas_at_start = 1'204'118}),
    like(push(Layout::positional, 0x30),
         {"gateway-push", kOverUdp, "a gateway: a notification of nested structures, wrapper, 30",
          title("ELS", 0x7300895806), "34157399000006"},
         kGateway),
    like(push(Layout::positional, 0x20, kEventHead),
         {"gateway-event", kOverUdp, "a gateway: an event-notification, wrapper, 20",
          title("DC0", 0x3539895807), "660-059F43-9907"},
         kEvent)};

}  // namespace others

std::span<const Meter> other_meters() { return others::kMeters; }

}  // namespace meterpipe::sim
