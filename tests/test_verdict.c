/* The verdict: its false alarms, what it finds, and the seeds that takes. */
#include "reports/verdict.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

enum { RUNS = 1000, SEEDS = 20, BUDGETS = 3, REPETITIONS = 200 };

/* The rival as a known distribution: uniform on [0, 1), percent, in steps. */
static double rival[RUNS];
static double sample[BUDGETS][SEEDS];

static int fill_rival(void **state)
{
    (void)state;
    for (int i = 0; i < RUNS; i++)
        rival[i] = (double)i / RUNS;
    return 0;
}

/* Three budgets of one method that is `ahead` points above the rival, judged as a family. */
static struct family judged(unsigned repetition, double ahead)
{
    struct family family;
    struct duel duels[BUDGETS];
    struct random_stream stream = random_stream(repetition, RANDOM_TEST, 0, 0);
    for (int b = 0; b < BUDGETS; b++) {
        for (int i = 0; i < SEEDS; i++)
            sample[b][i] = rival[random_below(&stream, RUNS)] + ahead;
        duels[b] = (struct duel){.space = "cell",
                                 .protocol = "made",
                                 .rival = "random search",
                                 .budget = 10 * (b + 1),
                                 .mine = sample[b],
                                 .m = SEEDS,
                                 .theirs = rival,
                                 .n = RUNS,
                                 .known = true,
                                 .exact = 0.4995};
    }
    assert_int_equal(duels_judge(duels, BUDGETS, &family, NULL), 0);
    return family;
}

/* At the 5 % level 200 repetitions give 10 false verdicts on average; more than 18 has a probability below
 * 0.6 % (binomial). */
static void the_rival_against_itself(void **state)
{
    (void)state;
    int alarms = 0;
    for (unsigned i = 0; i < REPETITIONS; i++)
        alarms += judged(i, 0).verdict != VERDICT_UNDECIDED;
    assert_in_range(alarms, 0, 18);
}

static void what_is_planted_is_found(void **state)
{
    (void)state;
    struct family better = judged(0, 0.4), worse = judged(1, -0.4);
    struct text text = {0};
    assert_int_equal(better.verdict, VERDICT_BETTER);
    assert_int_equal(worse.verdict, VERDICT_WORSE);
    family_print(&better, "mine", "random search", &text);
    assert_non_null(strstr(text.data, "mine is better than random search in all 3 settings (5 %, "
                                      "Holm); mean over the settings +0."));
    text_free(&text);
}

static void says(struct family family, const char *start)
{
    struct text text = {0};
    family.duels = 3;
    family_print(&family, "mine", "it", &text);
    assert_memory_equal(text.data, start, strlen(start));
    text_free(&text);
}

/* The settings come before the mean over them, which need not agree. */
static void the_sentence_counts_settings(void **state)
{
    (void)state;
    says((struct family){.verdict = VERDICT_WORSE, .worse = 1, .shift = 0.1},
         "mine is worse than it in 1 of 3 settings, not told apart in 2 (5 %, Holm); mean over the "
         "settings +0.10 points");
    says((struct family){.verdict = VERDICT_UNDECIDED},
         "mine is not told apart from it in all 3 settings (5 %, Holm); ");
    says((struct family){.verdict = VERDICT_UNDECIDED, .split = true, .better = 1, .worse = 1},
         "mine is better than it in 1 and worse in 1 of 3 settings, not told apart in 1 (5 %, ");
    says((struct family){.verdict = VERDICT_BETTER, .better = 2, .few = 1},
         "mine is better than it in 2 of 3 settings, not judged in 1 (fewer than 10 seeds) (5 %, ");
    says((struct family){.verdict = VERDICT_TOO_FEW, .few = 3},
         "mine is not judged against it: fewer than 10 seeds; ");
}

/* Nine seeds are no verdict, however far apart; a known distribution needs no more than it has. */
static void few_seeds_are_not_judged(void **state)
{
    (void)state;
    static const double low[9] = {0}, high[10] = {90, 91, 92, 93, 94, 95, 96, 97, 98, 99};
    struct family family;
    struct duel duels[] = {{.mine = high, .m = 9, .theirs = rival, .n = RUNS, .known = true},
                           {.mine = high, .m = 10, .theirs = low, .n = 9},
                           {.mine = high, .m = 10, .theirs = low, .n = 9, .known = true}};
    assert_int_equal(duels_judge(duels, 3, &family, NULL), 0);
    assert_int_equal(duels[0].verdict, VERDICT_TOO_FEW);
    assert_int_equal(duels[1].verdict, VERDICT_TOO_FEW);
    assert_int_equal(duels[2].verdict, VERDICT_BETTER);
    assert_int_equal(family.verdict, VERDICT_BETTER);
    assert_int_equal(family.few, 2);
    assert_int_equal(duels_judge(duels, 2, &family, NULL), 0);
    assert_int_equal(family.verdict, VERDICT_TOO_FEW);
}

/* Of 200 intervals of 95 % at least 178 hold the truth, but for a probability below 0.1 % (binomial). */
static void the_interval_covers(void **state)
{
    (void)state;
    int held = 0;
    for (unsigned i = 0; i < REPETITIONS; i++) {
        struct family family = judged(i, 0.4);
        held += family.shift_low < 0.4 && 0.4 < family.shift_high;
    }
    assert_in_range(held, 178, REPETITIONS);
}

/* P(better) is 1/2 + g - g^2 / 2 for a gap of g = 0.2 between uniform distributions of width 1: 0.68. Noether's
 * number with the rival known is (z(0.975) + z(0.8))^2 / (12 0.18^2) = 7.8489 / 0.3888 = 20.19. */
static void seeds_by_noether(void **state)
{
    (void)state;
    assert_int_equal(duel_seeds(rival, RUNS, 0.2, 0.05, 0.8), 21);
    double gap = duel_gap(rival, RUNS, 21, 0.05, 0.8);
    assert_true(gap > 0.19 && gap <= 0.2);
    assert_int_equal(duel_seeds(rival, RUNS, 0.9, 0.05, 0.8), VERDICT_SEEDS_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rival_against_itself),     cmocka_unit_test(what_is_planted_is_found),
        cmocka_unit_test(the_sentence_counts_settings), cmocka_unit_test(few_seeds_are_not_judged),
        cmocka_unit_test(the_interval_covers),          cmocka_unit_test(seeds_by_noether),
    };
    return cmocka_run_group_tests(tests, fill_rival, NULL);
}
