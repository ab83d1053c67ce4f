#include "spool/spool_file.hpp"

#include <fmt/format.h>

#include "spool/batch_codec.hpp"
#include "spool/sealed.hpp"

namespace meterpipe::spool {
namespace {

constexpr std::int64_t kApplication = 0x6d747270;  // "mtrp"
constexpr std::int64_t kSchema = 1;
constexpr std::int64_t kLastSchema = 99;  // beyond it is no version of ours, but damage
constexpr std::uint8_t kPositionVersion = 1;
constexpr std::uint8_t kTextVersion = 1;

constexpr const char* kTables =
    "CREATE TABLE batch(row INTEGER PRIMARY KEY, enqueued INTEGER NOT NULL, bytes BLOB NOT NULL);"
    "CREATE TABLE note(name TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE saved(key TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;";

// An absolute path, or one that begins with a dot: a name such as "file:x" is no URI here.
std::string as_file_name(const std::string& path) {
  return path.starts_with('/') ? path : "./" + path;
}

}  // namespace

std::string encode(const io::Position& position) {
  SealedWriter out(kPositionVersion);
  out.text(position.path);
  out.number(position.device);
  out.number(position.inode);
  out.number(position.offset);
  out.text(position.fingerprint);
  return out.take();
}

std::optional<io::Position> decode_position(std::string_view bytes) {
  auto in = SealedReader::open(bytes);
  if (!in || in->version() != kPositionVersion) return std::nullopt;
  io::Position position;
  position.path = in->text();
  position.device = in->number();
  position.inode = in->number();
  position.offset = in->number();
  position.fingerprint = in->text();
  if (in->failed() || in->left() != 0) return std::nullopt;
  return position;
}

std::string seal_text(std::string_view text) {
  SealedWriter out(kTextVersion);
  out.text(text);
  return out.take();
}

std::optional<std::string_view> unseal_text(std::string_view bytes) {
  auto in = SealedReader::open(bytes);
  if (!in || in->version() != kTextVersion) return std::nullopt;
  const std::string_view text = in->text();
  if (in->failed() || in->left() != 0) return std::nullopt;
  return text;
}

SpoolFile::Statements::Statements(Database& db)
    : begin(db, "BEGIN IMMEDIATE"),
      commit(db, "COMMIT"),
      rollback(db, "ROLLBACK"),
      add(db, "INSERT OR REPLACE INTO batch(row, enqueued, bytes) VALUES(?, ?, ?)"),
      remove(db, "DELETE FROM batch WHERE row BETWEEN ? AND ?"),
      save(db, "INSERT OR REPLACE INTO saved(key, bytes) VALUES(?, ?)"),
      forget(db, "DELETE FROM saved WHERE key = ?"),
      note(db, "INSERT OR REPLACE INTO note(name, bytes) VALUES(?, ?)"),
      batches(db, "SELECT row, enqueued, bytes FROM batch WHERE row > ? ORDER BY row"),
      saved(db, "SELECT key, bytes FROM saved ORDER BY key"),
      position(db, "SELECT bytes FROM note WHERE name = 'position'"),
      pages(db, "PRAGMA page_count"),
      free_pages(db, "PRAGMA freelist_count") {}

SpoolFile::SpoolFile(const std::string& path) : db_(as_file_name(path)) {
  db_.run("PRAGMA busy_timeout=500");  // another one of us may be about to end
  db_.run("PRAGMA locking_mode=EXCLUSIVE");
  db_.run(fmt::format("PRAGMA page_size={}", page_size_).c_str());
  db_.run("PRAGMA cache_size=-256");  // KiB
  db_.run("PRAGMA temp_store=MEMORY");
  db_.run("PRAGMA secure_delete=OFF");  // or it would write what it frees
  db_.run("PRAGMA cell_size_check=ON");
  db_.run("BEGIN EXCLUSIVE");  // kept from here on
  db_.run("ROLLBACK");
}

SpoolFile::Kind SpoolFile::kind() {
  if (const std::string found = db_.text("PRAGMA quick_check(1)"); found != "ok") {
    throw SqlError::damage();
  }
  const std::int64_t tables = db_.number("SELECT count(*) FROM sqlite_schema");
  const std::int64_t application = db_.number("PRAGMA application_id");
  const std::int64_t version = db_.number("PRAGMA user_version");
  if (tables == 0) return Kind::fresh;
  if (application == kApplication && version > kSchema && version <= kLastSchema) {
    return Kind::newer;
  }
  const std::string sql = db_.text(
      "SELECT group_concat(sql || ';', '') FROM (SELECT sql FROM sqlite_schema ORDER BY name)");
  if (application == kApplication && version == kSchema && sql == kTables) return Kind::ours;
  // Our tables under a damaged header are ours, and so is a damaged schema under our header.
  if (application == kApplication || sql == kTables) throw SqlError::damage();
  return Kind::foreign;
}

void SpoolFile::begin(bool is_fresh, bool sync_each_commit) {
  db_.run("PRAGMA journal_mode=WAL");
  db_.run(sync_each_commit ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  if (is_fresh) {
    db_.run(fmt::format("BEGIN; PRAGMA application_id={}; PRAGMA user_version={}; {} COMMIT",
                        kApplication, kSchema, kTables)
                .c_str());
  }
  db_.grow_by(kChunk);
  sql_.emplace(db_);
  rows_ = db_.number("SELECT count(*) FROM batch");
  try {
    checkpoint();
  } catch (const SqlError& error) {  // what is in it can be read and sent all the same
    if (!error.is_full()) throw;
  }
}

void SpoolFile::write(const SpoolChanges& changes) {
  make_room(changes);
  std::int64_t rows = rows_;
  sql_->begin.run();
  for (const auto& [first, last] : changes.removed) {
    sql_->remove.bind(1, first).bind(2, last).run();
    rows -= db_.changed_rows();
  }
  for (const auto& [row, added] : changes.added) {
    sql_->add.bind(1, row).bind(2, added.enqueued).bind_bytes(3, added.bytes).run();
    ++rows;
  }
  for (const auto& [key, text] : changes.saved) {
    if (text.empty()) {
      sql_->forget.bind_text(1, key).run();
    } else {
      const std::string bytes = seal_text(text);
      sql_->save.bind_text(1, key).bind_bytes(2, bytes).run();
    }
  }
  if (changes.position) {
    const std::string bytes = encode(*changes.position);
    sql_->note.bind_text(1, "position").bind_bytes(2, bytes).run();
  }
  sql_->commit.run();
  rows_ = rows;
}

void SpoolFile::rollback() {
  if (!db_.in_transaction()) return;
  try {
    sql_->rollback.run();
  } catch (const SqlError&) {  // SQLite has rolled back by itself, or never will: the same to us
  }
}

void SpoolFile::checkpoint() {
  db_.checkpoint();
  const std::string number = std::to_string(++checkpoints_);
  sql_->note.bind_text(1, "checkpoint").bind_bytes(2, number).run();
}

std::int64_t SpoolFile::pages_in_use() {
  const auto one = [](Statement& statement) {
    const std::int64_t value = statement.step() ? statement.integer(0) : 0;
    statement.reset();
    return value;
  };
  return one(sql_->pages) - one(sql_->free_pages);
}

std::uint64_t SpoolFile::bytes() { return static_cast<std::uint64_t>(pages_in_use() * page_size_); }

void SpoolFile::make_room(const SpoolChanges& changes) {
  constexpr std::int64_t kOfTree = 4;  // pages that a tree may grow by beside those of its rows
  if (changes.added.empty() && changes.saved.empty()) return;
  std::int64_t pages = kOfTree;
  for (const auto& [row, added] : changes.added) {
    pages += static_cast<std::int64_t>(added.bytes.size()) / (page_size_ - 64) + 2;
  }
  for (const auto& [key, text] : changes.saved) {
    pages += static_cast<std::int64_t>(key.size() + text.size()) / (page_size_ - 64) + 2;
  }
  pages_ += pages;
  if (pages_ * page_size_ <= reserved_) return;
  pages_ = pages_in_use() + pages;
  const std::int64_t needed = (pages_ * page_size_ + kChunk - 1) / kChunk * kChunk;
  if (needed <= reserved_) return;
  db_.reserve(needed);
  reserved_ = needed;
}

std::int64_t SpoolFile::last_row() { return db_.number("SELECT max(row) FROM batch"); }

void SpoolFile::for_each_batch(std::int64_t after_row, const Take& take) {
  sql_->batches.bind(1, after_row);
  bool more = true;
  while (more && sql_->batches.step()) {
    more = take(sql_->batches.integer(0), sql_->batches.integer(1), sql_->batches.bytes(2));
  }
  sql_->batches.reset();
}

std::optional<io::Position> SpoolFile::position() {
  std::optional<io::Position> found;
  if (sql_->position.step()) {
    found = decode_position(sql_->position.bytes(0));
    if (!found) ++damaged_;
  }
  sql_->position.reset();
  return found;
}

void SpoolFile::for_each_saved(
    const std::function<void(std::string_view key, std::string_view text)>& take) {
  while (sql_->saved.step()) {
    const auto text = unseal_text(sql_->saved.bytes(1));
    if (text) {
      take(sql_->saved.bytes(0), *text);
    } else {
      ++damaged_;
    }
  }
}

void SpoolFile::limit_pages(std::int64_t pages) {
  db_.run(fmt::format("PRAGMA max_page_count={}", pages).c_str());
}

}  // namespace meterpipe::spool
