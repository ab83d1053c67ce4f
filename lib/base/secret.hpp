// Memory for keys. It is locked, so that it is never written to swap, it is in no core dump, and it
// is wiped before it is given back: also what a vector leaves behind as it grows.
//
// Only as much can be locked as RLIMIT_MEMLOCK allows, 8 MiB by default, enough for 100,000 keys.
// What is beyond it is used all the same; unlocked_secrets() tells. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace meterpipe {

// Throws std::bad_alloc; aligned for anything.
void* take_secret_memory(std::size_t size);
void give_back_secret_memory(void* memory, std::size_t size) noexcept;
// Wipes the registers that copies are made by, and the stack beyond the frame of the caller, where
// they may have been put.
void wipe_stack();
// Bytes of it that the kernel did not lock.
std::size_t unlocked_secrets();

template <class T>
struct SecretAllocator {
  using value_type = T;
  SecretAllocator() = default;
  template <class Other>
  SecretAllocator(const SecretAllocator<Other>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(take_secret_memory(n * sizeof(T))); }
  void deallocate(T* memory, std::size_t n) noexcept {
    give_back_secret_memory(memory, n * sizeof(T));
  }
  bool operator==(const SecretAllocator&) const = default;
};

using SecretBytes = std::vector<std::uint8_t, SecretAllocator<std::uint8_t>>;

inline SecretBytes secret(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
// Out of that memory: of keys that are none, those of the simulator.
inline ByteVector not_secret(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
inline void append(SecretBytes& to, Bytes more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace meterpipe
