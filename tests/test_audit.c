/* Audits of a small made-up table against what SciPy 1.10.1 gives for it: its stats.kendalltau,
 * spearmanr and weightedtau on lists cut and sorted in Python, ties by index ("its own validation" by
 * their formulas in plain Python, which give the other rows to the last digit). The table: see
 * table_made.h. */
#include "reports/accuracy.h"
#include "reports/audit.h"
#include "reports/noise.h"
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
                               .picks = {1, 5},
                               .n_picks = 2};
}

static void assert_near(double value, double expected)
{
    if (isnan(expected) ? !isnan(value) : !(fabs(value - expected) <= 1e-11))
        fail_msg("%.12g is not %.12g", value, expected);
}

/* n, tau-b, Spearman, weighted tau, then for each pick precision, rank, regret. */
enum { FIGURES = 10, NAMES = 8, VALIDATION = 6 };

static void assert_audit(const struct audit *audit, const double (*golden)[FIGURES])
{
    static const char *const names[NAMES] = {"mine.csv",           "params",       "macs",
                                             "point 1 of 4",       "point 2 of 4", "point 3 of 4",
                                             "its own validation", "noise ceiling"};
    bool test = audit->plan->point == ACCURACY_TEST; /* only then is the validation a rival */
    for (size_t s = 0; s < audit->n_sections; s++) {
        const struct audit_section *section = &audit->sections[s];
        assert_int_equal(section->n_rows, test ? NAMES : NAMES - 1);
        for (size_t r = 0; r < section->n_rows; r++, golden++) {
            const struct agreement *agreement = &section->rows[r].agreement;
            assert_string_equal(section->rows[r].name, names[r + (!test && r >= VALIDATION)]);
            const double found[FIGURES] = {
                agreement->n,
                agreement->tau,
                agreement->rho,
                agreement->weighted,
                agreement->picks[0].precision,
                agreement->picks[0].rank,
                agreement->picks[0].regret,
                agreement->picks[1].precision,
                agreement->picks[1].rank,
                agreement->picks[1].regret,
            };
            for (size_t i = 0; i < FIGURES; i++)
                assert_near(found[i], (*golden)[i]);
        }
    }
}

/* clang-format off */
static const double by_truth[][FIGURES] = {
    {53, 0.142858111173, 0.214046493891, 0.284125435455, 0, 5, 4.5, 0.4, 3, 2}, /* whole, scores */
    {53, 0.049964125476, 0.0923340805435, 0.168755526369, 0, 10, 8, 0.2, 1, 0}, /* whole, params */
    {53, 0.0645652006808, 0.127869462679, 0.0884631365188, 0, 41, 35.5, 0.2, 3, 2}, /* whole, macs */
    {53, 0.109841869495, 0.118197779389, -0.0729505673801, 0, 43, 36.5, 0, 24, 20.5}, /* whole, point 1 */
    {53, 0.16256210856, 0.221086940472, 0.0977970822152, 0, 13, 9.5, 0, 13, 9.5}, /* whole, point 2 */
    {53, 0.429469520624, 0.447076797474, 0.289960242087, 0, 3, 2, 0.2, 3, 2}, /* whole, point 3 */
    {44, 0.324034334764, 0.0222911963883, 0.146036084809, 0, 23, 25, 0, 23, 25}, /* whole, ceiling */
    {6, -0.276026223737, -0.289885517826, -0.303004257763, 0, 5, 4.5, 0.8, 1, 0}, /* 10 %, scores */
    {6, 0.138013111868, 0.11595420713, 0.297988214624, 0, 1, 0, 0.8, 1, 0}, /* 10 %, params */
    {6, 0.138013111868, 0.318874069609, 0.199667591396, 0, 3, 2, 0.8, 1, 0}, /* 10 %, macs */
    {6, 0, -0.0588235294118, -0.180044296788, 0, 6, 5.5, 0.8, 1, 0}, /* 10 %, point 1 */
    {6, -0.370624658331, -0.358248860416, -0.461551765215, 0, 6, 5.5, 0.8, 1, 0}, /* 10 %, point 2 */
    {6, -0.222374794998, -0.44781107552, -0.270796302451, 0, 3, 2, 0.8, 1, 0}, /* 10 %, point 3 */
    {5, 1, 1, 1, 1, 1, 0, 1, 1, 0}, /* 10 %, ceiling */
};

