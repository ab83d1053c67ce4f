// The key file: one meter a line (meter-keys(5)).
//
//   file  = { line }
//   line  = [ fields ] [ "#" comment ]
//   fields = [ title ] EK [ AK ]  |  { "title=" | "ek=" | "ak=" | "broadcast=" | "label=" value }
//   title = 16 hex digits | "*" | the 8 digits of an M-Bus meter's number, behind "title="
//   key   = 32 or 64 hex digits, "-", ":" or "." between and "0x" before allowed, in quotes or not;
//           or 16 groups of two digits; or "ascii:" and 16 characters
//
// Keys as operators send them are read, too: keys/pasted.hpp.
//
//   4b464d1020000001 00112233445566778899aabbccddeeff
//   * 00-11-22-33-44-55-66-77-88-99-AA-BB-CC-DD-EE-FF 0xd0d1d2d3d4d5d6d7d8d9dadbdcdddedf
//   title=4b464d1020000001 ek=ascii:HpODO2mPUP3x3L33 label=house
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apdu/ciphered.hpp"
#include "base/secret.hpp"

namespace meterpipe::keys {

class KeyRing {
 public:
  // The keys to try for a system title, in order: those of the exact title, else those of `*`.
  std::span<apdu::Key* const> keys_for(Bytes title) const;
  // Those that have a title of their own, for messages without one.
  std::span<apdu::Key* const> titled() const { return titled_; }
  bool empty() const { return entries_.empty(); }
  // A line says auth=required.
  bool requires_tags() const { return requires_tags_; }
  std::size_t size() const { return entries_.size(); }

  struct Entry {
    std::string title;  // 16 lower-case hex digits, the 8 of an M-Bus meter's id, or "*"
    std::unique_ptr<apdu::Key> key;
    // Kept for the simulator, which enciphers.
    SecretBytes encryption, authentication, broadcast;
    std::optional<apdu::AuthMode> auth;  // auth=
  };
  const std::vector<Entry>& entries() const { return entries_; }

  // Throws Fatal 78 with name, line and column and what was expected there; never shows a key.
  // What looks like a mistake but may be meant (EK = AK, a sample key) goes to `warnings`.
  static KeyRing parse(std::string_view text, const std::string& name,
                       std::vector<std::string>& warnings);

 private:
  std::vector<Entry> entries_;
  // By the title as a number; those of `*` apart.
  std::unordered_map<std::uint64_t, std::vector<apdu::Key*>> by_title_;
  std::vector<apdu::Key*> any_;
  std::vector<apdu::Key*> titled_;
  bool requires_tags_ = false;
};

// Reads a key file: `path` as given with --keys ("-": standard input), or, where empty,
// $CREDENTIALS_DIRECTORY/keys if there is one. A file that others can read is Fatal 77 unless
// `insecure`. Warnings go to the log. No path and no credential: an empty ring.
KeyRing load_keys(const std::string& path, bool insecure);

// A system title as an option gives it: 16 hex digits with blanks, "-" or ":" between bytes and
// "0x" before them where you like, or "ascii:" and 8 characters. nullopt: it is none.
std::optional<apdu::Title> parse_title(std::string_view text);

}  // namespace meterpipe::keys
