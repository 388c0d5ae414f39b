/* Audits of a small made-up table against what SciPy 1.10.1 gives for it: its stats.kendalltau,
 * spearmanr and weightedtau on lists cut and sorted in Python, ties by index (points of the table and
 * "its own validation", which leave a seed out, by their formulas in plain Python, which give the other rows
 * to the last digit). The table: see table_made.h. */
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

static void assert_agreement(const struct agreement *agreement, const double golden[FIGURES])
{
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
        assert_near(found[i], golden[i]);
}

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
            assert_string_equal(section->rows[r].name, names[r + (!test && r >= VALIDATION)]);
            assert_agreement(&section->rows[r].agreement, *golden);
        }
    }
}

/* clang-format off */
static const double by_truth[][FIGURES] = {
    {53, 0.142858111173, 0.214046493891, 0.284125435455, 0, 5, 4.5, 0.4, 3, 2}, /* whole, scores */
    {53, 0.049964125476, 0.0923340805435, 0.168755526369, 0, 10, 8, 0.2, 1, 0}, /* whole, params */
    {53, 0.0645652006808, 0.127869462679, 0.0884631365188, 0, 41, 35.5, 0.2, 3, 2}, /* whole, macs */
    {44, 0.0729613733906, -0.0124153498871, 0.0195288052966, 0, 15, 17, 0.2, 12, 11}, /* whole, point 1 */
    {44, 0.0191676884548, 0.0193539552795, 0.100914184354, 0, 10.5, 10, 0, 9.5, 9}, /* whole, point 2 */
    {44, 0.358092081557, 0.186254774181, 0.172374528639, 0, 26.5, 28, 0.1, 6.5, 7}, /* whole, point 3 */
    {44, 0.324034334764, 0.0222911963883, 0.146036084809, 0, 23, 25, 0, 23, 25}, /* whole, ceiling */
    {6, -0.276026223737, -0.289885517826, -0.303004257763, 0, 5, 4.5, 0.8, 1, 0}, /* 10 %, scores */
    {6, 0.138013111868, 0.11595420713, 0.297988214624, 1, 1, 0, 0.8, 1, 0}, /* 10 %, params */
    {6, 0.138013111868, 0.318874069609, 0.199667591396, 0, 3, 2, 0.8, 1, 0}, /* 10 %, macs */
    {5, -0.416666666667, -0.622807017544, -0.462826430864, 0, 3, 1.5, 1, 1, 0}, /* 10 %, point 1 */
    {5, 0.136082763488, 0.203642774995, 0.0782658258897, 0, 3, 1.5, 1, 1, 0}, /* 10 %, point 2 */
    {5, NAN, NAN, NAN, 1, 1, 0, 1, 1, 0}, /* 10 %, point 3 */
    {5, 1, 1, 1, 1, 1, 0, 1, 1, 0}, /* 10 %, ceiling */
};

static const double by_scores[][FIGURES] = {
    {53, 0.116084829161, 0.17282310485, 0.234334255117, 0, 5, 7.5, 0.4, 4, 7}, /* whole, scores */
    {53, 0.0538573372994, 0.0814765772656, 0.149795707577, 0, 12, 10, 0.2, 1, 0}, /* whole, params */
    {53, 0.067039360956, 0.115111447727, 0.0638516535382, 0, 43, 37.5, 0.2, 4, 7}, /* whole, macs */
    {44, 0.0602347261566, 0.0188016293886, 0.123439997694, 0.5, 12.5, 16.5, 0.2, 11, 13.5}, /* whole, point 1 */
    {44, 0.0533857100339, 0.0219728101773, 0.152139001314, 0, 10.5, 12, 0.2, 7, 8.5}, /* whole, point 2 */
    {44, 0.34114188161, 0.182202676465, 0.166268847636, 0, 29, 33, 0.1, 6, 8}, /* whole, point 3 */
    {44, 0.26460011678, 0.0516745396029, 0.0909457347427, 0, 21.5, 26, 0, 20.5, 25}, /* whole, validation */
    {44, 0.350000827035, 0.107077275074, 0.193450526414, 0, 20.5, 25, 0, 20.5, 25}, /* whole, ceiling */
    {6, 0.414039335605, 0.666736691, 0.487206848133, 0, 2, 0.5, 0.8, 1, 0}, /* 10 %, scores */
    {6, -0.0666666666667, -0.0285714285714, -0.047619047619, 0, 2, 0.5, 0.8, 1, 0}, /* 10 %, params */
    {6, 0.466666666667, 0.6, 0.624489795918, 1, 1, 0, 0.8, 1, 0}, /* 10 %, macs */
    {4, 0.166666666667, 0.2, 0.146666666667, 0.5, 2.5, 22, NAN, NAN, NAN}, /* 10 %, point 1 */
    {4, -0.666666666667, -0.8, -0.7, 0, 3.5, 26.5, NAN, NAN, NAN}, /* 10 %, point 2 */
    {4, -0.166666666667, -0.4, -0.2, 0, 3.5, 26.5, NAN, NAN, NAN}, /* 10 %, point 3 */
    {4, 0, -0.2, -0.0666666666667, 0, 3, 25, NAN, NAN, NAN}, /* 10 %, validation */
    {4, 0, -0.2, -0.0666666666667, 0, 3, 25, NAN, NAN, NAN}, /* 10 %, ceiling */
};

