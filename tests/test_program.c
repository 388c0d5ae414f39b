/* Running other programs: arguments reach them unchanged, their failure comes back in words. */
#include "base/file.h"
#include "evaluator/program.h"

#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int run(const char *script, struct error *error)
{
    const char *const argument[] = {"sh", "-c", script, NULL};
    return program_run(argument, scratch, error);
}

static void arguments_pass_no_shell(void **state)
{
    (void)state;
    const char *const argument[] = {"touch", "a b; rm -rf $HOME", NULL};
    assert_int_equal(program_run(argument, scratch, NULL), 0);
    assert_true(file_exists(scratch_path("a b; rm -rf $HOME")));
}

static void runs_in_the_folder_without_input(void **state)
{
    (void)state;
    char *data;
    size_t size;
    struct error error;
    assert_int_equal(run("cat; pwd > where", &error), 0); /* cat ends at once: there is no input */
    assert_int_equal(file_read(scratch_path("where"), &data, &size, NULL), 0);
    assert_memory_equal(data, scratch, strlen(scratch));
    free(data);
}

static void failures_are_told(void **state)
{
    (void)state;
    struct error error;
    const char *const nothing[] = {"nasbed-no-such-program", NULL};
    assert_int_equal(program_run(nothing, scratch, &error), ERROR_MISSING);
    assert_string_equal(error.text, "nasbed-no-such-program: is not installed");
    assert_int_equal(run("echo; echo first >&2; echo second; exit 7", &error), ERROR_IO);
    assert_string_equal(error.text, "sh: exit status 7: first");
    assert_int_equal(run("exit 3", &error), ERROR_IO);
    assert_string_equal(error.text, "sh: exit status 3");
    assert_int_equal(run("kill -9 $$", &error), ERROR_IO);
    assert_string_equal(error.text, "sh: killed by signal 9");
}

/* More output than a pipe holds must not block the program. */
static void much_output_does_not_block(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(run("head -c 1000000 /dev/zero | tr '\\0' x; exit 1", &error), ERROR_IO);
    assert_int_equal(strlen(error.text), strlen("sh: exit status 1: ") + 199);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_pass_no_shell),
        cmocka_unit_test(runs_in_the_folder_without_input),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(much_output_does_not_block),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