static const double by_scores[][FIGURES] = {
    {53, 0.116084829161, 0.17282310485, 0.234334255117, 0, 5, 7.5, 0.2, 4, 7}, /* whole, scores */
    {53, 0.0538573372994, 0.0814765772656, 0.149795707577, 0, 12, 10, 0.2, 1, 0}, /* whole, params */
    {53, 0.067039360956, 0.115111447727, 0.0638516535382, 0, 43, 37.5, 0.2, 4, 7}, /* whole, macs */
    {53, 0.0903054827455, 0.118250293703, -0.0888690568847, 0, 40, 35.5, 0, 29, 25.5}, /* whole, point 1 */
    {53, 0.179395698015, 0.224779198144, 0.131268434887, 0, 8, 8.5, 0, 8, 8.5}, /* whole, point 2 */
    {53, 0.405446231334, 0.435416548907, 0.270940966049, 0, 4, 7, 0.2, 4, 7}, /* whole, point 3 */
    {53, 0.915035451465, 0.9845744793, 0.94041530672, 1, 1, 0, 0.8, 1, 0}, /* whole, validation */
    {44, 0.350000827035, 0.107077275074, 0.193450526414, 0, 20.5, 25, 0, 20.5, 25}, /* whole, ceiling */
    {6, 0.414039335605, 0.666736691, 0.487206848133, 0, 2, 0.5, 0.8, 1, 0}, /* 10 %, scores */
    {6, -0.0666666666667, -0.0285714285714, -0.047619047619, 0, 2, 0.5, 0.8, 1, 0}, /* 10 %, params */
    {6, 0.466666666667, 0.6, 0.624489795918, 1, 1, 0, 0.8, 1, 0}, /* 10 %, macs */
    {6, 0.6, 0.771428571429, 0.646258503401, 1, 1, 0, 1, 1, 0}, /* 10 %, point 1 */
    {6, -0.0666666666667, 0.0285714285714, -0.0789115646259, 0, 4, 19.5, 0.8, 1, 0}, /* 10 %, point 2 */
    {6, 0.6, 0.771428571429, 0.702040816327, 1, 1, 0, 0.8, 1, 0}, /* 10 %, point 3 */
    {6, 1, 1, 1, 1, 1, 0, 1, 1, 0}, /* 10 %, validation */
    {4, 0, -0.2, -0.0666666666667, 0, 3, 25, NAN, NAN, NAN}, /* 10 %, ceiling */
};
/* clang-format on */

static void test_golden_by_truth(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit.n, 53);
    assert_int_equal(audit.networks, 37);
    assert_int_equal(audit.trained, 59);
    assert_int_equal(audit.untrained, 1);
    assert_int_equal(audit.n_sections, 2); /* the top 1 % is one, the top 1000 are all */
    assert_int_equal(audit.sections[1].n, 6);
    assert_audit(&audit, by_truth);
}

static void test_golden_by_scores(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    plan.point = ACCURACY_TEST;
    plan.by = RANKING_SCORES;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit.n_sections, 2);
    assert_audit(&audit, by_scores);
}

/* One seed has no ceiling; a table of two points has one point that is no truth. */
static void test_rows(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    made.table.seeds = 1;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit.sections[0].n_rows, 6);
    for (int row = 0; row < MADE_NETWORKS; row++) /* four points of it become two */
        for (int t = 0; t < 2; t++)
            made.valid[row * 2 + t] = (float)(row % 9);
    made.table.identity.points = 2;
    plan.point = 2;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit.sections[0].n_rows, 4);
    assert_string_equal(audit.sections[0].rows[3].name, "point 1 of 2");
    assert_near(audit.sections[0].rows[3].agreement.tau, 1);
}

/* Two seeds that never trained one network have no ceiling either. */
static void test_no_common_network(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    for (int network = 0; network < MADE_NETWORKS; network++)
        made.valid[((network % 2) * MADE_NETWORKS + network) * MADE_POINTS + MADE_POINTS - 1] =
            (float)NAN;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit.sections[0].n_rows, 6);
    struct agreement ceiling = {.n_picks = 1, .picks = {{.k = 1}}};
    assert_int_equal(noise_ceiling(&made.table, MADE_POINTS, NULL, NULL, &ceiling, &error), 0);
    assert_true(ceiling.n == 0 && isnan(ceiling.tau) && isnan(ceiling.rho) &&
                isnan(ceiling.weighted) && isnan(ceiling.picks[0].rank));
}

