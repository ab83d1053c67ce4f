#include "apdu/ciphering_header.hpp"

#include "apdu/tags.hpp"
#include "base/reader.hpp"

namespace meterpipe::apdu {
namespace {

constexpr std::size_t kSecurityHeader = 5;  // SC and invocation counter

// The family of the tag in front, and the tag.
struct CipheringTag {
  Family family = Family::plain;
  std::uint8_t tag = 0;
};

std::optional<CipheringTag> ciphering_tag_of(Bytes apdu) {
  if (apdu.empty()) return std::nullopt;
  if (apdu[0] == 0) {
    if (untagged_size(apdu) != apdu.size()) return std::nullopt;
    return CipheringTag{Family::general_cipher, kGeneralGloCiphering};
  }
  const ApduTag* tag = find_apdu_tag(apdu[0]);
  if (tag == nullptr || tag->family == Family::plain || tag->family == Family::acse ||
      tag->family == Family::transfer) {
    return std::nullopt;
  }
  return CipheringTag{tag->family, tag->tag};
}

// Reads field by field; the first thing that cannot be is kept and ends the reading.
class HeaderParser {
 public:
  HeaderParser(Bytes apdu, const CipheringTag& kind) : apdu_(apdu), reader_(apdu), kind_(kind) {
    out_.tag = kind.tag;
    if (apdu[0] != 0) reader_.u8();
  }

  Result<CipheredApdu> parse() {
    head();
    return out_.has_control ? content() : signing();
  }

  // As far as it goes; false: not even the counter, or of a signed one the title, is there.
  bool glimpse() {
    head();
    if (!out_.has_control) return !error_ || !out_.title.empty();
    reader_.length();
    out_.control = reader_.u8();
    out_.counter = reader_.u32();
    return !reader_.failed() && !error_;
  }

  const CipheredApdu& seen() const { return out_; }

 private:
  // What stands before the content.
  void head() {
    if (kind_.family == Family::general_cipher) {
      out_.title = title();
    } else if (kind_.family == Family::other_cipher) {
      protected_header();
      out_.has_control = kind_.tag != kGeneralSigning;
      if (out_.has_control) key_info();
    } else {
      out_.title = apdu_.subspan(reader_.offset(), 0);
    }
  }

  void set_error(Fault fault, std::size_t offset, std::uint64_t expected, std::uint64_t found) {
    if (!error_) error_ = Error{fault, offset, expected, found};
  }

  // A length field of a form that no bytes behind it can mend is no truncation.
  std::uint64_t length() {
    const std::uint8_t first = reader_.peek();
    if (!reader_.at_end() && (first == 0x80 || first > 0x84)) {
      set_error(Fault::bad_length, reader_.offset(), 0, first);
    }
    return reader_.length();
  }

  Bytes string() {
    const std::size_t at = reader_.offset();
    const std::uint64_t length = this->length();
    if (reader_.failed()) {
      set_error(Fault::truncated_apdu, at, at + 1, apdu_.size());
      return {};
    }
    if (length > reader_.left()) {
      set_error(Fault::truncated_apdu, at, reader_.offset() + length, apdu_.size());
    }
    return reader_.take(length);
  }

  Bytes title() {
    const std::size_t at = reader_.offset();
    Reader ahead(apdu_.subspan(at));
    const std::uint64_t length = ahead.length();
    if (!ahead.failed() && length != 0 && length != kTitleLength) {
      set_error(Fault::bad_title, at, kTitleLength, length);
    }
    return string();
  }

  void protected_header() {
    const std::size_t from = reader_.offset();
    out_.transaction = string();
    out_.title = title();
    out_.recipient = title();
    out_.date_time = string();
    out_.other = string();
    out_.protected_header = apdu_.subspan(from, reader_.offset() - from);
  }

  void key_info() {
    const std::size_t at = reader_.offset();
    const std::uint8_t present = reader_.u8();
    const std::uint8_t choice = present == 0 ? std::uint8_t{0} : reader_.u8();
    if (present > 1 || choice > 2) {
      return set_error(Fault::bad_key_info, at, 0, present > 1 ? present : choice);
    }
    if (present == 1 && choice == 0) {
      const std::uint8_t key_id = reader_.u8();
      if (key_id > 1) return set_error(Fault::bad_key_info, at + 2, 0, key_id);
      out_.key_info = key_id == 0 ? KeyInfo::unicast : KeyInfo::broadcast;
    } else if (choice == 1) {
      out_.key_info = KeyInfo::wrapped;
      reader_.u8();  // kek-id
      string();
    } else if (choice == 2) {
      out_.key_info = KeyInfo::agreed;
      string();
      string();
    }
    if (reader_.failed()) set_error(Fault::truncated_apdu, at, reader_.offset() + 1, apdu_.size());
  }

