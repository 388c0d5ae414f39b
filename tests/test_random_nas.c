/* RandomNAS: what is selected, in how many rounds and from how many supernets; on a fake one. */
#include "tests/fake_scores.h"

static struct fake_trial fake;
static struct fake_scores scores;

static void begin(double budget, uint64_t seed)
{
    scores_init(&fake, &scores, space_find("cell", NULL), budget, seed);
    scores.image = 10;
}

static void run(const char *assignments)
{
    fake_run(&fake, "random-nas", assignments);
    assert_int_equal(fake.refused, 0);
}

static void end(void)
{
    scores_free(&fake, &scores);
}

/* With the truth for a score the choice is the best of all that was drawn, with and without stage 2. */
static void test_oracle(void **state)
{
    (void)state;
    static const char *const assignments[] = {"verify=1", "verify=0", "verify=3"};
    for (int i = 0; i < 3; i++) {
        begin(40, 3);
        run(assignments[i]);
        const struct fake_score *best = scores_best(&scores, 0, scores.n, -1);
        assert_true(scores.n > 20);
        assert_true(scores_same(&fake.choice, &best->architecture));
        assert_true(i == 1 ? fake.n > 3 : fake.n == (i == 2 ? 3 : 0));
        assert_true(scores.random_only == 0);
        end();
    }
}

static double reversed(struct fake_trial *trial, const struct nasbed_architecture *a, int point)
{
    (void)point;
    return -scores_hash(trial, a);
}

/* Stage 2 trains the best by their scores, and what it finds decides. */
static void test_stage_2(void **state)
{
    (void)state;
    begin(40, 4);
    fake.accuracy = reversed;
    run("verify=3");
    assert_int_equal(fake.n, 3);
    for (int i = 0; i < 2; i++)
        assert_true(scores_hash(&fake, &fake.asked[i]) > scores_hash(&fake, &fake.asked[i + 1]));
    assert_true(scores_same(&fake.asked[0], &scores_best(&scores, 0, scores.n, -1)->architecture));
    assert_true(scores_same(&fake.choice, &fake.asked[2]));
    end();
}

/* A round for every 10,000 steps: 50 candidates on 10 batches, the 5 best on all images; the best of all
 * rounds is the choice, not that of the first. */
static void test_rounds(void **state)
{
    (void)state;
    begin(100, 12);
    run("verify=1,candidates=50,finalists=5");
    assert_in_range(scores.steps[0], 30000, 79999);
    int rounds = (int)(scores.steps[0] / 10000);
    assert_int_equal(scores.calls, 2 * rounds);
    assert_int_equal(scores.n, rounds * 55);
    for (int i = 0; i < scores.n; i++) {
        const struct fake_score *score = &scores.scored[i];
        assert_int_equal(score->images, score->call % 2 ? SCORES_VALID : 640);
        if (score->call % 2) /* a finalist: among the 5 best of its round */
            assert_true(
                scores_same(&score->architecture,
                            &scores.scored[score->call / 2 * 55 + 50 + i % 55 - 50].architecture));
    }
    const struct fake_score *best = scores_best(&scores, 0, scores.n, -1);
    assert_true(best->call > 1); /* not the first round: the case is there */
    assert_true(scores_same(&fake.choice, &best->architecture));
    end();
}

/* Scores of different supernets do not compare: the last one's are the highest. */
static double biased(const struct fake_trial *trial, const struct nasbed_architecture *a,
                     int supernet)
{
    return scores_hash(trial, a) / 2 + 10 * supernet;
}

/* Four supernets share the budget alike; the winner of each goes to stage 2, then the next of each. */
static void test_trials(void **state)
{
    (void)state;
    begin(100, 6);
    scores.score = biased;
    run("");
    assert_int_equal(scores.supernets, 4);
    for (int t = 0; t < 4; t++) {
        assert_in_range(scores.steps[t], 15000000 / 1920 - 1, 15000000 / 1920 + 1);
        assert_true(scores.first_rate[t] == 0.1 && scores.last_rate[t] < 0.0011);
        const struct fake_score *winner = scores_best(&scores, 0, scores.n, t);
        assert_true(scores_same(&fake.asked[3 - t], &winner->architecture));
    }
    assert_true(fake.n >= 20);
    end();
}

static void check_supernets(double budget, const char *assignments, int supernets)
{
    begin(budget, 7);
    run(assignments);
    assert_int_equal(scores.supernets, supernets);
    end();
}

