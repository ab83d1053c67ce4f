#include "keys/oms.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "apdu/cbc.hpp"
#include "base/hex.hpp"
#include "wired/afl.hpp"
#include "wired/records.hpp"

namespace meterpipe::keys {
namespace {

constexpr std::uint8_t kCbc = 5, kDerived = 7, kFromMaster = 0x5b, kFill = 0x2f, kLayer = 0x90;
using Block = std::array<std::uint8_t, apdu::kBlockSize>;

// Those that may be this meter's: of its title; of its id, where the title is not known to whom
// wrote the file; of any meter, if there is but one such line.
std::vector<const KeyRing::Entry*> candidates(const KeyRing& keys, const wired::Header& header) {
  const std::string title = to_hex(header.title);
  std::vector<const KeyRing::Entry*> own, by_id, any;
  for (const KeyRing::Entry& entry : keys.entries()) {
    if (entry.title == title) own.push_back(&entry);
    if (entry.title == header.id) by_id.push_back(&entry);
    if (entry.title == "*") any.push_back(&entry);
  }
  if (!own.empty()) return own;
  if (!by_id.empty()) return by_id;
  if (any.size() == 1) return any;
  return {};
}

std::string_view service_of(std::uint8_t mode) {
  switch (mode) {
    case 2: return "oms-mode-2";
    case 3: return "oms-mode-3";
    case 4: return "oms-mode-4";
    case 5: return "oms-mode-5";
    case 7: return "oms-mode-7";
    case 8: return "oms-mode-8";
    case 9: return "oms-mode-9";
    case 10: return "oms-mode-10";
    case 13: return "oms-mode-13";
    default: return "oms";
  }
}

// The keys of one message in mode 7: CMAC over what it is for, the counter, the id and padding.
Block derived(Bytes key, std::uint8_t purpose, Bytes counter, const wired::Header& header) {
  constexpr std::uint8_t kPadding = 7;
  ByteVector text{purpose};
  append(text, counter);
  append(text, Bytes(header.title).subspan(2, 4));
  text.resize(apdu::kBlockSize, kPadding);
  return apdu::cmac(key, text);
}

// What one key makes of the blocks, and whether the MAC, if there is one, fits.
struct Attempt {
  bool has_mac = false, mac_fits = false;
};

Attempt decipher_oms(const KeyRing::Entry& entry, const wired::Header& header, Bytes data,
                     const wired::Afl* afl, Bytes ciphered, ByteVector& plain) {
  constexpr std::uint8_t kForText = 0, kForMac = 1;
  Attempt attempt;
  Block iv{};
  if (afl == nullptr) {
    std::ranges::copy(header.title, iv.begin());
    std::fill(iv.begin() + apdu::kTitleLength, iv.end(), header.access);
    apdu::cbc_decrypt(entry.encryption, iv, ciphered, plain);
    return attempt;
  }
  if (!afl->mac.empty()) {
    Block key = derived(entry.encryption, kForMac, afl->counter, header);
    ByteVector text;
    append(text, afl->mcl);
    append(text, afl->counter);
    append(text, afl->length);
    append(text, data.subspan(afl->size));
    const Block mac = apdu::cmac(key, text);
    attempt = {true, same(Bytes(mac).first(afl->mac.size()), afl->mac)};
    key.fill(0);
    if (!attempt.mac_fits) return attempt;
  }
  Block key = derived(entry.encryption, kForText, afl->counter, header);
  apdu::cbc_decrypt(key, iv, ciphered, plain);
  key.fill(0);
  return attempt;
}

}  // namespace

Result<void> open_oms(const KeyRing& keys, apdu::AuthMode mode, std::uint8_t ci, Bytes data,
                      apdu::Security& security, ByteVector& plain, const apdu::Title& given) {
  plain.clear();
  auto header = wired::parse_header(ci, data);
  if (!header) return {};
  const Bytes rest = data.subspan(header->size);
  if (!wired::is_ciphered(*header, ci, rest)) return {};
  const bool is_amis = ci == kFromMaster && header->manufacturer == "SAM";
  const std::uint8_t cipher = is_amis ? kCbc : header->mode();
  security.service = service_of(cipher);
  security.has_control = false;
  security.auth = apdu::Auth::none;
  const bool is_named = header->has_address() || given.size() == header->title.size();
  if (!header->has_address() && is_named) wired::name(*header, given);
  security.title_given = !header->has_address() && is_named;
  if (is_named) security.title.assign(header->title);
  if (cipher != kCbc && cipher != kDerived) return fail(Fault::unsupported_mode, 0, 0, cipher);
  if (!is_named) return fail(Fault::no_title);
  std::optional<wired::Afl> afl;
  if (cipher == kDerived) {
    if (ci == kLayer) afl = wired::parse_afl(data);
    // Its counter alone tells the key.
    if (!afl || afl->counter.empty() || afl->more_fragments) {
      return fail(Fault::unsupported_mode, 0, 0, cipher);
    }
  }
  // Mode 7 has one more byte of configuration.
  const Bytes text = rest.subspan(std::min<std::size_t>(cipher == kDerived ? 1 : 0, rest.size()));
  const std::size_t blocks = text.size() / apdu::kBlockSize;
  const std::size_t ciphered = (is_amis ? blocks : header->blocks()) * apdu::kBlockSize;
  if (ciphered > text.size() || ciphered == 0) {
    return fail(Fault::truncated_apdu, 0, header->size + ciphered, data.size());
  }
  std::size_t tried = 0;
  bool is_refused = false, is_forged = false;
  for (const KeyRing::Entry* entry : candidates(keys, *header)) {
    if (entry->encryption.size() != apdu::kBlockSize) continue;
    ++tried;
    const Attempt attempt =
        decipher_oms(*entry, *header, data, afl ? &*afl : nullptr, text.first(ciphered), plain);
    if (attempt.has_mac && !attempt.mac_fits) {
      is_forged = true;
      continue;
    }
    if (plain[0] != kFill || plain[1] != kFill) continue;
    append(plain, text.subspan(ciphered));
    wired::Telegram telegram;
    telegram.header = *header;
    if (!wired::parse_records(plain, 0, telegram) || telegram.records.empty()) continue;
    const bool must_prove =
        mode == apdu::AuthMode::require || entry->auth == apdu::AuthMode::require;
    if (must_prove && !attempt.mac_fits) {
      is_refused = true;
      continue;
    }
    security.key = entry->key->label();
    if (attempt.mac_fits) security.auth = apdu::Auth::verified;
    wipe_stack();
    return {};
  }
  wipe_stack();
  plain.clear();
  if (is_refused) return fail(Fault::not_authenticated);
  if (is_forged) return fail(Fault::tag_failed);
  if (tried == 0) return fail(Fault::no_key);
  return fail(Fault::wrong_mbus_key, 0, 0, tried);
}

}  // namespace meterpipe::keys
