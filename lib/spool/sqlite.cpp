#include "spool/sqlite.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace meterpipe::spool {
namespace {

// SQLite's sentence, and the system's where a system call failed.
std::string sentence(sqlite3* db, int code) {
  std::string text = sqlite3_errstr(code);
  const int number = db == nullptr ? 0 : sqlite3_system_errno(db);
  const int primary = code & 0xff;
  const bool of_system =
      primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL;
  if (of_system && number != 0) text += fmt::format(", {}", std::strerror(number));
  return text;
}

void check(sqlite3* db, int code) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) throw SqlError(db, code);
}

}  // namespace

SqlError::SqlError(sqlite3* db, int code)
    : std::runtime_error(sentence(db, code)), code_(code & 0xff) {}

SqlError SqlError::damage() { return {nullptr, SQLITE_CORRUPT}; }

SqlError SqlError::full() { return {nullptr, SQLITE_FULL}; }

// Constraint, schema and type errors have no other cause here than a file that is not ours any
// more.
bool SqlError::is_damage() const {
  return code_ == SQLITE_CORRUPT || code_ == SQLITE_NOTADB || code_ == SQLITE_ERROR ||
         code_ == SQLITE_SCHEMA || code_ == SQLITE_CONSTRAINT || code_ == SQLITE_MISMATCH;
}

bool SqlError::is_busy() const { return code_ == SQLITE_BUSY || code_ == SQLITE_LOCKED; }

bool SqlError::is_full() const { return code_ == SQLITE_FULL; }

Database::Database(const std::string& path) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &db_, flags, nullptr);
  if (code != SQLITE_OK) {
    const SqlError error(db_, code);
    sqlite3_close(db_);
    throw error;
  }
  sqlite3_extended_result_codes(db_, 1);
  // In place of SQLite's own, which would make a checkpoint when it likes to.
  const auto hook = [](void* pages, sqlite3*, const char*, int in_log) {
    *static_cast<std::int64_t*>(pages) = in_log;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db_, hook, &log_pages_);
  // What stands in a damaged file is not to be believed.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
}

Database::~Database() { sqlite3_close_v2(db_); }

void Database::run(const char* sql) {
  check(db_, sqlite3_exec(db_, sql, nullptr, nullptr, nullptr));
}

std::int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? std::string(statement.bytes(0)) : std::string();
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

std::int64_t Database::changed_rows() const { return sqlite3_changes64(db_); }

void Database::leave_as_it_is() {
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

bool Database::has_moved() {
  int moved = 0;
  const int code = sqlite3_file_control(db_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return code == SQLITE_OK && moved != 0;
}

void Database::checkpoint() {
  check(db_, sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr));
}

void Database::grow_by(int bytes) {
  check(db_, sqlite3_file_control(db_, "main", SQLITE_FCNTL_CHUNK_SIZE, &bytes));
}

void Database::reserve(std::int64_t bytes) {
  // What fails here is the room on the disk.
  if (sqlite3_file_control(db_, "main", SQLITE_FCNTL_SIZE_HINT, &bytes) != SQLITE_OK) {
    throw SqlError::full();
  }
}

Statement::Statement(Database& db, std::string_view sql) : db_(db.handle()) {
  check(db_, sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int parameter, std::int64_t value) {
  check(db_, sqlite3_bind_int64(statement_, parameter, value));
  return *this;
}

Statement& Statement::bind_bytes(int parameter, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  check(db_, sqlite3_bind_blob64(statement_, parameter, data, bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_text(int parameter, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  check(db_,
        sqlite3_bind_text64(statement_, parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  const SqlError error(db_, code);
  reset();
  throw error;
}

void Statement::reset() { sqlite3_reset(statement_); }

void Statement::run() {
  while (step()) {
  }
}

std::int64_t Statement::integer(int column) { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::bytes(int column) {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

}  // namespace meterpipe::spool
