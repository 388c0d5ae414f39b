/* The registry of methods: what is registered keeps the contract of nasbed.h. */
#include "base/text.h"
#include "methods/trial/registry.h"
#include "spaces/space.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_name(const char *name)
{
    assert_true(isalpha((unsigned char)name[0]));
    for (; *name; name++)
        assert_true(islower((unsigned char)*name) || isdigit((unsigned char)*name) || *name == '-');
}

static void test_descriptors(void **state)
{
    (void)state;
    for (int i = 0; method_at(i); i++) {
        const struct nasbed_method *method = method_at(i);
        assert_int_equal(method->abi, NASBED_ABI);
        check_name(method->name);
        assert_ptr_equal(method_find(method->name, NULL), method); /* also: no name twice */
        assert_non_null(strstr(" RL EA GO RS SMBO ", method->class_name));
        assert_true(strlen(method->source) > 10);
        assert_non_null(method->run);
    }
    assert_null(method_at(-1));
}

static void test_spaces(void **state)
{
    (void)state;
    for (int i = 0; method_at(i); i++)
        for (int s = 0; space_at(s); s++) { /* native or not: said for every space */
            const struct nasbed_space *row = method_space(method_at(i), space_at(s)->name);
            assert_non_null(row);
            if (row->kind != NASBED_NATIVE)
                assert_non_null(row->note);
        }
    assert_null(method_space(method_at(0), "nowhere"));
    assert_string_equal(method_kind(NASBED_UNDEFINED), "undefined");
    assert_string_equal(method_kind(NASBED_NATIVE), "native");
    assert_string_equal(method_kind(NASBED_EXTENSION), "extension");
}

static size_t size_of(enum nasbed_option_type type)
{
    static const size_t sizes[] = {sizeof(int), sizeof(uint64_t), sizeof(double), sizeof(bool),
                                   NASBED_TEXT};
    return sizes[type];
}

static void test_options(void **state)
{
    (void)state;
    for (int i = 0; method_at(i); i++) {
        const struct nasbed_method *method = method_at(i);
        struct method_settings settings;
        assert_int_equal(method_settings_init(&settings, method, NULL), 0);
        for (const struct nasbed_option *option = method->options; option->name; option++) {
            check_name(option->name);
            assert_true(option->offset + size_of(option->type) <= method->options_size);
            assert_non_null(option->standard);
            assert_non_null(option->help);
            assert_non_null(option->provenance); /* reports print it */
            struct text value = {0};             /* the default is in its range and reads back */
            const struct option_row *row = option_find(settings.row, option->name);
            options_print(row, settings.values, &value);
            assert_int_equal(options_set(settings.row, settings.values, option->name,
                                         value.data ? value.data : "", NULL),
                             0);
            text_free(&value);
        }
        method_settings_free(&settings);
    }
}

/* Every preset sets what it names, and another name is refused. */
static void test_presets(void **state)
{
    (void)state;
    int n = 0;
    struct error error;
    for (int i = 0; method_at(i); i++) {
        const struct nasbed_method *method = method_at(i);
        struct method_settings settings;
        assert_int_equal(method_settings_init(&settings, method, NULL), 0);
        for (const struct nasbed_preset *p = method->presets; p && p->name; p++, n++) {
            check_name(p->name);
            assert_non_null(p->source);
            assert_int_equal(method_settings_preset(&settings, p->name, &error), 0);
        }
        if (method->supernet)
            assert_int_equal(method_settings_preset(&settings, "published", &error), 0);
        assert_int_equal(method_settings_preset(&settings, "none", &error), ERROR_ARGUMENT);
        if (strcmp(method->name, "random-nas") == 0) {
            assert_string_equal(error.text, "preset = none: random-nas has the presets published");
            struct text value = {0};
            options_print(option_find(settings.row, "clip"), settings.values, &value);
            assert_string_equal(value.data, "1");
            text_free(&value);
        }
        method_settings_free(&settings);
    }
    assert_true(n >= 8);
}

static void test_unknown(void **state)
{
    (void)state;
    struct error error;
    assert_null(method_find("random-serch", &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
    assert_string_equal(error.text,
                        "unknown method \"random-serch\": did you mean \"random-search\"?"
                        "  (nasbed method list)");
    assert_null(method_find("evolution", &error));
    assert_string_equal(error.text, "unknown method \"evolution\": did you mean "
                                    "\"regularized-evolution\"?  (nasbed method list)");
    assert_null(method_find("xyz", &error));
    assert_string_equal(error.text, "unknown method \"xyz\"  (nasbed method list)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptors), cmocka_unit_test(test_spaces),
        cmocka_unit_test(test_presets), cmocka_unit_test(test_options),
        cmocka_unit_test(test_unknown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
