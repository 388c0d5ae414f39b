/* Local search: where a climb begins, whom it looks at, where it goes, when it begins anew. Every
 * trial is replayed from its questions alone. */
#include "tests/fake_trial.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NEAR = 16 }; /* neighbours: 4 decisions of 5 options */

/* One hill: the sum of the decisions; every architecture but the top has a better neighbour. */
static double one_hill(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)fake;
    (void)point;
    return a->decision[0] + a->decision[1] + a->decision[2] + a->decision[3];
}

/* No two alike, no order in it: about one architecture in seventeen is a local maximum. */
static double rugged(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)fake;
    (void)point;
    return (double)((fake_index(a) + 1) * 2654435761u % 4294967291u);
}

static double plain(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)fake;
    (void)a;
    (void)point;
    return 50;
}

static void draw(struct fake_trial *fake, struct nasbed_architecture *out)
{
    *out = (struct nasbed_architecture){.n = 4};
    for (int i = 0; i < 4; i++)
        out->decision[i] = (unsigned char)random_below(&fake->stream, (uint32_t)fake->options[i]);
}

typedef double landscape(struct fake_trial *, const struct nasbed_architecture *, int);

/* Run on a space of 5 x 5 x 5 x 5; what was paid is free. */
static void run_on(struct fake_trial *fake, landscape *accuracy, uint64_t evaluations,
                   uint64_t seed, const char *assignments)
{
    fake_init(fake, 1, evaluations, seed);
    for (int i = 0; i < 4; i++)
        fake->options[i] = 5;
    fake->random = draw;
    fake->accuracy = accuracy;
    fake->continues = true;
    fake_run(fake, "local-search", assignments);
}

static bool neighbours(const struct nasbed_architecture *a, const struct nasbed_architecture *b)
{
    int differ = 0;
    for (int i = 0; i < 4; i++)
        differ += a->decision[i] != b->decision[i];
    return differ == 1;
}

/* Place of the best of the answers first .. last, the earliest of equals. */
static int best_of(const struct fake_trial *fake, int first, int last)
{
    int best = first;
    for (int i = first + 1; i <= last; i++)
        best = fake->answered[i] > fake->answered[best] ? i : best;
    return best;
}

/* The questions first .. first + NEAR - 1 are the neighbourhood of question v, each once. */
static void assert_neighbourhood(const struct fake_trial *fake, int v, int first)
{
    assert_true(first + NEAR <= fake->n);
    for (int i = first; i < first + NEAR; i++) {
        assert_true(neighbours(&fake->asked[v], &fake->asked[i]));
        for (int j = first; j < i; j++)
            assert_int_not_equal(fake_index(&fake->asked[i]), fake_index(&fake->asked[j]));
    }
}

/* Algorithm 1: the whole neighbourhood, its best is next; at the top one look more, then anew. */
static void test_whole(void **state)
{
    (void)state;
    struct fake_trial fake;
    run_on(&fake, one_hill, 200, 1, "whole=yes,start=1");
    int v = 0, steps = 0, next;
    for (next = 1; fake.answered[v] < 16; next += NEAR, steps++) {
        assert_neighbourhood(&fake, v, next);
        int best = best_of(&fake, next, next + NEAR - 1);
        assert_true(fake.answered[best] > fake.answered[v]);
        v = best;
    }
    assert_in_range(steps, 1, 4); /* one decision each */
    assert_neighbourhood(&fake, v, next);
    assert_false(neighbours(&fake.asked[v], &fake.asked[next + NEAR])); /* begun anew */
    assert_int_equal(fake_index(&fake.choice), 0x04040404);
    fake_free(&fake);
}

/* Replay of climbs by the first better neighbour, each from the best of `start` draws. Returns the
 * climbs that ended at a maximum; the last may be cut. */
static int replay_first(const struct fake_trial *fake, int start)
{
    int next = 0, maxima = 0;
    while (next + start <= fake->n) {
        int v = best_of(fake, next, next + start - 1), looked = 0;
        next += start;
        while (next < fake->n && looked < NEAR) {
            assert_true(neighbours(&fake->asked[v], &fake->asked[next]));
            looked++;
            if (fake->answered[next] > fake->answered[v]) {
                v = next;
                looked = 0;
            }
            next++;
        }
        maxima += looked == NEAR;
    }
    return maxima;
}

static void test_first(void **state)
{
    (void)state;
    struct fake_trial fake;
    char expected[32];
    for (uint64_t seed = 0; seed < 20; seed++) {
        run_on(&fake, rugged, 300, seed, "start=3");
        int maxima = replay_first(&fake, 3);
        assert_in_range(maxima, 3, 30);
        (void)snprintf(expected, sizeof expected, "minima %d;", maxima);
        assert_string_equal(fake.logged, expected);
        int best = best_of(&fake, 0, fake.n - 1);
        assert_int_equal(fake_index(&fake.choice), fake_index(&fake.asked[best]));
        fake_free(&fake);
    }
}

