/* ENAS on a fake supernet: what its phases cost and how they grow, what its controller learns, and of what
 * the choice is the best. */
#include "tests/fake_scores.h"

static struct fake_trial fake;
static struct fake_scores scores;
static double updates, scored, argmax, rounds, entropy; /* as logged */
static int baselines;                                   /* times it was */
static uint64_t pays;                                   /* steps, before they are refused */

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
    scores_log(trial, name, value);
    if (strcmp(name, "updates") == 0)
        updates = value;
    if (strcmp(name, "scored") == 0)
        scored = value;
    if (strcmp(name, "argmax-index") == 0)
        argmax = value;
    if (strcmp(name, "rounds") == 0)
        rounds = value;
    if (strcmp(name, "entropy") == 0)
        entropy = value;
}

static void begin_on(const char *space, double budget, uint64_t seed)
{
    scores_init(&fake, &scores, space_find(space, NULL), budget, seed);
    fake.accuracy = unused;
    fake.on_log = on_log;
    scores.score = share_of_fourth;
    scores.image = 20;
    updates = scored = argmax = rounds = entropy = 0;
    baselines = 0;
}

static void begin(double budget, uint64_t seed)
{
    begin_on("cell", budget, seed);
}

static void end(void)
{
    scores_free(&fake, &scores);
}

/* With a preset too, which assignments to a method's rows do not know. */
static void run_with(const char *settings)
{
    struct error error;
    const char *preset = strncmp(settings, "preset=", 7) == 0 ? settings + 7 : NULL;
    const struct nasbed_preset *row = method_find("enas", &error)->presets;
    while (preset && row->name && strcmp(row->name, preset) != 0)
        row++;
    fake_run(&fake, "enas", preset ? row->settings : settings);
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
    struct nasbed_architecture likeliest;
    fake_api_from_index(&fake.face, (uint64_t)argmax, &likeliest);
    assert_true(share_of_fourth(&fake, &likeliest, 0) > 60);
    end();
}

/* What a seed samples, in order; returns how many. */
static int samples_of(const char *assignments, bool tells, struct nasbed_architecture *out)
{
    begin(30, 4);
    if (!tells)
        scores.score = constant;
    fake_run(&fake, "enas", assignments);
    int n = scores.n;
    for (int i = 0; i < n; i++)
        out[i] = scores.scored[i].architecture;
    end();
    return n;
}

/* A reward that is always its baseline moves nothing at all: the samples are those of a frozen policy. One
 * that tells something moves it. */
static void test_no_advantage(void **state)
{
    (void)state;
    static struct nasbed_architecture frozen[SCORES_MOST], still[SCORES_MOST], moved[SCORES_MOST];
    int n = samples_of("entropy=0,baseline=0,control-rate=0", true, frozen);
    assert_int_equal(samples_of("entropy=0,baseline=0,control-rate=0.05", false, still), n);
    assert_memory_equal(still, frozen, (size_t)n * sizeof *frozen);
    (void)samples_of("entropy=0,control-rate=0.05", true, moved);
    assert_memory_not_equal(moved, frozen, (size_t)n * sizeof *frozen);
}

static void check_baseline(struct fake_trial *trial, const char *name, double value)
{
    (void)trial;
    if (strcmp(name, "baseline") != 0)
        return;
    assert_true(fabs(value - 0.5 * (1 - pow(0.99, scores.n))) < 1e-12);
    baselines++;
}

/* It moves once a sample, over all rounds: after n rewards of 1/2 it is 1/2 (1 - 0.99^n). */
static void test_baseline(void **state)
{
    (void)state;
    begin(30, 1);
    scores.score = constant;
    fake.on_log = check_baseline;
    fake_run(&fake, "enas", "entropy=0,rounds=10");
    assert_int_equal(baselines, 9); /* the first is warm */
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
        assert_true(scores.random_only == 0);
        end();
    }
}

/* On both spaces, where paths cost what they do on average; the choice is the best of what was scored. */
static void test_both_spaces(void **state)
{
    (void)state;
    static const char *const spaces[] = {"cell", "chain"};
    for (int i = 0; i < 2; i++)
        for (double budget = 10; budget <= 30; budget += 20) {
            begin_on(spaces[i], budget, 3);
            scores.image = 100; /* some 50 steps a training, as `smoke` has them */
            fake_run(&fake, "enas", "");
            assert_int_equal(fake.refused, 0);
            assert_true((double)fake.left < 0.06 * budget * 1e6);
            assert_true(scored >= 20 && scores.n - last_request() == (int)scored);
            assert_true(scores_same(
                &fake.choice, &scores_best(&scores, last_request(), scores.n, -1)->architecture));
            end();
        }
}

/* As many controller steps as the authors have an epoch, in rounds far shorter than one: the weights
 * still have most of the cost, also where the controller comes to like what is dear. */
