#!/usr/bin/env bash
# The set-up scripts on a machine of fakes: what they install, what they ask, how they count tests.
#   tests/test_scripts.sh [ROOT]
# shellcheck disable=SC2016 # what the fakes run is theirs to expand
set -euo pipefail
root=$(cd "${1:-$(dirname "$0")/..}" && pwd)
tree=$(mktemp -d)
trap 'rm -r "$tree"' EXIT
mkdir "$tree/bin"
cp -r "$root/scripts" "$tree/scripts"
cd "$tree"

fail() {
    printf 'failed: %s\n' "$@"
    exit 1
}

equals() { # WHAT WANTED FOUND
    [ "$2" = "$3" ] || fail "$1" "  wanted: $2" "  found:  $3"
}

holds() { # WHAT PART WHOLE
    case $3 in *"$2"*) ;; *) fail "$1" "  wanted in it: $2" "  found: $3" ;; esac
}

fake() { # NAME BODY: a program NAME, first on the PATH
    printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1"
}

# setup [PACKAGE...]: run setup.sh among the fakes; its verdict in $status, its words in $said, what
# apt-get was called for in $calls. `absent` lists the packages that are not installed, `foreign` those
# that are so for another machine alone.
setup() {
    : >calls
    status=0
    said=$(PATH="$tree/bin:$PATH" NASBED_LOG=$tree/log absent=" $absent " foreign=" $foreign " \
        calls=$tree/calls scripts/setup.sh "$@" 2>&1 </dev/null) || status=$?
    calls=$(cat calls)
}

: >log
fake dpkg-query 'for last; do :; done
case $absent in *" $last "*) exit 1 ;; esac
case $foreign in *" $last "*) ;; *) echo "amd64 installed" ;; esac
echo "arm64 installed"' # every package is there for another machine too
fake dpkg 'echo amd64'
fake apt-get 'shift 2; echo "$*" >>"$calls"'
fake sudo 'echo "sudo $*" >>"$calls"; exec "$@"'
fake id 'echo 0'

test_nothing_missing() {
    absent='make pkgconf gnuplot-qt gnuplot-x11 npm' setup
    equals 'all there: status' 0 "$status"
    equals 'all there: apt-get is left alone' '' "$calls"
}

test_other_machine() {
    foreign=libpng-dev setup
    equals 'for another machine: installed' \
        $'update\ninstall -y --no-install-recommends libpng-dev' "$calls"
}

test_root_installs() {
    absent='cmake ninja-build make npm' setup npm
    equals 'root: status' 0 "$status"
    equals 'root: one update, then what is missing and nothing else' \
        $'update\ninstall -y --no-install-recommends cmake ninja-build npm' "$calls"
    absent=libpng-dev setup
    holds 'root: says what is missing' 'missing: libpng-dev' "$said"
}

test_offline() {
    fake apt-get 'shift 2; echo "$*" >>"$calls"; echo "E: no network"; exit 100'
    absent=libpng-dev setup
    equals 'offline: status' 1 "$status"
    equals 'offline: an update that fails does not stop it' \
        $'update\ninstall -y --no-install-recommends libpng-dev' "$calls"
    holds 'offline: shows what apt-get said' 'E: no network' "$said"
    holds 'offline: names the log' "all of it is in $tree/log" "$said"
    fake apt-get 'shift 2; echo "$*" >>"$calls"'
}

test_user_is_asked() {
    fake id 'echo 1000'
    absent=libpng-dev setup
    equals 'nobody to ask: status' 1 "$status"
    equals 'nobody to ask: nothing installed' '' "$calls"
    holds 'nobody to ask: says what to do' 'as root:  apt-get install libpng-dev' "$said"
    local answer
    for answer in n y; do
        : >calls
        export absent=' libpng-dev ' calls=$tree/calls NASBED_LOG=$tree/log
        status=0
        echo "$answer" | PATH="$tree/bin:$PATH" script -qec scripts/setup.sh /dev/null >said ||
            status=$?
        holds 'a user is asked' 'with sudo apt-get? [y/N]' "$(cat said)"
        equals "the answer $answer: status" "$([ $answer = y ] && echo 0 || echo 1)" "$status"
        equals "the answer $answer: calls of sudo" "$([ $answer = y ] && echo 2 || echo 0)" \
            "$(grep -c '^sudo env DEBIAN_FRONTEND=noninteractive apt-get' calls)"
    done
    unset absent calls NASBED_LOG
    fake id 'echo 0'
}

