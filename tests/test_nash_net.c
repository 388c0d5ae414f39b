/* NASH-Net: Algorithm 1 step by step, its control, its budget rules, the draws of moves, the final
 * choice. */
#include "spaces/chain.h"
#include "tests/fake_trial.h"

#include <math.h>

/* Digits of a network's own in 0 .. 1. */
static double hashed(const struct nasbed_architecture *a, int salt)
{
    struct random_stream stream =
        random_stream(fake_index(a) + (uint64_t)a->n * 977, RANDOM_TEST, 5, (uint32_t)salt);
    return random_uniform(&stream);
}

/* From scratch: by chance. Grown: by chance, and better the longer the training. */
static double from_scratch(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)fake;
    return 40 + 20 * hashed(a, point);
}

static double grown(struct fake_trial *fake, const struct nasbed_architecture *a, int steps)
{
    (void)fake;
    return 30 + steps / 100.0 + 10 * hashed(a, 100 + steps);
}

/* A child is never as good as its parent: growth harms. */
static double small_is_good(struct fake_trial *fake, const struct nasbed_architecture *a, int steps)
{
    struct chain_block block[CHAIN_BLOCKS];
    struct architecture inward = trial_inward(a);
    (void)fake;
    (void)steps;
    chain_blocks(&inward, block);
    double size = 0;
    for (int b = 0; b < CHAIN_BLOCKS; b++)
        size += block[b].layers + block[b].wide + block[b].kernel[0] + block[b].skip;
    return 80 - size;
}

static void open_chain(struct fake_trial *fake, uint64_t budget, uint64_t seed)
{
    fake_init(fake, 1, budget, seed);
    fake_space(fake, space_find("chain", NULL));
    fake->accuracy = from_scratch;
    fake->learned = grown;
}

static void say_nothing(struct fake_trial *fake, const char *name, double value)
{
    (void)fake;
    (void)name;
    (void)value;
}

static void run(struct fake_trial *fake, const char *method, const char *options)
{
    fake->on_log = say_nothing;
    fake_run(fake, method, options);
    assert_in_range(fake->alive, 0, 1); /* the last best */
}

static bool same(const struct nasbed_architecture *a, const struct nasbed_architecture *b)
{
    return a->n == b->n && memcmp(a->decision, b->decision, (size_t)a->n) == 0;
}

static bool is_move(struct fake_trial *fake, const struct nasbed_architecture *from,
                    const struct nasbed_architecture *to)
{
    struct nasbed_move moves[32];
    int n = nasbed_moves(&fake->face, from, moves, 32);
    for (int i = 0; i < n; i++)
        if (same(&moves[i].to, to))
            return true;
    return false;
}

static void check_course(const struct fake_course *lesson, int steps, double from)
{
    assert_int_equal(lesson->course.steps, steps);
    assert_true(fabs(lesson->course.from - from) < 1e-12 && lesson->course.to == 0);
    assert_true(lesson->course.restart && lesson->course.valid_images == 0);
}

/* Follow one climb from lesson `at` on; returns the lesson after it and the best in *best. */
static int follow(struct fake_trial *fake, int at, int neighbours, int steps,
                  struct nasbed_architecture *best)
{
    int trained = fake->taught[at].steps;
    check_course(&fake->taught[at], 24, 0.1); /* model_0: a fifth of 120 steps */
    assert_int_equal(fake_api_index(&fake->face, &fake->taught[at].architecture), 0);
    *best = fake->taught[at++].architecture;
    for (int s = 0; s < steps; s++, at += neighbours) {
        const struct fake_course *m = &fake->taught[at];
        int winner = 0;
        for (int j = 0; j < neighbours; j++) {
            check_course(&m[j], 18, 0.05);
            assert_int_equal(m[j].steps, trained + 18); /* all inherit from one parent */
            if (j < neighbours - 1)
                assert_true(is_move(fake, best, &m[j].architecture));
            else
                assert_true(same(best, &m[j].architecture)); /* the parent itself */
            if (m[j].accuracy > m[winner].accuracy)
                winner = j;
        }
        *best = m[winner].architecture;
        trained += 18;
    }
    return at;
}

