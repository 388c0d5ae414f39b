#!/usr/bin/env bash
# The program as its user meets it: exit codes, what goes to which stream, and that every subcommand
# has a help whose examples run. They train, so without CIFAR-10 the test counts as skipped (77).
#   tests/test_cli.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
source=$(realpath "$(dirname "$0")/..")
tree=$(mktemp -d)
trap 'rm -r "$tree"' EXIT
cd "$tree"
mkdir -p bin work/methods work/out # work: where the examples find and leave their files
ln -s "$source/methods/examples" work/methods/examples
tar -xJf "$source/reports/results/smoke.tar.xz" -C work/out
ln -s "$program" bin/nasbed
PATH=$tree/bin:$PATH

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
    nasbed_says 2 tablee
    equals 'a command one letter off' \
        'nasbed: unknown command "tablee": did you mean "table"?  (nasbed --help)' "$err"
    equals 'an unknown command: nothing on standard output' '' "$out"
    nasbed_says 2 zzzzzzzzzzzz
    equals 'a command like no other' \
        'nasbed: unknown command "zzzzzzzzzzzz"  (nasbed --help)' "$err"
}

# Closed streams are not the method's: what it reads and writes is a pipe.
test_closed_streams() {
    "$program" run --exec 'python3 work/methods/examples/random_search.py' --protocol smoke --budget 4 \
        --seeds 1 --out closed --quiet <&- >&- 2>&- || fail "a run without standard streams: exit $?"
}

# Scores that no table judges are kept, and the way to judge them is said.
test_unjudged_audit() {
    nasbed_says 0 audit --method random-nas --protocol smoke --budget 4 --images 64 --out unjudged --quiet
    holds 'an audit without a table' 'no table of cell under smoke: the scores are not judged' "$out"
    holds 'an audit without a table: what next' \
        'next    nasbed audit unjudged --table FILE.h5  (any table of cell)' "$out"
}

# names of the subcommands, out of the help; those with actions of their own, with each of them
commands() {
    local name help
    for name in $("$program" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
        echo "$name"
        help=$("$program" "$name" --help)
        if [[ $help == *'ACTION --help'* ]]; then
            sed -n "/ACTION --help/q; s/^  \([a-z]*\)  .*/$name \1/p" <<<"$help"
        fi
    done
}

test_help() { # COMMAND
    # shellcheck disable=SC2086 # "table build" is two words
    nasbed_says 0 $1 --help
    equals "$1 --help: nothing on standard error" '' "$err"
    holds "$1 --help" "usage: nasbed $1" "$out"
    holds "$1 --help" $'\nexamples:\n' "$out"
    case $out in *' smoke.h5'*)
        holds "$1 --help: what makes the table of its examples" \
            'nasbed table build --space cell --protocol smoke --rows 4 --seeds 1 --out smoke.h5' "$out"
        ;;
    esac
}

test_unknown_option() { # COMMAND
    # shellcheck disable=SC2086
    nasbed_says 2 $1 --frobnicate=1
    holds "$1: unknown option" "nasbed: $1: unknown option \"frobnicate\"" "$err"
    holds "$1: unknown option: what to do" "nasbed: \`nasbed $1 --help\` shows what it takes" "$err"
    equals "$1: unknown option: nothing on standard output" '' "$out"
}

# the examples of a command's help, one a line
examples() {
    # shellcheck disable=SC2086
    "$program" $1 --help | sed -n '/^examples:$/,$p' | sed -e :a -e '/\\$/N; s/ *\\\n */ /; ta' |
        sed -n 's/^ *\(nasbed .*\)/\1/p'
}

# test_examples COMMAND: as they stand, in their order. One of the command itself must end well;
# those after it may be long: they are stopped, and must have been at work until then.
test_examples() {
    local line status limit=60 well=0
    while read -r line; do
        status=0
        timeout $limit bash -c "cd work && $line" >out 2>err </dev/null || status=$?
        case $status in
        0) case $line in "nasbed $1" | "nasbed $1 "*) well=1 limit=5 ;; esac ;;
        124) ;;
        *) fail "$line: exit $status" "$(cat err)" ;;
        esac
    done < <(examples "$1")
    [ $well -eq 1 ] || fail "$1 --help: no example of $1 that ends in a minute"
}

test_program
commands >list
[ "$(wc -l <list)" -ge 6 ] || fail "the help lists these commands alone: $(cat list)"
while read -r command; do
    test_help "$command"
    test_unknown_option "$command"
done <list
nasbed dataset info cifar10 >/dev/null 2>&1 || exit 77
test_closed_streams
test_unjudged_audit
while read -r command; do
    test_examples "$command"
done <list