  Result<CipheredApdu> signing() {
    out_.content = string();
    out_.signature = string();
    // Empty, but with a place.
    out_.counter_bytes = apdu_.subspan(reader_.offset(), 0);
    if (error_) return tl::unexpected(*error_);
    if (!reader_.at_end()) return fail(Fault::trailing_bytes, reader_.offset(), 0, reader_.left());
    return out_;
  }

  Result<CipheredApdu> content() {
    const std::size_t length_at = reader_.offset();
    const std::uint64_t length = this->length();
    if (error_) return tl::unexpected(*error_);
    if (reader_.failed()) return fail(Fault::truncated_apdu, 0, length_at + 1, apdu_.size());
    if (length < kSecurityHeader) {
      return fail(Fault::bad_length, length_at, kSecurityHeader, length);
    }
    if (length > reader_.left()) {
      return fail(Fault::truncated_apdu, length_at, reader_.offset() + length, apdu_.size());
    }
    if (length < reader_.left()) {
      return fail(Fault::trailing_bytes, reader_.offset() + length, 0, reader_.left() - length);
    }
    out_.control = reader_.u8();
    out_.counter_bytes = reader_.take(4);
    out_.counter = Reader(out_.counter_bytes).u32();
    const std::size_t mac = (out_.control & kAuthenticated) != 0 ? kTagLength : 0;
    if (reader_.left() < mac) {
      return fail(Fault::bad_length, length_at, kSecurityHeader + mac, length);
    }
    out_.content = reader_.take(reader_.left() - mac);
    out_.mac = reader_.take(mac);
    return out_;
  }

  Bytes apdu_;
  Reader reader_;
  CipheringTag kind_;
  CipheredApdu out_;
  std::optional<Error> error_;
};

}  // namespace

std::size_t untagged_size(Bytes rest) {
  Reader reader(rest);
  if (reader.u8() != 0) return 0;
  const std::uint64_t length = reader.length();
  const std::size_t head = reader.offset();
  const std::uint8_t control = reader.u8();
  if (reader.failed()) return rest.size() + 1;
  if ((control & kCompressed) != 0 || (control & 0x0f) > kHighestSuite) return 0;
  if ((control & (kEncrypted | kAuthenticated)) == 0) return 0;
  if (length < kSecurityHeader + ((control & kAuthenticated) != 0 ? kTagLength : 0)) return 0;
  return head + static_cast<std::size_t>(length);
}

void CipheredApdu::add_aad(SecretBytes& aad, Bytes ak, Bytes text) const {
  aad.push_back(control);
  append(aad, ak);
  if (tag == kGeneralCiphering) append(aad, protected_header);
  if (!enciphered()) append(aad, text);
}

bool is_ciphered(Bytes apdu) { return ciphering_tag_of(apdu).has_value(); }

Result<CipheredApdu> parse_ciphered(Bytes apdu) {
  const auto kind = ciphering_tag_of(apdu);
  if (!kind) {
    if (apdu.empty()) return fail(Fault::truncated_apdu, 0, 1, 0);
    return fail(Fault::unsupported_service, 0, 0, apdu[0]);
  }
  return HeaderParser(apdu, *kind).parse();
}

Security security_of(const CipheredApdu& apdu) {
  Security security;
  if (const ApduTag* tag = find_apdu_tag(apdu.tag)) security.service = tag->name;
  security.title.assign(apdu.title);
  security.has_control = apdu.has_control;
  security.control = apdu.control;
  security.counter = apdu.counter;
  security.auth = apdu.has_control ? trust_without_check(apdu.control) : Auth::unverified;
  security.signature.assign(apdu.signature.begin(), apdu.signature.end());
  return security;
}

std::optional<Security> glimpse(Bytes apdu) {
  const auto kind = ciphering_tag_of(apdu);
  if (!kind) return std::nullopt;
  HeaderParser parser(apdu, *kind);
  if (!parser.glimpse()) return std::nullopt;
  return security_of(parser.seen());
}

}  // namespace meterpipe::apdu
