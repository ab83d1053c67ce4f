// Questions to who sits at the terminal, or to what is piped in.
#pragma once

#include <functional>
#include <string>

namespace meterpipe::runner {

enum class Echo { shown, hidden };

// The answer without blanks at its ends; `otherwise` where it is empty. `wrong` says what is wrong
// with an answer, empty: nothing; it is asked again then. Throws Exit 64 where the answers end.
std::string ask(const std::string& question, const std::string& otherwise,
                const std::function<std::string(const std::string&)>& wrong = nullptr,
                Echo echo = Echo::shown);

}  // namespace meterpipe::runner