/* The slice is the truth's: with two seeds the correlations are the same by either side, but not what
 * the first pick is worth (19 in place of 6, by the scores). Golden: as above. */
static void test_ceiling_slice(void **state)
{
    static const struct slice top = {"", 0, 20};
    struct made made;
    struct agreement ceiling = {.n_picks = 1, .picks = {{.k = 1}}};
    (void)state;
    made_init(&made);
    assert_int_equal(noise_ceiling(&made.table, MADE_POINTS, NULL, &top, &ceiling, NULL), 0);
    assert_near(ceiling.n, 20);
    assert_near(ceiling.tau, 0.46195652173913043);
    assert_near(ceiling.rho, 0.2522658610271903);
    assert_near(ceiling.weighted, 0.45880523756028413);
    assert_near(ceiling.picks[0].precision, 0.5);
    assert_near(ceiling.picks[0].rank, 6.5);
    assert_near(ceiling.picks[0].regret, 6);
}

/* The truth itself, it reversed, and nothing at all. */
static void test_extremes(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    accuracy_column(&made.table, MADE_POINTS, ACCURACY_ALL, made.score);
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    const struct agreement *mine = &audit.sections[0].rows[0].agreement;
    assert_int_equal(audit.n, 59);
    assert_near(mine->tau, 1);
    assert_near(mine->rho, 1);
    assert_near(mine->weighted, 1);
    assert_near(mine->picks[1].precision, 1);
    assert_near(mine->picks[1].rank, 1);
    assert_near(mine->picks[1].regret, 0);
    for (int i = 0; i < MADE_COUNT; i++)
        made.score[i] = 1000 - made.score[i];
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_near(mine->tau, -1);
    assert_near(mine->rho, -1);
    assert_near(mine->weighted, -1);
    assert_near(mine->picks[0].precision, 0);
    for (int i = 0; i < MADE_COUNT; i++)
        made.score[i] = 3;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_true(isnan(mine->tau) && isnan(mine->rho) && isnan(mine->weighted));
}

/* A hand-made list of ten: the three with the highest scores are 8, 2 and 5, of truth 40, 70, 70;
 * truly best are 1 (90), 9 (80), then 2 before 5 and 6 (70 each). */
static void test_picks_by_hand(void **state)
{
    (void)state;
    const double score[] = {0, 1, 9, 2, 2, 8, 7, 3, 10, 4};
    const double truth[] = {10, 90, 70, 20, 30, 70, 70, 50, 40, 80};
    struct ranking ranking;
    struct error error;
    struct agreement agreement = {.n_picks = 4,
                                  .picks = {{.k = 1}, {.k = 3}, {.k = 10}, {.k = 11}}};
    assert_int_equal(ranking_init(&ranking, score, truth, 10, &error), 0);
    assert_int_equal(ranking_measure(&ranking, &agreement, &error), 0);
    static const double expected[][3] = {{0, 7, 50}, {1.0 / 3, 3, 20}, {1, 1, 0}, {NAN, NAN, NAN}};
    for (size_t i = 0; i < 4; i++) {
        assert_near(agreement.picks[i].precision, expected[i][0]);
        assert_near(agreement.picks[i].rank, expected[i][1]);
        assert_near(agreement.picks[i].regret, expected[i][2]);
    }
    struct ranking top;
    const struct slice half = {"", 41, 0}; /* 4.1 of 10, rounded up */
    assert_int_equal(ranking_slice(&ranking, &half, RANKING_TRUTH, &top, &error), 0);
    static const uint32_t best[] = {1, 2, 5, 6, 9};
    assert_int_equal(top.n, 5);
    assert_memory_equal(top.architecture, best, sizeof best);
    assert_true(top.score[4] == 4 && top.truth[4] == 80);
    ranking_free(&top);
    const struct slice three = {"", 0, 3};
    assert_int_equal(ranking_slice(&ranking, &three, RANKING_SCORES, &top, &error), 0);
    static const uint32_t predicted[] = {2, 5, 8};
    assert_int_equal(top.n, 3);
    assert_memory_equal(top.architecture, predicted, sizeof predicted);
    ranking_free(&top);
    ranking_free(&ranking);
}

