#!/usr/bin/env bats
# Users and passwords: who gets in, what a refusal does, where a password must not show.
load support

password=correct-horse-battery

start_guarded_broker() {
  : >passwd
  chmod 600 passwd
  mosquitto_passwd -b passwd meter "${1:-$password}"
  start_broker "allow_anonymous false" "password_file $PWD/passwd"
}

as_meter() { "$OBIS_MQTT" --broker "mqtt://meter@$host:$port" "$@" 2>err; }

@test "password from a file, the environment, systemd's credentials" {
  start_guarded_broker
  reading 1 1 >in
  printf '%s\n' $password >secret
  chmod 600 secret
  run -0 as_meter --password-file secret in
  METERPIPE_MQTT_PASSWORD=$password run -0 as_meter in
  mkdir credentials
  printf %s $password >credentials/mqtt-password
  CREDENTIALS_DIRECTORY=$PWD/credentials run -0 as_meter in
  run -0 as_meter --password-file <(echo $password) in
  # As editors of Windows write it.
  run -0 as_meter --password-file <(printf '\xef\xbb\xbf%s\r\n' $password) in
  [ "$(grep -c "u'meter'" broker.log)" = 5 ]
}

@test "a wrong password, none, no user: 69, with the reason" {
  start_guarded_broker
  reading 1 1 >in
  METERPIPE_MQTT_PASSWORD=wrong run -69 as_meter in
  said "error: mqtt://$host:$port as user meter: .*Refused: not authorised"
  run -69 as_meter in
  run -69 publish in
  # also when the input never ends
  mkfifo never
  exec 6<>never
  METERPIPE_MQTT_PASSWORD=wrong run -69 as_meter <&6
  exec 6>&-
}

@test "MQTT 5: the same users, the same refusals, in its own words" {
  start_guarded_broker
  reading 1 1 >in
  printf '%s\n' $password >secret
  chmod 600 secret
  run -0 as_meter --mqtt 5 --password-file secret in
  METERPIPE_MQTT_PASSWORD=$password run -0 as_meter --mqtt 5 in
  [ "$(grep -c "(p5, c1, k60, u'meter')" broker.log)" = 2 ]
  echo wrong >secret
  run -69 as_meter --mqtt 5 --password-file secret in
  said "error: mqtt://$host:$port as user meter: .*Refused: Not authorized"
  METERPIPE_MQTT_PASSWORD=wrong run -69 as_meter --mqtt 5 in
  run -69 as_meter --mqtt 5 in
  run -69 publish --mqtt 5 in
}

@test "3.1.1: a wrong password from a file: 69" {
  start_guarded_broker
  reading 1 1 >in
  echo wrong >secret
  chmod 600 secret
  run -69 as_meter --password-file secret in
}

@test "refused after a connection has succeeded: tried again" {
  start_guarded_broker
  mkfifo pipe
  METERPIPE_MQTT_PASSWORD=$password "$OBIS_MQTT" --broker "mqtt://meter@$host:$port" \
    <pipe 2>err 3>&- 5>&- &
  publisher=$!
  children+=($publisher)
  exec 5>pipe
  wait_for said 'connected to'
  stop_broker
  start_guarded_broker another
  wait_for said 'not connected to .*not authorised.*trying again'
  stop_broker
  start_guarded_broker
  reading 1 1 >&5
  end_publishing
  [ "$status" = 0 ]
  [ "$(grep -c ' info: connected' err)" = 2 ]
}

@test "a password shows nowhere" {
  start_guarded_broker
  mkfifo pipe
  METERPIPE_MQTT_PASSWORD=$password "$OBIS_MQTT" -vv --broker "mqtt://meter@$host:$port" \
    <pipe 2>err 3>&- 5>&- &
  publisher=$!
  children+=($publisher)
  exec 5>pipe
  wait_for said 'connected to'
  not grep -q $password err
  not eval "tr '\\0' '\\n' </proc/$publisher/cmdline | grep -q $password"
  if [ -r "/proc/$publisher/environ" ]; then
    not eval "tr '\\0' '\\n' </proc/$publisher/environ | grep -q $password"
  fi
  [ "$(stat -c %U "/proc/$publisher/environ")" = root ] # not dumpable
  end_publishing
}

@test "a password in the address: 64, and it is not repeated" {
  run -64 --separate-stderr "$OBIS_MQTT" --broker mqtt://meter:$password@localhost /dev/null
  [[ "$stderr" == *"--password-file"* ]]
  [[ "$stderr" != *$password* ]]
}

@test "password files that will not do" {
  run -66 as_meter --password-file missing /dev/null
  echo secret >open
  chmod 644 open
  run -77 as_meter --password-file open /dev/null
  said 'everybody can read'
  printf 'one\ntwo\n' >two
  : >empty
  chmod 600 two empty
  run -78 as_meter --password-file two /dev/null
  run -78 as_meter --password-file empty /dev/null
  run -64 publish --password-file two /dev/null
  said 'needs a user'
}

@test "an empty credential stands for no password" {
  start_broker
  reading 1 1 >in
  mkdir -p credentials
  : >credentials/mqtt-password
  CREDENTIALS_DIRECTORY=$PWD/credentials run -0 publish in
}

@test "a password without a user is left aside, with a word" {
  start_broker
  reading 1 1 >in
  METERPIPE_MQTT_PASSWORD=x run -0 publish in
  said 'without a user'
}
