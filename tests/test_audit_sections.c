/* What of an audit is beside the correlations of test_audit.c: ties, the section of what has a path to the
 * output, intervals over architectures, and what seeds do not have in common. The table: see
 * table_made.h. */
#include "reports/audit.h"
#include "reports/resampling.h"
#include "spaces/space.h"
#include "tests/table_made.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct audit_plan plan_of(struct made *made)
{
    made_init(made);
    return (struct audit_plan){.table = &made->table,
                               .scores = &made->scores,
                               .label = "mine.csv",
                               .point = MADE_POINTS,
                               .by = RANKING_TRUTH,
                               .picks = {1},
                               .n_picks = 1};
}

static void assert_near(double value, double expected)
{
    if (isnan(expected) ? !isnan(value) : !(fabs(value - expected) <= 1e-11))
        fail_msg("%.12g is not %.12g", value, expected);
}

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

/* Of 15 pairs two have one score and one has one truth; rounded to 0.1 %, 90.01 and 90.04 are one too. By
 * hand: 13 pairs are ordered and 1 of them reversed; then 12. Within two strata of three, one pair has one
 * score and one truth, and of the other 5 one is reversed. */
static void test_ties(void **state)
{
    const double score[] = {1, 2, 2, 3, 4, 4}, truth[] = {90.01, 90.04, 90.16, 90.12, 91, 91};
    struct ranking ranking;
    const uint64_t stratum[] = {5, 9, 5, 5, 9, 9};
    struct agreement agreement = {.n_picks = 0};
    (void)state;
    assert_int_equal(ranking_init(&ranking, score, truth, 6, NULL), 0);
    assert_int_equal(ranking_measure(&ranking, &agreement, NULL), 0);
    assert_true(isnan(agreement.within));
    ranking.stratum = stratum;
    assert_int_equal(ranking_measure(&ranking, &agreement, NULL), 0);
    assert_near(agreement.within, 3.0 / 5);
    assert_near(agreement.tied_score, 2.0 / 15);
    assert_near(agreement.tied_truth, 1.0 / 15);
    assert_near(agreement.tau, 11 / sqrt(13 * 14.0));
    assert_near(agreement.sparse, 10 / sqrt(13 * 13.0));
    ranking_free(&ranking);
    assert_int_equal(ranking_init(&ranking, score, truth, 1, NULL), 0);
    assert_int_equal(ranking_measure(&ranking, &agreement, NULL), 0);
    assert_true(isnan(agreement.tied_score) && isnan(agreement.sparse));
    ranking_free(&ranking);
}

/* The pairs with as many parameters, of the scores and of what leaves a seed out (golden: as in
 * test_audit.c); there are none by parameters, and none are asked for per class. */
static void test_equal_params(void **state)
{
    struct made made;
    struct audit audit;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    const struct audit_row *rows = audit.sections[0].rows;
    assert_int_equal(audit_make(&audit, &plan, NULL), 0);
    assert_near(rows[0].agreement.within, 1.0 / 3);
    assert_true(isnan(rows[1].agreement.within));
    assert_string_equal(rows[5].name, "point 3 of 4");
    assert_near(rows[5].agreement.within, 0.267261241912);
    plan.per = AUDIT_CLASSES;
    assert_int_equal(audit_make(&audit, &plan, NULL), 0);
    for (size_t r = 0; r < audit.sections[0].n_rows; r++)
        assert_true(isnan(rows[r].agreement.within));
}

/* Of NAS-Bench-201's 15,625 cells 341 have no path: those whose edges into the last node are `none`, or come
 * from a node that nothing reaches. Of a table whose space is not known, none is taken to be without. */
