// make-filters CALLS OUT.cpp: of the lists in CALLS (its head says how they are written) the BPF
// programs that the kernel runs, made by libseccomp: a program for each profile and architecture.
// Those that are built need no library for them, and no time to make them.
//
// make-filters CALLS --list ARCHITECTURE PROFILE: the calls that it lets through, and their
// numbers.

#include <seccomp.h>

#include <linux/filter.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Architecture {
  const char* name;
  std::uint32_t token;
  const char* condition;  // of the compiler that compiles for it
};
constexpr Architecture kArchitectures[]{
    {"x86_64", SCMP_ARCH_X86_64, "defined(__x86_64__) && !defined(__ILP32__)"},
    {"aarch64", SCMP_ARCH_AARCH64, "defined(__aarch64__) && !defined(__ILP32__)"},
    {"arm", SCMP_ARCH_ARM, "defined(__arm__)"},
    {"x86", SCMP_ARCH_X86, "defined(__i386__)"},
    {"riscv64", SCMP_ARCH_RISCV64, "defined(__riscv) && __riscv_xlen == 64"},
};
constexpr int kMostCalls = 600;  // no call has a higher number

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

void must(int result, const std::string& what) {
  if (result < 0) fail(what + ": " + std::strerror(-result));
}

struct Call {
  std::string name;
  std::optional<scmp_arg_cmp> only;
  std::uint32_t refused = 0;  // an errno
};

struct Lists {
  std::map<std::string, std::vector<Call>> groups;
  std::vector<std::pair<std::string, std::vector<std::string>>> profiles;
};

std::uint64_t number(const std::string& text, const std::string& of) {
  std::size_t end = 0;
  const std::uint64_t value = text.empty() ? 0 : std::stoull(text, &end, 0);
  if (text.empty() || end != text.size()) fail(of + ": '" + text + "' is no number");
  return value;
}

// call = name [ "[" argument [ "&" mask ] "==" value "]" ] [ "=" errno ]
Call parse_call(const std::string& text) {
  Call call;
  const std::size_t name_end = text.find_first_of("[=");
  call.name = text.substr(0, name_end);
  if (name_end == std::string::npos) return call;
  const std::size_t end = text[name_end] == '[' ? text.find(']') + 1 : name_end;
  if (end < text.size() && text[end] == '=') {
    call.refused = static_cast<std::uint32_t>(number(text.substr(end + 1), text));
  } else if (end != text.size()) {
    fail(text + ": =ERRNO wanted");
  }
  if (end == name_end) return call;
  const std::size_t equals = text.find("==");
  if (equals >= end) fail(text + ": [ARGUMENT==VALUE] wanted");
  const std::string value = text.substr(equals + 2, end - equals - 3);
  const std::string left = text.substr(name_end + 1, equals - name_end - 1);
  const std::size_t mask = left.find('&');
  scmp_arg_cmp only{};
  only.arg = static_cast<unsigned>(number(left.substr(0, mask), text));
  only.op = mask == std::string::npos ? SCMP_CMP_EQ : SCMP_CMP_MASKED_EQ;
  only.datum_a = number(mask == std::string::npos ? value : left.substr(mask + 1), text);
  only.datum_b = mask == std::string::npos ? 0 : number(value, text);
  call.only = only;
  return call;
}

Lists read_lists(const std::string& path) {
  std::ifstream in(path);
  if (!in) fail(path + ": cannot be read");
  Lists lists;
  for (std::string line; std::getline(in, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    std::istringstream words(line);
    std::string what, name;
    if (!(words >> what)) continue;
    if (!(words >> name) || name.back() != ':') fail(line + ": NAME: wanted");
    name.pop_back();
    std::vector<std::string> rest;
    for (std::string word; words >> word;) rest.push_back(word);
    if (what == "group") {
      for (const std::string& word : rest) lists.groups[name].push_back(parse_call(word));
    } else if (what == "profile") {
      lists.profiles.emplace_back(name, rest);
    } else {
      fail(line + ": group or profile wanted");
    }
  }
  return lists;
}

std::vector<Call> calls_of(const Lists& lists, const std::vector<std::string>& groups) {
  std::vector<Call> calls;
  for (const std::string& name : groups) {
    const auto group = lists.groups.find(name);
    if (group == lists.groups.end()) fail("there is no group " + name);
    calls.insert(calls.end(), group->second.begin(), group->second.end());
  }
  return calls;
}

// Negative where the architecture has none of this name.
int number_of(const Call& call, std::uint32_t architecture) {
  if (seccomp_syscall_resolve_name(call.name.c_str()) == __NR_SCMP_ERROR) {
    fail(call.name + ": libseccomp knows no such call");
  }
  return seccomp_syscall_resolve_name_arch(architecture, call.name.c_str());
}

std::vector<sock_filter> filter_of(const std::vector<Call>& calls, std::uint32_t architecture) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
  if (filter == nullptr) fail("libseccomp makes no filter");
  const std::uint32_t native = seccomp_arch_native();
  if (architecture != native) {
    must(seccomp_arch_add(filter, architecture), "architecture");
    must(seccomp_arch_remove(filter, native), "native architecture");
  }
  must(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(1)), "other architectures");
  must(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "binary tree");
  // A call that is let through whatever its arguments are goes before its own rules on them.
  std::map<std::string, bool> whole;
  for (const Call& call : calls) whole[call.name] |= !call.only && call.refused == 0;
  for (const Call& call : calls) {
    const int number = number_of(call, architecture);
    if (number < 0 || (whole[call.name] && call.only)) continue;
    const std::uint32_t action = call.refused == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(call.refused);
    const int done =
        call.only ? seccomp_rule_add_array(filter, action, number_of(call, native), 1, &*call.only)
                  : seccomp_rule_add_array(filter, action, number_of(call, native), 0, nullptr);
    if (done != -EEXIST) must(done, call.name);
  }
  std::FILE* const file = std::tmpfile();
  if (file == nullptr) fail("no temporary file");
  must(seccomp_export_bpf(filter, fileno(file)), "export");
  seccomp_release(filter);
  std::rewind(file);
  std::vector<sock_filter> program;
  for (sock_filter one{}; std::fread(&one, sizeof one, 1, file) == 1;) program.push_back(one);
  std::fclose(file);
  return program;
}

