/* Shares of operations, counted by hand; that an audit prints them. */
#include "reports/audit.h"
#include "reports/operations.h"
#include "tests/table_made.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { N = 10, OPTIONS = 5, LAST = 15624 };

static void assert_shares(const double *share, const double expected[OPTIONS])
{
    for (size_t k = 0; k < OPTIONS; k++)
        if (!(fabs(share[k] - expected[k]) < 1e-12))
            fail_msg("option %zu: %g is not %g", k, share[k], expected[k]);
}

/* Cells 0 to 8, whose indices have the digits 0 .. 4, 10, 11, 12 and 13 to the base 5, and the last one, of
 * which all six are 4. The truth prefers that, the scores the first. */
static void test_by_hand(void **state)
{
    static const double all[OPTIONS] = {43.0 / 60, 6.0 / 60, 2.0 / 60, 2.0 / 60, 7.0 / 60};
    static const double first[OPTIONS] = {1, 0, 0, 0, 0}, last[OPTIONS] = {0, 0, 0, 0, 1};
    uint32_t architecture[N];
    double score[N], truth[N];
    struct operations operations;
    struct ranking ranking = {.n = N, .architecture = architecture, .score = score, .truth = truth};
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        architecture[i] = i == N - 1 ? LAST : i;
        truth[i] = i;
        score[i] = -(double)i;
    }
    assert_int_equal(operations_count(&operations, space_find("cell", NULL), &ranking, NULL), 0);
    assert_int_equal(operations.n, OPTIONS);
    assert_int_equal(operations.top, 1);
    assert_string_equal(operations.name[0], "none");
    assert_string_equal(operations.name[4], "avg_pool_3x3");
    assert_shares(operations.all, all);
    assert_shares(operations.truth, last);
    assert_shares(operations.score, first);
}

/* What `chain` decides has options of its own at each step: depth, width, kernel. */
static void test_none(void **state)
{
    uint32_t architecture = 3;
    double one = 1;
    struct operations operations;
    const struct ranking ranking = {
        .n = 1, .architecture = &architecture, .score = &one, .truth = &one};
    (void)state;
    assert_int_equal(operations_count(&operations, space_find("chain", NULL), &ranking, NULL), 0);
    assert_int_equal(operations.n, 0);
    assert_int_equal(operations_count(&operations, NULL, &ranking, NULL), 0);
    assert_int_equal(operations.n, 0);
    assert_int_equal(operations_count(&operations, space_find("macro", NULL), &ranking, NULL), 0);
    assert_int_equal(operations.n, 3);
}

/* Two seeds of opposite scores: the mean of their best; nothing in CSV, which holds one table. */
static void test_printed(void **state)
{
    static struct made made[2];
    static struct audit audits[2];
    struct audit_plan plans[2];
    struct text text = {0};
    (void)state;
    for (int k = 0; k < 2; k++) {
        made_init(&made[k]);
        made[k].table.space = space_find("cell", NULL);
        plans[k] = (struct audit_plan){.table = &made[k].table,
                                       .scores = &made[k].scores,
                                       .label = k ? "seed 1" : "seed 0",
                                       .point = MADE_POINTS,
                                       .by = RANKING_TRUTH};
        for (int i = 0; i < MADE_COUNT; i++)
            made[k].score[i] = k ? i : -i;
        assert_int_equal(audit_make(&audits[k], &plans[k], NULL), 0);
    }
    const struct audit_report report = {"spos", audits, 2};
    assert_int_equal(audit_print(&report, REPORT_TEXT, &text, NULL), 0);
    /* Of 59 (index 39 is not trained) the best 6: 0 to 4 and 10 to the base 5, with 31 zeros among 36 digits,
     * or 204 and 210 to 214, with 20. */
    double zeros = (31 + 20) / 72.0;
    char line[120];
    (void)snprintf(line, sizeof line, "\ntop 10 %% by spos, mean of its seeds  %.3f  ", zeros);
    assert_non_null(strstr(text.data, "\nshares of operations, per string: 6 architectures are the "
                                      "top 10 %\n"));
    if (!strstr(text.data, line))
        fail_msg("\"%s\" does not contain \"%s\"", text.data, line);
    text_free(&text);
    assert_int_equal(audit_print(&report, REPORT_CSV, &text, NULL), 0);
    assert_null(strstr(text.data, "operations"));
    assert_null(strstr(text.data, "nor_conv"));
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
