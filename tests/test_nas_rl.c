/* NAS-RL: the reward, the loop, the schedule, the final choice, and that it learns. */
#include "tests/fake_trial.h"
#include "tests/toy_space.h"

#include <math.h>

static void run(struct fake_trial *fake, const char *assignments)
{
    fake_run(fake, "nas-rl", assignments);
}

/* A number of an architecture's own in 0 .. 1. */
static double hashed(const struct nasbed_architecture *a)
{
    struct random_stream stream = random_stream(fake_index(a), RANDOM_TEST, 9, 0);
    return random_uniform(&stream);
}

static double share_of_convolutions(struct fake_trial *fake, const struct nasbed_architecture *a,
                                    int point)
{
    double sum = 0;
    (void)fake;
    (void)point;
    for (int i = 0; i < a->n; i++)
        sum += a->decision[i] == 3 ? 15 : 0;
    return sum + 9.9 * hashed(a);
}

static void open_cell(struct fake_trial *fake, uint64_t evaluations, uint64_t seed)
{
    fake_init(fake, 1, evaluations, seed);
    fake_space(fake, space_find("cell", NULL));
    fake->accuracy = share_of_convolutions;
}

/* Mean accuracy of the last hundred of 600 children, over some seeds. */
static double learnt(const char *assignments)
{
    enum { SEEDS = 5, LAST = 100 };
    double sum = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fake_trial fake;
        open_cell(&fake, 600, seed);
        run(&fake, assignments);
        assert_int_equal(fake.n, 600);
        for (int i = fake.n - LAST; i < fake.n; i++)
            sum += fake.answered[i] / (SEEDS * LAST);
        fake_free(&fake);
    }
    return sum;
}

static void it_learns_and_frozen_it_does_not(void **state)
{
    (void)state;
    /* A uniform policy: 6 x 15 / 5 + 4.95 = 22.95. */
    assert_true(fabs(learnt("rate=0") - 22.95) < 1.5);
    assert_true(learnt("rate=0.003") > 45);
    assert_true(learnt("rate=0.003,children=4") > 30);
}

/* Whatever is drawn, the choice is the best child that there was, the earliest of equals. */
static void the_choice_is_the_best_child(void **state)
{
    (void)state;
    struct fake_trial fake;
    open_cell(&fake, 150, 3);
    run(&fake, "children=4");
    assert_int_equal(fake.n, 150); /* of the last four, two could be paid */
    int best = 0;
    for (int i = 0; i < fake.n; i++) {
        assert_int_equal(fake.asked_point[i], fake.points);
        if (fake.answered[i] > fake.answered[best])
            best = i;
    }
    assert_int_equal(fake_index(&fake.choice), fake_index(&fake.asked[best]));
    fake_free(&fake);
}

/* The same seed asks the same; another does not. */
static void it_can_be_replayed(void **state)
{
    (void)state;
    struct fake_trial first, second, other;
    open_cell(&first, 60, 1);
    open_cell(&second, 60, 1);
    open_cell(&other, 60, 2);
    run(&first, "");
    run(&second, "");
    run(&other, "");
    assert_memory_equal(first.asked, second.asked, 60 * sizeof *first.asked);
    assert_memory_not_equal(first.asked, other.asked, 60 * sizeof *first.asked);
    fake_free(&first);
    fake_free(&second);
    fake_free(&other);
}

/* Every reward is the same: b is the reward from the first child on, and the policy stays as it was,
 * so that it draws what the frozen one draws. */
static double constant(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)fake;
    (void)a;
    (void)point;
    return 64;
}

static void equal_rewards_move_nothing(void **state)
{
    (void)state;
    struct fake_trial moving, frozen;
    open_cell(&moving, 80, 5);
    open_cell(&frozen, 80, 5);
    moving.accuracy = frozen.accuracy = constant;
    run(&moving, "");
    run(&frozen, "rate=0");
    assert_memory_equal(moving.asked, frozen.asked, 80 * sizeof *moving.asked);
    fake_free(&moving);
    fake_free(&frozen);
}

/* The reward is of the best of the last points, not of the last one. */
static double early(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    bool good = a->decision[0] == 4;
    return point == fake->points ? 10 : point == 9 && good ? 80 : 5;
}

static int good_among_last(const char *assignments)
{
    struct fake_trial fake;
    int good = 0;
    open_cell(&fake, 400, 7);
    fake.accuracy = early;
    fake.curves = true;
    run(&fake, assignments);
    for (int i = 300; i < 400; i++)
        good += fake.asked[i].decision[0] == 4;
    fake_free(&fake);
    return good;
}

static void the_best_of_the_last_points_counts(void **state)
{
    (void)state;
    assert_true(good_among_last("last=5") > 80);
    assert_true(good_among_last("last=3") < 45); /* point 9 of 12 is not among them: 20 by chance */
}

/* Of the toy's two blocks at most one is deep in the first third; the policy is free afterwards. The
 * spaces' own names are checked where they are registered. */
static double deep_is_good(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)fake;
    (void)point;
    return 10.0 * a->n;
}

static int deepest(const struct fake_trial *fake, int from, int to)
{
    int most = 0;
    for (int i = from; i < to; i++)
        if (fake->asked[i].n > most)
            most = fake->asked[i].n;
    return most;
}

