// Messages to a broker that may not be there: connects in the background and tries again for ever,
// keeps what is not acknowledged in a bounded queue, and never makes its caller wait, unless asked.
//
//           start                 name known              CONNACK 0
//   waiting ------> resolving --------------> connecting -----------> online
//      ^                 | no such name            | refused, lost, 10 s  | lost
//      +---- backoff ----+-------------------------+----------------------+
//
// A message is done at its PUBACK (at QoS 2 at its PUBCOMP, at QoS 0 when it is written). When the
// connection is lost, what was in flight is sent again, in its order: at least once. Which batch
// may be on its way beside which others, see queue.hpp.
#pragma once

#include <poll.h>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt/aside.hpp"
#include "mqtt/backoff.hpp"
#include "mqtt/broker_url.hpp"
#include "mqtt/connection.hpp"
#include "mqtt/counts.hpp"
#include "mqtt/held_back.hpp"
#include "mqtt/outbox.hpp"
#include "mqtt/suspects.hpp"
#include "os/clock.hpp"
#include "os/resolver.hpp"

namespace meterpipe::mqtt {

struct Timeouts {
  long long resolve_ms = 30'000;                 // until the broker's name is known
  long long answer_ms = 10'000;                  // from the first SYN to CONNACK, for each address
  long long acknowledgement_ms = 30'000;         // with messages in flight
  long long first_pause_ms = Backoff::kFirstMs;  // between two connections
  long long quiet_ms = 200;            // a broker that breaks off has done so after this long
  long long aside_ms = Aside::kForMs;  // what it breaks off on is left out for so long
};

struct SessionSettings {
  BrokerUrl broker;
  std::vector<BrokerUrl> others;  // that are tried in turn while it cannot be reached
  TlsFiles tls;
  std::optional<std::string> password;
  std::string client_id;
  std::string bridge_topic;  // online | offline; empty: neither, and no last will
  bool retain_bridge = true;
  int qos = 1;
  int keepalive = 60;
  Outbox::Settings outbox;
  Version version = Version::v3_1_1;
  std::uint32_t expiry_s = 0;              // of messages of state, MQTT 5; 0: none
  std::vector<std::string> subscriptions;  // topic filters, see on_message
  Timeouts timeouts;
  os::Resolver::LookUp look_up = os::Resolver::by_system;
};

class Session : public Outlet {
 public:
  // Throws os::Fatal where a file cannot be read.
  explicit Session(const SessionSettings& settings, BatchStore* store = nullptr);

  // Queues the batch; the oldest are dropped when there is no room.
  void put(Batch batch) override;
  // All batches of a record are there; the input has been taken up to `position`. Hands to the
  // socket what it takes.
  void end_record(const std::optional<io::Position>& position = {});

  // What comes in on the subscriptions, after each start of a connection what is retained, too.
  // Called while one of the functions below waits; it may put messages.
  using OnMessage =
      std::function<void(std::string_view topic, std::string_view payload, bool retained)>;
  void on_message(OnMessage on_message) { on_message_ = std::move(on_message); }

  // As poll, for one descriptor of the caller's or none (count 0 or 1); the session runs meanwhile.
  // All functions that wait throw os::Fatal 69 when the broker refuses us from the start.
  int wait(pollfd* other, nfds_t count, int timeout_ms);

  // Until there is room (outbox.hpp, may_read), however long it takes. False: a signal came, and 2
  // s passed.
  bool wait_for_room();
  // The same as long as the broker keeps taking messages; live input is not held up by a broker
  // that is not there.
  void let_the_broker_keep_pace();

  // Waits until all is acknowledged, as finish() does; true: it is. False: finish() does not wait
  // once more. On connections that do not hold it waits three times linger_ms at most.
  bool settle(long long linger_ms);
  // The end: until all is acknowledged, or no acknowledgement came for linger_ms (after a signal: 2
  // s at most). Then offline is published and the connection closed.
  void finish(long long linger_ms);

  // Something that is to be done by the clock while the session waits (a watchdog). next: when, in
  // monotonic milliseconds; -1: not now. What it puts is sent like a record's.
  struct Timer {
    std::function<long long()> next;
    std::function<void(long long monotonic_ms)> run;
  };
  void set_timer(Timer timer) { timer_ = std::move(timer); }

  // Called after each start of a connection but the first one (that too where messages have been
  // dropped before it): a broker that was restarted may have lost what it kept. It may put
  // messages.
  void on_connected_again(std::function<void()> again) { on_connected_again_ = std::move(again); }

  // Called at the start of a connection to a broker that is known to take packets of so many bytes
  // only: it has said so (MQTT 5), or a larger one has ended the connection. It may put messages.
  void on_limit(std::function<void(std::size_t most)> on_limit) { on_limit_ = std::move(on_limit); }

  // Called when it is known whether the broker keeps retained messages: at the start of a
  // connection, or behind the first one that it has taken without. It may put messages.
  void on_retain(std::function<void(bool keeps)> on_retain) { on_retain_ = std::move(on_retain); }

