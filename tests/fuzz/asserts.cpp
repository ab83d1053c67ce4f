// Asserts of doctest outside of a test case: one that fails ends the process with what was held
// against what.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>

#include "base/fnv.hpp"
#include "fuzz/fuzz.hpp"

namespace meterpipe::fuzz {

namespace {

void failed(const doctest::AssertData& what) {
  if (!what.m_failed || (what.m_at & doctest::assertType::is_warn) != 0) return;
  std::cerr << what.m_file << ':' << what.m_line << ": " << what.m_expr << "\n  is "
            << what.m_decomp.c_str() << '\n';
  const int contexts = doctest::IReporter::get_num_active_contexts();
  const doctest::IContextScope* const* context = doctest::IReporter::get_active_contexts();
  for (int i = 0; i < contexts; ++i) {
    std::cerr << "  ";
    context[i]->stringify(&std::cerr);
    std::cerr << '\n';
  }
  std::cerr.flush();
  std::abort();
}

}  // namespace

void begin_asserts() {
  static doctest::Context context;
  context.setAsDefaultForAssertsOutOfTestCases();
  context.setAssertHandler(failed);
}

test::Random chance_of(Bytes input) { return test::Random(fnv1a_64(as_text(input))); }

std::vector<std::size_t> cuts_of(Bytes input) {
  test::Random random = chance_of(input);
  const std::size_t most = random.one_in(2) ? 8 : 200;
  std::vector<std::size_t> cuts;
  for (std::size_t at = 0; (at += random.between(1, most)) < input.size();) cuts.push_back(at);
  return cuts;
}

}  // namespace meterpipe::fuzz
