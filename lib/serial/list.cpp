#include "serial/list.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace meterpipe::serial {
namespace {

namespace fs = std::filesystem;

// The first line of a small file, without control characters: a USB device says what it likes.
std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  std::erase_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

// /sys/class/tty/NAME/device leads to the interface; the folder with idVendor is some way above.
void add_usb_names(const fs::path& device, const fs::path& root, PortInfo& port) {
  for (fs::path at = device; at.has_relative_path() && at != root; at = at.parent_path()) {
    std::error_code error;
    if (!fs::exists(at / "idVendor", error)) continue;
    port.usb_id = first_line(at / "idVendor") + ":" + first_line(at / "idProduct");
    port.manufacturer = first_line(at / "manufacturer");
    port.product = first_line(at / "product");
    port.serial = first_line(at / "serial");
    return;
  }
}

void add_by_id(const std::string& dev, std::vector<PortInfo>& ports) {
  std::error_code error;
  for (const auto& link : fs::directory_iterator(fs::path(dev) / "serial/by-id", error)) {
    std::error_code dangling;
    const fs::path target = fs::read_symlink(link.path(), dangling);
    if (dangling) continue;
    for (PortInfo& port : ports) {
      if (fs::path(port.path).filename() == target.filename()) port.by_id.push_back(link.path());
    }
  }
  for (PortInfo& port : ports) std::sort(port.by_id.begin(), port.by_id.end());
}

// ttyUSB9 before ttyUSB10.
bool by_name_and_number(const PortInfo& a, const PortInfo& b) {
  const auto split = [](const std::string& path) {
    const auto digits = path.find_last_not_of("0123456789") + 1;
    return std::pair(path.substr(0, digits), path.size() - digits);
  };
  const auto [a_name, a_digits] = split(a.path);
  const auto [b_name, b_digits] = split(b.path);
  if (a_name != b_name) return a_name < b_name;
  if (a_digits != b_digits) return a_digits < b_digits;
  return a.path < b.path;
}

}  // namespace

std::vector<PortInfo> list_ports(const std::string& sys, const std::string& dev) {
  std::vector<PortInfo> ports;
  std::error_code error;
  const fs::path root = fs::canonical(sys, error);
  for (const auto& tty : fs::directory_iterator(fs::path(sys) / "class/tty", error)) {
    std::error_code none;
    const fs::path device = fs::canonical(tty.path() / "device", none);
    if (none) continue;  // consoles and ptys have no device
    // Type 0 is PORT_UNKNOWN of the 8250 driver: no chip there.
    if (first_line(tty.path() / "type") == "0") continue;
    PortInfo port;
    port.path = fs::path(dev) / tty.path().filename();
    const fs::path driver = fs::read_symlink(device / "driver", none);
    if (!none && driver.filename() != "port") {  // "port": the one of all built-in UARTs
      port.driver = driver.filename();
    }
    add_usb_names(device, root, port);
    ports.push_back(std::move(port));
  }
  std::sort(ports.begin(), ports.end(), by_name_and_number);
  add_by_id(dev, ports);
  return ports;
}

std::string format_list(const std::vector<PortInfo>& ports) {
  std::string text;
  for (const PortInfo& port : ports) {
    std::string names;
    const auto add = [&names](const std::string& part) {
      if (!part.empty()) names += (names.empty() ? "" : " ") + part;
    };
    add(port.manufacturer);
    add(port.product);
    std::string details = port.usb_id;
    if (!port.serial.empty()) details += ", serial " + port.serial;
    if (!port.driver.empty()) details += (details.empty() ? "" : ", ") + port.driver;
    if (!details.empty()) add("(" + details + ")");
    text += fmt::format("{}{}{}\n", port.path, names.empty() ? "" : "  ", names);
    for (const std::string& path : port.by_id) text += fmt::format("    {}\n", path);
  }
  return text;
}

}  // namespace meterpipe::serial
