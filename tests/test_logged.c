/* What the methods put on record, over the trials of a row. */
#include "reports/logged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOG(said, number)                                                                          \
    {                                                                                              \
        .kind = TRACE_LOG, .log = {.name = said, .value = number }                                 \
    }

/* Three trials: two logged "tau" (one of them twice), the first also "width", the third nothing but no
 * number. */
static struct trace_event first[] = {
    LOG("tau", 0.25), LOG("width", 7), {.kind = TRACE_QUERY}, LOG("tau", 0.5)};
static struct trace_event second[] = {LOG("tau", 0.75), LOG("argmax-index", 61)};
static struct trace_event third[] = {LOG("tau", (double)NAN)};
static struct trace traces[] = {{.header = {.space = "cell", .protocol = "smoke", .budget = 10},
                                 .events = first,
                                 .n_events = 4},
                                {.events = second, .n_events = 2},
                                {.events = third, .n_events = 1}};
static struct comparison_row rows[] = {
    {.traces = traces, .seeds = 3, .label = (char *)"pnas", .options = (char *)"level2=61"}};
static const struct comparison comparison = {.header = &traces[0].header, .rows = rows, .n = 1};
static const struct comparison silent = {.header = &traces[0].header};

static char *printed(const struct comparison *of, enum report_format format, bool heading)
{
    struct text text = {0};
    assert_int_equal(logged_print(of, format, heading, &text, NULL), 0);
    return text.data;
}

/* tau: last values 0.5 and 0.75, first ones 0.25 and 0.75, three records in two trials. The deviation of
 * two values is their difference over the root of two. */
static void rows_for_programs(void **state)
{
    (void)state;
    char *csv = printed(&comparison, REPORT_CSV, true);
    static const char heading[] =
        "space,protocol,protocol_hash,dataset_digest,table,numerics,budget,"
        "budget_unit,label,options,name,trials,of,records,first,last,last_std,"
        "last_low,last_high\n";
    assert_memory_equal(csv, heading, sizeof heading - 1);
    char *tau = strstr(csv, "pnas,level2=61,tau,2,3,1.5,0.5,0.625,0.1767766952966369,");
    char *width = strstr(csv, "pnas,level2=61,width,1,3,1,7,7,");
    assert_true(tau && width && tau < width);
    assert_null(strstr(csv, "index")); /* which has no mean */
    char *bare = printed(&comparison, REPORT_CSV, false);
    assert_string_equal(bare, csv + sizeof heading - 1);
    free(bare);
    free(csv);
}

static void tables_for_people(void **state)
{
    (void)state;
    static const enum report_format formats[] = {REPORT_TEXT, REPORT_MARKDOWN, REPORT_LATEX};
    for (int i = 0; i < 3; i++) {
        char *text = printed(&comparison, formats[i], true);
        assert_non_null(strstr(text, "Logged by the methods: cell, smoke"));
        assert_non_null(strstr(text, "2 of 3"));
        assert_non_null(strstr(text, "0.625"));
        assert_non_null(strstr(text, "width"));
        if (formats[i] == REPORT_MARKDOWN) /* the same in all trials */
            assert_non_null(strstr(text, " width | 1 of 3 | 1.0 | 7 | 7 |\n"));
        free(text);
    }
}

static void nothing_logged_prints_nothing(void **state)
{
    (void)state;
    for (int format = 0; format < REPORT_FORMATS; format++)
        assert_null(printed(&silent, (enum report_format)format, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_for_programs),
        cmocka_unit_test(tables_for_people),
        cmocka_unit_test(nothing_logged_prints_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
