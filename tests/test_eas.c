/* EAS: the loop, the pool, the reward, what is inherited, the final choice, and that it learns. */
#include "spaces/chain.h"
#include "tests/fake_trial.h"

#include <math.h>

static void open_chain(struct fake_trial *fake, uint64_t budget, uint64_t seed,
                       double (*accuracy)(struct fake_trial *, const struct nasbed_architecture *,
                                          int))
{
    fake_init(fake, 1, budget, seed);
    fake_space(fake, space_find("chain", NULL));
    fake->accuracy = accuracy;
}

static void blocks_of(const struct nasbed_architecture *a, struct chain_block block[CHAIN_BLOCKS])
{
    struct architecture inward = trial_inward(a);
    chain_blocks(&inward, block);
}

/* The wider and the deeper the first block the better; the other widths harm. */
static double first_block(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    struct chain_block block[CHAIN_BLOCKS];
    (void)fake;
    (void)point;
    blocks_of(a, block);
    return 60 + 15 * block[0].wide - 10 * block[1].wide - 10 * block[2].wide +
           5 * (block[0].layers - 1) + block[0].kernel[1];
}

static double constant(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)a;
    (void)point;
    return *(const double *)fake->context;
}

static double number_of(const char *logged, const char *name)
{
    const char *at = strstr(logged, name);
    assert_non_null(at);
    return strtod(at + strlen(name), NULL);
}

/* Only what the search says at its end. */
static void keep_the_end(struct fake_trial *fake, const char *name, double value)
{
    size_t used = strlen(fake->logged);
    if (strcmp(name, "reward") != 0)
        (void)snprintf(fake->logged + used, sizeof fake->logged - used, "%s %g;", name, value);
}

/* The loop ------------------------------------------------------------------------------------- */

/* The start network is trained in full; each child inherits from it, not from another child, and is
 * trained for its share at a fifth of the rate; no string is trained twice. */
static void children_come_from_the_start(void **state)
{
    (void)state;
    static const char *const methods[] = {"eas", "eas-ext", "eas-random"};
    for (int m = 0; m < 3; m++) {
        struct fake_trial fake;
        open_chain(&fake, 10, 4, first_block);
        fake.on_log = keep_the_end;
        fake_run(&fake, methods[m], "");
        const struct nasbed_course *first = &fake.taught[0].course;
        assert_int_equal(first->steps, 120);
        assert_true(first->from == 0.1 && first->to == 0 && first->restart);
        assert_int_equal(fake_api_index(&fake.face, &fake.taught[0].architecture), 0);
        assert_true(fake.lessons > 30);
        for (int i = 1; i < fake.lessons; i++) {
            const struct fake_course *lesson = &fake.taught[i];
            assert_int_equal(lesson->course.steps, 18);
            assert_int_equal(lesson->steps, 138);
            assert_true(fabs(lesson->course.from - 0.02) < 1e-12 && lesson->course.to == 0);
            assert_true(lesson->course.restart);
            assert_int_equal(lesson->course.valid_images, 5000);
            for (int j = 0; j < i; j++)
                assert_memory_not_equal(&lesson->architecture, &fake.taught[j].architecture,
                                        sizeof lesson->architecture);
        }
        assert_int_equal(fake.alive, 1); /* the start */
        assert_in_range(fake.most_alive, 2, 6);
        assert_int_equal(fake.n, 0); /* it asks no table */
        fake_free(&fake);
    }
}

/* Of everything that was trained the best, the earliest of equals. */
static void the_choice_is_the_best(void **state)
{
    (void)state;
    struct fake_trial fake;
    open_chain(&fake, 6, 8, first_block);
    fake.on_log = keep_the_end;
    fake_run(&fake, "eas-ext", "");
    int best = 0;
    for (int i = 0; i < fake.lessons; i++)
        if (fake.taught[i].accuracy > fake.taught[best].accuracy)
            best = i;
    assert_true(best > 0);
    assert_memory_equal(&fake.choice, &fake.taught[best].architecture, sizeof fake.choice);
    assert_true(fake.refused > 0);
    fake_free(&fake);
}

