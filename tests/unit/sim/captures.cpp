// The encoders proved on captures of real meters: what a decoder read of a message is encoded
// again, ciphered again with its key, cut and framed again, and must give the bytes of the capture.
//
// The captures are no part of the project: METERPIPE_CAPTURES names their folder, else it is looked
// for beside the source tree; without it this is skipped. See the folder's own README for its form.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "apdu/ciphered.hpp"
#include "apdu/notification.hpp"
#include "keys/keys.hpp"
#include "sim/apdu.hpp"
#include "sim/mbus.hpp"
#include "support/capture.hpp"
#include "support/random_data.hpp"

namespace meterpipe::test {

namespace fs = std::filesystem;

namespace {

struct Known {
  const Capture& capture;
  ByteVector ek, ak;
  std::vector<ByteVector> plains;  // of all its APDUs that could be read
};

Known known_of(const Capture& capture) {
  Known known{capture, {}, {}, {}};
  std::vector<std::string> warnings;
  const keys::KeyRing ring = keys::KeyRing::parse(capture.keys, capture.id, warnings);
  if (!ring.empty()) {
    known.ek = not_secret(ring.entries().front().encryption);
    known.ak = not_secret(ring.entries().front().authentication);
  }
  for (const Json& apdu : capture.expected["apdus"].elements()) {
    if (apdu["plain"]) known.plains.push_back(*from_hex(apdu["plain"].text()));
  }
  return known;
}

// The subtree at nodes[at] written again; the index behind it.
std::size_t write_again(sim::DataWriter& data, Bytes bytes, const axdr::Nodes& nodes,
                        std::size_t at) {
  const axdr::Node& node = nodes[at];
  const Bytes content = bytes.subspan(node.offset, node.size);
  if (node.tag == axdr::Tag::array || node.tag == axdr::Tag::structure) {
    node.tag == axdr::Tag::array ? data.array(node.count) : data.structure(node.count);
    for (++at; at < node.next;) at = write_again(data, bytes, nodes, at);
  } else if (node.tag == axdr::Tag::octet_string && bytes[node.start] == 0x06) {
    data.swapped_name(content);
  } else {
    REQUIRE(node.tag != axdr::Tag::compact_array);  // none seen so far
    write_leaf(data, node.tag, content, node.count);
  }
  return node.next;
}

bool is_notification(Bytes plain) { return plain[0] == 0x0f || plain[0] == 0xc2; }

ByteVector encode_again(Bytes plain) {
  axdr::Nodes nodes;
  const auto read = apdu::parse_notification(plain, nodes);
  REQUIRE(read);
  ByteVector out;
  if (read->tag == 0x0f) {
    sim::NotificationHead head{.invoke = read->invoke_and_priority,
                               .form = read->date_time.empty() ? sim::TimeForm::none
                                       : read->tagged_time     ? sim::TimeForm::tagged
                                                               : sim::TimeForm::plain};
    if (!read->date_time.empty()) head.time = block<12>(read->date_time);
    sim::add_notification_head(out, head);
  } else {
    append(out, plain.first(read->body));  // an event: the simulator sends none
  }
  sim::DataWriter data(out);
  write_again(data, plain, nodes, 0);
  return out;
}

// The ciphered APDU whose header stands at `at`, from its plaintext; nothing if none stands there.
std::optional<ByteVector> cipher_again(const Known& known, Bytes plain, std::size_t at) {
  const Bytes rest = Bytes(known.capture.bytes).subspan(at);
  if (rest.size() < 20 || rest[0] != 0xdb || rest[1] != 0x08) return std::nullopt;
  const unsigned width = rest[10] < 0x80 ? 0 : rest[10] & 0x7f;
  if (width > 3) return std::nullopt;
  const Bytes behind = rest.subspan(11 + width);
  const std::uint8_t control = behind[0];
  if (!sim::is_known_control(control) || known.ek.size() != sim::key_length(control)) {
    return std::nullopt;
  }
  const bool tagged = (control & apdu::kAuthenticated) != 0;
  if (tagged && known.ak.empty()) return std::nullopt;
  ByteVector out;
  const sim::CipherHead head{.title = block<8>(rest.subspan(2, 8)),
                             .counter = number<std::uint32_t>(behind.subspan(1, 4)),
                             .length_width = width};
  sim::Cipherer(control, {known.ek, known.ak}).add(out, head, plain);
  return out;
}

bool holds(Bytes whole, Bytes part) {
  return std::search(whole.begin(), whole.end(), part.begin(), part.end()) != whole.end();
}

// M-Bus: the APDU, cut where the first frame was cut, is the capture.
bool frames_again(const Capture& capture, Bytes apdu_bytes) {
  sim::MbusForm form;
  form.length = capture.bytes[1] < 3 ? capture.bytes[1] + 256U : capture.bytes[1];
  form.c = capture.bytes[4];
  form.a = capture.bytes[5];
  form.stsap = capture.bytes[7];
  form.dtsap = capture.bytes[8];
  std::vector<ByteVector> frames;
  REQUIRE(sim::to_segments(form, apdu_bytes, frames));
  ByteVector stream;
  for (const ByteVector& frame : frames) append(stream, frame);
  return stream == capture.bytes;
}

}  // namespace

TEST_CASE("real messages, encoded again, are the same bytes") {
  if (!fs::exists(captures_folder())) {
    MESSAGE("skipped: no captures (METERPIPE_CAPTURES names their folder); 0 messages checked");
    return;
  }
  int encoded = 0, ciphered = 0, cut_by_link = 0, framed = 0, p1 = 0;
  for (const Capture& capture : load_captures(captures_folder())) {
    CAPTURE(capture.id);
    const Known known = known_of(capture);
    for (const ByteVector& plain : known.plains) {
      if (is_notification(plain)) {
        CHECK(to_hex(encode_again(plain)) == to_hex(plain));
        ++encoded;
      } else {
        CHECK(plain[0] == '/');
        ++p1;
      }
      for (std::size_t at = 0; at < capture.bytes.size(); ++at) {
        const auto again = cipher_again(known, plain, at);
        if (!again) continue;
        if (capture.transport == "mbus") {
          CHECK(frames_again(capture, *again));
          ++framed;
        } else if (!holds(capture.bytes, *again)) {
          ++cut_by_link;  // HDLC segments and blocks: their own layers prove them
          break;
        }
        ++ciphered;
        break;
      }
    }
  }
  MESSAGE("encoded again " << encoded << ", ciphered again " << ciphered << ", framed again "
                           << framed << "; cut by their link " << cut_by_link << ", P1 inside "
                           << p1);
  CHECK(encoded >= 33);
  CHECK(ciphered >= 10);
  CHECK(framed >= 3);
}

}  // namespace meterpipe::test
