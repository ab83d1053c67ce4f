#include <doctest/doctest.h>

#include "serial/kernel_termios.hpp"
#include "serial/line_settings.hpp"

namespace meterpipe::serial {

namespace {

KernelTermios termios_of(std::string_view text) {
  const auto settings = parse_line_settings(text);
  REQUIRE(settings);
  return to_termios(*settings);
}

std::string error_of(std::string_view text) {
  const auto settings = parse_line_settings(text);
  REQUIRE_FALSE(settings);
  return settings.error();
}

}  // namespace

TEST_CASE("line settings are read and printed back") {
  for (const char* text :
       {"2400-8E1", "9600-8N1", "300-7E1", "115200-5O2", "12345-6N1", "50-8N1", "4000000-8N2"}) {
    const auto settings = parse_line_settings(text);
    REQUIRE_MESSAGE(settings, text);
    CHECK(to_string(*settings) == text);
  }
  CHECK(to_string(*parse_line_settings("2400-8e1")) == "2400-8E1");
  CHECK(LineSettings() == *parse_line_settings("2400-8E1"));
  CHECK(LineSettings().bits_per_character() == 11);
  CHECK(parse_line_settings("2400-8N2")->bits_per_character() == 11);
  CHECK(parse_line_settings("2400-7N1")->bits_per_character() == 9);
  CHECK(LineSettings().micros(240) == 1'100'000);
  CHECK(parse_line_settings("115200-8N1")->micros(1152) == 100'000);
}

TEST_CASE("what is wrong with line settings is said") {
  CHECK(error_of("2400-8E1.5").find("1.5 stop bits cannot be set") != std::string::npos);
  CHECK(error_of("2400-9E1").find("data bits") != std::string::npos);
  CHECK(error_of("2400-4E1").find("data bits") != std::string::npos);
  CHECK(error_of("2400-8M1").find("parity") != std::string::npos);
  CHECK(error_of("2400-8").find("parity") != std::string::npos);
  CHECK(error_of("2400-8E").find("stop bits") != std::string::npos);
  CHECK(error_of("2400-8E3").find("stop bits") != std::string::npos);
  CHECK(error_of("2400-8E11").find("stop bits") != std::string::npos);
  CHECK(error_of("2400-8E1x").find("stop bits") != std::string::npos);
  CHECK(error_of("2400:8N1").find("expected '-'") != std::string::npos);
  CHECK(error_of("2400").find("2400-8E1") != std::string::npos);
  CHECK(error_of("8E1").find("behind the baud rate") != std::string::npos);
  CHECK(error_of("").find("no baud rate") != std::string::npos);
  CHECK(error_of("-2400-8E1").find("no baud rate") != std::string::npos);
  CHECK(error_of("0-8E1").find("not within") != std::string::npos);
  CHECK(error_of("99999999999-8E1").find("that fast") != std::string::npos);
}

TEST_CASE("8E1 as the kernel wants it") {
  const KernelTermios to = termios_of("2400-8E1");
  CHECK((to.c_cflag & CSIZE) == CS8);
  CHECK((to.c_cflag & PARENB) != 0);
  CHECK((to.c_cflag & PARODD) == 0);
  CHECK((to.c_cflag & CSTOPB) == 0);
  CHECK((to.c_cflag & CBAUD) == B2400);
  CHECK(to.c_ospeed == 2400);
  CHECK((to.c_cflag & (CREAD | CLOCAL)) == (CREAD | CLOCAL));
  CHECK((to.c_cflag & CRTSCTS) == 0);
}

TEST_CASE("7E1, 8N1, 5O2 as the kernel wants them") {
  CHECK((termios_of("300-7E1").c_cflag & (CSIZE | PARENB | PARODD | CSTOPB | CBAUD)) ==
        (CS7 | PARENB | B300));
  CHECK((termios_of("9600-8N1").c_cflag & (CSIZE | PARENB | PARODD | CSTOPB | CBAUD)) ==
        (CS8 | B9600));
  CHECK((termios_of("110-5O2").c_cflag & (CSIZE | PARENB | PARODD | CSTOPB | CBAUD)) ==
        (CS5 | PARENB | PARODD | CSTOPB | B110));
}

TEST_CASE("errors are marked, nothing else is done to the bytes") {
  for (const char* text : {"2400-8E1", "2400-8N1", "300-7E1"}) {
    const KernelTermios to = termios_of(text);
    // No IGNPAR, ISTRIP, IXON, ICRNL, BRKINT, …; INPCK without parity too, for framing errors.
    CHECK(to.c_iflag == (INPCK | PARMRK));
    CHECK(to.c_oflag == 0);
    CHECK(to.c_lflag == 0);
    CHECK(to.c_cc[VMIN] == 1);
    CHECK(to.c_cc[VTIME] == 0);
  }
}

TEST_CASE("a baud rate without a code of its own goes by BOTHER") {
  const KernelTermios to = termios_of("12345-8N1");
  CHECK((to.c_cflag & CBAUD) == BOTHER);
  CHECK(to.c_ospeed == 12345);
  CHECK(to.c_ispeed == 12345);
}

TEST_CASE("a line that somebody else has set keeps its settings and gets the marks") {
  for (const char* text : {"2400-8E1", "300-7O2", "12345-5N1"}) {
    CAPTURE(text);
    KernelTermios set = termios_of(text);
    // As libserialport leaves a port.
    set.c_iflag = IXON | IXANY;
    set.c_oflag = OPOST;
    set.c_lflag = ECHOE | ICANON;
    set.c_cflag |= HUPCL | CRTSCTS | CMSPAR;
    set.c_cc[VMIN] = 0;
    const KernelTermios got = with_marks(set);
    const KernelTermios wanted = termios_of(text);
    CHECK(got.c_iflag == wanted.c_iflag);
    CHECK(got.c_oflag == wanted.c_oflag);
    CHECK(got.c_lflag == wanted.c_lflag);
    CHECK(got.c_cflag == wanted.c_cflag);
    CHECK(got.c_ospeed == wanted.c_ospeed);
    CHECK(got.c_cc[VMIN] == 1);
  }
}

TEST_CASE("what was set is read back and compared") {
  for (const char* text : {"2400-8E1", "300-7O2", "12345-5N1"}) {
    CHECK(to_string(from_termios(termios_of(text))) == text);
  }
  const auto wanted = *parse_line_settings("2400-8E1");
  CHECK_FALSE(refused(wanted, wanted));
  CHECK_FALSE(refused(wanted, *parse_line_settings("2404-8E1")));
  CHECK(refused(wanted, *parse_line_settings("2500-8E1")) == "2500 baud instead of 2400");
  CHECK(refused(wanted, *parse_line_settings("2400-8N1")) == "no parity instead of even");
  CHECK(refused(wanted, *parse_line_settings("2400-7O2")) ==
        "7 data bits instead of 8, odd parity instead of even, 2 stop bits instead of 1");
}

TEST_CASE("the gap follows the baud rate and the way") {
  CHECK(gap_ms(*parse_line_settings("2400-8E1"), 250) == 250 + 14);
  CHECK(gap_ms(*parse_line_settings("300-7E1"), 250) == 250 + 110);
  CHECK(gap_ms(*parse_line_settings("115200-8N1"), 1000) == 1001);
}

}  // namespace meterpipe::serial
