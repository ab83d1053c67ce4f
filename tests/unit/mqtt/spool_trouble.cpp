// The spool's bad days: killed, disk full, damaged, shared, cut off.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "os/log.hpp"
#include "os/status.hpp"
#include "spool/batch_codec.hpp"
#include "spool/spool.hpp"
#include "spool/sqlite.hpp"
#include "unit/mqtt/spool_support.hpp"

namespace meterpipe::spool_test {

namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void spill(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// What is said on stderr meanwhile.
class Said {
 public:
  explicit Said(const Folder& folder) : path_(folder.file("stderr")), before_(::dup(2)) {
    const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ::dup2(fd, 2);
    ::close(fd);
    os::Log::open("unit", os::Level::info);
  }
  ~Said() {
    os::Log::open("unit", os::Level::error);
    ::dup2(before_, 2);
    ::close(before_);
  }
  std::string text() const { return slurp(path_); }
  std::size_t lines() const {
    const std::string all = text();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  }

 private:
  std::string path_;
  int before_;
};

bool is_numbered(const Batch& batch, std::size_t size = 0) {
  return same(batch, numbered(std::stoull(batch.id), size));
}

// ---- killed

// In each transaction: some batches are added, some removed, the position is the number of the
// last. What is committed is told to the parent: "C last removed…".
[[noreturn]] void run_until_killed(const Folder& folder, int to, unsigned seed) {
  std::mt19937 random(seed);
  Spool spool(settings(folder));
  std::vector<std::pair<std::int64_t, std::uint64_t>> there;
  for (const auto& found : all_of(spool))
    there.emplace_back(found.row, std::stoull(found.batch.id));
  std::uint64_t last = spool.position() ? spool.position()->offset : 0;
  for (;;) {
    std::string told = "C";
    std::string removed;
    for (auto i = random() % 6; i > 0; --i) {
      const std::size_t size = random() % 8 == 0 ? 5000 : 0;
      there.emplace_back(spool.add(numbered(++last, size), 1), last);
    }
    for (auto i = random() % 6; i > 0 && !there.empty(); --i) {
      const std::size_t at = random() % 3 == 0 ? random() % there.size() : 0;
      spool.remove(there[at].first);
      removed += " " + std::to_string(there[at].second);
      there.erase(there.begin() + static_cast<std::ptrdiff_t>(at));
    }
    spool.set_position({"/f", 0, 0, last, ""});
    spool.save("last", std::to_string(last));
    // Told before: what may be done. Told after: what is done.
    const std::string will = "W " + std::to_string(last) + removed + "\n";
    const std::string did = "C\n";
    if (::write(to, will.data(), will.size()) < 0) _exit(2);
    if (!spool.commit()) _exit(3);
    if (::write(to, did.data(), did.size()) < 0) _exit(2);
    if (random() % 20 == 0 && !spool.checkpoint()) _exit(4);
  }
}

struct Model {
  std::uint64_t last = 0;
  std::set<std::uint64_t> there;
};

}  // namespace

TEST_CASE("spool: killed at any moment, what was committed is there, and nothing by halves") {
  Folder folder;
  std::mt19937 random(7);
  Model sure;
  int kills = 0, commits = 0, undecided = 0;
  for (int round = 0; round < 60; ++round) {
    int pipe[2];
    REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) run_until_killed(folder, pipe[1], 1000u + static_cast<unsigned>(round));
    ::close(pipe[1]);
    // Read on, or it would wait for us; kill it when it has told so much, whatever it does by then.
    const std::size_t enough = 1 + random() % 15'000;
    std::string told;
    char chunk[4096];
    for (ssize_t n = 0; (n = ::read(pipe[0], chunk, sizeof chunk)) > 0;) {
      told.append(chunk, static_cast<std::size_t>(n));
      if (told.size() >= enough) ::kill(child, SIGKILL);
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    ++kills;
    std::optional<Model> perhaps;
    std::istringstream lines(told);
    for (std::string line; std::getline(lines, line);) {
      if (line == "C") {
        sure = *perhaps;
        perhaps.reset();
        ++commits;
        continue;
      }
      Model next = sure;
      std::istringstream words(line.substr(1));
      words >> next.last;
      for (std::uint64_t n = sure.last + 1; n <= next.last; ++n) next.there.insert(n);
      for (std::uint64_t n = 0; words >> n;) next.there.erase(n);
      perhaps = next;
    }
    Spool spool(settings(folder));
    std::set<std::uint64_t> found;
    std::int64_t row_before = Spool::kBeforeAll;
    for (const auto& [row, enqueued, batch] : all_of(spool)) {
      CHECK(row > row_before);
      row_before = row;
      CHECK((is_numbered(batch) || is_numbered(batch, 5000)));
      found.insert(std::stoull(batch.id));
    }
    const std::uint64_t last = spool.position() ? spool.position()->offset : 0;
    std::string saved;
    spool.for_each_saved([&](std::string_view, std::string_view text) { saved = text; });
    CHECK((saved == std::to_string(last) || (saved.empty() && last == 0)));
    const bool is_next = perhaps && last == perhaps->last && found == perhaps->there;
    const bool is_sure = last == sure.last && found == sure.there;
    REQUIRE((is_sure || is_next));
    if (is_next) sure = *perhaps;
    if (perhaps) ++undecided;
  }
  MESSAGE("killed " << kills << " times in " << commits << " commits, " << undecided
                    << " times within one; " << sure.last << " batches, " << sure.there.size()
                    << " left");
  CHECK(commits > 500);
  CHECK(undecided > 0);
}

TEST_CASE("spool: a full disk is said once, loses nothing, and works again") {
  Folder folder;
  {
    Spool make(settings(folder));
    CHECK(make.close());
  }
  SpoolSettings full = settings(folder);
  full.page_limit = 60;
  std::size_t count = 0;
  {
    Said said(folder);
    Spool spool(full);
    std::vector<std::int64_t> rows;
    bool was_full = false;
    for (int i = 0; i < 400; ++i) {
      rows.push_back(spool.add(numbered(static_cast<std::uint64_t>(i + 1), 300), 1));
      spool.set_position({"/f", 0, 0, static_cast<std::uint64_t>(i + 1), ""});
      const bool done = spool.commit();
      was_full = was_full || !done;
      CHECK(done == spool.is_safe(rows.back()));
      CHECK(done != spool.has_uncommitted());
    }
    CHECK(was_full);
    CHECK(said.lines() == 1);
    CHECK(spool.size() == 400);
    const auto found = all_of(spool);
    REQUIRE(found.size() == 400);
    for (std::size_t i = 0; i < 400; ++i) CHECK(found[i].batch.id == std::to_string(i + 1));
    for (std::size_t i = 0; i < 390; ++i) spool.remove(rows[i]);
    CHECK(spool.commit());
    CHECK(said.lines() == 2);
    CHECK(said.text().find("can be written again") != std::string::npos);
    count = spool.size();
    CHECK(count == 10);
  }
  Spool spool(settings(folder));
  CHECK(spool.size() == count);
  CHECK(spool.position()->offset == 400);
  CHECK(all_of(spool).front().batch.id == "391");
}

TEST_CASE("spool: what cannot be written is bounded in memory, the oldest goes") {
  Folder folder;
  SpoolSettings full = settings(folder);
  full.page_limit = 20;
  full.most_unsafe_bytes = 10'000;
  Said said(folder);
  Spool spool(full);
  std::size_t dropped = 0;
  std::int64_t last = 0;
  for (int i = 0; i < 500; ++i) {
    last = spool.add(numbered(static_cast<std::uint64_t>(i + 1), 200), 1);
    spool.commit();
    const auto gone = spool.trim(1, true, true);
    CHECK(gone.too_old.empty());
    dropped += gone.too_many.size();
    CHECK(spool.bytes() < 20 * 1024 + 11'000);
  }
  CHECK(spool.size() + dropped == 500);
  CHECK(dropped > 300);
  CHECK(all_of(spool).back().row == last);
  CHECK(said.lines() == 1);
}

TEST_CASE("spool: no room for a single byte (file size limit): said, survived, works again") {
  Folder folder;
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Said said(folder);
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t hard = limit.rlim_max;
    limit.rlim_cur = 3000;  // not even the tables fit
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Spool spool(settings(folder));
    bool good = true;
    for (std::uint64_t n = 1; n <= 20; ++n) {
      spool.add(numbered(n, 500), 1);
      good = good && !spool.commit();
    }
    good = good && spool.size() == 20 && all_of(spool).size() == 20;
    limit.rlim_cur = hard;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    good = good && spool.commit() && spool.close();
    good = good && said.text().find("can be written again") != std::string::npos;
    good = good && said.lines() == 2;
    _exit(good ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  if (status != 0) MESSAGE(slurp(folder.file("stderr")));
  Spool spool(settings(folder));
  CHECK(spool.size() == 20);
  CHECK(spool.load(Spool::kBeforeAll, 1).at(0).batch.id == "1");
}

TEST_CASE("spool: damaged in any way, it goes on with what can still be read") {
  std::mt19937 random(11);
  int moved = 0, intact = 0, whole = 0;
  std::size_t kept = 0, lost = 0;
  for (int round = 0; round < 240; ++round) {
    Folder folder;
    const std::uint64_t count = 20 + random() % 60;
    const bool killed = random() % 3 == 0;  // the log is still there
    const std::string copy = folder.file("copy");
    {
      Spool spool(settings(folder));
      for (std::uint64_t n = 1; n <= count; ++n) {
        spool.add(numbered(n, random() % 2000), 1);
        if (random() % 4 == 0) spool.commit();
      }
      for (std::uint64_t n = 0; n < count / 3; ++n)
        spool.remove(static_cast<std::int64_t>(n * 2 + 1));
      spool.set_position({"/f", 0, 0, count, ""});
      spool.save("k", "text");
      spool.commit();
      std::filesystem::copy_file(folder.file("s.db"), copy);
      std::filesystem::copy_file(folder.file("s.db") + "-wal", copy + "-wal");
    }
    if (killed) {
      std::filesystem::rename(copy, folder.file("s.db"));
      std::filesystem::rename(copy + "-wal", folder.file("s.db") + "-wal");
    }
    std::set<std::string> ids;
    for (std::uint64_t n = 1; n <= count; ++n) ids.insert(std::to_string(n));
    for (std::uint64_t n = 0; n < count / 3; ++n) ids.erase(std::to_string(n * 2 + 1));
    const std::string victim = folder.file("s.db") + (killed && random() % 2 == 0 ? "-wal" : "");
    std::string bytes = slurp(victim);
    REQUIRE(!bytes.empty());
    const auto noise = [&](std::size_t at, std::size_t size) {
      for (std::size_t i = at; i < std::min(at + size, bytes.size()); ++i) {
        bytes[i] = static_cast<char>(random());
      }
    };
    switch (round % 8) {
      case 0:  // a page, at the start of a page
        noise(random() % (bytes.size() / 1024) * 1024, 1024);
        break;
      case 1: bytes.resize(random() % bytes.size()); break;
      case 2: noise(0, bytes.size()); break;
      case 3: noise(random() % bytes.size(), 1 + random() % 8); break;
      case 4: noise(0, 1 + random() % 200); break;
      case 5:
        for (int i = 0; i < 20; ++i) noise(random() % bytes.size(), 1);
        break;
      case 6: {  // a page is another one
        const std::size_t pages = bytes.size() / 1024;
        bytes.replace(random() % pages * 1024, 1024, bytes.substr(random() % pages * 1024, 1024));
        break;
      }
      default:
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(random() % bytes.size() / 2),
                    bytes.size() / 2, '\0');
        break;
    }
    spill(victim, bytes);
    Said said(folder);
    std::size_t found = 0;
    {
      Spool spool(settings(folder));
      for (const auto& one : all_of(spool)) {
        ++found;
        if (!ids.contains(one.batch.id) && victim == folder.file("s.db")) {
          FAIL_CHECK("round " << round << ": " << one.batch.id << " was removed");
        }
      }
      CHECK(spool.size() == found);
      const auto position = spool.position();
      if (position && victim == folder.file("s.db")) CHECK(position->offset == count);
      const std::int64_t row = spool.add(numbered(1000), 1);
      spool.set_position({"/f", 0, 0, 1000, ""});
      CHECK(spool.commit());
      CHECK(spool.is_safe(row));
      CHECK(spool.checkpoint());
    }
    {
      Spool spool(settings(folder));
      CHECK(spool.size() == found + 1);
      CHECK(all_of(spool).back().batch.id == "1000");
      CHECK(spool.position()->offset == 1000);
    }
    const bool aside = std::filesystem::exists(folder.file("s.db") + ".corrupt-1");
    ++(aside ? moved : intact);
    if (aside) {
      const auto text = said.text();
      CHECK(text.find(".corrupt-1; a new one has ") != std::string::npos);
    }
    kept += found;
    lost += ids.size() - std::min(found, ids.size());
    if (found == ids.size()) ++whole;
  }
  MESSAGE("damaged 240 times: " << moved << " moved aside, " << intact << " not noticed by SQLite; "
                                << whole << " lost nothing; " << kept << " batches kept, " << lost
                                << " lost");
  CHECK(moved > 50);
  CHECK(kept > 1000);
}

TEST_CASE("spool: damaged while it runs, it goes on with a new one") {
  Folder folder;
  Said said(folder);
  Spool spool(settings(folder));
  for (std::uint64_t n = 1; n <= 300; ++n) spool.add(numbered(n, 700), 1);
  CHECK(spool.commit());
  CHECK(spool.checkpoint());
  {
    const int fd = ::open(folder.file("s.db").c_str(), O_WRONLY);  // no close: locks would go
    const std::string noise(1024, '\xa5');
    for (int page = 20; page < 40; ++page) {
      CHECK(::pwrite(fd, noise.data(), noise.size(), page * 1024) == 1024);
    }
  }
  // More than the cache holds, so that it must be read again.
  std::size_t found = all_of(spool).size();
  CHECK(found > 150);
  CHECK(found < 300);
  CHECK(said.text().find("damaged") != std::string::npos);
  spool.add(numbered(1000), 1);
  CHECK(spool.commit());
  CHECK(all_of(spool).back().batch.id == "1000");
  CHECK(spool.size() == found + 1);
  CHECK(spool.close());
}

TEST_CASE("spool: removed by somebody while it runs, it is made again, whole") {
  Folder folder;
  Said said(folder);
  Spool spool(settings(folder));
  for (std::uint64_t n = 1; n <= 10; ++n) spool.add(numbered(n), 1);
  CHECK(spool.commit());
  std::filesystem::remove(folder.file("s.db"));
  CHECK(spool.checkpoint());
  CHECK(std::filesystem::exists(folder.file("s.db")));
  CHECK(spool.size() == 10);
  CHECK(said.lines() == 1);
}

TEST_CASE("spool: its folder is away for a while: said, tried again, and nothing is lost") {
  Folder folder;
  Said said(folder);
  const std::string there = folder.file("there"), away = folder.file("away");
  std::filesystem::create_directory(there);
  SpoolSettings in_folder = settings(folder);
  in_folder.path = there + "/s.db";
  Spool spool(in_folder);
  for (std::uint64_t n = 1; n <= 10; ++n) spool.add(numbered(n), 1);
  CHECK(spool.commit());
  std::filesystem::rename(there, away);
  CHECK_FALSE(spool.checkpoint());
  CHECK(said.text().find("cannot be written") != std::string::npos);
  spool.add(numbered(11), 1);
  CHECK_FALSE(spool.commit());
  std::filesystem::rename(away, there);
  CHECK(spool.commit());
  CHECK(said.text().find("can be written again") != std::string::npos);
  const auto all = all_of(spool);
  REQUIRE(all.size() == 11);
  CHECK(all.front().batch.id == "1");
  CHECK(all.back().batch.id == "11");
  CHECK(spool.close());
}

TEST_CASE("spool: what could not be written is not tried again at once") {
  Folder folder;
  Said said(folder);
  const std::string there = folder.file("there"), away = folder.file("away");
  std::filesystem::create_directory(there);
  SpoolSettings patient = settings(folder);
  patient.path = there + "/s.db";
  patient.retry_ms = 3'600'000;
  Spool spool(patient);
  spool.add(numbered(0), 1);
  CHECK(spool.commit());
  std::filesystem::rename(there, away);
  CHECK_FALSE(spool.checkpoint());
  std::filesystem::rename(away, there);
  spool.add(numbered(1), 1);
  CHECK_FALSE(spool.commit());
  CHECK(said.lines() == 1);
}

TEST_CASE("spool: what was saved and is damaged is left out and counted") {
  Folder folder;
  {
    Spool spool(settings(folder));
    spool.save("a", "first");
    spool.save("b", "second");
    CHECK(spool.commit());
    CHECK(spool.close());
  }
  {
    Database db(folder.file("s.db"));
    db.run("UPDATE saved SET bytes = x'0102030405060708' WHERE key = 'a'");
  }
  Said said(folder);
  Spool spool(settings(folder));
  std::map<std::string, std::string> texts;
  spool.for_each_saved(
      [&](std::string_view key, std::string_view text) { texts.emplace(key, text); });
  CHECK(texts == std::map<std::string, std::string>{{"b", "second"}});
  CHECK(said.text().find("1 damaged entries are left out") != std::string::npos);
}

TEST_CASE("spool: a repair that was cut short is taken up") {
  Folder folder;
  {
    Spool spool(settings(folder));
    spool.add(numbered(1), 1);
    CHECK(spool.close());
  }
  std::filesystem::rename(folder.file("s.db"), folder.file("s.db") + ".new");
  spill(folder.file("s.db") + "-wal", std::string(5000, 'x'));
  Spool spool(settings(folder));
  CHECK(spool.size() == 1);
}

TEST_CASE("spool: one program at a time; others and newer ones are refused, and left as they are") {
  Folder folder;
  const auto status_of = [&](const std::string& path, std::string& text) {
    SpoolSettings other = settings(folder);
    other.path = path;
    try {
      Spool spool(other);
    } catch (const os::Fatal& fatal) {
      text = fatal.what();
      return static_cast<int>(fatal.status());
    }
    return 0;
  };
  std::string text;
  CHECK(status_of(folder.file("none/s.db"), text) == 66);
  CHECK(status_of(folder.path(), text) == 78);
  {
    int pipe[2];
    REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      Spool spool(settings(folder));
      spool.add(numbered(1), 1);
      spool.commit();
      if (::write(pipe[1], "x", 1) != 1) _exit(1);
      ::pause();
      _exit(1);
    }
    char ready = 0;
    REQUIRE(::read(pipe[0], &ready, 1) == 1);
    CHECK(status_of(folder.file("s.db"), text) == 74);
    CHECK(text.find("in use by another program") != std::string::npos);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
  }
  CHECK(status_of(folder.file("s.db"), text) == 0);
  const auto shell = [&](const std::string& file, const std::string& sql) {
    return std::system(("sqlite3 " + folder.file(file) + " \"" + sql + "\" >/dev/null").c_str());
  };
  REQUIRE(shell("s.db", "PRAGMA user_version=2") == 0);
  CHECK(status_of(folder.file("s.db"), text) == 78);
  CHECK(text.find("newer") != std::string::npos);
  REQUIRE(shell("other.db", "CREATE TABLE states(x); INSERT INTO states VALUES(1)") == 0);
  const std::string before = slurp(folder.file("other.db"));
  CHECK(status_of(folder.file("other.db"), text) == 78);
  CHECK(text.find("another program") != std::string::npos);
  CHECK(slurp(folder.file("other.db")) == before);
  if (::geteuid() != 0) {
    spill(folder.file("closed.db"), "");
    ::chmod(folder.file("closed.db").c_str(), 0);
    CHECK(status_of(folder.file("closed.db"), text) == 77);
  }
}

}  // namespace meterpipe::spool_test
