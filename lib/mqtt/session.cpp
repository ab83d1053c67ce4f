#include "mqtt/session.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kWindow = 200;    // messages in flight
constexpr long long kPatienceMs = 250;  // with a broker that pauses, for the sake of a pipe
constexpr long long kSignalMs = 2000;   // what is still done after SIGINT or SIGTERM
constexpr long long kFarewellMs = 1000;
constexpr int kBreaks = 2;             // of the connection on one packet alone, until it is that
constexpr int kBreaksOfValue = 5;      // a value is put aside late: brokers restart, too
constexpr int kMostBlamed = 3;         // with nothing done in between: it is the broker
constexpr std::size_t kSmall = 1024;   // bytes that any broker takes
constexpr int kCutShort = 3;           // connections in a row, until it may be for the will
constexpr int kFlapsSaid = 3;          // connections in a row that did not hold
constexpr long long kAwayMs = 60'000;  // a broker for so long: what grows too old is dropped
constexpr int kMostLingers = 3;        // where connections do not hold
constexpr long long kNever = std::numeric_limits<long long>::max();

}  // namespace

Session::Session(const SessionSettings& settings, BatchStore* store)
    : qos_(settings.qos),
      password_(settings.password),
      outbox_(settings.outbox, store),
      window_(std::max<std::size_t>(1, std::min(kWindow, settings.outbox.most_messages / 2))),
      resolver_(settings.look_up),
      backoff_(settings.timeouts.first_pause_ms),
      random_(std::random_device{}()),
      suspects_(settings.qos != 0, !settings.bridge_topic.empty(), settings.timeouts.quiet_ms),
      held_(settings.outbox.most_messages, store),
      expiry_s_(settings.expiry_s),
      subscriptions_(settings.subscriptions),
      timeouts_(settings.timeouts),
      will_(settings.bridge_topic, settings.bridge_topic.empty() ? "" : "offline",
            settings.retain_bridge) {
  connection_settings_ = {settings.client_id,        {}, {},      settings.keepalive, will_,
                          std::min(settings.qos, 1), {}, nullptr, settings.version};
  const auto add = [&](const BrokerUrl& url) {
    brokers_.push_back(
        {url, url.tls ? std::make_unique<TlsContext>(settings.tls, url.host) : nullptr});
  };
  add(settings.broker);
  for (const BrokerUrl& url : settings.others) add(url);
  use_broker(0);
  outbox_.on_taken([this](const Message& message) {
    note_taken(message.topic(), packet_size(message, qos_, 0), message.retain());
    // A smaller one: what was larger, and before it, goes no more.
    if (held_.empty() || is_refused_) return;
    const std::size_t lost = held_.drop(message.topic());
    counts_.unsendable += lost;
    if (lost != 0) complaints_.overtaken(message.topic(), lost);
  });
}

void Session::use_broker(std::size_t at) {
  at_ = at;
  url_ = brokers_[at].url;
  broker_ = url_.text();
  tls_ = brokers_[at].tls.get();
  connection_settings_.user = url_.user;
  connection_settings_.password = url_.user.empty() ? std::nullopt : password_;
  connection_settings_.tls = tls_;
}

void Session::put(Batch batch) {
  if (outbox_.empty()) progress_at_ = os::monotonic_ms();
  counts_.published += batch.messages.size();
  outbox_.put(std::move(batch), os::wall_clock());
  say_dropped();
}

void Session::end_record(const std::optional<io::Position>& position) {
  outbox_.end_record(position);
  send();
}

void Session::say_dropped() {
  const std::uint64_t dropped = outbox_.dropped() + dropped_from_spool();
  if (dropped == dropped_seen_) return;
  dropped_seen_ = dropped;
  if (!full_) {
    if (outbox_.store() != nullptr) {
      os::log_warning("the spool drops its oldest, {}",
                      outbox_.too_old() != 0 ? "for their age" : "for want of room");
    } else {
      os::log_warning("the queue is full ({} messages): the oldest are dropped",
                      outbox_.in_memory());
    }
  }
  full_ = true;
}

