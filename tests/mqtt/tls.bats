#!/usr/bin/env bats
# TLS with a throw-away CA: what is trusted, what is refused, nothing in plain text.
load support

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  ec="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
  openssl req -x509 $ec -subj /CN=test-ca -keyout ca.key -out ca.crt
  issue broker "subjectAltName=DNS:localhost"
  issue other "subjectAltName=DNS:other.example,IP:127.0.0.2"
  issue client "extendedKeyUsage=clientAuth"
  openssl req -x509 $ec -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout self.key -out self.crt
  # Of yesterday and of tomorrow: openssl x509 counts days from now on only.
  mkdir past.d
  : >past.d/index.txt
  echo 01 >past.d/serial
  for name in expired early; do
    openssl req $ec -subj "/CN=$name" -keyout $name.key -out $name.csr
  done
  dated expired -startdate 20200101000000Z -enddate 20200201000000Z
  dated early -startdate 20900101000000Z -enddate 20900201000000Z
} 2>/dev/null

dated() { # NAME DATES
  local name=$1
  shift
  openssl ca -batch -notext -in "$name.csr" -out "$name.crt" -cert ca.crt -keyfile ca.key \
    -md sha256 -outdir past.d "$@" -config <(printf '%s\n' '[ca]' 'default_ca=x' '[x]' \
      'database=past.d/index.txt' 'serial=past.d/serial' 'policy=p' 'x509_extensions=e' \
      '[p]' 'commonName=supplied' '[e]' 'subjectAltName=DNS:localhost')
}

issue() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
    -keyout "$1.key" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
    -extfile <(echo "$2") -out "$1.crt"
}

tls_broker() { # CERTIFICATE [LINE…]
  pki=$BATS_FILE_TMPDIR
  local name=$1
  shift
  reading 1 1 >in
  start_broker "allow_anonymous true" "certfile $pki/$name.crt" "keyfile $pki/$name.key" "$@"
}

tls() {
  "$OBIS_MQTT" --linger "${METERPIPE_PATIENCE}s" --broker "mqtts://${at:-localhost}:$port" "$@" in 2>err
}

# tries_on PATTERN OPTION…: says it, and does not end before it is told to
tries_on() {
  local pattern=$1
  shift
  : >err
  "$OBIS_MQTT" --linger 1h --broker "${scheme:-mqtts}://localhost:$port" "$@" in 2>err 3>&- 5>&- &
  publisher=$!
  children+=($publisher)
  wait_for said "$pattern"
  kill -TERM $publisher
  ends $publisher
  [ "$status" = 143 ]
}

delivered() { grep -q "Received PUBLISH .*'meterpipe/1/json'" broker.log; }

@test "a CA that is given" {
  tls_broker broker
  run -0 tls --ca "$pki/ca.crt"
  delivered
}

@test "CA, certificate and key from FIFOs, a chain among them" {
  tls_broker broker "cafile $BATS_FILE_TMPDIR/ca.crt" "require_certificate true"
  mkfifo -m 600 ca cert key
  cat "$pki/ca.crt" >ca &
  cat "$pki/client.crt" "$pki/ca.crt" >cert &
  cat "$pki/client.key" >key &
  run -0 tls --ca ca --cert cert --key key
  delivered
  printf 'none\n' >none.pem
  run -78 tls --ca none.pem
  said 'none.pem: a CA certificate was expected'
}

@test "the system's CAs do not know it: 69" {
  tls_broker broker
  run -69 tls
  said 'certificate is not accepted: unable to get local issuer'
  not delivered
}

@test "a certificate for another name: 69" {
  tls_broker other
  run -69 tls --ca "$pki/ca.crt"
  said 'certificate is not accepted: hostname mismatch (it is for .*, and not for localhost: --tls-name'
  not delivered
  name=$(sed -n 's/.*(it is for \([^,]*\),.*/\1/p' err)
  # The CA, and that name: checked against it.
  run -69 tls --ca "$pki/ca.crt" --tls-name "x$name"
  said "and not for x$name: "
  run -0 tls --ca "$pki/ca.crt" --tls-name "$name"
  delivered
}

@test "the name counts, not the address behind it; an address counts where one is given" {
  tls_broker broker
  at=127.0.0.1 run -69 tls --ca "$pki/ca.crt"
  said 'IP address mismatch'
  stop_broker
  host=127.0.0.2
  tls_broker other
  at=127.0.0.2 run -0 tls --ca "$pki/ca.crt"
  delivered
}

@test "the server is told the name (SNI)" {
  pki=$BATS_FILE_TMPDIR
  reading 1 1 >in
  # Shows its right certificate to those only who ask for localhost; speaks no MQTT behind it.
  mkfifo held
  exec 6<>held
  openssl s_server -accept "$host:$port" -cert "$pki/other.crt" -key "$pki/other.key" \
    -servername localhost -cert2 "$pki/broker.crt" -key2 "$pki/broker.key" \
    >server.log 2>&1 <&6 3>&- 5>&- &
  children+=($!)
  wait_for listens "$port"
  "$OBIS_MQTT" --broker "mqtts://localhost:$port" --ca "$pki/ca.crt" in 2>err 3>&- 6>&- &
  children+=($!)
  wait_for grep -qa 'MQTT' server.log # said behind the handshake
  said 'Hostname in TLS extension: "localhost"' server.log
  not said certificate
}

@test "self-signed: refused, accepted with --insecure or as its own CA" {
  tls_broker self
  run -69 tls
  said 'self-signed certificate'
  not delivered
  run -0 tls --ca "$pki/self.crt"
  delivered
  stop_broker
  : >broker.log
  tls_broker self
  run -0 tls --insecure
  delivered
}

