#!/usr/bin/env bats
# The spool's options on the command line.

load support

@test "sizes and times of the spool are checked before anything is opened" {
  for wrong in "--spool-size 5" "--spool-size 10x" "--spool-size 100M100" "--spool-size -1M" \
    "--spool-age soon" "--spool-sync 5parsec" "--spool ./"; do
    # shellcheck disable=SC2086
    run -64 "$OBIS_MQTT" --dry-run $wrong </dev/null
    [[ "$output" == *"${wrong%% *}"* ]]
  done
  for right in "--spool-size 1M" "--spool-size 2GiB" "--spool-size 1048576" "--spool-size 5000k" \
    "--spool-age 0" "--spool-age 12h" "--spool-sync 0" "--spool-sync 500ms"; do
    # shellcheck disable=SC2086
    run -0 "$OBIS_MQTT" --dry-run $right </dev/null
  done
}
