#include "doctor/key_variants.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include <fmt/format.h>

#include "apdu/gcm.hpp"
#include "base/ascii.hpp"
#include "base/hex.hpp"

namespace meterpipe::doctor {
namespace {

// Of a text key's letters; 16,384 ways to write them.
constexpr std::size_t kMostLetters = 14;

using Deciphers = std::function<bool(Bytes, const Says&)>;

bool is_printable(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
}

class Variants {
 public:
  Variants(Bytes key, const Deciphers& fits) : fits_(fits), key_(key.begin(), key.end()) {
    for (const std::uint8_t byte : key) {
      digits_.push_back(byte >> 4);
      digits_.push_back(byte & 0x0f);
    }
  }
  ~Variants() {
    apdu::wipe(key_);
    apdu::wipe(digits_);
    apdu::wipe(copy_);
    apdu::wipe(packed_);
  }
  Variants(const Variants&) = delete;
  Variants& operator=(const Variants&) = delete;

  bool same_size() {
    return orders() || one_digit() || exchanged_digits() || text() || shifted() ||
           exchanged_bytes();
  }

  // The digits of a key were taken for text and their codes written down, or the key's own text
  // was taken for digits.
  bool other_size(Bytes other, std::size_t size) {
    if (size < key_.size()) {
      copy_.clear();
      if (is_printable(key_) && append_hex(copy_, as_text(key_)) &&
          tell(copy_, "it is the ASCII codes of the key's digits")) {
        return true;
      }
      return tell(Bytes(key_).first(size), "another key stands behind it") ||
             tell(Bytes(key_).last(size), "another key stands before it");
    }
    std::string text = to_hex(key_);
    for (const bool in_capitals : {true, false}) {
      for (char& c : text) c = in_capitals ? upper(c) : lower(c);
      if (tell(as_bytes(text), "the key is the text that was taken for hex digits")) return true;
    }
    std::ranges::fill(text, '\0');
    if (other.size() + key_.size() != size) return false;
    copy_ = key_;
    append(copy_, other);
    if (tell(copy_, "it is the first half of one long key, the other key the second")) return true;
    copy_.assign(other.begin(), other.end());
    append(copy_, key_);
    return tell(copy_, "it is the second half of one long key, the other key the first");
  }

 private:
  bool give(Bytes key, const Says& says) {
    return !std::ranges::equal(key, key_) && fits_(key, says);
  }
  bool tell(Bytes key, const char* text) {
    return give(key, [text] { return std::string(text); });
  }
  // The digits in `copy_` as a key.
  bool give_digits(const Says& says) {
    packed_.resize(key_.size());
    for (std::size_t i = 0; i < packed_.size(); ++i) {
      packed_[i] = static_cast<std::uint8_t>(copy_[2 * i] << 4 | copy_[2 * i + 1]);
    }
    return give(packed_, says);
  }

  bool in_groups(std::size_t size, const char* text) {
    copy_ = key_;
    for (std::size_t i = 0; i < copy_.size(); i += size) {
      std::reverse(copy_.begin() + i, copy_.begin() + i + size);
    }
    return tell(copy_, text);
  }

  bool orders() {
    copy_ = key_;
    std::rotate(copy_.begin(), copy_.begin() + copy_.size() / 2, copy_.end());
    if (tell(copy_, "its halves are exchanged")) return true;
    if (in_groups(key_.size(), "its bytes stand in reverse order")) return true;
    copy_ = digits_;
    std::ranges::reverse(copy_);
    if (give_digits([] { return std::string("its digits stand in reverse order"); })) return true;
    copy_ = key_;
    for (std::uint8_t& byte : copy_) byte = static_cast<std::uint8_t>(byte << 4 | byte >> 4);
    if (tell(copy_, "the two digits of each byte are exchanged")) return true;
    if (in_groups(8, "the bytes of each half are reversed") ||
        in_groups(4, "the bytes of each word of 4 are reversed") ||
        in_groups(2, "the bytes of each word of 2 are exchanged")) {
      return true;
    }
    for (const std::size_t size : {4U, 2U}) {  // the words reversed, their bytes as they are
      copy_ = key_;
      std::ranges::reverse(copy_);
      for (std::size_t i = 0; i < copy_.size(); i += size) {
        std::reverse(copy_.begin() + i, copy_.begin() + i + size);
      }
      if (tell(copy_, "its words stand in reverse order")) return true;
    }
    for (std::size_t by = 1; by < digits_.size(); ++by) {
      copy_ = digits_;
      std::rotate(copy_.begin(), copy_.begin() + by, copy_.end());
      if (give_digits([] { return std::string("it does not begin with its first digit"); }))
        return true;
    }
    copy_ = key_;
    for (std::uint8_t& byte : copy_) byte = static_cast<std::uint8_t>(~byte);
    return tell(copy_, "all its bits are inverted");
  }

