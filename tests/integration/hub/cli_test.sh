#!/bin/bash
# SPDX-License-Identifier: MIT
# The command line from start to end against one hub, and what it says when something is wrong.
set -uo pipefail

unset HUBTWIN_SERVICE HUBTWIN_SERVICE_PORT HUBTWIN_CA
hub=$1
work=$(mktemp -d)
data="$work/data dir"  # a space, on purpose
hub_process=
failures=0

finish() {
  [[ -n $hub_process ]] && kill "$hub_process" 2>/dev/null && wait "$hub_process" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT

fail() {
  echo "FAIL: $*" >&2
  failures=$((failures + 1))
}

# expect STATUS PATTERN ARGUMENT...: runs the hub's program, on the directory $data unless that is
# empty; its exit status and output must match.
expect() {
  local status=$1 pattern=$2 output code
  shift 2
  output=$("$hub" ${data:+--data "$data"} "$@" 2>&1 </dev/null)
  code=$?
  echo "\$ hub $*"
  head -n 4 <<<"  ${output//$'\n'/$'\n'  }"
  [[ $code == "$status" ]] || fail "exit status $code instead of $status: hub $*"
  [[ $output =~ $pattern ]] || fail "no match for '$pattern': hub $*: $output"
}

is_ready() { [[ -s $work/ready.json ]]; }
has_ended() { ! kill -0 "$1" 2>/dev/null; }
is_ready_or_has_ended() { is_ready || has_ended "$1"; }

# wait_until COMMAND...: runs it until it succeeds, for half a minute at most.
wait_until() {
  for ((i = 0; i < 600; ++i)); do
    "$@" && return 0
    sleep 0.05
  done
  return 1
}

# start LOG ARGUMENT...: starts a hub on free ports and waits until it is ready.
start() {
  local log=$1
  shift
  "$hub" start --data "$data" --mqtt-port 0 --rest-port 0 --ready-file "$work/ready.json" "$@" \
    >"$log" 2>"$log.err" &
  hub_process=$!
  wait_until is_ready_or_has_ended "$hub_process"
  is_ready && return 0
  cat "$log" "$log.err" >&2
  echo "FAIL: the hub didn't start" >&2
  exit 1
}

# stop SIGNAL: ends the hub, which must exit with status 0.
stop() {
  kill -s "$1" "$hub_process"
  wait "$hub_process"
  local code=$?
  hub_process=
  [[ $code == 0 ]] || fail "the hub ended with $code after SIG$1"
}

echo '== The command line by itself'
expect 0 'Usage: hub' --help
for group in device module twin method message telemetry fault; do
  expect 0 "Usage: hub $group" "$group" --help
done
expect 0 '--ready-file' start --help
expect 2 "'hub' needs one of these: start, device"
expect 2 "'hub twin' needs one of these: show" twin
expect 2 'nonsense' nonsense
expect 2 'DEVICE' device show
expect 2 "isn't DEVICE" device show 'a b'
expect 2 'names a module' device show d/m
expect 2 'names a device' module show d
expect 2 "isn't JSON" twin set-desired d '{"a":'
expect 2 'no object' twin set-desired d '[1]'
expect 2 'there is no file /no/such/file' twin set-desired d @/no/such/file
expect 2 'standard input isn.t JSON' twin set-desired d -
expect 2 'KEY=VALUE' message send d text --property x
expect 2 'no hub runs in' twin show d
expect 2 "'foo'" start --bind foo
expect 2 'Mosquitto.*/no/broker' start --broker /no/broker
expect 2 'plugin.*/no/plugin.so' start --plugin /no/plugin.so
data='' expect 2 "lacks 'SharedAccessKey'" --service 'HostName=h;SharedAccessKeyName=p' twin show d

echo '== A hub'
start "$work/log" --device dev --module dev/mod
grep -q 'The hub is ready' "$work/log" || fail 'no word that the hub is ready'
grep -q 'HostName=localhost;DeviceId=dev;ModuleId=mod;SharedAccessKey=' "$work/log" ||
  fail "no connection string of the module"
for file in "$work/ready.json" "$data"/{ca.key,server.key,policy.json,hub.json,hub.sqlite}; do
  [[ $(stat -c %a "$file") == 600 ]] || fail "$file is not private"
done
port=$(grep -o '"restPort": [0-9]*' "$work/ready.json" | grep -o '[0-9]*$')
service=$(grep -o '"serviceConnectionString": "[^"]*' "$work/ready.json" | sed 's/.*: "//')
expect 2 'running in .* already' start
data="$work/other" expect 2 'in use' start --rest-port "$port"

echo '== Identities'
expect 0 '"deviceId": "new"' device add new
expect 1 'DeviceAlreadyExists' device add new
expect 0 '^\{"deviceId":"new"' device show new --compact
expect 0 '"dev".*"new"' --compact device list
expect 0 '"disabled".*"stolen"' --compact device set-status new disabled --reason stolen
expect 0 '"moduleId": "part"' module add new/part
expect 0 '"part"' module list new
expect 0 '^HostName=localhost;DeviceId=new;ModuleId=part;SharedAccessKey=[A-Za-z0-9+/=]*$' \
  connection-string new/part
expect 0 '^$' module remove new/part
expect 1 'ErrorCode:ModuleNotFound' module show new/part
expect 0 '^$' device remove new
expect 1 'ErrorCode:DeviceNotFound' device show new
expect 1 'ErrorCode:DeviceNotFound' connection-string new
expect 2 "isn't base64" device add new --primary-key '***'

echo '== Twins'
echo '{"fromFile": [1, "ü", null]}' >"$work/bad.json"
echo '{"fromFile": [1, "ü"]}' >"$work/good.json"
expect 0 '"sendFrequency": "7s"' twin set-desired dev '{"telemetryConfig":{"sendFrequency":"7s"}}'
expect 0 '"ü"' twin set-desired dev "@$work/good.json"
expect 1 'ErrorCode:ArgumentInvalid' twin set-desired dev "@$work/bad.json"
expect 0 '"tags":\{"place":"cellar"\}' --compact twin set-tags dev '{"place":"cellar"}'
expect 0 '"tags":\{"place":"cellar"\}.*"desired":\{"only":1,".metadata"' --compact \
  twin replace-desired dev '{"only":1}'
expect 0 '"desired":\{"speed":2,' --compact twin set-desired dev/mod '{"speed":2}'
expect 1 'ErrorCode:DeviceNotFound' twin show nobody
[[ $(echo '{"piped":true}' | "$hub" --data "$data" --compact twin set-desired dev -) == *'"piped":true'* ]] ||
  fail 'a value from standard input'

echo '== Methods and messages'
expect 1 '404103' method invoke dev reboot '{"in":1}'
expect 1 '404103' method invoke dev/mod reboot '[1,2]'
expect 2 "5" method invoke dev reboot --timeout 1
expect 0 '"enqueued"' message send dev 'hello' --property colour='dark red' --message-id m1 --expiry 60
expect 0 '"totalMessagesPurged": 1' message purge dev
expect 1 'DeviceNotFound' message send nobody 'hello'
expect 1 '404103' message send-input dev/mod in1 'hello'
expect 0 '^$' telemetry watch --all --timeout 1
expect 1 'only 0 of 1' telemetry watch --count 1 --timeout 1

echo '== Queries'
expect 0 '"deviceId":"dev"' --compact query 'SELECT * FROM devices'
expect 0 '"moduleId":"mod"' --compact query 'SELECT * FROM devices.modules'
expect 1 'ErrorCode' query 'SELECT nonsense'
expect 0 '"totalDeviceCount":1,.*"connectedDeviceCount":0' --compact statistics

echo '== Reaching a hub by its connection string'
cp "$data/ca.pem" "$work/ca.pem"
elsewhere() {
  local status=$1 pattern=$2
  shift 2
  data='' expect "$status" "$pattern" "$@" device list
}
elsewhere 0 '"dev"' --service "$service" --service-port "$port" --ca "$work/ca.pem"
elsewhere 1 "isn't trusted" --service "$service" --service-port "$port"
elsewhere 1 'cannot use the CA file' --service "$service" --service-port "$port" --ca /no/ca.pem
elsewhere 1 'no hub answers at localhost port 1' --service "$service" --service-port 1 --ca "$work/ca.pem"
wrong_key="${service%;SharedAccessKey=*};SharedAccessKey=AAAA"
elsewhere 1 'IoTHubUnauthorized' --service "$wrong_key" --service-port "$port" --ca "$work/ca.pem"

echo '== What is kept'
stop TERM
[[ ! -e $data/hub.json && ! -e $work/ready.json ]] || fail 'a stopped hub still looks like one'
cp "$data/ca.pem" "$work/ca.before"
start "$work/log2"
expect 0 '"only": 1' twin show dev
cmp -s "$data/ca.pem" "$work/ca.before" || fail 'the CA changed'
stop INT
start "$work/log3" --in-memory
expect 1 'DeviceNotFound' twin show dev

echo '== Faults on demand'
expect 0 '^\{"id":"h1","at":"get","do":"answer","identity":"dev","status":429,' --compact \
  fault add get answer status=429 identity=dev
expect 1 "'do' must, at get, be one of lose" fault add get nonsense
expect 1 "'status' is missing" fault add get answer
expect 2 'KEY=VALUE' fault add get answer status
expect 1 'no fault proxy answers: start the hub with --proxy-port' fault add link silence
expect 0 '"faults":\[\{"id":"h1".*"links":null' --compact fault list
expect 0 '^$' fault remove h1
expect 1 'no fault with this id' fault remove h1
expect 0 '"offsetSeconds":60,"tokenSkewSeconds":0' --compact token-clock --offset 60 --skew 0
expect 1 "'tokenSkewSeconds' must be a whole number" token-clock --skew -1
stop TERM
start "$work/log3" --in-memory --proxy-port 0
grep -q '"proxyPort": [1-9]' "$work/ready.json" || fail "no port of the proxy"
expect 0 '"id":"n1","at":"link","do":"silence"' --compact fault add link silence links=coming
expect 0 '"id":"n2","at":"tls"' --compact fault add tls present certificate=second-root
grep -q CERTIFICATE "$data/second-ca.pem" || fail 'no certificate of the second root'
expect 1 "can't present itself so: cannot set the ciphers" fault add tls present ciphers=nonsense
expect 0 '"faults":\[\{"id":"n1".*"links":\[\]' --compact fault list
expect 0 '^$' fault remove n1
expect 1 'no fault with this id' fault remove n1
expect 0 '^$' fault clear
expect 0 '"faults":\[\]' --compact fault list
expect 2 'would remove the hub that is kept' start --temporary

echo '== The end of a broker'
broker=$(pgrep -P "$hub_process" mosquitto)
kill -KILL "$broker"
wait "$hub_process"
code=$?
hub_process=
[[ $code == 1 ]] || fail "exit status $code when the broker was killed"
grep -q 'signal 9' "$work/log3.err" || fail 'no word on how the broker ended'

start "$work/log4" --in-memory
broker=$(pgrep -P "$hub_process" mosquitto)
kill -KILL "$hub_process"
wait "$hub_process" 2>/dev/null
hub_process=
wait_until has_ended "$broker" || fail 'the broker outlives the program that started it'

echo '== The end of who started the hub'
rm -f "$work/ready.json"
bash -c '"$@" & wait' start-hub "$hub" start --data "$data" --mqtt-port 0 --rest-port 0 --in-memory \
  --until-parent-ends --ready-file "$work/ready.json" >/dev/null 2>"$work/log5.err" &
parent=$!
wait_until is_ready || fail 'the hub did not start'
hub_process=$(pgrep -P "$parent")
kill -KILL "$parent"
wait "$parent" 2>/dev/null
wait_until has_ended "$hub_process" || fail 'the hub outlives who started it'
hub_process=

echo '== A temporary directory'
rm -f "$work/ready.json"
bash -c '"$@" & wait' start-hub "$hub" start --data "$work/temporary" --mqtt-port 0 --rest-port 0 \
  --proxy-port 0 --in-memory --temporary --until-parent-ends --ready-file "$work/ready.json" \
  >/dev/null 2>"$work/log6.err" &
parent=$!
wait_until is_ready || fail 'the hub did not start'
hub_process=$(pgrep -P "$parent")
kill -KILL "$parent"
wait "$parent" 2>/dev/null
wait_until has_ended "$hub_process" || fail 'the hub outlives who started it'
hub_process=
[[ ! -e $work/temporary ]] || fail 'a temporary directory is left behind'

echo '== Secrets'
key=${service##*SharedAccessKey=}
for log in "$work"/log*.err; do
  grep -qF "${key:0:20}" "$log" && fail "a key in $log"
  grep -qE 'SharedAccessKey=|sig=' "$log" && fail "a secret in $log"
done

if ((failures > 0)); then
  echo "$failures failed" >&2
  exit 1
fi
echo 'all passed'