@test "an expired certificate: 69; accepted with --insecure" {
  tls_broker expired
  run -69 tls --ca "$pki/ca.crt"
  said 'certificate is not accepted: certificate has expired'
  not delivered
  run -0 tls --insecure
  delivered
}

@test "a certificate of tomorrow: tried again, for our clock may not be set yet" {
  tls_broker early
  tries_on 'certificate is not yet valid; trying again' --ca "$pki/ca.crt"
  not delivered
}

@test "an expired client certificate: 69" {
  tls_broker broker "cafile $BATS_FILE_TMPDIR/ca.crt" "require_certificate true"
  run -69 tls --ca "$pki/ca.crt" --cert "$pki/expired.crt" --key "$pki/expired.key"
  said 'client certificate: --cert and --key'
  not delivered
}

@test "MQTT 5: a CA, another name, self-signed, a client certificate" {
  tls_broker broker "cafile $BATS_FILE_TMPDIR/ca.crt" "require_certificate true"
  run -69 tls --mqtt 5 --ca "$pki/ca.crt"
  said 'client certificate: --cert and --key'
  own=(--cert "$pki/client.crt" --key "$pki/client.key")
  at=127.0.0.1 run -69 tls --mqtt 5 --ca "$pki/ca.crt" "${own[@]}"
  said 'IP address mismatch'
  run -69 tls --mqtt 5 "${own[@]}"
  said "the broker's certificate is not accepted"
  not delivered
  run -0 tls --mqtt 5 --ca "$pki/ca.crt" "${own[@]}"
  delivered
  [ "$(grep -c ' (p5, c1' broker.log)" = 1 ]
  stop_broker
  : >broker.log
  tls_broker self
  run -69 tls --mqtt 5
  said 'self-signed certificate'
  run -0 tls --mqtt 5 --insecure
  delivered
}

@test "--insecure: any name, any CA, and a word about it" {
  tls_broker other
  run -0 tls --insecure
  delivered
  said 'warning: --insecure'
}

@test "client certificate: asked for and given, missing, foreign" {
  tls_broker broker "cafile $BATS_FILE_TMPDIR/ca.crt" "require_certificate true" \
    "use_identity_as_username true"
  run -69 tls --ca "$pki/ca.crt"
  said 'client certificate: --cert and --key'
  run -69 tls --ca "$pki/ca.crt" --cert "$pki/self.crt" --key "$pki/self.key"
  said 'client certificate: --cert and --key'
  not delivered
  run -0 tls --ca "$pki/ca.crt" --cert "$pki/client.crt" --key "$pki/client.key"
  delivered
  said "u'client'" broker.log
}

@test "the same with TLS 1.2, where the refusal comes earlier" {
  tls_broker broker "cafile $BATS_FILE_TMPDIR/ca.crt" "require_certificate true" \
    "tls_version tlsv1.2"
  run -69 tls --ca "$pki/ca.crt"
  run -0 tls --ca "$pki/ca.crt" --cert "$pki/client.crt" --key "$pki/client.key"
  delivered
}

@test "mqtts:// to a port without TLS: no byte of MQTT, retried" {
  reading 1 1 >in
  start_broker
  tries_on 'not connected .*trying again' --insecure
  not said 'as obis-mqtt' broker.log
}

@test "mqtt:// to a port with TLS: retried, with a hint" {
  tls_broker broker
  scheme=mqtt tries_on 'mqtts://'
}

@test "files that are missing, unfit or do not go together" {
  pki=$BATS_FILE_TMPDIR
  reading 1 1 >in
  run -66 tls --ca missing
  run -78 tls --ca in
  said 'in: a CA certificate was expected'
  run -66 tls --cert missing --key "$pki/client.key"
  run -78 tls --cert "$pki/client.crt" --key "$pki/self.key"
  cp "$pki/client.key" open.key
  for mode in 604 644 606; do
    chmod $mode open.key
    run -77 tls --cert "$pki/client.crt" --key open.key
    said "open.key: others may read this private key .mode 0$mode.: chmod 600 it"
  done
  openssl ec -in "$pki/client.key" -aes128 -passout pass:x -out locked.key
  run -78 tls --cert "$pki/client.crt" --key locked.key
  run -64 tls --cert "$pki/client.crt"
  run -64 "$OBIS_MQTT" --broker mqtt://localhost --ca "$pki/ca.crt" in
}

@test "resident memory with TLS and a full queue stays under 12 MiB" {
  [ -z "${METERPIPE_SANITIZED-}" ] || skip "a sanitizer takes memory of its own"
  pki=$BATS_FILE_TMPDIR
  tls_broker broker
  mkfifo pipe
  "$OBIS_MQTT" --broker "mqtts://localhost:$port" --no-check --ca "$pki/ca.crt" <pipe 2>err 3>&- 5>&- &
  publisher=$!
  children+=($publisher)
  exec 5>pipe
  wait_for said 'connected'
  kill -STOP "$broker"
  yes "$(cat in)" | head -n 6000 >&5
  wait_for said 'queue is full'
  rss=$(awk '/VmHWM/ { print $2 }' "/proc/$publisher/status")
  echo "$rss KiB" >&3
  # OpenSSL 3.0 and its like; the libraries of Debian 13 alone are 2.5 MiB larger.
  limit=12288
  case $(openssl version) in "OpenSSL 3.0."*) ;; *) limit=15360 ;; esac
  [ "$rss" -lt "$limit" ]
  kill -CONT "$broker"
  end_publishing
}
