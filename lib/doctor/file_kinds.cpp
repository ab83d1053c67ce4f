#include "doctor/file_kinds.hpp"

#include <array>
#include <utility>

namespace meterpipe::doctor {

std::string_view kind_of_file(std::string_view bytes) {
  using namespace std::string_view_literals;
  constexpr std::array kSignatures{
      std::pair{"\x7f"
                "ELF"sv,
                "a program"sv},
      std::pair{"PK\x03\x04"sv, "a zip archive"sv},
      std::pair{"\x1f\x8b\x08"sv, "a file compressed by gzip"sv},
      std::pair{"BZh"sv, "a file compressed by bzip2"sv},
      std::pair{"\x28\xb5\x2f\xfd"sv, "a file compressed by zstd"sv},
      std::pair{"\xfd"
                "7zXZ"sv,
                "an xz archive"sv},
      std::pair{"7z\xbc\xaf\x27\x1c"sv, "a 7z archive"sv},
      std::pair{"Rar!"sv, "a rar archive"sv},
      std::pair{"\x89PNG\r\n"sv, "a picture"sv},
      std::pair{"\xff\xd8\xff"sv, "a picture"sv},
      std::pair{"GIF8"sv, "a picture"sv},
      std::pair{"RIFF"sv, "sound or a picture"sv},
      std::pair{"%PDF-"sv, "a PDF document"sv},
      std::pair{"\xd0\xcf\x11\xe0"sv, "a document of Office"sv},
      std::pair{"\xd4\xc3\xb2\xa1"sv, "a capture of a network (pcap)"sv},
      std::pair{"\x4d\x3c\xb2\xa1"sv, "a capture of a network (pcap)"sv},
      std::pair{"\x0a\x0d\x0d\x0a"sv, "a capture of a network (pcapng)"sv},
      std::pair{"SQLite format"sv, "a database"sv}};
  for (const auto& [start, kind] : kSignatures) {
    if (bytes.starts_with(start)) return kind;
  }
  return {};
}

}  // namespace meterpipe::doctor
