// What the processor can do beyond its architecture's baseline, asked once. Code for it stands
// beside code for the baseline that gives the same result.
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#define METERPIPE_AVX2 __attribute__((target("avx2")))
#define METERPIPE_SHA __attribute__((target("sha,sse4.1")))
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

}  // namespace meterpipe