static void test_no_path(void **state)
{
    const struct space *space = space_find("cell", NULL);
    struct isomorphs isomorphs;
    struct table table = {.space = space};
    size_t dead = 0;
    (void)state;
    assert_int_equal(isomorphs_init(&isomorphs, space, &space->skeleton, NULL), 0);
    table.identity.count = isomorphs.count;
    table.identity.distinct = isomorphs.distinct;
    table.class_of = isomorphs.class_of;
    table.representative = isomorphs.representative;
    bool *connected = calloc(isomorphs.count, sizeof *connected);
    assert_non_null(connected);
    assert_int_equal(audit_connected(&table, connected, NULL), 0);
    for (uint32_t i = 0; i < isomorphs.count; i++)
        dead += !connected[i];
    assert_int_equal(dead, 341);
    assert_false(connected[0]); /* all `none` */
    assert_true(connected[isomorphs.count - 1]);
    table.space = NULL;
    assert_int_equal(audit_connected(&table, connected, NULL), 0);
    assert_true(connected[0]);
    free(connected);
    isomorphs_free(&isomorphs);
}

/* Golden: as in test_audit.c, of the architectures whose index 3 does not divide. */
static void test_connected_section(void **state)
{
    bool connected[MADE_COUNT];
    struct made made;
    struct audit audit;
    struct text text = {0};
    (void)state;
    struct audit_plan plan = plan_of(&made);
    for (int i = 0; i < MADE_COUNT; i++)
        connected[i] = i % 3 != 0;
    plan.connected = connected;
    assert_int_equal(audit_make(&audit, &plan, NULL), 0);
    assert_int_equal(audit.n_sections, 3);
    const struct audit_section *section = &audit.sections[1];
    assert_int_equal(section->n, 36);
    assert_near(section->rows[0].agreement.tau, 0.0707410126393);
    assert_near(section->rows[0].agreement.rho, 0.120860738907);
    assert_near(section->rows[0].agreement.picks[0].regret, 2);
    assert_string_equal(section->rows[5].name, "point 3 of 4");
    assert_near(section->rows[5].agreement.tau, 0.291425929417);
    assert_string_equal(section->rows[6].name, "noise ceiling");
    assert_near(section->rows[6].agreement.tau, 0.213903743316);
    const struct audit_report report = {plan.label, &audit, 1};
    assert_int_equal(audit_print(&report, REPORT_TEXT, &text, NULL), 0);
    assert_contains(text.data, "\nwith a path to the output, per string: 36 architectures\n");
    assert_contains(text.data, "\ntop 10 % by truth, per string: 6 architectures\n");
    text_free(&text);
    for (int i = 0; i < MADE_COUNT; i++)
        connected[i] = true;
    assert_int_equal(audit_make(&audit, &plan, NULL), 0);
    assert_int_equal(audit.n_sections, 2); /* as the whole list */
}

/* The intervals are those of resampling.h, of the scores alone, and none where none are asked for. */
static void test_intervals(void **state)
{
    struct made made;
    struct audit audit;
    struct interval tau, rho;
    struct ranking ranking;
    struct text text = {0};
    double truth[MADE_COUNT];
    (void)state;
    struct audit_plan plan = plan_of(&made);
    plan.resamples = 300;
    assert_int_equal(audit_make(&audit, &plan, NULL), 0);
    for (uint32_t i = 0; i < MADE_COUNT; i++) {
        double sum = 0;
        int n = 0;
        for (int seed = 0; seed < MADE_SEEDS; seed++)
            if (made_trained((int)made.class_of[i], seed)) {
                sum += (double)made_valid((int)made.class_of[i], seed, MADE_POINTS);
                n++;
            }
        truth[i] = n ? sum / n : (double)NAN;
    }
    assert_int_equal(ranking_init(&ranking, made.score, truth, MADE_COUNT, NULL), 0);
    assert_int_equal(bootstrap_correlations(ranking.score, ranking.truth, ranking.n, 300, 0.95, 0,
                                            &tau, &rho, NULL),
                     0);
    ranking_free(&ranking);
    const struct audit_row *rows = audit.sections[0].rows;
    assert_true(rows[0].tau.low == tau.low && rows[0].tau.high == tau.high);
    assert_true(rows[0].rho.low == rho.low && rows[0].rho.high == rho.high);
    assert_true(tau.low < rows[0].agreement.tau && rows[0].agreement.tau < tau.high);
    assert_true(isnan(rows[1].tau.low)); /* params */
    const struct audit_report report = {plan.label, &audit, 1};
    assert_int_equal(audit_print(&report, REPORT_TEXT, &text, NULL), 0);
    assert_contains(text.data, "  95 % over architectures\n");
    assert_contains(text.data,
                    "\n95 % over architectures: percentile bootstrap, 300 resamples of the "
                    "architectures (each for itself, also where they are one network: too narrow), "
                    "the scores as they are; what another training of "
                    "the scores would give is not in it.\n");
    text_free(&text);
    plan.resamples = 0;
    assert_int_equal(audit_make(&audit, &plan, NULL), 0);
    assert_true(isnan(rows[0].tau.low));
    assert_int_equal(audit_print(&report, REPORT_TEXT, &text, NULL), 0);
    assert_null(strstr(text.data, "over architectures"));
    text_free(&text);
}

