// SQLite as this folder uses it: a connection, prepared statements, errors as exceptions that stay
// inside the spool. The one place that sees sqlite3.h.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace meterpipe::spool {

class SqlError : public std::runtime_error {
 public:
  SqlError(sqlite3* db, int code);
  static SqlError damage();
  static SqlError full();

  // The file is not what was written: what can be read of it must go into a new one.
  bool is_damage() const;
  bool is_busy() const;  // another program holds the file
  bool is_full() const;  // no room on the disk, or a limit of ours

 private:
  int code_;
};

class Database {
 public:
  // Opens, makes it if it is not there.
  explicit Database(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const char* sql);
  std::int64_t number(const char* sql);  // the first column of the first row, or 0
  std::string text(const char* sql);     // the same
  bool in_transaction() const;
  std::int64_t changed_rows() const;  // by the last statement
  // Leaves file and log as they are when it is closed.
  void leave_as_it_is();
  // The file of this name is another one now, or none.
  bool has_moved();
  // The file grows by so many bytes at a time.
  void grow_by(int bytes);
  // So many bytes of the file are there, so that a checkpoint needs no more. Full: no room for
  // them.
  void reserve(std::int64_t bytes);
  // Moves all that is committed out of the log into the file, and syncs both.
  void checkpoint();
  // Pages in the log after the last commit.
  std::int64_t log_pages() const { return log_pages_; }

  sqlite3* handle() { return db_; }

 private:
  sqlite3* db_ = nullptr;
  std::int64_t log_pages_ = 0;
};

// Parameters and columns are counted from 1 and from 0, as SQLite does.
class Statement {
 public:
  Statement(Database& db, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int parameter, std::int64_t value);
  // The bytes must live until reset().
  Statement& bind_bytes(int parameter, std::string_view bytes);
  Statement& bind_text(int parameter, std::string_view text);
  // True: there is a row. False: done, and reset.
  bool step();
  void reset();
  // Runs to its end.
  void run();

  std::int64_t integer(int column);
  std::string_view bytes(int column);  // good until the next step

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace meterpipe::spool