/* Algorithm 1, climb after climb; each winner is trained from scratch, and the best of them is the
 * choice. */
static void climbs_as_written(void **state)
{
    (void)state;
    enum { NEIGHBOURS = 8, STEPS = 8, CLIMB = 1 + NEIGHBOURS * STEPS };
    struct fake_trial fake;
    open_chain(&fake, 45, 3);
    run(&fake, "nash-net", "");
    int at = 0, climbs = 0, choice = 0;
    while (at + CLIMB <= fake.lessons) {
        struct nasbed_architecture best;
        at = follow(&fake, at, NEIGHBOURS, STEPS, &best);
        assert_true(same(&best, &fake.asked[climbs]));
        assert_int_equal(fake.asked_point[climbs], 12);
        climbs++;
    }
    assert_true(climbs >= 3);
    for (int i = 1; i < fake.n; i++)
        if (fake.answered[i] > fake.answered[choice])
            choice = i;
    assert_true(same(&fake.choice, &fake.asked[choice]));
    assert_int_equal(fake.refused, 0); /* it knows what it cannot pay */
    assert_in_range(fake.most_alive, NEIGHBOURS + 1, NEIGHBOURS + 1);
    fake_free(&fake);
}

enum { FIRST = 240, STEP = 8 * 180, CLIMB_CHARGE = FIRST + 8 * STEP, QUERY = 1200 };

/* The budget pays for a climb and then not for judging it, but for another first network: the choice is
 * the climb's winner all the same. */
static void a_climb_is_not_thrown_away(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct fake_trial fake;
        struct nasbed_architecture best;
        open_chain(&fake, 1, seed);
        fake.left = CLIMB_CHARGE + FIRST + QUERY - FIRST - 1;
        run(&fake, "nash-net", "neighbours=8,share=0.15");
        assert_int_equal(fake.lessons, 65);
        assert_int_equal(follow(&fake, 0, 8, 8, &best), 65);
        assert_int_equal(fake.n, 0);
        assert_int_not_equal(fake_api_index(&fake.face, &best), 0);
        assert_true(same(&fake.choice, &best));
        fake_free(&fake);
    }
}

/* Whatever the budget: from the second on a run is begun, and goes on, only as far as its end can be
 * judged; the choice is the best that was judged. What a morphism costs does not spoil that. */
static void what_judges_a_run_is_held_back(void **state)
{
    (void)state;
    int shortened = 0;
    for (uint64_t left = CLIMB_CHARGE + 500 + QUERY; left < 3 * CLIMB_CHARGE; left += 431) {
        struct fake_trial fake;
        int runs = 0, choice = 0;
        open_chain(&fake, 1, left);
        fake.left = left;
        fake.transform_charge = 7;
        run(&fake, "nash-net", "neighbours=8,share=0.15");
        for (int i = 0; i < fake.lessons; i++)
            runs += fake.taught[i].course.steps == 24;
        assert_int_equal(fake.n, runs);
        assert_int_equal(fake.refused, 0);
        for (int i = 1; i < fake.n; i++)
            if (fake.answered[i] > fake.answered[choice])
                choice = i;
        assert_true(same(&fake.choice, &fake.asked[choice]));
        shortened += fake.lessons % 65 > 1;
        fake_free(&fake);
    }
    assert_true(shortened > 10);
}

/* The parent is a candidate: where no child is better it stays. */
static void the_parent_can_stay(void **state)
{
    (void)state;
    struct fake_trial fake;
    open_chain(&fake, 20, 1);
    fake.learned = small_is_good;
    run(&fake, "nash-net", "");
    assert_true(fake.lessons > 65);
    for (int s = 0; s < 8; s++)
        assert_int_equal(fake_api_index(&fake.face, &fake.taught[8 * (s + 1)].architecture), 0);
    assert_int_equal(fake_api_index(&fake.face, &fake.choice), 0);
    fake_free(&fake);
}

