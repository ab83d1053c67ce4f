// What the processor can do beyond its architecture's baseline, asked once. Code for it stands
// beside code for the baseline that gives the same result.
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#define METERPIPE_AVX2 __attribute__((target("avx2")))
#define METERPIPE_SHA __attribute__((target("sha,sse4.1")))
#elif defined(__aarch64__) || defined(__ARM_ARCH_7A__)
#include <arm_neon.h>

#include <cstdint>
#if defined(__aarch64__)
#define METERPIPE_NEON
#else
#include <sys/auxv.h>
#define METERPIPE_NEON __attribute__((target("fpu=neon")))
#endif
#endif

namespace meterpipe {

#if defined(__x86_64__)
inline const bool kHasAvx2 = [] {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") != 0;
}();

// Not every compiler knows its name. Asked where it is needed: under a hypervisor that takes time.
inline bool has_sha() {
  static const bool has = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.1") != 0 && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
           (b & bit_SHA) != 0;
  }();
  return has;
}
#endif

#if defined(METERPIPE_NEON)
#if defined(__aarch64__)
inline constexpr bool kHasNeon = true;
#else
// ARMv7 may be without (Debian's armhf is); HWCAP_NEON of asm/hwcap.h.
inline const bool kHasNeon = (::getauxval(AT_HWCAP) & 1UL << 12) != 0;
#endif

// Four bits of each of 16 lanes that are 0 or ff: lane i stands in bits 4i to 4i + 3.
METERPIPE_NEON inline std::uint64_t lanes(uint8x16_t mask) {
  return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(mask), 4)), 0);
}
#endif

}  // namespace meterpipe
