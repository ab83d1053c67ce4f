// What a session sends while it is online: values in their order, those that were held back first,
// and what comes of them.
#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>

#include "mqtt/session.hpp"
#include "os/clock.hpp"
#include "os/log.hpp"

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kHeldSaid = 20;  // topics
constexpr std::size_t kAnySize = std::numeric_limits<std::size_t>::max();

}  // namespace

std::size_t Session::window() const {
  return std::min<std::size_t>(window_, connection_->limits().receive_maximum);
}

void Session::send() {
  if (!own_due_.empty() && !send_own()) return;
  if (!held_.empty() && !send_held()) return;
  bool corked = false;
  while (state_ == State::online && outbox_.in_flight() < window()) {
    const long long now = os::monotonic_ms();
    const Queue::Next next = outbox_.next(now);
    if (next.message == nullptr) break;
    const std::string_view topic = next.message->topic();
    const std::size_t bytes = packet_size(*next.message, qos_, 0);
    if (next.batch->kind == Batch::Kind::state && hold_back(next, bytes, now)) continue;
    if (const Aside::Entry* const aside = aside_.find(topic, bytes, now)) {
      ++(aside->why == Aside::Why::refused ? counts_.refused : counts_.unsendable);
      outbox_.skip();
      continue;
    }
    if (!suspects_.may_send(topic, on_their_way(), now)) break;
    if (!corked && outbox_.in_memory() - outbox_.in_flight() > 1) {
      connection_->gather(true);
      corked = true;
    }
    int id = 0;
    const Batch& batch = *next.batch;
    const Properties properties{batch.id, batch.auth,
                                batch.kind == Batch::Kind::state ? expiry_s_ : 0};
    const int error = connection_->publish(*next.message, properties, qos_, id);
    if (error == 0) {
      suspects_.sent(topic, bytes, next.message->retain() && connection_->limits().retain,
                     batch.kind == Batch::Kind::state, now);
      outbox_.sent(id);
      take_done();
    } else if (Connection::is_about_message(error)) {
      complaints_.unsendable(next.message->topic(), connection_->error_text(error));
      outbox_.skip();
      ++counts_.unsendable;
    } else {
      return on_lost(error);
    }
  }
  if (corked && state_ == State::online) connection_->gather(false);
}

// A value whose topic is put aside, or behind which such ones wait. False: it may go.
bool Session::hold_back(const Queue::Next& next, std::size_t bytes, long long now) {
  const std::string_view topic = next.message->topic();
  const Aside::Entry* const aside = aside_.find(topic, bytes, now);
  if (aside != nullptr) {
    if (aside->why != Aside::Why::breaks_off) return false;
  } else if (!held_.has(topic) || aside_.find(topic, kAnySize, now) != nullptr) {
    return false;  // for its size the broker may take it
  }
  for (const auto& [name, count] : held_.add({*next.message, next.batch->id, next.batch->auth})) {
    counts_.unsendable += count;
    complaints_.too_many_held(name);
  }
  outbox_.skip();
  return true;
}

// What was held back, of topics that are tried again. False: nothing else may be sent now.
bool Session::send_held() {
  while (state_ == State::online && on_their_way() < window()) {
    const long long now = os::monotonic_ms();
    const HeldBack::Value* const value = held_.next([&](const Message& message) {
      const std::size_t bytes = packet_size(message, qos_, 0);
      return aside_.find(message.topic(), bytes, now) == nullptr &&
             suspects_.may_send(message.topic(), on_their_way(), now);
    });
    if (value == nullptr) break;
    const std::string topic(value->message.topic());
    const std::size_t bytes = packet_size(value->message, qos_, 0);
    const bool retain = value->message.retain() && connection_->limits().retain;
    int id = 0;
    const int error =
        connection_->publish(value->message, {value->id, value->auth, expiry_s_}, qos_, id);
    if (error != 0 && !Connection::is_about_message(error)) {
      on_lost(error);
      return false;
    }
    held_.sent(topic);
    if (error != 0) {
      complaints_.unsendable(topic, connection_->error_text(error));
      ++counts_.unsendable;
      held_.done(topic);
      continue;
    }
    suspects_.sent(topic, bytes, retain, true, now);
    own_[id] = {Own::What::held, topic, bytes, retain};
    take_done();  // at QoS 0 it may be written already
  }
  return state_ == State::online;
}

// At the end: what is held back still.
void Session::say_held() {
  const bool is_kept = outbox_.store() != nullptr;
  std::size_t said = 0;
  const auto all = held_.all();
  for (const auto& [topic, count] : all) {
    if (++said > kHeldSaid) break;
    os::Log::write(is_kept ? os::Level::info : os::Level::error,
                   fmt::format("{} values of {} {}", count, topic,
                               is_kept ? "are kept for the next run" : "are lost"));
  }
  if (all.size() > kHeldSaid) {
    os::Log::write(is_kept ? os::Level::info : os::Level::error,
                   fmt::format("so are those of {} further topics", all.size() - kHeldSaid));
  }
  if (!is_kept) counts_.unsendable += held_.size();
}

void Session::take_done() {
  const std::vector<Refused> refused = connection_->take_refused();
  for (const auto& [id, reason] : connection_->take_done()) {
    progress_at_ = os::monotonic_ms();
    is_refused_ = reason != 0;
    if (const auto own = own_.extract(id)) {
      const auto& [what, topic, bytes, retain] = own.mapped();
      note_taken(topic, bytes, retain);
      if (what == Own::What::offline) farewell_done_ = true;
      if (what == Own::What::held) {
        ++(reason == 0 ? counts_.delivered : counts_.refused);
        held_.done(topic);
        blamed_ = 0;
      }
      continue;
    }
    const auto done = outbox_.acknowledge(id);
    if (!done.known) continue;
    if (done) ++(reason == 0 ? counts_.delivered : counts_.refused);
    blamed_ = 0;
  }
  for (const Refused& one : refused) {
    complaints_.refused(one);
    if (one.what != Refused::What::message || !is_for_good(one.reason)) continue;
    const long long until = os::monotonic_ms() + timeouts_.aside_ms;
    aside_.add(one.topic, {until, 0, Aside::Why::refused});
    backoff_.reset();  // where that ends the connection, too, the next one comes further
  }
}

}  // namespace meterpipe::mqtt
