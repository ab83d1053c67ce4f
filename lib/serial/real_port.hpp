// A real serial port in the hands of libserialport, which opens and sets it. It knows the ports of
// /sys/class/tty; a pseudo terminal is none of them, nor is a device node of another name.
#pragma once

#include <memory>
#include <string>

#include "serial/line_settings.hpp"

struct sp_port;

namespace meterpipe::serial {

class RealPort {
 public:
  // `device` is a path without links, such as /dev/ttyUSB0. False: the library does not know it or
  // cannot open it.
  bool open(const std::string& device);
  // False: it is not set, or not in full: the library takes a parity that the driver refuses for an
  // error.
  bool set(const LineSettings& line);
  void close() { port_.reset(); }
  // -1: it is not open.
  int fd() const;

 private:
  struct Closer {
    void operator()(sp_port* port) const;
  };
  std::unique_ptr<sp_port, Closer> port_;
};

}  // namespace meterpipe::serial