/* Follow the walks of the control: one child a step, accepted though it is worse; returns how many
 * there were. */
static int follow_walks(struct fake_trial *fake)
{
    int walks = 0;
    for (int i = 0; i < fake->lessons; i++) {
        bool first = fake->taught[i].course.steps == 24;
        walks += first;
        if (first)
            continue;
        check_course(&fake->taught[i], 18, 0.05);
        assert_true(
            is_move(fake, &fake->taught[i - 1].architecture, &fake->taught[i].architecture));
    }
    return walks;
}

/* The control walks once, and where it ends is the choice: nothing is selected, whatever the budget. */
static void the_control_walks(void **state)
{
    (void)state;
    for (uint64_t budget = 2; budget <= 32; budget += 10) {
        struct fake_trial fake;
        open_chain(&fake, budget, 1);
        fake.learned = small_is_good;
        run(&fake, "nash-random", "share=0.15");
        assert_int_equal(follow_walks(&fake), 1);
        assert_int_equal(fake.lessons, 1 + 8);
        assert_int_equal(fake.n, budget == 2 ? 0 : 1);
        assert_true(same(&fake.choice, &fake.taught[8].architecture));
        fake_free(&fake);
    }
}

/* It walks more than once, and selects, where that is asked for. */
static void the_control_can_select(void **state)
{
    (void)state;
    struct fake_trial fake;
    int choice = 0;
    open_chain(&fake, 16, 1);
    fake.learned = small_is_good;
    run(&fake, "nash-random", "runs=4");
    assert_int_equal(follow_walks(&fake), 4);
    assert_int_equal(fake.n, 4);
    for (int i = 1; i < fake.n; i++)
        if (fake.answered[i] > fake.answered[choice])
            choice = i;
    assert_true(same(&fake.choice, &fake.asked[choice]));
    fake_free(&fake);
}

/* Its one child is no setting. */
static void the_control_has_no_neighbours(void **state)
{
    (void)state;
    struct error error;
    struct method_settings settings;
    assert_int_equal(method_settings_init(&settings, method_find("nash-random", &error), &error),
                     0);
    assert_null(option_find(settings.row, "neighbours"));
    assert_non_null(option_find(settings.row, "runs"));
    method_settings_free(&settings);
}

/* Budgets below 10 have four neighbours, those below 5 shorter trainings. */
static void small_budgets_are_cut(void **state)
{
    (void)state;
    static const struct {
        uint64_t budget;
        int neighbours, steps;
    } cases[] = {{9, 4, 18}, {4, 4, 10}, {10, 8, 18}};
    for (int i = 0; i < 3; i++) {
        struct fake_trial fake;
        open_chain(&fake, cases[i].budget, 6);
        fake.learned = small_is_good; /* the parent stays: it is the last of each step */
        run(&fake, "nash-net", "");
        assert_int_equal(fake.taught[1].course.steps, cases[i].steps);
        for (int j = 1; j < cases[i].neighbours; j++)
            assert_int_not_equal(fake_api_index(&fake.face, &fake.taught[j].architecture), 0);
        assert_int_equal(fake_api_index(&fake.face, &fake.taught[cases[i].neighbours].architecture),
                         0);
        fake_free(&fake);
    }
}

/* A step that cannot be paid in full is not begun: the choice is of before it. */
static void no_part_of_a_step_is_paid(void **state)
{
    (void)state;
    struct fake_trial fake;
    open_chain(&fake, 1, 2);
    fake.left = 240 + 8 * 180 + 5 * 180 + 100; /* model_0, a step, five eighths of another */
    run(&fake, "nash-net", "neighbours=8,share=0.15");
    assert_int_equal(fake.lessons, 1 + 8);
    int winner = 1;
    for (int j = 2; j <= 8; j++)
        if (fake.taught[j].accuracy > fake.taught[winner].accuracy)
            winner = j;
    assert_true(same(&fake.choice, &fake.taught[winner].architecture));
    assert_int_equal(fake.refused, 1); /* the winner's training from scratch */
    fake_free(&fake);
}

