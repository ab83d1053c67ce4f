// The folders of a meter's service: /var/lib/meterpipe/NAME and /var/log/meterpipe/NAME. systemd
// makes them when it starts the service, for a user that lives as long as that (StateDirectory=,
// LogsDirectory=, DynamicUser=; below /var/lib/private, where nobody else comes), and takes over
// what is there already. So whoever runs by hand or by cron finds one of these:
//
//   nothing yet                root makes them, for itself; others hear who may
//   they are the service's     root leaves them alone and says so, since what another user may
//                              change is no file of root's; others hear that they are
//   they are his own           used
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "meterpipe/configuration.hpp"

namespace meterpipe::runner {

// A file that a run writes: a path, and the option that names it.
struct WrittenFile {
  std::string_view option;
  std::string path;
};
// All but those in a folder of the service that is not there yet, or not his who asks: systemd and
// prepare_service_folders() see to that.
std::vector<WrittenFile> written_by_us(const Configuration& configuration);
// The files that a run writes and that are in neither folder.
std::vector<std::string> written_elsewhere(const Configuration& configuration);
// "/var/lib/meterpipe/NAME/ and /var/log/meterpipe/NAME/"
std::string service_folders(const Configuration& configuration);

// Makes them where a run wants to write there. What is the service's is forgotten, with one
// warning; `needed`, a program's option, is an error then. Throws a Fatal: 66, 77, 74.
void prepare_service_folders(Configuration& configuration, std::string_view needed);

}  // namespace meterpipe::runner
