#include "sim/link.hpp"

#include "sim/axdr.hpp"

namespace meterpipe::sim {
namespace {

Result<void> one_to_frames(const LinkForm& form, Bytes apdu, std::vector<ByteVector>& frames) {
  switch (form.link) {
    case Link::mbus: return to_segments(form.mbus, apdu, frames);
    case Link::hdlc: return to_hdlc(form.hdlc, apdu, frames);
    case Link::wrapper:
      frames.resize(1);
      frames[0].clear();
      return add_wpdu(frames[0], form.wrapper, apdu);
    case Link::none: break;
  }
  frames.resize(1);
  frames[0].assign(apdu.begin(), apdu.end());
  return {};
}

}  // namespace

Result<void> add_wpdu(ByteVector& out, const WrapperForm& form, Bytes apdu) {
  if (apdu.size() > 0xffff) return fail(Fault::message_too_long, 0, 0xffff, apdu.size());
  for (const std::size_t field :
       {std::size_t{1}, std::size_t{form.source}, std::size_t{form.destination}, apdu.size()}) {
    add_unsigned(out, field, 2);
  }
  append(out, apdu);
  return {};
}

Result<void> to_frames(const LinkForm& form, Bytes apdu, std::span<const BlockPiece> pieces,
                       std::vector<ByteVector>& frames) {
  if (form.blocks.size == 0) return one_to_frames(form, apdu, frames);
  std::vector<ByteVector> blocks;
  if (auto done = to_blocks(form.blocks, apdu, pieces, blocks); !done) return done;
  if (form.link == Link::hdlc) return blocks_to_hdlc(form.hdlc, blocks, frames);
  frames.clear();
  std::vector<ByteVector> some;
  for (const ByteVector& block : blocks) {
    if (auto done = one_to_frames(form, block, some); !done) return done;
    for (ByteVector& frame : some) frames.push_back(std::move(frame));
  }
  return {};
}

}  // namespace meterpipe::sim
