// A capture as mbus-frame reads it, with the way back: which bytes of which line or record each
// message came from, so that they can be changed where they stand.
//
//   unit     a bytes or apdu record, a line of hex, a dump, a read's worth of raw bytes
//   source   all units of one `src`, in a row: the stream that a receiver sees
//   message  an APDU or telegram with its pieces in the stream; a line or record that is one APDU
//            has it for itself
//
// Records of other types, comments and lines that cannot be read are counted and not kept.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apdu/security.hpp"
#include "base/bytes.hpp"
#include "base/timestamp.hpp"
#include "link/frame.hpp"
#include "record/input.hpp"
#include "record/line.hpp"
#include "record/records.hpp"
#include "transport/receiver.hpp"

namespace meterpipe::share {

struct CaptureUnit {
  enum class Kind : std::uint8_t { line, dump, stream, bytes_record, apdu_record };
  Kind kind = Kind::bytes_record;
  std::size_t source = 0;
  std::string ts;        // as records write it, or empty
  bool has_src = false;  // the input names one
  std::optional<std::uint64_t> seq;
  std::uint64_t ms = 0;
  std::string line, why;
  std::vector<std::uint32_t> marked;
  std::uint64_t offset = 0;  // in the source's stream
  std::size_t size = 0;
  // A line or a record that is one APDU: not in the stream.
  bool is_alone = false;
  ByteVector alone;
  std::size_t header = 0;  // bytes of it before the APDU (LLC)
  std::string link, frames, quirks;
  std::optional<apdu::Security> security;  // it was deciphered before
};

struct CaptureMessage {
  std::size_t source = 0;
  std::optional<std::size_t> unit;  // that is this APDU alone
  std::vector<transport::MessagePiece> pieces;
  std::size_t size = 0;
  std::string_view link;
};

struct CaptureFrame {
  link::FrameKind kind;
  std::uint64_t offset = 0;
  std::size_t size = 0;
  bool is_control = false;  // nothing but addresses and a checksum
  bool is_kept = false;
};

// An HDLC frame inside M-Bus segments: its own checksum stands there, too.
struct InnerFrame {
  std::vector<transport::MessagePiece> pieces;
  std::size_t size = 0;
};

struct RspUdAnswer {
  std::size_t frame = 0;
  std::uint64_t data = 0;  // offset of the frame's data in the stream
  std::uint8_t ci = 0;
};

class CaptureSource;

class CaptureMap final : private record::Sink {
 public:
  CaptureMap(record::Form form, link::Link link);
  ~CaptureMap();

  void read(std::string_view text);

  std::vector<CaptureUnit> units;
  std::vector<CaptureMessage> messages;  // in the order in which they were whole
  struct Source {
    std::string name;
    ByteVector stream;
    std::vector<CaptureFrame> frames;  // by offset
    std::vector<InnerFrame> inner;
    std::vector<RspUdAnswer> answers;
    std::vector<bool> skipped;  // bytes that are in no frame
  };
  Source& source(std::size_t index);
  std::size_t sources() const { return sources_.size(); }
  std::size_t other_records = 0, bad_lines = 0;
  std::map<std::string, std::size_t> framing;  // faults of frames, segments, blocks by their code

  // The message as it stands now, and back into its place. Copies of a segment get the same.
  ByteVector bytes_of(const CaptureMessage& message);
  void put_back(const CaptureMessage& message, Bytes bytes);
  // What was changed in the source's frames gets its checksums; the frames of `message` are kept.
  void keep(const CaptureMessage& message);
  void fix_checksums(std::size_t source);

 private:
  void on_record(record::Line& line, std::uint64_t number) override;
  void on_piece(const record::InputPiece& piece) override;
  void on_bad_line(const Error& error, std::uint64_t number, std::string_view text) override;
  std::size_t source_of(std::string_view name);
  void add_apdu(CaptureUnit unit, Bytes apdu);
  void push(CaptureUnit unit, Bytes bytes);

  record::Form form_;
  link::LinkSettings link_;
  std::vector<std::unique_ptr<CaptureSource>> sources_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  record::BytesRecord bytes_;
  record::ApduRecord apdu_;
};

}  // namespace meterpipe::share
