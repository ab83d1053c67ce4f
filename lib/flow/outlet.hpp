// Where the stages put what they publish: lib/mqtt's messages and batches.
#pragma once

#include "mqtt/message.hpp"

namespace meterpipe::flow {

using mqtt::Batch;
using mqtt::Message;
using mqtt::NoOutlet;
using mqtt::Outlet;

}  // namespace meterpipe::flow
