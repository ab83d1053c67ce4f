// A target without libFuzzer: its check, once for each file that is named or lies in a folder that
// is named. What is not there is passed over: captures may be missing.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FILE|FOLDER...\n", argv[0]);
    return 64;
  }
  std::set<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      if (std::filesystem::exists(argv[i])) files.insert(argv[i]);
      continue;
    }
    for (const auto& one : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (one.is_regular_file()) files.insert(one.path());
    }
  }
  LLVMFuzzerInitialize(&argc, &argv);
  for (const std::filesystem::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    // Said before it is tried: whatever ends the process, its input is known.
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  std::printf("counted: %zu inputs\n", files.size());
  return files.empty() ? 1 : 0;
}
