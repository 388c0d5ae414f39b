#!/bin/sh
# The include table of the design, enforced: which room may include which, and which room may use
# which outside library. A header that no row names is an error: a new library needs a row here.
#   tests/test_includes.sh [ROOT]   checks the tree at ROOT, then that the check itself can fail
set -eu
export LC_ALL=C

# room: the rooms it may include besides itself
rooms='
base
spaces     base
protocols  base spaces
evaluator  base spaces protocols
tables     base spaces protocols
methods    base spaces protocols evaluator tables
reports    base spaces protocols tables
cli        base spaces protocols evaluator tables methods reports
tests      base spaces protocols evaluator tables methods reports cli
'

# header (a pattern): the rooms that may include it; tests may include every one of them
libraries='
^Random123/      base
^xxhash[.]h$      base
^omp[.]h$         base evaluator
^ini[.]h$         protocols
^png[.]h$         evaluator
^zlib[.]h$        evaluator
^hdf5(_hl)?[.]h$  tables
^jansson[.]h$     tables methods reports
^cblas[.]h$       methods
^nasbed[.]h$      methods
^cmocka[.]h$      tests
^oneapi/dnnl/     tests
'

# the language and the system: free for all
system='^((assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal|'\
'stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath|time|'\
'uchar|wchar|wctype|dirent|dlfcn|endian|fcntl|fts|ftw|getopt|glob|libgen|poll|pthread|'\
'sched|spawn|strings|unistd|immintrin|x86intrin|arm_neon)[.]h|sys/[a-z]+[.]h)$'

# check ROOT: one line "file:line: what is wrong" a violation; fails if there is one
check() {
    # shellcheck disable=SC2016 # the script is awk's
    (cd "$1" && for room in base spaces protocols evaluator tables methods reports cli tests; do
        [ ! -d "$room" ] || find "$room" -name '*.[ch]' -o -name '*.def'
    done | sort | xargs -r awk -v rooms="$rooms" -v libraries="$libraries" \
        -v system_headers="$system" '
        BEGIN {
            n = split(rooms, row, "\n")
            for (i = 1; i <= n; i++) {
                fields = split(row[i], word, " ")
                if (fields) known[word[1]] = 1
                for (j = 1; j <= fields; j++) may[word[1], word[j]] = 1
            }
            n = split(libraries, row, "\n")
            for (i = 1; i <= n; i++) {
                fields = split(row[i], word, " ")
                if (!fields) continue
                pattern[++patterns] = word[1]
                for (j = 2; j <= fields; j++) uses[patterns, word[j]] = 1
            }
        }
        function report(text) { print FILENAME ":" FNR ": " text; bad = 1 }
        function check_room(room, header,    other) {
            other = header
            if (!sub("/.*", "", other) || !(other in known))
                report("\"" header "\" does not begin with a room")
            else if (!((room, other) in may))
                report(room "/ must not include " other "/ (\"" header "\")")
        }
        function check_outside(room, header,    i) {
            if (header ~ system_headers) return
            for (i = 1; i <= patterns; i++)
                if (header ~ pattern[i]) {
                    if (room != "tests" && !((i, room) in uses))
                        report(room "/ must not use <" header ">")
                    return
                }
            report("<" header "> is in no row of the include table")
        }
        /^[ \t]*#[ \t]*include/ {
            room = FILENAME; sub("/.*", "", room)
            header = $0; sub(/^[ \t]*#[ \t]*include[ \t]*/, "", header)
            kind = substr(header, 1, 1); header = substr(header, 2)
            if (kind == "\"" && sub(/".*/, "", header)) check_room(room, header)
            else if (kind == "<" && sub(/>.*/, "", header)) check_outside(room, header)
            else report("an include that cannot be read")
        }
        END { exit bad }')
}

# expect VERDICT FILE LINE: a tree whose FILE holds LINE must have that verdict ("ok", or what is
# wrong with that line)
expect() {
    tree=$(mktemp -d)
    mkdir -p "$tree/$(dirname "$2")"
    printf '/* one */\n%s\n' "$3" >"$tree/$2"
    said=$(check "$tree") && said=ok
    rm -r "$tree"
    wanted=$1
    [ "$wanted" = ok ] || wanted="$2:2: $1"
    [ "$said" = "$wanted" ] || {
        printf 'self-test: %s with %s\n  wanted: %s\n  said:   %s\n' "$2" "$3" "$wanted" "$said"
        exit 1
    }
}

self_test() {
    expect 'base/ must not include spaces/ ("spaces/space.h")' base/a.c '#include "spaces/space.h"'
    expect 'tables/ must not include evaluator/ ("evaluator/trainer.h")' \
        tables/a.h ' #  include "evaluator/trainer.h" /* why */'
    expect 'reports/ must not include methods/ ("methods/nasbed.h")' \
        reports/deep/a.c '#include "methods/nasbed.h"'
    expect 'methods/ must not include reports/ ("reports/page.h")' \
        methods/methods.def '#include "reports/page.h"'
    expect 'cli/ must not include tests/ ("tests/fake.h")' cli/a.c '#include "tests/fake.h"'
    expect '"../base/error.h" does not begin with a room' spaces/a.c '#include "../base/error.h"'
    expect '"error.h" does not begin with a room' base/a.c '#include "error.h"'
    expect 'cli/ must not use <hdf5.h>' cli/a.c '#include <hdf5.h>'
    expect 'reports/ must not use <cblas.h>' reports/a.c '#include <cblas.h>'
    expect 'spaces/ must not use <Random123/philox.h>' spaces/a.c '#include <Random123/philox.h>'
    expect 'evaluator/ must not use <oneapi/dnnl/dnnl.h>' \
        evaluator/a.c '#include <oneapi/dnnl/dnnl.h>'
    expect 'methods/ must not use <omp.h>' methods/a.c '#include <omp.h>'
    expect '<gsl/gsl_rng.h> is in no row of the include table' base/a.c '#include <gsl/gsl_rng.h>'
    expect 'an include that cannot be read' base/a.c '#include HEADER'
    expect ok base/a.c '#include <stdio.h>'
    expect ok base/a.c '#include <sys/stat.h>'
    expect ok base/a.c '#include "base/error.h"'
    expect ok evaluator/kernels/a.c '#include "evaluator/kernels/vector.h"'
    expect ok methods/a.c '#include "evaluator/trainer.h"'
    expect ok tables/a.c '#include <hdf5.h>'
    expect ok tests/test_a.c '#include <cmocka.h>'
    expect ok cli/a.c '/* #include "tests/fake.h" */'
}

root=${1:-$(dirname "$0")/..}
[ -f "$root/base/error.h" ] || { echo "test_includes: $root is not the source folder"; exit 1; }
self_test
check "$root"
