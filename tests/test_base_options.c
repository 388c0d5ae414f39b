/* Option rows: defaults, parsing, ranges, lists, printing; every message. */
#include "base/options.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct target {
    int count;
    uint64_t seed, first;
    double rate;
    bool on;
    char name[OPTION_TEXT_SIZE];
};

static const struct option_row rows[] = {
    {"count", OPTION_INT, offsetof(struct target, count), "5", 1, 10, "how many", NULL},
    {"seed", OPTION_U64, offsetof(struct target, seed), "18446744073709551615", 0, 0, "seed", NULL},
    {"first", OPTION_U64, offsetof(struct target, first), "0", 0, 9e18, "first", NULL},
    {"rate", OPTION_REAL, offsetof(struct target, rate), "0.1", 0.001, 1, "rate", "published"},
    {"on", OPTION_FLAG, offsetof(struct target, on), NULL, 0, 0, "whether", NULL},
    {"name", OPTION_TEXT, offsetof(struct target, name), "plain", 0, 0, "name", NULL},
    {.name = NULL}};

static struct target defaults(void)
{
    struct target target;
    memset(&target, 0xff, sizeof target); /* a default must overwrite whatever was there */
    options_default(rows, &target);
    return target;
}

static void defaults_are_set(void **state)
{
    (void)state;
    struct target target = defaults();
    assert_int_equal(target.count, 5);
    assert_true(target.seed == UINT64_MAX);
    assert_true(target.rate == 0.1);
    assert_false(target.on);
    assert_string_equal(target.name, "plain");
    for (size_t i = 5; i < sizeof target.name; i++)
        assert_int_equal(target.name[i], 0); /* structs are compared and hashed as bytes */
}

static void values_are_set(void **state)
{
    (void)state;
    struct target target = defaults();
    assert_int_equal(options_set(rows, &target, "count", "10", NULL), 0);
    assert_int_equal(options_set(rows, &target, "seed", "7", NULL), 0);
    assert_int_equal(options_set(rows, &target, "rate", "1e-3", NULL), 0);
    assert_int_equal(options_set(rows, &target, "name", "", NULL), 0);
    assert_int_equal(target.count, 10);
    assert_int_equal(target.seed, 7);
    assert_true(target.rate == 1e-3);
    assert_string_equal(target.name, "");
    static const char *const yes[] = {"1", "true", "yes"}, *const no[] = {"0", "false", "no"};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(options_set(rows, &target, "on", yes[i], NULL), 0);
        assert_true(target.on);
        assert_int_equal(options_set(rows, &target, "on", no[i], NULL), 0);
        assert_false(target.on);
    }
}

static void assert_refused(const char *name, const char *value, const char *message)
{
    struct target target = defaults(), before = target;
    struct error error;
    assert_int_equal(options_set(rows, &target, name, value, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, message);
    assert_memory_equal(&target, &before, sizeof target);
}

static void wrong_values_are_refused(void **state)
{
    (void)state;
    assert_refused("xyzzy", "1",
                   "unknown option \"xyzzy\": one of count, seed, first, rate, on, name");
    assert_refused("coun", "1", "unknown option \"coun\": did you mean \"count\"?");
    assert_refused("count", "five", "count = five: must be an integer");
    assert_refused("count", "99999999999", "count = 99999999999: must be from 1 to 10");
    assert_refused("count", "0", "count = 0: must be from 1 to 10");
    assert_refused("count", "11", "count = 11: must be from 1 to 10");
    assert_refused("seed", "-1", "seed = -1: must be a whole number from 0 up");
    assert_refused("first", "9223372036854775808",
                   "first = 9223372036854775808: must be from 0 to 9000000000000000000");
    assert_refused("rate", "fast", "rate = fast: must be a number");
    assert_refused("rate", "2", "rate = 2: must be from 0.001 to 1");
    assert_refused("on", "perhaps", "on = perhaps: must be yes or no");
    char many[OPTION_TEXT_SIZE + 1];
    memset(many, 'x', sizeof many);
    many[OPTION_TEXT_SIZE] = '\0';
    assert_refused("name", many, "name: text of 256 bytes is too long (most: 255)");
    static const struct option_row none[] = {{.name = NULL}};
    struct error error;
    assert_int_equal(options_set(none, NULL, "x", "1", &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "unknown option \"x\": there are none");
}

static void lists_are_parsed(void **state)
{
    (void)state;
    struct target target = defaults();
    struct error error;
    assert_int_equal(options_parse_list(rows, &target, "", &error), 0);
    assert_int_equal(options_parse_list(rows, &target, "count=3,name=a=b,on=yes", &error), 0);
    assert_int_equal(target.count, 3);
    assert_string_equal(target.name, "a=b");
    assert_true(target.on);
    assert_int_equal(options_parse_list(rows, &target, "count=4,seed", &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "\"seed\": expected name=value");
    assert_int_equal(options_parse_list(rows, &target, "count=4,rates=1", &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "unknown option \"rates\": did you mean \"rate\"?");
    char list[400] = "name=";
    memset(list + 5, 'x', 300);
    assert_int_equal(options_parse_list(rows, &target, list, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "name: text of 300 bytes is too long (most: 255)");
    memset(list, 'n', 300);
    list[300] = '=';
    list[301] = '\0';
    assert_int_equal(options_parse_list(rows, &target, list, &error), ERROR_ARGUMENT);
    assert_memory_equal(error.text, "unknown option \"nnn", 19);
}

static void assert_printed(const char *name, const struct target *target, const char *expected)
{
    struct text text = {0};
    options_print(option_find(rows, name), target, &text);
    assert_string_equal(text.data, expected);
    text_free(&text);
}

static void values_print_as_they_are_read(void **state)
{
    (void)state;
    struct target target = defaults();
    assert_printed("count", &target, "5");
    assert_printed("seed", &target, "18446744073709551615");
    assert_printed("rate", &target, "0.1");
    assert_printed("on", &target, "no");
    target.on = true;
    assert_printed("on", &target, "yes");
    assert_printed("name", &target, "plain");
    assert_null(option_find(rows, "nothing"));
}

static void reals_print_shortest_and_exact(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {5e-4, "0.0005"},
                 {1e-5, "1e-05"},
                 {0, "0"},
                 {1.0 / 3, "0.3333333333333333"},
                 {-2.5, "-2.5"},
                 {1e300, "1e+300"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text = {0};
        text_append_real(&text, cases[i].value);
        assert_string_equal(text.data, cases[i].text);
        text_free(&text);
    }
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    for (int i = 0; i < 10000; i++) {
        double value = ldexp(random_uniform(&stream) - 0.5, (int)random_below(&stream, 200) - 100);
        struct text text = {0};
        text_append_real(&text, value);
        assert_true(strtod(text.data, NULL) == value);
        text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_set),
        cmocka_unit_test(values_are_set),
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(lists_are_parsed),
        cmocka_unit_test(values_print_as_they_are_read),
        cmocka_unit_test(reals_print_shortest_and_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
