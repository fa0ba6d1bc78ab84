# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the shows of firmware have in common: building it, and running it in QEMU. To be sourced after
# show.sh with `board`, such as an386: build/mps2-$board is the folder, and what stands before a further
# hyphen the board.

readonly hub_address=10.0.2.100  # the hub's, as the board sees it
viewer_pid=
# To count instructions: in QEMU each takes 64 ns then and nothing else takes any, so that a millisecond of the
# board's is 15,625 of them.
counting=

# build_firmware <target>
build_firmware() {
  local suite package
  suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  for package in lwip mbedtls; do
    quietly "Source of $package" "${root:?}/tools/lib/debian_source" "$suite" $package \
      "$root/build/sources/$package"
  done
  quietly 'Configure the firmware' cmake -S "$root" --preset "mps2-${board:?}"
  quietly 'Build the firmware' cmake --build "$root/build/mps2-$board" --target "$1"
}

# start_board <name in words> <image> <log> <argument...>: the board is cut off from everything but one
# address, behind which QEMU starts a relay to the hub for each connection. A wedged board doesn't end by
# itself. What the firmware says is shown in the form of everything else.
start_board() {
  local name=$1 image=$2 log=$3 argument arguments=''
  shift 3
  for argument in "hub=$hub_address" "$@"; do
    arguments+=,arg=$argument
  done
  ln -sfn "$root/examples/common/relay" "${work:?}/relay"  # QEMU's command can't have blanks in its path
  : >"$log"
  timeout 240 qemu-system-arm ${counting:+-icount shift=6} -M "mps2-${board%%-*}" -display none -monitor none -serial none \
    -nic "user,model=lan9118,restrict=on,guestfwd=tcp:$hub_address:8883-cmd:$work/relay $(ready .mqttPort)" \
    -semihosting-config "enable=on,target=native,arg=firmware$arguments" -kernel "$image" \
    </dev/null >"$log" 2>&1 &
  actors[$name]=$!
  tail --lines=+1 --follow --pid=$! "$log" | show_lines &
  viewer_pid=$!
}
# show_lines: its figures are told at the end.
show_lines() {
  local line who
  while IFS= read -r line; do
    who=${line#info }
    case $line in
      'info figures: '* | qemu*'terminating on signal'*) ;;
      'info '*': '*) printf '%-20s %s\n' "${who%%: *}" "${who#*: }" ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
}
# wait_for_board <name>: until it has ended and been shown; answers its status.
wait_for_board() {
  local pid=${actors[$1]} status=0
  unset "actors[$1]"
  wait "$pid" || status=$?
  wait "$viewer_pid" || true
  return "$status"
}

# tell_figures <log>: what the firmware told of itself at its end.
tell_figures() {
  local item items=() steps
  local -A figure=()
  mapfile -t items < <(sed -n 's/^info figures: //p' "$1" | tr ' ' '\n')
  for item in "${items[@]}"; do
    figure[${item%%=*}]=${item#*=}
  done
  [[ -n ${figure[flash]:-} ]] || fail 'the firmware told no figures'
  printf 'mps2-%s: flash %s, data %s, bss %s, stack %s, TLS memory %s (in bss); connected %s ms after start\n' \
    "$board" "${figure[flash]}" "${figure[data]}" "${figure[bss]}" \
    "${figure[stack]/\// of }" "${figure[tls]/\// of }" "${figure[connected_ms]}"
  [[ -n $counting && -n ${figure[poll_ms]:-} ]] || return 0
  steps=('hello request' 'client hello' 'server hello' "the server's certificates" "the server's key" 'certificate request'
    'server hello done' "the client's certificates" "the client's key" 'certificate verify'
    'change of cipher' 'finished' "the server's change of cipher" "the server's finished" 'flush'
    'wrap-up' 'none')  # by mbedTLS's numbers
  printf 'longest poll(): %s instructions, step of TLS: %s\n' $((figure[poll_ms] * 15625)) \
    "${steps[${figure[poll_step]}]:-${figure[poll_step]}}"
}