/* Without the budget for the start network there is nothing but it. */
static void too_small_a_budget(void **state)
{
    (void)state;
    struct fake_trial fake;
    open_chain(&fake, 1, 8, first_block);
    fake.left = 1199;
    fake.on_log = keep_the_end;
    fake_run(&fake, "eas", "");
    assert_int_equal(fake.lessons, 0);
    assert_int_equal(fake.refused, 1);
    assert_int_equal(fake_api_index(&fake.face, &fake.choice), 0);
    fake_free(&fake);
}

/* Plain EAS reaches 216 strings, and ends when it has them all: kernels of first layers stay 3, and
 * there is no skip. The extension reaches everything. */
static void it_ends_when_it_is_exhausted(void **state)
{
    (void)state;
    struct fake_trial fake;
    open_chain(&fake, 1000, 2, first_block);
    fake.on_log = keep_the_end;
    fake_run(&fake, "eas-random", "");
    assert_true(number_of(fake.logged, "exhausted ") == 1);
    assert_null(strstr(fake.logged, "restarts"));
    assert_true(number_of(fake.logged, "reachable ") == 216);
    assert_true(number_of(fake.logged, "strings ") == 216);
    assert_int_equal(fake.lessons, 216);
    for (int i = 0; i < fake.lessons; i++) {
        struct chain_block block[CHAIN_BLOCKS];
        blocks_of(&fake.taught[i].architecture, block);
        for (int b = 0; b < CHAIN_BLOCKS; b++)
            assert_true(block[b].kernel[0] == 3 && !block[b].skip);
    }
    assert_int_equal(fake.refused, 0);
    fake_free(&fake);
    open_chain(&fake, 3, 2, first_block);
    fake.on_log = keep_the_end;
    fake_run(&fake, "eas-ext", "");
    assert_true(number_of(fake.logged, "reachable ") == 8000);
    assert_null(strstr(fake.logged, "exhausted"));
    fake_free(&fake);
}

/* 22 to 24 %, by chance: what smoke's children are like. */
static double noise(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    struct random_stream stream =
        random_stream(fake_api_index(&fake->face, a), RANDOM_TEST, 6, (uint32_t)point);
    return 22 + 2 * random_uniform(&stream);
}

/* A controller that has converged on strings that are known begins again, until the budget is spent
 * or there are no others. */
static void it_spends_its_budget(void **state)
{
    (void)state;
    static const char *const settings[] = {"", "units=8,entropy=0.001",
                                           "units=8,rate=0.02,entropy=0"};
    double restarts = 0;
    for (int i = 0; i < 6; i++) {
        struct fake_trial fake;
        open_chain(&fake, 30, (uint64_t)i, noise);
        fake.on_log = keep_the_end;
        fake_run(&fake, "eas", settings[i % 3]);
        assert_true(fake.spent >= 0.85 * 30 * 1200);
        assert_null(strstr(fake.logged, "converged"));
        assert_null(strstr(fake.logged, "exhausted"));
        if (i % 3 > 0)
            restarts += number_of(fake.logged, "restarts ");
        fake_free(&fake);
    }
    assert_true(restarts > 4);
    struct fake_trial fake;
    open_chain(&fake, 100, 1, noise);
    fake.on_log = keep_the_end;
    fake_run(&fake, "eas", "units=8");
    assert_true(number_of(fake.logged, "exhausted ") == 1);
    assert_true(number_of(fake.logged, "strings ") == 216);
    fake_free(&fake);
}

/* Where what is left cannot be made the search ends, and does not say that it had everything. */
static void it_ends_when_it_finds_no_more(void **state)
{
    (void)state;
    static const char *const methods[] = {"eas", "eas-random"}, *const said[] = {"converged ",
                                                                                 "repeats "};
    for (int m = 0; m < 2; m++) {
        struct fake_trial fake;
        open_chain(&fake, 30, 1, noise);
        fake.on_log = keep_the_end;
        fake.unable = NASBED_DEEPEN;
        fake_run(&fake, methods[m], "");
        assert_true(number_of(fake.logged, "strings ") == 8); /* three widths */
        assert_true(number_of(fake.logged, said[m]) == 1);
        assert_null(strstr(fake.logged, "exhausted"));
        fake_free(&fake);
    }
}

