// What the processor can do beyond its architecture's baseline, asked once. Code for it stands
// beside code for the baseline that gives the same result.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#define METERPIPE_AVX2 __attribute__((target("avx2")))
#endif

namespace meterpipe {

#if defined(__x86_64__)
inline const bool kHasAvx2 = [] {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") != 0;
}();
#endif

}  // namespace meterpipe