  Outbox& outbox() { return outbox_; }
  // What an earlier run has saved in the store.
  void restore(std::string_view key, std::string_view text) { held_.restore(key, text); }
  // Values of topics that are put aside, until these are tried again.
  std::size_t held() const { return held_.size(); }
  Counts counts();
  // Called when the last message of a batch is acknowledged.
  void on_done(Queue::OnDone on_done) { outbox_.on_done(std::move(on_done)); }
  std::uint64_t dropped() const { return outbox_.dropped(); }  // there was no room
  std::uint64_t dropped_from_spool() const { return outbox_.too_old() + outbox_.too_many(); }
  // Behind finish(): readings that the spool has for the next run, and that it could not take.
  std::size_t kept() const { return kept_ - lost_; }
  std::size_t lost() const { return lost_; }
  std::uint64_t unsendable() const {
    return counts_.unsendable;
  }  // too large, or the broker breaks off
  std::uint64_t undelivered() const { return outbox_.in_memory(); }
  std::uint64_t delivered() const { return counts_.delivered; }
  std::uint64_t refused() const {
    return counts_.refused;
  }  // by the broker, with a reason (MQTT 5)
  bool ever_connected() const { return ever_connected_; }
  bool is_online() const { return state_ == State::online; }

 private:
  enum class State { waiting, resolving, connecting, online };

  void step();  // what is due by the clock
  int run_once(long long until, pollfd* other = nullptr, nfds_t count = 0);
  void use_broker(std::size_t at);
  void try_address();
  void came_online();
  void failed(std::string why, bool refused);
  void on_lost(int error);
  void look_for_culprit();
  void blame(const Suspects::Packet& packet);
  void soften_will();
  void ask_for_will(int attempt);
  void note_taken(std::string_view topic, std::size_t bytes, bool retain);
  void say_lost(const std::string& why, long long held_ms);
  std::size_t window() const;  // messages in flight, at most
  std::size_t on_their_way() const { return outbox_.in_flight() + own_.size(); }
  void send();
  void say_dropped();
  bool send_own();
  bool send_held();
  bool hold_back(const Queue::Next& next, std::size_t bytes, long long now);
  void say_held();
  bool is_trickling(long long now) const;
  Counts::Spool count_spool();
  void say_farewell(long long linger_ms);
  void deliver();
  void take_done();
  long long next_event() const;  // monotonic milliseconds
  long long next_own_event() const;
  long long timer_due() const { return timer_ ? timer_->next() : -1; }
  int handle_connection(short revents);
  bool has_signal_expired();
  bool is_trying() const { return state_ == State::resolving || state_ == State::connecting; }

  // One of those that were given, and why it could not be reached the last time.
  struct Broker {
    BrokerUrl url;
    std::unique_ptr<TlsContext> tls;
    std::string last_failure = {};
    int cut_short = 0;            // connections in a row that it ended in place of an answer
    bool has_taken_will = false;  // as it was asked for
  };
  std::vector<Broker> brokers_;
  std::size_t at_ = 0;
  std::size_t refusals_ = 0;  // in a row
  std::string broker_;        // the present one, for people
  BrokerUrl url_;
  int qos_;
  TlsContext* tls_ = nullptr;
  std::optional<std::string> password_;
  ConnectionSettings connection_settings_;
  Outbox outbox_;
  std::optional<Timer> timer_;
  std::function<void()> on_connected_again_;
  std::function<void(std::size_t)> on_limit_;
  std::function<void(bool)> on_retain_;
  bool retain_is_learned_ = false;  // and is to be told
  bool connected_again_ = false;
  std::size_t window_;

  State state_ = State::waiting;
  os::Resolver resolver_;
  std::vector<std::string> addresses_;  // still to be tried, the next one last
  std::unique_ptr<Connection> connection_;
  Backoff backoff_;
  std::minstd_rand random_;
  long long deadline_ = 0;   // of the state: next attempt, or when this one has taken too long
  long long next_tick_ = 0;  // online: keepalive
  long long online_since_ = 0;
  long long offline_since_ = os::monotonic_ms();
  long long progress_at_ = 0;  // last acknowledgement, or first message in flight
  long long half_full_since_ = -1;
  long long give_up_at_ = -1;  // a signal came
  // On the bridge topic, and subscriptions: what is still to be sent on this connection. And what
  // is on its way of this, and of what was held back, by its id.
  struct Own {
    enum class What : std::uint8_t { online, offline, subscription, held };
    What what;
    std::string topic;
    std::size_t bytes = 0;
    bool retain = false;
  };
  std::deque<Own> own_due_;
  std::map<int, Own> own_;
  bool farewell_done_ = false;
  // What the broker breaks off on.
  Suspects suspects_;
  std::optional<Suspects::Packet> culprit_;  // if the broker is there again at once
  Aside aside_;
  HeldBack held_;
  int blamed_ = 0;                 // topics, with nothing done in between
  std::size_t largest_taken_ = 0;  // bytes of packets
  std::size_t largest_ = 0;        // that the broker takes, as was learned; 0: not known
  bool taken_retained_ = false, is_refused_ = false;
  enum class WithoutRetain : std::uint8_t { untried, tried, learned, of_no_use };
  WithoutRetain without_retain_ = WithoutRetain::untried;
  int will_attempt_ = 0;
  bool will_is_learned_ = false;
  bool waited_in_vain_ = false;
  std::size_t kept_ = 0, lost_ = 0;
  bool ever_connected_ = false;
  std::string last_loss_;
  int flaps_ = 0;  // connections in a row that did not hold
  std::uint64_t dropped_said_ = 0, dropped_seen_ = 0;
  Counts counts_;                               // of what happens here; the rest is asked for
  std::optional<Counts::Spool> last_of_spool_;  // behind finish()
  bool full_ = false;

  const std::uint32_t expiry_s_;
  const std::vector<std::string> subscriptions_;
  const Timeouts timeouts_;
  const Message will_;  // as it was asked for
  OnMessage on_message_;
  std::vector<Received> received_;
  Complaints complaints_;
};

}  // namespace meterpipe::mqtt
