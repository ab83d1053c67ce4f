// Where a program that deciphers has its keys from: -k, --insecure-key-file, --system-title.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "keys/keys.hpp"

namespace meterpipe::cli {

class KeyOptions {
 public:
  void add_to(Options& options);
  // Behind parse(). `reads_stdin`: the data come from standard input, so the keys cannot.
  void check(const Options& options, bool reads_stdin);
  // The ring; from then on this process leaves no core dump.
  keys::KeyRing load() const;
  // Of meters that send none; empty: not given.
  const apdu::Title& title() const { return title_; }

 private:
  std::string file_, system_title_;
  bool insecure_ = false;
  apdu::Title title_;
};

}  // namespace meterpipe::cli
