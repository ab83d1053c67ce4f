#include "sim/foreign.hpp"

#include <array>

#include <fmt/format.h>

#include "sim/axdr.hpp"
#include "sim/hdlc.hpp"
#include "sim/mbus.hpp"
#include "sim/sml.hpp"

namespace meterpipe::sim {
namespace {

void add_low_first(ByteVector& out, std::uint64_t value, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// Digits two by two, the low ones first.
void add_bcd(ByteVector& out, std::uint64_t value, std::size_t n) {
  for (; n > 0; --n, value /= 100) {
    out.push_back(static_cast<std::uint8_t>(value / 10 % 10 << 4 | value % 10));
  }
}

ByteVector modbus_frame(Bytes content) {
  ByteVector frame(content.begin(), content.end());
  add_low_first(frame, crc_modbus(content), 2);
  return frame;
}

}  // namespace

std::uint16_t crc_modbus(Bytes bytes) { return crc16(bytes, 0xffff, 0xa001); }

std::vector<ByteVector> modbus_frames(Chance& chance) {
  std::vector<ByteVector> frames;
  const std::uint64_t questions = 2 + chance.below(4);
  for (std::uint64_t i = 0; i < questions; ++i) {
    const auto address = static_cast<std::uint8_t>(1 + chance.below(8));
    const auto function = static_cast<std::uint8_t>(3 + chance.below(2));
    const std::uint64_t registers = 1 + chance.below(16);
    ByteVector request{address, function};
    add_unsigned(request, chance.below(0x2000), 2);
    add_unsigned(request, registers, 2);
    frames.push_back(modbus_frame(request));
    ByteVector response{address, function, static_cast<std::uint8_t>(2 * registers)};
    for (std::uint64_t k = 0; k < registers; ++k) {
      add_unsigned(response, chance.below(3) == 0 ? chance.below(0x10000) : chance.below(5000), 2);
    }
    frames.push_back(modbus_frame(response));
  }
  return frames;
}

std::vector<ByteVector> rsp_ud_frames(Chance of_meter, Chance& chance, std::uint8_t access,
                                      const Snapshot& house) {
  // A letter is 1 to 26 in five bits.
  constexpr std::array<const char*, 4> kMakers{"KAM", "ENG", "SEN", "LUG"};
  constexpr std::array<std::uint8_t, 4> kMedia{0x04, 0x0c, 0x07, 0x06};  // heat, heat, water, warm
  constexpr std::array<std::uint8_t, 4> kControls{0x08, 0x18, 0x28, 0x38};
  const std::uint64_t id = of_meter.below(100'000'000);
  const char* const maker = kMakers[of_meter.below(kMakers.size())];
  const std::uint8_t medium = kMedia[of_meter.below(kMedia.size())];
  const auto address = static_cast<std::uint8_t>(1 + of_meter.below(250));
  std::uint32_t letters = 0;
  for (int i = 0; i < 3; ++i) letters = letters << 5 | static_cast<std::uint32_t>(maker[i] - 64);

  ByteVector data;
  add_bcd(data, id, 4);
  add_low_first(data, letters, 2);
  data.insert(data.end(), {0x01, medium, access, 0x00, 0x00, 0x00});
  if (medium == 0x04 || medium == 0x0c) {
    data.insert(data.end(), {0x0c, 0x06});  // 8 digits of kWh
    add_bcd(data, house.import_energy / 1000 % 100'000'000, 4);
    data.insert(data.end(), {0x0c, 0x14});  // of 10 l
    add_bcd(data, house.import_energy / 250 % 100'000'000, 4);
    data.insert(data.end(), {0x0a, 0x5a});  // flow and return temperature, 0.1 degree
    add_bcd(data, 600 + chance.below(150), 2);
    data.insert(data.end(), {0x0a, 0x5e});
    add_bcd(data, 350 + chance.below(100), 2);
    data.insert(data.end(), {0x0b, 0x2d});  // 100 W
    add_bcd(data, house.import_power / 100, 3);
  } else {
    data.insert(data.end(), {0x0c, 0x13});  // l
    add_bcd(data, house.import_energy / 40 % 100'000'000, 4);
    data.insert(data.end(), {0x0a, 0x3b});  // l/h
    add_bcd(data, chance.below(1200), 2);
  }
  data.insert(data.end(), {0x02, 0xfd, 0x17, 0x00, 0x00});  // no errors
  std::vector<ByteVector> frames(1);
  add_long_frame(frames[0], kControls[chance.below(kControls.size())], address, 0x72, data);
  return frames;
}

std::vector<ByteVector> oms_frames(Chance of_meter, Chance& chance, std::uint8_t access) {
  constexpr std::array<std::uint8_t, 5> kReset{0x10, 0x40, 0xf0, 0x30, 0x16};
  std::vector<ByteVector> frames(1 + chance.below(3), ByteVector(kReset.begin(), kReset.end()));
  const std::uint64_t id = of_meter.below(100'000'000);
  const std::uint64_t blocks = 3 + of_meter.below(6);
  if (chance.below(3) != 0) return frames;
  ByteVector data;
  add_bcd(data, id, 4);
  data.insert(data.end(), {0x2d, 0x4c, 0x01, 0x02, access, 0x00});
  data.insert(data.end(), {static_cast<std::uint8_t>(blocks << 4), 0x05});  // mode 5, blocks of 16
  append(data, chance.bytes(16 * blocks));
  ByteVector& frame = frames.emplace_back();
  add_long_frame(frame, chance.below(2) == 0 ? 0x53 : 0x73, 0xf0, 0x5b, data);
  return frames;
}

namespace {

void add_sml_entry(ByteVector& out, std::uint8_t c, std::uint8_t d, std::uint8_t unit,
                   std::uint8_t scaler, std::uint64_t value) {
  out.push_back(0x77);
  const std::array<std::uint8_t, 6> name{1, 0, c, d, 0, 0xff};
  add_sml_octets(out, name);
  out.insert(out.end(), {0x01, 0x01});  // neither status nor time
  add_sml_number(out, 6, unit, 1);
  add_sml_number(out, 5, scaler, 1);
  add_sml_number(out, 5, value, 8);
  out.push_back(0x01);
}

}  // namespace

std::vector<ByteVector> sml_frames(Chance of_meter, Chance& chance, const Snapshot& house) {
  ByteVector server{0x0a, 0x01, 'E', 'B', 'Z'};
  append(server, of_meter.bytes(5));
  ByteVector transaction = chance.bytes(4);
  const auto next = [&] { transaction[3]++; };

  ByteVector file, body;
  begin_sml_file(file);
  body = {0x76, 0x01, 0x01};
  add_sml_octets(body, chance.bytes(4));
  add_sml_octets(body, server);
  body.insert(body.end(), {0x01, 0x01});
  add_sml_message(file, transaction, 0x0101, body);
  next();
  body = {0x77, 0x01};
  add_sml_octets(body, server);
  const std::array<std::uint8_t, 6> list{0x01, 0x00, 0x62, 0x0a, 0xff, 0xff};
  add_sml_octets(body, list);
  body.push_back(0x72);
  add_sml_number(body, 6, 1, 1);
  add_sml_number(body, 6, chance.below(1U << 30), 4);
  body.push_back(0x73);
  add_sml_entry(body, 1, 8, 30, 0xff, house.import_energy * 10);
  add_sml_entry(body, 2, 8, 30, 0xff, house.export_energy * 10);
  add_sml_entry(body, 16, 7, 27, 0,
                std::uint64_t{house.import_power} - std::uint64_t{house.export_power});
  body.insert(body.end(), {0x01, 0x01});
  add_sml_message(file, transaction, 0x0701, body);
  next();
  add_sml_message(file, transaction, 0x0201, ByteVector{0x71, 0x01});

  end_sml_file(file);
  return {file};
}

std::vector<ByteVector> telegram_lines(const Snapshot& house) {
  std::string text;
  const auto line = [&](std::string_view code, std::uint64_t milli, std::string_view unit,
                        int width) {
    text +=
        fmt::format("1-0:{}({:0{}}.{:03}*{})\r\n", code, milli / 1000, width, milli % 1000, unit);
  };
  line("1.8.1", house.import_tariff[0] % 1'000'000'000, "kWh", 6);
  line("1.8.2", house.import_tariff[1] % 1'000'000'000, "kWh", 6);
  line("2.8.1", house.export_tariff[0] % 1'000'000'000, "kWh", 6);
  line("2.8.2", house.export_tariff[1] % 1'000'000'000, "kWh", 6);
  line("1.7.0", house.import_power, "kW", 2);
  line("2.7.0", house.export_power, "kW", 2);
  line("32.7.0", std::uint64_t{house.voltage[0]} * 100, "V", 3);
  line("52.7.0", std::uint64_t{house.voltage[1]} * 100, "V", 3);
  line("72.7.0", std::uint64_t{house.voltage[2]} * 100, "V", 3);
  const Bytes bytes = as_bytes(text);
  return {ByteVector(bytes.begin(), bytes.end())};
}

}  // namespace meterpipe::sim
