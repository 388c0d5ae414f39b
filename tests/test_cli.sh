#!/usr/bin/env bash
# The program as its user meets it: exit codes, what goes to which stream, and that every subcommand
# has a help whose first example runs.
#   tests/test_cli.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
tree=$(mktemp -d)
trap 'rm -r "$tree"' EXIT
cd "$tree"
ln -s "$program" nasbed

fail() {
    printf 'failed: %s\n' "$@"
    exit 1
}

# nasbed_says STATUS ARGUMENT...: run it; its streams are then in $out and $err
nasbed_says() {
    local wanted=$1 status=0
    shift
    "$program" "$@" >out 2>err </dev/null || status=$?
    out=$(cat out) err=$(cat err)
    [ "$status" -eq "$wanted" ] || fail "nasbed $*: exit $status, not $wanted" "$out" "$err"
}

equals() { # WHAT WANTED FOUND
    [ "$2" = "$3" ] || fail "$1" "  wanted: $2" "  found:  $3"
}

holds() { # WHAT PART WHOLE
    case $3 in *"$2"*) ;; *) fail "$1" "  wanted in it: $2" "  found: $3" ;; esac
}

test_program() {
    nasbed_says 0 --help
    holds 'help goes to standard output' 'usage: nasbed COMMAND [options]' "$out"
    equals 'help: nothing on standard error' '' "$err"
    nasbed_says 2
    holds 'no command: the help' 'usage: nasbed COMMAND [options]' "$out"
    nasbed_says 0 --version
    [[ $out =~ ^nasbed\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "version: $out"
    nasbed_says 2 tabel
    equals 'a command one letter off' \
        'nasbed: unknown command "tabel": did you mean "table"?  (nasbed --help)' "$err"
    equals 'an unknown command: nothing on standard output' '' "$out"
    nasbed_says 2 zzzzzzzzzzzz
    equals 'a command like no other' 'nasbed: unknown command "zzzzzzzzzzzz"  (nasbed --help)' "$err"
}

# names of the subcommands, out of the help
commands() {
    "$program" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

test_help() { # COMMAND
    nasbed_says 0 "$1" --help
    equals "$1 --help: nothing on standard error" '' "$err"
    holds "$1 --help" "usage: nasbed $1" "$out"
    holds "$1 --help" $'\nexamples:\n' "$out"
}

test_unknown_option() { # COMMAND
    nasbed_says 2 "$1" --frobnicate=1
    holds "$1: unknown option" "nasbed: $1: " "$err"
    holds "$1: unknown option" '"frobnicate"' "$err"
    holds "$1: unknown option: what to do" "nasbed: \`nasbed $1 --help\` shows what it takes" "$err"
    equals "$1: unknown option: nothing on standard output" '' "$out"
}

# test_example COMMAND: the first example of its help, as it stands
test_example() {
    local line status=0
    line=$("$program" "$1" --help | sed -n '/^examples:$/,$s/^ *\(nasbed .*\)/\1/p' | head -n 1)
    [ -n "$line" ] || fail "$1 --help: no example"
    PATH=$tree:$PATH timeout 120 bash -c "$line" >out 2>err </dev/null || status=$?
    [ "$status" -eq 0 ] || fail "$line: exit $status" "$(cat err)"
}

test_program
[ "$(commands | wc -l)" -ge 6 ] || fail "the help lists these commands alone: $(commands)"
for command in $(commands); do
    test_help "$command"
    test_unknown_option "$command"
    test_example "$command"
done
