/* Regularized evolution: the queue, the tournament, the mutation, the choice, and what aging is
 * for. */
#include "tests/fake_trial.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void run(struct fake_trial *fake, const char *assignments)
{
    fake_run(fake, "regularized-evolution", assignments);
}

/* Every architecture is new: a serial number; its accuracy is drawn. Who was chosen as a parent,
 * and how many had been evaluated then, is written down. */
struct watch {
    uint64_t serial;
    uint64_t parent[FAKE_QUERIES]; /* serial of the parent of the i-th mutation */
    int mutations;
    double accuracy[FAKE_QUERIES];
    struct random_stream noise;
};

static void next_serial(struct fake_trial *fake, struct nasbed_architecture *out)
{
    struct watch *watch = fake->context;
    *out = fake_architecture(watch->serial++);
}

static void watch_mutation(struct fake_trial *fake, const struct nasbed_architecture *parent,
                           struct nasbed_architecture *child)
{
    struct watch *watch = fake->context;
    watch->parent[watch->mutations++] = fake_index(parent);
    next_serial(fake, child);
}

static double drawn(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    struct watch *watch = fake->context;
    (void)point;
    return watch->accuracy[fake_index(a)] = random_uniform(&watch->noise);
}

static void watch_init(struct fake_trial *fake, struct watch *watch, uint64_t evaluations,
                       uint64_t seed)
{
    *watch = (struct watch){.noise = random_stream(seed, RANDOM_TEST, 1, 0)};
    fake_init(fake, 1u << 30, evaluations, seed);
    fake->context = watch;
    fake->random = next_serial;
    fake->mutate = watch_mutation;
    fake->accuracy = drawn;
}

static struct watch watch; /* 320 kB: not for the stack */

/* Mutation m happens when P + m models were evaluated: its parent is one of the last P of them. */
static void test_oldest_dies(void **state)
{
    (void)state;
    enum { P = 10, RUNS = 3000 };
    struct fake_trial fake;
    bool oldest = false, youngest = false;
    watch_init(&fake, &watch, RUNS, 1);
    run(&fake, "population=10,sample=2");
    assert_int_equal(fake.n, RUNS);
    assert_int_equal(watch.mutations, RUNS - P + 1); /* the last child could not be paid */
    for (int m = 0; m < watch.mutations; m++) {
        assert_in_range(watch.parent[m], (uint64_t)m, (uint64_t)m + P - 1);
        oldest = oldest || watch.parent[m] == (uint64_t)m;
        youngest = youngest || watch.parent[m] == (uint64_t)m + P - 1;
    }
    assert_true(oldest && youngest); /* every model lives exactly P cycles */
    fake_free(&fake);
}

/* Rank (0 = best) of the parent of mutation m among the living. */
static int parent_rank(int m, int P)
{
    int rank = 0;
    for (int i = m; i < m + P; i++)
        rank += watch.accuracy[i] > watch.accuracy[watch.parent[m]];
    return rank;
}

/* P(rank r) = ((P-r+1)/P)^S - ((P-r)/P)^S, r = 1 .. P; chi-square over all mutations. Mutations are
 * not quite independent (they share models), but each tournament is drawn anew given the ranks. */
static void check_ranks(int S, double most)
{
    enum { P = 10, RUNS = 15000 };
    struct fake_trial fake;
    char assignments[64];
    double seen[P] = {0}, chi = 0;
    watch_init(&fake, &watch, RUNS, (uint64_t)S);
    (void)snprintf(assignments, sizeof assignments, "population=%d,sample=%d", P, S);
    run(&fake, assignments);
    for (int m = 0; m < watch.mutations; m++)
        seen[parent_rank(m, P)]++;
    for (int r = 1; r <= P; r++) {
        double p = pow((P - r + 1.0) / P, S) - pow((double)(P - r) / P, S);
        double expected = p * watch.mutations;
        if (expected > 5)
            chi += (seen[r - 1] - expected) * (seen[r - 1] - expected) / expected;
    }
    assert_true(chi < most);
    fake_free(&fake);
}

static void test_parent_ranks(void **state)
{
    (void)state;
    check_ranks(1, 27.9); /* uniform; 9 degrees of freedom, p = 0.001 */
    check_ranks(3, 27.9);
    check_ranks(8, 27.9);
}

/* A large sample always holds the best. */
static void test_greedy_limit(void **state)
{
    (void)state;
    struct fake_trial fake;
    watch_init(&fake, &watch, 500, 4);
    run(&fake, "population=5,sample=400");
    for (int m = 0; m < watch.mutations; m++)
        assert_int_equal(parent_rank(m, 5), 0);
    fake_free(&fake);
}

/* The choice is the best of the history, though it died long ago. */
static double falling(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)fake;
    (void)point;
    return -(double)fake_index(a);
}

static void test_best_of_history(void **state)
{
    (void)state;
    struct fake_trial fake;
    watch_init(&fake, &watch, 100, 5);
    fake.accuracy = falling;
    run(&fake, "population=4,sample=2");
    assert_int_equal(fake.n, 100);
    assert_int_equal(fake_index(&fake.choice), 0);
    fake_free(&fake);
}

/* Without aging the worst of the sample dies: with every child worse than all before it, the first
 * best stays and goes on being a parent. */
static void test_without_aging(void **state)
{
    (void)state;
    struct fake_trial fake;
    watch_init(&fake, &watch, 200, 6);
    fake.accuracy = falling;
    run(&fake, "population=4,sample=16,aging=no");
    int by_first = 0;
    for (int m = 100; m < watch.mutations; m++)
        by_first += watch.parent[m] == 0;
    assert_true(by_first >= 90); /* of 97, each with probability 1 - (3/4)^16 */
    fake_free(&fake);
}

