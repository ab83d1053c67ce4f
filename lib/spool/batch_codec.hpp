// A batch of messages as bytes and back, for a file that outlives the process.
//
//   sealed(2): kind meter id auth  number of messages  message …  0 | 1 history message
//              0 | 1 first byte's time
//   sealed(1): the same without the time
//   message  = retain (0 | 1)  shared  topic behind it  payload
//
// shared: how many bytes the topic has in common with the topic of the message before; the topics
// of a batch differ in their ends only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mqtt/message.hpp"

namespace meterpipe::spool {

std::string encode(const mqtt::Batch& batch);

// nullopt: damaged, of another version, or far larger than any batch that was ever read (topics of
// 65,535 bytes at most, 64 MiB in all).
std::optional<mqtt::Batch> decode_batch(std::string_view bytes);

}  // namespace meterpipe::spool
