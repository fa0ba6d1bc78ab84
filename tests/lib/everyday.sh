# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The stages of the everyday check. Sourced by tests/run.

# shellcheck disable=SC2034  # read by tests/run
everyday_stages=(host_debug asan tsan cortex_m4 linux_armhf firmware fuzz)

# build <preset> [cmake options...]
build() {
  local preset=$1
  shift
  alone_in "$preset" cmake --preset "$preset" "$@"
  alone_in "$preset" cmake --build --preset "$preset" -j "${jobs:?}"
}

# alone_in <preset> <command...>: waits while another stage configures or builds there.
alone_in() {
  flock "${stage_logs:?}/$1.lock" "${@:2}"
}

# source_of <package>: Debian's source of it, unpacked below build/sources; its folder is printed.
source_of() {
  local suite
  suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  alone_in sources tools/lib/debian_source "$suite" "$1" "build/sources/$1" >&2
  printf '%s\n' "$PWD/build/sources/$1"
}

# build_with_lwip <preset> [cmake options...]: hubtwin::lwip and its tests, too.
build_with_lwip() {
  local lwip
  lwip=$(source_of lwip)
  build "$@" -DHUBTWIN_LWIP=ON -DHUBTWIN_LWIP_SOURCE="$lwip"
}

# Line numbers are all the debug information that a failure needs, and compile much faster.
host_debug() { build_with_lwip host-debug -DCMAKE_CXX_FLAGS_DEBUG=-g1; }

# The soak test takes the hub of the main build, and waits more than it computes: hence one job more.
asan() {
  build_with_lwip asan
  build_hub
  ctest --preset asan -j $((${jobs:?} + 1))
}

tsan() {
  build tsan
  ctest --preset tsan -j "${jobs:?}"
}

# The same inputs each time; long_fuzz tries new ones.
fuzz() {
  build fuzz
  tests/fuzz/run --no-build --jobs "${jobs:?}" | tee "$stage_logs/fuzz.report"
}

cortex_m4() {
  build cortex-m4
  ctest --preset cortex-m4 -j "${jobs:?}"
  ctest --preset cortex-m4 --verbose -R 'sizes are told' | sed -n 's/^[0-9]*: //p' |
    sed '1,/^Test timeout/d' >"$stage_logs/cortex_m4.report"
}

# What the tests, and the vending machine on both transports, need of a system that isn't this one.
foreign_packages=(catch2 rapidjson-dev nlohmann-json3-dev libssl-dev libmbedtls-dev
  libpaho-mqttpp-dev libpaho-mqtt-dev libstdc++-12-dev libc6-dev)

# sysroot_of <architecture> <folder> [suite]: Debian's packages of it, of this system's own suite
# unless named, unpacked there.
sysroot_of() {
  local suite=${3:-}
  [[ -n $suite ]] || suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  alone_in "sysroot-$1" tests/lib/sysroot "$suite" "$1" "$2" "${foreign_packages[@]}"
}

# 32 bits: all unit tests, the ports' among them, on Linux for Arm by QEMU's user emulation. The stage
# foreign adds conformance, simulation, the vending machine, and other processors.
linux_armhf() {
  sysroot_of armhf "$PWD/build/sysroots/armhf"
  build linux-armhf -DHUBTWIN_TEST_SUBJECTS='^unit/' -DHUBTWIN_EXAMPLES=OFF
  ctest --preset linux-armhf -j "${jobs:?}"
}

# The ports to an emulated board, and on it the soil sensor against the hub of the main build.
firmware() {
  build_hub
  test_board an386
}

# build_hub: that of the main build alone. Another stage may be building there.
build_hub() {
  alone_in host-debug cmake --preset host-debug -DCMAKE_CXX_FLAGS_DEBUG=-g1
  alone_in host-debug cmake --build --preset host-debug -j "${jobs:?}" \
    --target hubtwin_hub_cli hubtwin_hub_plugin
}

# test_board <board>: what the soil sensor tells of its size becomes part of the stage's report.
test_board() {
  local log=$stage_logs/${FUNCNAME[1]}.$1.log
  source_of lwip
  source_of mbedtls
  build "mps2-$1"
  tests/firmware/run "$1"
  examples/smart_agriculture/run --build build/host-debug --board "$1" | tee "$log"
  sed -n 's/^mps2-/   &/p' "$log" >>"$stage_logs/${FUNCNAME[1]}.report"
}

# All tests of the main build, its gates and consumers included. Half of them wait for a peer more
# than they compute, hence twice the jobs.
main_run() {
  ctest --preset host-debug -j $((2 * ${jobs:?})) --progress
}
