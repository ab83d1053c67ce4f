#include "sim/wrapper.hpp"

#include "sim/axdr.hpp"

namespace meterpipe::sim {

Result<void> add_wpdu(ByteVector& out, const WrapperForm& form, Bytes apdu) {
  if (apdu.size() > 0xffff) return fail(Fault::message_too_long, 0, 0xffff, apdu.size());
  add_unsigned(out, 1, 2);
  add_unsigned(out, form.source, 2);
  add_unsigned(out, form.destination, 2);
  add_unsigned(out, apdu.size(), 2);
  append(out, apdu);
  return {};
}

}  // namespace meterpipe::sim
