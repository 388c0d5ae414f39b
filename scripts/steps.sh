# Steps that ./demo, ./check and scripts/setup.sh share; sourced by them, from the source folder.
# A step is one line "nasbed: title ..... outcome (seconds)" on standard error; what its command
# says goes to the file $NASBED_LOG, which is named when the step fails.
# shellcheck shell=bash

say() {
    printf 'nasbed: %s\n' "$*" >&2
}

# log_open FILE: an empty log for this run; the scripts called from here write to it as well.
log_open() {
    mkdir -p "$(dirname "$1")"
    : >"$1"
    export NASBED_LOG=$1
}

step_begin() { # TITLE
    local dots='..............................................'
    step_started=$SECONDS
    step_log_lines=$(wc -l <"$NASBED_LOG")
    printf 'nasbed: %s %s ' "$1" "${dots:${#1}}" >&2
}

step_end() { # OUTCOME
    printf '%s (%d s)\n' "$1" $((SECONDS - step_started)) >&2
}

# step_fail: end the line, show the end of what the step said, name the log; returns 1.
step_fail() {
    step_end failed
    tail -n "+$((step_log_lines + 1))" "$NASBED_LOG" | tail -n 15 | sed 's/^/        /' >&2
    say "all of it is in $NASBED_LOG"
    return 1
}

# logged COMMAND...: run it, its words and all that it says going to the log.
logged() {
    printf '+ %s\n' "$*" >>"$NASBED_LOG"
    "$@" >>"$NASBED_LOG" 2>&1 </dev/null
}

step() { # TITLE COMMAND...
    step_begin "$1"
    logged "${@:2}" || step_fail || return 1
    step_end 'done'
}

duration() { # SECONDS -> "3 min 5 s"
    if (($1 >= 60)); then
        printf '%d min %d s' $(($1 / 60)) $(($1 % 60))
    else
        printf '%d s' "$1"
    fi
}

# configure_and_build FOLDER TARGET [CMAKE_OPTION...]: ninja where there is one, else make. A folder
# that was configured for a tool that is gone is configured anew.
configure_and_build() {
    local generator=() tool
    tool=$(sed -n 's/^CMAKE_MAKE_PROGRAM:FILEPATH=//p' "$1/CMakeCache.txt" 2>/dev/null)
    if [ -n "$tool" ] && [ ! -x "$tool" ]; then
        rm -r "$1/CMakeCache.txt" "$1/CMakeFiles"
    fi
    if [ ! -f "$1/CMakeCache.txt" ] && command -v ninja >/dev/null; then
        generator=(-G Ninja)
    fi
    cmake -S . -B "$1" "${generator[@]}" "${@:3}" &&
        cmake --build "$1" --parallel "$(nproc)" --target "$2"
}

# dataset PROGRAM NAME TITLE [PACKAGE]: there and whole, or fetched. If it cannot be had without
# PACKAGE (a large one, not installed before it is known to be needed), install that and try again.
dataset() {
    local outcome=found images
    step_begin "$3"
    if ! logged "$1" dataset info "$2"; then
        outcome=fetched
        if ! logged "$1" dataset fetch "$2"; then
            if [ -z "${4:-}" ] || command -v "${4:-}" >/dev/null; then
                step_fail || return 1
            fi
            step_end "not to be had without $4"
            scripts/setup.sh "$4" || return 1
            step_begin "$3"
            logged "$1" dataset fetch "$2" || step_fail || return 1
        fi
        logged "$1" dataset info "$2" || step_fail || return 1
    fi
    images=$(sed -n 's/^ *images *\([0-9]* + [0-9]*\).*/\1/p' "$NASBED_LOG" | tail -n 1)
    step_end "$outcome: $images images, digest ok"
}

# ctest_tally: read what ctest said, print "passed failed skipped". A run without ctest's closing
# line, or without a test, is one failure: silence is no success.
ctest_tally() {
    awk '
        /^ *[0-9]+\/[0-9]+ Test +#[0-9]+: .*\*\*\*Skipped/ { skipped++ }
        /^[0-9]+% tests passed, [0-9]+ tests? failed out of [0-9]+$/ {
            failed = $4; total = $NF; closed = 1
        }
        END {
            if (!closed || total == 0) print 0, 1, 0
            else print total - failed - skipped, failed, skipped + 0
        }'
}
