# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What tests/run --all adds to the everyday check. Sourced by tests/run.

# shellcheck disable=SC2034  # read by tests/run
thorough_stages=(host_release clang_tidy static_analysis shell_lint memory_check options second_compiler
  foreign newer_dependencies long_simulation boards footprint coverage long_fuzz soak
  liveness)

host_release() {
  build host-release
  ctest --preset host-release -j $((2 * ${jobs:?}))
}

# The analysers read build/host-debug's compile commands.
configured_host_debug() { cmake --preset host-debug >/dev/null; }

# What passed before and hasn't changed since is left out: tests/lib/tidy.
clang_tidy() {
  tests/lib/test_tidy
  configured_host_debug
  tests/lib/tidy --jobs "${jobs:?}" build/host-debug "^$PWD/(src|ports|tools|tests|examples)/"
}

# Tests are left out: Catch2's macros are more than cppcheck can read.
static_analysis() {
  configured_host_debug
  cppcheck --project=build/host-debug/compile_commands.json -j "${jobs:?}" --quiet \
    --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
    --suppressions-list=tests/gates/cppcheck_suppressions.txt \
    --cppcheck-build-dir="$(fresh_folder cppcheck)" -i build -i tests
}

# What docs/reliability.md says signs of life cost, counted once more, and the rows of the fault matrix
# that are too slow for every day: a dead peer, found when it is by default.
liveness() {
  configured_host_debug
  tests/liveness/run
  cmake --build build/host-debug -j "${jobs:?}" --target fault_matrix_native fault_matrix_paho
  build/host-debug/tests/faults/fault_matrix_native "by default"
  build/host-debug/tests/faults/fault_matrix_paho "by default"
}

shell_lint() {
  local scripts
  mapfile -t scripts < <(git ls-files | while IFS= read -r file; do
    [[ $(head -n 1 "$file" | tr -d '\0') == '#!'*bash ]] && echo "$file"
  done)
  shellcheck --external-sources "${scripts[@]}"
}

# The core's unit programs, those of the ports, and the behaviours before the scripted hub, with every
# leak and every uninitialised read an error. What talks to Paho or to a real hub is left out, since
# their libraries leak of their own; so are the tests tagged [long] and [slow], which take many thousand rounds:
# valgrind would need half an hour for them, and AddressSanitizer sees the same code every day.
memory_check() {
  build host-debug
  find build/host-debug/tests/unit build/host-debug/tests/conformance -type f -perm -u+x \
    -not -name '*.so*' -not -path '*/hub*/*' -not -name '*paho*' -not -name conformance_native \
    -not -name conformance_porting -not -name storage_wear \
    -print0 |
    xargs -0 -I '{}' -P "${jobs:?}" valgrind --quiet --error-exitcode=9 --leak-check=full \
      --errors-for-leak-kinds=definite,indirect,possible --child-silent-after-fork=yes '{}' '~[long]~[slow]'
}

# fresh_folder <name>: an empty folder below build/, its path printed.
fresh_folder() {
  rm -rf "build/$1"
  mkdir -p "build/$1"
  printf '%s\n' "$PWD/build/$1"
}

# core_tests <folder> [cmake options...]: builds and runs the core's own tests, as an everyday build
# would, with other options, another compiler or other libraries. Goes on after a file that doesn't
# compile, so that one run names them all.
core_tests() {
  local folder=build/$1
  shift
  cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DHUBTWIN_HUB=OFF \
    -DHUBTWIN_EXAMPLES=OFF -DHUBTWIN_PAHO=OFF -DHUBTWIN_POSIX=OFF -DHUBTWIN_MBEDTLS=OFF \
    -DHUBTWIN_TEST_SUBJECTS='^(unit/.*|conformance|simulation)$' "$@"
  cmake --build "$folder" -j "${jobs:?}" -- -k 0
  ctest --test-dir "$folder" --output-on-failure --no-tests=error -j "$jobs"
}

# Every option of hubtwin/config.hpp at a value that is not its default.
options() {
  core_tests options-small -DHUBTWIN_FLOAT=0 -DHUBTWIN_CONTRACTS=0 -DHUBTWIN_LOG_LEVEL=0
  core_tests options-large -DHUBTWIN_HANDLER_WORDS=8 -DHUBTWIN_MAX_DEPTH=32 -DHUBTWIN_LOG_LEVEL=4
}

