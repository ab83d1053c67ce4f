// What became of the messages of wired M-Bus meters that are not DLMS: whether they are ciphered, a
// key opens them (2F 2F and records to the end, OMS mode 5), and what their records say.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/bytes.hpp"
#include "decode/wired_reading.hpp"
#include "doctor/finding.hpp"
#include "keys/keys.hpp"

namespace meterpipe::doctor {

class WiredEvidence {
 public:
  explicit WiredEvidence(const keys::KeyRing& keys);

  // A whole frame.
  void frame(Bytes frame, std::string_view source);
  void finish() { maker_.finish(); }

  std::uint64_t ciphered() const { return ciphered_; }

  Finding judge_cipher() const;
  Finding judge_key() const;
  Finding judge_apdu() const;
  Finding judge_layout() const;

 private:
  bool opens() const { return opened_ != 0 && opened_ >= wrong_; }

  const keys::KeyRing& keys_;
  decode::WiredMaker maker_;
  std::uint64_t messages_ = 0, ciphered_ = 0, opened_ = 0, wrong_ = 0, without_key_ = 0,
                unsupported_ = 0, bad_ = 0;
  std::uint64_t readings_ = 0, values_ = 0;
  std::string service_, title_;
};

}  // namespace meterpipe::doctor
