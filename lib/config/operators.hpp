// What is known of an operator's customer interface, a file of operators/ each (TOML):
//
//   title = "Salzburg Netz"            country = "AT"
//   meters = "Kaifa MA309M, MA110M"
//   interface = "mbus-rj12"            which adapter and wiring, see kInterfaces
//   line = "2400-8E1"  link = "mbus"
//   ciphering = ["21"]                 security control bytes, oms-5 (AES-CBC); [] for none
//   keys = 1                           how many; [0, 2]: by the operator
//   key = "customer portal"            where they come from
//   interval = "5s"                    between two messages
//   answer = true                      each message wants one; false where it is not there
//   profile = "kamstrup-no"            where the bytes do not tell
//   proof = "capture"                  what shows that it is read: capture, sample, simulation,
//   none note = "…"                         what else one should know reason = "…" why it cannot be
//   read yet simulated = ["kaifa-salzburg"]     who plays it in meter-sim
//
// A preset is a layer of settings below the file that names it. What the wire shows goes before it
// for the line, the link and the profile, with a warning; not for ciphering: there it is an error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "config/document.hpp"

namespace meterpipe::config {

struct Interface {
  std::string_view name, adapter, wiring;
};
const Interface* find_interface(std::string_view name);

struct Operator {
  std::string name;
  std::string title, country, meters, interface, line, link, key, interval, profile, proof, note,
      reason;
  std::vector<std::string> ciphering, simulated;
  unsigned fewest_keys = 0, most_keys = 0;
  bool answer = false;  // each message wants one

  bool works() const { return reason.empty(); }
  // As of a file of settings.
  Document settings() const;
};

// The place is that of the mistake.
tl::expected<Operator, SyntaxError> parse_operator(std::string_view name, std::string_view text);

// All that are compiled in, by name.
const std::vector<Operator>& operators();
const Operator* find_operator(std::string_view name);
// ": did you mean NAME?" of the operator that is near, whatever its letters' case, or that alone
// has this word in its title; or nothing.
std::string operator_meant(std::string_view name);

// A line each: name, title, meters, line, proof.
std::string table_of(const std::vector<Operator>& operators);
// All that is known of one, for people.
std::string described(const Operator& one);

}  // namespace meterpipe::config
