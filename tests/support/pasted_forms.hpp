// Forms in which people paste a dump, each as a function of the bytes: what stands before a row,
// what between its bytes, what around all of it.
#pragma once

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "base/hex.hpp"
#include "support/text.hpp"

namespace meterpipe::test {

struct PastedForm {
  std::string name;
  std::function<std::string(Bytes)> make;
  bool live = true;  // each line alone tells enough
};

template <class... Args>
std::string formatted(const char* format, Args... args) {
  char text[160];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

// The bytes of a row, each by `format`, with `between`.
inline std::string row_of(Bytes bytes, const char* format, const std::string& between) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i != 0) out += between;
    out += formatted(format, static_cast<unsigned>(bytes[i]));
  }
  return out;
}

inline std::string characters_of(Bytes bytes) {
  std::string out;
  for (const std::uint8_t c : bytes) out += c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '.';
  return out;
}

// Rows of `columns` bytes, each by `line(offset, row, number)`.
template <class MakeLine>
std::string rows_of(Bytes bytes, std::size_t columns, MakeLine line) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += columns) {
    out += line(at, bytes.subspan(at, std::min(columns, bytes.size() - at)), at / columns);
    out += '\n';
  }
  return out;
}

inline std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

inline std::string base64_of(Bytes bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < n ? bytes[i + k] : 0u);
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= n ? kAlphabet[bits >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

inline std::string python_repr(Bytes bytes) {
  std::string out = "b'";
  for (const std::uint8_t c : bytes) {
    if (c == '\\' || c == '\'') out += '\\';
    if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else if (c >= 0x20 && c < 0x7f) {
      out += static_cast<char>(c);
    } else {
      out += formatted("\\x%02x", static_cast<unsigned>(c));
    }
  }
  return out + "'";
}

inline std::string upper_of(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

inline std::vector<PastedForm> pasted_forms() {
  std::vector<PastedForm> forms;
  // What stands before each row: times, tags, offsets; %t a time of the day, %u a large number that
  // grows, %o the offset, %n the row's number.
  struct Before {
    const char* name;
    std::function<std::string(std::size_t offset, std::size_t number)> make;
    bool live = true;
  };
  const auto clock = [](std::size_t n) {
    return formatted("%02zu:%02zu:%02zu", 9 + n / 3600 % 12, n / 60 % 60, n * 7 % 60);
  };
  const std::vector<Before> befores{
      {"nothing", [](auto, auto) { return std::string(); }},
      {"time", [=](auto, auto n) { return clock(n) + " "; }},
      {"time and milliseconds",
       [=](auto, auto n) { return clock(n) + formatted(".%03zu -> ", n * 77 % 1000); }},
      {"time in brackets, level, tag",
       [=](auto, auto n) { return "[" + clock(n) + "][D][uart_debug:114]: <<< "; }},
      {"date and time", [=](auto, auto n) { return "2022-02-04 " + clock(n) + " "; }},
      {"ISO time with a zone",
       [=](auto, auto n) { return "2022-02-04T" + clock(n) + ".123456+01:00 host meter: "; }},
      {"ISO time in UTC", [=](auto, auto n) { return "2022-02-04T" + clock(n) + ".5Z "; }},
      {"German date", [=](auto, auto n) { return "04.02.2022 " + clock(n) + " [RX] - "; }},
      {"American date", [=](auto, auto n) { return "02/04/2022 " + clock(n) + " PM  "; }},
      {"journal", [=](auto, auto n) { return "Feb 04 " + clock(n) + " pi meter[123]: "; }},
      {"logcat",
       [=](auto, auto n) { return "04-02 " + clock(n) + ".123  1234  5678 D Meter   : "; }},
      {"docker", [](auto, auto) { return std::string("meter-1  | "); }},
      {"python log",
       [=](auto, auto n) { return "2022-02-04 " + clock(n) + ",123 DEBUG    [12] serial: "; }},
      {"kernel", [](auto, auto n) { return formatted("[%5zu.%06zu] usb: ", 300 + n, n * 991); }},
      {"epoch", [](auto, auto n) { return formatted("%zu ", 1644000000 + n * 37); }},
      {"epoch in milliseconds", [](auto, auto n) { return formatted("%zu ", 1644000000123 + n); }},
      {"epoch and fraction",
       [](auto, auto n) { return formatted("%zu.%03zu ", 1644000000 + n, n); }},
      {"direction", [](auto, auto) { return std::string("RX: "); }},
      {"arrow", [](auto, auto) { return std::string("<- "); }},
      {"quotation", [](auto, auto) { return std::string("> > "); }},
      {"bullet", [](auto, auto) { return std::string("- "); }},
      {"number and colon", [](auto, auto n) { return formatted("%zu: ", n + 1); }},
      {"number and dot", [](auto, auto n) { return formatted("%zu. ", n + 1); }},
      {"number in brackets", [](auto, auto n) { return formatted("[%zu] ", n); }},
      {"address", [](auto, auto) { return std::string("192.168.1.10:1234 -> "); }},
      {"MAC address", [](auto, auto) { return std::string("aa:bb:cc:dd:ee:ff "); }},
      {"offset, 8 hex digits", [](auto at, auto) { return formatted("%08zx: ", at); }},
      {"offset, 7 octal digits", [](auto at, auto) { return formatted("%07zo ", at); }},
      {"offset, 6 hex digits", [](auto at, auto) { return formatted("%06zx ", at); }},
      {"offset, 7 decimal digits", [](auto at, auto) { return formatted("%07zu ", at); }},
      {"offset, 3 decimal digits", [](auto at, auto) { return formatted("%03zu: ", at); }},
      {"offset from 1", [](auto at, auto) { return formatted("%03zu: ", at + 1); }},
      {"offset with 0x", [](auto at, auto) { return formatted("\t0x%04zx:  ", at); }},
      {"offset with h", [](auto at, auto) { return formatted("%08zXh: ", at); }},
      {"address in memory", [](auto at, auto) { return formatted("0x%08zx | ", 0x20000000 + at); }},
      {"segment and offset", [](auto at, auto) { return formatted("1234:%04zX  ", 256 + at); }},
      {"offset in a table", [](auto at, auto) { return formatted("| %04zX | ", at); }},
  };
  struct Between {
    const char* name;
    const char* format;
    const char* between;
  };
  const std::vector<Between> betweens{
      {"blanks", "%02x", " "}, {"upper case", "%02X", " "},          {"colons", "%02x", ":"},
      {"0x", "0x%02X", ", "},  {"0x without blanks", "0x%02x", ","}, {"digits alone", "%02x", ""},
  };
  for (const Before& before : befores) {
    for (const Between& between : betweens) {
      // Digits alone would make another form of it; colons, too, of what has one in it.
      if (before.name == std::string("segment and offset") && *between.between == ':') continue;
      const std::string name = before.name;
      if (*between.between == '\0' && (name == "quotation" || name == "nothing")) continue;
      forms.push_back({name + ", " + between.name,
                       [=](Bytes bytes) {
                         return rows_of(bytes, 16, [&](auto at, Bytes row, auto n) {
                           return before.make(at, n) + row_of(row, between.format, between.between);
                         });
                       },
                       before.live});
    }
  }
  // What stands between the bytes.
  for (const Between& between : std::vector<Between>{{"dots", "%02X", "."},
                                                     {"semicolons", "%02X", ";"},
                                                     {"commas", "%02x", ","},
                                                     {"bars", "%02X", "|"},
                                                     {"underlines", "%02x", "_"},
                                                     {"dollars", "$%02X", ""},
                                                     {"percents", "%%%02x", ""},
                                                     {"tabs", "%02x", "\t"},
                                                     {"hyphens", "%02X", "-"},
                                                     {"escapes", "\\x%02x", ""},
                                                     {"h", "%02Xh", " "},
                                                     {"assembler", "0%02Xh", ", "},
                                                     {"BASIC", "&H%02X", ","},
                                                     {"NBSP", "%02X", "\xc2\xa0"},
                                                     {"thin blanks", "%02x", "\xe2\x80\x89"},
                                                     {"brackets", "[%02X]", ""},
                                                     {"angles", "<%02x>", ""},
                                                     {"braces", "{%02x}", ""},
                                                     {"quotes", "'%02x'", ", "},
                                                     {"double quotes", "\"0x%02x\"", ","},
                                                     {"casts", "(byte)0x%02x", ", "},
                                                     {"unsigned", "0x%02Xu", ", "}}) {
    forms.push_back({between.name, [=](Bytes bytes) {
                       return rows_of(bytes, 20, [&](auto, Bytes row, auto) {
                         return row_of(row, between.format, between.between);
                       });
                     }});
  }
  const auto add = [&forms](const char* name, std::function<std::string(Bytes)> make,
                            bool live = true) {
    forms.push_back({name, std::move(make), live});
  };
  add("one or two digits", [](Bytes b) { return row_of(b, "%x", " ") + "\n"; });
  add("decimal", [](Bytes b) { return row_of(b, "%u", " ") + "\n"; });
  add("list", [](Bytes b) { return "[" + row_of(b, "%u", ", ") + "]\n"; });
  add(
      "decimal rows",
      [](Bytes b) {
        return rows_of(b, 16, [](auto, Bytes row, auto) { return row_of(row, "%u", " "); });
      },
      false);
  add(
      "node array",
      [](Bytes b) {
        return "Uint8Array(9) [\n" +
               rows_of(
                   b, 12,
                   [](auto, Bytes row, auto) { return "  " + row_of(row, "%3u", ", ") + ","; }) +
               "]\n";
      },
      false);
  add("signed", [](Bytes b) {
    std::string out;
    for (const std::uint8_t c : b) {
      out += formatted("%s%d", out.empty() ? "[" : ", ",
                       static_cast<int>(static_cast<std::int8_t>(c)));
    }
    return out + "]\n";
  });
  add("bits", [](Bytes b) {
    return rows_of(b, 8, [](auto, Bytes row, auto) {
      std::string out;
      for (const std::uint8_t c : row) {
        for (int bit = 7; bit >= 0; --bit) out += (c >> bit & 1) != 0 ? '1' : '0';
        out += ' ';
      }
      return out;
    });
  });
  add("JSON buffer", [](Bytes b) {
    return "{\"type\": \"Buffer\", \"data\": [" + row_of(b, "%u", ", ") + "]}\n";
  });
  add(
      "JSON buffer, a number a line",
      [](Bytes b) {
        return "{\n  \"type\": \"Buffer\",\n  \"data\": [\n    " + row_of(b, "%u", ",\n    ") +
               "\n  ]\n}\n";
      },
      false);
  add("JSON string", [](Bytes b) {
    return "{\"Time\":\"2022-02-04T16:43:20\",\"SerialReceived\":\"" + upper_of(to_hex(b)) +
           "\",\"len\":26}\n";
  });
  add("log with JSON", [](Bytes b) {
    return "16:43:20.123 MQT: tele/tasmota_A1B2C3/RESULT = {\"SerialReceived\":\"" + to_hex(b) +
           "\"}\n";
  });
  add("node buffer", [](Bytes b) { return "<Buffer " + row_of(b, "%02x", " ") + ">\n"; });
  add("Buffer.from", [](Bytes b) { return "const b = Buffer.from('" + to_hex(b) + "', 'hex')\n"; });
  add("fromhex",
      [](Bytes b) { return "DATA = bytes.fromhex('" + row_of(b, "%02X", " ") + "')\n"; });
  add("quoted", [](Bytes b) { return "\"" + to_hex(b) + "\"\n"; });
  add("b and digits", [](Bytes b) { return "b'" + to_hex(b) + "'\n"; });
  add("back-ticks", [](Bytes b) { return "`" + row_of(b, "%02x", " ") + "`\n"; });
  add("bytes", [](Bytes b) { return python_repr(b) + "\n"; });
  add("bytearray", [](Bytes b) { return "data = bytearray(" + python_repr(b) + ")\n"; });
  add("log with bytes", [](Bytes b) {
    return "2022-02-04 16:43:20.123 DEBUG (MainThread) [custom.dlms] Data: " + python_repr(b) +
           "\n";
  });
  add("strings of C", [](Bytes b) {
    return "char *s =\n" +
           rows_of(
               b, 16,
               [](auto, Bytes row, auto) { return "  \"" + row_of(row, "\\x%02x", "") + "\""; }) +
           ";\n";
  });
  add("array of C", [](Bytes b) {
    return "static const uint8_t frame[] = {\n" +
           rows_of(b, 12,
                   [](auto, Bytes row, auto) { return "  " + row_of(row, "0x%02X", ", ") + ","; }) +
           "};\n";
  });
  add("array of C with comments", [](Bytes b) {
    return rows_of(b, 8, [](auto, Bytes row, auto n) {
      return row_of(row, "0x%02x", ", ") + formatted(", /* row %zu, 12 34 56 78 */", n);
    });
  });
  add("one byte a line", [](Bytes b) { return row_of(b, "0x%02X", "\n") + "\n"; });
  add("comments behind", [](Bytes b) {
    return rows_of(b, 25, [](auto, Bytes row, auto n) {
      return row_of(row, "%02x", " ") +
             formatted(n % 2 == 0 ? " // part %zu of 12 34 56" : "  # %zu", n);
    });
  });
  add("in prose", [](Bytes b) {
    return "Hello,\n\nsince 2022-02-04 at 16:43 my 4 meters (12345678) send this at 2400 "
           "baud:\n\n```\n" +
           row_of(b, "%02X", " ") + "\n```\n\nAny idea? Thanks in advance, 73 de OE1XYZ\n";
  });
  add("header with a count", [](Bytes b) {
    return formatted("[2017-09-12 23.18.43.731 - Received %zu (0x29) bytes]\n", b.size()) +
           rows_of(b, 25, [](auto, Bytes row, auto) { return row_of(row, "%02X", " "); });
  });
  add("count behind",
      [](Bytes b) { return row_of(b, "%02X", ".") + formatted(" (%zu)\n", b.size()); });
  add("colours", [](Bytes b) {
    return rows_of(b, 25, [](auto, Bytes row, auto) {
      return "\x1b[0;36m[16:43:20][D][uart:100]: " + row_of(row, "%02x", " ") + "\x1b[0m";
    });
  });
  add("predecessor", [](Bytes b) { return "Telegram:  " + to_hex(b) + "\n"; });
  add("mosquitto_sub", [](Bytes b) { return "1644000000 meter/raw " + to_hex(b) + "\n"; });
  add("XML", [](Bytes b) { return "<Data>" + upper_of(to_hex(b)) + "</Data>\n"; });
  // With characters.
  const auto dump = [&](const char* name, const char* offset, std::size_t middle,
                        const std::string& before, const std::string& after, bool live = true) {
    add(
        name,
        [=](Bytes b) {
          return rows_of(b, 16, [&](auto at, Bytes row, auto) {
            std::string hex = row_of(row.first(std::min<std::size_t>(8, row.size())), "%02x", " ");
            if (row.size() > 8)
              hex += std::string(middle, ' ') + row_of(row.subspan(8), "%02x", " ");
            return formatted(offset, at) + padded(hex, 46 + middle) + before + characters_of(row) +
                   after;
          });
        },
        live);
  };
  dump("xxd -g 1", "%08zx: ", 1, "  ", "");
  dump("hexdump -C", "%08zx  ", 2, "  |", "|");
  dump("od -tx1z", "%07zo ", 1, "  >", "<");
  dump("Wireshark", "%04zx   ", 2, "   ", "");
  dump("WinHex", "%08zX   ", 3, "   ", "");
  dump("UltraEdit", "%08zXh: ", 1, " ; ", "");
  dump("characters in quotes", "%04zx: ", 1, "  '", "'");
  add("Format-Hex", [](Bytes b) {
    return "           00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\n\n" +
           rows_of(b, 16, [](auto at, Bytes row, auto) {
             return formatted("%08zX   ", at) + padded(row_of(row, "%02X", " "), 47) + "  " +
                    characters_of(row);
           });
  });
  add("characters without an offset", [](Bytes b) {
    return rows_of(b, 16, [](auto, Bytes row, auto) {
      return padded(row_of(row, "%02X", " "), 47) + "   " + characters_of(row);
    });
  });
  add("groups of four", [](Bytes b) {
    return rows_of(b, 16, [](auto, Bytes row, auto) {
      std::string out = "(V) ";
      for (std::size_t i = 0; i < row.size(); ++i) {
        out += formatted("%02X", static_cast<unsigned>(row[i])) + (i % 4 == 3 ? "  " : " ");
      }
      return out;
    });
  });
  add(
      "offset of two digits",
      [](Bytes b) {
        return rows_of(b.first(std::min<std::size_t>(b.size(), 256)), 16,
                       [](auto at, Bytes row, auto) {
                         return formatted("%02zX ", at) + row_of(row, "%02X", " ");
                       }) +
               (b.size() > 256 ? "\n" + to_hex(b.subspan(256)) + "\n" : "");
      },
      false);
  return forms;
}

// As UTF-16 with a byte order mark.
inline std::string utf16_of(const std::string& ascii, bool big_endian) {
  std::string out = big_endian ? "\xfe\xff" : "\xff\xfe";
  for (const char c : ascii) {
    if (big_endian) out += '\0';
    out += c;
    if (!big_endian) out += '\0';
  }
  return out;
}

}  // namespace meterpipe::test
