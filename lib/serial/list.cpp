#include "serial/list.hpp"

#include <libserialport.h>
#include <algorithm>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

namespace meterpipe::serial {
namespace {

namespace fs = std::filesystem;

// Without control characters: a USB device says what it likes. Null is empty.
std::string printable(const char* text) {
  std::string line = text != nullptr ? text : "";
  std::erase_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string driver_of(const fs::path& path) {
  std::error_code none;
  const fs::path driver =
      fs::read_symlink("/sys/class/tty" / path.filename() / "device/driver", none);
  // "port" is the one of all built-in UARTs.
  return none || driver.filename() == "port" ? std::string() : driver.filename().string();
}

PortInfo info_of(const sp_port* port) {
  PortInfo info;
  info.path = printable(sp_get_port_name(port));
  info.driver = driver_of(info.path);
  int vendor = 0, product = 0;
  if (sp_get_port_usb_vid_pid(port, &vendor, &product) == SP_OK) {
    info.usb_id = fmt::format("{:04x}:{:04x}", vendor, product);
    info.manufacturer = printable(sp_get_port_usb_manufacturer(port));
    info.product = printable(sp_get_port_usb_product(port));
    info.serial = printable(sp_get_port_usb_serial(port));
  }
  info.bluetooth = printable(sp_get_port_bluetooth_address(port));
  return info;
}

void add_by_id(std::vector<PortInfo>& ports) {
  std::error_code error;
  for (const auto& link : fs::directory_iterator("/dev/serial/by-id", error)) {
    std::error_code dangling;
    const fs::path target = fs::read_symlink(link.path(), dangling);
    if (dangling) continue;
    for (PortInfo& port : ports) {
      if (fs::path(port.path).filename() == target.filename()) port.by_id.push_back(link.path());
    }
  }
  for (PortInfo& port : ports) std::ranges::sort(port.by_id);
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

std::vector<PortInfo> list_ports() {
  std::vector<PortInfo> ports;
  sp_port** found = nullptr;
  if (sp_list_ports(&found) != SP_OK) return ports;  // without /sys there are none
  const std::unique_ptr<sp_port*, void (*)(sp_port**)> owner(found, sp_free_port_list);
  for (sp_port** port = found; *port != nullptr; ++port) ports.push_back(info_of(*port));
  std::ranges::sort(ports, by_name_and_number);
  add_by_id(ports);
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
    if (!port.bluetooth.empty()) {
      details += (details.empty() ? "" : ", ") + ("Bluetooth " + port.bluetooth);
    }
    if (!port.driver.empty()) details += (details.empty() ? "" : ", ") + port.driver;
    if (!details.empty()) add("(" + details + ")");
    text += fmt::format("{}{}{}\n", port.path, names.empty() ? "" : "  ", names);
    for (const std::string& path : port.by_id) text += fmt::format("    {}\n", path);
  }
  return text;
}

}  // namespace meterpipe::serial