/* ---- Seeds ----------------------------------------------------------------------------------- */

struct seeds {
    struct made made[2];
    double point[2][MADE_COUNT];
    struct audit audits[2];
    struct audit_plan plans[2];
};

/* Two seeds, each scored at 10 % of its budget, when it had 11 and 23 % of its training; `lacks`: the
 * second has no scores on the way. */
static void make_seeds(struct seeds *seeds, bool lacks)
{
    for (int k = 0; k < 2; k++) {
        struct made *made = &seeds->made[k];
        seeds->plans[k] = plan_of(made);
        seeds->plans[k].label = k ? "seed 8" : "seed 7";
        seeds->plans[k].resamples = 100;
        made->scores.points = lacks && k ? 0 : 1;
        for (int i = 0; i < MADE_COUNT; i++)
            seeds->point[k][i] = i * (17 + k) % 23;
        made->scores.point[0] = (struct scores_point){
            .percent = 10, .share = k ? 23 : 11, .score = seeds->point[k], .n = MADE_COUNT};
        assert_int_equal(audit_make(&seeds->audits[k], &seeds->plans[k], NULL), 0);
    }
}

/* Each seed's line has its own share of training and its own interval over architectures; what is said over
 * the seeds has none of that. */
static void test_each_seed_s_own(void **state)
{
    static struct seeds seeds;
    struct text text = {0};
    (void)state;
    make_seeds(&seeds, false);
    const struct audit_report report = {"spos", seeds.audits, 2};
    assert_int_equal(audit_print(&report, REPORT_CSV, &text, NULL), 0);
    assert_contains(text.data, ",scored on the way,truth,string,at 10 %,mean,17,59,");
    assert_contains(text.data, ",scored on the way,truth,string,at 10 %,seed 7,11,59,");
    assert_contains(text.data, ",scored on the way,truth,string,at 10 %,seed 8,23,59,");
    char *mean = strstr(text.data, ",whole list,truth,string,spos,mean,"), *seed;
    assert_non_null(mean);
    assert_int_equal(strncmp(strchr(mean + 1, '\n') - 4, ",,,,", 4), 0);
    seed = strstr(text.data, ",whole list,truth,string,spos,seed 8,");
    assert_non_null(seed);
    assert_true(*(strchr(seed + 1, '\n') - 1) != ',');
    text_free(&text);
    assert_int_equal(audit_print(&report, REPORT_TEXT, &text, NULL), 0);
    assert_contains(text.data, "100 resamples of the architectures (each for itself, also where "
                               "they are one network: too narrow), each seed's own; what another");
    text_free(&text);
}

/* Where one seed has no such section, the share is of those that have it, and there is no mean of tau. */
static void test_seed_without_section(void **state)
{
    static struct seeds seeds;
    struct text text = {0};
    (void)state;
    make_seeds(&seeds, true);
    assert_int_equal(seeds.audits[0].n_sections, seeds.audits[1].n_sections + 1);
    const struct audit_report report = {"spos", seeds.audits, 2};
    assert_int_equal(audit_print(&report, REPORT_CSV, &text, NULL), 0);
    assert_contains(text.data, ",scored on the way,truth,string,at 10 %,mean,11,29.5,,");
    assert_contains(text.data, ",scored on the way,truth,string,at 10 %,seed 7,11,59,");
    assert_contains(text.data, ",scored on the way,truth,string,at 10 %,seed 8,,0,,");
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_equal_params),
        cmocka_unit_test(test_no_path),
        cmocka_unit_test(test_connected_section),
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_each_seed_s_own),
        cmocka_unit_test(test_seed_without_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