  bool one_digit() {
    for (std::size_t at = 0; at < digits_.size(); ++at) {
      copy_ = digits_;
      for (std::uint8_t digit = 0; digit < 16; ++digit) {
        copy_[at] = digit;
        if (give_digits([at] { return fmt::format("digit {} is wrong", at + 1); })) return true;
      }
    }
    return false;
  }

  bool exchanged_digits() {
    for (std::size_t apart = 1; apart < digits_.size(); ++apart) {
      for (std::size_t at = 0; at + apart < digits_.size(); ++at) {
        if (digits_[at] == digits_[at + apart]) continue;
        copy_ = digits_;
        std::swap(copy_[at], copy_[at + apart]);
        if (give_digits([=] {
              return fmt::format("digits {} and {} are exchanged", at + 1, at + apart + 1);
            })) {
          return true;
        }
      }
    }
    return false;
  }

  bool exchanged_bytes() {
    for (std::size_t a = 0; a < key_.size(); ++a) {
      for (std::size_t b = a + 1; b < key_.size(); ++b) {
        copy_ = key_;
        std::swap(copy_[a], copy_[b]);
        if (give(copy_,
                 [=] { return fmt::format("bytes {} and {} are exchanged", a + 1, b + 1); })) {
          return true;
        }
      }
    }
    return false;
  }

  // A key that was given as characters: their case, one wrong.
  bool text() {
    if (!is_printable(key_)) return false;
    for (const bool in_capitals : {true, false}) {
      copy_ = key_;
      for (std::uint8_t& c : copy_) c = in_capitals ? upper(c) : lower(c);
      if (tell(copy_, "it is text with letters of the wrong case")) return true;
    }
    if (mixed_case()) return true;
    for (std::size_t at = 0; at < key_.size(); ++at) {
      copy_ = key_;
      for (std::uint8_t c = 0x21; c < 0x7f; ++c) {
        copy_[at] = c;
        if (give(copy_,
                 [at] { return fmt::format("it is text, and character {} is wrong", at + 1); })) {
          return true;
        }
      }
    }
    return false;
  }

  // Letters of one case that may have been of both.
  bool mixed_case() {
    std::vector<std::size_t> letters;
    bool capitals = false, small = false;
    for (std::size_t i = 0; i < key_.size(); ++i) {
      capitals |= is_upper(key_[i]);
      small |= is_lower(key_[i]);
      if (is_letter(key_[i])) letters.push_back(i);
    }
    if ((capitals && small) || letters.size() > kMostLetters) return false;
    copy_ = key_;
    // Gray code: one letter changes at a time.
    for (std::uint32_t n = 1; n < 1U << letters.size(); ++n) {
      copy_[letters[static_cast<std::size_t>(std::countr_zero(n))]] ^= 0x20;
      if (tell(copy_, "it is text with letters of the wrong case")) return true;
    }
    return false;
  }

  // A digit was left out and one is too many elsewhere, at the end or the beginning: what stands
  // between is shifted.
  bool shifted() {
    const std::size_t n = digits_.size();
    const auto tries = [&](std::size_t out, std::size_t in, auto says) {
      copy_ = digits_;
      const auto at = copy_.begin();
      out < in ? std::rotate(at + out, at + out + 1, at + in + 1)
               : std::rotate(at + in, at + out, at + out + 1);
      for (std::uint8_t digit = 0; digit < 16; ++digit) {
        copy_[in] = digit;
        if (give_digits(says)) return true;
      }
      return false;
    };
    for (std::size_t at = 0; at + 1 < n; ++at) {
      const Says missing = [at] {
        return fmt::format("a digit is missing at place {}, those around it are shifted", at + 1);
      };
      const Says added = [at] {
        return fmt::format("digit {} is one too many, those around it are shifted", at + 1);
      };
      if (tries(n - 1, at, missing) || tries(0, at + 1, missing) || tries(at, n - 1, added) ||
          tries(at + 1, 0, added)) {
        return true;
      }
    }
    return false;
  }

  const Deciphers& fits_;
  ByteVector key_, digits_, copy_, packed_;
};

}  // namespace

bool each_variant(Bytes key, Bytes other, std::size_t size, const Deciphers& fits) {
  Variants variants(key, fits);
  return key.size() == size ? variants.same_size() : variants.other_size(other, size);
}

}  // namespace meterpipe::doctor
