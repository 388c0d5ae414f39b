/* The program as its user meets it: run in the scratch folder, its streams read. */
#ifndef NASBED_TESTS_PROGRAM_H
#define NASBED_TESTS_PROGRAM_H

#include "base/file.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

static char *out, *err; /* of the last call; free them at the end */

/* Run `nasbed WORDS` in the scratch folder; its exit code. */
static inline int nasbed(const char *words)
{
    char command[1024];
    size_t size;
    free(out);
    free(err);
    (void)snprintf(command, sizeof command, "cd %s && %s %s >stdout 2>stderr </dev/null", scratch,
                   NASBED_TEST_PROGRAM, words);
    int status = system(command);
    assert_int_equal(file_read(scratch_path("stdout"), &out, &size, NULL), 0);
    assert_int_equal(file_read(scratch_path("stderr"), &err, &size, NULL), 0);
    return WEXITSTATUS(status);
}

static inline void holds(const char *whole, const char *part)
{
    if (!strstr(whole, part))
        fail_msg("\"%s\" is not in \"%s\"", part, whole);
}

#endif