Counts Session::counts() {
  Counts now = counts_;
  now.dropped = outbox_.dropped();
  now.superseded = outbox_.superseded();
  now.online = is_online();
  now.queue_messages = outbox_.in_memory() + held_.size();
  now.queue_bytes = outbox_.memory_bytes() + held_.bytes();
  now.in_flight = outbox_.in_flight() + held_.in_flight();
  if (outbox_.store() != nullptr) now.spool = last_of_spool_ ? *last_of_spool_ : count_spool();
  return now;
}

Counts::Spool Session::count_spool() {
  BatchStore& store = *outbox_.store();
  const std::size_t readings = store.size();
  return {readings, readings == 0 ? 0 : store.bytes(), dropped_from_spool(),
          readings == 0 ? std::nullopt : store.oldest()};
}

// ---- waiting ----

int Session::wait(pollfd* other, nfds_t count, int timeout_ms) {
  const long long until = timeout_ms < 0 ? kNever : os::monotonic_ms() + timeout_ms;
  for (;;) {
    const int result = run_once(until, other, count);
    if (result != 0 || os::monotonic_ms() >= until) return result;
  }
}

// One poll; its result for the caller's descriptor, as poll has it.
int Session::run_once(long long until, pollfd* other, nfds_t count) {
  step();
  outbox_.commit(os::monotonic_ms());  // before it sleeps
  pollfd fds[2];
  nfds_t n = 0;
  const bool resolving = state_ == State::resolving;
  if (resolving) fds[n++] = {resolver_.fd(), POLLIN, 0};
  if (connection_) fds[n++] = {connection_->fd(), connection_->events(), 0};
  const nfds_t own = n;
  if (count != 0) fds[n++] = *other;
  const long long now = os::monotonic_ms();
  const long long wake = std::min(until, next_event());
  const int timeout =
      wake == kNever ? -1 : static_cast<int>(std::clamp<long long>(wake - now, 0, 60'000));
  const int ready = os::Signals::wait(fds, n, timeout);
  if (ready < 0) return ready;
  if (own != 0 && fds[0].revents != 0) {
    if (resolving) {
      if (const auto answer = resolver_.take()) {
        addresses_.assign(answer->addresses.rbegin(), answer->addresses.rend());
        if (addresses_.empty()) {
          failed(fmt::format("{}: {}", url_.host, answer->error), false);
        } else {
          try_address();
        }
      }
    } else if (const int error = handle_connection(fds[0].revents); error != 0) {
      on_lost(error);
    }
    deliver();
  }
  if (count != 0) other->revents = fds[own].revents;
  send();
  return count != 0 && other->revents != 0 ? 1 : 0;
}

bool Session::has_signal_expired() {
  if (os::Signals::received() == 0) return false;
  const long long now = os::monotonic_ms();
  if (give_up_at_ < 0) give_up_at_ = now + kSignalMs;
  return now >= give_up_at_;
}

bool Session::wait_for_room() {
  while (!outbox_.may_read()) {
    if (has_signal_expired()) return false;
    run_once(give_up_at_ < 0 ? kNever : give_up_at_);
  }
  return true;
}

void Session::let_the_broker_keep_pace() {
  if (!outbox_.half_full()) {
    half_full_since_ = -1;
    return;
  }
  if (half_full_since_ < 0) half_full_since_ = os::monotonic_ms();
  // Once it has paused for too long, it is not waited for until it goes on.
  while (outbox_.half_full() && (is_trying() || state_ == State::online)) {
    const long long until = std::max(half_full_since_, progress_at_) + kPatienceMs;
    if (os::monotonic_ms() >= until) return;
    run_once(until);
  }
}

bool Session::settle(long long linger_ms) {
  const long long start = os::monotonic_ms();
  while (!outbox_.empty() && !has_signal_expired()) {
    const long long now = os::monotonic_ms();
    long long until = std::max(start, progress_at_) + linger_ms;
    if (give_up_at_ >= 0) until = std::min(until, give_up_at_);
    if (is_trickling(now)) until = std::min(until, start + kMostLingers * linger_ms);
    if (now >= until) break;
    run_once(until);
  }
  waited_in_vain_ = !outbox_.empty();
  return !waited_in_vain_;
}

// Acknowledgements come, but the connections do not hold.
bool Session::is_trickling(long long now) const {
  return state_ != State::online || now - online_since_ < Backoff::kSteadyMs;
}

void Session::finish(long long linger_ms) {
  if (!waited_in_vain_) settle(linger_ms);
  say_farewell(linger_ms);
  // Behind the last acknowledgement that may come: what it is about need not be kept.
  if (!held_.empty()) say_held();
  kept_ = outbox_.stored();
  if (outbox_.store() != nullptr) last_of_spool_ = count_spool();
  if (!outbox_.close()) lost_ = outbox_.stored();
}

void Session::say_farewell(long long linger_ms) {
  if (state_ != State::online) return;
  farewell_done_ =
      will_.topic().empty() || aside_.find(will_.topic(), 0, os::monotonic_ms()) != nullptr;
  own_due_.clear();
  if (!farewell_done_) own_due_.push_back({Own::What::offline, std::string(will_.topic())});
  const bool sent = farewell_done_ || send_own();
  const long long until = os::monotonic_ms() + std::min(linger_ms, kFarewellMs);
  take_done();
  while (sent && state_ == State::online && !farewell_done_ && os::monotonic_ms() < until) {
    run_once(until);
  }
  if (state_ == State::online) connection_->disconnect();
  connection_.reset();
  state_ = State::waiting;
  deadline_ = kNever;
}

// ---- states ----

void Session::step() {
  const long long now = os::monotonic_ms();
  if (const long long due = outbox_.next_tick(); due >= 0 && now >= due) {
    const bool is_away = state_ != State::online && now - offline_since_ >= kAwayMs;
    outbox_.tick(now, os::wall_clock(), is_away);
    say_dropped();
  }
  if (connected_again_ && on_connected_again_) {
    on_connected_again_();
    end_record();
  }
  connected_again_ = false;
  if (std::exchange(retain_is_learned_, false) && on_retain_) {
    on_retain_(false);
    end_record();
  }
  if (const long long due = timer_due(); due >= 0 && now >= due) {
    timer_->run(now);
    end_record();
  }
  if (state_ == State::online) {
    if (flaps_ >= kFlapsSaid && now - online_since_ >= Backoff::kSteadyMs) {
      flaps_ = 0;
      os::log_info("the connection to {} holds again", broker_);
    }
    if (now >= next_tick_) {
      if (const int error = connection_->tick(); error != 0) return on_lost(error);
      const long long keepalive = connection_settings_.keepalive * 1000LL;
      next_tick_ = now + (keepalive == 0 ? 60'000 : std::clamp(keepalive / 4, 1000LL, 5000LL));
    }
    if (aside_.end_due(now)) {  // what was left out is tried again
      if (on_connected_again_) on_connected_again_();
      end_record();
    }
    if ((outbox_.in_flight() + held_.in_flight() != 0 || suspects_.is_probing()) &&
        now - progress_at_ >= timeouts_.acknowledgement_ms) {
      failed(fmt::format("{} messages are not acknowledged",
                         std::max<std::size_t>(1, outbox_.in_flight() + held_.in_flight())),
             false);
    }
    return;
  }
  if (now < deadline_) return;
  switch (state_) {
    case State::waiting: try { resolver_.start(url_.host, url_.port);
      } catch (const std::system_error& error) {
        return failed(error.what(), false);
      }
      state_ = State::resolving;
      deadline_ = now + timeouts_.resolve_ms;
      break;
    case State::resolving:
      failed(fmt::format("{}: the name server does not answer", url_.host), false);
      break;
    case State::connecting:
      if (addresses_.empty()) {
        failed("no answer", false);
      } else {
        try_address();
      }
      break;
    case State::online: break;
  }
}

long long Session::next_event() const {
  long long next = next_own_event();
  for (const long long due : {outbox_.next_tick(), timer_due()}) {
    if (due >= 0) next = std::min(next, due);
  }
  return next;
}

long long Session::next_own_event() const {
  if (state_ != State::online) return deadline_;
  long long next = next_tick_;
  for (const long long at : {suspects_.wake(), aside_.next_end()}) {
    if (at >= 0) next = std::min(next, at);
  }
  if (outbox_.in_flight() == 0 && held_.in_flight() == 0 && !suspects_.is_probing()) return next;
  return std::min(next, progress_at_ + timeouts_.acknowledgement_ms);
}

void Session::try_address() {
  const std::string address = std::move(addresses_.back());
  addresses_.pop_back();
  state_ = State::connecting;
  deadline_ = os::monotonic_ms() + timeouts_.answer_ms;
  os::log_debug("connecting to {} at {}", broker_, address);
  connection_ = std::make_unique<Connection>(connection_settings_);
  if (const int error = connection_->open(address, url_.port); error != 0) on_lost(error);
}

int Session::handle_connection(short revents) {
  const int error = connection_->handle(revents);
  take_done();
  std::ranges::move(connection_->take_received(), std::back_inserter(received_));
  if (state_ == State::connecting && connection_->answer()) {
    const int answer = *connection_->answer();
    if (answer == 0) {
      if (error == 0) came_online();
    } else {
      adapt_will(connection_settings_, answer);
      failed(answer_text(answer, connection_settings_.version), is_refusal(answer));
      return 0;
    }
  }
  return error;
}

void Session::came_online() {
  const long long now = os::monotonic_ms();
  state_ = State::online;
  connected_again_ = ever_connected_ || dropped() != 0;
  ever_connected_ = true;
  ++counts_.connections;
  online_since_ = progress_at_ = next_tick_ = now;
  addresses_.clear();
  for (Broker& one : brokers_) one.last_failure.clear();
  refusals_ = 0;
  const std::string text = fmt::format(
      "connected to {} as {}{}", broker_, connection_settings_.client_id,
      outbox_.empty()              ? ""
      : outbox_.store() == nullptr ? fmt::format(", {} messages to send", outbox_.in_memory())
                                   : fmt::format(", {} readings in the spool", outbox_.stored()));
  os::Log::write(flaps_ < kFlapsSaid ? os::Level::info : os::Level::debug, text);
  if (const auto all = dropped() + dropped_from_spool(); all != dropped_said_) {
    os::log_warning("{} {} were dropped before this connection", all - dropped_said_,
                    outbox_.store() == nullptr ? "messages" : "readings");
    dropped_said_ = all;
  }
  full_ = false;
  brokers_[at_].cut_short = 0;
  if (will_attempt_ == 0) brokers_[at_].has_taken_will = true;
  if (will_attempt_ != 0) {  // what the will had to do without
    will_is_learned_ = true;
    Limits& known = connection_settings_.limits;
    known.retain = known.retain && connection_settings_.will.retain() == will_.retain();
    if (connection_settings_.will_qos < std::min(qos_, 1)) known.maximum_qos = 0;
    connection_->limit(known);
  }
  if (const auto culprit = std::exchange(culprit_, std::nullopt)) {
    blame(*culprit);
    Limits now_known = connection_->limits();
    now_known.retain = now_known.retain && connection_settings_.limits.retain;
    connection_->limit(now_known);
  }
  Limits said = connection_->limits();
  if (without_retain_ == WithoutRetain::tried) said.retain = true;  // it is not known yet
  complaints_.limits(said, qos_);
  std::size_t most = connection_->limits().maximum_packet;
  if (largest_ != 0 && (most == 0 || largest_ < most)) most = largest_;
  if (most != 0 && on_limit_) on_limit_(most);
  if (without_retain_ != WithoutRetain::tried && on_retain_) on_retain_(said.retain);
  suspects_.connected();
  own_.clear();
  own_due_.clear();
  // Subscriptions anew on each connection: the broker keeps no session of ours.
  if (!will_.topic().empty()) own_due_.push_back({Own::What::online, std::string(will_.topic())});
  for (const std::string& topic : subscriptions_) {
    own_due_.push_back({Own::What::subscription, topic});
  }
  send_own();
}

// What is due on the bridge topic, and subscriptions, in their order. False: not all of it is sent.
bool Session::send_own() {
  while (!own_due_.empty() && state_ == State::online) {
    const Own own = own_due_.front();
    const long long now = os::monotonic_ms();
    const bool is_aside = aside_.find(own.topic, 0, now) != nullptr;
    if (!is_aside && !suspects_.may_send(own.topic, on_their_way(), now)) return false;
    own_due_.pop_front();
    if (is_aside) continue;
    int id = 0;
    int error = 0;
    bool retain = false;
    if (own.what == Own::What::subscription) {
      error = connection_->subscribe(own.topic, id);
    } else {
      const Message& will = connection_settings_.will;
      retain = will.retain();
      const char* const text = own.what == Own::What::online ? "online" : "offline";
      error = connection_->publish(Message(own.topic, text, retain), {},
                                   connection_settings_.will_qos, id);
    }
    if (error == 0) {
      suspects_.sent(own.topic, own.topic.size(), retain, false, now);
      own_[id] = {own.what, own.topic, own.topic.size(), retain};
      take_done();  // at QoS 0 it may be written already
    } else if (Connection::is_about_message(error)) {
      complaints_.unsendable(own.topic, connection_->error_text(error));
    } else {
      on_lost(error);
      return false;
    }
  }
  return own_due_.empty();
}

void Session::deliver() {
  for (const Received& one : std::exchange(received_, {})) {
    if (on_message_) on_message_(one.topic, one.payload, one.retained);
  }
}

void Session::on_lost(int error) {
  TlsContext::Trouble trouble;
  if (state_ == State::connecting && connection_->is_old_answer(error)) {
    return failed(version_text(Version::v5), true);
  }
  if (tls_ && state_ == State::connecting)
    trouble = tls_->trouble(connection_->is_broken_off(error));
  if (trouble.text.empty()) {
    trouble.text = connection_->error_text(error);
    if (state_ == State::connecting && connection_->is_tcp_up()) {
      const bool v5 = connection_settings_.version == Version::v5;
      trouble.text += fmt::format(
          " ({}{})", url_.tls ? "is there TLS on this port?" : "is it a port for mqtts://?",
          v5 ? " does the broker speak MQTT 5? else --mqtt 3.1.1"
             : " does it take retained messages, and this QoS? else --mqtt 5, or --qos 0");
    }
  }
  if (state_ == State::connecting && !trouble.refused && !addresses_.empty()) {
    connection_.reset();
    return try_address();
  }
  if (state_ == State::online && os::monotonic_ms() - online_since_ < Backoff::kSteadyMs / 5) {
    trouble.text += fmt::format(" (is another client connected as {}? does it allow all topics?)",
                                connection_settings_.client_id);
  }
  if (state_ == State::online && connection_->is_by_broker(error)) look_for_culprit();
  if (state_ == State::connecting) {
    const bool may_be_will = connection_->is_tcp_up() && !will_.topic().empty() &&
                             connection_settings_.version == Version::v3_1_1 &&
                             connection_->is_by_broker(error);
    Broker& broker = brokers_[at_];
    broker.cut_short = may_be_will ? broker.cut_short + 1 : 0;
    if (!may_be_will && !will_is_learned_ && will_attempt_ != 0) {
      ask_for_will(0);
    } else if (broker.cut_short >= kCutShort && !broker.has_taken_will) {
      soften_will();
    }
  }
  failed(std::move(trouble.text), trouble.refused);
}

// On which packet does the broker break off? One that breaks off on everything is broken itself: it
// costs no more than kMostBlamed topics.
void Session::look_for_culprit() {
  std::vector<std::string> topics = outbox_.topics_in_flight();
  for (const auto& [id, own] : own_) topics.push_back(own.topic);
  const auto found = suspects_.broken(topics, os::monotonic_ms());
  if (!found) return;
  const int breaks = found->packet.is_value ? kBreaksOfValue : kBreaks;
  if (found->breaks >= breaks && blamed_ < kMostBlamed) culprit_ = found->packet;
}

void Session::blame(const Suspects::Packet& packet) {
  const bool may_be_retain = packet.retain && !taken_retained_;
  Limits& known = connection_settings_.limits;
  if (may_be_retain && without_retain_ == WithoutRetain::untried) {
    without_retain_ = WithoutRetain::tried;
    known.retain = false;
    return backoff_.reset();
  }
  if (without_retain_ == WithoutRetain::tried) {
    without_retain_ = WithoutRetain::of_no_use;
    known.retain = true;
  }
  const bool is_size = packet.bytes > std::max(kSmall, largest_taken_);
  if (is_size && (largest_ == 0 || packet.bytes <= largest_)) largest_ = packet.bytes - 1;
  const long long until = os::monotonic_ms() + timeouts_.aside_ms;
  if (!aside_.add(packet.topic, {until, is_size ? packet.bytes : 0, Aside::Why::breaks_off})) {
    return;
  }
  ++blamed_;
  backoff_.reset();  // without it the next connection may hold
  complaints_.breaks_off(
      packet.topic, packet.bytes,
      is_size ? fmt::format("is it too large? it has taken none of more than {}", largest_taken_)
      : may_be_retain ? "does it keep no retained messages (--no-retain)? is the topic allowed?"
                      : "is the topic allowed to this user?");
  if (!aside_.branch().empty()) complaints_.breaks_off_below(aside_.branch());
}

// The broker has taken it, or has refused it with a reason.
void Session::note_taken(std::string_view topic, std::size_t bytes, bool retain) {
  suspects_.done(topic, os::monotonic_ms());
  if (is_refused_) return;
  aside_.taken(topic);
  largest_taken_ = std::max(largest_taken_, bytes);
  if (!retain) return;
  if (connection_->limits().retain) {
    taken_retained_ = true;
  } else if (without_retain_ == WithoutRetain::tried) {
    without_retain_ = WithoutRetain::learned;
    retain_is_learned_ = true;
    complaints_.ends_on_retained();
  }
}

// A broker of MQTT 3.1.1 that keeps no retained messages, or takes no QoS 1, ends the connection on
// a will that asks for it: without the one, the other, both in turn. What it is learned to do
// without costs readings at the next restart (QoS 0), so a broker that is only starting or ending
// at this moment must not look like that.
void Session::soften_will() {
  int attempt = will_attempt_;
  const auto is_as_before = [this](int one) {
    return (one % 2 == 1 && !will_.retain()) || (one >= 2 && qos_ == 0);
  };
  do {
    attempt = (attempt + 1) % 4;
  } while (attempt != will_attempt_ && is_as_before(attempt));
  ask_for_will(attempt);
}

// 0: as it was asked for; 1: not retained; 2: at QoS 0; 3: both.
void Session::ask_for_will(int attempt) {
  will_attempt_ = attempt;
  connection_settings_.will =
      Message(will_.topic(), will_.payload(), will_.retain() && attempt % 2 == 0);
  connection_settings_.will_qos = attempt < 2 ? std::min(qos_, 1) : 0;
}

// One line on each change of state: not connected, and why; not on each attempt.
void Session::failed(std::string why, bool refused) {
  const long long now = os::monotonic_ms();
  refusals_ = refused ? refusals_ + 1 : 0;
  if (refusals_ >= brokers_.size() && !ever_connected_) {
    throw os::Fatal(os::kUnavailable, "{}{}{}: {}", broker_, url_.user.empty() ? "" : " as user ",
                    url_.user, why);
  }
  const bool was_online = state_ == State::online;
  if (!was_online) {  // the broker itself is away
    culprit_.reset();
    suspects_.was_away();
  }
  if (was_online) offline_since_ = now;
  if (was_online && now - online_since_ >= Backoff::kSteadyMs) backoff_.reset();
  connection_.reset();
  resolver_.cancel();
  addresses_.clear();
  outbox_.connection_lost();
  held_.connection_lost();
  own_.clear();
  own_due_.clear();
  state_ = State::waiting;
  const long long pause = backoff_.next(static_cast<std::uint32_t>(random_()));
  deadline_ = now + pause;
  if (was_online) {
    say_lost(why, now - online_since_);
  } else if (why != brokers_[at_].last_failure) {
    os::log_warning("not connected to {}: {}; trying again", broker_, why);
  } else {
    os::log_debug("not connected to {}: {}; again in {} ms", broker_, why, pause);
  }
  brokers_[at_].last_failure = std::move(why);
  // One that has been lost is tried again first.
  if (!was_online && brokers_.size() > 1) use_broker((at_ + 1) % brokers_.size());
}

// Connections that do not hold, one after another, for the same reason: three are said.
void Session::say_lost(const std::string& why, long long held_ms) {
  flaps_ = held_ms < Backoff::kSteadyMs && why == last_loss_ ? flaps_ + 1 : 1;
  last_loss_ = why;
  if (flaps_ > kFlapsSaid) return os::log_debug("connection to {} lost: {}", broker_, why);
  os::log_warning("connection to {} lost: {}; connecting again{}", broker_, why,
                  flaps_ == kFlapsSaid ? " and again, without a word until one holds" : "");
}

}  // namespace meterpipe::mqtt