/* The control has no controller to set. */
static void the_control_has_its_own_options(void **state)
{
    (void)state;
    static const char *const controller[] = {"embedding", "units",    "rate",
                                             "entropy",   "baseline", "patience"};
    struct error error;
    struct method_settings eas, control;
    assert_int_equal(method_settings_init(&eas, method_find("eas", &error), &error), 0);
    assert_int_equal(method_settings_init(&control, method_find("eas-random", &error), &error), 0);
    for (int i = 0; i < 6; i++) {
        assert_non_null(option_find(eas.row, controller[i]));
        assert_null(option_find(control.row, controller[i]));
    }
    assert_string_equal(control.row[0].name, "networks");
    for (const struct option_row *row = control.row; row->name; row++)
        assert_non_null(option_find(eas.row, row->name));
    method_settings_free(&eas);
    method_settings_free(&control);
}

/* As published an episode fills all blocks, for ten networks, each trained for 20 epochs of 300. */
static void the_published_preset(void **state)
{
    (void)state;
    static const char *const methods[] = {"eas", "eas-random"};
    for (int m = 0; m < 2; m++) {
        struct fake_trial fake;
        const struct nasbed_method *method = method_find(methods[m], NULL);
        open_chain(&fake, 3, 1, noise);
        fake.on_log = keep_the_end;
        assert_string_equal(method->presets[0].name, "published");
        fake_run(&fake, methods[m], method->presets[0].settings);
        assert_true(number_of(fake.logged, "reachable ") == 65);
        assert_in_range(fake.most_alive, 7, 11); /* ten children beside the start, of new strings */
        for (int i = 1; i < fake.lessons; i++) {
            struct chain_block block[CHAIN_BLOCKS];
            blocks_of(&fake.taught[i].architecture, block);
            assert_int_equal(fake.taught[i].course.steps, 8); /* 120 x 20 / 300 */
            for (int b = 0; b < CHAIN_BLOCKS; b++)
                assert_int_equal(block[b].layers, 2);
        }
        fake_free(&fake);
    }
}

/* Where a skip does not go in the child is not made, and the search goes on without it. */
static void skips_that_do_not_go_in(void **state)
{
    (void)state;
    struct fake_trial fake;
    open_chain(&fake, 10, 5, first_block);
    fake.on_log = keep_the_end;
    fake.unable = NASBED_SKIP;
    fake_run(&fake, "eas-ext", "");
    assert_true(fake.lessons > 20);
    for (int i = 0; i < fake.lessons; i++) {
        struct chain_block block[CHAIN_BLOCKS];
        blocks_of(&fake.taught[i].architecture, block);
        assert_false(block[0].skip || block[1].skip || block[2].skip);
    }
    assert_int_equal(fake.alive, 1);
    fake_free(&fake);
}

/* The reward ----------------------------------------------------------------------------------- */

static double last_reward;

static void keep_reward(struct fake_trial *fake, const char *name, double value)
{
    (void)fake;
    if (strcmp(name, "reward") == 0)
        last_reward = value;
}

/* R = tan(acc pi / 2): the card's values, and no infinity at 100 %. */
static void rewards(void **state)
{
    (void)state;
    static const double accuracy[] = {0, 50, 80, 90, 95};
    for (int i = 0; i < 5; i++) {
        struct fake_trial fake;
        open_chain(&fake, 3, 1, constant);
        fake.context = (void *)(uintptr_t)&accuracy[i];
        fake.on_log = keep_reward;
        last_reward = -1;
        fake_run(&fake, "eas", "");
        assert_true(fabs(last_reward - tan(accuracy[i] / 100 * acos(-1) / 2)) < 1e-9);
        fake_free(&fake);
    }
    double all = 100;
    struct fake_trial fake;
    open_chain(&fake, 3, 1, constant);
    fake.context = &all;
    fake.on_log = keep_reward;
    fake_run(&fake, "eas", "");
    assert_true(isfinite(last_reward) && last_reward > 1e5);
    fake_free(&fake);
}

/* Learning ------------------------------------------------------------------------------------- */

/* Architectures with the first block wide and the others narrow, among the last 30 that were new.
 */
