#include "dump/lead.hpp"

#include "link/bare.hpp"
#include "link/hdlc.hpp"
#include "link/mbus.hpp"
#include "link/wrapper.hpp"

namespace meterpipe::dump {
namespace {

constexpr std::size_t kFewest = 4;  // fewer bytes may begin anything

enum class Begins : std::uint8_t { nothing, cut, whole };

Begins begins(Bytes bytes) {
  using Answer = link::Probe::Answer;
  Begins answer = Begins::nothing;
  for (const link::Probe& probe :
       {link::probe_mbus(bytes, false, false), link::probe_hdlc(bytes, false, true, false),
        link::probe_wrapper(bytes, false, false),
        link::probe_bare(bytes, link::FrameKind::llc, false, false),
        link::probe_bare(bytes, link::FrameKind::bare, false, false)}) {
    if (probe.answer == Answer::found) return Begins::whole;
    if (probe.answer == Answer::need_more) answer = Begins::cut;
  }
  return answer;
}

}  // namespace

bool may_have_lead(Bytes row) {
  return row.size() > kFewest && begins(row) == Begins::nothing &&
         begins(row.subspan(1)) == Begins::cut;
}

bool begins_message(Bytes row) {
  return row.size() > kFewest && begins(row) != Begins::nothing &&
         begins(row.subspan(1)) == Begins::nothing;
}

}  // namespace meterpipe::dump
