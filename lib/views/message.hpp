// A message byte by byte, for a person: what is pasted where help is asked for. A head line, then a
// block of rows (annotate/rows.hpp) for the APDU as it came, and of a ciphered one that was opened
// a block for each plaintext, with offsets of its own:
//
//   # message 3 of house.hex, 346 bytes, 2026-11-22T18:00:00.000000Z
//   0000  db                       general-glo-ciphering
//   …
//   # == deciphered with key house; no authentication tag
//   # plaintext, 320 bytes
//   # layout nested, meter 1KFM0200000001, time 2026-11-22T18:00:00+01:00
//   0000  0f                       data-notification
//   …
//
//   # ==   what became of it       # !!   why it was not opened, and what to do
//   # ??   what could not be read
//
// No key stands in it.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "apdu/open.hpp"
#include "base/buffer.hpp"
#include "base/error.hpp"
#include "cosem/names.hpp"
#include "decode/reading_maker.hpp"
#include "record/records.hpp"

namespace meterpipe::views {

// What deciphering came to.
struct Opened {
  std::span<const apdu::Layer> layers;
  std::optional<Error> error;  // of what is inside the last of them
  apdu::Security security;     // as far as it is known
  apdu::AuthMode mode = apdu::AuthMode::check;
};

class MessageWriter {
 public:
  MessageWriter(readings::ProfileSet profiles, cosem::NameFormat format)
      : maker_(std::move(profiles), {}), format_(std::move(format)) {}

  // A plain APDU or P1 telegram; `security` of the record says how it was deciphered before. False:
  // there is something in it that cannot be read.
  bool write_plain(Buffer& out, const record::ApduRecord& record);
  // One for which apdu::is_ciphered() holds. False: it could not be opened, or not be read.
  bool write_ciphered(Buffer& out, const record::ApduRecord& record, const Opened& opened);

 private:
  void begin(Buffer& out, const record::ApduRecord& record);
  void write_summary(Buffer& out, const decode::DecodedMessage& reading);
  bool write_body(Buffer& out, const record::ApduRecord& record);

  decode::ReadingMaker maker_;
  cosem::NameFormat format_;
  bool any_ = false;
  std::map<std::string, std::uint64_t, std::less<>> counts_;  // messages by source
};

}  // namespace meterpipe::views