/* Isomorphs once, by their means. */
static const double by_class[][FIGURES] = {
    {37, 0.168566135089, 0.233671482071, 0.253626889977, 0, 4, 4.5, 0.4, 2, 2}, /* whole, scores */
    {37, 0.073962453731, 0.129321081204, 0.163874753922, 0, 7, 8, 0.2, 4, 4.5}, /* whole, params */
    {37, 0.066465332629, 0.146821632911, 0.120199236198, 0, 27, 30.5, 0.2, 2, 2}, /* whole, macs */
    {30, 0.032183908046, -0.0622914349277, -0.0126729993661, 0, 10.5, 17, 0.1, 8, 11}, /* whole, point 1 */
    {30, -0.0240939374511, -0.0481914291482, 0.0375032847464, 0, 8, 10, 0, 7, 9}, /* whole, point 2 */
    {30, 0.251852158488, 0.0231001025018, 0.116248293518, 0, 18.5, 28, 0.1, 5.5, 7}, /* whole, point 3 */
    {30, 0.259770114943, -0.0745272525028, 0.123154017714, 0, 16, 25, 0, 16, 25}, /* whole, ceiling */
    {4, -0.333333333333, -0.4, -0.44, 0, 4, 4.5, NAN, NAN, NAN}, /* 10 %, scores */
    {4, 0, -0.2, -0.0666666666667, 0, 4, 4.5, NAN, NAN, NAN}, /* 10 %, params */
    {4, 0.333333333333, 0.6, 0.333333333333, 0, 2, 2, NAN, NAN, NAN}, /* 10 %, macs */
    {3, -0.333333333333, -0.5, -0.363636363636, 0, 2.5, 1.5, NAN, NAN, NAN}, /* 10 %, point 1 */
    {3, 0.166666666667, 0.25, 0.192237808838, 0, 2.5, 1.5, NAN, NAN, NAN}, /* 10 %, point 2 */
    {3, NAN, NAN, NAN, 1, 1, 0, NAN, NAN, NAN}, /* 10 %, point 3 */
    {3, 1, 1, 1, 1, 1, 0, NAN, NAN, NAN}, /* 10 %, ceiling */
};

/* Scored at 10 and at 100 %: the even architectures. */
enum { WAY_ROWS = 8 };
static const double on_the_way[][FIGURES] = {
    {30, 0.0515829684955, 0.0572829631927, 0.269675886222, 1, 1, 0, 0.2, 1, 0}, /* way, at 10 */
    {30, 0.253505510687, 0.373496890825, 0.324608374865, 0, 3, 4.5, 0.4, 1, 0}, /* way, at 100 */
    {30, 0.220945169865, 0.338084842142, 0.381507158425, 0, 6, 8, 0.4, 1, 0}, /* way, params */
    {30, 0.0720978975348, 0.118708314138, 0.104008724259, 0, 21, 30.5, 0.2, 1, 0}, /* way, macs */
    {26, 0.00632911392405, -0.00137174211248, 0.0716736123201, 0.5, 9, 16, 0.2, 6.5, 10}, /* way, point 1 */
    {26, 0.0457962292558, 0.0396956519738, 0.127140384076, 0.5, 3.5, 6, 0.3, 2.5, 2}, /* way, point 2 */
    {26, 0.458241688679, 0.317869304339, 0.267965147636, 0, 15.5, 28, 0.3, 3.5, 7}, /* way, point 3 */
    {26, 0.443037974684, 0.21536351166, 0.239722400068, 0, 14, 25, 0.2, 3, 6}, /* way, ceiling */
};