/* Kinds are drawn first, each alike: the smallest network has six deepenings, three widenings and
 * three kernels to grow, a third each (mean 400, deviation 16). Then the moves of a kind, each
 * alike. */
static void kinds_are_drawn_before_moves(void **state)
{
    (void)state;
    int kinds[NASBED_MOVES] = {0}, first_of_deepen = 0;
    for (uint64_t seed = 0; seed < 1200; seed++) {
        struct fake_trial fake;
        struct nasbed_move moves[32];
        open_chain(&fake, 1, seed);
        fake.left = 500;
        run(&fake, "nash-random", "share=0.15");
        assert_int_equal(fake.lessons, 2);
        int n = nasbed_moves(&fake.face, &fake.taught[0].architecture, moves, 32);
        for (int i = 0; i < n; i++)
            if (same(&moves[i].to, &fake.taught[1].architecture)) {
                kinds[moves[i].kind]++;
                first_of_deepen += i == 0;
            }
        fake_free(&fake);
    }
    assert_int_equal(kinds[NASBED_SKIP], 0);
    for (int kind = NASBED_DEEPEN; kind <= NASBED_GROW; kind++)
        assert_in_range(kinds[kind], 400 - 4 * 16, 400 + 4 * 16);
    assert_in_range(first_of_deepen, 67 - 32, 67 + 32);
}

/* What the weights do not admit is drawn again, and where nothing is left the child is the parent.
 */
static void moves_that_are_not_admitted(void **state)
{
    (void)state;
    struct fake_trial fake;
    open_chain(&fake, 20, 9);
    fake.unable = NASBED_DEEPEN;
    run(&fake, "nash-random", "steps=0");
    int longest = 0, moved = 0;
    for (int i = 0; i < fake.lessons; i++) {
        moved += i > 0 && !same(&fake.taught[i].architecture, &fake.taught[i - 1].architecture);
        longest = fake.taught[i].architecture.n > longest ? fake.taught[i].architecture.n : longest;
    }
    assert_int_equal(longest, 9); /* three blocks of one layer */
    assert_true(moved >= 6);      /* three widenings, three kernels */
    fake_free(&fake);
}

/* The figure of the grown network is put on record, and changes nothing else. */
static double final_grown;

static void keep_final(struct fake_trial *fake, const char *name, double value)
{
    (void)fake;
    if (strcmp(name, "final-grown") == 0)
        final_grown = value;
}

static void the_winner_can_be_trained_out(void **state)
{
    (void)state;
    struct fake_trial fake;
    open_chain(&fake, 16, 3);
    fake.on_log = keep_final;
    final_grown = 0;
    fake_run(&fake, "nash-net", "final=1");
    const struct fake_course *last = &fake.taught[1 + 8 * 8];
    assert_int_equal(last->course.steps, 120);
    assert_true(same(&last->architecture, &fake.asked[0]));
    assert_true(final_grown == last->accuracy);
    fake_free(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(climbs_as_written),
        cmocka_unit_test(a_climb_is_not_thrown_away),
        cmocka_unit_test(what_judges_a_run_is_held_back),
        cmocka_unit_test(the_parent_can_stay),
        cmocka_unit_test(the_control_walks),
        cmocka_unit_test(the_control_can_select),
        cmocka_unit_test(the_control_has_no_neighbours),
        cmocka_unit_test(small_budgets_are_cut),
        cmocka_unit_test(no_part_of_a_step_is_paid),
        cmocka_unit_test(kinds_are_drawn_before_moves),
        cmocka_unit_test(moves_that_are_not_admitted),
        cmocka_unit_test(the_winner_can_be_trained_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