/* An equal neighbour is no better one: on a plain every climb ends after one look. */
static void test_plain(void **state)
{
    (void)state;
    struct fake_trial fake;
    run_on(&fake, plain, 100, 2, "start=4");
    int maxima = replay_first(&fake, 4);
    assert_true(maxima >= 5 && maxima >= fake.n / (4 + NEAR) - 1);
    fake_free(&fake);
}

/* Which of the neighbours is asked first is uniform: 0.999 quantile of chi-square, 15 degrees of
 * freedom. */
static void test_order_is_random(void **state)
{
    (void)state;
    enum { RUNS = 4000 };
    int seen[NEAR] = {0};
    double chi = 0;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        struct fake_trial fake;
        run_on(&fake, plain, 2, seed, "start=1");
        const struct nasbed_architecture *v = &fake.asked[0], *u = &fake.asked[1];
        assert_int_equal(fake.n, 2);
        for (int i = 0; i < 4; i++)
            if (v->decision[i] != u->decision[i])
                seen[4 * i + u->decision[i] - (u->decision[i] > v->decision[i])]++;
        fake_free(&fake);
    }
    for (int i = 0; i < NEAR; i++)
        chi += (seen[i] - RUNS / 16.0) * (seen[i] - RUNS / 16.0) / (RUNS / 16.0);
    assert_true(chi < 37.7);
}

/* Is the architecture of question i that of a question in centres [n]? */
static bool among(const struct fake_trial *fake, int i, const int *centres, int n)
{
    for (int c = 0; c < n; c++)
        if (fake_index(&fake->asked[i]) == fake_index(&fake->asked[centres[c]]))
            return true;
    return false;
}

/* Without restarts each look is at the neighbours of the best that was not looked at so far. */
static void test_without_restart(void **state)
{
    (void)state;
    struct fake_trial fake;
    int centres[64], n = 0, next = 1;
    run_on(&fake, rugged, 400, 3, "start=1,whole=yes,restart=no");
    while (next + NEAR <= fake.n && n < 64) {
        int v = -1;
        for (int i = 0; i < next; i++)
            if (!among(&fake, i, centres, n) && (v < 0 || fake.answered[i] > fake.answered[v]))
                v = i;
        assert_neighbourhood(&fake, v, next);
        centres[n++] = v;
        next += NEAR;
    }
    assert_true(n >= 25); /* 400 evaluations, 16 or fewer a look */
    fake_free(&fake);
}

/* Where all was looked at it begins anew all the same. */
static void test_exhausted(void **state)
{
    (void)state;
    struct fake_trial fake;
    fake_init(&fake, 1, 100, 4);
    for (int i = 0; i < 4; i++)
        fake.options[i] = i < 2 ? 2 : 1;
    fake.random = draw;
    fake.accuracy = one_hill;
    fake_run(&fake, "local-search", "start=1,whole=yes,restart=no");
    assert_int_equal(fake.n, 100); /* every question is paid here */
    /* 1 + 4 looks of 2; then the draw of the next climb, looked at from again: 1 + 2 */
    for (int i = 9; i + 3 <= fake.n; i += 3)
        for (int k = 1; k <= 2; k++)
            assert_true(neighbours(&fake.asked[i], &fake.asked[i + k]));
    fake_free(&fake);
}

/* A budget that ends among the first draws: the best of them, and the record says so. */
static void test_small_budget(void **state)
{
    (void)state;
    struct fake_trial fake;
    run_on(&fake, rugged, 6, 5, "");
    assert_int_equal(fake.n, 6);
    assert_string_equal(fake.logged, "minima 0;random-only 1;");
    assert_int_equal(fake_index(&fake.choice), fake_index(&fake.asked[best_of(&fake, 0, 5)]));
    fake_free(&fake);
}

/* At an early point the best of the history go on to the end. */
static void test_point(void **state)
{
    (void)state;
    struct fake_trial fake;
    run_on(&fake, rugged, 20, 6, "point=3,top=4");
    int early = fake.n - 4;
    assert_true(early >= 40);
    for (int i = 0; i < fake.n; i++)
        assert_int_equal(fake.asked_point[i], i < early ? 3 : 12);
    assert_int_equal(fake_index(&fake.asked[early]),
                     fake_index(&fake.asked[best_of(&fake, 0, early - 1)]));
    fake_free(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),           cmocka_unit_test(test_first),
        cmocka_unit_test(test_plain),           cmocka_unit_test(test_order_is_random),
        cmocka_unit_test(test_without_restart), cmocka_unit_test(test_exhausted),
        cmocka_unit_test(test_small_budget),    cmocka_unit_test(test_point)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
