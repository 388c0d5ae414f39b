/* ENAS on a fake supernet: what its phases cost and how they grow, what its controller learns, and of what
 * the choice is the best. */
#include "tests/fake_scores.h"

static struct fake_trial fake;
static struct fake_scores scores;
static double updates, random_only; /* as logged */

static double unused(struct fake_trial *trial, const struct nasbed_architecture *a, int point)
{
    (void)trial;
    (void)a;
    (void)point;
    fail_msg("nothing is trained alone");
    return 0;
}

static double constant(const struct fake_trial *trial, const struct nasbed_architecture *a,
                       int supernet)
{
    (void)trial;
    (void)a;
    (void)supernet;
    return 50;
}

/* In percent: how many of the six edges have the fourth operation. */
static double share_of_fourth(const struct fake_trial *trial, const struct nasbed_architecture *a,
                              int supernet)
{
    int n = 0;
    (void)trial;
    (void)supernet;
    for (int i = 0; i < a->n; i++)
        n += a->decision[i] == 3;
    return 100.0 * n / a->n;
}

/* What is rewarded is dear: ten times as much as what is not. */
static int dear(const struct fake_trial *trial, const struct nasbed_architecture *a)
{
    return 1 + (int)(share_of_fourth(trial, a, 0) * 0.09);
}

static void on_log(struct fake_trial *trial, const char *name, double value)
{
    (void)trial;
    if (strcmp(name, NASBED_LOG_RANDOM) == 0)
        random_only = value;
    if (strcmp(name, "updates") == 0)
        updates = value;
}

static void begin(double budget, uint64_t seed)
{
    scores_init(&fake, &scores, space_find("cell", NULL), budget, seed);
    fake.accuracy = unused;
    fake.on_log = on_log;
    scores.score = share_of_fourth;
    scores.image = 20;
    random_only = updates = 0;
}

static void end(void)
{
    scores_free(&fake, &scores);
}

/* Where the scores of the last request begin. */
static int last_request(void)
{
    int first = scores.n;
    while (first > 0 && scores.scored[first - 1].call == scores.calls - 1)
        first--;
    return first;
}

static double mean_score(int from, int to)
{
    double sum = 0;
    for (int i = from; i < to; i++)
        sum += scores.scored[i].accuracy;
    return sum / (to - from);
}

/* The controller samples what is rewarded ever more; the choice is the best of its last samples, not of the
 * whole search. */
static void test_learns(void **state)
{
    (void)state;
    begin(60, 1);
    fake_run(&fake, "enas", "");
    int last = last_request();
    assert_int_equal(scores.n - last, 100);
    assert_true(mean_score(0, 100) < 30); /* 20 is uniform */
    assert_true(mean_score(last, scores.n) > 60);
    assert_true(scores_same(&fake.choice, &scores_best(&scores, last, scores.n, -1)->architecture));
    assert_int_equal(fake.refused, 0);
    assert_int_equal(fake.n, 0);
    end();
}

/* A reward that tells nothing moves nothing, once the baseline has come to it: 2,000 samples of 0.99. */
static void test_constant_reward(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        begin(60, seed);
        scores.score = constant;
        fake_run(&fake, "enas", "entropy=0,samples=20");
        int counts[5] = {0}, last = last_request();
        for (int i = last; i < scores.n; i++)
            for (int d = 0; d < 6; d++)
                counts[scores.scored[i].architecture.decision[d]]++;
        for (int k = 0; k < 5; k++) /* 600 in all */
            assert_in_range(counts[k], 60, 190);
        end();
    }
}

/* One sample for the controller a step of the weights, at any budget: its training grows with it. */
static void test_grows(void **state)
{
    double before = 0;
    (void)state;
    for (double budget = 15; budget <= 60; budget *= 2) {
        begin(budget, 5);
        fake_run(&fake, "enas", "images=64,final=20,warm=0");
        double ratio = 10 * updates / (double)scores.steps[0];
        assert_true(ratio > 0.8 && ratio < 1.2);
        assert_true(before == 0 || (updates > 1.7 * before && updates < 2.3 * before));
        before = updates;
        end();
    }
}

/* The policy comes to like what is ten times as dear: nothing is refused, the rate comes to its end, the
 * last samples are paid for, and the budget is spent. */
static void test_the_budget_is_spent(void **state)
{
    static const double budgets[] = {2, 3, 5, 8, 13, 21, 34};
    (void)state;
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        begin(budgets[i], i);
        scores.cost = dear;
        scores.mean = 3; /* 1 + 9 / 5 */
        fake_run(&fake, "enas", "control-rate=0.02");
        assert_int_equal(fake.refused, 0);
        assert_true((double)fake.spent > 0.9 * budgets[i] * 1e6);
        assert_true(scores.last_rate[0] < 0.002 && scores.first_rate[0] == 0.05);
        int last = last_request();
        assert_true(scores.n - last >= 1 && scores.scored[last].images == 192);
        assert_true(random_only == 0);
        end();
    }
}

/* What does not even pay for one sample is on record. */
static void test_nothing_is_paid(void **state)
{
    (void)state;
    begin(0.001, 1);
    fake_run(&fake, "enas", "");
    assert_true(random_only == 1 && scores.n == 0);
    end();
}

/* An audit has all of the budget for the weights and the controller. */
static void test_audit(void **state)
{
    const struct nasbed_method *method = method_find("enas", NULL);
    struct method_settings settings;
    struct error error;
    (void)state;
    begin(20, 1);
    scores.audit = true;
    assert_int_equal(method_settings_init(&settings, method, &error), 0);
    assert_int_equal(options_parse_list(settings.row, settings.values, "share=1", &error), 0);
    assert_int_equal(method->run(&fake.face, settings.values), NASBED_ENDED);
    method_settings_free(&settings);
    assert_true((double)fake.spent > 0.97 * 20e6);
    assert_int_equal(scores.scored[last_request()].images, SCORES_BATCH);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),          cmocka_unit_test(test_constant_reward),
        cmocka_unit_test(test_grows),           cmocka_unit_test(test_the_budget_is_spent),
        cmocka_unit_test(test_nothing_is_paid), cmocka_unit_test(test_audit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
