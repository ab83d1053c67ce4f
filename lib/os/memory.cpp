#include "os/memory.hpp"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace meterpipe::os {
namespace {

// Whether its code was changed when it was loaded: then the file has not what is needed. No library
// of Debian is like that.
bool has_changed_code(const dl_phdr_info& object) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    if (object.dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const auto* entry =
        reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + object.dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_TEXTREL) return true;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
    }
  }
  return false;
}

// The program itself has no name here, libraries have that of their file; the kernel's own one has
// no path.
int give_back_one(dl_phdr_info* object, std::size_t, void* seen) {
  const bool is_first = !std::exchange(*static_cast<bool*>(seen), true);
  if ((!is_first && object->dlpi_name[0] != '/') || has_changed_code(*object)) return 0;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0) continue;
    const std::uintptr_t from = (object->dlpi_addr + part.p_vaddr + page - 1) / page * page;
    const std::uintptr_t to = (object->dlpi_addr + part.p_vaddr + part.p_filesz) / page * page;
    // Nothing is ever written there, so nothing is lost.
    if (from < to) ::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void give_back_code() {
  bool seen = false;
  ::dl_iterate_phdr(give_back_one, &seen);
}

}  // namespace meterpipe::os
