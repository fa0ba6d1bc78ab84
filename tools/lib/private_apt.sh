# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# apt-get with lists, status and cache of its own: it sees a Debian suite as an empty system would,
# changes nothing on this one, and uses the mirror that this system itself uses. To be sourced.

private_apt_folder=  # private_apt's; removed by the caller

# set_up_private_apt TYPE SUITE: TYPE is deb or deb-src.
set_up_private_apt() {
  local release mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  # The mirror of this system's own main archive, whichever that is.
  release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016  # expanded by apt-get
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
    "Codename: $release" 'Component: main' | head -n 1)
  [[ -n $mirror ]] || { echo "apt names no main archive of $release" >&2 && return 1; }

  private_apt_folder=$(mktemp -d)
  mkdir -p "$private_apt_folder"/{lists/partial,cache/archives/partial,parts}
  : >"$private_apt_folder/status"
  printf '%s [signed-by=%s] %s %s main\n' "$1" "$keyring" "$mirror" "$2" \
    >"$private_apt_folder/sources.list"
}

# private_apt COMMAND...
private_apt() {
  apt-get --yes --quiet -o Dir::Etc::SourceList="$private_apt_folder/sources.list" \
    -o Dir::Etc::SourceParts="$private_apt_folder/parts" \
    -o Dir::State::Lists="$private_apt_folder/lists" \
    -o Dir::State::status="$private_apt_folder/status" \
    -o Dir::Cache="$private_apt_folder/cache" -o APT::Sandbox::User=root "$@"
}
