// Interface classes and their attributes by number (IEC 62056-6-2), as far as lists are read by
// them.
#pragma once

#include <cstdint>

namespace meterpipe::cosem {

inline constexpr std::uint16_t kData = 1, kRegister = 3, kExtendedRegister = 4, kDemandRegister = 5,
                               kProfileGeneric = 7, kClock = 8, kPushSetup = 40;

// Attribute 1 of every class is its logical name; 2 is the value of a register, the time of a
// clock, the object list of a push setup. The capture objects of a profile stand in 3.
inline constexpr std::int8_t kNameAttribute = 1, kValueAttribute = 2, kTimeAttribute = 2,
                             kPushListAttribute = 2, kCaptureListAttribute = 3;

// Of a register: the attribute that holds scaler and unit. 0: none.
constexpr std::int8_t scaler_attribute(std::uint16_t interface_class) {
  if (interface_class == kRegister || interface_class == kExtendedRegister) return 3;
  return interface_class == kDemandRegister ? 4 : 0;
}

}  // namespace meterpipe::cosem
