// Reads hex of one capture from standard input, with the key as the argument, and prints the
// values.
#include <meterpipe/decoder.hpp>

#include <cstdio>
#include <iostream>

int main(int argc, char** argv) {
  meterpipe::Decoder decoder(argc > 1 ? argv[1] : "");
  for (std::string digits; std::cin >> digits;) {
    for (std::size_t at = 0; at + 1 < digits.size(); at += 2) {
      const auto byte = static_cast<std::uint8_t>(std::stoi(digits.substr(at, 2), nullptr, 16));
      decoder.push({&byte, 1});
    }
  }
  decoder.finish();
  for (const meterpipe::Reading& reading : decoder.readings()) {
    for (const auto& [code, name, value, unit] : reading.values)
      std::printf("%s %s = %s %s\n", code.c_str(), name.c_str(), value.c_str(), unit.c_str());
  }
  return decoder.errors().empty() ? 0 : 1;
}
