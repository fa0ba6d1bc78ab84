# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The stages of the everyday check. Sourced by tests/run.

# shellcheck disable=SC2034  # read by tests/run
everyday_stages=(host_debug asan tsan cortex_m4)

# build <preset> [cmake options...]
build() {
  local preset=$1
  shift
  cmake --preset "$preset" "$@"
  cmake --build --preset "$preset" -j "${jobs:?}"
}

# Line numbers are all the debug information that a failure needs, and compile much faster.
host_debug() { build host-debug -DCMAKE_CXX_FLAGS_DEBUG=-g1; }

asan() {
  build asan
  ctest --preset asan -j "${jobs:?}"
}

tsan() {
  build tsan
  ctest --preset tsan -j "${jobs:?}"
}

cortex_m4() {
  build cortex-m4
  ctest --preset cortex-m4 -j "${jobs:?}"
  ctest --preset cortex-m4 --verbose -R 'sizes are told' | sed -n 's/^[0-9]*: //p' |
    sed '1,/^Test timeout/d' >"$stage_logs/cortex_m4.report"
}

# All tests of the main build, its gates and consumers included. Half of them wait for a peer more
# than they compute, hence twice the jobs.
main_run() {
  ctest --preset host-debug -j $((2 * ${jobs:?})) --progress
}
