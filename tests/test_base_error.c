/* Errors: texts, context outside-in, overlong texts, no error to fill. */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void context_reads_outside_in(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_set(&error, ERROR_FORMAT, "row %d: bad", 3), ERROR_FORMAT);
    assert_int_equal(error_context(&error, "file %s", "x"), ERROR_FORMAT);
    assert_int_equal(error_context(&error, "table"), ERROR_FORMAT);
    assert_string_equal(error.text, "table: file x: row 3: bad");
    assert_int_equal(error.code, ERROR_FORMAT);
}

/* What does not fit is cut, never written past the end; the outermost part stays. */
static void long_texts_are_cut(void **state)
{
    (void)state;
    char many[3000];
    struct {
        struct error error;
        char guard[8];
    } held = {.guard = "guarded"};
    memset(many, 'x', sizeof many);
    many[sizeof many - 1] = '\0';
    assert_int_equal(error_set(&held.error, ERROR_IO, "%s", many), ERROR_IO);
    assert_int_equal(strlen(held.error.text), sizeof held.error.text - 1);
    assert_int_equal(error_context(&held.error, "outer"), ERROR_IO);
    assert_memory_equal(held.error.text, "outer: xxx", 10);
    assert_true(strlen(held.error.text) < sizeof held.error.text);
    assert_int_equal(error_context(&held.error, "%s", many), ERROR_IO);
    assert_true(strlen(held.error.text) < sizeof held.error.text);
    assert_string_equal(held.guard, "guarded");
}

/* What is quoted may come from anywhere. */
static void texts_are_one_line(void **state)
{
    (void)state;
    struct error error;
    (void)error_set(&error, ERROR_FORMAT, "unknown \"%s\"", "a\nb\x1b[2J\x7f");
    assert_string_equal(error.text, "unknown \"a?b?[2J?\"");
    (void)error_context(&error, "entry \"%s\"", "\r\t");
    assert_string_equal(error.text, "entry \"??\": unknown \"a?b?[2J?\"");
}

static void no_error_to_fill(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERROR_MEMORY, "text"), ERROR_MEMORY);
    assert_int_not_equal(error_context(NULL, "text"), 0);
}

static void every_code_has_its_text(void **state)
{
    (void)state;
#define X(code, text) assert_string_equal(error_text(code), text);
    ERROR_LIST(X)
#undef X
    assert_int_equal(ERROR_NONE, 0);
    assert_string_equal(error_text((enum error_code)999), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(context_reads_outside_in), cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(texts_are_one_line),       cmocka_unit_test(no_error_to_fill),
        cmocka_unit_test(every_code_has_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
