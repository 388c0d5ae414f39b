/* How a search by weight sharing divides its budget, cuts its scores and trains its finalists. */
#include "methods/kit/stages.h"
#include "tests/fake_scores.h"

static struct fake_trial fake;
static struct fake_scores scores;

static void begin(double budget)
{
    scores_init(&fake, &scores, space_find("cell", NULL), budget, 1);
}

static void check_plan(double budget, struct stages_shares shares, double train, double score,
                       double verify)
{
    begin(budget);
    struct stages plan = stages_plan(&fake.face, &shares);
    assert_true(fabs(plan.train / 1e6 - train) < 1e-6);
    assert_true(fabs(plan.score / 1e6 - score) < 1e-6);
    assert_true(fabs(plan.verify / 1e6 - verify) < 1e-6);
    scores_free(&fake, &scores);
}

/* 60 / 10 / 30; what is not wanted for scores is for finalists, what is not held for them trains. */
static void test_plan(void **state)
{
    (void)state;
    const double all = 1e12;
    check_plan(100, (struct stages_shares){0.6, 0.25, all, 0}, 60, 10, 30);
    check_plan(100, (struct stages_shares){0.6, 0.25, 4e6, 0}, 60, 4, 36);
    check_plan(100, (struct stages_shares){0.6, 0.25, 4e6, 1}, 96, 4, 0);
    check_plan(100, (struct stages_shares){0.6, 0.25, all, 5}, 80, 10, 10);
    check_plan(100, (struct stages_shares){0.6, 0.25, all, 50}, 60, 10, 30);
    check_plan(1000, (struct stages_shares){0.6, 0.25, all, 0}, 800, 100, 100); /* 50 finalists */
    check_plan(13, (struct stages_shares){0.6, 0.25, all, 0}, 11.7, 1.3, 0);    /* less than two */
    check_plan(14, (struct stages_shares){0.6, 0.25, all, 0}, 8.4, 1.4, 4.2);
    check_plan(13, (struct stages_shares){0.6, 0.25, all, 2}, 11.7, 1.3, 0);
    check_plan(6, (struct stages_shares){0.6, 0.25, all, 4}, 5.4, 0.6, 0);
    check_plan(14, (struct stages_shares){0.6, 0.25, all, 2}, 8.6, 1.4, 4);
    check_plan(14, (struct stages_shares){0.6, 0.25, all, 4}, 8.4, 1.4, 4.2);
    for (int verify = 0; verify < 4; verify++) /* an audit */
        check_plan(30, (struct stages_shares){1, 0.25, all, verify}, 30, 0, 0);
}

static int first_decision(const struct fake_trial *trial, const struct nasbed_architecture *a)
{
    (void)trial;
    return a->decision[0];
}

/* Cut where the sum of the prices passes what there is; the batches are whole, and the split has an end. */
static void test_cut(void **state)
{
    (void)state;
    const struct nasbed_scoring scoring = {.images = 130, .recalibrate = 1}, whole = {0};
    struct history history = {0};
    begin(1);
    scores.cost = first_decision;
    scores.mean = 2;
    for (int i = 0; i < 5; i++)
        assert_true(history_add(
            &history, &(struct nasbed_architecture){6, {(unsigned char)i, 0, 0, 0, 0, 0}}, 0));
    const uint64_t price = (128 + 64) * 100;
    for (int i = 0; i < 5; i++)
        assert_int_equal(stages_price(&fake.face, 0, &history.entry[i].architecture, &scoring),
                         (uint64_t)i * price);
    assert_int_equal(stages_price(&fake.face, 0, NULL, &scoring), 2 * price);
    assert_int_equal(stages_price(&fake.face, 0, NULL, &whole), SCORES_VALID * 200);
    assert_int_equal(stages_cut(&fake.face, 0, &scoring, 10.0 * (double)price, &history), 0);
    assert_int_equal(stages_cut(&fake.face, 0, &scoring, 9.9 * (double)price, &history), 1);
    assert_int_equal(history.n, 4);
    fake.left = 3 * price; /* the ledger counts, too */
    assert_int_equal(stages_cut(&fake.face, 0, &scoring, 10.0 * (double)price, &history), 1);
    assert_int_equal(history.n, 3);
    history_free(&history);
    scores_free(&fake, &scores);
}

static double decisions(struct fake_trial *trial, const struct nasbed_architecture *a, int point)
{
    (void)trial;
    assert_int_equal(point, 12);
    return 10 * a->decision[0] + a->decision[1];
}

