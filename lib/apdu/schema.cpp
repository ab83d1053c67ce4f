#include "apdu/schema.hpp"

#include "apdu/schema_envelopes.hpp"
#include "apdu/schema_names.hpp"
#include "apdu/schema_services.hpp"
#include "apdu/tags.hpp"

namespace meterpipe::apdu {

const std::span<const std::string_view> kConformanceBits = names::kConformance;

namespace {

using namespace schema;

// By the tag of the APDU; the services that are ciphered one by one are an octet-string each.
constexpr Row kApdus[] = {
    sequence("initiate-request", kInitiateRequest).tagged(1),
    list("read-request", kVariableElement).tagged(5),
    sequence("write-request", kWriteRequest).tagged(6),
    sequence("initiate-response", kInitiateResponse).tagged(8),
    list("read-response", kReadResultElement).tagged(12),
    list("write-response", kWriteResultElement).tagged(13),
    choice("confirmed-service-error", kConfirmedServiceError).tagged(14),
    sequence("data-notification", schema::kDataNotification).tagged(15),
    sequence("data-notification-confirm", kConfirm).tagged(16),
    sequence("unconfirmed-write-request", kWriteRequest).tagged(22),
    sequence("information-report-request", kInformationReport).tagged(24),
    acse("aarq", rows(kAarq)).tagged(96),
    acse("aare", rows(kAare)).tagged(97),
    acse("rlrq", rows(kRlrq)).tagged(98),
    acse("rlre", rows(kRlre)).tagged(99),
    choice("get-request", kGetRequest).tagged(192),
    choice("set-request", kSetRequest).tagged(193),
    sequence("event-notification-request", kEvent).tagged(194),
    choice("action-request", kActionRequest).tagged(195),
    choice("get-response", kGetResponse).tagged(196),
    choice("set-response", kSetResponse).tagged(197),
    choice("action-response", kActionResponse).tagged(199),
    sequence("exception-response", kException).tagged(216),
    sequence("access-request", kAccessRequest).tagged(217),
    sequence("access-response", schema::kAccessResponse).tagged(218),
    sequence("general-glo-ciphering", kGeneralCipher).tagged(219),
    sequence("general-ded-ciphering", kGeneralCipher).tagged(220),
    sequence("general-ciphering", schema::kGeneralCiphering).tagged(221),
    sequence("general-signing", schema::kGeneralSigning).tagged(223),
    sequence("general-block-transfer", kBlockTransfer).tagged(224),
};

constexpr std::array<Row, kApduTags.size()> kRoots = [] {
  std::array<Row, kApduTags.size()> roots{};
  for (std::size_t i = 0; i < kApduTags.size(); ++i) {
    const ApduTag& apdu = kApduTags[i];
    bool found = false;  // no pointers: gcc 12 with sanitizers does not compare them here
    for (const Row& row : kApdus) {
      if (row.tag != apdu.tag) continue;
      roots[i] = row;
      found = true;
    }
    if (!found && (apdu.family == Family::glo_service || apdu.family == Family::ded_service)) {
      roots[i] = octets(apdu.name, kShortestContent).tagged(apdu.tag);
    }
  }
  return roots;
}();

// ---- what the compiler proves of the table

constexpr bool is_ber(RowKind kind) { return kind >= RowKind::elements; }

// Fewest bytes; a list may only count what has a byte at least, or a count would be free.
constexpr std::size_t least(const Row& row) {
  switch (row.kind) {
    case RowKind::nothing: return 0;
    case RowKind::number:
    case RowKind::integer:
    case RowKind::invoke:
    case RowKind::fixed: return row.size;
    case RowKind::sequence: {
      std::size_t sum = 0;
      for (const Row& inner : row.rows) sum += least(inner);
      return sum;
    }
    default: return 1;
  }
}

constexpr bool names_ascend(Names names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].name.empty() || (i > 0 && names[i - 1].value >= names[i].value)) return false;
  }
  return true;
}

// Ascending by `mask`: choices by their byte, elements by the number in their tag.
constexpr bool tags_ascend(List<Row> rows, std::uint8_t mask) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if ((rows[i - 1].tag & mask) >= (rows[i].tag & mask)) return false;
  }
  return rows.size() != 0;
}

constexpr bool is_sound(const Row& row, int depth) {
  if (depth == 0 || !names_ascend(row.names)) return false;
  switch (row.kind) {
    case RowKind::number:
    case RowKind::integer:
    case RowKind::fixed:
      if (row.size == 0 || row.size > 8 || row.name.empty()) return false;
      break;
    case RowKind::invoke:
      if (row.size != 1 && row.size != 4) return false;
      break;
    case RowKind::enumeration:
      if (row.names.empty() || row.name.empty()) return false;
      break;
    case RowKind::optional:
    case RowKind::list:
      if (row.rows.size() != 1) return false;
      if (row.kind == RowKind::list && (least(row.rows[0]) == 0 || row.name.empty())) return false;
      break;
    case RowKind::sequence:
      if (row.rows.size() == 0 || row.name.empty()) return false;
      break;
    case RowKind::choice:
    case RowKind::one_of:
      if (!tags_ascend(row.rows, 0xff)) return false;
      break;
    case RowKind::elements:
      if (!tags_ascend(row.rows, 0x1f)) return false;
      break;
    case RowKind::data: break;
    default:
      if (row.name.empty()) return false;
  }
  for (const Row& inner : row.rows) {
    const bool contents = row.kind == RowKind::elements || row.kind == RowKind::one_of;
    if (is_ber(inner.kind) != contents || !is_sound(inner, depth - 1)) return false;
  }
  return true;
}

constexpr bool every_apdu_has_rows() {
  for (std::size_t i = 0; i < kApduTags.size(); ++i) {
    if (kRoots[i].name != kApduTags[i].name || kRoots[i].tag != kApduTags[i].tag) return false;
    if (!is_sound(kRoots[i], 10)) return false;
  }
  for (const Row& row : kApdus) {
    if (detail::kApduTagIndex[row.tag] == 0xff) return false;
  }
  return tags_ascend(rows(kApdus), 0xff);
}
static_assert(every_apdu_has_rows());

}  // namespace

const Row* schema_of(std::uint8_t tag) {
  const ApduTag* apdu = find_apdu_tag(tag);
  return apdu == nullptr ? nullptr : &kRoots[static_cast<std::size_t>(apdu - kApduTags.data())];
}

}  // namespace meterpipe::apdu