static const double on_the_way_by_class[][FIGURES] = {
    {20, 0.149751892444, 0.146948378537, 0.197615785687, 0, 20, 45, 0.6, 1, 0}, /* way, at 10 */
    {20, 0.359312608688, 0.515644463587, 0.356931201057, 0, 2, 4.5, 0.4, 2, 4.5}, /* way, at 100 */
    {20, 0.273684210526, 0.424060150376, 0.360072593101, 0, 4, 8, 0.4, 2, 4.5}, /* way, params */
    {20, -0.0211643174108, 0.0346125003928, -0.0069290074131, 0, 14, 30.5, 0.2, 4, 8}, /* way, macs */
    {17, -0.0588235294118, -0.0906862745098, -0.0232171915207, 0.5, 6.5, 16, 0.3, 4.5, 10}, /* way, point 1 */
    {17, -0.0161332297942, -0.0383040107463, 0.0648799021677, 0.5, 2.5, 6, 0.3, 2, 2}, /* way, point 2 */
    {17, 0.337464595093, 0.141449896709, 0.191305797857, 0, 10.5, 28, 0.4, 3, 7}, /* way, point 3 */
    {17, 0.382352941176, 0.125, 0.220976535516, 0, 9.5, 25, 0.4, 2.5, 6}, /* way, ceiling */
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

static void test_golden_by_class(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    plan.per = AUDIT_CLASSES;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit.n, 53);
    assert_int_equal(audit.n_sections, 2);
    assert_int_equal(audit.sections[0].n, 37);
    assert_int_equal(audit.sections[1].n, 4);
    assert_audit(&audit, by_class);
}

/* Members whose means are equal are ties, however the sums of them are rounded: three networks of one, two
 * and three architectures, all of the score 0.1. */
static void test_equal_classes_tie(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    plan.per = AUDIT_CLASSES;
    for (int i = 0; i < MADE_COUNT; i++) {
        made.class_of[i] = (uint32_t)(i < 6 ? (i > 0) + (i > 2) : i % MADE_NETWORKS);
        made.score[i] = i < 6 ? 0.1 : (double)NAN;
    }
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit.sections[0].n, 3);
    assert_true(isnan(audit.sections[0].rows[0].agreement.tau)); /* all tied */
}

/* Where the table has each architecture for itself, classes are the space's, and their truth is the mean of
 * their members': of two classes, 0 to 2 of truths 1, 2 and 6 and 3 to 5 of 2, 2 and 2, the first is better. */
static void test_classes_of_the_space(void **state)
{
    static const double truths[] = {1, 2, 6, 2, 2, 2}, values[] = {5, 5, 5, 1, 4, 4};
    uint32_t class_of[MADE_COUNT];
    const struct isomorphs isomorphs = {.class_of = class_of};
    static float valid[MADE_COUNT * MADE_POINTS];
    struct made made;
    struct audit audit;
    struct error error;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    plan.per = AUDIT_CLASSES;
    plan.isomorphs = &isomorphs;
    made.table.seeds = 1;
    made.table.identity.distinct = MADE_COUNT;
    made.table.valid_accuracy = valid;
    for (uint32_t i = 0; i < MADE_COUNT; i++) {
        made.class_of[i] = i;
        class_of[i] = i / 3;
        made.score[i] = i < 6 ? values[i] : (double)NAN;
        for (int t = 0; t < MADE_POINTS; t++)
            valid[i * MADE_POINTS + (uint32_t)t] = i < 6 ? (float)truths[i] : (float)NAN;
    }
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(audit.n, 6);
    assert_int_equal(audit.sections[0].n, 2);
    const struct agreement *mine = &audit.sections[0].rows[0].agreement;
    assert_near(mine->tau, 1); /* 5 before 3, 3 before 2 */
    assert_near(mine->picks[0].regret, 0);
    made.score[0] = made.score[1] = made.score[2] = 2;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_near(mine->tau, -1);
    assert_near(mine->picks[0].regret, 1);
}