# The fake of nasbed knows the data set once it is fetched, and fetches only where `needs` is met.
test_dataset_step() {
    # shellcheck disable=SC1091
    . "$root/scripts/steps.sh"
    export NASBED_LOG=$tree/log calls=$tree/calls absent=' fancy '
    PATH=$tree/bin:$PATH
    fake nasbed 'echo "$*" >>"$calls"
case $2 in
info) [ -f have ] && echo "  images     60 + 10 (training file, test file)" ;;
fetch) eval "$needs" && touch have ;;
esac'
    local found='60 + 10 images, digest ok ('
    export needs=true
    : >calls
    holds 'a data set that is fetched' "fetched: $found" \
        "$(dataset bin/nasbed cifar10 CIFAR-10 fancy 2>&1)"
    equals 'fetched: calls' $'dataset info cifar10\ndataset fetch cifar10\ndataset info cifar10' \
        "$(cat calls)"
    holds 'a data set that is there' "found: $found" \
        "$(dataset bin/nasbed cifar10 CIFAR-10 fancy 2>&1)"
    rm have
    needs='grep -q install calls'
    : >calls
    holds 'a data set that needs a package' "fetched: $found" \
        "$(dataset bin/nasbed cifar10 CIFAR-10 fancy 2>&1)"
    equals 'needs a package: calls' "$(printf '%s\n' 'dataset info cifar10' \
        'dataset fetch cifar10' update 'install -y --no-install-recommends fancy' \
        'dataset fetch cifar10' 'dataset info cifar10')" "$(cat calls)"
    rm have
    needs='echo "no such host"; false'
    said=$(dataset bin/nasbed cifar10 CIFAR-10 2>&1) && fail 'no data set: must fail'
    holds 'no data set: shows why' 'no such host' "$said"
}

test_tally() {
    local passes='1/2 Test #1: test_a ......   Passed    0.01 sec'
    equals 'tally: all pass' '2 0 0' "$(ctest_tally <<<"$passes
100% tests passed, 0 tests failed out of 2")"
    equals 'tally: a skip is no pass' '1 0 1' "$(ctest_tally <<<"$passes
2/2 Test  #2: test_b ......***Skipped   0.00 sec

100% tests passed, 0 tests failed out of 2")"
    equals 'tally: failures' '1 2 0' "$(ctest_tally <<<"$passes
2/3 Test  #2: test_b ......***Failed   0.00 sec
33% tests passed, 2 tests failed out of 3")"
    equals 'tally: ctest died' '0 1 0' "$(ctest_tally <<<"$passes")"
    equals 'tally: no tests' '0 1 0' "$(ctest_tally <<<'No tests were found!!!')"
    equals 'tally: nothing' '0 1 0' "$(ctest_tally </dev/null)"
}

# The tables of a page take the place of those before, what stands beside them stays.
test_supernets_page() {
    local page=$tree/page.md scores=$tree/kept/cell/spos/b6 status=0
    mkdir -p "$scores"
    echo 'architecture,score,at_10,at_100' >"$scores/s0.csv"
    echo 'architecture,score' >"$scores/s1.csv"
    fake nasbed 'case "$*" in
*markdown) printf "## Title\n\n| a |\n| --- |\n| 1 |\n" ;;
*s0.csv*) printf "section,ranking,tau_b\nwhole list,x,0.9\nscored on the way,at 10 %%,0.25\n"
    printf "scored on the way,at 100 %%,0.5\nscored on the way,params,0.125\n" ;;
esac'
    printf '%s\n' before '<!-- table -->' old '<!-- end -->' between '<!-- way -->' '<!-- end -->' after >"$page"
    for _ in 1 2; do
        NASBED=bin/nasbed PAGE=$page scripts/supernets.sh t.h5 kept >/dev/null
    done
    equals 'supernets: the page' "$(printf '%s\n' before '<!-- table -->' '' '| a |' '| --- |' '| 1 |' '' \
        '<!-- end -->' between '<!-- way -->' '' \
        '| scores | at 10 % | at 25 % | at 50 % | at 100 % | parameters |' '|---|---|---|---|---|---|' \
        '| `spos` on `cell`, budget 6, seed 0 | 0.250 | - | - | 0.500 | 0.125 |' '' '<!-- end -->' after)" \
        "$(cat "$page")"
    echo nothing >"$page"
    said=$(NASBED=bin/nasbed PAGE=$page scripts/supernets.sh t.h5 kept 2>&1) || status=$?
    equals 'supernets: no place for the tables: status' 1 "$status"
    holds 'supernets: no place for the tables' 'page.md has no <!-- table -->' "$said"
}

absent='' foreign=''
test_supernets_page
test_nothing_missing
test_other_machine
test_root_installs
test_offline
test_user_is_asked
test_dataset_step
test_tally
