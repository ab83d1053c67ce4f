#include "doctor/report.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "json/writer.hpp"

namespace meterpipe::doctor {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kTextAt = 23;  // column of the evidence

// Words in lines of kWidth at most; the first line goes on at `column`, the others at `indent`.
void add_wrapped(Buffer& out, std::string_view text, std::size_t column, std::size_t indent) {
  bool first = true;
  const auto next_line = [&] {
    out.add('\n');
    out.add(std::string(indent, ' '));
    column = indent;
    first = true;
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    const bool is_line = end < text.size() && text[end] == '\n';
    if (!first && !word.empty() && column + 1 + word.size() > kWidth) next_line();
    if (!word.empty()) {
      if (!first) out.add(' ');
      out.add(word);
      column += word.size() + (first ? 0 : 1);
      first = false;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
    if (is_line) next_line();
  }
  out.add('\n');
}

std::string capitalized(std::string_view text) {
  std::string sentence(text);
  if (!sentence.empty()) sentence[0] = upper(sentence[0]);
  return sentence;
}

void add_fact(json::Writer& out, const Fact& fact) {
  out.key(fact.name);
  if (const auto* number = std::get_if<std::uint64_t>(&fact.value)) {
    out.number(*number);
  } else if (const auto* difference = std::get_if<std::int64_t>(&fact.value)) {
    out.number(*difference);
  } else if (const auto* share = std::get_if<double>(&fact.value)) {
    // Four digits are more than what such a number rests on.
    out.raw(std::isfinite(*share) ? fmt::format("{:.4g}", *share) : std::string("null"));
  } else if (const auto* flag = std::get_if<bool>(&fact.value)) {
    out.boolean(*flag);
  } else {
    out.string(std::get<std::string>(fact.value));
  }
}

void add_facts(json::Writer& out, const Finding& finding, std::set<std::string_view>& seen) {
  for (const Fact& fact : finding.facts) {
    if (seen.insert(fact.name).second) add_fact(out, fact);
  }
}

}  // namespace

void write_text(Buffer& out, const Diagnosis& diagnosis) {
  for (std::size_t i = 0; i < kLayers; ++i) {
    const Finding& finding = diagnosis.layers[i];
    const bool reached = finding.state != State::not_reached;
    const std::string head = fmt::format("{:<11}{:<12}", name(static_cast<Layer>(i)),
                                         reached ? name(finding.state) : "not reached");
    if (finding.text.empty()) {
      out.add(head.substr(0, head.find_last_not_of(' ') + 1));
      out.add('\n');
    } else {
      out.add(head);
      add_wrapped(out, finding.text, kTextAt, kTextAt);
    }
  }
  out.add('\n');
  const CauseRow& row = row_of(diagnosis.cause);
  const std::string sure =
      diagnosis.layer == Layer::none
          ? std::string()
          : fmt::format(" ({}, {:.0f} % sure)", row.code, diagnosis.confidence * 100);
  add_wrapped(out, fmt::format("{}{}.", capitalized(row.meaning), sure), 0, 0);
  if (const std::string_view advice = diagnosis.advice(); !advice.empty()) {
    out.add("Try: ");
    add_wrapped(out, advice, 5, 5);
  }
  for (const Finding& finding : diagnosis.layers) {
    for (const Remark& remark : finding.remarks) {
      out.add("Remark: ");
      add_wrapped(out, fmt::format("{} ({})", remark.text, remark.code), 8, 8);
    }
  }
}

void write_json(Buffer& buffer, const Diagnosis& diagnosis) {
  json::Writer out(buffer);
  out.begin_object();
  out.key("v"), out.number(1);
  out.key("ok"), out.boolean(diagnosis.ok);
  out.member("layer", name(diagnosis.layer));
  out.member("cause", code_of(diagnosis.cause));
  out.key("confidence"), out.raw(fmt::format("{:.2f}", diagnosis.confidence));
  out.key("evidence"), out.begin_object();
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < kLayers; ++i) {
    if (diagnosis.layer == Layer::none || diagnosis.layer == static_cast<Layer>(i)) {
      add_facts(out, diagnosis.layers[i], seen);
    }
  }
  out.end_object();
  out.member("try", diagnosis.advice());
  out.key("layers"), out.begin_array();
  for (std::size_t i = 0; i < kLayers; ++i) {
    const Finding& finding = diagnosis.layers[i];
    out.begin_object();
    out.member("layer", name(static_cast<Layer>(i)));
    out.member("state", name(finding.state));
    if (!finding.text.empty()) out.member("text", finding.text);
    if (!finding.facts.empty()) {
      std::set<std::string_view> own;
      out.key("evidence"), out.begin_object();
      add_facts(out, finding, own);
      out.end_object();
    }
    out.end_object();
  }
  out.end_array();
  out.key("remarks"), out.begin_array();
  for (std::size_t i = 0; i < kLayers; ++i) {
    for (const Remark& remark : diagnosis.layers[i].remarks) {
      out.begin_object();
      out.member("layer", name(static_cast<Layer>(i)));
      out.member("code", remark.code);
      out.member("text", remark.text);
      out.end_object();
    }
  }
  out.end_array();
  out.end_object();
  buffer.add('\n');
}

}  // namespace meterpipe::doctor