/* The scores on the way, of which the last, at 50 %, was not reached. */
static void give_points(struct made *made, double points[3][MADE_COUNT])
{
    static const int percent[] = {10, 50, 100};
    made->scores.points = 3;
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < MADE_COUNT; i++)
            points[k][i] = i % 2 || k == 1 ? (double)NAN : k ? i * 29 % 41 : i * 17 % 23;
        made->scores.point[k] = (struct scores_point){.percent = percent[k],
                                                      .share = k == 1 ? (double)NAN : percent[k],
                                                      .score = points[k],
                                                      .n = k == 1 ? 0 : MADE_COUNT / 2};
    }
    made->scores.point[0].share = 11.6387;
    made->scores.source.spent = 42.5;
}

static void test_golden_on_the_way(void **state)
{
    static const int golden_row[] = {0, -1, 1, 2, 3, 4, 5, 6, 7};
    struct made made;
    struct audit audit;
    struct error error;
    double points[3][MADE_COUNT];
    (void)state;
    for (int per = AUDIT_STRINGS; per <= AUDIT_CLASSES; per++) {
        struct audit_plan plan = plan_of(&made);
        plan.per = (enum audit_unit)per;
        give_points(&made, points);
        assert_int_equal(audit_make(&audit, &plan, &error), 0);
        assert_int_equal(audit.n_sections, 3);
        const struct audit_section *way = &audit.sections[2];
        assert_string_equal(way->slice->title, "scored on the way");
        assert_int_equal(way->n, per ? 20 : 30);
        assert_int_equal(way->n_rows, WAY_ROWS + 1);
        assert_string_equal(way->rows[0].name, "at 10 %");
        assert_near(way->rows[0].share, 11.6387);
        assert_string_equal(way->rows[3].name, "params");
        assert_true(isnan(way->rows[1].agreement.tau) && way->rows[1].agreement.n == 0);
        for (size_t r = 0; r < way->n_rows; r++)
            if (golden_row[r] >= 0)
                assert_agreement(&way->rows[r].agreement,
                                 (per ? on_the_way_by_class : on_the_way)[golden_row[r]]);
    }
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
    assert_true(audit.itself && audit.sections[0].rows[5].itself &&
                !audit.sections[0].rows[2].itself);
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
    assert_true(audit.itself && audit.sections[0].rows[5].agreement.n > 20);
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
 * truly best are 1 (90), 9 (80), then 2, 5 and 6 (70 each), of which any is as good as the third. */
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
    static const double expected[][3] = {{0, 7, 50}, {2.0 / 3, 3, 20}, {1, 1, 0}, {NAN, NAN, NAN}};
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
                        "mine.csv: none of its 1 architecture is trained in table made.h5");
}

/* ---- As text --------------------------------------------------------------------------------- */

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

/* Student's intervals, cut to what a statistic can be (scipy.stats.t.interval for tau-b; that of the ranks
 * is 4 +- 4.3 x 1.7 of 6). */
static void test_spread(void **state)
{
    static const double taus[] = {0.42, 0.34, 0.53}, ranks[] = {1, 5, 6};
    struct agreement_spread spread;
    struct agreement agreements[3];
    (void)state;
    for (int i = 0; i < 3; i++)
        agreements[i] = (struct agreement){.n = 6,
                                           .tau = taus[i],
                                           .rho = i == 1 ? (double)NAN : 0.5,
                                           .weighted = 0.9 + 0.04 * i,
                                           .n_picks = 1,
                                           .picks = {{1, 1, ranks[i], 2}}};
    assert_int_equal(agreement_spread(agreements, 3, &spread, NULL), 0);
    assert_near(spread.mean.tau, 0.43);
    assert_near(spread.deviation.tau, 0.09539392014169457);
    assert_true(fabs(spread.low.tau - 0.19302836549540517) < 1e-9);
    assert_true(fabs(spread.high.tau - 0.6669716345045948) < 1e-9);
    assert_true(isnan(spread.mean.rho) && isnan(spread.low.rho) && isnan(spread.high.rho));
    assert_true(spread.low.weighted < 0.9 && spread.high.weighted == 1);
    assert_true(spread.low.picks[0].rank == 1 && spread.high.picks[0].rank == 6);
    assert_true(spread.low.picks[0].regret == 2 && spread.high.picks[0].regret == 2);
    assert_int_equal(agreement_spread(agreements, 1, &spread, NULL), 0);
    assert_true(spread.mean.tau == 0.42 && isnan(spread.deviation.tau) && isnan(spread.low.tau));
}