static void test_number_of_trials(void **state)
{
    (void)state;
    check_supernets(10, "", 1);
    check_supernets(49, "", 1);
    check_supernets(50, "", 2);
    check_supernets(300, "", 4);
    check_supernets(300, "verify=1", 1);
    check_supernets(30, "trials=3,verify=1", 3);
    check_supernets(30, "trials=8", 8);
}

/* An audit takes the first supernet: it has all of the budget, whatever the options say. */
static void test_audit(void **state)
{
    (void)state;
    static const char *const assignments[] = {"share=1", "share=1,trials=4,verify=7"};
    for (int i = 0; i < 2; i++) {
        struct error error;
        struct method_settings settings;
        const struct nasbed_method *method = method_find("random-nas", &error);
        begin(100, 8);
        scores.audit = true;
        assert_int_equal(method_settings_init(&settings, method, &error), 0);
        assert_int_equal(options_parse_list(settings.row, settings.values, assignments[i], &error),
                         0);
        assert_int_equal(method->run(&fake.face, settings.values), NASBED_ENDED);
        assert_int_equal(scores.supernets, 1);
        assert_int_equal(scores.steps[0], 100000000 / 1920);
        assert_int_equal(scores.n + fake.n + fake.finished, 0);
        method_settings_free(&settings);
        end();
    }
}

static int dear(const struct fake_trial *trial, const struct nasbed_architecture *a)
{
    (void)trial;
    return a->decision[5] == 3 ? 6 : 1;
}

static double dear_best(const struct fake_trial *trial, const struct nasbed_architecture *a,
                        int supernet)
{
    (void)supernet;
    return 10 * dear(trial, a) + scores_hash(trial, a) / 10;
}

/* Candidates that cost more than was planned, and finalists thrice that: fewer are scored, none is refused. */
static void test_dear_candidates(void **state)
{
    (void)state;
    static const char *const assignments[] = {"score-share=1", "score-share=1,verify=1", ""};
    for (int i = 0; i < 3; i++) {
        int few = 0, whole = 0, most;
        begin(20, 9);
        scores.cost = dear;
        scores.mean = 2;
        scores.score = dear_best;
        run(assignments[i]);
        for (int s = 0; s < scores.n; s++)
            *(scores.scored[s].images == SCORES_VALID ? &whole : &few) += 1;
        most = (int)(8e6 / 12800);
        assert_true(few > 0 && few < most);
        assert_in_range(whole, 1, i < 2 ? 5 : 10); /* where nothing else is left: not all 6 */
        assert_true(scores.random_only == 0);
        end();
    }
}

/* A finalist's two scores (51,200 FLOPs) are as much as all that may score, or leave one candidate's: then all
 * of it scores candidates, none of them on the whole split, and the best is the choice. */
static void test_no_finalists(void **state)
{
    static const struct {
        double budget;
        int scored;
    } rows[] = {
        {0.15, 3}, {0.3, 7}, {0.36, 9}}; /* 0.16 of it, a candidate's score is 6,400 FLOPs */
    (void)state;
    for (int i = 0; i < 3; i++) {
        begin(rows[i].budget, 13);
        run("verify=1,candidates=100");
        assert_int_equal(scores.n, rows[i].scored);
        for (int s = 0; s < scores.n; s++)
            assert_int_equal(scores.scored[s].images, 640);
        assert_true(
            scores_same(&fake.choice, &scores_best(&scores, 0, scores.n, -1)->architecture));
        assert_true(scores.random_only == 0);
        end();
    }
}

/* Not even one score is paid. */
static void test_nothing_scored(void **state)
{
    (void)state;
    begin(0.03, 10);
    run("");
    assert_int_equal(scores.n, 0);
    assert_true(scores.random_only == 1);
    end();
}

/* Little is left but what no further finalist costs. */
static void test_spent(void **state)
{
    (void)state;
    begin(10, 11); /* no two finalists: what they would have had trains */
    run("");
    assert_int_equal(fake.n, 0);
    assert_true((double)fake.left < 0.05 * 10e6);
    end();
    begin(30, 11);
    run("");
    assert_in_range(fake.n, 6, 9); /* 30 - 18 - 4.8 */
    assert_true(fake.left < fake.unit);
    end();
    begin(30, 11);
    run("verify=1");
    assert_true((double)fake.left < 0.02 * 30e6);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oracle),           cmocka_unit_test(test_stage_2),
        cmocka_unit_test(test_rounds),           cmocka_unit_test(test_trials),
        cmocka_unit_test(test_number_of_trials), cmocka_unit_test(test_audit),
        cmocka_unit_test(test_dear_candidates),  cmocka_unit_test(test_no_finalists),
        cmocka_unit_test(test_nothing_scored),   cmocka_unit_test(test_spent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
