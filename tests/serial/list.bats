# mbus-read --list in a mount namespace of its own, with a made-up /sys and /dev.
bats_require_minimum_version 1.5.0
load helper

setup() {
  serial_setup
  mkdir -p sys/class/tty dev/serial/by-id
}

# Skips where no file system may be mounted.
can_mount() {
  unshare -rm mount --bind sys /sys 2>why || skip "1 check not made, mounting is not allowed: $(head -n 1 why)"
}

list() { unshare -rm sh -c 'mount --bind sys /sys && mount --bind dev /dev && exec mbus-read --list'; }

# usb NAME DEVICE PRODUCT [SERIAL]: an adapter as Linux shows it.
usb() {
  local device=sys/devices/pci0/usb1/$2 port=sys/devices/pci0/usb1/$2/$2:1.0/$1
  mkdir -p "$port/tty/$1"
  echo 1 >"$device/busnum"
  echo "${2#1-}" >"$device/devnum"
  echo 0403 >"$device/idVendor"
  echo 6001 >"$device/idProduct"
  echo FTDI >"$device/manufacturer"
  echo "$3" >"$device/product"
  [ $# -lt 4 ] || echo "$4" >"$device/serial"
  ln -s ../../../../../../bus/usb-serial/drivers/ftdi_sio "$port/driver"
  ln -s "../../../$1" "$port/tty/$1/device"
  ln -s "../../devices/pci0/usb1/$2/$2:1.0/$1/tty/$1" "sys/class/tty/$1"
  : >"dev/$1"
}

@test "--list: USB ids, names, serial numbers, the driver and the paths by id, ttyUSB10 last" {
  can_mount
  usb ttyUSB10 1-2 $'M-Bus\033[31m adapter'
  usb ttyUSB9 1-1 'FT232R USB UART' A5069RR4
  # A UART of the board, a console, one that the kernel only reserves.
  mkdir -p sys/devices/pnp0/00:00/tty/ttyS0 sys/devices/virtual/tty/tty0 sys/devices/platform/serial8250/tty/ttyS1
  ln -s ../../../00:00 sys/devices/pnp0/00:00/tty/ttyS0/device
  ln -s ../../../bus/serial-base/drivers/port sys/devices/pnp0/00:00/driver
  ln -s ../../devices/pnp0/00:00/tty/ttyS0 sys/class/tty/ttyS0
  ln -s ../../devices/virtual/tty/tty0 sys/class/tty/tty0
  ln -s ../../../serial8250 sys/devices/platform/serial8250/tty/ttyS1/device
  ln -s ../../devices/platform/serial8250/tty/ttyS1 sys/class/tty/ttyS1
  : >dev/ttyS0 >dev/ttyS1 >dev/tty0
  ln -s ../../ttyUSB9 dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A5069RR4-if00-port0
  ln -s ../../ttyUSB10 dev/serial/by-id/usb-FTDI_other-if00-port0
  list >out
  diff - out <<'EOF'
/dev/ttyS0
/dev/ttyUSB9  FTDI FT232R USB UART (0403:6001, serial A5069RR4, ftdi_sio)
    /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A5069RR4-if00-port0
/dev/ttyUSB10  FTDI M-Bus[31m adapter (0403:6001, ftdi_sio)
    /dev/serial/by-id/usb-FTDI_other-if00-port0
EOF
}

@test "--list: a Bluetooth port with the address of its device" {
  can_mount
  device=sys/devices/pci0/bluetooth/hci0/hci0:12
  mkdir -p $device/tty/rfcomm0
  echo 00:1A:7D:DA:71:13 >$device/address
  ln -s ../../../hci0:12 $device/tty/rfcomm0/device
  ln -s ../../devices/pci0/bluetooth/hci0/hci0:12/tty/rfcomm0 sys/class/tty/rfcomm0
  : >dev/rfcomm0
  list >out
  diff - out <<<'/dev/rfcomm0  (Bluetooth 00:1A:7D:DA:71:13)'
}

@test "--list: no port, and it says so" {
  can_mount
  list >out 2>err
  [ ! -s out ]
  said "no serial port found"
  rm -r sys/class
  list >out 2>err
  [ ! -s out ]
  said "no serial port found"
}

@test "only what opens ports loads libserialport" {
  for tool in mbus-read mbus-poll meter-doctor; do
    ldd "$METERPIPE_BIN/$tool" >libraries
    grep -q libserialport libraries
  done
  for tool in mbus-frame dlms-decrypt cosem-decode obis-mqtt meter-sim; do
    ldd "$METERPIPE_BIN/$tool" >libraries
    ! grep libserialport libraries || return 1
  done
  # Nor libcrypto, what does not decipher: it costs more at the start than all the rest.
  for tool in mbus-frame cosem-decode; do
    ldd "$METERPIPE_BIN/$tool" >libraries
    ! grep libcrypto libraries || return 1
  done
}

@test "meterpipe first without a port: none is there, or which of them" {
  can_mount
  first() { unshare -rm sh -c 'mount --bind sys /sys && mount --bind dev /dev && exec meterpipe first' </dev/null; }
  run -66 first
  [[ $output == "meterpipe: error: no serial port is there: is the adapter plugged in?"* ]]
  usb ttyUSB0 1-1 'FT232R USB UART' A5069RR4
  usb ttyUSB1 1-2 'M-Bus adapter'
  run -64 --separate-stderr first
  [[ $output == *ttyUSB0*ttyUSB1* ]]
  [[ $stderr == *"first: which of these ports has the adapter? meterpipe first PORT"* ]]
}