static int print_one(const struct audit *audit, enum report_format format, struct text *text)
{
    const struct audit_report report = {audit->plan->label, audit, 1};
    return audit_print(&report, format, text, NULL);
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
    assert_int_equal(print_one(&audit, REPORT_TEXT, &text), 0);
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
        "whole list, per string: 53 architectures\n");
    assert_contains(text.data,
                    "\nmine.csv       53  0.143     0.214         0.284   0.143         0.333  "
                    "0.011  0.018  0.00     5    4.50  0.40     3    2.00\n");
    assert_contains(text.data, "\ntop 10 % by truth, per string: 6 architectures\n");
    assert_contains(
        text.data,
        "\nPoints of the table, noise ceiling: one seed against the mean of the "
        "others, which then choose the top, mean over the seeds. The ceiling is what one "
        "more training would reach, not a bound:");
    assert_contains(text.data, " Weighted tau: Vigna's, in which a pair of ranks r, s ");
    assert_null(strstr(text.data, "of the same training"));
    text_free(&text);
    plan.by = RANKING_SCORES;
    plan.point = ACCURACY_TEST;
    made.table.seeds = 1;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_int_equal(print_one(&audit, REPORT_TEXT, &text), 0);
    assert_contains(text.data, "truth: test accuracy in %, ");
    assert_contains(text.data, "\ntop 10 % by scores, per string: ");
    assert_contains(text.data,
                    "\nPoints of the table, its own validation: these rivals and the truth "
                    "are of the same training, which ranks itself: they come out too "
                    "high.\nThe table has one seed: no noise ceiling.\n");
    text_free(&text);
}

/* Two seeds of one maker: mean, deviation, interval and each; a rival stands once. */
static void test_seeds(void **state)
{
    struct made made[2];
    struct audit audits[2];
    struct audit_plan plans[2];
    struct text text = {0};
    double points[2][3][MADE_COUNT];
    (void)state;
    for (int k = 0; k < 2; k++) {
        plans[k] = plan_of(&made[k]);
        plans[k].label = k ? "seed 8" : "seed 7";
        give_points(&made[k], points[k]);
        for (int i = 0; i < MADE_COUNT && k; i++)
            made[1].score[i] = 100 - made[1].score[i];
        assert_int_equal(audit_make(&audits[k], &plans[k], NULL), 0);
    }
    made[0].scores.source.known = true;
    made[0].scores.source.supernet = "spos seed 7";
    (void)strcpy(made[0].scores.source.identity.protocol, "mini");
    (void)strcpy(made[0].scores.source.identity.protocol_hash, "0123456789abcdef");
    const struct audit_report report = {"spos", audits, 2};
    assert_int_equal(audit_print(&report, REPORT_TEXT, &text, NULL), 0);
    /* Reversed scores, so the mean is 0 but for ties of picks; t.ppf(0.975, 1) = 12.7062 */
    assert_contains(text.data, "how well does spos rank cell?\n");
    assert_contains(text.data,
                    "\nseed 7: spos seed 7, trained under mini (numerics 0)\n"
                    "        not as the table was: protocol mini (01234567), not smoke ()\n");
    assert_contains(text.data, "\nspos           mean       53   0.000     0.000");
    assert_contains(text.data, "\nspos           std        53   0.202     0.303");
    assert_contains(text.data, "\nspos           95 % from  53  -1.000    -1.000");
    assert_contains(text.data, "\nspos           95 % to    53   1.000     1.000");
    assert_contains(text.data, "\nspos           seed 7     53   0.143     0.214");
    assert_contains(text.data, "\nspos           seed 8     53  -0.143    -0.214");
    assert_contains(text.data, "\nparams                    53   0.050     0.092");
    assert_contains(text.data, "\nat 10 %        seed 8");
    assert_contains(text.data, "over 2 supernet seeds: few, so that the interval stands on");
    assert_contains(
        text.data,
        "\nseed 8: at 10 % it had 11.6 % of its training; no point at 50 %, where its "
        "training had ended; at 100 % it had 100.0 % of its training; all of it took 42.5 % "
        "of the budget.\n");
    text_free(&text);
    assert_int_equal(audit_print(&report, REPORT_CSV, &text, NULL), 0);
    assert_contains(text.data, ",whole list,truth,string,spos,seed 8,,53,-0.14285811117");
    assert_contains(text.data,
                    ",scored on the way,truth,string,at 10 %,mean,11.6387,30,0.0515829684");
    assert_contains(text.data, ",scored on the way,truth,string,at 50 %,mean,,0,,,,");
    text_free(&text);
    assert_int_equal(audit_print(&report, REPORT_MARKDOWN, &text, NULL), 0);
    assert_contains(text.data, "## How well does spos rank cell? top 10 % by truth, per string: 6 "
                               "architectures\n\n|");
    assert_contains(text.data, "\n| spos  mean | 53 | 0.000 |");
    assert_contains(text.data, "\n- Its top k: P, the share");
    assert_contains(text.data,
                    "\nConclusion on spos: it is not shown to rank the whole list better");
    text_free(&text);
    assert_int_equal(audit_print(&report, REPORT_LATEX, &text, NULL), 0);
    assert_contains(text.data, "\\begin{tabular}");
    assert_contains(text.data, "spos  95 \\% from");
    text_free(&text);
}

