// A diagnosis for people and for scripts (meter-doctor(1) lists the keys):
//
//   line       ok          752 bytes, 4 frames verified
//   …
//   key        broken      2 messages, 1 key tried: none deciphers to an APDU
//   apdu       not reached
//
//   The key does not fit (wrong-key, 90 % sure).
//   Try: Compare the key with the operator's letter …
//
//   {"v":1,"ok":false,"layer":"key","cause":"wrong-key","confidence":0.9,"evidence":{…},"try":"…",
//    "layers":[{"layer":"line","state":"ok","text":"…","evidence":{…}},…],"remarks":[…]}
//
// `evidence` is that of the layer that is named; where none is, what there is of all of them.
#pragma once

#include "base/buffer.hpp"
#include "doctor/diagnosis.hpp"

namespace meterpipe::doctor {

void write_text(Buffer& out, const Diagnosis& diagnosis);
void write_json(Buffer& out, const Diagnosis& diagnosis);  // one line

}  // namespace meterpipe::doctor