/* Entries of which those that come first are worse. */
static void add_ranked(struct history *ranked, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(
            history_add(ranked,
                        &(struct nasbed_architecture){
                            6, {(unsigned char)(i / 5), (unsigned char)(i % 5), 0, 0, 0, 0}},
                        100 - i));
}

static void check_finish(double budget, int candidates, int verify, int trained, int choice)
{
    struct history ranked = {0};
    begin(budget);
    fake.accuracy = decisions;
    add_ranked(&ranked, candidates);
    assert_int_equal(stages_finish(&fake.face, &ranked, verify), NASBED_DONE);
    assert_int_equal(fake.finished, 1);
    assert_int_equal(fake.refused, 0);
    assert_int_equal(fake.n, trained);
    for (int i = 0; i < trained; i++)
        assert_true(scores_same(&fake.asked[i], &ranked.entry[i].architecture));
    if (candidates)
        assert_int_equal(fake.choice.decision[0] * 5 + fake.choice.decision[1], choice);
    history_free(&ranked);
    scores_free(&fake, &scores);
}

/* As many as are paid, in order, and the best there; with one alone nothing could be compared. */
static void test_finalists(void **state)
{
    (void)state;
    check_finish(7.5, 20, 0, 7, 6);
    check_finish(7.5, 4, 0, 4, 3);
    check_finish(7.5, 20, 3, 3, 2);
    check_finish(2.5, 20, 3, 2, 1);
    check_finish(7.5, 20, 1, 0, 0);
    check_finish(1.5, 20, 0, 0, 0);
    check_finish(1.5, 20, 9, 0, 0);
    check_finish(200, 25, 0, 25, 24);
    check_finish(7.5, 1, 0, 0, 0);
    check_finish(7.5, 0, 0, 0, 0);
}

static uint64_t dear_first(const struct nasbed_trial *face, const struct nasbed_architecture *a,
                           int point)
{
    uint64_t quote = fake_api_quote(face, a, point);
    return a->decision[0] == 0 && a->decision[1] == 0 ? 9 * quote : quote;
}

/* The first costs more than there is: it is passed over, and is the choice only if no two others are paid. */
static void test_passed_over(void **state)
{
    (void)state;
    for (int two = 0; two < 2; two++) {
        struct history ranked = {0};
        begin(two ? 2.5 : 1.5);
        struct nasbed_api api = *fake.face.api;
        api.quote = dear_first;
        fake.face.api = &api;
        fake.accuracy = decisions;
        add_ranked(&ranked, 20);
        assert_int_equal(stages_finish(&fake.face, &ranked, 2), NASBED_DONE);
        assert_int_equal(fake.n, two ? 2 : 0);
        assert_int_equal(fake.choice.decision[1], two ? 2 : 0);
        history_free(&ranked);
        scores_free(&fake, &scores);
    }
}

/* A pair of neighbours is one network. */
static uint64_t pairs(const struct nasbed_architecture *a)
{
    return (uint64_t)(5 * a->decision[0] + a->decision[1]) / 2;
}

/* The first 15 are one network, each other one is its own. */
static uint64_t first_15(const struct nasbed_architecture *a)
{
    int number = 5 * a->decision[0] + a->decision[1];
    return number < 15 ? 0 : (uint64_t)number;
}

static void check_isomorphs(uint64_t (*class_of)(const struct nasbed_architecture *), double budget,
                            int verify, int paid, int choice)
{
    struct history ranked = {0};
    begin(budget);
    fake.accuracy = decisions;
    fake.class_of = class_of;
    add_ranked(&ranked, 25);
    assert_int_equal(stages_finish(&fake.face, &ranked, verify), NASBED_DONE);
    assert_int_equal(fake.spent, (uint64_t)paid * fake.unit);
    assert_int_equal(fake.choice.decision[0] * 5 + fake.choice.decision[1], choice);
    history_free(&ranked);
    scores_free(&fake, &scores);
}

/* Isomorphs are one finalist, asked for together or not: `verify` networks are trained, isomorphs hide no
 * other from being looked at, and one network alone decides nothing. */
static void test_isomorphs(void **state)
{
    (void)state;
    check_isomorphs(pairs, 20, 4, 4, 6);
    check_isomorphs(pairs, 6.5, 0, 6, 10);
    check_isomorphs(first_15, 20, 2, 2, 15);
    check_isomorphs(first_15, 3.5, 0, 3, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan),      cmocka_unit_test(test_cut),
        cmocka_unit_test(test_finalists), cmocka_unit_test(test_passed_over),
        cmocka_unit_test(test_isomorphs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
