/* Text: growing strings, strict numbers, nearest names. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void strings_grow(void **state)
{
    (void)state;
    struct text text = {0};
    assert_null(text.data);
    text_append(&text, "%s", "");
    assert_string_equal(text.data, "");
    for (int i = 0; i < 1000; i++)
        text_append(&text, "%03d,", i);
    assert_int_equal(text.size, 4000);
    assert_int_equal(strlen(text.data), 4000);
    assert_memory_equal(text.data + 3996, "999,", 5);
    text_append_bytes(&text, "a\0b", 3);
    assert_int_equal(text.size, 4003);
    assert_memory_equal(text.data + 4000, "a\0b", 4);
    assert_false(text.failed);
    text_free(&text);
    assert_null(text.data);
    assert_int_equal(text.size, 0);
}

static void integers_parse_whole_words(void **state)
{
    (void)state;
    int64_t value = 77;
    assert_true(text_parse_int("-12", &value));
    assert_int_equal(value, -12);
    assert_true(text_parse_int("9223372036854775807", &value));
    assert_true(value == INT64_MAX);
    assert_true(text_parse_int("-9223372036854775808", &value));
    assert_true(value == INT64_MIN);
    value = 77;
    static const char *const wrong[] = {
        "", " 1", "1 ", "\t1", "1x", "x", "-", "1.0", "0x1", "9223372036854775808", "--1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(text_parse_int(wrong[i], &value));
    assert_int_equal(value, 77);
}

static void unsigned_integers_parse_whole_words(void **state)
{
    (void)state;
    uint64_t value = 77;
    assert_true(text_parse_u64("18446744073709551615", &value));
    assert_true(value == UINT64_MAX);
    assert_true(text_parse_u64("0", &value));
    assert_true(value == 0);
    value = 77;
    static const char *const wrong[] = {"", "-1", "+1", " 1", "1 ", "18446744073709551616", "1e3"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(text_parse_u64(wrong[i], &value));
    assert_int_equal(value, 77);
}

static void reals_parse_whole_words(void **state)
{
    (void)state;
    double value = 77;
    assert_true(text_parse_real("5e-4", &value));
    assert_true(value == 5e-4);
    assert_true(text_parse_real("-.5", &value));
    assert_true(value == -0.5);
    value = 77;
    static const char *const wrong[] = {"", " 1", "1 ", "\n1", "1,5", "nan", "inf", "1e999", "x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(text_parse_real(wrong[i], &value));
    assert_true(value == 77);
}

static void nearest_name_is_near(void **state)
{
    (void)state;
    static const char *const names[] = {"darts", "random-search", "regularized-evolution", "enas"};
    assert_string_equal(text_nearest("dart", names, 4), "darts");
    assert_string_equal(text_nearest("dartz", names, 4), "darts");
    assert_string_equal(text_nearest("random_search", names, 4), "random-search");
    assert_string_equal(text_nearest("regularised-evolutoin", names, 4), "regularized-evolution");
    assert_string_equal(text_nearest("enas", names, 4), "enas");
    assert_string_equal(text_nearest("drats", names, 4), "darts"); /* two edits of five letters */
    assert_null(text_nearest("nash", names, 4)); /* two of four letters are too many */
    assert_null(text_nearest("x", names, 4));
    assert_null(text_nearest("darts", names, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_grow),
        cmocka_unit_test(integers_parse_whole_words),
        cmocka_unit_test(unsigned_integers_parse_whole_words),
        cmocka_unit_test(reals_parse_whole_words),
        cmocka_unit_test(nearest_name_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