static void depth_grows_by_the_schedule(void **state)
{
    (void)state;
    struct fake_trial fake;
    for (int schedule = 0; schedule < 2; schedule++) {
        fake_init(&fake, 1, 300, 2);
        fake_space(&fake, &toy_space);
        fake.accuracy = deep_is_good;
        run(&fake, schedule ? "" : "schedule=no");
        assert_int_equal(deepest(&fake, 0, 100), schedule ? 6 : 8);
        assert_int_equal(deepest(&fake, 100, 300), 8);
        fake_free(&fake);
    }
}

/* Layers and wide blocks of `chain`. */
static double large(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)fake;
    (void)point;
    return 30 + 3.0 * a->n + 5 * hashed(a);
}

static void open_chain(struct fake_trial *fake, uint64_t evaluations, uint64_t seed)
{
    fake_init(fake, 1, evaluations, seed);
    fake_space(fake, space_find("chain", NULL));
    fake->accuracy = large;
    fake->continues = true;
}

/* What comes again is free and teaches nothing: the policy goes on to what is new. */
static void the_budget_is_spent_on_chain(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct fake_trial fake;
        open_chain(&fake, 100, seed);
        run(&fake, "");
        assert_int_equal(fake.left, 0);
        assert_true(fake.n < 1000);
        fake_free(&fake);
    }
}

/* Were everything free, passed over it would teach nothing, and counted it would. */
static void a_repeat_updates_if_it_is_to(void **state)
{
    (void)state;
    struct fake_trial frozen, passed, counted;
    struct fake_trial *each[] = {&frozen, &passed, &counted};
    const char *const assignments[] = {"rate=0", "repeat=no", "repeat=yes"};
    for (int i = 0; i < 3; i++) {
        open_cell(each[i], 1, 4);
        each[i]->free = true;
        fake_run(each[i], "nas-rl", assignments[i]);
    }
    size_t size = 2000 * sizeof *frozen.asked;
    assert_memory_equal(frozen.asked, passed.asked, size);
    assert_memory_not_equal(frozen.asked, counted.asked, size);
    for (int i = 0; i < 3; i++)
        fake_free(each[i]);
}

/* Layers of a chain: a block of five decisions has two. */
static int layers_of(const struct nasbed_architecture *a)
{
    int layers = 0;
    for (int at = 0; at < a->n; at += a->decision[at] ? 5 : 3)
        layers += 1 + a->decision[at];
    return layers;
}

/* `chain` has the decisions that the method names: three anchors, and depths to a schedule. */
static void chain_has_anchors_and_depths(void **state)
{
    (void)state;
    struct fake_trial chain, cell;
    open_chain(&chain, 90, 1);
    chain.continues = false; /* every child is a ninetieth of the budget */
    run(&chain, "rate=0");
    assert_non_null(strstr(chain.logged, "anchors 3;"));
    for (int third = 0; third < 3; third++) {
        int deepest = 0;
        for (int i = 30 * third; i < 30 * (third + 1); i++)
            deepest = layers_of(&chain.asked[i]) > deepest ? layers_of(&chain.asked[i]) : deepest;
        assert_int_equal(deepest, 4 + third);
    }
    fake_free(&chain);
    open_cell(&cell, 2, 1);
    run(&cell, "");
    assert_non_null(strstr(cell.logged, "anchors 0;"));
    fake_free(&cell);
}

/* Share of two layers among the blocks that an untrained policy draws. */
static double deep_blocks(const char *assignments)
{
    struct fake_trial fake;
    double deep = 0;
    open_chain(&fake, 2000, 1);
    fake.continues = false;
    run(&fake, assignments);
    for (int i = 0; i < fake.n; i++)
        deep += (layers_of(&fake.asked[i]) - 3.0) / 3 / fake.n;
    fake_free(&fake);
    return deep;
}

static void uniform_init_evens_depths(void **state)
{
    (void)state;
    assert_true(fabs(deep_blocks("rate=0,schedule=no") - 0.5) < 0.03);
    assert_true(fabs(deep_blocks("rate=0,schedule=no,uniform-init=yes") - 0.8) < 0.03);
}

/* The paper's own settings run: eight children a step. */
static void the_published_preset_runs(void **state)
{
    (void)state;
    const struct nasbed_method *method = method_find("nas-rl", NULL);
    struct fake_trial fake;
    assert_string_equal(method->presets->name, "published");
    open_cell(&fake, 20, 1);
    run(&fake, method->presets->settings);
    assert_int_equal(fake.n, 20);
    fake_free(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_learns_and_frozen_it_does_not),
        cmocka_unit_test(the_choice_is_the_best_child),
        cmocka_unit_test(it_can_be_replayed),
        cmocka_unit_test(equal_rewards_move_nothing),
        cmocka_unit_test(the_best_of_the_last_points_counts),
        cmocka_unit_test(depth_grows_by_the_schedule),
        cmocka_unit_test(the_budget_is_spent_on_chain),
        cmocka_unit_test(a_repeat_updates_if_it_is_to),
        cmocka_unit_test(chain_has_anchors_and_depths),
        cmocka_unit_test(uniform_init_evens_depths),
        cmocka_unit_test(the_published_preset_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
