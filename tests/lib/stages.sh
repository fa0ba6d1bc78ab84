# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Runs the stages of a check, several at a time, and tells how each went. Sourced by tests/run.
#
# A stage is a function. What it prints goes to its log, shown only when it fails. What it leaves in
# <its name>.report beside the log is shown when it passes.

stage_logs=           # folder of the logs; set by the caller
declare -A stage_of_pid=()
declare -A stage_began=()
failed_stages=()

# seconds_as_text <seconds>
seconds_as_text() { printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); }

# start_stage <function>: begins it in the background.
start_stage() {
  local name=$1
  printf -- '-- %-22s started\n' "$name"
  stage_began[$name]=$SECONDS
  rm -f "$stage_logs/$name.report"
  set -m  # a process group of its own, so that stop_stages ends all of it
  (
    set -euo pipefail
    "$name"
  ) >"$stage_logs/$name.log" 2>&1 </dev/null &
  set +m
  stage_of_pid[$!]=$name
}

# finish_a_stage: waits until one of the stages that run has ended, and reports it.
finish_a_stage() {
  local pid status=0 name took
  wait -n -p pid "${!stage_of_pid[@]}" || status=$?
  name=${stage_of_pid[$pid]}
  unset "stage_of_pid[$pid]"
  took=$(seconds_as_text $((SECONDS - stage_began[$name])))
  if ((status == 0)); then
    printf -- '-- %-22s passed  %s\n' "$name" "$took"
    [[ ! -f $stage_logs/$name.report ]] || cat "$stage_logs/$name.report"
    return
  fi
  failed_stages+=("$name")
  printf -- '-- %-22s FAILED  %s; the end of %s:\n' "$name" "$took" "$stage_logs/$name.log"
  tail -n "${HUBTWIN_CHECK_TAIL:-80}" "$stage_logs/$name.log" | sed 's/^/   | /'
}

# run_stages <most at a time> <function...>: runs all of them; failed_stages then names those that
# failed. Not for a condition, in which the shell would let a stage go on after an error.
run_stages() {
  local most=$1 name
  shift
  for name in "$@"; do
    while ((${#stage_of_pid[@]} >= most)); do finish_a_stage; done
    start_stage "$name"
  done
  while ((${#stage_of_pid[@]} > 0)); do finish_a_stage; done
}

# stop_stages: ends what still runs, with all its children; for the caller's exit trap.
stop_stages() {
  local pid
  for pid in "${!stage_of_pid[@]}"; do
    kill -TERM -- "-$pid" 2>/dev/null || true
  done
}
