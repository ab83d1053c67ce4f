#include "serial/real_port.hpp"

#include <fcntl.h>
#include <libserialport.h>

namespace meterpipe::serial {
namespace {

sp_parity parity_of(const LineSettings& line) {
  return line.parity == Parity::none   ? SP_PARITY_NONE
         : line.parity == Parity::even ? SP_PARITY_EVEN
                                       : SP_PARITY_ODD;
}

}  // namespace

void RealPort::Closer::operator()(sp_port* port) const {
  sp_close(port);
  sp_free_port(port);
}

bool RealPort::open(const std::string& device) {
  close();
  sp_port* found = nullptr;
  if (sp_get_port_by_name(device.c_str(), &found) != SP_OK) return false;
  if (sp_open(found, SP_MODE_READ_WRITE) != SP_OK) {
    sp_free_port(found);
    return false;
  }
  port_.reset(found);
  ::fcntl(fd(), F_SETFD, FD_CLOEXEC);
  return true;
}

bool RealPort::set(const LineSettings& line) {
  sp_port_config* config = nullptr;
  if (sp_new_config(&config) != SP_OK) return false;
  const std::unique_ptr<sp_port_config, void (*)(sp_port_config*)> owner(config, sp_free_config);
  sp_set_config_baudrate(config, static_cast<int>(line.baud));
  sp_set_config_bits(config, line.data_bits);
  sp_set_config_parity(config, parity_of(line));
  sp_set_config_stopbits(config, line.stop_bits);
  sp_set_config_flowcontrol(config, SP_FLOWCONTROL_NONE);
  return sp_set_config(port_.get(), config) == SP_OK;
}

int RealPort::fd() const {
  int fd = -1;
  if (port_ && sp_get_port_handle(port_.get(), &fd) != SP_OK) return -1;
  return fd;
}

}  // namespace meterpipe::serial