/* The sentence at the end of what people read; it says no more than the interval. */
static void assert_conclusion(const struct audit_report *report, const char *expected)
{
    struct text text = {0};
    assert_int_equal(audit_conclude(report, &text, NULL), 0);
    assert_contains(text.data, expected);
    text_free(&text);
}

static void test_conclusion(void **state)
{
    struct made made;
    struct audit audit;
    struct error error;
    (void)state;
    struct audit_plan plan = plan_of(&made);
    const struct audit_report report = {"mine.csv", &audit, 1};
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_conclusion(&report, "Conclusion on mine.csv: none, without intervals.\n");
    plan.resamples = 100;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_conclusion(&report,
                      "Conclusion on mine.csv: it is not shown to rank the whole list better or "
                      "worse than parameters do (tau-b 0.143 [");
    assert_conclusion(&report, "it is not shown to tell the top 10 % apart (tau-b -0.276 [");
    accuracy_column(&made.table, MADE_POINTS, ACCURACY_ALL, made.score);
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_conclusion(
        &report,
        ": it ranks the whole list better than parameters do (tau-b 1.000 [1.000, 1.000] against");
    for (int i = 0; i < MADE_COUNT; i++)
        made.score[i] = 1000 - made.score[i];
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_conclusion(&report,
                      ": it ranks the whole list worse than parameters do (tau-b -1.000 [");
    for (int i = 0; i < MADE_COUNT; i++)
        made.score[i] = 3;
    assert_int_equal(audit_make(&audit, &plan, &error), 0);
    assert_conclusion(&report,
                      "Conclusion on mine.csv: all its scores are equal: they rank nothing.\n");
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
    assert_int_equal(print_one(&audit, REPORT_CSV, &text), 0);
    static const char begin[] =
        "space,protocol,numerics,table,truth,section,by,per,ranking,statistic,trained_percent,n,"
        "tau_b,spearman,"
        "weighted_tau,sparse_tau_b,tau_b_equal_params,tied_score,tied_truth,"
        "precision_1,rank_1,regret_1,precision_5,rank_5,regret_5,"
        "tau_b_architectures_low,tau_b_architectures_high,"
        "spearman_architectures_low,spearman_architectures_high\n"
        "cell,smoke,1,7ab1e7ab1e7ab1e7ab1e7ab1e7ab1e7a,validation,whole "
        "list,truth,string,mine.csv,,,53,0.14285811117";
    assert_int_equal(strncmp(text.data, begin, strlen(begin)), 0);
    int lines = 0;
    for (const char *at = text.data; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 1 + 2 * (NAMES - 1));
    assert_contains(text.data, ",top 10 %,truth,string,noise "
                               "ceiling,,,5,1,1,1,1,,0.15");
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_by_truth),
        cmocka_unit_test(test_golden_by_scores),
        cmocka_unit_test(test_golden_by_class),
        cmocka_unit_test(test_equal_classes_tie),
        cmocka_unit_test(test_classes_of_the_space),
        cmocka_unit_test(test_golden_on_the_way),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_no_common_network),
        cmocka_unit_test(test_ceiling_slice),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_picks_by_hand),
        cmocka_unit_test(test_accuracies),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_conclusion),
        cmocka_unit_test(test_csv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
