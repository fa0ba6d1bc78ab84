# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the examples' shows have in common: a folder of their own, a hub, waiting, and cleaning up. To be
# sourced with `root`, the repository's folder, and `build`, where the hub is built.

work=$(mktemp -d "${TMPDIR:-/tmp}/hubtwin.XXXXXX")
hub_pid=
declare -A actors=()  # what else runs: its name in words, its process
patience=1  # times as long as wait_for is told, where everything takes longer

step() { printf '\n== %s\n' "$*"; }
back_end() { printf '%-20s %s\n' 'back end >' "$*"; }
fail() {
  printf 'run: %s\n' "$*" >&2
  exit 1
}

# stop <pid>: ends one of ours and waits for it; its status is the caller's to judge.
stop() {
  [[ -n $1 ]] || return 0
  kill -TERM "$1" 2>/dev/null || true
  wait "$1"
}

clean_up() {
  local status=$? actor
  trap - EXIT INT TERM
  for actor in "${!actors[@]}"; do
    stop "${actors[$actor]}" || true
  done
  stop "$hub_pid" || true
  if ((status != 0)) && [[ -s $work/hub.log ]]; then
    printf '\nThe end of the hub'\''s log:\n' >&2
    grep -v SharedAccessKey "$work/hub.log" | tail -n 20 >&2
  fi
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# quietly <what> <command...>: a long step. Says when it starts and ends, and meanwhile every few
# seconds how far a build has come.
quietly() {
  local what=$1 began=$SECONDS told=$SECONDS pid progress shown=
  shift
  printf -- '-- %s ...\n' "$what"
  "$@" >"$work/step.log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    ((SECONDS - told >= 5)) || continue
    told=$SECONDS
    progress=$(grep -o '^\[[0-9]*/[0-9]*\]' "$work/step.log" | tail -n 1) || true
    if [[ $progress != "$shown" ]]; then
      printf '   %s\n' "$progress"
      shown=$progress
    fi
  done
  if ! wait "$pid"; then
    printf 'run: this step failed: %s\n' "$what" >&2
    tail -n 40 "$work/step.log" >&2
    exit 1
  fi
  printf '   done, %d s\n' $((SECONDS - began))
}

# wait_for <seconds> <what> <command...>: until the command succeeds.
wait_for() {
  local seconds=$(($1 * patience)) what=$2 began=$SECONDS actor
  shift 2
  until "$@"; do
    ((SECONDS - began < seconds)) || fail "waited $seconds s in vain for: $what"
    kill -0 "$hub_pid" 2>/dev/null || fail 'the hub has ended by itself'
    for actor in "${!actors[@]}"; do
      kill -0 "${actors[$actor]}" 2>/dev/null || fail "$actor has ended by itself"
    done
    sleep 0.1
  done
}

# start_hub <option...>: on free loopback ports unless the options say otherwise.
start_hub() {
  mkdir -p "$work/hub"
  rm -f "$work/ready.json"
  "${build:?}/tools/hub/cli/hub" --data "$work/hub" start --until-parent-ends \
    --ready-file "$work/ready.json" "$@" >>"$work/hub.log" 2>&1 </dev/null &
  hub_pid=$!
  wait_for 30 'the hub to be ready' test -s "$work/ready.json"
}

hub() { "$build/tools/hub/cli/hub" --data "$work/hub" "$@"; }
ready() { jq -r "$1" "$work/ready.json"; }
# twin_has <target> <jq condition>: whether the twin as the hub has it meets the condition.
twin_has() { hub --compact twin show "$1" | jq -e "$2" >/dev/null; }
# show_twin <target>: without its metadata.
show_twin() {
  hub twin show "$1" | jq '{tags, desired: .properties.desired, reported: .properties.reported}
      | walk(if type == "object" then del(."$metadata") else . end)
      | if .tags == {} then del(.tags) else . end'
}
