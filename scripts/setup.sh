#!/usr/bin/env bash
# Install what is missing of the Debian packages that nasbed is built from; nothing is done, and no
# network needed, when all are there. Other systems: the list below says what to look for.
#   scripts/setup.sh [PACKAGE...]    the named packages too
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

# a|b: either serves; the first is installed when neither is there
packages=(gcc libc6-dev cmake 'ninja-build|make' 'pkg-config|pkgconf' libhdf5-dev libopenblas-dev
    libjansson-dev libinih-dev libxxhash-dev librandom123-dev libpng-dev zlib1g-dev libcmocka-dev
    'gnuplot-nox|gnuplot-qt|gnuplot-x11' curl ca-certificates "$@")

is_installed() { # PACKAGE, of this machine's architecture: others may be there too
    local found # no pipe into grep: one that has seen enough kills the writer
    found=$(dpkg-query -W -f '${Architecture} ${db:Status-Status}\n' "$1" 2>/dev/null) || return 1
    case $'\n'$found$'\n' in
    *$'\n'"$architecture installed"$'\n'* | *$'\nall installed\n'*) return 0 ;;
    esac
    return 1
}

list_missing() {
    local choice package
    for choice in "${packages[@]}"; do
        for package in ${choice//|/ }; do
            is_installed "$package" && continue 2
        done
        echo "${choice%%|*}"
    done
}

# may_use_sudo PACKAGE...: ask; no answer, or nobody to ask, is a no
may_use_sudo() {
    local answer=no
    if [ -t 0 ] && command -v sudo >/dev/null; then
        read -r -p 'nasbed: install them with sudo apt-get? [y/N] ' answer
    fi
    case $answer in
    [yY] | [yY]es) return 0 ;;
    esac
    say "nothing was installed; as root:  apt-get install $*"
    return 1
}

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"
}

[ -n "${NASBED_LOG:-}" ] || log_open build/setup.log
if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system: going on as if these were there: ${packages[*]}"
    exit 0
fi
architecture=$(dpkg --print-architecture)
step_begin packages
mapfile -t missing < <(list_missing)
if [ ${#missing[@]} -eq 0 ]; then
    step_end 'all there'
    exit 0
fi
step_end "missing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    may_use_sudo "${missing[@]}" || exit 1
    as_root=(sudo)
fi
# An update that fails is no reason to stop: the packages may lie in apt's cache.
step_begin 'package lists (apt-get update)'
if logged apt update; then step_end 'done'; else step_end 'failed, using the old ones'; fi
step "installing ${#missing[@]} packages" \
    apt install -y --no-install-recommends "${missing[@]}" || {
    say 'is the network there? apt-get needs it this once'
    exit 1
}