void write_filters(const Lists& lists, std::ostream& out) {
  out << "// Made of sandbox/calls by sandbox/make_filters.cpp with libseccomp.\n"
         "#include <linux/filter.h>\n\n#include \"os/sandbox.hpp\"\n\n"
         "namespace meterpipe::os {\nnamespace {\n";
  const char* directive = "#if ";
  for (const Architecture& architecture : kArchitectures) {
    out << '\n' << directive << architecture.condition << '\n';
    directive = "#elif ";
    for (const auto& [name, groups] : lists.profiles) {
      out << "constexpr sock_filter k_" << name << "[]{";
      int column = 0;
      for (const sock_filter& one : filter_of(calls_of(lists, groups), architecture.token)) {
        out << (column++ % 4 == 0 ? "\n    " : " ") << '{' << one.code << ", " << unsigned{one.jt}
            << ", " << unsigned{one.jf} << ", " << one.k << "},";
      }
      out << "};\n";
    }
    out << "constexpr const char* kNames =";
    for (int i = 0; i < kMostCalls; ++i) {
      char* const name = seccomp_syscall_resolve_num_arch(architecture.token, i);
      out << (i % 8 == 0 ? "\n    " : " ") << '"' << (name == nullptr ? "" : name) << "\\0\"";
      std::free(name);
    }
    out << ";\nconstexpr int kMostCalls = " << kMostCalls << ";\n";
  }
  out << "\n#else  // libseccomp makes none for it: as a kernel that has none\n";
  for (const auto& [name, groups] : lists.profiles) {
    out << "constexpr sock_filter k_" << name << "[1]{};\n";
  }
  out << "constexpr const char* kNames = \"\";\nconstexpr int kMostCalls = 0;\n#endif\n\n"
         "template <std::size_t size>\n"
         "constexpr Calls calls_in(const sock_filter (&program)[size]) {\n"
         "  return {program, size > 1 ? static_cast<unsigned short>(size) : "
         "static_cast<unsigned short>(0)};\n}\n\n}  // namespace\n\n";
  for (const auto& [name, groups] : lists.profiles) {
    out << "constinit const Calls Calls::" << name << " = calls_in(k_" << name << ");\n";
  }
  out << "\nconst char* name_of_call(int number) {\n"
         "  if (number < 0 || number >= kMostCalls) return \"\";\n"
         "  const char* name = kNames;\n"
         "  for (; number != 0; --number) {\n    while (*name++ != '\\0') {\n    }\n  }\n"
         "  return name;\n}\n\n}  // namespace meterpipe::os\n";
}

void list(const Lists& lists, const std::string& architecture, const std::string& profile) {
  for (const Architecture& one : kArchitectures) {
    if (one.name != architecture) continue;
    for (const auto& [name, groups] : lists.profiles) {
      if (name != profile) continue;
      for (const Call& call : calls_of(lists, groups)) {
        const int number = number_of(call, one.token);
        if (number >= 0 && call.refused == 0) std::cout << call.name << ' ' << number << '\n';
      }
      return;
    }
    fail("there is no profile " + profile);
  }
  fail("there is no architecture " + architecture);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 5 && std::string(argv[2]) == "--list") {
      list(read_lists(argv[1]), argv[3], argv[4]);
      return 0;
    }
    if (argc != 3) fail("usage: make-filters CALLS OUT.cpp");
    std::ostringstream text;
    write_filters(read_lists(argv[1]), text);
    std::ofstream(argv[2]) << text.str();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "make-filters: " << error.what() << '\n';
    return 1;
  }
}
