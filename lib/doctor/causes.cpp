#include "doctor/causes.hpp"

#include <algorithm>

namespace meterpipe::doctor {
namespace {

constexpr std::array kRows{
    CauseRow{Cause::none, Layer::none, "none", "all layers are in order", ""},
    CauseRow{Cause::nothing_received, Layer::line, "nothing-received", "nothing came off the line",
             "Ask the operator whether the customer interface is activated (often a switch in its "
             "portal). Check the pins: M-Bus on RJ12 is the two middle ones. A USB adapter must be "
             "an M-Bus slave: the meter feeds the line, and a master's adapter does not listen."},
    CauseRow{Cause::zeros_or_ones, Layer::line, "zeros-or-ones",
             "only one and the same level is on the line",
             "The line is stuck at a level: swap the wires, look for a short circuit, check that "
             "the adapter is one for this interface (M-Bus, not RS-485 or TTL) and has power."},
    CauseRow{Cause::noise, Layer::line, "noise", "what comes has no structure at all",
             "Check the plug, the cable's length and shield and the adapter; then let "
             "mbus-read --detect try the line settings."},
    CauseRow{Cause::leftover_bytes, Layer::line, "leftover-bytes",
             "between the messages stand a few bytes that belong to none",
             "Nothing is lost by them. What takes the messages out of their frames leaves a check "
             "sequence, an end of line or a NUL behind each: let it leave them out, or give the "
             "frames as they are."},
    CauseRow{
        Cause::changed_bytes, Layer::line, "changed-bytes",
        "a program between the port and here has changed the bytes",
        "Read the port with mbus-read, or let what reads it hand the bytes on as they are: raw, "
        "binary, nothing decoded."},
    CauseRow{Cause::baud, Layer::line, "baud", "the line runs at another baud rate",
             "Let mbus-read -p PORT --detect find the rate and set it with --line."},
    CauseRow{Cause::parity, Layer::line, "parity", "data bits or parity are set wrong",
             "Set --line 2400-8E1 for an M-Bus line (EN 13757-2), 2400-8N1 for Kamstrup; "
             "mbus-read -p PORT --detect tries them."},
    CauseRow{Cause::inverted, Layer::line, "inverted", "the signal comes inverted",
             "A P1 port's data line is inverted: use an adapter or a resistor and transistor that "
             "turn it around, or let an FTDI adapter invert RXD (ft232r_prog --invert_rxd)."},
    CauseRow{
        Cause::no_answer, Layer::line, "no-answer", "a meter that was asked does not answer",
        "On M-Bus: a master's converter feeds the bus with 24 to 42 V; meters speak 300, 2400 or "
        "9600 baud, 8E1; mbus-poll --scan finds their addresses. At an infrared head: put it "
        "onto the meter's optical interface with its cable downwards, and sign on at 300-7E1; "
        "a battery meter may want its button pressed first."},
    CauseRow{Cause::cut_frames, Layer::framing, "cut-frames", "frames are shorter than they say",
             "Bytes go missing between the meter and here: give the program that reads the port "
             "all of them (mbus-read), not a timeout; check for a second reader of the port."},
    CauseRow{
        Cause::checksum, Layer::framing, "checksum",
        "frames are whole, but bytes in them are wrong",
        "Single bits are lost on the way: shorten the cable, keep it away from power lines, "
        "check the adapter's ground; a dump that was typed in may have typing errors. Where every "
        "frame is wrong, look for a program that takes the bytes for text, and a port that is "
        "not raw."},
    CauseRow{Cause::needs_answer, Layer::framing, "needs-answer",
             "the meter waits for an answer (E5) before it sends values (OMS)",
             "This interface speaks OMS with AES-CBC (Siemens TD-351x at Netz OÖ): its readers "
             "must acknowledge. mbus-read --answer does, with an infrared head that also sends, at "
             "--line 9600-8E1."},
    CauseRow{Cause::modbus, Layer::framing, "modbus", "this is Modbus",
             "The wires are those of an RS-485 Modbus: take the meter's customer interface."},
    CauseRow{Cause::rsp_ud, Layer::framing, "rsp-ud",
             "these are answers of a heat, water or gas meter (RSP_UD), not DLMS pushes",
             "If it is the one that is wanted: mbus-frame and cosem-decode read it, and mbus-poll "
             "asks for it. The electricity meter's customer interface is another socket."},
    CauseRow{Cause::sml, Layer::framing, "sml", "this is SML, as German meters send it",
             "mbus-frame and cosem-decode read it; the doctor does not look into it."},
    CauseRow{
        Cause::dsmr, Layer::framing, "dsmr",
        "this is text of a P1 or IEC 62056-21 interface, but no whole telegram",
        "A telegram goes from `/` to `!`: read the port without a line discipline (mbus-read), "
        "with the settings that the meter sends in (115200-8N1, 9600-7E1, 300-7E1)."},
    CauseRow{
        Cause::collision, Layer::framing, "collision",
        "two meters have one address and answer at a time",
        "Ask them by their numbers: mbus-poll --scan secondary finds both, and --meter takes 8 "
        "digits; mbus-poll --set-address NUMBER NEW gives one of them another address."},
    CauseRow{Cause::segment_lost, Layer::transport, "segment-lost",
             "segments of messages are missing",
             "Whole frames go missing: read the port all the time, from one program only, and look "
             "at the frames around the gap (mbus-frame --frames)."},
    CauseRow{Cause::block_lost, Layer::transport, "block-lost", "blocks of messages are missing",
             "Whole frames go missing: read the port all the time, from one program only, and look "
             "at the frames around the gap (mbus-frame --frames)."},
    CauseRow{Cause::wrong_title, Layer::cipher, "wrong-title",
             "the system title is not the one that the message was ciphered with",
             "Put the title that the meter really has into the key file (or --system-title)."},
    CauseRow{Cause::unsupported_cipher, Layer::cipher, "unsupported-cipher",
             "the messages are ciphered in a way that meterpipe does not know",
             "Suites 0, 1 and 2 with keys that are agreed beforehand can be read. Report this "
             "meter with the security control byte."},
    CauseRow{Cause::no_key, Layer::key, "no-key", "the messages are ciphered and there is no key",
             "Ask the operator for the key of the customer interface (GUEK, and GAK where there is "
             "a tag) and give it with --keys FILE, see meter-keys(5)."},
    CauseRow{Cause::key_file, Layer::key, "key-file", "the key file cannot be read as one",
             "Mend the key file, see meter-keys(5)."},
    CauseRow{Cause::wrong_key, Layer::key, "wrong-key", "the key does not fit",
             "Compare the key with the operator's letter or portal digit by digit; ask whether it "
             "was renewed with the last meter."},
    CauseRow{Cause::swapped_keys, Layer::key, "swapped-keys",
             "encryption and authentication key are exchanged",
             "Exchange the two keys in the key file: ek= is the encryption key (GUEK), ak= the "
             "authentication key (GAK)."},
    CauseRow{Cause::garbled_key, Layer::key, "garbled-key",
             "the key is right but for how it was typed", "Correct the key in the key file."},
    CauseRow{Cause::tag_failed, Layer::key, "tag-failed",
             "the messages decipher, but their authentication tag does not fit",
             "The authentication key (AK, GAK) is wrong, or bytes were changed on the way. Ask for "
             "it. Without ak= in the key file, or with dlms-decrypt --auth ignore, the messages "
             "are read "
             "all the same, at your own risk: nothing vouches for their values."},
    CauseRow{Cause::bad_apdu, Layer::apdu, "bad-apdu", "the deciphered message is no valid APDU",
             "Show it with dlms-decrypt --explain and report the meter."},
    CauseRow{Cause::unknown_layout, Layer::layout, "unknown-layout",
             "the list has no OBIS codes and no profile fits it",
             "cosem-decode --suggest-profile writes a profile to fill in, see meter-profiles(5)."},
    CauseRow{Cause::unsure_values, Layer::layout, "unsure-values",
             "the list is readable, but not which of its elements are values of which code",
             "Look at cosem-decode's output, and report the meter with a capture "
             "(meter-share makes one without personal details)."},
    CauseRow{Cause::clock_zone, Layer::clock, "clock-zone",
             "the meter's time is off by whole quarters of an hour: a wrong time zone",
             "The meter claims a zone that is not its own, or this machine does: compare "
             "timedatectl. Ask the operator to set the meter."},
    CauseRow{Cause::clock_off, Layer::clock, "clock-off", "the meter's clock is wrong",
             "Check this machine's clock first (timedatectl); then ask the operator to set the "
             "meter's."},
    CauseRow{Cause::counter_replay, Layer::clock, "counter-replay",
             "messages come that have been here before",
             "Somebody plays a log, or two readers feed the same meter: stop one of them."},
    CauseRow{Cause::counter_backwards, Layer::clock, "counter-backwards",
             "the messages' counter goes backwards",
             "Messages come in another order than they were sent in: look at what stands between "
             "the meter and here; after a change of the meter it starts anew."},
};

constexpr bool rows_stand_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].cause) != i) return false;
  }
  return kRows.back().cause == Cause::counter_backwards;
}
static_assert(rows_stand_in_order(), "one row per cause, in the order of the enum");

}  // namespace

const CauseRow& row_of(Cause cause) { return kRows[static_cast<std::size_t>(cause)]; }

std::optional<Cause> find_cause(std::string_view code) {
  const auto found =
      std::ranges::find_if(kRows, [code](const CauseRow& row) { return row.code == code; });
  if (found == kRows.end()) return std::nullopt;
  return found->cause;
}

}  // namespace meterpipe::doctor
