// The serial ports that there are, with what USB says of them. From sysfs, not from names.
#pragma once

#include <string>
#include <vector>

namespace meterpipe::serial {

struct PortInfo {
  std::string path;          // /dev/ttyUSB0
  std::string driver;        // ftdi_sio, or empty
  std::string manufacturer;  // of the USB device, as all below; empty where it has none
  std::string product;
  std::string serial;
  std::string usb_id;              // 0403:6001
  std::vector<std::string> by_id;  // names that stay when ports are plugged in another order
};

// Sorted by name, ttyUSB10 behind ttyUSB9. Ports that the kernel only reserves (ttyS1 to ttyS31 of
// a PC without them) are left out. The roots are /sys and /dev, except in tests.
std::vector<PortInfo> list_ports(const std::string& sys = "/sys", const std::string& dev = "/dev");

// Two lines or more per port: path and names, then each by-id path.
std::string format_list(const std::vector<PortInfo>& ports);

}  // namespace meterpipe::serial