static void test_controller_leaves_the_weights_their_part(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        begin(30, 2);
        scores.image = 100;
        scores.cost = i ? dear : NULL;
        scores.mean = i ? 3 : 0;
        fake_run(&fake, "enas", "rounds=150,warm=0,updates=30,final=10,control-rate=0.02");
        double controller = 0;
        for (int s = 0; s < scores.n; s++)
            controller +=
                (double)scores_cost(&fake.face, &scores.scored[s].architecture) * SCORES_BATCH;
        assert_true(updates > 0);
        assert_true(controller / (double)fake.spent > 0.1 &&
                    controller / (double)fake.spent < 0.45);
        end();
    }
}

/* Rounds shorter than one controller step: there are fewer of them, and each that is not warm has one. */
static void test_short_rounds(void **state)
{
    (void)state;
    static const char *const settings[] = {"preset=nasbench201", "preset=published",
                                           "rounds=100,warm=50,updates=1,samples=40",
                                           "samples=60,final=20", "rounds=100,samples=60"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        for (double budget = 6; budget <= 10; budget += 4)
            for (int d = 0; d < 2; d++) {
                begin(budget, i);
                scores.image = 100; /* some 50 steps a training */
                scores.cost = d ? dear : NULL;
                scores.mean = d ? 3 : 0;
                run_with(settings[i]);
                assert_true(updates >= 1 && updates >= 0.4 * (rounds - 1));
                assert_true(scores.steps[0] > 0 && scores.random_only == 0);
                assert_int_equal(fake.refused, 0);
                end();
            }
}

/* A budget that pays for steps of the weights and for scores, but for none of the controller: what is chosen
 * is the best of draws of a policy as it began, which is on record. */
static void test_no_update_is_paid(void **state)
{
    (void)state;
    begin(1, 3);
    fake_run(&fake, "enas", "samples=1000,final=10,images=64");
    assert_true(updates == 0 && scores.steps[0] > 0 && scored > 0);
    assert_true(scores.random_only == 1);
    end();
}

/* With nothing at all it finishes, also where updates are given. */
static void test_no_budget(void **state)
{
    (void)state;
    static const char *const settings[] = {"", "updates=30", "rounds=5,warm=0,share=1"};
    for (int i = 0; i < 3; i++) {
        begin(0, 1);
        fake_run(&fake, "enas", settings[i]);
        assert_true(scores.random_only == 1 && scores.n == 0 && scores.steps[0] == 0);
        assert_int_equal(fake.refused, 0);
        end();
    }
}

static enum nasbed_status step_refused(struct nasbed_trial *face, int supernet,
                                       const struct nasbed_program *program,
                                       const struct nasbed_rule *rule, struct nasbed_pass *pass)
{
    if (scores_of(face)->steps[0] == pays)
        return NASBED_REFUSED;
    return scores_step(face, supernet, program, rule, pass);
}

static enum nasbed_status next_refused(struct nasbed_trial *face, int supernet,
                                       const struct nasbed_architecture *a, size_t n,
                                       const struct nasbed_scoring *scoring, double *accuracy)
{
    if (scoring->next && scores_of(face)->n > 0)
        return NASBED_REFUSED;
    return scores_score(face, supernet, a, n, scoring, accuracy);
}

/* A refusal ends the training, not the search: the last policy is sampled as ever. */
static void test_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        begin(20, 4);
        struct nasbed_api api = *fake.face.api;
        fake.face.api = &api;
        pays = 1500;
        if (i)
            api.supernet_score = next_refused;
        else
            api.supernet_step = step_refused;
        fake_run(&fake, "enas", "");
        assert_true(updates > 0 && (i ? updates == 1 : scores.steps[0] == pays));
        assert_true(scored == 100 && scores.random_only == 0);
        end();
    }
}

/* On record is the mean over the samples: on `chain` a row has 9 to 15 yes or no decisions, 12 on average,
 * as long as the policy is near uniform. */
static void test_entropy(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        begin_on("chain", 20, seed);
        fake_run(&fake, "enas", "samples=400,control-rate=0,final=20");
        assert_true(fabs(entropy / log1p(1) - 12) < 0.5);
        end();
    }
}

/* All of the budget trains: a sample of the policy that was trained, unscored, which is on record. */
static void test_nothing_is_left_to_score(void **state)
{
    (void)state;
    begin(10, 7);
    fake_run(&fake, "enas", "share=1,rounds=100,images=2560");
    assert_true(scored == 0 && updates > 0 && scores.random_only == 0);
    assert_int_equal(fake.refused, 0);
    end();
}

/* What does not even pay for one sample is on record. */
static void test_nothing_is_paid(void **state)
{
    (void)state;
    begin(0.001, 1);
    fake_run(&fake, "enas", "");
    assert_true(scores.random_only == 1 && scores.n == 0);
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
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_constant_reward),
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_the_budget_is_spent),
        cmocka_unit_test(test_nothing_is_paid),
        cmocka_unit_test(test_audit),
        cmocka_unit_test(test_no_advantage),
        cmocka_unit_test(test_baseline),
        cmocka_unit_test(test_both_spaces),
        cmocka_unit_test(test_controller_leaves_the_weights_their_part),
        cmocka_unit_test(test_nothing_is_left_to_score),
        cmocka_unit_test(test_short_rounds),
        cmocka_unit_test(test_no_update_is_paid),
        cmocka_unit_test(test_no_budget),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_entropy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