/* Identity mutations evaluate the parent again. */
static void test_identity(void **state)
{
    (void)state;
    struct fake_trial fake;
    watch_init(&fake, &watch, 400, 7);
    run(&fake, "population=4,sample=2,identity=1");
    assert_int_equal(watch.mutations, 0);
    assert_int_equal(watch.serial, 4);
    assert_int_equal(fake.n, 400);
    fake_free(&fake);
}

static void test_patience(void **state)
{
    (void)state;
    struct fake_trial fake;
    watch_init(&fake, &watch, 400, 8);
    fake.free = true; /* as if everything were known */
    run(&fake, "population=4,sample=2,patience=50");
    assert_int_equal(fake.n, 50);
    fake_free(&fake);
}

/* A budget below P is random search, and the record says so; one child more, and it does not. */
static void test_random_only(void **state)
{
    (void)state;
    struct fake_trial fake;
    watch_init(&fake, &watch, 10, 11);
    run(&fake, "population=10,sample=3");
    assert_int_equal(fake.n, 10);
    assert_non_null(strstr(fake.logged, "random-only 1;"));
    fake_free(&fake);
    watch_init(&fake, &watch, 11, 11);
    run(&fake, "population=10,sample=3");
    assert_null(strstr(fake.logged, "random-only"));
    fake_free(&fake);
}

/* P and S by the evaluations that the budget pays; what was filled shows in where parents begin. */
static void check_sizes(uint64_t budget, const char *assignments, int population)
{
    struct fake_trial fake;
    watch_init(&fake, &watch, budget, 9);
    fake.continues = true;
    run(&fake, assignments);
    assert_true(watch.mutations > 0);
    /* Serials count: before the first mutation exactly P architectures were drawn. */
    assert_int_equal(watch.serial - (uint64_t)watch.mutations, population);
    fake_free(&fake);
}

static void test_sizes(void **state)
{
    (void)state;
    check_sizes(8, "", 2);
    check_sizes(9, "", 4);
    check_sizes(20, "", 4);
    check_sizes(21, "", 10);
    check_sizes(100, "", 10);
    check_sizes(101, "", 25);
    check_sizes(400, "", 25);
    check_sizes(401, "", 100);
    check_sizes(30, "point=3", 25); /* 120 evaluations */
    check_sizes(30, "population=7", 7);
}

/* At a quarter of the schedule the best of the history go on to the end. */
static void test_point(void **state)
{
    (void)state;
    struct fake_trial fake;
    watch_init(&fake, &watch, 20, 10);
    fake.accuracy = falling;
    fake.continues = true;
    run(&fake, "point=3,top=4,population=4,sample=2");
    assert_true(fake.n > 10);
    for (int i = 0; i < fake.n; i++)
        assert_int_equal(fake.asked_point[i], i < fake.n - 4 ? 3 : 12);
    for (int i = 0; i < 4; i++)
        assert_int_equal(fake_index(&fake.asked[fake.n - 4 + i]), i);
    assert_int_equal(fake_index(&fake.choice), 0);
    fake_free(&fake);
}

/* The paper's toy (supplement C): 100 bits, accuracy = share of ones + noise, clipped to [0, 1]; P
 * = 100, S = 10, 1,000 models; one bit is flipped. Settings and class of noise as in the authors'
 * notebook (google-research: regularized_evolution.ipynb). */
enum { BITS = 100, BYTES = 13 };

static void random_bits(struct fake_trial *fake, struct nasbed_architecture *out)
{
    *out = (struct nasbed_architecture){.n = BYTES};
    for (int i = 0; i < BITS; i++)
        out->decision[i / 8] |= (unsigned char)(random_below(&fake->stream, 2) << (i % 8));
}

static void flip_bit(struct fake_trial *fake, const struct nasbed_architecture *parent,
                     struct nasbed_architecture *child)
{
    uint32_t i = random_below(&fake->stream, BITS);
    *child = *parent;
    child->decision[i / 8] ^= (unsigned char)(1u << (i % 8));
}

static double share_of_ones(const struct nasbed_architecture *a)
{
    int ones = 0;
    for (int i = 0; i < BYTES; i++)
        ones += __builtin_popcount(a->decision[i]);
    return (double)ones / BITS;
}

static double noisy_share(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)point;
    double noisy = share_of_ones(a) + *(double *)fake->context * random_normal(&fake->stream);
    return noisy < 0 ? 0 : noisy > 1 ? 1 : noisy;
}

/* Mean true share of the choice over some seeds. */
static double toy(double noise, const char *assignments)
{
    enum { SEEDS = 40 };
    double sum = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fake_trial fake;
        fake_init(&fake, 1, 1000, seed);
        fake.context = &noise;
        fake.random = random_bits;
        fake.mutate = flip_bit;
        fake.accuracy = noisy_share;
        run(&fake, assignments);
        sum += share_of_ones(&fake.choice);
        fake_free(&fake);
    }
    return sum / SEEDS;
}

static void test_aging_and_noise(void **state)
{
    (void)state;
    const char *aging = "population=100,sample=10", *control = "population=100,sample=10,aging=no";
    /* Seen: .895 and .898 with a noise of .01, .639 and .611 with one of .1. */
    assert_true(toy(0.01, aging) > 0.85); /* 0.5 at random */
    assert_true(toy(0.1, aging) > toy(0.1, control) + 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oldest_dies),    cmocka_unit_test(test_parent_ranks),
        cmocka_unit_test(test_greedy_limit),   cmocka_unit_test(test_best_of_history),
        cmocka_unit_test(test_without_aging),  cmocka_unit_test(test_identity),
        cmocka_unit_test(test_patience),       cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_point),          cmocka_unit_test(test_random_only),
        cmocka_unit_test(test_aging_and_noise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
