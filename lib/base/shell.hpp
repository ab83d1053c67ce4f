// Words of a command line, as a POSIX shell reads them.
#pragma once

#include <string>
#include <string_view>

namespace meterpipe {

// In quotes where the shell would take it for something else than one word: my house -> 'my house'.
std::string shell_word(std::string_view word);

}  // namespace meterpipe
