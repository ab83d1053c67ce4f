// A message as people see it (lib/views): byte by byte each byte stands once and in order,
// printable, and what was shown is read again as a dump; XML closes what it opens; the tree is
// JSON.
#include <string>
#include <vector>

#include "base/utf8.hpp"
#include "decode/reading_maker.hpp"
#include "fuzz/fuzz.hpp"
#include "json/fields.hpp"
#include "support/shown.hpp"
#include "views/asn_writers.hpp"
#include "views/message.hpp"

namespace meterpipe::fuzz {

namespace {

readings::ProfileSet profiles() {
  readings::ProfileSet set;
  set.use_builtin();
  return set;
}

// Elements close in the order in which they opened; no `--` and no `<` where none may stand.
void check_xml(std::string_view text) {
  CAPTURE(text);
  std::vector<std::string_view> open;
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string_view::npos;) {
    if (text.substr(at).starts_with("<!--")) {
      const std::size_t end = text.find("--", at + 4);
      REQUIRE(end != std::string_view::npos);
      REQUIRE(text.substr(end).starts_with("-->"));
      at = end + 3;
      continue;
    }
    const std::size_t end = text.find('>', at);
    REQUIRE(end != std::string_view::npos);
    std::string_view tag = text.substr(at + 1, end - at - 1);
    REQUIRE(tag.find('<') == std::string_view::npos);
    at = end + 1;
    if (tag.starts_with('/')) {
      REQUIRE_FALSE(open.empty());
      REQUIRE(open.back() == tag.substr(1));
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
  }
  REQUIRE(open.empty());
}

}  // namespace

void check(Bytes input) {
  static views::MessageWriter writer(profiles(), {});
  record::ApduRecord record;
  record.head.src = "test";
  record.bytes.assign(input.begin(), input.end());
  Buffer out;
  const bool good = writer.write_plain(out, record);
  const test::Shown shown = test::taken_apart(std::string(out.view()), good);
  CAPTURE(shown.text);
  REQUIRE(shown.blocks.size() == (input.empty() ? 0 : 1));
  if (!input.empty()) REQUIRE(same(shown.blocks[0], input));
  test::check_read_again(shown);

  for (const auto dialect : {views::XmlDialect::predecessor, views::XmlDialect::gurux}) {
    Buffer xml;
    const auto written = views::write_xml(xml, input, dialect);
    if (written) check_xml(xml.view());
    if (!written) REQUIRE(xml.empty());
  }
  Buffer tree;
  if (views::write_tree(tree, input)) {
    json::Fields fields;
    std::string_view line = tree.view();
    while (line.ends_with('\n')) line.remove_suffix(1);
    REQUIRE(fields.parse(line).has_value());
  } else {
    REQUIRE(tree.empty());
  }
}

}  // namespace meterpipe::fuzz
