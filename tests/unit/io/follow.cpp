// Following a file: rotated, truncated, copied, left and taken up again.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "io/input.hpp"
#include "record/input.hpp"
#include "support/folder.hpp"

namespace meterpipe::test {

namespace {

class Lines : public record::Sink {
 public:
  void on_record(record::Line& line, std::uint64_t) override {
    seen.push_back(std::stoi(std::string(line.find("n")->raw)));
  }
  void on_piece(const record::InputPiece&) override { ++strange; }
  void on_bad_line(const Error&, std::uint64_t, std::string_view) override { ++strange; }

  std::vector<int> seen;
  int strange = 0;
};

struct Stop {};

// A program that writes lines {"n":1}, {"n":2}, …, in pieces, and rotates its file.
class Writer {
 public:
  Writer(std::string path, std::mt19937& random) : path_(std::move(path)), random_(random) {
    write("");
  }
  void write(std::string_view text) {
    std::ofstream(path_, std::ios::binary | std::ios::app) << text;
  }
  void line() {
    const std::string pad(random_() % 300, 'x');
    pending_ +=
        "{\"v\":1,\"t\":\"reading\",\"n\":" + std::to_string(++last_) + ",\"x\":\"" + pad + "\"}\n";
  }
  void some() {
    for (auto i = random_() % 5; i > 0; --i) line();
    const std::size_t size =
        random_() % 3 == 0 ? random_() % (pending_.size() + 1) : pending_.size();
    write(pending_.substr(0, size));
    pending_.erase(0, size);
  }
  void finish_line() {
    write(pending_);
    pending_.clear();
  }
  // logrotate's way: FILE.1 becomes FILE.2, FILE becomes FILE.1.
  void rotate() {
    finish_line();
    for (int i = 200; i >= 1; --i) {
      const std::string from = path_ + "." + std::to_string(i);
      if (std::filesystem::exists(from)) {
        std::filesystem::rename(from, path_ + "." + std::to_string(i + 1));
      }
    }
    std::filesystem::rename(path_, path_ + ".1");
    if (random_() % 2 == 0) write("");
  }
  void rotate_by_copy() {
    finish_line();
    std::filesystem::remove(path_ + ".1");
    std::filesystem::copy_file(path_, path_ + ".1");
    std::filesystem::resize_file(path_, 0);
  }
  // As an editor or a backup does: the same under another inode.
  void replace_by_copy() {
    std::filesystem::copy_file(path_, path_ + "~");
    std::filesystem::rename(path_ + "~", path_);
  }
  int last() const { return last_; }