second_compiler() { core_tests clang -DCMAKE_CXX_COMPILER=clang++-14; }

# 32 bits, 64 bits and big-endian: by Debian's cross compilers and QEMU's user emulation, with that
# system's own libraries. The core is compiled so that exceptions can pass: tests of contract checks
# throw through it, and Arm has no tables for that otherwise. Goes on after a file that doesn't compile,
# so that one run names them all.
foreign() {
  local architecture
  for architecture in armhf arm64 s390x; do
    sysroot_of "$architecture" "$PWD/build/sysroots/$architecture"
    alone_in "linux-$architecture" cmake --preset "linux-$architecture"
    alone_in "linux-$architecture" cmake --build --preset "linux-$architecture" \
      -j "${jobs:?}" -- -k 0
    ctest --preset "linux-$architecture" -j "$jobs"
  done
  build_hub
  vending_machine_on armhf qemu-arm
  vending_machine_on arm64 qemu-aarch64
}

# vending_machine_on <architecture> <emulator>: that system's machine over each of its transports, and
# the hub of the main build.
vending_machine_on() {
  local transport
  for transport in paho native; do
    timeout --foreground --kill-after=10 300 examples/vending_machine/run --build build/host-debug \
      --transport "$transport" --machine "build/linux-$1/examples/vending_machine/vending_machine" \
      --runner "$2 -L $PWD/build/sysroots/$1"
  done
}

# The versions of the next Debian release, beside this system and without touching it.
newer_dependencies() {
  sysroot_of "$(dpkg --print-architecture)" "$PWD/build/sysroots/trixie" trixie
  core_tests trixie -DHUBTWIN_PAHO=ON -DHUBTWIN_POSIX=ON -DHUBTWIN_MBEDTLS=ON \
    -DHUBTWIN_TEST_SUBJECTS='^(unit/.*|conformance|integration/paho)$' \
    -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/sysroot.cmake" -DHUBTWIN_SYSROOT="$PWD/build/sysroots/trixie"
}

# A hundred times the everyday number of histories, others than its own; thirty days, those of the
# documentation; and storms with three times the devices, and a hub that is away for six hours.
long_simulation() {
  build host-release
  build/host-release/tests/simulation/storm/storm --devices 30000 --rate 300 --outage-hours 6 \
    --seed "$(date +%s)"
  build/host-release/tests/simulation/simulation --histories 200000 --seed "$(date +%s)"
  tests/simulation/days/run --build build/host-release
}

# The boards that the everyday check leaves out, the sensor with short records, and the vending machine in one
# image.
boards() {
  build_hub
  test_board an385
  test_board an500
  examples/smart_agriculture/run --build build/host-debug --chain p384
  examples/smart_agriculture/run --build build/host-debug --board an386-4k | tee "$stage_logs/boards.4k.log"
  timeout 600 examples/vending_machine/run --build build/host-debug --board | tee "$stage_logs/boards.machine.log"
  sed -n 's/^mps2-/   &/p' "$stage_logs/boards.4k.log" "$stage_logs/boards.machine.log" >>"$stage_logs/boards.report"
}

# What the library takes of each processor, held against the baseline.
footprint() { tests/footprint/run --jobs "${jobs:?}" | tee "$stage_logs/footprint.report"; }

# What the core's tests run of include/ and src/.
coverage() {
  tests/coverage/run --jobs "${jobs:?}" >"$stage_logs/coverage.all" || { cat "$stage_logs/coverage.all" && return 1; }
  sed -n '/^lines /,/^branches /p' "$stage_logs/coverage.all" >"$stage_logs/coverage.report"
}

# New inputs each time, beside those of the everyday check.
long_fuzz() {
  build fuzz
  tests/fuzz/run --no-build --jobs "${jobs:?}" --minutes 1 | tee "$stage_logs/long_fuzz.report"
}

# Ten minutes of it; the everyday check has less than one.
soak() {
  build_hub
  alone_in asan cmake --preset asan
  alone_in asan cmake --build build/asan -j "${jobs:?}" --target soak_machine
  tests/soak/run --minutes 10 --hub build/host-debug --machine build/asan/tests/soak/soak_machine >"$stage_logs/soak.all" ||
    { cat "$stage_logs/soak.all" && return 1; }
  cat "$stage_logs/soak.all"
  sed -n '/minutes under/s/^/   /p' "$stage_logs/soak.all" >"$stage_logs/soak.report"
}
