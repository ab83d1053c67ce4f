#include "base/secret.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace meterpipe {
namespace {

constexpr std::size_t kSmallest = 16;  // bytes of a piece; pieces have powers of two of them
constexpr std::size_t kChunk = 64 * 1024;

// A piece that was given back.
struct Free {
  Free* next;
};

struct Pool {
  std::array<Free*, 13> free{};  // by size: 16, 32, …, 64 KiB
  char* at = nullptr;            // of the last chunk
  std::size_t left = 0;
  std::size_t unlocked = 0;
};

// Never destroyed: keys may be wiped after it would be.
Pool& pool() {
  static Pool instance;
  return instance;
}

constexpr std::size_t class_of(std::size_t size) {
  return static_cast<std::size_t>(std::bit_width((std::max(size, kSmallest) - 1) / kSmallest));
}

char* map(std::size_t size) {
  void* const memory =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  ::madvise(memory, size, MADV_DONTDUMP);
  // Page by page, as each is used: what is not used takes no memory. Emulators do not have this
  // one.
  const bool is_locked = ::syscall(SYS_mlock2, memory, size, MLOCK_ONFAULT) == 0 ||
                         (errno == ENOSYS && ::mlock(memory, size) == 0);
  if (!is_locked) pool().unlocked += size;
  return static_cast<char*>(memory);
}

}  // namespace

void* take_secret_memory(std::size_t size) {
  if (size > kChunk) return map(size);
  Pool& from = pool();
  const std::size_t which = class_of(size), whole = kSmallest << which;
  if (Free* const piece = from.free[which]; piece != nullptr) {
    from.free[which] = piece->next;
    return piece;
  }
  if (from.left < whole) {  // what is left of the chunk is too small for most: it is forgotten
    from.at = map(kChunk);
    from.left = kChunk;
  }
  from.left -= whole;
  return std::exchange(from.at, from.at + whole);
}

void give_back_secret_memory(void* memory, std::size_t size) noexcept {
  ::explicit_bzero(memory, size);
  if (size > kChunk) {
    ::munmap(memory, size);
    return;
  }
  Free*& first = pool().free[class_of(size)];
  first = new (memory) Free{first};
}

[[gnu::noinline]] void wipe_stack() {
  std::array<char, 32 * 1024> room;
  ::explicit_bzero(room.data(), room.size());
  // Where the dynamic linker looks up a function at its first call it keeps these on the stack.
#if defined(__x86_64__)
  asm volatile(
      "pxor %%xmm0, %%xmm0\n pxor %%xmm1, %%xmm1\n pxor %%xmm2, %%xmm2\n pxor %%xmm3, %%xmm3\n"
      "pxor %%xmm4, %%xmm4\n pxor %%xmm5, %%xmm5\n pxor %%xmm6, %%xmm6\n pxor %%xmm7, %%xmm7\n"
      "pxor %%xmm8, %%xmm8\n pxor %%xmm9, %%xmm9\n pxor %%xmm10, %%xmm10\n"
      "pxor %%xmm11, %%xmm11\n pxor %%xmm12, %%xmm12\n pxor %%xmm13, %%xmm13\n"
      "pxor %%xmm14, %%xmm14\n pxor %%xmm15, %%xmm15\n" ::
          : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
            "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
  if (__builtin_cpu_supports("avx512vl") != 0) {  // the C library copies by the others then
    asm volatile(
        "vpxorq %ymm16, %ymm16, %ymm16\n vpxorq %ymm17, %ymm17, %ymm17\n"
        "vpxorq %ymm18, %ymm18, %ymm18\n vpxorq %ymm19, %ymm19, %ymm19\n"
        "vpxorq %ymm20, %ymm20, %ymm20\n vpxorq %ymm21, %ymm21, %ymm21\n"
        "vpxorq %ymm22, %ymm22, %ymm22\n vpxorq %ymm23, %ymm23, %ymm23\n"
        "vpxorq %ymm24, %ymm24, %ymm24\n vpxorq %ymm25, %ymm25, %ymm25\n"
        "vpxorq %ymm26, %ymm26, %ymm26\n vpxorq %ymm27, %ymm27, %ymm27\n"
        "vpxorq %ymm28, %ymm28, %ymm28\n vpxorq %ymm29, %ymm29, %ymm29\n"
        "vpxorq %ymm30, %ymm30, %ymm30\n vpxorq %ymm31, %ymm31, %ymm31\n");
  }
#elif defined(__aarch64__)
  asm volatile(
      "movi v0.2d, #0\n movi v1.2d, #0\n movi v2.2d, #0\n movi v3.2d, #0\n"
      "movi v4.2d, #0\n movi v5.2d, #0\n movi v6.2d, #0\n movi v7.2d, #0\n" ::
          : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7");
#endif
}

std::size_t unlocked_secrets() { return pool().unlocked; }

}  // namespace meterpipe
