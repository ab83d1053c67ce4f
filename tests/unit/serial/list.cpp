#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "serial/holder.hpp"
#include "serial/list.hpp"
#include "support/folder.hpp"

namespace meterpipe::serial {

namespace fs = std::filesystem;

namespace {

struct Tree {
  void file(const fs::path& path, std::string_view text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  void link(const fs::path& path, const fs::path& target) const {
    fs::create_directories((root / path).parent_path());
    fs::create_symlink(target, root / path);
  }
  meterpipe::test::Folder folder;
  fs::path root = folder.path();
};

// A USB adapter as Linux shows it: class/tty/NAME -> devices/…/USB/INTERFACE/NAME/tty/NAME.
void add_usb(const Tree& tree, const std::string& name, const std::string& usb,
             const std::string& product, const std::string& serial) {
  const fs::path device = "sys/devices/pci0/usb1/" + usb;
  const fs::path port = device / (usb + ":1.0") / name;
  tree.file(device / "idVendor", "0403\n");
  tree.file(device / "idProduct", "6001\n");
  tree.file(device / "manufacturer", "FTDI\n");
  tree.file(device / "product", product + "\n");
  if (!serial.empty()) tree.file(device / "serial", serial + "\n");
  fs::create_directories(tree.root / port / "tty" / name);
  tree.link(port / "driver", "../../../../../../bus/usb-serial/drivers/ftdi_sio");
  tree.link(port / "tty" / name / "device", "../../../" + name);
  tree.link("sys/class/tty/" + name,
            "../../devices/pci0/usb1/" + usb + "/" + usb + ":1.0/" + name + "/tty/" + name);
}

}  // namespace

TEST_CASE("ports with their USB names and by-id paths, from a made-up sysfs") {
  const Tree tree;
  add_usb(tree, "ttyUSB10", "1-2", "M-Bus\x1b[31m adapter", "");
  add_usb(tree, "ttyUSB9", "1-1", "FT232R USB UART", "A5069RR4");
  // A UART of the board, one that the kernel only reserves, a console, a pty master.
  fs::create_directories(tree.root / "sys/devices/platform/serial8250/tty/ttyS0");
  tree.file("sys/devices/platform/serial8250/tty/ttyS0/type", "4\n");
  tree.link("sys/devices/platform/serial8250/tty/ttyS0/device", "../../../serial8250");
  tree.link("sys/class/tty/ttyS0", "../../devices/platform/serial8250/tty/ttyS0");
  fs::create_directories(tree.root / "sys/devices/platform/serial8250/tty/ttyS1");
  tree.file("sys/devices/platform/serial8250/tty/ttyS1/type", "0\n");
  tree.link("sys/devices/platform/serial8250/tty/ttyS1/device", "../../../serial8250");
  tree.link("sys/class/tty/ttyS1", "../../devices/platform/serial8250/tty/ttyS1");
  fs::create_directories(tree.root / "sys/devices/virtual/tty/tty0");
  tree.link("sys/class/tty/tty0", "../../devices/virtual/tty/tty0");
  tree.link("dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A5069RR4-if00-port0", "../../ttyUSB9");
  tree.link("dev/serial/by-id/usb-FTDI_other-if00-port0", "../../ttyUSB10");

  const std::string dev = tree.root / "dev";
  const auto ports = list_ports(tree.root / "sys", dev);
  REQUIRE(ports.size() == 3);
  CHECK(ports[0].path == dev + "/ttyS0");
  CHECK(ports[0].usb_id.empty());
  CHECK(ports[1].path == dev + "/ttyUSB9");
  CHECK(ports[1].manufacturer == "FTDI");
  CHECK(ports[1].product == "FT232R USB UART");
  CHECK(ports[1].serial == "A5069RR4");
  CHECK(ports[1].usb_id == "0403:6001");
  CHECK(ports[1].driver == "ftdi_sio");
  CHECK(ports[1].by_id ==
        std::vector{dev + "/serial/by-id/usb-FTDI_FT232R_USB_UART_A5069RR4-if00-port0"});
  CHECK(ports[2].path == dev + "/ttyUSB10");
  CHECK(ports[2].product == "M-Bus[31m adapter");  // no control characters
  CHECK(ports[2].serial.empty());

  CHECK(format_list(ports) ==
        dev + "/ttyS0\n" + dev +
            "/ttyUSB9  FTDI FT232R USB UART (0403:6001, serial A5069RR4, ftdi_sio)\n    " + dev +
            "/serial/by-id/usb-FTDI_FT232R_USB_UART_A5069RR4-if00-port0\n" + dev +
            "/ttyUSB10  FTDI M-Bus[31m adapter (0403:6001, ftdi_sio)\n    " + dev +
            "/serial/by-id/usb-FTDI_other-if00-port0\n");
}

TEST_CASE("no sysfs, no ports") {
  const Tree tree;
  CHECK(list_ports(tree.root / "sys", tree.root / "dev").empty());
}

TEST_CASE("the holder is the one with the lock, else those that have it open") {
  const Tree tree;
  tree.file("dev/tty", "");
  const std::string path = tree.root / "dev/tty";
  const std::string proc = tree.root / "proc";
  tree.file("proc/41/comm", "minicom\n");
  tree.link("proc/41/fd/3", path);
  tree.file("proc/7/comm", "socat\n");
  tree.link("proc/7/fd/0", "/dev/null");
  tree.link("proc/7/fd/5", path);
  tree.file("proc/8/comm", "idle\n");
  tree.link("proc/8/fd/0", "/dev/null");
  CHECK(describe(holders(path, proc)) == "socat (pid 7), minicom (pid 41)");

  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  tree.file("proc/locks", fmt::format("1: POSIX  ADVISORY  WRITE 8 {0:02x}:{1:02x}:{2} 0 EOF\n"
                                      "2: FLOCK  ADVISORY  WRITE 41 {0:02x}:{1:02x}:{2} 0 EOF\n"
                                      "3: FLOCK  ADVISORY  WRITE 7 {0:02x}:{1:02x}:{3} 0 EOF\n",
                                      status.st_dev >> 8 & 0xfff, status.st_dev & 0xff,
                                      status.st_ino, status.st_ino + 1));
  CHECK(describe(holders(path, proc)) == "minicom (pid 41)");
  CHECK(holders(tree.root / "dev/none", proc).empty());
  CHECK(describe({}).find("cannot be seen") != std::string::npos);
}

}  // namespace meterpipe::serial
