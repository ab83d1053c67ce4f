// Files of operators: what is compiled in, and what is refused.
#include "config/operators.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include <fmt/format.h>

using namespace meterpipe;

namespace {

const std::string kGood = R"(title = "Somebody"
country = "AT"
meters = "any"
interface = "p1"
line = "115200-8N1"
link = "hdlc"
ciphering = ["20"]
keys = 1
key = "portal"
interval = "5s"
proof = "capture"
simulated = ["am550-kaernten"]
)";

// With one line of it in another form, or another one more.
std::string with(std::string_view key, std::string_view line) {
  std::string text = kGood;
  const std::size_t at = text.find(fmt::format("{} = ", key));
  if (at == text.npos) return text + std::string(line) + '\n';
  return text.replace(at, text.find('\n', at) - at, line);
}

std::string mistake(const std::string& text) {
  const auto one = config::parse_operator("somebody", text);
  return one ? "none" : fmt::format("{}:{}", one.error().place.line, one.error().text);
}

}  // namespace

TEST_CASE("operators: all that are compiled in can be read, and are told apart") {
  const auto& all = config::operators();
  CHECK(all.size() >= 28);
  CHECK(std::ranges::is_sorted(all, {}, &config::Operator::name));
  for (const config::Operator& one : all) {
    CAPTURE(one.name);
    CHECK(config::find_operator(one.name) == &one);
    CHECK(config::find_interface(one.interface) != nullptr);
    CHECK(config::described(one).find(one.title) != std::string::npos);
    CHECK(one.works() != (one.proof == "none"));
  }
  CHECK(config::find_operator("nobody") == nullptr);
}

TEST_CASE("operators: what a preset sets") {
  const auto sets = [](const std::string& text) {
    std::string all;
    const auto one = config::parse_operator("somebody", text);
    REQUIRE(one.has_value());
    for (const config::Entry& entry : one->settings().entries) {
      all += fmt::format("{}.{}={} ", entry.section, entry.key, entry.value.text);
    }
    return all;
  };
  CHECK(sets(kGood) ==
        "mbus-read.line=115200-8N1 mbus-frame.expect-link=hdlc dlms-decrypt.plain=refuse ");
  CHECK(sets(with("keys", "keys = 2")) ==
        "mbus-read.line=115200-8N1 mbus-frame.expect-link=hdlc dlms-decrypt.plain=refuse "
        "dlms-decrypt.auth=require ");
  // Some cipher, some do not: nothing is asked.
  CHECK(sets(with("keys", "keys = [0, 2]")) ==
        "mbus-read.line=115200-8N1 mbus-frame.expect-link=hdlc ");
  CHECK(sets(with("profile", "profile = \"x\"")) ==
        "mbus-read.line=115200-8N1 mbus-frame.expect-link=hdlc dlms-decrypt.plain=refuse "
        "cosem-decode.profile=x ");
}

TEST_CASE("operators: what does not fit the schema") {
  CHECK(mistake(kGood) == "none");
  CHECK(mistake(with("title", "")) == "0:title: is missing");
  CHECK(mistake(with("title", "title = 5")) == "1:title: a string");
  CHECK(mistake(with("title", "title = \"\"")) == "1:title: a string");
  CHECK(mistake(with("titel", "titel = \"x\"")) ==
        "13:titel: there is no such key: did you mean title?");
  CHECK(mistake(with("section", "[section]")) == "13:there are no sections");
  CHECK(mistake(with("interface", "interface = \"p2\"")) ==
        "4:interface: 'p2' is none of mbus-rj12, mbus, p1, infrared, rs485, network: did you mean "
        "p1?");
  CHECK(mistake(with("link", "link = \"hdcl\"")) ==
        "6:link: 'hdcl' is none of mbus, hdlc, wrapper, p1, llc, none: did you mean hdlc?");
  CHECK(mistake(with("proof", "proof = \"hope\"")) ==
        "11:proof: 'hope' is none of capture, sample, simulation, none");
  CHECK(mistake(with("ciphering", "ciphering = \"20\"")) == "7:ciphering: a list of strings");
  CHECK(mistake(with("ciphering", "ciphering = [\"oms-5\"]")) == "none");
  CHECK(mistake(with("ciphering", "ciphering = [20]")) == "7:ciphering: a list of strings");
  CHECK(mistake(with("ciphering", "ciphering = [\"2x\"]")) ==
        "7:ciphering: '2x' is no security control byte in hex");
  CHECK(mistake(with("ciphering", "ciphering = []")) == "8:keys: keys, and nothing is ciphered");
  CHECK(mistake(with("keys", "keys = 0")) == "8:keys: ciphered, and no key");
  CHECK(mistake(with("keys", "keys = 3")) ==
        "8:keys: 0, 1 or 2, or a list of the fewest and the most");
  CHECK(mistake(with("keys", "keys = [2, 0]")) == "8:keys: the fewest first");
  CHECK(mistake(with("key", "")) == "0:key: is missing");
  CHECK(mistake(with("simulated", "simulated = []")) == "12:simulated: a meter to test it with");
  CHECK(mistake(with("reason", "reason = \"no\"")) == "11:proof: none, where there is a reason");
  CHECK(mistake("title = ") != "none");
}