static void test_accuracies(void **state)
{
    struct made made;
    (void)state;
    made_init(&made);
    const struct table *table = &made.table;
    /* Network 4 lacks seed 1, network 7 lacks seed 0, network 5 has both: 185 % 50 + 12 and 196 %
     * 50 + 12 at point 4; at point 1 6 less 3 more. */
    assert_near(accuracy_of(table, 5, 4, 0), 47);
    assert_near(accuracy_of(table, 5, 4, 1), 58);
    assert_near(accuracy_of(table, 5, 4, ACCURACY_ALL), 52.5);
    assert_near(accuracy_of(table, 5, ACCURACY_TEST, ACCURACY_ALL), 53.5);
    assert_near(accuracy_without(table, 5, 4, 0), 58);
    assert_near(accuracy_without(table, 5, 4, 1), 47);
    assert_near(accuracy_of(table, 7, 4, ACCURACY_ANY), accuracy_of(table, 7, 4, 1));
    assert_near(accuracy_of(table, 5, 1, ACCURACY_ANY), 38);
    assert_true(isnan(accuracy_of(table, 7, 4, 0)) && isnan(accuracy_without(table, 7, 4, 1)));
    assert_true(isnan(accuracy_of(table, 39, 4, ACCURACY_ALL)));
    made.table.test_accuracy = NULL;
    assert_true(isnan(accuracy_of(table, 5, ACCURACY_TEST, ACCURACY_ALL)));
}

static void test_errors(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    plan.point = ACCURACY_TEST;
    made.table.test_accuracy = NULL;
    assert_int_equal(audit_make(&audit, &plan, &error), ERROR_MISSING);
    assert_string_equal(error.text, "table made.h5 has no test accuracy");
    plan.point = MADE_POINTS;
    for (int i = 0; i < MADE_COUNT; i++)
        made.score[i] = i == 39 ? 1 : (double)NAN;
    assert_int_equal(audit_make(&audit, &plan, &error), ERROR_MISSING);
    assert_string_equal(error.text,
                        "mine.csv: none of its 1 architectures is trained in table made.h5");
}

/* ---- As text --------------------------------------------------------------------------------- */

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

static void test_text(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    struct text text = {0};
    (void)state;
    struct audit_plan plan = plan_of(&made);
    made.scores.unknown = (struct scores_left_out){2, 7};
    made.scores.doubled = (struct scores_left_out){1, 9};
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit_print(&audit, false, &text, &error), 0);
    assert_contains(
        text.data,
        "how well does mine.csv rank cell?\n"
        "truth: validation accuracy at point 4 in %, smoke (numerics 1, table 7ab1e7ab), mean over "
        "its seeds (at most 2)\n"
        "53 architectures (37 networks) are scored and trained; the table has 59 of 60\n"
        "left out: 1 that the table has not\n"
        "left out: 2 that the space does not know (first in line 7)\n"
        "left out: 1 named before (first in line 9)\n"
        "\n"
        "whole list: 53 architectures\n");
    assert_contains(text.data, "\nmine.csv       53  0.143     0.214         0.284  0.00     5"
                               "    4.50  0.40     3    2.00\n");
    assert_contains(text.data, "\ntop 10 % by truth: 6 architectures\n");
    assert_contains(text.data,
                    "Noise ceiling: one seed against the mean of\nthe others, which then "
                    "choose the top, mean over the seeds.\n");
    text_free(&text);
    plan.by = RANKING_SCORES;
    plan.point = ACCURACY_TEST;
    made.table.seeds = 1;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit_print(&audit, false, &text, &error), 0);
    assert_contains(text.data, "truth: test accuracy in %, ");
    assert_contains(text.data, "\ntop 10 % by scores: ");
    assert_contains(text.data, "The table has one seed: no noise ceiling.\n");
    text_free(&text);
}

static void test_csv(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    struct text text = {0};
    (void)state;
    struct audit_plan plan = plan_of(&made);
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit_print(&audit, true, &text, &error), 0);
    static const char begin[] =
        "section,by,ranking,n,tau_b,spearman,weighted_tau,precision_1,rank_1,regret_1,precision_5,"
        "rank_5,regret_5\n"
        "whole list,truth,mine.csv,53,0.14285811117";
    assert_int_equal(strncmp(text.data, begin, strlen(begin)), 0);
    int lines = 0;
    for (const char *at = text.data; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 1 + 2 * (NAMES - 1));
    assert_contains(text.data, "\ntop 10 %,truth,noise ceiling,5,1,1,1,1,1,0,1,1,0\n");
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_by_truth),
        cmocka_unit_test(test_golden_by_scores),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_no_common_network),
        cmocka_unit_test(test_ceiling_slice),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_picks_by_hand),
        cmocka_unit_test(test_accuracies),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_csv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
