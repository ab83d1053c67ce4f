// The serial ports that there are, with what USB and Bluetooth say of them: libserialport tells
// these, except for the driver and the names by id.
#pragma once

#include <string>
#include <vector>

namespace meterpipe::serial {

struct PortInfo {
  std::string path;          // /dev/ttyUSB0
  std::string driver;        // ftdi_sio, or empty
  std::string manufacturer;  // of the USB device, as the next three; empty where it has none
  std::string product;
  std::string serial;
  std::string usb_id;              // 0403:6001
  std::string bluetooth;           // address of the device, or empty
  std::vector<std::string> by_id;  // names that stay when ports are plugged in another order
};

// Sorted by name, ttyUSB10 behind ttyUSB9. Ports that the kernel only reserves (ttyS1 to ttyS31 of
// a PC without them) are left out; to tell them the library opens these, so that one which may not
// be opened is left out, too.
std::vector<PortInfo> list_ports();

// Two lines or more per port: path and names, then each by-id path.
std::string format_list(const std::vector<PortInfo>& ports);

}  // namespace meterpipe::serial