static int good_among_last(const char *method, const char *options, uint64_t seed)
{
    enum { LAST = 30 };
    struct fake_trial fake;
    int good = 0;
    open_chain(&fake, 20, seed, first_block);
    fake.on_log = keep_the_end;
    fake_run(&fake, method, options);
    assert_true(fake.lessons > 2 * LAST);
    for (int i = fake.lessons - LAST; i < fake.lessons; i++) {
        struct chain_block block[CHAIN_BLOCKS];
        blocks_of(&fake.taught[i].architecture, block);
        good += block[0].wide && !block[1].wide && !block[2].wide;
    }
    fake_free(&fake);
    return good;
}

/* With kernels and skips there are strings enough not to run out of good ones. */
static void it_learns_and_frozen_it_does_not(void **state)
{
    (void)state;
    int learned = 0, frozen = 0;
    for (uint64_t seed = 0; seed < 5; seed++) {
        learned += good_among_last("eas-ext", "", seed);
        frozen += good_among_last("eas-ext", "rate=0,entropy=0", seed);
    }
    (void)printf("of 150: learned %d, frozen %d\n", learned, frozen);
    assert_true(frozen < 50); /* an eighth by chance: 19 */
    assert_true(learned > 75);
}

/* The deeper the better, or the worse. */
static double depth(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    struct chain_block block[CHAIN_BLOCKS];
    int layers = 0;
    (void)point;
    blocks_of(a, block);
    for (int b = 0; b < CHAIN_BLOCKS; b++)
        layers += block[b].layers - 1;
    return 75 + *(const double *)fake->context * layers;
}

/* Blocks of two layers among the last 20 strings that were new. */
static int deep_among_last(double slope, uint64_t seed)
{
    enum { LAST = 20 };
    struct fake_trial fake;
    int deep = 0;
    open_chain(&fake, 12, seed, depth);
    fake.context = &slope;
    fake.on_log = keep_the_end;
    fake_run(&fake, "eas-ext", "");
    assert_true(fake.lessons > 2 * LAST);
    for (int i = fake.lessons - LAST; i < fake.lessons; i++) {
        struct chain_block block[CHAIN_BLOCKS];
        blocks_of(&fake.taught[i].architecture, block);
        for (int b = 0; b < CHAIN_BLOCKS; b++)
            deep += block[b].layers == 2;
    }
    fake_free(&fake);
    return deep;
}

/* How deep to go is the controller's own decision. */
static void depth_is_learned(void **state)
{
    (void)state;
    int good = 0, bad = 0;
    for (uint64_t seed = 0; seed < 4; seed++) {
        good += deep_among_last(6, seed);
        bad += deep_among_last(-6, seed);
    }
    (void)printf("of 240 blocks: rewarded %d deep, punished %d\n", good, bad);
    assert_true(good > 180); /* by chance a half: 120 */
    assert_true(bad < 60);
}

static void it_can_be_replayed(void **state)
{
    (void)state;
    struct fake_trial first, second, other;
    open_chain(&first, 6, 1, first_block);
    open_chain(&second, 6, 1, first_block);
    open_chain(&other, 6, 2, first_block);
    first.on_log = second.on_log = other.on_log = keep_the_end;
    fake_run(&first, "eas-ext", "");
    fake_run(&second, "eas-ext", "");
    fake_run(&other, "eas-ext", "");
    assert_int_equal(first.lessons, second.lessons);
    size_t bytes = (size_t)first.lessons * sizeof *first.taught;
    assert_memory_equal(first.taught, second.taught, bytes);
    assert_memory_not_equal(first.taught, other.taught, bytes);
    fake_free(&first);
    fake_free(&second);
    fake_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_come_from_the_start),
        cmocka_unit_test(the_choice_is_the_best),
        cmocka_unit_test(too_small_a_budget),
        cmocka_unit_test(it_ends_when_it_is_exhausted),
        cmocka_unit_test(it_spends_its_budget),
        cmocka_unit_test(it_ends_when_it_finds_no_more),
        cmocka_unit_test(the_control_has_its_own_options),
        cmocka_unit_test(the_published_preset),
        cmocka_unit_test(skips_that_do_not_go_in),
        cmocka_unit_test(rewards),
        cmocka_unit_test(it_learns_and_frozen_it_does_not),
        cmocka_unit_test(depth_is_learned),
        cmocka_unit_test(it_can_be_replayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
