/* All classes of `cell` against the texts of tests/cell_naming.h. */
#include "tests/cell_naming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

static const struct space *cell;
static const struct skeleton tiny = {.input_channels = 2,
                                     .input_size = 8,
                                     .classes = 10,
                                     .channels = 3,
                                     .cells = 1,
                                     .stem_stride = 1};
static struct isomorphs classes;
static struct form *forms; /* [15625] */

static int begin(void **state)
{
    (void)state;
    struct error error;
    cell = space_find("cell", &error);
    forms = find_forms(cell);
    return forms ? isomorphs_init(&classes, cell, &tiny, &error) : -1;
}

static int end(void **state)
{
    (void)state;
    free(forms);
    isomorphs_free(&classes);
    return 0;
}

/* Every architecture has the text of its class's representative, and no two representatives have
 * one. */
static void test_namings(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < classes.count; i++)
        assert_string_equal(forms[i].text, forms[classes.representative[classes.class_of[i]]].text);
    char(*texts)[FORM_TEXT] = calloc(classes.distinct, sizeof *texts);
    assert_non_null(texts);
    for (uint32_t c = 0; c < classes.distinct; c++)
        memcpy(texts[c], forms[classes.representative[c]].text, FORM_TEXT);
    qsort(texts, classes.distinct, sizeof *texts, compare_texts);
    for (uint32_t c = 1; c < classes.distinct; c++)
        assert_string_not_equal(texts[c], texts[c - 1]);
    free(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_namings),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
