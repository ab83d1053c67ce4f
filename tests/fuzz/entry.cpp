// Where libFuzzer, or replay.cpp, comes in.
#include "fuzz/fuzz.hpp"
#include "os/log.hpp"

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  meterpipe::fuzz::begin_asserts();
  meterpipe::os::Log::open("fuzz", meterpipe::os::Level::error);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  meterpipe::fuzz::check({data, size});
  return 0;
}
