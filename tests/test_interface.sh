#!/bin/sh
# methods/nasbed.h stands alone: three standard headers, no name of a test accuracy, and methods, the
# examples among them, compile against it with nothing else.
#   tests/test_interface.sh ROOT [COMPILER]
set -eu
header=$1/methods/nasbed.h
compiler=${2:-cc}

fail() {
    echo "nasbed.h: $1" >&2
    exit 1
}

includes=$(sed -n 's/^#include //p' "$header" | tr '\n' ' ')
[ "$includes" = '<stdbool.h> <stddef.h> <stdint.h> ' ] || fail "includes $includes"

# What is left without comments may not name the test set.
code=$($compiler -fpreprocessed -dD -E -P "$header")
! printf '%s\n' "$code" | grep -i 'test' || fail 'the test set has a name in it'

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cp "$header" "$folder"
cat >"$folder/method.c" <<'END'
#include "nasbed.h"

static enum nasbed_status run(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_architecture a;
    struct nasbed_result result;
    (void)options;
    nasbed_random(trial, &a);
    nasbed_query(trial, &a, nasbed_points(trial), &result);
    return nasbed_finish(trial, &a);
}

static const struct nasbed_option options[] = {{.name = NULL}};
static const struct nasbed_space spaces[] = {{"cell", NASBED_NATIVE, NULL}, {.name = NULL}};
const struct nasbed_method one_draw = {.abi = NASBED_ABI, .name = "one-draw", .class_name = "RS",
    .source = "an example", .spaces = spaces, .options = options, .run = run};
END
(cd "$folder" && $compiler -std=c11 -pedantic -Wall -Wextra -Werror -shared -fPIC \
    -Wl,--no-undefined method.c -o method.so) || fail 'a method does not compile against it alone'
for example in "$1"/methods/examples/*.c; do
    $compiler -std=c11 -pedantic -Wall -Wextra -Werror -shared -fPIC -Wl,--no-undefined -I"$folder" \
        "$example" -o "$folder/example.so" || fail "$example does not compile against it alone"
done