 private:
  std::string path_;
  std::mt19937& random_;
  std::string pending_;
  int last_ = 0;
};

// Reads until `step`, which is called where there is nothing to read, throws Stop.
template <class Step>
void follow(io::Input& input, record::InputSplitter& splitter, const Step& step) {
  input.wait_with([&](pollfd* fds, nfds_t, int) {
    if (fds != nullptr) return 1;
    step();
    return 0;
  });
  io::Output none(-1);
  try {
    while (const auto chunk = input.read(none)) {
      if (chunk->ends_file) {
        splitter.end_line();
      } else {
        splitter.push(chunk->text);
      }
    }
  } catch (const Stop&) {
  }
}

}  // namespace

TEST_CASE("input: followed through rotations, left at any moment and taken up, no line is lost") {
  std::mt19937 random(3);
  int rotations = 0, starts = 0, lines = 0;
  for (int round = 0; round < 60; ++round) {
    Folder folder;
    const std::string path = folder.file("readings.jsonl");
    Writer writer(path, random);
    writer.some();
    std::vector<int> seen;
    std::optional<io::Position> position = io::Input({path}, true).position(0);
    for (int run = 0; run < 12; ++run) {
      // While nobody reads.
      for (auto i = random() % 6; i > 0; --i) {
        writer.some();
        if (random() % 4 == 0) {
          writer.rotate();
          ++rotations;
        }
      }
      writer.write("");
      ++starts;
      Lines sink;
      sink.seen = seen;
      io::Input input({path}, true);
      record::InputSplitter splitter(record::Form::automatic, sink);
      input.resume(*position);
      int steps = static_cast<int>(random() % 20);
      follow(input, splitter, [&] {
        // Killed: what was seen behind the last position is forgotten with it.
        if (random() % 3 == 0) {
          position = input.position(splitter.taken());
          REQUIRE(position);
          seen = sink.seen;
        }
        if (steps-- == 0) throw Stop();
        // What was read is all of it here; fewer bytes than 128 may be anybody's.
        if (random() % 12 == 0 && std::filesystem::exists(path) &&
            std::filesystem::file_size(path) >= 128) {
          position = input.position(splitter.taken());
          seen = sink.seen;
          if (position->offset >= 128) writer.replace_by_copy();
        }
        writer.some();
        if (random() % 6 == 0) {
          writer.rotate();
          ++rotations;
          if (random() % 2 == 0) {  // again before anybody has looked
            writer.some();
            writer.rotate();
          }
          writer.some();
        }
      });
      CHECK(sink.strange == 0);
    }
    writer.finish_line();
    writer.line();
    writer.finish_line();
    Lines sink;
    sink.seen = seen;
    io::Input input({path}, true);
    record::InputSplitter splitter(record::Form::automatic, sink);
    input.resume(*position);
    int idle = 0;
    follow(input, splitter, [&] {
      if (++idle == 3) throw Stop();
    });
    REQUIRE(sink.seen.size() == static_cast<std::size_t>(writer.last()));
    for (int n = 1; n <= writer.last(); ++n) {
      REQUIRE(sink.seen[static_cast<std::size_t>(n - 1)] == n);
    }
    lines += writer.last();
  }
  MESSAGE(lines << " lines in 60 files, rotated " << rotations << " times, " << starts
                << " starts: each line once, in order");
  CHECK(rotations > 500);
}

TEST_CASE("input: where an earlier run left") {
  Folder folder;
  std::mt19937 random(4);
  const std::string path = folder.file("r.jsonl");
  Writer writer(path, random);
  for (int i = 0; i < 20; ++i) writer.line();
  writer.finish_line();
  io::Position position;
  const auto read_from = [&](const io::Position* from, const std::vector<std::string>& paths) {
    Lines sink;
    io::Input input(paths, true);
    if (from != nullptr) input.resume(*from);
    record::InputSplitter splitter(record::Form::automatic, sink);
    follow(input, splitter, [] { throw Stop(); });
    position = *input.position(splitter.taken());
    CHECK(sink.strange == 0);
    return sink.seen.size();
  };
  CHECK(read_from(nullptr, {path}) == 20);
  const io::Position behind = position;
  CHECK(behind.offset == std::filesystem::file_size(path));
  CHECK(behind.path == path);
  CHECK(read_from(&behind, {path}) == 0);
  CHECK(position == behind);

  SUBCASE("an unfinished line is not taken") {
    writer.write("{\"v\":1,\"t\":\"reading\"");
    CHECK(read_from(&behind, {path}) == 0);
    CHECK(position == behind);
    writer.write(",\"n\":21}\n");
    CHECK(read_from(&behind, {path}) == 1);
  }
  SUBCASE("files before it are done") {
    const std::string first = folder.file("first.jsonl");
    Writer(first, random).write("{\"v\":1,\"t\":\"reading\",\"n\":0}\n");
    writer.write("{\"v\":1,\"t\":\"reading\",\"n\":21}\n");
    CHECK(read_from(&behind, {first, path}) == 1);
    CHECK(read_from(&behind, {first}) == 1);  // another input: from its start
  }
  SUBCASE("copied and truncated: the rest of the copy, then the file") {
    writer.line();
    writer.rotate_by_copy();
    writer.line();
    writer.finish_line();
    CHECK(read_from(&behind, {path}) == 2);
  }
  SUBCASE("truncated: from the start") {
    std::filesystem::resize_file(path, 0);
    writer.line();
    writer.finish_line();
    CHECK(read_from(&behind, {path}) == 1);
  }
  SUBCASE("written anew under the same inode, and longer: from the start") {
    std::filesystem::resize_file(path, 0);
    for (int i = 0; i < 100; ++i) writer.line();
    writer.finish_line();
    CHECK(read_from(&behind, {path}) == 100);
  }
  SUBCASE("another file, the old one gone: from the start") {
    std::filesystem::remove(path);
    writer.line();
    writer.finish_line();
    CHECK(read_from(&behind, {path}) == 1);
  }
  SUBCASE("a copy under another inode is the same") {
    writer.replace_by_copy();
    writer.line();
    writer.finish_line();
    CHECK(read_from(&behind, {path}) == 1);
  }
  SUBCASE("truncated while it is followed") {
    Lines sink;
    io::Input input({path}, true);
    record::InputSplitter splitter(record::Form::automatic, sink);
    int step = 0;
    follow(input, splitter, [&] {
      if (++step == 1) {
        std::filesystem::resize_file(path, 0);
        writer.line();
        writer.finish_line();
      }
      if (step == 4) throw Stop();
    });
    CHECK(sink.seen.size() == 21);
    CHECK(input.position(splitter.taken())->offset == std::filesystem::file_size(path));
  }
}

TEST_CASE("splitter: what is taken, and what was not") {
  class Few : public Lines {
   public:
    bool done() const override { return seen.size() == 2; }
  } sink;
  record::InputSplitter splitter(record::Form::automatic, sink);
  const std::string line = "{\"v\":1,\"t\":\"reading\",\"n\":1}\n";
  splitter.push(line + line.substr(0, 5));
  CHECK(splitter.taken() == line.size());
  splitter.push(line.substr(5) + line + line);
  CHECK(splitter.taken() == 2 * line.size());
  splitter.finish();
  CHECK(splitter.taken() == 2 * line.size());
}

}  // namespace meterpipe::test
